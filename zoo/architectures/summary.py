"""Tables for ``zoo list`` and ``zoo show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo.architectures.registry import (
    Architecture,
    architecture,
    create,
    list_architectures,
    network_options,
)
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def list_table(at_hand: Mapping[str, str] | None = None) -> Table:
    """All architectures, from their TOMLs alone.

    Args:
        at_hand: by architecture, the weights or runs at hand and their accuracy, as text.
    """
    at_hand = at_hand or {}
    rows = []
    for name in list_architectures():
        facts = architecture(name)
        rows.append(
            (name, facts.total_parameters, _sizes(facts.input_shape), facts.source,
             at_hand.get(name))
        )  # fmt: skip
    headings = ("architecture", "parameters", "input", "source", "weights or runs")
    return Table("Architectures", [Column(heading) for heading in headings], rows)


def show(name: str) -> tuple[Table, Table]:
    """The facts of one architecture and, by building it, its layers for 48×48 grey faces.

    Raises:
        ZooError: no architecture is called `name`.
    """
    return facts_table(architecture(name)), layers_table(name)


def facts_table(facts: Architecture) -> Table:
    """What an architecture's TOML says of it, and the options of its function."""
    # What the weights start from is said by a recipe's init.
    settable = {k: v for k, v in network_options(facts.name).items() if k != "weights"}
    options = ", ".join(f"{key} = {value}" for key, value in settable.items())
    rows = (
        ("what", facts.title),
        ("source", facts.source),
        ("link", facts.url),
        ("made for faces of", _sizes(facts.input_shape)),
        ("parameters", f"{facts.total_parameters:,}"),
        (_trained_label(facts), f"{facts.trainable_parameters:,}"),
        ("ImageNet weights", "possible (init = imagenet)" if facts.pretrained else "no"),
        ("end of the backbone", facts.backbone_output),
        ("Grad-CAM layer", facts.gradcam_layer),
        ("options ([network])", options),
        ("notes", facts.notes),
    )
    return Table(facts.name, [Column("fact"), Column("")], [row for row in rows if row[1]])


def _trained_label(facts: Architecture) -> str:
    return "trained in the first phase" if facts.pretrained else "of them trained"


def layers_table(name: str) -> Table:
    """The layers of one architecture for 48×48 grey faces and seven classes."""
    network = create(name)
    columns = [Column("layer"), Column("kind"), Column("output"), Column("parameters")]
    rows = [_layer_row(layer) for layer in network.layers]
    return Table(f"Layers of {name} for 48×48 grey faces, 7 classes", columns, rows)


def _layer_row(layer: Any) -> tuple[str, str, str, int]:
    kind = type(layer).__name__
    window = getattr(layer, "kernel_size", getattr(layer, "pool_size", ()))
    if window:
        kind += f" {_sizes(window)}"
    return layer.name, kind, _sizes(layer.output.shape[1:]), layer.count_params()


def _sizes(sizes: Sequence[int]) -> str:
    return "×".join(str(size) for size in sizes)
