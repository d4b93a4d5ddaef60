"""From what the user names to a model: a run, an architecture, or the ensemble."""

from __future__ import annotations

import hashlib
import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING

from zoo import configs, home
from zoo.data import entries
from zoo.errors import ZooError, unknown
from zoo.models.model import Model, model_of
from zoo.runs import Run, find_run, finished_runs, list_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.predictor import Predictor
    from zoo.training.recipe import Recipe

ENSEMBLE = "ensemble"


def load(
    model: str, *, data: str | None = None, runs: Path | str | None = None, tta: str = "none"
) -> Predictor:
    """The trained predictor that a MODEL names.

    Args:
        model: a run's id or folder, an architecture's name, or ``"ensemble"``.
        data: the data set in use, by name; by default the only one that was added.
        runs: the folder of runs; by default the one in ``$ZOO_HOME``.
        tta: ``flip`` averages the predictions of each face and of its mirror image.

    Returns:
        A `zoo.predictor.Classifier`, or a `zoo.Ensemble`.

    Raises:
        ZooError: nothing goes by that name, or nothing of that name has been trained.
    """
    folder = Path(runs) if runs else home.runs_folder()
    return resolve(model, fingerprint(data), folder).with_tta(tta).load()


def fingerprint(data: str | None) -> str | None:
    """The fingerprint of the data set in use; none where no data set has been named or added."""
    if data is None:
        names = [entry.name for entry in entries.list_datasets()]
        if len(names) != 1:
            return None
        (data,) = names
    from zoo.data.library import open_dataset

    return open_dataset(data).fingerprint


def resolve(name: str, fingerprint: str | None, runs: Path) -> Model:
    """What `name` stands for.

    Args:
        name: a run's id or folder, an architecture's name, or ``"ensemble"``.
        fingerprint: of the data set in use; None if there is none, and then all runs must be of
            one data set.
        runs: the folder of runs.

    Raises:
        ZooError: nothing goes by that name, or nothing of that name has been trained.
    """
    if run := find_run(runs, name):
        if run.fault:
            raise ZooError(run.fault)
        return _model_of_run(run, runs)
    if name == ENSEMBLE:
        return ensemble_of(ensemble_members(fingerprint, runs), fingerprint, runs)
    known = configs.architecture_files()
    if name not in known:
        ids = (run.id for run in finished_runs(runs) if run.architecture != ENSEMBLE)
        raise unknown("model", name, [*known, ENSEMBLE, *ids])
    return model_of(best_run(name, fingerprint, runs))


def with_initial_run(recipe: Recipe, runs: Path) -> Recipe:
    """`recipe`, with a run in its `init` where that names an architecture.

    Args:
        recipe: its `init` may be an architecture's name, which stands for its best run. Runs that
            started from another one count only where there are no others.
        runs: the folder of runs.

    Raises:
        ZooError: the architecture has no finished, unlimited run, or runs on several data sets.
    """
    if recipe.init not in configs.architecture_files() or Path(recipe.init).is_file():
        return recipe
    trained = [run for run in _unlimited(runs) if run.architecture == recipe.init]
    trained = [run for run in trained if run.recipe["init"] in ("none", "imagenet")] or trained
    if len({run.metrics["fingerprint"] for run in trained}) > 1:
        ids = ", ".join(f"{run.id} ({run.metrics['dataset']})" for run in trained)
        raise ZooError(f"--init {recipe.init}: trained on several data sets, name one of: {ids}")
    if not trained:
        raise ZooError(
            f"--init {recipe.init}: it has no finished, unlimited run: zoo train {recipe.init}, "
            "or name a limited one by its id"
        )
    best = min(trained, key=_log_loss)
    return recipe.model_copy(update={"init": f"{best.architecture}/{best.id}"})


def ensemble_of(members: Sequence[str], fingerprint: str | None, runs: Path) -> Model:
    """The ensemble of several named models.

    Raises:
        ZooError: fewer than two members, or some that cannot be had; the list says which.
    """
    models, missing = [], []
    for member in members:
        try:
            models.append(resolve(member, fingerprint, runs))
        except ZooError as error:
            missing.append(f"{member} ({error})")
    if missing:
        raise ZooError(f"members missing from the ensemble: {'; '.join(missing)}")
    distinct = {run.folder: run for model in models for run in model.runs}
    _refuse_mixed(list(distinct.values()))
    if len(distinct) < 2:
        have = ", ".join(run.architecture for run in distinct.values()) or "none"
        raise ZooError(
            f"an ensemble needs two different members or more, there are: {have}; "
            "zoo train another architecture, or name members with --members"
        )
    chosen = "; ".join(model.chosen for model in models)
    return Model(ENSEMBLE, tuple(distinct.values()), f"{ENSEMBLE} of {len(distinct)}: {chosen}")


def _refuse_mixed(runs: Sequence[Run]) -> None:
    for first, other in itertools.pairwise(runs):
        for what in ("fingerprint", "classes"):
            if other.metrics[what] != first.metrics[what]:
                raise ZooError(
                    f"{first.architecture} {first.id} and {other.architecture} {other.id} cannot "
                    f"be averaged: they were trained on different data ({what} differs)"
                )


def ensemble_members(fingerprint: str | None, runs: Path) -> list[str]:
    """The members that ``ensemble.toml`` names, ``"*"`` spelled out."""
    own = home.zoo_home() / "ensemble.toml"
    path = own if own.is_file() else Path(configs.__file__).parent / "ensemble.toml"
    table = configs.read_toml(path)
    members = table.get("members")
    if set(table) != {"members"} or not isinstance(members, list):
        raise ZooError(f"{path}: expected one key, members, a list of architecture names")
    if members == ["*"]:
        return sorted({run.architecture for run in _candidates(fingerprint, runs)})
    if ENSEMBLE in members:
        raise ZooError(f"{path}: the ensemble cannot be a member of itself: name architectures")
    return [str(member) for member in members]


def best_run(architecture: str, fingerprint: str | None, runs: Path) -> Run:
    """The finished, unlimited run of an architecture with the best validation log-loss.

    Raises:
        ZooError: there is none.
    """
    candidates = [
        run for run in _candidates(fingerprint, runs) if run.architecture == architecture
    ]
    if not candidates:
        others = [run for run in list_runs(runs) if run.architecture == architecture]
        why = f" ({len(others)} unfinished, limited or on other data: name one by its id)"
        raise ZooError(
            f"{architecture} has no finished, unlimited run on this data set"
            f"{why if others else ''}: zoo train {architecture}"
        )
    return min(candidates, key=_log_loss)


def _log_loss(run: Run) -> float:
    return run.metrics["validation"]["log_loss"]


def _candidates(fingerprint: str | None, runs: Path) -> list[Run]:
    """Finished, unlimited runs of single networks on one data set."""
    found = _unlimited(runs)
    if fingerprint is not None:
        return [run for run in found if run.metrics["fingerprint"] == fingerprint]
    if len({run.metrics["fingerprint"] for run in found}) > 1:
        names = ", ".join(sorted({run.metrics["dataset"] for run in found}))
        raise ZooError(f"there are runs on several data sets ({names}): say which with --data")
    return found


def _unlimited(runs: Path) -> list[Run]:
    return [
        run
        for run in finished_runs(runs)
        if run.architecture != ENSEMBLE and run.metrics["limit"] is None
    ]


def _model_of_run(run: Run, runs: Path) -> Model:
    if run.architecture == ENSEMBLE:
        members = tuple(_member(name, runs) for name in run.recipe["members"])
        return Model(ENSEMBLE, members, f"{ENSEMBLE} {run.id} of {len(members)}")
    return model_of(run)


def _member(name: str, runs: Path) -> Run:
    run = find_run(runs, name)
    if run is None:
        raise ZooError(f"the ensemble's member {name} is not in {runs}")
    return run


def ensemble_id(members: Sequence[Run]) -> str:
    """The id of an ensemble: it depends on its members alone."""
    names = sorted(f"{run.architecture}/{run.id}" for run in members)
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()[:12]


def best_accuracies(fingerprint: str | None, runs: Path) -> dict[str, str]:
    """What `zoo list` says of the architectures that have a run to answer for them."""
    best: dict[tuple[str, str], Run] = {}
    for run in _unlimited(runs):
        key = (run.architecture, run.metrics["fingerprint"])
        if fingerprint in (None, key[1]):
            best[key] = min(best.get(key, run), run, key=_log_loss)
    texts: dict[str, list[str]] = {}
    for (name, _), run in best.items():
        texts.setdefault(name, []).append(_accuracy(run))
    return {name: "; ".join(each) for name, each in texts.items()}


def _accuracy(run: Run) -> str:
    top1, n = run.metrics["validation"]["top1"], run.metrics["validation"]["n"]
    start = f", {run.start}" if run.start else ""
    return f"{top1:.2%} on {run.metrics['dataset']}, validation, n = {n:,}{start}"
