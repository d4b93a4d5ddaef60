"""From what a user names to its card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zoo import configs, models, weights
from zoo.errors import ZooError, unknown
from zoo.models.ensemble_file import EVERY, Member, read_members
from zoo.models.ensembles import average_of, member_run
from zoo.reports.cards.ensemble import ensemble_card
from zoo.reports.cards.single import single_card
from zoo.runs import find_run, finished_runs

if TYPE_CHECKING:
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
    shipped = {model.name: model for model in shipped_models()}
    if name in shipped:
        return shipped[name]
    if find_run(runs, name) is None:
        ids = (run.id for run in finished_runs(runs))
        raise unknown("shipped model or run", name, [*shipped, *ids])
    return models.resolve(name, None, runs)


def shipped_models() -> list[Model]:
    """Every shipped network by architecture and, where it has two members, the ensemble.

    Raises:
        ZooError: a member of the packaged ensemble is not shipped.
    """
    singles = [models.model_of(run) for run in weights.shipped_runs()]
    path = Path(configs.__file__).parent / "ensemble.toml"
    members = read_members(path)
    if members == [Member(EVERY)]:
        return [*singles, average_of(singles)] if len(singles) > 1 else singles
    found = [models.model_of(member_run(member, weights.SHIPPED)) for member in members]
    if foreign := [one.name for one in found if not one.run.shipped]:
        raise ZooError(f"{path}: members that are not shipped: {', '.join(foreign)}")
    return [*singles, average_of(found)]
