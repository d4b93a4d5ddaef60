"""How long `zoo compare` takes from saved probabilities, on made-up runs.

    python benchmarks/compare.py [--runs 20] [--faces 3589] [--profile]

Makes finished runs of made-up probabilities in a folder that is deleted, then times all that a
comparison can be asked for, after the imports: by the wall's clock, and by what one core worked,
which other work on the machine hardly touches. Wanted: the table and the picture of 20 runs on
FER2013's validation split in under 3 s.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.dataset import Dataset, Split
from zoo.data.emotions import FER2013_CLASSES
from zoo.evaluation.compare import compare_models
from zoo.evaluation.pictures import comparison_figure, cost_figure, per_class_figure
from zoo.predictions import Predictions, headline
from zoo.reports.comparison import write_comparison
from zoo.runs import create_run

if TYPE_CHECKING:
    from collections.abc import Iterator


def made_up_dataset(faces: int) -> Dataset:
    """A data set of blank faces, whose labels are as frequent as FER2013's validation ones."""
    shares = np.array([467, 56, 496, 895, 653, 415, 607]) / 3589
    labels = np.random.default_rng(0).choice(7, faces, p=shares)
    ids = np.array([f"fer2013.csv:{28711 + row}" for row in range(faces)])
    blank = np.broadcast_to(np.zeros((1, 48, 48, 1), np.uint8), (faces, 48, 48, 1))
    return Dataset(
        "made-up",
        FER2013_CLASSES,
        {"validation": Split("validation", blank, labels, ids)},
        "d" * 64,
    )


def made_up_run(dataset: Dataset, runs: Path, seed: int) -> None:
    """A finished run whose probabilities are better the larger its seed."""
    random, split = np.random.default_rng(seed), dataset.split("validation")
    logits = random.normal(size=(len(split), 7))
    logits[np.arange(len(split)), split.labels] += 1 + random.random()
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    predictions = Predictions(
        "validation", dataset.classes, dataset.fingerprint, split.ids, split.labels,
        probabilities.astype(np.float32), seen=random.random(len(split)) < 0.08,
    )  # fmt: skip
    recipe = f'architecture = "network_{seed % 7}"\nseed = {seed}\nepochs = {3 + seed // 4}\n'
    run = create_run(runs, f"network_{seed % 7}", seed, recipe, {"backend": "tensorflow"})
    predictions.write(run.predictions_file("validation"))
    run.finish(
        {
            "dataset": dataset.name,
            "fingerprint": dataset.fingerprint,
            "classes": dataset.classes,
            "limit": None,
            "precision": "float32",
            "parameters": int(random.integers(50_000, 20_000_000)),
            "multiply_adds": int(random.integers(10**6, 10**9)),
            "milliseconds_per_face": float(random.uniform(0.2, 5)),
            "train_seconds": 1000.0,
            "validation": headline(predictions),
        }
    )


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long something took."""
    wall, processor = time.perf_counter(), time.process_time()
    yield
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(f"{what:36} {wall:8.2f} s {processor:8.2f} s of a core", flush=True)


def main() -> None:
    """Make the runs and time what a comparison can be asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--faces", type=int, default=3589)
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    arguments = parser.parse_args()
    dataset = made_up_dataset(arguments.faces)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ZOO_HOME"], runs = folder, Path(folder) / "runs"
        for seed in range(arguments.runs):
            made_up_run(dataset, runs, seed)
        profile = cProfile.Profile()
        if arguments.profile:
            profile.enable()
        with timed(f"table of {arguments.runs:,} runs"):
            compared = compare_models([], dataset, runs, "validation")
        with timed("picture of accuracies"):
            comparison_figure(compared.entries, Path(folder) / "a.png")
        profile.disable()
        with timed("text of the table"):
            compared.table.rich(200)
        if arguments.runs <= 40:
            with timed("paired tests"):
                compared.paired()
        with timed("accuracy against cost"):
            cost_figure(compared.entries, Path(folder) / "b.png")
        with timed("classes"):
            per_class_figure(compared.entries, Path(folder) / "c.png")
        with timed("the whole HTML report"):
            write_comparison(Path(folder) / "r.html", compared)
        if arguments.profile:
            profile.print_stats("cumtime")


if __name__ == "__main__":
    main()
