"""What a MODEL is, wherever the user names one: a run, an architecture, or the ensemble."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo import configs, home
from zoo.backend import import_keras
from zoo.data import entries
from zoo.ensemble import Ensemble, average_predictions
from zoo.errors import ZooError, unknown
from zoo.runs import Predictions, Run, find_run, finished_runs, list_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.data.dataset import Dataset
    from zoo.predictor import Classifier, Predictor

ENSEMBLE = "ensemble"


@dataclass(frozen=True)
class Model:
    """What a name stands for, before any network is loaded.

    Attributes:
        name: how the model is called in tables and pictures.
        runs: the finished runs it consists of; one for a single network.
        chosen: how `runs` were chosen, one line for the user.
    """

    name: str
    runs: tuple[Run, ...]
    chosen: str

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
        return tuple(
            _model(run, f"{run.architecture} {run.id}" if often[run.architecture] > 1 else None)
            for run in self.runs
        )

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
            return load_classifier(self.run, self.name)
        return Ensemble([member.load() for member in self.members], name=self.name)

    def saved_predictions(self, split: str) -> Predictions:
        """The saved probabilities, averaged over the members; loads no network.

        Raises:
            ZooError: a run has none for this split, or members saw different faces.
        """
        each = [_saved(run, split) for run in self.runs]
        return average_predictions(each) if self.is_ensemble else each[0]

    def predictions(self, dataset: Dataset, split: str) -> Predictions:
        """Probabilities on a split: the saved ones where there are some, else computed now.

        What is computed on the data set a run was trained on is saved in that run.

        Raises:
            ZooError: the data set has other classes, or no such split.
        """
        self.check_classes(dataset)
        each = [_run_predictions(run, dataset, split) for run in self.runs]
        return average_predictions(each) if self.is_ensemble else each[0]


def load_classifier(run: Run, name: str) -> Classifier:
    """The trained network of a run, with its best epoch's weights."""
    import_keras()
    from zoo.predictor import Classifier
    from zoo.training.networks import load_network

    return Classifier(load_network(run), tuple(run.metrics["classes"]), name)


def _saved(run: Run, split: str) -> Predictions:
    saved = run.predictions(split)
    if (saved.split, saved.fingerprint) != (split, run.metrics["fingerprint"]):
        raise ZooError(
            f"{run.predictions_file(split)}: predictions on other faces than the run's: "
            f"delete the file, then zoo evaluate {run.id}"
        )
    return saved


def _run_predictions(run: Run, dataset: Dataset, split: str) -> Predictions:
    own = run.metrics["fingerprint"] == dataset.fingerprint
    if own and run.predictions_file(split).is_file():
        return _saved(run, split)
    faces = dataset.split(split)
    predictions = Predictions(
        split=split,
        classes=dataset.classes,
        fingerprint=dataset.fingerprint,
        ids=faces.ids,
        labels=faces.labels,
        probabilities=load_classifier(run, run.architecture).predict_proba(faces.faces),
    )
    if own:
        predictions.write(run.predictions_file(split))
    return predictions


def as_seen(predictor: Predictor, image: np.ndarray) -> np.ndarray:
    """One image, (H, W, 1|3), as the first member's network sees it: (1, h, w, c) uint8.

    An explanation of these pixels has the resolution that the network had.
    """
    from zoo.preprocessing.faces import to_face_shape

    return to_face_shape(image[np.newaxis], predictor.members[0].network.input_shape[1:])


def load(model: str, *, data: str | None = None, runs: Path | str | None = None) -> Predictor:
    """The trained predictor that a MODEL names.

    Args:
        model: a run's id or folder, an architecture's name, or ``"ensemble"``.
        data: the data set in use, by name; by default the only one that was added.
        runs: the folder of runs; by default the one in ``$ZOO_HOME``.

    Returns:
        A `zoo.predictor.Classifier`, or a `zoo.Ensemble`.

    Raises:
        ZooError: nothing goes by that name, or nothing of that name has been trained.
    """
    return resolve(model, fingerprint(data), Path(runs) if runs else home.runs_folder()).load()


def fingerprint(data: str | None) -> str | None:
    """The fingerprint of the data set in use; none where no data set has been named or added."""
    if data is None:
        names = [entry.name for entry in entries.list_datasets()]
        if len(names) != 1:
            return None
        (data,) = names
    from zoo.data.library import open_dataset

    return open_dataset(data).fingerprint


def resolve(name: str, fingerprint: str | None, runs: Path) -> Model:
    """What `name` stands for.

    Args:
        name: a run's id or folder, an architecture's name, or ``"ensemble"``.
        fingerprint: of the data set in use; None if there is none, and then all runs must be of
            one data set.
        runs: the folder of runs.

    Raises:
        ZooError: nothing goes by that name, or nothing of that name has been trained.
    """
    if run := find_run(runs, name):
        if run.fault:
            raise ZooError(run.fault)
        return _model_of_run(run, runs)
    if name == ENSEMBLE:
        return ensemble_of(ensemble_members(fingerprint, runs), fingerprint, runs)
    known = configs.architecture_files()
    if name not in known:
        ids = (run.id for run in finished_runs(runs) if run.architecture != ENSEMBLE)
        raise unknown("model", name, [*known, ENSEMBLE, *ids])
    return _model(best_run(name, fingerprint, runs))


def ensemble_of(members: Sequence[str], fingerprint: str | None, runs: Path) -> Model:
    """The ensemble of several named models.

    Raises:
        ZooError: fewer than two members, or some that cannot be had; the list says which.
    """
    models, missing = [], []
    for member in members:
        try:
            models.append(resolve(member, fingerprint, runs))
        except ZooError as error:
            missing.append(f"{member} ({error})")
    if missing:
        raise ZooError(f"members missing from the ensemble: {'; '.join(missing)}")
    distinct = {run.folder: run for model in models for run in model.runs}
    _refuse_mixed(list(distinct.values()))
    if len(distinct) < 2:
        have = ", ".join(run.architecture for run in distinct.values()) or "none"
        raise ZooError(
            f"an ensemble needs two different members or more, there are: {have}; "
            "zoo train another architecture, or name members with --members"
        )
    chosen = "; ".join(model.chosen for model in models)
    return Model(ENSEMBLE, tuple(distinct.values()), f"{ENSEMBLE} of {len(distinct)}: {chosen}")


def _refuse_mixed(runs: Sequence[Run]) -> None:
    for first, other in itertools.pairwise(runs):
        for what in ("fingerprint", "classes"):
            if other.metrics[what] != first.metrics[what]:
                raise ZooError(
                    f"{first.architecture} {first.id} and {other.architecture} {other.id} cannot "
                    f"be averaged: they were trained on different data ({what} differs)"
                )


def ensemble_members(fingerprint: str | None, runs: Path) -> list[str]:
    """The members that ``ensemble.toml`` names, ``"*"`` spelled out."""
    own = home.zoo_home() / "ensemble.toml"
    path = own if own.is_file() else Path(configs.__file__).parent / "ensemble.toml"
    table = configs.read_toml(path)
    members = table.get("members")
    if set(table) != {"members"} or not isinstance(members, list):
        raise ZooError(f"{path}: expected one key, members, a list of architecture names")
    if members == ["*"]:
        return sorted({run.architecture for run in _candidates(fingerprint, runs)})
    if ENSEMBLE in members:
        raise ZooError(f"{path}: the ensemble cannot be a member of itself: name architectures")
    return [str(member) for member in members]


def best_run(architecture: str, fingerprint: str | None, runs: Path) -> Run:
    """The finished, unlimited run of an architecture with the best validation log-loss.

    Raises:
        ZooError: there is none.
    """
    candidates = [
        run for run in _candidates(fingerprint, runs) if run.architecture == architecture
    ]
    if not candidates:
        others = [run for run in list_runs(runs) if run.architecture == architecture]
        why = f" ({len(others)} unfinished, limited or on other data: name one by its id)"
        raise ZooError(
            f"{architecture} has no finished, unlimited run on this data set"
            f"{why if others else ''}: zoo train {architecture}"
        )
    return min(candidates, key=_log_loss)


def _log_loss(run: Run) -> float:
    return run.metrics["validation"]["log_loss"]


def _candidates(fingerprint: str | None, runs: Path) -> list[Run]:
    """Finished, unlimited runs of single networks on one data set."""
    found = _unlimited(runs)
    if fingerprint is not None:
        return [run for run in found if run.metrics["fingerprint"] == fingerprint]
    if len({run.metrics["fingerprint"] for run in found}) > 1:
        names = ", ".join(sorted({run.metrics["dataset"] for run in found}))
        raise ZooError(f"there are runs on several data sets ({names}): say which with --data")
    return found


def _unlimited(runs: Path) -> list[Run]:
    return [
        run
        for run in finished_runs(runs)
        if run.architecture != ENSEMBLE and run.metrics["limit"] is None
    ]


def _model_of_run(run: Run, runs: Path) -> Model:
    if run.architecture == ENSEMBLE:
        members = tuple(_member(name, runs) for name in run.recipe["members"])
        return Model(ENSEMBLE, members, f"{ENSEMBLE} {run.id} of {len(members)}")
    return _model(run)


def _model(run: Run, name: str | None = None) -> Model:
    name = name or run.architecture
    loss = run.metrics["validation"]["log_loss"]  # an unfinished run is refused here
    return Model(name, (run,), f"{name}: run {run.id} (validation log-loss {loss:.4f})")


def _member(name: str, runs: Path) -> Run:
    run = find_run(runs, name)
    if run is None:
        raise ZooError(f"the ensemble's member {name} is not in {runs}")
    return run


def ensemble_id(members: Sequence[Run]) -> str:
    """The id of an ensemble: it depends on its members alone."""
    names = sorted(f"{run.architecture}/{run.id}" for run in members)
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()[:12]


def best_accuracies(fingerprint: str | None, runs: Path) -> dict[str, str]:
    """What `zoo list` says of the architectures that have a run to answer for them."""
    best: dict[tuple[str, str], Run] = {}
    for run in _unlimited(runs):
        key = (run.architecture, run.metrics["fingerprint"])
        if fingerprint in (None, key[1]):
            best[key] = min(best.get(key, run), run, key=_log_loss)
    texts: dict[str, list[str]] = {}
    for (name, _), run in best.items():
        texts.setdefault(name, []).append(_accuracy(run))
    return {name: "; ".join(each) for name, each in texts.items()}


def _accuracy(run: Run) -> str:
    top1, n = run.metrics["validation"]["top1"], run.metrics["validation"]["n"]
    return f"{top1:.2%} on {run.metrics['dataset']}, validation, n = {n:,}"
