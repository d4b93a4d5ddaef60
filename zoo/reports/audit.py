"""An audit on disk: a csv of findings, contact sheets, and a page that shows all of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.audit import audit_tables, findings_csv
from zoo.data.audit.findings import (
    BLANK,
    CONTRADICTING,
    COPIES,
    DOUBTED,
    FACELESS,
    MIRRORED,
    OUTVOTED,
)
from zoo.figures.contact_sheet import Tile, contact_sheet, in_rows
from zoo.files import output_folder, refuse_existing, write_text
from zoo.reports.page import Picture, Section, write_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zoo.data.audit import Audit, Finding

_COLUMNS = 8
_ROWS = 6


@dataclass(frozen=True)
class _Sheet:
    """A contact sheet of an audit.

    Attributes:
        file: what its file's name ends with.
        kinds: the findings it shows.
        title: what it shows.
        grouped: whether each row is a group of copies; else faces follow each other.
    """

    file: str
    kinds: tuple[str, ...]
    title: str
    grouped: bool = False


_SHEETS = (
    _Sheet("copies", COPIES, "groups of copies, the largest first", grouped=True),
    _Sheet("mirrored", (MIRRORED,), "groups with mirrored copies", grouped=True),
    _Sheet("contradictions", (CONTRADICTING,), "copies with different labels", grouped=True),
    _Sheet("no-face", (BLANK, FACELESS), "blank or nearly faceless"),
    _Sheet("doubted", (DOUBTED,), "labels that are doubted most"),
    _Sheet("outvoted", (OUTVOTED,), "labels that most annotators contradict"),
)


def page_path(folder: Path, name: str) -> Path:
    """Where the page on the data set called `name` goes."""
    return folder / f"{name}-audit.html"


def write_audit(audit: Audit, folder: Path, *, overwrite: bool = False) -> list[Path]:
    """Write everything an audit found.

    Args:
        audit: what was found.
        folder: where ``<name>-audit.html``, ``<name>-findings.csv`` and a ``<name>-<kind>.png``
            per kind of finding go; made if missing.
        overwrite: whether those may be replaced.

    Returns:
        The files' paths, the page first.

    Raises:
        ZooError: one of them exists and `overwrite` is false; nothing is written then.
    """
    name = audit.faces.dataset.name
    sheets = [sheet for sheet in _SHEETS if audit.of_kind(*sheet.kinds)]
    files = ["findings.csv", *(f"{sheet.file}.png" for sheet in sheets)]
    paths = [page_path(folder, name), *(folder / f"{name}-{file}" for file in files)]
    for path in paths:
        refuse_existing(path, overwrite=overwrite)
    with output_folder(folder, overwrite=overwrite) as temporary:
        page, csv, *pictures = (temporary / path.name for path in paths)
        write_text(csv, findings_csv(audit.faces, audit.findings))
        shown = [
            Section(sheet.title.capitalize(), [_draw(audit, sheet, path)])
            for sheet, path in zip(sheets, pictures, strict=True)
        ]
        opening = Section(
            "In numbers", [f"Every finding, face by face, is in {csv.name}.", *audit_tables(audit)]
        )
        write_page(page, f"{name}: audit", [opening, *shown])
    return paths


def _draw(audit: Audit, sheet: _Sheet, path: Path) -> Picture:
    """Draw a sheet, and give it as the page shows it."""
    found = audit.of_kind(*sheet.kinds)
    name = audit.faces.dataset.name
    rows: list[Sequence[Tile]]
    if sheet.grouped:
        groups = sorted({one.group for one in found if one.group is not None})
        members = [audit.copies.members[group] for group in groups]
        members.sort(key=len, reverse=True)
        rows = [
            [_tile(audit, face) for face in _varied(audit, group)[:_COLUMNS]]
            for group in members[:_ROWS]
        ]
        what = f"{len(rows)} of {len(members):,} groups, {_COLUMNS} faces of each at most"
    else:
        tiles = [_tile(audit, one.face, one) for one in found[: _COLUMNS * _ROWS]]
        rows = in_rows(tiles, _COLUMNS)
        what = f"{len(tiles)} of {len(found):,}"
    title = f"{name}: {sheet.title} ({what})"
    contact_sheet(rows, path, title=title)
    below = "its label → what is said instead" if found[0].suggested else "its label"
    caption = (
        f"{'A group in each row. ' * sheet.grouped}Below each face: {below}, its split, its id."
    )
    return Picture(path, caption, f"Contact sheet: {title}.")


def _varied(audit: Audit, group: np.ndarray) -> list[int]:
    """The faces of a group, one of each label and split first."""
    often: Counter[tuple[str, str]] = Counter()
    ranks = {}
    for face in group.tolist():
        kind = audit.faces.label(face), str(audit.faces.splits[face])
        ranks[face] = often[kind]
        often[kind] += 1
    return sorted(ranks, key=lambda face: (ranks[face], face))


def _tile(audit: Audit, face: int, finding: Finding | None = None) -> Tile:
    faces = audit.faces
    label = faces.label(face)
    if finding is not None and finding.suggested:
        label = f"{label} → {finding.suggested}"
    return Tile(faces.original(np.array([face]))[0], (label, faces.splits[face], faces.ids[face]))
