"""The search as files: its tables, and what is to be seen in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo import models
from zoo.errors import ZooError
from zoo.evaluation.guard import guarded
from zoo.evaluation.notes import with_split_notes
from zoo.evaluation.output import written_files
from zoo.evaluation.search.methods import SUBSET, UNIFORM, WEIGHTED
from zoo.figures.disagreement import disagreement_figure
from zoo.figures.error_correlation import error_correlation_figure
from zoo.figures.growth import growth_figure
from zoo.figures.optimism import optimism_figure
from zoo.files import write_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zoo.evaluation.search.search import Search
    from zoo.models import Model

FOLDER = "ensemble-search"
"""Below the folder of runs, where nobody names another place."""


def save_search(
    search: Search,
    runs: Path,
    out: Path | None,
    *,
    overwrite: bool,
    say: Callable[[str], None],
) -> list[Path]:
    """Write the tables and pictures into `out`, else a folder of the data set's among the runs.

    Args:
        search: what was found out.
        runs: the folder of runs; files there are refreshed.
        out: where the files go.
        overwrite: whether files in `out` may be replaced.
        say: is told if nothing could be saved where no `out` was named.

    Returns:
        The files that were written.
    """
    return written_files(
        lambda folder: write_search(folder, search), out,
        lambda: runs / FOLDER / search.data_name / search.below, overwrite=overwrite, say=say,
    )  # fmt: skip


def write_ensemble_file(
    path: Path, search: Search, method: str, model: Model, runs: Path, *, overwrite: bool
) -> None:
    """Write what a method chose as an ensemble's file; members without weight are left out.

    Args:
        path: where it goes.
        search: what was found out.
        method: one of `zoo.evaluation.search.methods.WEIGHTED`.
        model: the members that were searched.
        runs: the folder of runs.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: the method chose a single member; other faces than these chose which members
            were searched; or `path` exists.
    """
    (estimate,) = (one for one in search.estimates if one.method == method)
    weights = estimate.weights
    if weights is None:
        raise ZooError(f"{method}: no weights, so no ensemble's file: {', '.join(WEIGHTED)}")
    chosen = [place for place, weight in enumerate(weights) if weight > 0]
    if len(chosen) < 2:
        raise ZooError(
            f"{method} chose {search.pool.names[chosen[0]]} alone, which is no ensemble: use it "
            "by its name"
        )
    shares = (
        None if method in (UNIFORM, SUBSET) else [round(float(weights[one]), 6) for one in chosen]
    )
    members = models.as_members([model.runs[one] for one in chosen], runs, shares)
    found = {"members": len(chosen) < len(search.pool.names), "weights": shares is not None}
    of = tuple(what for what, is_chosen in found.items() if is_chosen)
    choice = models.Choice(
        of,
        method,
        search.data_name,
        search.fingerprint,
        search.split,
        len(search.pool),
        candidates=tuple(f"{run.architecture}/{run.id}" for run in model.runs),
        optimism=round(estimate.naive.top1 - estimate.cross_fitted.top1, 6),
    )
    together = choice.after(model.choice) if of else model.choice
    models.write_ensemble(path, members, together, overwrite=overwrite)


def write_search(folder: Path, search: Search) -> list[Path]:
    """Write the tables (csv) and pictures (png) of a search into a folder.

    Returns:
        The files.
    """
    files = []
    for name, table in search.tables().items():
        files.append(folder / f"{search.split}-{name}.csv")
        kept = guarded(table, search.split, len(search.pool), search.chose, None)
        write_text(files[-1], kept.csv())
    names = ("combinations", "growth", "disagreement", "error-correlation")
    pictures = [folder / f"{search.split}-{name}.png" for name in names]
    estimates, grown, n = search.estimates, search.grown, len(search.pool)
    combined, uniform = (
        with_split_notes(f"{what} on {search.where}", search.split, [search.chose], None)
        for what in ("Combinations", "Uniform averages")
    )
    optimism_figure(
        [one.method for one in estimates],
        naive=[(one.naive.top1, one.naive.log_loss) for one in estimates],
        fair=[(one.cross_fitted.top1, one.cross_fitted.log_loss) for one in estimates],
        spread=[one.spread or (0.0, 0.0) for one in estimates],
        folds=search.folds, title=combined, path=pictures[0],
    )  # fmt: skip
    growth_figure(
        [one.size for one in grown], [one.top1 for one in grown],
        [one.log_loss for one in grown], title=uniform,
        path=pictures[1],
    )  # fmt: skip
    for draw, matrix, path in (
        (disagreement_figure, search.disagreement, pictures[2]),
        (error_correlation_figure, search.correlation, pictures[3]),
    ):
        draw(matrix, search.pool.names, split=search.split, n=n, path=path)
    return [*files, *pictures]
