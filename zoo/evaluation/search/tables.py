"""The search as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.evaluation.search.diversity import ORDERS
from zoo.evaluation.search.methods import EXPLAINED, UNIFORM
from zoo.evaluation.search.subset import ALL_SUBSETS_UP_TO
from zoo.evaluation.search.winner import winner
from zoo.intervals import mean_and_margin
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from zoo.evaluation.search.cross_fitting import Estimate
    from zoo.evaluation.search.diversity import Grown, LeftOut
    from zoo.evaluation.search.pool import Pool
    from zoo.tables import Cell

_METHODS = (
    Column("method"),
    Column("naive top-1 %", percent=True),
    Column("cross-fitted top-1 %", percent=True),
    Column("sd over repeats", percent=True),
    Column("optimism, points", percent=True),
    Column("naive log-loss", digits=4, lower_is_better=True),
    Column("cross-fitted log-loss", digits=4, lower_is_better=True),
    Column("log-loss sd over repeats", digits=4),
    Column("log-loss optimism", digits=4),
    Column("log-loss less uniform's (95 %)"),
)


def search_table(
    estimates: Sequence[Estimate], corrected: tuple[float, float], where: str, *, folds: int
) -> Table:
    """The methods side by side: what each reaches on its own faces, and on held-out ones.

    Args:
        estimates: of the methods.
        corrected: `zoo.evaluation.search.winner.corrected_winner`.
        where: on what, with the split and n.
        folds: into how many the faces were parted.
    """
    uniform = next((one for one in estimates if one.method == UNIFORM), None)
    repeats, best = len(estimates[0].repeats), winner(estimates)
    notes = [
        "naive: chosen and measured on the same faces. cross-fitted: each face measured by what "
        f"the other {folds - 1} of {folds} folds chose, the mean over {repeats} partings. "
        "optimism: how much better the naive number looks.",
        "sd over repeats: what another parting into folds changes; neither another draw of faces "
        "nor another training.",
        "less uniform's: cross-fitted, Student's 95 % interval over faces; below 0 is better.",
        f"The least cross-fitted log-loss, {best.method}'s {best.cross_fitted.log_loss:.4f}, is "
        f"the least of {len(estimates)}. With that choice corrected for by the bootstrap, the "
        f"search reaches {corrected[1]:.4f} and {corrected[0] * 100:.2f} % top-1.",
        EXPLAINED,
    ]
    rows = [_method_row(one, uniform) for one in estimates]
    return Table(f"Combinations on {where}", _METHODS, rows, notes, tall=True)


def _method_row(one: Estimate, uniform: Estimate | None) -> tuple[Cell, ...]:
    fair, spread = one.cross_fitted, one.spread or (None, None)
    against = None
    if uniform is not None and one is not uniform:
        mean, margin = mean_and_margin((fair.losses - uniform.cross_fitted.losses).tolist())
        against = f"{mean:+.4f} ± {margin:.4f}"
    return (
        one.method, one.naive.top1, fair.top1, spread[0], one.naive.top1 - fair.top1,
        one.naive.log_loss, fair.log_loss, spread[1], fair.log_loss - one.naive.log_loss, against,
    )  # fmt: skip


def weights_table(pool: Pool, estimates: Sequence[Estimate], where: str) -> Table:
    """What each method chose by all faces."""
    weighted = [one for one in estimates if one.weights is not None]
    columns = [Column("member"), *(Column(one.method, digits=3) for one in weighted)]
    rows: list[list[Cell]] = []
    for place, name in enumerate(pool.names):
        shares = [one.weights[place] for one in weighted if one.weights is not None]
        rows.append([name, *(float(share) if share else None for share in shares)])
    return Table(f"Weights chosen by {where}", columns, rows)


def left_out_table(gains: Sequence[LeftOut], where: str) -> Table:
    """What each member adds to the plain average of all."""
    columns = (
        Column("member"),
        Column("top-1 points", percent=True),
        Column("95 % low", percent=True),
        Column("95 % high", percent=True),
        Column("log-loss change", digits=4, lower_is_better=True),
    )
    rows = [(one.name, one.top1, one.low, one.high, one.log_loss) for one in gains]
    notes = (
        "The uniform average of all members less that of all others. 95 %: paired bootstrap over "
        "faces. log-loss change: in nats, below 0 the member helps.",
    )
    return Table(f"What each member adds, {where}", columns, rows, notes)


def growth_table(grown: Sequence[Grown], where: str) -> Table:
    """The uniform average by its number of members."""
    columns = (
        Column("members"),
        Column("averages"),
        Column("mean top-1 %", percent=True),
        Column("least", percent=True),
        Column("greatest", percent=True),
        Column("mean log-loss", digits=4, lower_is_better=True),
        Column("least log-loss", digits=4, lower_is_better=True),
        Column("of"),
    )
    rows = [
        (
            one.size, len(one.top1), float(one.top1.mean()), float(one.top1.min()),
            float(one.top1.max()), float(one.log_loss.mean()), float(one.log_loss.min()),
            ", ".join(one.best),
        )
        for one in grown
    ]  # fmt: skip
    drawn = len(grown) > ALL_SUBSETS_UP_TO
    which = f"the beginnings of {ORDERS} random orders" if drawn else "all there are"
    notes = (
        f"Uniform averages of so many members, {which}. The least and the greatest are chosen by "
        "these same faces: optimistic.",
    )
    return Table(f"How the gain grows with the members, {where}", columns, rows, notes)


def correlation_table(matrix: np.ndarray, names: Sequence[str], where: str) -> Table:
    """How alike two members' errors are."""
    columns = [Column("member"), *(Column(name) for name in names)]
    rows: list[list[Cell]] = [
        [name, *(_unless_nan(value) for value in row)]
        for name, row in zip(names, matrix.tolist(), strict=True)
    ]
    notes = ("φ of being wrong on the same face: 0 unrelated, 1 always together.",)
    return Table(f"Correlation of the members' errors, {where}", columns, rows, notes)


def _unless_nan(value: float) -> float | None:
    return value if value == value else None
