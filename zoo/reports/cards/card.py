"""From what a user names to its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo import models, weights
from zoo.errors import unknown
from zoo.models import ENSEMBLE
from zoo.reports.cards.ensemble import ensemble_card
from zoo.reports.cards.single import single_card
from zoo.runs import find_run, finished_runs

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.models import Model


def card(model: Model) -> str:
    """The card of a model, as Markdown.

    Raises:
        ZooError: one of its runs has not finished, or its files do not fit together.
    """
    return ensemble_card(model) if model.is_ensemble else single_card(model.run)


def card_model(name: str, runs: Path) -> Model:
    """What a card is asked of: a shipped model, or a finished run.

    Args:
        name: a shipped architecture, ``"ensemble"``, or a run's id or folder.
        runs: the folder of the user's runs.

    Raises:
        ZooError: nothing goes by that name.
    """
    if name == ENSEMBLE:
        return models.packaged_ensemble()
    shipped = {run.architecture: run for run in weights.shipped_runs()}
    if name in shipped:
        return models.model_of(shipped[name])
    if find_run(runs, name) is None:
        ids = (run.id for run in finished_runs(runs))
        raise unknown("shipped model or run", name, [*shipped, ENSEMBLE, *ids])
    return models.resolve(name, None, runs)


def shipped_models() -> list[Model]:
    """Every shipped network by architecture, then the zoo's own ensemble; none without weights.

    Raises:
        ZooError: a member of the packaged ensemble is not shipped.
    """
    singles = [models.model_of(run) for run in weights.shipped_runs()]
    return [*singles, models.packaged_ensemble()] if singles else []
