"""Which runs may answer for an architecture's name: the user's own, and the shipped one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo import weights
from zoo.errors import ZooError
from zoo.runs import Run, finished_runs, list_runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

ENSEMBLE = "ensemble"


def best_run(architecture: str, fingerprint: str | None, runs: Path) -> Run:
    """The run with the best validation log-loss on the data set in use; else the shipped one.

    Candidates are the user's finished, unlimited runs and the shipped one. Where no data set is in
    use, it is that of the user's runs.

    Args:
        architecture: its name.
        fingerprint: of the data set in use; None if there is none.
        runs: the folder of the user's runs.

    Raises:
        ZooError: there is no candidate, or no data set in use and the user's runs are of several.
    """
    own = [run for run in own_runs(runs) if run.architecture == architecture]
    shipped = shipped_runs(architecture)
    if fingerprint is None and own:
        fingerprint = _only_fingerprint(own)
    if here := _trained_on(fingerprint, [*own, *shipped]) or shipped:
        return min(here, key=_log_loss)
    others = [run for run in list_runs(runs) if run.architecture == architecture]
    where = " on this data set" if fingerprint else ""
    why = f" ({len(others)} unfinished, limited or on other data: name one by its id)"
    raise ZooError(
        f"{architecture} has no finished, unlimited run{where}{why if others else ''}, and no "
        f"weights of it came with the zoo: zoo train {architecture}"
    )


def every_architecture(fingerprint: str | None, runs: Path) -> list[str]:
    """The architectures with a candidate on the data set in use; where none has, the shipped ones.

    For arguments and refusals see `best_run`.
    """
    own, shipped = own_runs(runs), weights.shipped_runs()
    if fingerprint is None and own:
        fingerprint = _only_fingerprint(own)
    here = _trained_on(fingerprint, [*own, *shipped]) or shipped
    return sorted({run.architecture for run in here})


def initial_run(architecture: str, runs: Path) -> Run:
    """The run whose weights a training starts from that names an architecture.

    Runs that started from another one count only where there are no others, so that the same
    command starts from the same weights when it is repeated.

    Raises:
        ZooError: there is none, or there are runs on several data sets.
    """
    own = [run for run in own_runs(runs) if run.architecture == architecture]
    shipped = shipped_runs(architecture)
    first = [run for run in own if run.recipe.get("init", "none") in ("none", "imagenet")]
    trained = first or shipped or own
    if len({run.metrics["fingerprint"] for run in trained}) > 1:
        ids = ", ".join(f"{run.id} ({run.metrics['dataset']})" for run in trained)
        raise ZooError(f"--init {architecture}: trained on several data sets, name one of: {ids}")
    if not trained:
        raise ZooError(
            f"--init {architecture}: it has no finished, unlimited run: zoo train {architecture}, "
            "or name a limited one by its id"
        )
    rivals = _trained_on(trained[0].metrics["fingerprint"], shipped) if first else []
    return min([*trained, *rivals], key=_log_loss)


def own_runs(runs: Path) -> list[Run]:
    """The user's finished, unlimited runs of single networks."""
    return [
        run
        for run in finished_runs(runs)
        if run.architecture != ENSEMBLE and run.metrics["limit"] is None
    ]


def shipped_runs(architecture: str) -> list[Run]:
    """The shipped run of an architecture, if there is one."""
    return [run for run in weights.shipped_runs() if run.architecture == architecture]


def best_accuracies(fingerprint: str | None, runs: Path) -> dict[str, str]:
    """What `zoo list` says of the architectures that have a run to answer for them.

    Args:
        fingerprint: of the only data set whose runs are told, or None; shipped ones always are.
        runs: the folder of the user's runs.
    """
    best: dict[tuple[str, str], Run] = {}
    for run in own_runs(runs):
        key = (run.architecture, run.metrics["fingerprint"])
        if fingerprint in (None, key[1]):
            best[key] = min(best.get(key, run), run, key=_log_loss)
    texts: dict[str, list[str]] = {}
    for (name, _), run in best.items():
        texts.setdefault(name, []).append(_accuracy(run))
    for run in weights.shipped_runs():
        texts.setdefault(run.architecture, []).append(f"shipped: {_accuracy(run)}")
    return {name: "; ".join(each) for name, each in texts.items()}


def _accuracy(run: Run) -> str:
    top1, n = run.metrics["validation"]["top1"], run.metrics["validation"]["n"]
    start = f", {run.start}" if run.start else ""
    return f"{top1:.2%} on {run.metrics['dataset']}, validation, n = {n:,}{start}"


def _log_loss(run: Run) -> float:
    return run.metrics["validation"]["log_loss"]


def _trained_on(fingerprint: str | None, candidates: Iterable[Run]) -> list[Run]:
    return [run for run in candidates if run.metrics["fingerprint"] == fingerprint]


def _only_fingerprint(candidates: Sequence[Run]) -> str:
    """The fingerprint of the one data set that all were trained on."""
    if len({run.metrics["fingerprint"] for run in candidates}) > 1:
        names = ", ".join(sorted({run.metrics["dataset"] for run in candidates}))
        raise ZooError(f"there are runs on several data sets ({names}): say which with --data")
    return str(candidates[0].metrics["fingerprint"])
