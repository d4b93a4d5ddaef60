"""What each technique of docs/recipes.md gives: alone, over the same short baseline.

    python benchmarks/ablation.py --runs DIR [--data NAME] [--only A,B] [--seeds A,B] [--epochs N]
    python benchmarks/ablation.py --runs DIR [--data NAME] --report [docs/recipes.md]

The first line trains what DIR does not hold yet; interrupted at any moment, it is started again
and goes on. The second trains nothing: it prints a table of what has finished for each network,
or fills a Markdown file: tables, a picture each in `images/` beside the file, and the gains in the
table of techniques. Names for `--only` are networks and techniques. With `--seeds` and `--epochs`
other than a study's own, the report needs the same. Soft labels are left out where the data set
has no votes.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from study import (
    ONE_SEED,
    Trial,
    fill,
    finished,
    gains,
    plain_recipe,
    seed_list,
    train_missing,
    was_right,
)
from variants import BASELINE, VARIANTS

from zoo.data import library
from zoo.errors import ZooError, unknown
from zoo.figures.gains import gains_figure
from zoo.metrics import compute_metrics
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from study import Gain
    from variants import Variant

    from zoo.data.dataset import Dataset
    from zoo.runs import Run

MARK = "tables: benchmarks/ablation.py"


@dataclass(frozen=True)
class Study:
    """What is tried on one network.

    Attributes:
        network: its architecture's name.
        techniques: which of the variants' techniques, besides the baseline.
        seeds: of the trainings; each sees every variant.
        epochs: of each training.
        epoch_seconds: what one takes on two quiet cores of an AMD EPYC.
        settings: of the baseline, by dotted key, over ``zoo/configs/base.toml``.
    """

    network: str
    techniques: tuple[str, ...]
    seeds: tuple[int, ...]
    epochs: int
    epoch_seconds: float
    settings: Mapping[str, Any] = field(default_factory=dict)

    def variants(self, dataset: Dataset) -> list[Variant]:
        """The baseline and the variants that `dataset` allows."""
        votes = dataset.split("train").soft_labels is not None
        wanted = {BASELINE, *self.techniques} - (set() if votes else {"soft_labels"})
        return [variant for variant in VARIANTS if variant.technique in wanted]


STUDIES = (
    Study(
        "cpcpcpfff",
        techniques=tuple({v.technique for v in VARIANTS} - {BASELINE, "dropout"}),
        seeds=(0, 1, 2),
        epochs=8,
        epoch_seconds=5.5,
    ),
    Study(
        "five_layer",
        techniques=(
            "label_smoothing", "soft_labels", "ema", "sgd", "adamw", "mixup", "dropout",
        ),
        seeds=(0,),
        epochs=6,
        epoch_seconds=115,
        # With its dropout it stays at the majority class for the first epochs.
        settings={"network.dropout_scale": 0.0},
    ),
)  # fmt: skip


def trials(study: Study, dataset: Dataset) -> dict[tuple[str, int], Trial]:
    """By title and seed, all variants with the first seed first: early tables are whole.

    The baseline is ``zoo/configs/base.toml`` whatever the architecture's own recipe says, so that
    the gains outlive a change of it.
    """
    wanted = {}
    for seed, variant in itertools.product(study.seeds, study.variants(dataset)):
        own = {"seed": seed, "epochs": study.epochs}
        wanted[variant.title, seed] = Trial(
            f"{study.network}, {variant.title}, seed {seed}",
            plain_recipe(study.network, {**study.settings, **variant.settings, **own}),
            fingerprint=dataset.fingerprint,
            seconds=study.epochs * study.epoch_seconds + 6,
        )
    return wanted


@dataclass(frozen=True)
class Measured:
    """What a study has found so far.

    Attributes:
        study: which.
        n: validation faces.
        runs: the finished runs of each variant, by its title and the seed.
        gained: of each variant that has a seed in common with the baseline, by its title.
        wanted: how many trainings there are to be.
    """

    study: Study
    n: int
    runs: Mapping[str, Mapping[int, Run]]
    gained: Mapping[str, Gain]
    wanted: int

    @property
    def title(self) -> str:
        """Network, faces and budget."""
        seeds = max(map(len, self.runs.values()))
        done = sum(map(len, self.runs.values()))
        return (
            f"{self.study.network}: validation, n = {self.n:,}; {self.study.epochs} epochs, "
            f"{seeds} seed{'' if seeds == 1 else 's'}"
            f"{'' if done == self.wanted else f'; {done} of {self.wanted} trainings so far'}"
        )


def measure(study: Study, dataset: Dataset, runs: Path) -> Measured | None:
    """What a study has found so far; None without a finished run."""
    wanted = trials(study, dataset)
    done = finished(list(wanted.values()), runs)
    by_variant: dict[str, dict[int, Run]] = {}
    for (title, seed), trial in wanted.items():
        if trial in done:
            by_variant.setdefault(title, {})[seed] = done[trial]
    if not by_variant:
        return None
    right = {
        title: {seed: was_right(run) for seed, run in by_seed.items()}
        for title, by_seed in by_variant.items()
    }
    n = len(dataset.split("validation"))
    return Measured(study, n, by_variant, gains(right, BASELINE), len(wanted))


def table_of(measured: Measured) -> Table:
    """One row per variant: accuracy, macro-F1, gain on the baseline."""
    one_seed = max(map(len, measured.runs.values())) == 1
    return Table(
        measured.title,
        [
            Column("variant"),
            Column("seeds"),
            Column("top-1 %, mean", percent=True),
            Column("lowest to highest"),
            Column("macro-F1 %, mean", percent=True),
            Column("gain in top-1, points"),
            Column("its 95 % interval"),
        ],
        [_row(measured, title) for title in measured.runs],
        [ONE_SEED] if one_seed else [],
    )


def _row(measured: Measured, title: str) -> tuple:
    saved = [run.predictions("validation") for run in measured.runs[title].values()]
    metrics = [compute_metrics(one.labels, one.probabilities, one.classes) for one in saved]
    accuracies = [one.top1 for one in metrics]
    gain = measured.gained.get(title)
    return (
        title,
        len(saved),
        float(np.mean(accuracies)),
        f"{min(accuracies) * 100:.2f} to {max(accuracies) * 100:.2f}",
        float(np.mean([one.macro_f1 for one in metrics])),
        gain and gain.points,
        gain and gain.interval,
    )


def cells(all_measured: Sequence[Measured]) -> dict[str, str]:
    """What stands in the table of techniques, by mark; of those alone that have a gain."""
    texts: dict[str, list[str]] = {}
    for variant in VARIANTS:
        for measured in all_measured:
            gain = measured.gained.get(variant.title)
            if variant.technique in (BASELINE, *measured.study.techniques) and gain:
                texts.setdefault(f"gain: {variant.technique}", []).append(
                    f"{variant.title}, {measured.study.network}: {gain.points} ({gain.interval})"
                )
    return {mark: "; ".join(lines) for mark, lines in texts.items()}


def report(studies: Sequence[Study], dataset: Dataset, runs: Path, page: Path | None) -> None:
    """Print the tables, or fill `page` and draw its pictures.

    Raises:
        ZooError: no training has finished, or `page` has no marks.
    """
    found = [one for study in studies if (one := measure(study, dataset, runs))]
    if not found:
        raise ZooError(f"{runs}: no finished training of this ablation; run it without --report")
    tables = [table_of(measured).markdown() for measured in found]
    if page is None:
        print("\n".join(tables), end="")
        return
    text = ""
    for measured, table in zip(found, tables, strict=True):
        picture = f"images/ablation-{measured.study.network}.png"
        text += f"\n{table}"
        if measured.gained:
            draw(measured, page.parent / picture)
            text += f"\n![Gains on {measured.study.network}]({picture})\n"
    fill(page, {MARK: text, **cells(found)})


def draw(measured: Measured, path: Path) -> None:
    """The gains as a picture, the largest on top."""
    titles = sorted(measured.gained, key=lambda title: -measured.gained[title].mean)
    ordered = [measured.gained[title] for title in titles]
    gains_figure(
        titles,
        [gain.mean for gain in ordered],
        intervals=[(gain.low, gain.high) for gain in ordered],
        title=measured.title,
        path=path,
        overwrite=True,
    )


def chosen_studies(given: argparse.Namespace) -> list[Study]:
    """The studies with `--only`, `--seeds` and `--epochs` laid over them.

    Raises:
        ZooError: `--only` names neither a network nor a technique.
    """
    only = set(given.only.split(",")) if given.only else set()
    networks = {study.network for study in STUDIES}
    techniques = {name for study in STUDIES for name in study.techniques}
    for name in only - networks - techniques:
        raise unknown("network or technique", name, networks | techniques)
    studies = [study for study in STUDIES if study.network in only or not only & networks]
    if names := only - networks:
        studies = [
            replace(study, techniques=tuple(names.intersection(study.techniques)))
            for study in studies
            if names.intersection(study.techniques)
        ]
    wishes = {"seeds": given.seeds, "epochs": given.epochs}
    changes = {key: value for key, value in wishes.items() if value is not None}
    return [replace(study, **changes) for study in studies]


def arguments(line: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line's."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--data", default="fer2013")
    parser.add_argument("--only", metavar="A,B", help="networks and techniques")
    parser.add_argument("--seeds", type=seed_list, metavar="A,B", help="instead of a study's own")
    parser.add_argument("--epochs", type=int, help="instead of a study's own")
    parser.add_argument("--report", nargs="?", type=Path, const=Path(), metavar="FILE")
    return parser.parse_args(line)


def main() -> None:
    """Train, or report."""
    given = arguments()
    try:
        studies = chosen_studies(given)
        dataset = library.open_dataset(given.data)
        if given.report is not None:
            report(studies, dataset, given.runs, given.report if given.report.name else None)
            return
        wanted = [trial for study in studies for trial in trials(study, dataset).values()]
        train_missing([(trial, dataset) for trial in wanted], given.runs)
    except ZooError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
