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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from study import ONE_SEED, Trial, fill, finished, gains, train_missing, was_right

from zoo.errors import ZooError
from zoo.intervals import wilson
from zoo.preprocessing import ILLUMINATION_METHODS
from zoo.tables import Column, Table
from zoo.training.recipes import load_recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from study import Gain

MARK = "tables: benchmarks/illumination.py"


@dataclass(frozen=True)
class Study:
    """What one network is trained with.

    Attributes:
        network: its architecture's name.
        seeds: of the trainings; each sees every method.
        epochs: of each training.
        seconds: what one takes on two quiet cores of an AMD EPYC.
        limit: training faces; None for all.
    """

    network: str
    seeds: tuple[int, ...]
    epochs: int
    seconds: float
    limit: int | None = None


STUDIES = (
    Study("cpcpcpfff", seeds=(0, 1, 2), epochs=15, seconds=95),
    Study("handcrafted", seeds=(0, 1), epochs=10, seconds=150, limit=10_000),
)


def trials(study: Study, fingerprint: str | None = None) -> dict[tuple[str, int], Trial]:
    """By method and seed; all methods with the first seed come first: early tables are whole."""
    return {
        (method, seed): Trial(
            f"{study.network}, {method}, seed {seed}",
            load_recipe(
                study.network,
                overrides={
                    "network.illumination": method,
                    "seed": seed,
                    "epochs": study.epochs,
                },
            ),
            limit=study.limit,
            fingerprint=fingerprint,
            seconds=study.seconds,
        )
        for seed, method in itertools.product(study.seeds, ILLUMINATION_METHODS)
    }


def table_of(study: Study, runs: Path) -> Table | None:
    """Accuracy of each method that has a finished run, and what it gains; None without any."""
    wanted = trials(study)
    done = finished(list(wanted.values()), runs)
    right: dict[str, dict[int, np.ndarray]] = {}
    for (method, seed), trial in wanted.items():
        if trial in done:
            right.setdefault(method, {})[seed] = was_right(done[trial])
    if not right:
        return None
    n = len(next(iter(next(iter(right.values())).values())))
    limit = f"{study.limit:,} training faces" if study.limit else "all training faces"
    unfinished = (
        "" if len(done) == len(wanted) else f"; {len(done)} of {len(wanted)} trainings so far"
    )
    gained = gains(right, "none")
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
        [
            row(method, right[method], gained.get(method))
            for method in ILLUMINATION_METHODS
            if method in right
        ],
        [ONE_SEED] if max(map(len, right.values())) == 1 else [],
    )


def row(method: str, right: Mapping[int, np.ndarray], gain: Gain | None) -> tuple:
    """The cells of one method."""
    accuracies = [faces.mean() for faces in right.values()]
    mean, n = float(np.mean(accuracies)), len(next(iter(right.values())))
    low, high = wilson(round(mean * n), n)
    return (
        method,
        len(right),
        mean,
        f"{min(accuracies) * 100:.2f} to {max(accuracies) * 100:.2f}",
        f"{low * 100:.1f} to {high * 100:.1f}",
        gain and gain.points,
        gain and gain.interval,
    )


def write_tables(runs: Path, out: Path | None) -> None:
    """Print the tables, or write them between the marks of `out`.

    Raises:
        ZooError: no training has finished, or `out` has no marks.
    """
    tables = [table for study in STUDIES if (table := table_of(study, runs))]
    if not tables:
        raise ZooError(f"{runs}: no finished training of this comparison; run it without --table")
    text = "\n".join(table.markdown() for table in tables)
    if out is None:
        print(text, end="")
    else:
        fill(out, {MARK: f"\n{text}"})


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

        dataset = library.open_dataset(arguments.data)
        wanted = [t for study in STUDIES for t in trials(study, dataset.fingerprint).values()]
        train_missing([(trial, dataset) for trial in wanted], arguments.runs)
    except ZooError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
