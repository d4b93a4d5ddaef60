"""The card of a single network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo import configs
from zoo.architectures import registry
from zoo.data.dataset import SELECTION_SPLIT
from zoo.errors import ZooError
from zoo.evaluation.entry import entry_of_run
from zoo.files import file_sha256
from zoo.models.costs import machine_in_words, timed_on
from zoo.predictions import headline
from zoo.reports.cards.results import (
    accuracy_section,
    headline_sentence,
    reliability_section,
    test_section,
)
from zoo.reports.cards.words import (
    is_fer2013,
    licence_section,
    limits_section,
    split_name,
    tried_sections,
    use_section,
)
from zoo.reports.markdown import markdown_page
from zoo.reports.page import Section
from zoo.tables import Column, Table
from zoo.training.command import train_command
from zoo.training.plan import plan_of
from zoo.training.recipes import recipe_of
from zoo.weights.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoo.predictions import Predictions
    from zoo.runs import Run
    from zoo.tables import Cell

_EQUAL = 1e-9
"""How exactly the recorded numbers must be those of the saved predictions."""

_EXPORTED_NUMBERS = "float16, float32 beyond its range; computed with in float32"


def single_card(run: Run) -> str:
    """The card of a finished run of a single network, as Markdown.

    Raises:
        ZooError: it has not finished, or its files, or the manifest, contradict each other.
    """
    predictions = checked_predictions(run)
    name, fer2013 = run.architecture, is_fer2013(predictions)
    remarks = entry_of_run(run, predictions).remarks
    test = run.predictions("test") if run.predictions_file("test").is_file() else None
    title = name if run.shipped else f"{name}, run {_training(run).partition('/')[2]}"
    use = f'`zoo.load("{name}/shipped")`' if run.shipped else "not shipped"
    opening = [
        headline_sentence(predictions) + (f" Mind: {remarks}." if remarks else ""),
        f"To use it: {use}. Written by `zoo weights card` from the run's own files.",
    ]
    sections = [
        _architecture_section(run),
        _data_section(run, predictions, "read" if test else "not read", fer2013=fer2013),
        _training_section(run),
        accuracy_section(predictions, name, remarks),
        reliability_section(predictions, name),
        test_section(test, name, fer2013=fer2013),
        _weights_section(run),
        *tried_sections(registry.architecture(run.architecture).tried),
        use_section(),
        limits_section(len(predictions.classes), fer2013=fer2013),
        licence_section(run.metrics.get("licence"), shipped=run.shipped, fer2013=fer2013),
    ]
    return markdown_page(title, opening, sections)


def _training(run: Run) -> str:
    """The training that the weights come from, ``<architecture>/<id>``."""
    origin = run.metrics.get("exported_from", {})
    return str(origin.get("run", f"{run.architecture}/{run.id}"))


def checked_predictions(run: Run) -> Predictions:
    """A run's validation predictions, once they and the weights are the recorded ones.

    Raises:
        ZooError: they are not.
    """
    metrics, path = run.metrics, run.predictions_file(SELECTION_SPLIT)
    predictions = run.predictions(SELECTION_SPLIT)
    measured, recorded = headline(predictions) or {}, metrics["validation"]
    if predictions.fingerprint != metrics["fingerprint"] or any(
        abs(measured[key] - recorded[key]) > _EQUAL for key in recorded
    ):
        raise ZooError(f"{path}: not the predictions that metrics.json was written from")
    _refuse_other_weights(run)
    return predictions


def _refuse_other_weights(run: Run) -> None:
    path = run.weights_file
    if not path.is_file():
        raise ZooError(f"{path}: no such weights: train anew")
    entry = read_manifest().entry(run.architecture) if run.shipped else None
    recorded = {entry and entry.sha256, run.metrics.get("weights_sha256")} - {None}
    if recorded - {file_sha256(path)} or (run.shipped and entry is None):
        raise ZooError(f"{path}: not the weights that were recorded: zoo weights verify")


def _facts_table(headings: tuple[str, str], facts: Mapping[str, Cell]) -> Table:
    """A line per fact; those that are empty are left out."""
    first, second = headings
    rows = [(key, Column("").text(value)) for key, value in facts.items() if value]
    return Table("", (Column(first), Column(second)), rows)


def _architecture_section(run: Run) -> Section:
    facts, metrics = registry.architecture(run.architecture), run.metrics
    height, width, channels = metrics["face_shape"]
    table = _facts_table(
        ("architecture", run.architecture),
        {
            "layers": facts.title,
            "source": facts.source,
            "link": facts.url,
            "other than the source": facts.notes,
            "faces": f"{height} × {width}, {'grey' if channels == 1 else 'RGB'}",
            "classes": ", ".join(metrics["classes"]),
            "parameters": metrics["parameters"],
            "of these trained": metrics["trainable_parameters"],
        },
    )
    return Section("Architecture", [table])


def _data_section(run: Run, predictions: Predictions, test: str, *, fer2013: bool) -> Section:
    metrics = run.metrics
    fitted = "the weights were fitted to them"
    if metrics["limit"] is not None:
        fitted += "; a trial, limited to these"
    chose = f"chose this model: the best of its {metrics['epochs']} epochs, and its recipe"
    uses = {
        "train": (metrics["train_faces"], fitted),
        SELECTION_SPLIT: (len(predictions), chose),
        "test": (None, test),
    }
    rows = [(split_name(split, fer2013=fer2013), *use) for split, use in uses.items()]
    table = Table("", (Column("split"), Column("faces"), Column("use")), rows)
    told = f"Data set `{metrics['dataset']}`, fingerprint `{metrics['fingerprint']}`."
    return Section("Data", [told, table])


def _training_section(run: Run) -> Section:
    metrics, recorded = run.metrics, run.environment
    software = {"Python": recorded["python"]} | recorded["versions"]
    table = _facts_table(
        ("training", _training(run)),
        {
            "started from": _start(run),
            "machine": machine_in_words(recorded["machine"]),
            "time": f"{metrics['train_seconds'] / 60:,.1f} minutes",
            "speed": f"{metrics['faces_per_second']:,.0f} faces/s",
            "epochs": metrics["epochs"],
            "best epoch": f"{metrics['best_epoch']}, by {metrics['monitor']} on validation",
            "computed in": metrics["precision"],
            "software": ", ".join(f"{name} {version}" for name, version in software.items()),
        },
    )
    return Section("Training", [f"```sh\n{train_command(run)}\n```", _recipe_table(run), table])


def _start(run: Run) -> str:
    """What weights it started from, where a file told; else empty."""
    sha256 = run.environment.get("init_sha256")
    told = registry.architecture(run.architecture).start_source if run.shipped else ""
    return "; ".join(part for part in (told, sha256 and f"sha256 `{sha256}`") if part)


def _recipe_table(run: Run) -> Table:
    """Every key of the recipe that is not as in base.toml; phases with the epochs they have."""
    recipe = recipe_of(run)
    phases = plan_of(recipe).phases if recipe.phases else ()
    spelled_out = recipe.model_dump() | {"phases": [phase.model_dump() for phase in phases]}
    own, base = configs.flat(spelled_out), configs.flat(configs.base())
    rows = [
        (f"`{key}`", _shown(own[key]), _shown(base.get(key)))
        for key in own
        if key != "architecture" and own[key] != base.get(key)
    ]
    columns = (Column("recipe key"), Column("here"), Column("base.toml"))
    return Table("", columns, rows or [("all keys", "as in base.toml", None)])


def _shown(value: Any) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _weights_section(run: Run) -> Section:
    metrics, path = run.metrics, run.weights_file
    table = _facts_table(
        ("weights", f"{path.parent.name}/{path.name}"),
        {
            "sha256": f"`{file_sha256(path)}`",
            "size": f"{path.stat().st_size:,} bytes",
            "numbers": _EXPORTED_NUMBERS if run.exported else "float32",
            "time per face": _time_per_face(metrics),
        },
    )
    return Section("Weights", [table, *([_rounding(metrics)] if run.exported else [])])


def _time_per_face(metrics: Mapping[str, Any]) -> str:
    together, alone = metrics["milliseconds_per_face"], metrics.get("milliseconds_at_batch_1")
    told = f"{together:.2f} ms in batches of 256"
    if alone is not None:
        told += f", {alone:.1f} ms alone"
    if "timed_on" in metrics:
        return f"{told}, on {timed_on(metrics)}"
    return f"{told}, on the machine and in the precision of its training"


def _rounding(metrics: Mapping[str, Any]) -> str:
    difference = metrics["float16"]["largest_probability_difference"]
    told = f"{difference:.4f}" if difference >= 1e-4 else f"{difference:.1e}"
    return (
        f"float16 against float32: the largest difference of a probability is {told}, "
        f"over {metrics['float16']['n']:,} validation faces and all classes. All numbers here are "
        "those of the float16 weights."
    )
