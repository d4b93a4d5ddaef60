"""What the studies share: their trainings and runs, gains with intervals, the pages they fill."""

from __future__ import annotations

import csv
import math
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from zoo import configs
from zoo.errors import ZooError
from zoo.files import write_text
from zoo.runs import list_runs
from zoo.training.recipes import load_recipe, recipe_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.runs import Run
    from zoo.training.recipe import Recipe

LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Trial:
    """One training of a study. A run is of it if it agrees in all of this but name and seconds.

    Attributes:
        name: what is printed of it.
        recipe: how; `init` is compared by `init_sha256`, not by the place of a file.
        limit: training faces; None for all.
        fingerprint: of the data; None: whatever a run was trained on.
        init_sha256: of the weights it starts from, where they are a run's or a file's.
        seconds: what it takes on two quiet cores of an AMD EPYC, roughly.
    """

    name: str
    recipe: Recipe
    limit: int | None = None
    fingerprint: str | None = None
    init_sha256: str | None = None
    seconds: float = 60.0


def plain_recipe(network: str, settings: Mapping[str, Any]) -> Recipe:
    """``zoo/configs/base.toml`` for a network, whatever its own recipe says, under `settings`.

    Args:
        network: an architecture's name.
        settings: values by dotted key; an option of the network stays as its recipe has it where
            none is given.
    """
    base = configs.flat(configs.base(), lists=False)
    del base["format"]
    return load_recipe(network, overrides={**base, **settings})


def runs_of(trials: Sequence[Trial], runs: Iterable[Run]) -> dict[Trial, list[Run]]:
    """The runs of each trial, finished or not, in the order of `runs`."""
    wanted: dict[tuple, list[Trial]] = {}
    for trial in trials:
        key = _key(trial.recipe, trial.limit, trial.init_sha256)
        wanted.setdefault(key, []).append(trial)
    found: dict[Trial, list[Run]] = {trial: [] for trial in trials}
    for run in runs:
        try:
            recipe, recorded = recipe_of(run), run.environment
        except ZooError:  # a damaged run, or one that is no training, is of no trial
            continue
        if recorded.get("exclusions"):
            continue
        key = _key(recipe, recorded.get("limit"), recorded.get("init_sha256"))
        for trial in wanted.get(key, []):
            if trial.fingerprint in (None, recorded.get("fingerprint")):
                found[trial].append(run)
    return found


def finished(trials: Sequence[Trial], runs: Path) -> dict[Trial, Run]:
    """The last finished run of each trial that has one."""
    usable = [run for run in list_runs(runs) if run.finished and run.fault is None]
    return {trial: found[-1] for trial, found in runs_of(trials, usable).items() if found}


def _key(recipe: Recipe, limit: int | None, init_sha256: str | None) -> tuple:
    if init_sha256 is not None:
        recipe = recipe.model_copy(update={"init": "file"})
    return recipe.to_toml(), limit, init_sha256


def train_missing(work: Sequence[tuple[Trial, Dataset]], runs: Path) -> None:
    """Train what has no finished run below `runs`, resume what was interrupted; print how it goes.

    Raises:
        TrainingInterrupted: Ctrl-C.
    """
    done = finished([trial for trial, _ in work], runs)
    left = [(trial, dataset) for trial, dataset in work if trial not in done]
    expected = sum(trial.seconds for trial, _ in left)
    print(
        f"{len(left)} of {len(work)} trainings left, about {_minutes(expected)} on two quiet "
        "cores of an AMD EPYC",
        flush=True,
    )
    spent = passed = 0.0
    for number, (trial, dataset) in enumerate(left, 1):
        started = time.perf_counter()
        run = _train(trial, dataset, runs)
        seconds = time.perf_counter() - started
        spent, passed = spent + seconds, passed + trial.seconds
        still = _minutes((expected - passed) * spent / passed)
        print(
            f"{number} of {len(left)}: {trial.name}: {run.metrics['validation']['top1']:.2%} "
            f"({seconds:,.0f} s; about {still} left)",
            flush=True,
        )


def _minutes(seconds: float) -> str:
    minutes = math.ceil(seconds / 60)
    return f"{minutes:,} minute{'' if minutes == 1 else 's'}"


def _train(trial: Trial, dataset: Dataset, runs: Path) -> Run:
    """The trial's run, trained, or resumed where there is an unfinished one."""
    from zoo.backend import import_keras

    import_keras()
    import keras

    from zoo.training import trainer
    from zoo.training.interruption import TrainingInterrupted

    keras.backend.clear_session()  # dozens of networks in one process add up
    unfinished = [run for run in list_runs(runs) if not run.finished]
    known = runs_of([trial], unfinished)[trial]
    try:
        if known:
            return trainer.resume(known[-1], dataset, quiet=True)
        return trainer.train(trial.recipe, dataset, runs=runs, limit=trial.limit, quiet=True)
    except TrainingInterrupted:
        message = f"{trial.name}: interrupted; the same line goes on from its last epoch"
        raise TrainingInterrupted(message) from None


def read_history(run: Run) -> list[dict[str, str]]:
    """The rows of a run's history.csv, one per epoch, by column."""
    with (run.folder / "history.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def was_right(run: Run) -> np.ndarray:
    """(N,) bool: which validation faces the run's best epoch got right."""
    predictions = run.predictions("validation")
    return predictions.probabilities.argmax(axis=1) == predictions.labels


@dataclass(frozen=True)
class Gain:
    """What one way of training gained on another.

    Attributes:
        mean: difference of top-1 accuracy, a fraction.
        low: where its 95 % interval begins.
        high: where it ends.
    """

    mean: float
    low: float
    high: float

    @property
    def points(self) -> str:
        """The mean in points of accuracy."""
        return f"{self.mean * 100:+.2f}"

    @property
    def interval(self) -> str:
        """Its interval in points of accuracy."""
        return f"{self.low * 100:+.1f} to {self.high * 100:+.1f}"


ONE_SEED = "One seed: the intervals cover another draw of faces, not another training."


def gains(right: Mapping[str, Mapping[int, np.ndarray]], baseline: str) -> dict[str, Gain]:
    """What each way of training gained on `baseline`, over the seeds that both have.

    Differences are paired: by seed, for both start alike and see faces in the same order, and by
    face, so that only faces on which the two differ count. The interval covers other seeds, by
    the variance of the differences between seeds, pooled over all ways, and another draw of
    faces; Student's t with Satterthwaite's degrees of freedom. The baseline's runs are part of all
    differences: of V ways the pooled variance has 4F / (V + 3) degrees where independent ones had
    F, if ways vary alike. It is a little too wide: how often two seeds disagree on a face is part
    of both variances. Where no way has two seeds it covers another draw of faces alone
    (`ONE_SEED`).

    Args:
        right: for each way and seed (N,) bool, which of the same N faces were right.
        baseline: the way that the others are compared with.

    Returns:
        The gains of all ways but the baseline that share a seed with it.
    """
    differences = {
        name: np.array(
            [
                by_seed[s].astype(float) - right[baseline][s]
                for s in by_seed
                if s in right[baseline]
            ]
        )
        for name, by_seed in right.items()
        if name != baseline and by_seed.keys() & right.get(baseline, {}).keys()
    }
    of_seeds = [faces.mean(axis=1) for faces in differences.values()]
    independent = sum(len(means) - 1 for means in of_seeds)
    squares = sum(float(np.square(means - means.mean()).sum()) for means in of_seeds)
    variance = squares / independent if independent else 0.0
    freedom = 4 * independent / (sum(len(means) > 1 for means in of_seeds) + 3)
    result = {}
    for name, by_face in differences.items():
        faces = by_face.mean(axis=0)
        between_faces, between_seeds = faces.var(ddof=1) / len(faces), variance / len(by_face)
        error = math.sqrt(between_faces + between_seeds)
        degrees = freedom * (error**2 / between_seeds) ** 2 if between_seeds else math.inf
        quantile = stats.t.ppf((1 + LEVEL) / 2, degrees)
        mean = float(faces.mean())
        result[name] = Gain(mean, mean - quantile * error, mean + quantile * error)
    return result


def seed_list(text: str) -> tuple[int, ...]:
    """The seeds of a command line, ``0,1,2``."""
    return tuple(int(seed) for seed in text.split(","))


def fill(page: Path, contents: Mapping[str, str]) -> None:
    """Write texts into a Markdown file, each between ``<!-- NAME -->`` and the next ``<!-- end``.

    Raises:
        ZooError: a name has no such marks.
    """
    text = page.read_text(encoding="utf-8")
    for name, content in contents.items():
        region = re.compile(rf"(<!-- {re.escape(name)} -->).*?(<!-- end)", re.DOTALL)
        text, count = region.subn(lambda found, new=content: found[1] + new + found[2], text)
        if count != 1:
            raise ZooError(
                f"{page}: expected the marks <!-- {name} --> and <!-- end --> once, found {count}"
            )
    write_text(page, text)
