"""What a run's metrics.json and environment.json must hold for everything that reads them.

Of the user's own runs, whatever version of the zoo wrote them, only what lists and choices need;
of exported ones, which may come from a stranger, all that is used anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from zoo.errors import ZooError
from zoo.weights.facts import Line, Sha256, Side, first_fault
from zoo.weights.manifest import Measured, Origin, Rounding

if TYPE_CHECKING:
    from zoo.runs import Run

_RECORDED = ConfigDict(frozen=True, extra="ignore", strict=True)
"""Other keys may stand there: later versions record more."""

Count = Annotated[int, Field(ge=0, le=2**53)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Classes = Annotated[list[Line], Field(min_length=2, max_length=1000)]
FaceShape = Annotated[list[Side], Field(min_length=3, max_length=3)]


class _Headline(BaseModel):
    """See `zoo.predictions.headline`."""

    model_config = _RECORDED

    n: int
    top1: float
    log_loss: float


class OwnMetrics(BaseModel):
    """What the metrics of every finished run hold, an ensemble's included."""

    model_config = _RECORDED

    dataset: str
    fingerprint: str
    classes: list[str]
    limit: int | None
    validation: _Headline


class _Machine(BaseModel):
    """See `zoo.training.environment.machine`."""

    model_config = _RECORDED

    processor: Line
    cores: Count
    gpus: list[Line]


class _Timed(BaseModel):
    """Where milliseconds were measured, see `zoo.training.costs.measure_costs`."""

    model_config = _RECORDED

    precision: Line
    backend: Line
    machine: _Machine


class _Exclusions(BaseModel):
    """See `zoo.training.chosen`."""

    model_config = _RECORDED

    sha256: Sha256
    train: Count


class _Training(BaseModel):
    """What both files of an exported run hold."""

    model_config = _RECORDED

    dataset: Line
    fingerprint: Sha256
    classes: Classes
    face_shape: FaceShape
    limit: Count | None
    precision: Line
    exclusions: _Exclusions | None = None


class ExportedMetrics(_Training):
    """What the metrics of an exported run hold."""

    validation: Measured
    unseen: Measured | None
    seed: int
    epochs: Count
    best_epoch: Count
    monitor: Line
    train_faces: Count
    train_seconds: NonNegative
    faces_per_second: NonNegative
    parameters: Count
    trainable_parameters: Count
    multiply_adds: Count | None = None
    milliseconds_per_face: NonNegative
    milliseconds_at_batch_1: NonNegative | None = None
    timed_on: _Timed | None = None
    weights_sha256: Sha256
    float16: Rounding
    exported_from: Origin
    licence: Line


class ExportedEnvironment(_Training):
    """What the environment of an exported run holds."""

    devices: Count = 1
    backend: Line
    versions: dict[Line, Line]
    python: Line
    machine: _Machine


def refuse_wrong_records(run: Run) -> None:
    """Refuse a finished run in whose records something is missing or of another kind.

    Raises:
        ZooError: it is; file and key are named.
    """
    if run.exported:
        again = "zoo weights export makes such folders"
        _refuse_wrong(run, "metrics.json", run.metrics, ExportedMetrics, again)
        _refuse_wrong(run, "environment.json", run.environment, ExportedEnvironment, again)
    else:
        _refuse_wrong(run, "metrics.json", run.metrics, OwnMetrics, "train anew")


def _refuse_wrong(
    run: Run, name: str, content: dict[str, Any], wanted: type[BaseModel], way_out: str
) -> None:
    try:
        wanted.model_validate(content)
    except ValidationError as error:
        key, fault = first_fault(error)
        raise ZooError(f"{run.folder / name}: damaged ({key}: {fault}): {way_out}") from None
