"""The part of the transfer study on drawn faces: from FER2013's weights against from scratch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from study import Trial, finished, plain_recipe, read_history

from zoo import home, models
from zoo.data.dataset import Dataset
from zoo.data.drawn import drawn_dataset
from zoo.data.emotions import FER2013_CLASSES
from zoo.errors import ZooError
from zoo.figures.learning_curve import learning_curve_figure
from zoo.files import file_sha256, write_json
from zoo.tables import Column, Table
from zoo.training.targets import stratified_subset

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zoo.runs import Run

SPLIT = "validation"
UNTRAINED = "untrained.json"
STARTS = ("from FER2013", "from scratch")

Reached = dict[str, dict[int, dict[int, float]]]
"""Accuracies by start, number of labelled faces and seed."""


@dataclass(frozen=True)
class Study:
    """What is trained on drawn faces, from both starts.

    Attributes:
        network: its architecture's name.
        labelled: numbers of labelled faces.
        seeds: each chooses other labelled faces, too.
        epochs: of each training.
        shown: faces an epoch shows, whatever the number of labelled ones.
        epoch_seconds: what an epoch takes on two quiet cores of an AMD EPYC.
        settings: recipe values by dotted key, over ``zoo/configs/base.toml``.
    """

    network: str = "five_layer"
    labelled: tuple[int, ...] = (50, 100, 500, 2000)
    seeds: tuple[int, ...] = (0, 1, 2)
    epochs: int = 8
    shown: int = 2000
    epoch_seconds: float = 11
    settings: Mapping[str, Any] = field(
        default_factory=lambda: {
            # Of 50, batch normalisation's averages would lag behind after the 320 steps: from
            # scratch on 2,000 drawn faces of another seed 41 % instead of 60 %.
            "batch_size": 20,
            "optimizer.weight_decay": 0.02,
            "network.dropout_scale": 0.0,
        }
    )


STUDY = Study()


def labelled_faces(drawn: Dataset, count: int, seed: int, shown: int) -> Dataset:
    """The data set with `count` of its training faces, each of them `shown` / `count` times.

    So every epoch has as many steps, and a training as many looks at the validation faces,
    whatever the number of labelled faces; each look at a face has a pose of its own.
    """
    split = drawn.split("train")
    positions = np.tile(stratified_subset(split.labels, count, seed), shown // count)
    train = replace(
        split,
        faces=split.faces[positions],
        labels=split.labels[positions],
        ids=split.ids[positions],
    )
    content = json.dumps([drawn.fingerprint, count, seed, shown])
    return Dataset(
        f"{drawn.name}-{count}",
        drawn.classes,
        {"train": train, SPLIT: drawn.split(SPLIT)},
        hashlib.sha256(content.encode()).hexdigest(),
        {**drawn.facts, "labelled": count, "labelled_seed": seed, "shown": shown},
    )


def trials(
    study: Study, drawn: Dataset, init: str, init_sha256: str
) -> dict[tuple[str, int, int], tuple[Trial, Dataset]]:
    """By start, number of labelled faces and seed; one whole curve after the other."""
    wanted = {}
    for seed in study.seeds:
        for count in study.labelled:
            dataset = labelled_faces(drawn, count, seed, study.shown)
            for start in STARTS:
                transferred = start == STARTS[0]
                own = {"seed": seed, "epochs": study.epochs}
                own |= {"init": init if transferred else "none"}
                trial = Trial(
                    f"{study.network}, {start}, {count:,} drawn faces, seed {seed}",
                    plain_recipe(study.network, {**study.settings, **own}),
                    fingerprint=dataset.fingerprint,
                    init_sha256=init_sha256 if transferred else None,
                    seconds=study.epochs * study.epoch_seconds + 20,
                )
                wanted[start, count, seed] = trial, dataset
    return wanted


def work(study: Study, init: str | None, runs: Path) -> list[tuple[Trial, Dataset]]:
    """All trainings; what the weights are worth without one is measured first.

    Args:
        study: which.
        init: a MODEL, trained on FER2013.
        runs: where everything goes.

    Raises:
        ZooError: `init` names no run of the study's network, or `runs` is for other weights.
    """
    if init is None:
        raise ZooError(f"--init MODEL: name a run of {study.network} that knows FER2013")
    model = models.resolve(init, None, home.runs_folder())
    if model.is_ensemble or model.run.architecture != study.network:
        raise ZooError(f"--init {init}: expected a run of {study.network}")
    drawn, sha256 = drawn_dataset(), file_sha256(model.run.weights_file)
    if not (runs / UNTRAINED).is_file():
        split = drawn.split(SPLIT)
        right = model.load().predict_proba(split.faces).argmax(axis=1) == split.labels
        facts = {"init_sha256": sha256, "top1": float(right.mean()), "n": len(split)}
        write_json(runs / UNTRAINED, facts)
    elif _untrained(runs)["init_sha256"] != sha256:
        raise ZooError(f"--init {init}: {runs} holds trainings from other weights: name another")
    return list(trials(study, drawn, str(model.run.folder.resolve()), sha256).values())


def _untrained(runs: Path) -> dict[str, Any]:
    """What FER2013's weights reach on the measured faces without training, and their sha256."""
    return json.loads((runs / UNTRAINED).read_text(encoding="utf-8"))


def report(study: Study, runs: Path, images: Path | None) -> str:
    """Table and picture as Markdown; nothing before a training has finished."""
    if not (runs / UNTRAINED).is_file():
        return ""
    untrained = _untrained(runs)
    zero_shot, n, sha256 = (untrained[key] for key in ("top1", "n", "init_sha256"))
    wanted = trials(study, drawn_dataset(), "none", sha256)
    done = finished([trial for trial, _ in wanted.values()], runs)
    if not done:
        return ""
    reached: Reached = {start: {} for start in STARTS}
    for (start, count, seed), (trial, _) in wanted.items():
        if trial in done:
            reached[start].setdefault(count, {})[seed] = last_accuracy(done[trial])
    so_far = "" if len(done) == len(wanted) else f"; {len(done)} of {len(wanted)} trainings so far"
    title = f"{study.network} on drawn faces, n = {n:,}; {len(study.seeds)} seeds{so_far}"
    text = table_of(reached, zero_shot, title).markdown()
    if images:
        draw(reached, zero_shot, n, title, images / "transfer-drawn.png")
        text += "\n![Accuracy by number of labelled faces](images/transfer-drawn.png)\n"
    return text


def last_accuracy(run: Run) -> float:
    """Top-1 on the measured faces after the last epoch: none of them chose it."""
    return float(read_history(run)[-1]["val_accuracy"])


def table_of(reached: Reached, zero_shot: float, title: str) -> Table:
    """One row per number of labelled faces; the first without any."""
    rows: list[tuple] = [(0, zero_shot, None, None, None, None, None)]
    for count in sorted({count for by_count in reached.values() for count in by_count}):
        transferred, scratch = (reached[start].get(count, {}) for start in STARTS)
        both = transferred.keys() & scratch.keys()
        gained = {seed: transferred[seed] - scratch[seed] for seed in both}
        rows.append((count, *_cells(transferred), *_cells(scratch), *_cells(gained, signed=True)))
    mean = {"percent": True, "digits": 1}
    return Table(
        title,
        [
            Column("labelled faces"),
            Column("from FER2013, top-1 %", **mean),
            Column("lowest to highest"),
            Column("from scratch, top-1 %", **mean),
            Column("lowest to highest"),
            Column("gain, points", **mean),
            Column("lowest to highest"),
        ],
        rows,
    )


def _cells(by_seed: Mapping[int, float], *, signed: bool = False) -> tuple:
    """Mean, and lowest to highest, over the seeds; dashes where there are none."""
    if not by_seed:
        return None, None
    form = "+.1f" if signed else ".1f"
    low, high = (format(100 * end(by_seed.values()), form) for end in (min, max))
    return float(np.mean(list(by_seed.values()))), f"{low} to {high}"


def draw(reached: Reached, zero_shot: float, n: int, title: str, path: Path) -> None:
    """The table as a picture."""
    learning_curve_figure(
        {
            start: {count: list(by_seed.values()) for count, by_seed in by_count.items()}
            for start, by_count in reached.items()
        },
        untrained=("FER2013's weights, no training", zero_shot),
        chance=1 / len(FER2013_CLASSES),
        n=n,
        title=title,
        path=path,
        overwrite=True,
    )
