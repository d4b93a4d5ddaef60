"""An ensemble as a folder that can be given away: its file, and every member's exported run."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING

from zoo.files import file_sha256, new_folder
from zoo.models.ensemble_file import Member, write_ensemble
from zoo.runs import EXPORTED, Run
from zoo.shipping.export import export

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.models import Model

FILE = "ensemble.toml"


def export_ensemble(
    model: Model, dataset: Dataset, folder: Path, *, say: Callable[[str], None]
) -> Path:
    """Write an ensemble's members as `export` does, and the file that averages them.

    The file names each member by its folder beside it, and by the sha256 of its rounded weights.
    Members that are exported already are copied as they are.

    Args:
        model: an ensemble.
        dataset: what its own members were trained on.
        folder: where to; it must not exist.
        say: is told which member is being exported.

    Returns:
        The ensemble's file.

    Raises:
        ZooError: `folder` exists, or a member cannot be exported.
    """
    often = Counter(run.architecture for run in model.runs)
    weights = model.weights or [None] * len(model.runs)
    with new_folder(folder) as temporary:
        members = []
        for run, weight in zip(model.runs, weights, strict=True):
            name = run.architecture
            if often[name] > 1:
                name = f"{name}-{run.id}"
            say(f"exporting {run.architecture}/{run.id} …")
            exported = _exported(run, dataset, temporary / name)
            members.append(Member(name, file_sha256(exported.weights_file), weight))
        write_ensemble(temporary / FILE, members, model.choice)
    return folder / FILE


def _exported(run: Run, dataset: Dataset, folder: Path) -> Run:
    if run.weights_file.name != EXPORTED:
        return export(run, dataset, folder)
    shutil.copytree(run.folder, folder, symlinks=True)  # what a link leads to stays here
    return Run(folder)
