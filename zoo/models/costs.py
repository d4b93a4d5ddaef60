"""What a run's network costs: recorded when its training ended, or measured later."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from zoo.errors import ZooError
from zoo.files import write_json
from zoo.models.saved import writable_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.runs import Run

_NUMBERS = ("parameters", "multiply_adds", "milliseconds_per_face", "milliseconds_at_batch_1")


@dataclass(frozen=True)
class Costs:
    """What a network, or an ensemble of several, costs; None where nobody has measured it.

    Attributes:
        parameters: number of weights.
        multiply_adds: of one face (`zoo.architectures.costs`).
        bytes: of the file of weights.
        milliseconds_per_face: in batches of 256.
        milliseconds_at_batch_1: of a face that is predicted alone.
        train_seconds: duration of the training.
        timed_on: machine, precision and backend of the milliseconds; empty where unknown.
    """

    parameters: int | None = None
    multiply_adds: int | None = None
    bytes: int | None = None
    milliseconds_per_face: float | None = None
    milliseconds_at_batch_1: float | None = None
    train_seconds: float | None = None
    timed_on: str = ""

    def of_views(self, views: int) -> Costs:
        """The same where a face is predicted in several views."""
        each_view = ("multiply_adds", "milliseconds_per_face", "milliseconds_at_batch_1")
        costs = {name: getattr(self, name) for name in each_view}
        return replace(
            self, **{name: views * cost for name, cost in costs.items() if cost is not None}
        )


def total(several: Sequence[Costs]) -> Costs:
    """What networks cost together; a sum is unknown as soon as one of its parts is."""
    names = {field.name for field in fields(Costs)} - {"timed_on"}
    parts = {name: [getattr(costs, name) for costs in several] for name in names}
    return Costs(
        **{name: None if None in values else sum(values) for name, values in parts.items()},
        timed_on=" and ".join(sorted({costs.timed_on for costs in several} - {""})),
    )


def recorded_costs(run: Run) -> Costs:
    """What a finished run's own files say of its costs; no network is loaded.

    Raises:
        ZooError: the run has not finished.
    """
    environment = run.environment if (run.folder / "environment.json").is_file() else {}
    return _costs(run, environment | run.metrics)


def costs_of(run: Run) -> Costs:
    """What `measure` found, or where it never ran what is recorded.

    Raises:
        ZooError: the run has not finished, or what `measure` wrote is damaged.
    """
    path = _file(run)
    return _costs(run, _read(path)) if path.is_file() else recorded_costs(run)


def _costs(run: Run, told: dict[str, Any]) -> Costs:
    file = run.weights_file
    return Costs(
        **{key: told.get(key) for key in _NUMBERS},
        bytes=file.stat().st_size if file.is_file() else None,
        train_seconds=run.metrics.get("train_seconds"),
        timed_on=timed_on(told) if told.get("milliseconds_per_face") is not None else "",
    )


def measure(run: Run, dataset: Dataset) -> None:
    """Load a run's network, measure what it costs on this machine, and save it beside the run.

    Args:
        run: a finished run of a single network.
        dataset: whose validation faces are predicted.

    Raises:
        ZooError: the network cannot be loaded, or the folder cannot be written.
    """
    from zoo.backend import import_keras

    import_keras()
    from zoo.preprocessing.faces import to_face_shape
    from zoo.training.costs import measure_costs
    from zoo.training.networks import load_network

    network = load_network(run)
    faces = to_face_shape(dataset.split("validation").faces[:512], network.input_shape[1:])
    write_json(_file(run), measure_costs(network, faces))


def _file(run: Run) -> Path:
    return writable_folder(run) / "costs.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not all(isinstance(content[key], int | float | None) for key in _NUMBERS):
            raise ValueError("not numbers")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ZooError(
            f"{path}: damaged ({error}): delete it; zoo compare --costs measures anew"
        ) from None
    return dict(content)


def timed_on(told: Mapping[str, Any]) -> str:
    """Machine, precision and backend of the milliseconds among a run's facts, in words."""
    told = _table(told, "timed_on") or told  # older runs: where they were trained
    words = [machine_in_words(_table(told, "machine"))]
    words += [str(told[key]) for key in ("precision", "backend") if told.get(key)]
    return ", ".join(words)


def machine_in_words(machine: Mapping[str, Any]) -> str:
    """Processor, cores and GPUs of a machine as `zoo.training.environment.machine` records it."""
    gpus = machine.get("gpus")
    counts = {"core": machine.get("cores"), "GPU": len(gpus) if isinstance(gpus, list) else 0}
    words = [str(machine.get("processor", "a machine not recorded"))]
    words += [f"{n} {what}{'' if n == 1 else 's'}" for what, n in counts.items() if n]
    return ", ".join(words)


def _table(facts: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = facts.get(key)
    return found if isinstance(found, dict) else {}
