"""An ensemble as a folder that can be given away: its file, and every member's exported run."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING

from zoo import configs
from zoo.errors import ZooError, unknown
from zoo.files import file_sha256, new_folder
from zoo.models.ensemble_file import Member, write_ensemble
from zoo.runs import Run
from zoo.shipping.export import export
from zoo.shipping.verify import verify
from zoo.training.chosen import exclusions_file
from zoo.weights.probe import SPLIT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.models import Model

FILE = "ensemble.toml"


def export_ensemble(
    model: Model, dataset: Dataset | None, folder: Path, *, say: Callable[[str], None]
) -> Path:
    """Write an ensemble's members as `export` does, and the file that averages them.

    The file names each member by its folder beside it, and by the sha256 of its rounded weights.
    Members that are exported already are verified, and copied as they were exported.

    Args:
        model: an ensemble.
        dataset: what members that are not exported yet were trained on; None if all are.
        folder: where to; it must not exist.
        say: is told which member is being exported.

    Returns:
        The ensemble's file.

    Raises:
        ZooError: `folder` exists, or a member cannot be exported, or is not what was exported.
    """
    weights = model.weights or [None] * len(model.runs)
    with new_folder(folder) as temporary:
        members = []
        for run, name, weight in zip(model.runs, _names(model), weights, strict=True):
            say(f"exporting {run.architecture}/{run.id} …")
            exported = _exported(run, dataset, temporary / name)
            members.append(Member(name, file_sha256(exported.weights_file), weight))
        write_ensemble(temporary / FILE, members, model.choice, tried=model.tried)
    return folder / FILE


def _names(model: Model) -> list[str]:
    """The members' folders: ``five_layer``, or ``five_layer-1`` and ``five_layer-2``."""
    known = configs.architecture_files()
    often = Counter(run.architecture for run in model.runs)
    counted: Counter[str] = Counter()
    names = []
    for run in model.runs:
        name = run.architecture
        if name not in known:  # a name out of somebody's file, which could lead anywhere
            raise unknown("architecture", name, known)
        counted[name] += 1
        names.append(f"{name}-{counted[name]}" if often[name] > 1 else name)
    return names


def _exported(run: Run, dataset: Dataset | None, folder: Path) -> Run:
    if not run.exported and dataset:
        return export(run, dataset, folder)
    (verdict,) = verify([str(run.folder)])
    if verdict.fault:
        raise ZooError(verdict.fault)
    for source in _files_of(run):
        if source.is_file() and not source.is_symlink():
            copy = folder / source.relative_to(run.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
    return Run(folder)


def _files_of(run: Run) -> list[Path]:
    """What `export` writes; whatever was evaluated since stays with who did it."""
    texts = ("recipe.toml", "environment.json", "history.csv", "metrics.json")
    saved = [run.predictions_file(split) for split in ("validation", SPLIT)]
    files = [run.folder / name for name in texts]
    return [*files, run.weights_file, *saved, run.seen_faces_file, exclusions_file(run)]
