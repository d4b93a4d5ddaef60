"""What must be said of numbers beside the numbers, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.evaluation.guard import NOT_KNOWN, PERHAPS_WEIGHTS, SOME
from zoo.models.choice import CHOSEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.evaluation.guard import Guard
    from zoo.predictions import Predictions

FOREIGN = (
    "Trained on another data set: some of these faces may be among its training faces, "
    "which would make the number optimistic."
)
FROM_UNKNOWN = (
    "It started from weights that do not say which faces trained them: more of these faces may be "
    "among those."
)

FLIP = (
    "(flip): two views were averaged, each face and its mirror image, at twice the cost; "
    "never to be ranked unmarked with single views."
)


_LISTED = 10
"""How many photos a note names."""


def evaluation_notes(
    predictions: Predictions,
    chose: str,
    test_readings: int | None,
    guard: Guard | None,
) -> list[str]:
    """What must be said of every number measured on these faces; see `evaluation_tables`."""
    split = predictions.split
    notes = foreign_notes([chose]) if guard is None else []
    notes += guard_notes(predictions, guard)
    notes += left_out_notes(split, predictions.left_out, predictions.exclusions)
    notes += other_classes_notes(predictions)
    notes += cut_notes(predictions)
    notes += chosen_notes(split, chose) + reading_notes(split, test_readings)
    notes += absent_notes(predictions)
    notes += calibration_notes(predictions)
    return [*notes, FLIP] if predictions.tta == "flip" else notes


def calibration_notes(predictions: Predictions) -> list[str]:
    """What temperature probabilities were scaled by, and what chose it."""
    known = predictions.calibration
    if known is None:
        return []
    told = (
        f"T = {known.temperature:.3f}, fitted by log-loss on the {known.n:,} {known.split} faces "
        f"of {known.data}; answers stay."
    )
    if not predictions.crossed:
        return [told]
    told += " These are measured here, so each tenth of them by the T of the others"
    if predictions.exclusions:  # what is known by the T of all is of all faces
        return [f"{told}."]
    crossed = predictions.measure()
    return [
        f"{told}: log-loss "
        f"{crossed.log_loss:.4f}, ECE {crossed.ece:.2%}; by the T of all, which is optimistic, "
        f"{known.log_loss_fitted:.4f} and {known.ece_fitted:.2%}."
    ]


def guard_notes(predictions: Predictions, guard: Guard | None) -> list[str]:
    """How many of the faces the model has seen before, where that is known."""
    if guard is None:
        return []
    trained, chose = int(guard.trained.sum()), int(guard.chose.sum())
    chosen = f", {chose:,} more chose its epoch" if chose else ""
    told = [
        f"{trained:,} of these {len(predictions):,} faces trained this model{chosen}, pixel for "
        "pixel, in whatever data set."
    ]
    if not guard.new.any():
        told.append("No face here is new to the model: the numbers are optimistic.")
    return told if guard.complete else [*told, FROM_UNKNOWN]


def counted(predictions: Predictions) -> str:
    """How many faces, and of how many where a list left some out: ``n = 67 of 70``."""
    n = len(predictions)
    return f"n = {n:,} of {n + predictions.left_out:,}" if predictions.exclusions else f"n = {n:,}"


def cut_notes(predictions: Predictions) -> list[str]:
    """That photos were cut to the faces in them, and in which none or several were found."""
    found, notes = predictions.found, []
    if found is None:
        return []
    for photos, told in (
        (predictions.ids[found == 0].tolist(), "No face was found in {}, taken whole"),
        (predictions.ids[found > 1].tolist(), "Several faces were found in {}, the largest taken"),
    ):
        if photos:
            listed = ", ".join(photos[:_LISTED]) + (", …" if len(photos) > _LISTED else "")
            notes.append(f"{told.format(f'{len(photos):,}')}: {listed}.")
    return ["Photos are cut to the faces in them; --whole-image measures them whole.", *notes]


def left_out_notes(split: str, left_out: int, sha256: str) -> list[str]:
    """How many faces of a split a list left out, by its sha256; nothing where that is empty."""
    if not sha256:
        return []
    return [
        f"{left_out:,} {split} faces are left out (list {sha256[:12]}): never to be compared with "
        "numbers on all faces."
    ]


def unknown_classes_notes(predictions: Predictions) -> list[str]:
    """How many faces were dropped since the model does not know their classes; none where none."""
    listed = ", ".join(f"{n:,} of {name}" for name, n in predictions.unknown.items())
    return [f"Left out are {listed}: classes that the model does not know."] if listed else []


def other_classes_notes(predictions: Predictions) -> list[str]:
    """Which classes only the data set has, or only the model."""
    notes = unknown_classes_notes(predictions)
    if renormalized := predictions.renormalized:
        missing = [name for name in predictions.classes if name not in renormalized.classes]
        shared = len(renormalized.classes)
        notes.append(
            f"The data set does not have the model's {', '.join(missing)}: a face taken for one "
            f"counts as wrong; renormalized, only the {shared} classes that both have are answers."
        )
    return notes


def absent_classes(predictions: Predictions) -> list[str]:
    """The classes of which no face was measured."""
    there = set(predictions.labels.tolist())
    return [name for label, name in enumerate(predictions.classes) if label not in there]


def absent_notes(predictions: Predictions) -> list[str]:
    """Which classes have no face in the split, where that must be said."""
    classes = predictions.classes
    absent = absent_classes(predictions)
    if not absent:
        return []
    return [
        f"No {predictions.split} face of {', '.join(absent)}: macro-F1 is the mean over the other "
        f"{len(classes) - len(absent)} of the {len(classes)} classes."
    ]


def split_notes(split: str, chose: Sequence[str], test_readings: int | None) -> list[str]:
    """What a split chose of some models, and how often it was read, where that must be said.

    Args:
        split: the split's name.
        chose: `zoo.evaluation.entry.Entry.chose` of each model.
        test_readings: how often the test split has been read; None if nobody counts.
    """
    chosen = any("epoch" in one for one in chose)
    optimistic = [f"{split} chose each model's epoch: optimistic numbers."] if chosen else []
    optimistic += also_chosen_notes(split, chose)
    return [*optimistic, *foreign_notes(chose), *reading_notes(split, test_readings)]


def with_split_notes(
    title: str, split: str, chose: Sequence[str], test_readings: int | None
) -> str:
    """A picture's title and, in lines below it, what `split_notes` says."""
    return "\n".join([title, *split_notes(split, chose, test_readings)])


def chosen_notes(split: str, chose: str) -> list[str]:
    """What a split chose of a single model (`zoo.evaluation.guard.split_chose`)."""
    epochs, _, _ = chose.partition(",")
    what = {"epoch": "this epoch", "epochs": "each member's epoch", SOME: "some members' epochs"}
    notes = [f"{split} chose {what[epochs]}: an optimistic number."] if epochs in what else []
    return notes + also_chosen_notes(split, [chose])


def also_chosen_notes(split: str, chose: Sequence[str]) -> list[str]:
    """That a split chose an ensemble's members or weights, or may have chosen them."""
    words = {word for one in chose for word in one.split(", ")}
    notes = [
        f"{split} chose an ensemble's {what}: an optimistic number."
        for what in CHOSEN
        if what in words
    ]
    if PERHAPS_WEIGHTS in words:
        notes.append(f"{split} may have chosen an ensemble's weights, too: optimistic if it has.")
    return notes


def foreign_notes(chose: Sequence[str]) -> list[str]:
    """That a model, or a member, was trained on another data set."""
    return [FOREIGN] if any(one.startswith((NOT_KNOWN, SOME)) for one in chose) else []


def reading_notes(split: str, test_readings: int | None) -> list[str]:
    """How often the test split was read, where that must be said."""
    if split != "test" or test_readings is None:
        return []
    times = "once" if test_readings == 1 else f"{test_readings:,} times"
    return [
        f"The test split of this data set has been read {times}; "
        "each reading that leads to a choice makes its numbers more optimistic."
    ]


def seen_notes(predictions: Predictions) -> list[str]:
    """How many of the faces also stand in train, or that nobody knows."""
    split, seen = predictions.split, predictions.seen
    if seen is None:
        return [
            f"How many {split} faces also stand in train is not known: zoo evaluate MODEL counts "
            "them, if the data set has a train split."
        ]
    return [
        f"{seen.sum():,} of the {len(seen):,} {split} faces also stand in train, pixel for pixel; "
        "near duplicates are not counted."
    ]
