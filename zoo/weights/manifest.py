"""What weights come with the package: one entry per shipped run, with its hash."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, Field, ValidationError

from zoo import weights
from zoo.errors import ZooError
from zoo.files import write_text
from zoo.tables import Column, Table
from zoo.weights.facts import STRICT, Line, Sha256, first_fault

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.runs import Run
    from zoo.tables import Cell

FORMAT: Final = 1
"""Of the manifest. It grows when a new zoo writes one that an older one would misread."""

LICENCE: Final = "Apache-2.0"
"""The licence of the shipped weights, the zoo's own."""

LICENCE_REMARK = (
    "The weights are licensed as the zoo's code is, under Apache-2.0. The faces of FER2013, which "
    "they were trained on, were collected from the web and carry no licence to redistribute: none "
    "of them is contained here, and whether weights learned from them may serve a commercial "
    "purpose is for whoever uses them to judge."
)
"""What must be said beside the licence of weights that were trained on FER2013."""


class Measured(BaseModel):
    """What weights reach on some faces.

    Attributes:
        n: number of faces.
        top1: share of them that are right, 0–1.
        log_loss: nats.
    """

    model_config = STRICT

    n: int = Field(ge=1)
    top1: float = Field(ge=0, le=1)
    log_loss: float = Field(ge=0, allow_inf_nan=False)


class Rounding(BaseModel):
    """What rounding the weights to float16 changes.

    Attributes:
        n: number of validation faces that were compared.
        largest_probability_difference: over all of them and all classes, 0–1.
    """

    model_config = STRICT

    n: int = Field(ge=1)
    largest_probability_difference: float = Field(ge=0, le=1)


class Origin(BaseModel):
    """The training that the weights come from.

    Attributes:
        run: ``<architecture>/<id>``.
        weights_sha256: of the float32 weights.
    """

    model_config = STRICT

    run: Line
    weights_sha256: Sha256


class Entry(BaseModel):
    """One shipped run; paths are relative to `zoo.weights.SHIPPED`.

    Attributes:
        architecture: its name in the registry, also the folder's.
        file: of the weights.
        sha256: of that file.
        bytes: its size.
        classes: ordered names of the outputs.
        dataset: the name of the data set it was trained on.
        fingerprint: of that data set.
        recipe: the recipe's file.
        validation: on the split that also chose the epoch.
        unseen: on those validation faces that do not also stand in train; None if unknown.
        float16: what rounding the weights changed.
        exported_from: the training.
        versions: of the software that trained it.
        licence: of the weights, as SPDX has it.
    """

    model_config = STRICT

    architecture: Line
    file: Line
    sha256: Sha256
    bytes: int = Field(ge=1)
    classes: tuple[Line, ...]
    dataset: Line
    fingerprint: Sha256
    recipe: Line
    validation: Measured
    unseen: Measured | None
    float16: Rounding
    exported_from: Origin
    versions: dict[Line, Line]
    licence: Line


class Manifest(BaseModel):
    """All that is shipped.

    Attributes:
        format: see `FORMAT`.
        entries: by architecture.
    """

    model_config = STRICT

    format: Literal[1] = FORMAT
    entries: tuple[Entry, ...] = ()

    def entry(self, architecture: str) -> Entry | None:
        """What is shipped of an architecture, if anything."""
        return next((one for one in self.entries if one.architecture == architecture), None)

    def with_entry(self, entry: Entry) -> Manifest:
        """The manifest with one entry new or replaced, sorted by architecture."""
        others = (one for one in self.entries if one.architecture != entry.architecture)
        entries = sorted((*others, entry), key=lambda one: one.architecture)
        return Manifest(entries=tuple(entries))

    def table(self) -> Table:
        """One line per shipped run, for people."""
        columns = (
            Column("model"),
            Column("MB", digits=1),
            Column("validation top-1 %", percent=True),
            Column("n"),
            Column("unseen top-1 %", percent=True),
            Column("n unseen"),
            Column("licence"),
            Column("sha256"),
        )
        notes = [
            "Validation also chose each network's epoch, so its numbers are optimistic; unseen "
            "are those of its faces that do not also stand in train.",
            LICENCE_REMARK,
        ]
        return Table("Shipped weights", columns, [_row(one) for one in self.entries], notes)


def _row(entry: Entry) -> tuple[Cell, ...]:
    unseen = entry.unseen
    return (
        f"{entry.architecture}/shipped",
        entry.bytes / 1e6,
        entry.validation.top1,
        entry.validation.n,
        unseen.top1 if unseen else None,
        unseen.n if unseen else None,
        entry.licence,
        entry.sha256[:12],
    )


def manifest_file() -> Path:
    """Where the manifest is: beside the folder of shipped runs."""
    return weights.SHIPPED.parent / "manifest.json"


def read_manifest() -> Manifest:
    """What is shipped; nothing where there is no manifest.

    Raises:
        ZooError: the manifest is damaged, or of a newer zoo.
    """
    path = manifest_file()
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Manifest()
    except OSError as error:
        reason = error.strerror
    except ValidationError as error:
        reason = ": ".join(first_fault(error))
    raise ZooError(f"{path}: damaged ({reason}): install the zoo anew")


def write_manifest(manifest: Manifest) -> None:
    """Write what is shipped, the same text for the same content."""
    content = json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False)
    write_text(manifest_file(), content + "\n")


def entry_of(run: Run) -> Entry:
    """The entry of a run that lies, or is to lie, in `zoo.weights.SHIPPED`, from its own files.

    Raises:
        ZooError: one of its files lacks something.
    """
    metrics, name = run.metrics, run.architecture
    recorded = ("classes", "dataset", "fingerprint", "validation", "unseen", "float16")
    content = {key: metrics.get(key) for key in (*recorded, "exported_from", "licence")}
    content |= {
        "architecture": name,
        "file": f"{name}/{run.weights_file.name}",
        "sha256": metrics.get("weights_sha256"),
        "bytes": run.weights_file.stat().st_size,
        "recipe": f"{name}/recipe.toml",
        "versions": run.environment.get("versions"),
    }
    try:
        return Entry.model_validate_json(json.dumps(content))
    except ValidationError as error:
        key, fault = first_fault(error)
        raise ZooError(
            f"{run.folder}: {key} is missing or wrong ({fault}): zoo weights export makes such "
            "folders"
        ) from None
