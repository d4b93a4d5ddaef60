"""What a name stands for: one run or several, loaded or by their saved probabilities."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zoo.ensemble import Ensemble, average_predictions
from zoo.errors import ZooError, unknown
from zoo.models.classifier import load_classifier
from zoo.models.ensemble_file import EVERY, own_file
from zoo.models.saved import has_predictions, predictions_on, saved_predictions
from zoo.predictions import TTA, Predictions, shown_name
from zoo.predictor import Calibrated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zoo.data.dataset import Dataset
    from zoo.models.choice import Choice
    from zoo.predictor import Predictor
    from zoo.runs import Run
    from zoo.temperature import Calibration


@dataclass(frozen=True)
class Model:
    """What a name stands for, before any network is loaded.

    Attributes:
        name: how the model is called in tables and pictures.
        runs: the finished runs it consists of; one for a single network.
        chosen: how `runs` were chosen, one line for the user.
        tta: its test-time augmentation, one of `zoo.predictions.TTA`.
        weights: how much each of an ensemble's runs counts, in any scale; None: all the same.
        calibration: the temperature of its probabilities, an ensemble's of its average; its
            members' stay as they are.
        choice: what chose an ensemble's members or weights; None where it is not known.
        tried: what else was tried of an ensemble; empty where its file does not tell it.
    """

    name: str
    runs: tuple[Run, ...]
    chosen: str
    tta: str = "none"
    weights: tuple[float, ...] | None = None
    calibration: Calibration | None = None
    choice: Choice | None = None
    tried: str = ""

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

    def calibrated(self, calibration: Calibration) -> Model:
        """The same model with scaled probabilities, by which it is then called."""
        name = shown_name(self.name, "none", calibrated=True)
        chosen = (
            f"{self.chosen}; temperature {calibration.temperature:.3f}, fitted on the "
            f"{calibration.n:,} {calibration.split} faces of {calibration.data}"
        )
        return replace(self, name=name, chosen=chosen, calibration=calibration)

    def trained_elsewhere(self, fingerprint: str) -> tuple[Run, ...]:
        """Those of its runs that were trained on another data set than that of `fingerprint`."""
        return tuple(run for run in self.runs if run.metrics["fingerprint"] != fingerprint)

    def check_classes(self, dataset: Dataset) -> None:
        """Refuse a data set whose classes are not the model's, in its order.

        Raises:
            ZooError: they differ; both are listed.
        """
        classes = tuple(self.runs[0].metrics["classes"])
        if classes != dataset.classes:
            raise self._other_classes(dataset)

    def check_shared_classes(self, dataset: Dataset) -> None:
        """Refuse a data set with fewer than two of the model's classes, matched by name.

        Raises:
            ZooError: see above; both lists are given.
        """
        if len(set(self.runs[0].metrics["classes"]) & set(dataset.classes)) < 2:
            raise self._other_classes(dataset)

    def _other_classes(self, dataset: Dataset) -> ZooError:
        way_out = f"zoo train {self.runs[0].architecture}"
        if self.is_ensemble:
            way_out = (
                f'name --members that know these, or write members = ["{EVERY}"], '
                f"your own runs on the data set in use, into {own_file()}"
            )
        return ZooError(
            f"{self.name} knows the classes {', '.join(self.runs[0].metrics['classes'])}, "
            f"data set {dataset.name!r} has {', '.join(dataset.classes)}: {way_out}"
        )

    def load(self) -> Predictor:
        """Build the networks and read their weights."""
        predictor: Predictor
        if self.is_ensemble:
            members = [member.load() for member in self.members]
            predictor = Ensemble(members, self.weights, self.name)
        else:
            predictor = load_classifier(self.run, self.name, self.tta)
        if self.calibration is None:
            return predictor
        return Calibrated(predictor, self.calibration.temperature, self.name)

    def saved_predictions(self, fingerprint: str, split: str) -> Predictions:
        """The saved probabilities on a data set, averaged over the members; loads no network.

        Raises:
            ZooError: a run has none for this split.
        """
        each = [saved_predictions(run, fingerprint, split, self.tta) for run in self.runs]
        return self._of_all(each)

    def has_predictions(self, fingerprint: str, split: str) -> bool:
        """Whether every run has saved probabilities on a data set's split."""
        return all(has_predictions(run, fingerprint, split, self.tta) for run in self.runs)

    def predictions(
        self,
        dataset: Dataset,
        split: str,
        say: Callable[[str], None],
        *,
        whole_image: bool = False,
    ) -> Predictions:
        """Probabilities on a split: the saved ones where there are some, else computed and saved.

        Args:
            dataset: shares at least two classes with the model; faces of others are dropped.
            split: the split's name.
            say: is told what takes time, and what could not be saved.
            whole_image: see `zoo.models.saved.predictions_on`.

        Raises:
            ZooError: the data set shares fewer classes, or has no such split.
        """
        self.check_shared_classes(dataset)
        each = [
            predictions_on(dataset, run, split, self.tta, say, whole_image=whole_image)
            for run in self.runs
        ]
        return self._of_all(each)

    def _of_all(self, each: list[Predictions]) -> Predictions:
        one = average_predictions(each, self.weights) if self.is_ensemble else each[0]
        return one if self.calibration is None else one.calibrated(self.calibration)


def distinct(models: Iterable[Model]) -> list[Model]:
    """Each model once, the first of those that are the same.

    The same are those of the same runs with the same weights, views and temperature, whatever they
    are called.
    """
    once: dict[object, Model] = {}
    for model in models:
        weights = model.weights or (None,) * len(model.runs)
        runs = frozenset(zip((run.folder for run in model.runs), weights, strict=True))
        once.setdefault((runs, model.tta, model.calibration), model)
    return list(once.values())


def model_of(run: Run, name: str | None = None) -> Model:
    """A finished run of a single network as a model, called `name` or after its architecture.

    Raises:
        ZooError: the run has not finished.
    """
    name = name or run.architecture
    loss = run.metrics["validation"]["log_loss"]
    start = f", {run.start}" if run.start else ""
    which = "the shipped weights" if run.shipped else f"run {run.id}"
    where = f" on {run.metrics['dataset']}" if run.shipped else ""
    return Model(name, (run,), f"{name}: {which} (validation log-loss {loss:.4f}{where}{start})")
