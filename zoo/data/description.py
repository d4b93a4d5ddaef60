"""What a data set holds, told in tables and remarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.cache import SKIPPED, cache_folder
from zoo.data.columns import BRIGHTNESS, CONTRAST, FACES_FOUND, SHARPNESS, SUBJECT
from zoo.data.dataset import EVERY_SPLIT, SPLITS, UNLABELLED
from zoo.data.entries import DRAWN, names, read_entry, readable_entries
from zoo.data.settings import as_typed, option
from zoo.data.subjects import shared_subjects
from zoo.data.unfinished import unfinished_names
from zoo.data.vote_remarks import MEANINGS, dropped_table, vote_remarks
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoo.data.dataset import Dataset
    from zoo.data.entries import Entry

_MEANINGS = {
    BRIGHTNESS: "the mean of a face's luma, 0–255",
    CONTRAST: "its standard deviation",
    SHARPNESS: "the variance of its Laplacian, low where a face is blurred",
    FACES_FOUND: "how many were found in the photo, of which the largest was cut out",
    **MEANINGS,
}


def list_table() -> Table:
    """The data sets that were added, and a word on damaged entries and the built-in one."""
    entries, refusals = readable_entries()
    predicted = any(UNLABELLED in entry.facts["faces"] for entry in entries)
    splits = EVERY_SPLIT if predicted else SPLITS
    headings = ["name", *splits, "classes", "size", "colour", "added", "from"]
    rows = []
    for entry in entries:
        counts = [entry.facts["faces"].get(split) for split in splits]
        shape = [len(entry.classes), entry.facts["size"], entry.facts["colour"]]
        rows.append([entry.name, *counts, *shape, entry.added, entry.source])
    notes = [_changed(entry) for entry in entries if entry.source_changed]
    notes += [str(refusal) for refusal in refusals]
    notes += [
        f"{name}: an import was stopped; the same zoo data add goes on where it stopped, zoo data"
        f" remove {name} drops what it has decoded"
        for name in unfinished_names()
    ]
    notes.append(f"{DRAWN}: the built-in faces, always there")
    return Table("Data sets", [Column(heading) for heading in headings], rows, notes)


def description_tables(dataset: Dataset) -> list[Table]:
    """A data set in tables; those that would be empty are left out.

    Returns:
        The faces per class and split, with the remarks below, what was left out, and what is known
            of each face beside its label.
    """
    more = [dropped_table(dataset), _columns_table(dataset)]
    return [_counts_table(dataset), *(table for table in more if table.rows)]


def class_counts(dataset: Dataset) -> dict[str, list[int]]:
    """Faces per class, in the order of the classes, by split that has labels."""
    return {
        name: list(dataset.class_counts(name).values())
        for name, split in dataset.splits.items()
        if split.labelled
    }


def remarks(dataset: Dataset) -> list[str]:
    """What to know of `dataset`: what was skipped, drawn by lot, missing or changed."""
    facts: Mapping[str, Any] = dataset.facts
    lines = [
        f"skipped {skip['count']:,}: {reason}"
        f" ({'the first: ' if skip['count'] > 1 else ''}{skip['first']})"
        for reason, skip in facts.get("skipped", {}).items()
    ]
    listed = cache_folder(dataset.fingerprint) / SKIPPED
    if any(skip["count"] > 1 for skip in facts.get("skipped", {}).values()) and listed.exists():
        lines.append(f"every one that was skipped: {listed}")
    if (cut := facts.get("crop_faces")) is not None:
        lines.append(
            f"cut to the largest face that {cut['detector']} finds, and {cut['margin']:.0%} of it"
            f" on every side; images without one are {cut['without a face']}"
        )
        if several := _photos_of_several(dataset):
            lines.append(f"several faces were found in {several:,}: the largest was cut out")
    if not dataset.classes:
        lines.append("no labels: its faces can be predicted, not trained on or evaluated")
    elif {"train", "validation"} - dataset.splits.keys():
        lines.append(_missing_splits(dataset))
    elif "validation_fraction" in facts:
        lines.append(_drawn_validation(facts))
    lines += _splits_at_odds(dataset) + vote_remarks(dataset)
    if dataset.name in names() and (entry := read_entry(dataset.name)).source_changed:
        lines.append(_changed(entry))
    return lines


def _photos_of_several(dataset: Dataset) -> int:
    """In how many of the photos that were cut several faces were found."""
    found = [split.columns.get(FACES_FOUND, np.empty(0)) for split in dataset.splits.values()]
    return sum(int((numbers > 1).sum()) for numbers in found)


def _splits_at_odds(dataset: Dataset) -> list[str]:
    """Which classes train or another split alone has, and which subjects several splits share."""
    labelled = [split for split in dataset.splits.values() if split.labelled]
    lines = []
    for split in labelled if "train" in dataset.splits else ():
        trained = dataset.splits["train"].labels
        if extra := _names(dataset, np.setdiff1d(split.labels, trained)):
            lines.append(
                f"{split.name} has faces of {extra}, train has none: no model learns them"
            )
        if lacking := _names(dataset, np.setdiff1d(trained, split.labels)):
            lines.append(f"{split.name} has no faces of {lacking}: nothing is measured of them")
    if all(SUBJECT in split.columns for split in labelled):
        pairs = ((who, one.name) for one in labelled for who in one.columns[SUBJECT].tolist())
        if shared := shared_subjects(pairs):
            first, where = next(iter(shared.items()))
            lines.append(
                f"{len(shared):,} subject{'s' * (len(shared) > 1)} in several splits (the first:"
                f" {first} in {' and '.join(where)}): models are judged on people they know"
            )
    return lines


def _names(dataset: Dataset, labels: np.ndarray) -> str:
    return ", ".join(dataset.classes[label] for label in labels)


def unused_options(dataset: Dataset, given: Mapping[str, Any]) -> list[str]:
    """A line where options on how a validation split is drawn were given, and none is drawn.

    Args:
        dataset: what was added.
        given: `ImportSettings.given`, with which it was.
    """
    idle = [option(name) for name in ("validation_fraction", "seed") if name in given]
    if not idle or "validation_fraction" in dataset.facts:
        return []
    why = "its splits are those of the source" if dataset.classes else "there are no labels"
    return [f"{' and '.join(idle)} changed nothing: {why}, no validation split is drawn"]


def _missing_splits(dataset: Dataset) -> str:
    """What `zoo train` lacks, and why no validation split could be drawn where one was to be."""
    if "train" not in dataset.splits:
        missing = [name for name in ("train", "validation") if name not in dataset.splits]
        needs = "both" if len(missing) > 1 else "one"
        return f"no {' and no '.join(missing)} split: zoo train needs {needs}"
    if "validation_fraction" not in dataset.facts:
        return "no validation split: zoo train needs one"
    train, subjects = dataset.splits["train"], dataset.facts.get("validation_subjects")
    if subjects or (subjects is None and np.bincount(train.labels).max() > 1):
        why = "no face drawn for it can be read"
    elif subjects is None:
        why = "each class has a single training face"
    elif len(np.unique(train.columns[SUBJECT])) == 1:
        why = "all training faces are of one subject"
    else:
        why = "without any one subject train would lack a class"
    return f"no validation split: zoo train needs one, and none can be drawn, for {why}"


def _drawn_validation(facts: Mapping[str, Any]) -> str:
    share, seed = f"{facts['validation_fraction']:.0%}", facts["validation_seed"]
    if (subjects := facts.get("validation_subjects")) is None:
        return f"validation: {share} of each class's training faces, drawn with seed {seed}"
    whose = "1 subject" if subjects == 1 else f"{subjects} subjects"
    return f"validation: {whose}, about {share} of the training faces, drawn with seed {seed}"


def _changed(entry: Entry) -> str:
    name, source = entry.name, entry.source
    options = f" {as_typed(entry.settings)}" if entry.settings else ""
    return (
        f"{name}: {source} has changed since it was added, the data set has not;"
        f" zoo data add {name} {source}{options} --overwrite imports it anew"
    )


def counted_faces(count: int, kind: str) -> str:
    """So many faces in words: ``1 train face``, ``3,589 test faces``."""
    return f"{count:,} {kind} face{'' if count == 1 else 's'}"


def _counts_table(dataset: Dataset) -> Table:
    counts = class_counts(dataset)
    totals = [sum(of_class) for of_class in zip(*counts.values(), strict=True)]
    sizes = [len(split) for split in dataset.splits.values()]
    unlabelled: list[None] = [None] * (len(dataset.splits) - len(counts))
    rows: list[list[str | int | float | None]] = [
        [name, *(split[label] for split in counts.values()), *unlabelled, totals[label],
         totals[label] / sum(totals)]
        for label, name in enumerate(dataset.classes)
    ]  # fmt: skip
    rows.append(["all", *sizes, sum(sizes), 1.0])
    columns = [Column(heading) for heading in ("class", *dataset.splits, "faces")]
    columns.append(Column("share %", digits=1, percent=True))
    height, width, channels = dataset.face_shape
    colour = "grey" if channels == 1 else "RGB"
    title = f"{dataset.name}: {counted_faces(sum(sizes), colour)} of {height}×{width} pixels"
    notes = remarks(dataset)
    if unlabelled and counts:
        notes.append(f"the classes' shares are of the {sum(totals):,} faces with labels")
    return Table(title, columns, rows, notes)


def _columns_table(dataset: Dataset) -> Table:
    """What is known of each face beside its label, over all splits."""
    splits = list(dataset.splits.values())
    rows = [
        _column_row(name, np.concatenate([split.columns[name] for split in splits]))
        for name in splits[0].columns
    ]
    headings = ["column", "lowest", "median", "highest", "different values", "not known"]
    notes = [
        f"{name}: {meaning}" for name, meaning in _MEANINGS.items() if name in splits[0].columns
    ]
    title = f"{dataset.name}: known of each face beside its label"
    return Table(title, [Column(heading) for heading in headings], rows, notes)


def _column_row(name: str, values: np.ndarray) -> Sequence[str | int | float | None]:
    if values.dtype.kind == "U":
        texts = [text for text in values.tolist() if text]
        return [f"{name} (text)", None, None, None, len(set(texts)), len(values) - len(texts)]
    known = values[~np.isnan(values)]
    spread = np.quantile(known, [0, 0.5, 1]).tolist() if len(known) else [None] * 3
    return [name, *spread, len(np.unique(known)), len(values) - len(known)]
