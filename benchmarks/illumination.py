"""Which illumination correction helps: every method, on two networks, over several seeds.

    python benchmarks/illumination.py --runs DIR [--data NAME]
    python benchmarks/illumination.py --runs DIR --table [docs/illumination.md]

The first line trains what DIR does not hold yet; interrupted at any moment, it is started again
and goes on. Only the correction differs between the runs of a network and a seed: weights start
alike and faces come in the same order. The second line trains nothing: it prints the tables of
what has finished, or writes them between the two marks of a Markdown file.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError
from zoo.evaluation.intervals import wilson
from zoo.files import write_text
from zoo.preprocessing import ILLUMINATION_METHODS
from zoo.runs import finished_runs, list_runs
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zoo.data.dataset import Dataset
    from zoo.runs import Run

MARKS = ("<!-- tables: benchmarks/illumination.py -->", "<!-- end of tables -->")


@dataclass(frozen=True)
class Study:
    """What one network is trained with.

    Attributes:
        network: its architecture's name.
        seeds: of the trainings; each sees every method.
        epochs: of each training.
        limit: training faces; None for all.
    """

    network: str
    seeds: tuple[int, ...]
    epochs: int
    limit: int | None = None


STUDIES = (
    Study("cpcpcpfff", seeds=(0, 1, 2), epochs=15),
    Study("handcrafted", seeds=(0, 1), epochs=10, limit=10_000),
)


@dataclass(frozen=True)
class Trial:
    """One training of a study."""

    study: Study
    method: str
    seed: int

    def is_of(self, run: Run) -> bool:
        """Whether `run` is this training."""
        recipe, study = run.recipe, self.study
        return (
            recipe["architecture"] == study.network
            and recipe["network"].get("illumination") == self.method
            and recipe["seed"] == self.seed
            and recipe["epochs"] == study.epochs
            and run.environment["limit"] == study.limit
        )


def trials(study: Study) -> Iterator[Trial]:
    """All methods with the first seed come first: early tables are then whole ones."""
    for seed, method in itertools.product(study.seeds, ILLUMINATION_METHODS):
        yield Trial(study, method, seed)


def train_all(dataset: Dataset, runs: Path) -> None:
    """Train what is missing, resume what was interrupted."""
    everything = [trial for study in STUDIES for trial in trials(study)]
    for number, trial in enumerate(everything, 1):
        name = f"{trial.study.network}, {trial.method}, seed {trial.seed}"
        started = time.perf_counter()
        run = train_one(trial, dataset, runs)
        seconds = time.perf_counter() - started
        accuracy = run.metrics["validation"]["top1"]
        print(
            f"{number} of {len(everything)}: {name}: {accuracy:.2%} ({seconds:,.0f} s)", flush=True
        )


def train_one(trial: Trial, dataset: Dataset, runs: Path) -> Run:
    """The trial's finished run: found, resumed or trained."""
    import keras

    from zoo.training import trainer
    from zoo.training.recipes import load_recipe

    known = [run for run in list_runs(runs) if run.fault is None and trial.is_of(run)]
    for run in known:
        if run.finished:
            return run
    keras.backend.clear_session()  # thirty networks in one process add up
    if known:
        return trainer.resume(known[-1], dataset, quiet=True)
    overrides = {
        "network.illumination": trial.method,
        "seed": trial.seed,
        "epochs": trial.study.epochs,
    }
    recipe = load_recipe(trial.study.network, overrides=overrides)
    return trainer.train(recipe, dataset, runs=runs, limit=trial.study.limit, quiet=True)


def table_of(study: Study, runs: Sequence[Run]) -> Table | None:
    """Accuracy of each method that has a finished run, and what it gains; None without any."""
    right = {
        method: {
            trial.seed: was_right(run)
            for trial in trials(study)
            for run in runs
            if trial.method == method and trial.is_of(run)
        }
        for method in ILLUMINATION_METHODS
    }
    right = {method: by_seed for method, by_seed in right.items() if by_seed}
    if not right:
        return None
    n = len(next(iter(next(iter(right.values())).values())))
    done, wanted = sum(map(len, right.values())), len(list(trials(study)))
    limit = f"{study.limit:,} training faces" if study.limit else "all training faces"
    unfinished = "" if done == wanted else f"; {done} of {wanted} trainings so far"
    return Table(
        f"{study.network}: validation, n = {n:,}; {study.epochs} epochs, {limit}{unfinished}",
        [
            Column("illumination"),
            Column("seeds"),
            Column("top-1 %, mean", percent=True),
            Column("lowest to highest"),
            Column("95 % interval"),
            Column("gain on none, points"),
            Column("its 95 % interval"),
        ],
        [row(method, right, seed_variance(right)) for method in right],
    )


def was_right(run: Run) -> np.ndarray:
    """(N,) bool: which validation faces the run's best epoch got right."""
    predictions = run.predictions("validation")
    return predictions.probabilities.argmax(axis=1) == predictions.labels


def seed_variance(right: dict[str, dict[int, np.ndarray]]) -> float:
    """Variance of an accuracy over training seeds, all methods of a network pooled."""
    accuracies = [[faces.mean() for faces in by_seed.values()] for by_seed in right.values()]
    freedom = sum(len(values) - 1 for values in accuracies)
    squares = sum(np.square(values - np.mean(values)).sum() for values in accuracies)
    return float(squares) / freedom if freedom else float("nan")


def row(method: str, right: dict[str, dict[int, np.ndarray]], variance: float) -> tuple:
    """The cells of one method."""
    by_seed = right[method]
    accuracies = [faces.mean() for faces in by_seed.values()]
    mean, n = float(np.mean(accuracies)), len(next(iter(by_seed.values())))
    low, high = wilson(round(mean * n), n)
    gain, low_gain, high_gain = gain_over_none(method, right, variance)
    return (
        method,
        len(by_seed),
        mean,
        f"{min(accuracies) * 100:.2f} to {max(accuracies) * 100:.2f}",
        f"{low * 100:.1f} to {high * 100:.1f}",
        None if np.isnan(gain) else f"{gain * 100:+.2f}",
        None if np.isnan(low_gain) else f"{low_gain * 100:+.1f} to {high_gain * 100:+.1f}",
    )


def gain_over_none(
    method: str, right: dict[str, dict[int, np.ndarray]], variance: float
) -> tuple[float, float, float]:
    """Difference of accuracy to `none` over the seeds both have, with its 95 % interval.

    The interval covers another draw of faces (they are the same for both, so that only those
    count on which the two differ) and of training seeds. It is a little too wide: how often two
    seeds disagree on a face is part of both variances.

    Returns:
        Mean and ends, fractions; nan where there is nothing to compare.
    """
    seeds = sorted(right[method].keys() & right.get("none", {}).keys())
    if method == "none" or not seeds:
        return (float("nan"),) * 3
    differences = np.mean(
        [right[method][seed].astype(float) - right["none"][seed] for seed in seeds], axis=0
    )
    gain = differences.mean()
    error = np.sqrt(differences.var(ddof=1) / len(differences) + 2 * variance / len(seeds))
    return float(gain), float(gain - 1.96 * error), float(gain + 1.96 * error)


def write_tables(runs: Path, out: Path | None) -> None:
    """Print the tables, or write them between the marks of `out`.

    Raises:
        ZooError: no training has finished, or `out` has no marks.
    """
    finished = finished_runs(runs)
    tables = [table for study in STUDIES if (table := table_of(study, finished))]
    if not tables:
        raise ZooError(f"{runs}: no finished training of this comparison; run it without --table")
    text = "\n".join(table.markdown() for table in tables)
    if out is None:
        print(text, end="")
        return
    before, start, rest = out.read_text(encoding="utf-8").partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not (start and end):
        raise ZooError(f"{out}: the lines {MARKS[0]} and {MARKS[1]} are missing")
    write_text(out, f"{before}{start}\n{text}{end}{after}")


def main() -> None:
    """Parse the arguments; train, or show the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--data", default="fer2013")
    parser.add_argument("--table", nargs="?", type=Path, const=Path(), metavar="FILE")
    arguments = parser.parse_args()
    try:
        if arguments.table is not None:
            write_tables(arguments.runs, arguments.table if arguments.table.name else None)
            return
        from zoo.data import library

        train_all(library.open_dataset(arguments.data), arguments.runs)
    except ZooError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
