"""The measures over many faces, by many methods, of many models."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import ZooError
from zoo.explainers.faithfulness.floors import CENTRED, RANDOM, centred_gaussian, random_map
from zoo.explainers.faithfulness.localisation import pointing_game, relevance_inside
from zoo.explainers.faithfulness.measures import (
    FaithfulnessSettings,
    faithfulness,
    forgotten_by,
    perturbed,
)
from zoo.explainers.methods import METHODS
from zoo.explainers.targets import PREDICTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from zoo.explainers.base import Progress
    from zoo.predictor import Predictor


@dataclass(frozen=True, eq=False, kw_only=True)
class Study:
    """What is measured.

    Attributes:
        faces: (N, H, W, 1|3), 0–255.
        labels: (N,) int, the faces' classes.
        where: the faces, in words.
        truth: (N, H, W) bool, the pixels that carry each face's class, where they are known; then
            faces that any of the models gets wrong are left out: it is its own class that a model
            is explained for, which other pixels carry.
        methods: names.
        method_settings: settings of a method, by its name.
        settings: of the measures.
    """

    faces: np.ndarray
    labels: np.ndarray
    where: str
    truth: np.ndarray | None = None
    methods: Sequence[str] = tuple(METHODS)
    method_settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    settings: FaithfulnessSettings = field(default_factory=FaithfulnessSettings)


@dataclass(frozen=True, eq=False)
class Row:
    """One method on one model.

    Attributes:
        model: its name.
        method: its label.
        faces: how many were explained.
        values: by measure, one per face that has it.
        seconds: per explained face; None for what explains nothing.
        remarks: what a reader of the maps must know; or why there are none.
    """

    model: str
    method: str
    faces: int
    values: Mapping[str, Sequence[float]]
    seconds: float | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Findings:
    """What a study found.

    Attributes:
        rows: for each model one per method, and one each for `RANDOM` and `CENTRED`; a method that
            the model cannot have has no faces, and the reason among its remarks.
        where: the faces, in words.
        interrupted: whether rows are missing, because the user pressed Ctrl-C.
    """

    rows: Sequence[Row]
    where: str
    interrupted: bool = False


def measure_models(
    predictors: Sequence[Predictor],
    study: Study,
    *,
    progress: Progress | None = None,
) -> Findings:
    """Explain each model's prediction for each face by each method, and measure.

    Args:
        predictors: the models.
        study: the rest.
        progress: called with the thousandths of the work that are done, and 1,000.

    Returns:
        What was found, after Ctrl-C of the rows that were done, if any.

    Raises:
        ZooError: there is no face that all models get right, where the truth is known.
    """
    if study.truth is not None:
        study = _understood(predictors, study, study.truth)
    rows: list[Row] = []
    try:
        for row in _rows(predictors, study, progress):
            rows.append(row)
    except KeyboardInterrupt:
        if not rows:
            raise
        return Findings(rows, study.where, interrupted=True)
    if progress is not None:
        progress(1000, 1000)
    return Findings(rows, study.where)


def _rows(
    predictors: Sequence[Predictor], study: Study, progress: Progress | None
) -> Iterator[Row]:
    """Each model's rows as they are done; for a method that it cannot have, the reason."""
    each = len(study.methods) + 2
    for place, predictor in enumerate(predictors):
        forgotten = forgotten_by(predictor, study.settings)
        for number, name in enumerate(study.methods):
            part = _thousandths(progress, each * place + number, each * len(predictors))
            try:
                yield _explained(predictor, study, name, forgotten, part)
            except ZooError as error:
                label = METHODS[name].label
                yield Row(predictor.name, label, 0, {}, None, (f"left out: {error}",))
        yield from _floors(predictor, study)


def _understood(predictors: Sequence[Predictor], study: Study, truth: np.ndarray) -> Study:
    """The study of those faces that all models get right, so that they have the same."""
    right = np.array(
        [one.predict_proba(study.faces).argmax(axis=1) == study.labels for one in predictors]
    )
    everyone = right.all(axis=0)
    if not everyone.any():
        each = ", ".join(
            f"{one.name} {count}" for one, count in zip(predictors, right.sum(axis=1), strict=True)
        )
        raise ZooError(
            f"of {len(study.faces)} faces no model may get any wrong, so that maps can be held "
            f"against what carries their labels, and there is no such face (right: {each}): take "
            "more faces, or models that were trained on such"
        )
    who = "all models get" if len(predictors) > 1 else f"{predictors[0].name} gets"
    return replace(
        study,
        faces=study.faces[everyone],
        labels=study.labels[everyone],
        truth=truth[everyone],
        where=f"the {everyone.sum()} of {study.where} that {who} right",
    )


def _explained(
    predictor: Predictor,
    study: Study,
    name: str,
    forgotten: Sequence[Predictor],
    part: Progress,
) -> Row:
    """One method's row; explaining is taken for a third of the work, measuring for the rest."""
    method, faces = METHODS[name], study.faces
    settings = dict(study.method_settings.get(name, {}))
    started = time.perf_counter()
    explanations = method.explain(
        predictor, faces, PREDICTED, lambda done, total: part(done, 3 * total), settings
    )
    seconds = (time.perf_counter() - started) / len(faces)
    measured = faithfulness(
        predictor, explanations, study.settings,
        lambda done, total: part(total + 2 * done, 3 * total), forgotten,
    )  # fmt: skip
    maps = [one.maps[one.top] for one in explanations]
    values = _by_name(one.numbers() for one in measured) | _against_truth(maps, study)
    remarks = explanations[0].common_remarks
    return Row(predictor.name, method.label, len(faces), values, seconds, remarks)


def _floors(predictor: Predictor, study: Study) -> list[Row]:
    """The rows of maps that explain nothing."""
    targets = predictor.predict_proba(study.faces).argmax(axis=1)
    rows = []
    for name, maps in (
        (RANDOM, [random_map(face, study.settings.seed) for face in study.faces]),
        (CENTRED, [centred_gaussian(face.shape) for face in study.faces]),
    ):
        values = _by_name(
            perturbed(predictor, face, relevance, int(target), study.settings).numbers()
            for face, relevance, target in zip(study.faces, maps, targets, strict=True)
        )
        if name == RANDOM:  # the others' gains are over it
            values = {key: value for key, value in values.items() if not key.endswith("_gain")}
        values |= _against_truth(maps, study)
        rows.append(Row(predictor.name, name, len(study.faces), values))
    return rows


def _against_truth(maps: Sequence[np.ndarray], study: Study) -> dict[str, list[float]]:
    if study.truth is None:
        return {}
    return _by_name(
        {"pointing": pointing_game(one, region), "inside": relevance_inside(one, region)}
        for one, region in zip(maps, study.truth, strict=True)
    )


def _by_name(numbers: Iterable[Mapping[str, float | None]]) -> dict[str, list[float]]:
    """The values that are there, by measure."""
    values = defaultdict(list)
    for of_face in numbers:
        for name, value in of_face.items():
            if value is not None:
                values[name].append(value)
    return dict(values)


def _thousandths(progress: Progress | None, part: int, parts: int) -> Progress:
    """The progress of one part, as thousandths of the whole."""

    def told(done: int, total: int) -> None:
        if progress is not None:
            progress(min(1000, round(1000 * (part + done / total) / parts)), 1000)

    return told
