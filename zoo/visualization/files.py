"""A visualisation on disk: its pictures, its arrays, its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.explainers.arrays import write_arrays
from zoo.figures.feature_maps import write_feature_maps
from zoo.figures.filters import write_filters
from zoo.figures.maximized import write_maximized
from zoo.files import output_folder, write_json
from zoo.tables import rounded

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.visualization.visualize import Visualization


def write_visualization(
    seen: Visualization, folder: Path, *, overwrite: bool = False
) -> list[Path]:
    """Write four pictures, ``visualization.npz`` and ``visualization.json``.

    Returns:
        The files: ``filters.png``, ``feature_maps.png``, ``classes.png``, ``channels.png``, npz
        and json.

    Raises:
        ZooError: one of them exists and `overwrite` is false; then none is written.
    """
    names = ("filters", "feature_maps", "classes", "channels")
    with output_folder(folder, overwrite=overwrite) as temporary:
        pictures = [temporary / f"{name}.png" for name in names]
        write_filters(seen.filters, pictures[0], model=seen.model)
        write_feature_maps(
            seen.feature_maps, seen.face, pictures[1], model=seen.model, face_name=seen.face_name
        )
        _write_classes(seen, pictures[2])
        _write_channels(seen, pictures[3])
        arrays, facts = temporary / "visualization.npz", temporary / "visualization.json"
        write_arrays(arrays, seen.arrays())
        write_json(facts, seen.facts())
    return [folder / path.name for path in (*pictures, arrays, facts)]


def _write_classes(seen: Visualization, path: Path) -> None:
    found = seen.by_class
    captions = [
        f"{name}\nlogit {rounded(before, 1)} → {rounded(after, 1)}, p = {own[row]:.3f}"
        for row, (name, before, after, own) in enumerate(
            zip(seen.classes, found.before, found.after, found.probabilities, strict=True)
        )
    ]
    title = f"What raises the classes of {seen.model}"
    write_maximized(found.pictures, captions, path, title=title, note=_note(seen, "logit"))


def _write_channels(seen: Visualization, path: Path) -> None:
    found = seen.by_channel
    captions = [
        f"channel {unit}: {rounded(before, 1)} → {rounded(after, 1)}\n"
        f"{seen.classes[own.argmax()]}, p = {own.max():.3f}"
        for unit, before, after, own in zip(
            found.units, found.before, found.after, found.probabilities, strict=True
        )
    ]
    title = f"What raises channels of {found.layer} of {seen.model}"
    write_maximized(
        found.pictures, captions, path, title=title, note=_note(seen, "mean before activation")
    )


def _note(seen: Visualization, value: str) -> str:
    note = (
        f"activation maximisation: {value} of the noise → of the picture after "
        f"{seen.settings.steps} steps (seed {seen.settings.seed}); "
        "p: the network's probability for it"
    )
    if seen.illumination == "none":
        return note
    return f"{note}; pictures are of faces corrected by {seen.illumination}"
