"""The card of an ensemble, from its members' saved predictions."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from zoo.ensemble import average_predictions
from zoo.evaluation.ensembles import ensemble_entry, ensemble_tables
from zoo.evaluation.entry import entry_of_run
from zoo.evaluation.guard import also_chosen
from zoo.files import file_sha256
from zoo.models import ENSEMBLE
from zoo.models.costs import recorded_costs
from zoo.reports.cards.results import (
    accuracy_section,
    headline_sentence,
    reliability_section,
    test_section,
)
from zoo.reports.cards.single import checked_predictions
from zoo.reports.cards.words import (
    is_fer2013,
    licence_section,
    limits_section,
    tried_sections,
    use_section,
)
from zoo.reports.markdown import markdown_page
from zoo.reports.page import Section
from zoo.tables import Column, Table, rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.evaluation.entry import Entry
    from zoo.models import Choice, Model
    from zoo.predictions import Predictions
    from zoo.runs import Run


def ensemble_card(model: Model) -> str:
    """The card of an ensemble, as Markdown.

    Raises:
        ZooError: its members were measured on different faces, or the files of one of them
            contradict each other.
    """
    runs = model.runs
    entries = [entry_of_run(run, checked_predictions(run), recorded_costs(run)) for run in runs]
    averaged = ensemble_entry(entries, model.weights)
    predictions, shipped = averaged.predictions, all(run.shipped for run in runs)
    also = also_chosen(model, predictions.fingerprint, predictions.split)
    averaged = replace(averaged, also_chosen=also)
    fer2013 = is_fer2013(predictions)
    named = ",".join(f"{run.architecture}/{run.id}" for run in runs)
    use = f'`zoo.load("{ENSEMBLE}")`' if shipped else "not shipped"
    opening = [
        f"The mean of the softmaxes of {len(runs)} networks, {_weights(model)}. "
        f"{headline_sentence(predictions)}",
        f"To use it: {use}. Written by `zoo weights card` from its members' own files.",
    ]
    command = f"zoo ensemble evaluate --members {named}"
    if model.weights is not None:
        shares = ",".join(f"{weight:g}" for weight in model.weights)
        command = f"zoo ensemble define --members {named} --weights {shares}"
    sections = [
        Section("Members", [_members_text(model), _members_table(runs), f"```sh\n{command}\n```"]),
        *_choice_sections(model),
        Section("What averaging gains", _gains(entries, averaged, runs)),
        accuracy_section(predictions, ENSEMBLE, averaged.remarks, chose=averaged.chose),
        reliability_section(predictions, ENSEMBLE),
        test_section(_test_predictions(model), ENSEMBLE, fer2013=fer2013),
        *tried_sections(model.tried),
        use_section(),
        limits_section(len(predictions.classes), fer2013=fer2013),
        licence_section(_licence(runs), shipped=shipped, fer2013=fer2013),
    ]
    return markdown_page(ENSEMBLE, opening, sections)


def _members_text(model: Model) -> str:
    facts = model.runs[0].metrics
    return (
        f"All were trained on `{facts['dataset']}`, fingerprint `{facts['fingerprint']}`. "
        "Architecture, recipe, machine and command of each stand on its own card."
    )


def _choice_sections(model: Model) -> list[Section]:
    """What chose the members or their weights, where the ensemble's file tells it."""
    choice = model.choice
    if choice is None:
        return []
    told = (
        f"The ensemble's {' and '.join(choice.of)} were chosen on {choice.split}, too: "
        f"`{choice.method}` of `zoo ensemble search` on {choice.n:,} faces"
    )
    if not choice.candidates:
        return [Section("What chose it", [f"{told}."])]
    told += f", among {len(choice.candidates)} candidates: {', '.join(choice.candidates)}."
    if choice.optimism is not None:
        told += (
            " Measured on faces that did not make it (cross-fitted), top-1 changes by "
            f"{rounded(-100 * choice.optimism, 2)} points."
        )
    return [Section("What chose it", [told, *_search_command(choice)])]


def _search_command(choice: Choice) -> list[str]:
    """What a user types to choose so again; nothing where it took several methods."""
    if ", " in choice.method:
        return []
    words = ["zoo", "ensemble", "search", "--members", ",".join(choice.candidates)]
    words += ["--data", choice.data, "--write", "ensemble.toml", "--method", choice.method]
    return [f"```sh\n{shlex.join(words)}\n```"]


def _members_table(runs: Sequence[Run]) -> Table:
    columns = (Column("member"), Column("sha256 of its weights"), Column("bytes"))
    rows = [
        (
            f"{run.architecture}/{run.id}",
            f"`{file_sha256(run.weights_file)}`",
            run.weights_file.stat().st_size,
        )
        for run in runs
    ]
    total = sum(run.weights_file.stat().st_size for run in runs)
    return Table("", columns, [*rows, ("together", None, total)])


def _gains(entries: Sequence[Entry], averaged: Entry, runs: Sequence[Run]) -> list[Table]:
    return ensemble_tables(entries, averaged, data_name=str(runs[0].metrics["dataset"]))


def _weights(model: Model) -> str:
    if model.weights is None:
        return "each with the same weight"
    return f"with the weights {' : '.join(f'{weight:.3g}' for weight in model.weights)}"


def _test_predictions(model: Model) -> Predictions | None:
    runs = model.runs
    if not all(run.predictions_file("test").is_file() for run in runs):
        return None
    return average_predictions([run.predictions("test") for run in runs], model.weights)


def _licence(runs: Sequence[Run]) -> str | None:
    licences = {run.metrics.get("licence") for run in runs}
    return licences.pop() if len(licences) == 1 else None
