"""What a name stands for: one run or several, loaded or by their saved probabilities."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from zoo.backend import import_keras
from zoo.ensemble import Ensemble, average_predictions
from zoo.errors import ZooError, unknown
from zoo.predictions import TTA, Predictions, shown_name

if TYPE_CHECKING:
    from zoo.data.dataset import Dataset
    from zoo.predictor import Classifier, Predictor
    from zoo.runs import Run


@dataclass(frozen=True)
class Model:
    """What a name stands for, before any network is loaded.

    Attributes:
        name: how the model is called in tables and pictures.
        runs: the finished runs it consists of; one for a single network.
        chosen: how `runs` were chosen, one line for the user.
        tta: its test-time augmentation, one of `zoo.predictions.TTA`.
    """

    name: str
    runs: tuple[Run, ...]
    chosen: str
    tta: str = "none"

    @property
    def is_ensemble(self) -> bool:
        """Whether it averages several runs."""
        return len(self.runs) > 1

    @property
    def run(self) -> Run:
        """The only run of a single network."""
        (run,) = self.runs
        return run

    @property
    def members(self) -> tuple[Model, ...]:
        """One model per run; runs of the same architecture are told apart by their ids."""
        often = Counter(run.architecture for run in self.runs)
        singles = (
            model_of(run, f"{run.architecture} {run.id}" if often[run.architecture] > 1 else None)
            for run in self.runs
        )
        return tuple(single.with_tta(self.tta) for single in singles)

    def with_tta(self, tta: str) -> Model:
        """The same model under a test-time augmentation, by which it is then called.

        Raises:
            ZooError: there is no such augmentation.
        """
        if tta not in TTA:
            raise unknown("test-time augmentation", tta, TTA)
        if tta == "none":
            return self
        chosen = f"{self.chosen}; each face and its mirror image averaged"
        return replace(self, name=shown_name(self.name, tta), chosen=chosen, tta=tta)

    @property
    def fingerprint(self) -> str:
        """Of the data set it was trained on."""
        return self.runs[0].metrics["fingerprint"]

    def check_classes(self, dataset: Dataset) -> None:
        """Refuse a data set whose classes are not the model's, in its order.

        Raises:
            ZooError: they differ; both are listed.
        """
        classes = tuple(self.runs[0].metrics["classes"])
        if classes != dataset.classes:
            raise ZooError(
                f"{self.name} knows the classes {', '.join(classes)}, "
                f"data set {dataset.name!r} has {', '.join(dataset.classes)}"
            )

    def load(self) -> Predictor:
        """Build the networks and read their weights."""
        if not self.is_ensemble:
            return load_classifier(self.run, self.name, self.tta)
        return Ensemble([member.load() for member in self.members], name=self.name)

    def saved_predictions(self, split: str) -> Predictions:
        """The saved probabilities, averaged over the members; loads no network.

        Raises:
            ZooError: a run has none for this split, or members saw different faces.
        """
        each = [_saved(run, split, self.tta) for run in self.runs]
        return average_predictions(each) if self.is_ensemble else each[0]

    def has_predictions(self, split: str) -> bool:
        """Whether every run has saved probabilities on a split."""
        return all(run.predictions_file(split, self.tta).is_file() for run in self.runs)

    def predictions(self, dataset: Dataset, split: str) -> Predictions:
        """Probabilities on a split: the saved ones where there are some, else computed now.

        What is computed on the data set a run was trained on is saved in that run.

        Raises:
            ZooError: the data set has other classes, or no such split.
        """
        self.check_classes(dataset)
        each = [_run_predictions(run, dataset, split, self.tta) for run in self.runs]
        return average_predictions(each) if self.is_ensemble else each[0]


def model_of(run: Run, name: str | None = None) -> Model:
    """A finished run of a single network as a model, called `name` or after its architecture.

    Raises:
        ZooError: the run has not finished.
    """
    name = name or run.architecture
    loss = run.metrics["validation"]["log_loss"]
    start = f", {run.start}" if run.start else ""
    return Model(name, (run,), f"{name}: run {run.id} (validation log-loss {loss:.4f}{start})")


def load_classifier(run: Run, name: str, tta: str = "none") -> Classifier:
    """The trained network of a run, with its best epoch's weights."""
    import_keras()
    from zoo.predictor import Classifier, FlipAveraged
    from zoo.training.networks import load_network

    classifier = Classifier(load_network(run), tuple(run.metrics["classes"]), name)
    return FlipAveraged(classifier, name) if tta == "flip" else classifier


def _saved(run: Run, split: str, tta: str) -> Predictions:
    saved = run.predictions(split, tta)
    if (saved.split, saved.fingerprint) != (split, run.metrics["fingerprint"]):
        fault = "predictions on other faces than the run's"
    elif saved.tta != tta:
        fault = f"predictions under another test-time augmentation, {saved.tta}"
    else:
        return saved
    raise ZooError(
        f"{run.predictions_file(split, tta)}: {fault}: delete the file, then zoo evaluate {run.id}"
    )


def _run_predictions(run: Run, dataset: Dataset, split: str, tta: str) -> Predictions:
    own = run.metrics["fingerprint"] == dataset.fingerprint
    if own and run.predictions_file(split, tta).is_file():
        return _saved(run, split, tta)
    faces = dataset.split(split)
    predictions = Predictions(
        split=split,
        classes=dataset.classes,
        fingerprint=dataset.fingerprint,
        ids=faces.ids,
        labels=faces.labels,
        probabilities=load_classifier(run, run.architecture, tta).predict_proba(faces.faces),
        tta=tta,
    )
    if own:
        predictions.write(run.predictions_file(split, tta))
    return predictions


def as_seen(predictor: Predictor, image: np.ndarray) -> np.ndarray:
    """One image, (H, W, 1|3), as the first member's network sees it: (1, h, w, c) uint8.

    An explanation of these pixels has the resolution that the network had.
    """
    from zoo.preprocessing.faces import to_face_shape

    return to_face_shape(image[np.newaxis], predictor.members[0].network.input_shape[1:])
