"""What annotators' votes made of a data set, in words and numbers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.dataset import SPLITS
from zoo.data.emotions import FER2013_CLASSES
from zoo.data.soft_labels import SOFT_LABELS
from zoo.data.votes import AGREEMENT, VOTE_ENTROPY
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoo.data.dataset import Dataset

MEANINGS = {
    AGREEMENT: "the share of its votes that are for its label",
    VOTE_ENTROPY: "the entropy of its votes in bits, 0 where all are for the same",
}
"""Of the columns that votes give."""

_RULES = {
    "majority": "where one class has more than half of the votes",
    "distribution": "in train where three classes or fewer have more than half of the votes, else"
    " where one class has",
}


def vote_remarks(dataset: Dataset) -> list[str]:
    """What to know of a data set with votes: what they became, and how far annotators agree."""
    facts: Mapping[str, Any] = dataset.facts
    if "ferplus" in facts:
        return _ferplus_remarks(dataset, facts["ferplus"])
    if SOFT_LABELS in facts:
        return ["soft labels: as the csv's columns give them", _confirmation(dataset)]
    return _beside_labels_remarks(dataset, facts["votes"]) if "votes" in facts else []


def dropped_table(dataset: Dataset) -> Table:
    """The faces that the settings left out; no rows where there are none."""
    dropped: Mapping[str, Mapping[str, Mapping[str, int]]] = dataset.facts.get("dropped", {})
    rows = [
        [f"{split}: {reason}", *(of_split.get(name) for name in FER2013_CLASSES),
         sum(of_split.values())]
        for split in SPLITS
        for reason, splits in dropped.items()
        if (of_split := splits.get(split))
    ]  # fmt: skip
    headings = ["left out of", *FER2013_CLASSES, "faces"]
    title = f"{dataset.name}: faces left out, by their label in the source"
    return Table(title, [Column(heading) for heading in headings], rows)


def _ferplus_remarks(dataset: Dataset, facts: Mapping[str, Any]) -> list[str]:
    classes = len(dataset.classes)
    lines = [
        f"labels: what most of FER+'s votes say, {classes} classes, {_RULES[facts['rule']]};"
        f" soft labels: the votes' distribution{_ignored(facts)}"
    ]
    for reason, splits in dataset.facts.get("dropped", {}).items():
        counts = Counter({split: sum(of_class.values()) for split, of_class in splits.items()})
        parts = ", ".join(f"{counts[split]:,} of {split}" for split in SPLITS if counts[split])
        lines.append(f"left out {counts.total():,}: {reason} ({parts})")
    agreement = ", ".join(
        f"{np.mean(split.columns[AGREEMENT]):.1%} of {name}"
        for name, split in dataset.splits.items()
    )
    return [*lines, f"the mean share of a face's votes that are for its label: {agreement}"]


def _beside_labels_remarks(dataset: Dataset, facts: Mapping[str, Any]) -> list[str]:
    """Which votes the soft labels are made of, and how far the labels agree with them."""
    lines = [
        f"soft labels: the votes' shares of the {len(dataset.classes)} classes{_ignored(facts)}"
    ]
    if facts["without"]:
        rows = "1 row has" if facts["without"] == 1 else f"{facts['without']:,} rows have"
        lines.append(f"{rows} no vote for any of them: the label stands alone there")
    return [*lines, _confirmation(dataset)]


def _confirmation(dataset: Dataset) -> str:
    """How far labels and soft labels agree."""
    agreement = ", ".join(
        f"{_confirmed(split.labels, split.soft_labels):.1%} of {name}"
        for name, split in dataset.splits.items()
        if split.soft_labels is not None
    )
    return f"the label is what most votes say (or as many): {agreement}"


def _ignored(facts: Mapping[str, Any]) -> str:
    return f"; columns not used: {', '.join(facts['ignored'])}" if facts["ignored"] else ""


def _confirmed(labels: np.ndarray, soft_labels: np.ndarray) -> float:
    of_label = np.take_along_axis(soft_labels, labels[:, None], axis=1)[:, 0]
    return float(np.mean(of_label >= soft_labels.max(axis=1)))
