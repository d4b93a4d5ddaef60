"""Entering weights into the package: for maintainers, in a checkout."""

from __future__ import annotations

import secrets
import shutil
from typing import TYPE_CHECKING

from zoo import weights
from zoo.errors import ZooError
from zoo.runs import Run
from zoo.shipping.export import export
from zoo.weights.manifest import LICENCE, entry_of, read_manifest, write_manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.weights.manifest import Manifest

LARGEST_FILE = 40_000_000
LARGEST_TOTAL = 65_000_000
"""Bytes of one file and of all together: the repository keeps every one for ever."""


def ship(
    run: Run,
    dataset: Dataset,
    *,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Export a run into the package of this checkout and enter it into the manifest.

    Args:
        run: finished, on all training faces, of a single network.
        dataset: what it was trained on.
        overwrite: whether weights of its architecture that are there may be replaced.
        progress: as `zoo.shipping.export.export`.

    Raises:
        ZooError: this is no checkout, the architecture is shipped already, the run is a trial or
            cannot be exported, or the weights are too large.
    """
    _refuse(run, overwrite=overwrite)
    manifest = read_manifest()
    name = run.architecture
    prepared = weights.SHIPPED / f".{secrets.token_hex(4)}.tmp.{name}"
    try:
        exported = export(run, dataset, prepared, licence=LICENCE, progress=progress)
        _refuse_large(exported, manifest)
        _enter(prepared, weights.SHIPPED / name, manifest.with_entry(entry_of(exported)))
    finally:
        shutil.rmtree(prepared, ignore_errors=True)
    return Run(weights.SHIPPED / name)


def _enter(prepared: Path, folder: Path, manifest: Manifest) -> None:
    """Put a prepared folder into the package, and write the manifest; or leave all as it was."""
    there, aside = folder.exists(), prepared.with_name(f"{prepared.name}.before")
    try:
        if there:
            folder.rename(aside)
        prepared.rename(folder)
        write_manifest(manifest)
    except BaseException:
        if aside.exists() or not there:
            shutil.rmtree(folder, ignore_errors=True)
        if aside.exists():
            aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _refuse(run: Run, *, overwrite: bool) -> None:
    checkout: Path = weights.SHIPPED.parents[2]
    if not (checkout / "pyproject.toml").is_file():
        raise ZooError(
            f"{weights.SHIPPED}: not in a checkout of the zoo: weights to give away are written "
            "by zoo weights export"
        )
    if run.metrics["limit"] is not None:
        raise ZooError(
            f"{run.architecture}/{run.id}: a trial on {run.metrics['limit']:,} faces: ship a run "
            "on all of them"
        )
    if (weights.SHIPPED / run.architecture).exists() and not overwrite:
        raise ZooError(
            f"{run.architecture} is shipped already: pass --overwrite to replace its weights; the "
            "repository's history keeps both"
        )


def _refuse_large(run: Run, manifest: Manifest) -> None:
    size = run.weights_file.stat().st_size
    others = (one for one in manifest.entries if one.architecture != run.architecture)
    total = size + sum(one.bytes for one in others)
    for what, bytes_, most in (
        ("the weights are", size, LARGEST_FILE),
        ("all shipped weights together would be", total, LARGEST_TOTAL),
    ):
        if bytes_ > most:
            raise ZooError(
                f"{run.architecture}: {what} {bytes_ / 1e6:.1f} MB, more than {most / 1e6:.0f}: "
                "zoo weights export writes them elsewhere"
            )
