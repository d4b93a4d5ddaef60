"""The columns of a fer2013.csv, and what becomes of a row's fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from zoo.data.columns import unused_name
from zoo.data.pixels import BadRow, shown
from zoo.data.readers.header import Header, quoted, refuse_twice
from zoo.data.readers.pixel_labels import Labels, read_labels
from zoo.data.readers.rows import face_id_place, read_pixel_header
from zoo.data.soft_labels import (
    refuse_other_classes,
    soft_label,
    soft_label_columns,
    soft_label_names,
)
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COLUMNS = ("emotion", "pixels", "Usage")
SPLIT_OF_USAGE = {b"Training": "train", b"PublicTest": "validation", b"PrivateTest": "test"}
USAGE_OF_SPLIT = {split: usage.decode() for usage, split in SPLIT_OF_USAGE.items()}


class Row(NamedTuple):  # made three times as quickly as a frozen dataclass
    """A row split into its fields, the pixels still text.

    `position` counts rows from 0, the bad ones too; `number` is the line.
    """

    position: int
    number: int
    label: int
    split: str
    pixels: bytes
    attributes: list[bytes]
    soft_label: tuple[float, ...]
    face_id: bytes


@dataclass(frozen=True)
class Layout:
    """Where each column of the header stands, counted from 0.

    `soft_labels` are in the order of the classes, or none; so is `face_id`; `attributes` are all
    the others but the three of `COLUMNS` and those without a name. `labels` says what the labels
    mean.
    """

    header: Header
    emotion: int
    pixels: int
    usage: int
    soft_labels: tuple[int, ...]
    face_id: int | None
    attributes: dict[str, int]
    labels: Labels

    def row(self, position: int, number: int, fields: list[bytes]) -> Row:
        """A row of its fields.

        Raises:
            BadRow: the label is unknown, the usage is not FER2013's, or the soft label is none.
        """
        label, split = self.labels.of(fields[self.emotion]), _split(fields[self.usage])
        attributes = [fields[place] for place in self.attributes.values()]
        soft = self._soft_label([fields[place] for place in self.soft_labels])
        face_id = fields[self.face_id] if self.face_id is not None else b""
        return Row(position, number, label, split, fields[self.pixels], attributes, soft, face_id)

    def _soft_label(self, fields: list[bytes]) -> tuple[float, ...]:
        try:
            return soft_label(fields) if fields else ()
        except ValueError as fault:
            raise BadRow("bad soft label", str(fault)) from None


def read_layout(path: Path, taken: Sequence[str]) -> Layout:
    """Where everything stands; no attribute is called like one of `taken`.

    Raises:
        ZooError: one of `COLUMNS` is missing, or stands there twice; or soft labels are not for
            the classes of the labels.
    """
    header = read_pixel_header(path) or Header((), ",")
    names, lowered = header.names, header.lowered
    if missing := [name for name in COLUMNS if name.casefold() not in lowered]:
        raise ZooError(
            f"{path} line 1: no column {' nor '.join(missing)}: expected the header"
            f" {','.join(COLUMNS)} in any order, found {quoted(names)}"
        )
    refuse_twice(path, [name for name in names if name in COLUMNS] + soft_label_names(names))
    soft_labels, face_id = soft_label_columns(names), face_id_place(path, header)
    emotion, pixels, usage = (lowered.index(name.casefold()) for name in COLUMNS)
    labels = read_labels(path, header, emotion, soft_labels)
    refuse_other_classes(path, soft_labels, labels.classes)
    attributes: dict[str, int] = {}
    for place, name in enumerate(names):
        if name and place not in (emotion, pixels, usage, face_id, *soft_labels.values()):
            attributes[unused_name(name, [*attributes, *taken])] = place
    places = tuple(soft_labels[name] for name in labels.classes if name in soft_labels)
    return Layout(header, emotion, pixels, usage, places, face_id, attributes, labels)


def _split(field: bytes) -> str:
    if field not in SPLIT_OF_USAGE:
        known = ", ".join(usage.decode() for usage in SPLIT_OF_USAGE)
        raise BadRow("unknown Usage", f"Usage {shown(field)}, expected {known}")
    return SPLIT_OF_USAGE[field]
