"""What a model reached, as sections of its card."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoo.data.dataset import SELECTION_SPLIT
from zoo.evaluation.calibration import reliability, reliability_table
from zoo.evaluation.report import confusion_table, evaluation_tables
from zoo.intervals import wilson
from zoo.metrics import BINS
from zoo.reports.cards.words import CHOSE, is_fer2013, split_name
from zoo.reports.page import Section

if TYPE_CHECKING:
    from zoo.predictions import Predictions


def share(predictions: Predictions) -> str:
    """Top-1 accuracy with Wilson's 95 % interval and n."""
    metrics = predictions.measure()
    low, high = wilson(round(metrics.top1 * metrics.n), metrics.n)
    return (
        f"{metrics.top1 * 100:.2f} % (95 %: {low * 100:.2f}–{high * 100:.2f} %, n = {metrics.n:,})"
    )


def headline_sentence(predictions: Predictions) -> str:
    """The accuracy on validation, with and without the faces that also stand in train."""
    where = split_name(SELECTION_SPLIT, fer2013=is_fer2013(predictions))
    told = f"Top-1 accuracy on {where}, which {CHOSE}: {share(predictions)}"
    if predictions.seen is None:
        return f"{told}. How many of these faces also stand in train is not known."
    if (unseen := predictions.unseen) is None:
        return f"{told}. All of these faces also stand in train."
    return f"{told}; on those faces that do not also stand in train: {share(unseen)}."


def accuracy_section(
    predictions: Predictions, name: str, remarks: str, *, chose: str = "epoch"
) -> Section:
    """Summary, per class, confusion matrix, on the split that chose the model.

    Args:
        predictions: on that split.
        name: the model's.
        remarks: what must be said of it.
        chose: what the split chose (`zoo.evaluation.guard.split_chose`).
    """
    summary, per_class = evaluation_tables(
        predictions, name, chose=chose, test_readings=None, remarks=remarks
    )
    confusion = confusion_table(
        predictions.measure(), f"Confusion matrix of {name} on {SELECTION_SPLIT}: number of faces"
    )
    title = split_name(SELECTION_SPLIT, fer2013=is_fer2013(predictions))
    told = f"The split that {CHOSE}."
    return Section(
        f"Accuracy on {title}", [told, summary, replace(per_class, notes=()), confusion]
    )


def reliability_section(predictions: Predictions, name: str) -> Section:
    """Expected calibration error and its bins."""
    measured = reliability(predictions)
    told = (
        f"Expected calibration error {measured.error * 100:.2f} %, n = {measured.n:,}: the mean "
        f"distance of accuracy from confidence over {BINS} equally wide bins b of the largest "
        "probability, Σ_b n_b/n · |accuracy_b − confidence_b| (Guo et al. 2017, arXiv 1706.04599; "
        "Naeini et al. 2015)."
    )
    table = reliability_table(measured, f"Reliability of {name} on {predictions.split}")
    return Section("Reliability", [told, table])


def test_section(predictions: Predictions | None, name: str, *, fer2013: bool) -> Section:
    """What the test split says, or that it has not been read."""
    test = split_name("test", fer2013=fer2013)
    if predictions is None:
        told = f"The {test} split has not been read for this model: there is no number yet."
        return Section("Test", [told])
    told = f"Top-1 accuracy on {test}, which chose nothing: {share(predictions)}."
    summary, _ = evaluation_tables(predictions, name, chose="nothing", test_readings=None)
    return Section("Test", [told, summary])
