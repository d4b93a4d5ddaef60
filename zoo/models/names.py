"""From what the user names to a model: a run, an architecture, or the ensemble."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from zoo import configs, home, weights
from zoo.data import entries
from zoo.errors import ZooError, unknown
from zoo.models.calibration import with_calibration
from zoo.models.candidates import ENSEMBLE, best_run, every_architecture, initial_run
from zoo.models.ensemble_file import (
    EVERY,
    Listed,
    Member,
    ensemble_file,
    is_weight,
    own_file,
    parse_ensemble,
    read_ensemble,
)
from zoo.models.ensembles import average_of, member_run
from zoo.models.model import Model, model_of
from zoo.runs import SHIPPED_ID, find_run, finished_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.data.dataset import Dataset
    from zoo.predictor import Predictor
    from zoo.runs import Run
    from zoo.training.recipe import Recipe


PACKAGED_PLACE = "the zoo's own ensemble.toml"
"""How the user is told of the file that came with the package."""


def load(
    model: str,
    *,
    data: str | None = None,
    runs: Path | str | None = None,
    tta: str = "none",
    calibrated: bool = False,
) -> Predictor:
    """The trained predictor that a MODEL names.

    Args:
        model: a run's id or folder, an architecture's name, ``<architecture>/shipped``,
            ``"ensemble"``, or the path of an ensemble's file, ``.toml``.
        data: the data set in use, by name; by default the only one that was added.
        runs: the folder of runs; by default the one in ``$ZOO_HOME``.
        tta: ``flip`` averages the predictions of each face and of its mirror image.
        calibrated: whether probabilities are scaled by the temperature that validation chose.

    Returns:
        A `zoo.predictor.Classifier`, or a `zoo.Ensemble`; calibrated a `zoo.predictor.Calibrated`.

    Raises:
        ZooError: nothing goes by that name, or nothing of that name was trained or is shipped.
    """
    folder = Path(runs) if runs else home.runs_folder()
    dataset = _in_use(data)
    resolved = resolve(model, dataset.fingerprint if dataset else None, folder).with_tta(tta)
    if calibrated:
        resolved = with_calibration(resolved, dataset, lambda line: None)
    return resolved.load()


def fingerprint(data: str | None) -> str | None:
    """The fingerprint of the data set in use; none where no data set has been named or added."""
    dataset = _in_use(data)
    return dataset.fingerprint if dataset else None


def _in_use(data: str | None) -> Dataset | None:
    """The data set called `data`, or else the only one that was added."""
    if data is None:
        names = [entry.name for entry in entries.list_datasets()]
        if len(names) != 1:
            return None
        (data,) = names
    from zoo.data.library import open_dataset

    return open_dataset(data)


def resolve(name: str, fingerprint: str | None, runs: Path) -> Model:
    """What `name` stands for.

    Args:
        name: a run's id or folder, an architecture's name, ``<architecture>/shipped``,
            ``"ensemble"``, or the path of an ensemble's file, ``.toml``.
        fingerprint: of the data set in use; None if there is none.
        runs: the folder of runs.

    Raises:
        ZooError: nothing goes by that name, or nothing of that name was trained or is shipped.
    """
    if run := find_run(runs, name):
        if run.fault:
            raise ZooError(run.fault)
        return _model_of_run(run, runs)
    if name == ENSEMBLE:
        path = ensemble_file()
        place = str(path) if path == own_file() else PACKAGED_PLACE
        return ensemble_of_file(path, fingerprint, runs, place, ENSEMBLE)
    if (path := Path(name)).suffix == ".toml" and path.is_file():
        return ensemble_of_file(path, fingerprint, runs, name, path.stem)
    known = configs.architecture_files()
    architecture, _, run_id = name.partition("/")
    if run_id == SHIPPED_ID and architecture in known:
        raise ZooError(
            f"{name}: no weights of {architecture} came with the zoo: zoo train {architecture}"
        )
    if name not in known:
        ids = (run.id for run in finished_runs(runs) if run.architecture != ENSEMBLE)
        shipped = (f"{run.architecture}/{run.id}" for run in weights.shipped_runs())
        raise unknown("model", name, [*known, ENSEMBLE, *ids, *shipped])
    return model_of(best_run(name, fingerprint, runs))


def with_initial_run(recipe: Recipe, runs: Path) -> Recipe:
    """`recipe`, with a run in its `init` where that names an architecture.

    Args:
        recipe: its `init` may be an architecture's name (`zoo.models.candidates.initial_run`).
        runs: the folder of runs.

    Raises:
        ZooError: the architecture has no run to start from, or runs on several data sets.
    """
    if recipe.init not in configs.architecture_files() or Path(recipe.init).is_file():
        return recipe
    best = initial_run(recipe.init, runs)
    return recipe.model_copy(update={"init": f"{best.architecture}/{best.id}"})


def ensemble_of(
    members: Sequence[str],
    fingerprint: str | None,
    runs: Path,
    weights: Sequence[float] | None = None,
) -> Model:
    """The ensemble of several named models, or the one that a single name stands for.

    Args:
        members: their names.
        fingerprint: of the data set in use; None if there is none.
        runs: the folder of runs.
        weights: how much each counts, above 0, in any scale; None: all the same.

    Raises:
        ZooError: fewer than two members, or some that cannot be had, the list says which; or not
            one weight above 0 for each.
    """
    if len(members) == 1 and weights is None:
        only = resolve(members[0], fingerprint, runs)
        if only.is_ensemble:
            return only
    shares = [None] * len(members) if weights is None else weights
    if len(shares) != len(members) or not all(one is None or is_weight(one) for one in shares):
        raise ZooError(
            f"weights {', '.join(f'{one:g}' for one in weights or ())} for "
            f"{', '.join(members)}: give each member one number above 0"
        )
    listed = (Member(name, weight=one) for name, one in zip(members, shares, strict=True))
    return _ensemble(Listed(tuple(listed)), fingerprint, runs)


def ensemble_of_file(
    path: Path, fingerprint: str | None, runs: Path, place: str, name: str
) -> Model:
    """The ensemble that a file lists.

    Args:
        path: the file.
        fingerprint: of the data set in use; None if there is none.
        runs: the folder of runs.
        place: what the user is told that the file is.
        name: how the ensemble is called.

    Raises:
        ZooError: the file is not as it should be, or members cannot be had, the list says which.
    """
    listed = read_ensemble(path)
    if listed.members == (Member(EVERY),):
        listed = Listed(tuple(Member(one) for one in every_architecture(fingerprint, runs)))
    return _ensemble(listed, fingerprint, runs, place, name, path.parent)


def _ensemble(
    listed: Listed,
    fingerprint: str | None,
    runs: Path,
    place: str = "",
    name: str = ENSEMBLE,
    beside: Path | None = None,
) -> Model:
    models, missing = [], []
    for member in listed.members:
        try:
            models.append(
                model_of(member_run(member, runs, beside))
                if member.sha256
                else resolve(member.model, fingerprint, runs)
            )
        except ZooError as error:
            missing.append(f"{member.model} ({error})")
    if missing:
        where = f" of {place}" if place else ""
        raise ZooError(f"members missing from the ensemble{where}: {'; '.join(missing)}")
    ensemble = average_of(models, place, weights=listed.weights, name=name)
    return replace(ensemble, choice=listed.choice, tried=listed.tried)


def _model_of_run(run: Run, runs: Path) -> Model:
    if run.architecture != ENSEMBLE:
        return model_of(run)
    listed = parse_ensemble(run.recipe, str(run.folder / "recipe.toml"))
    found = tuple(member_run(member, runs) for member in listed.members)
    chosen = f"{ENSEMBLE} {run.id} of {len(found)}"
    return Model(ENSEMBLE, found, chosen, weights=listed.weights, choice=listed.choice)
