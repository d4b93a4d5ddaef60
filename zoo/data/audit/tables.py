"""An audit in tables: what was found, which splits share faces, how even the classes are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.audit.faces import NO_LABEL
from zoo.data.audit.findings import COPIES, DOUBTED, KINDS, OUTVOTED
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from zoo.data.audit.faces import AuditedFaces
    from zoo.data.audit.run import Audit
    from zoo.tables import Cell


def audit_tables(audit: Audit) -> list[Table]:
    """Every table of an audit; those that would be empty are left out."""
    tables = [_findings_table(audit), _shared_table(audit), _balance_table(audit.faces)]
    tables += [_suggestions_table(audit, kind) for kind in (DOUBTED, OUTVOTED)]
    return [table for table in tables if table.rows]


def _findings_table(audit: Audit) -> Table:
    faces, splits = audit.faces, list(audit.faces.dataset.splits)
    counts = Counter((one.kind, faces.splits[one.face]) for one in audit.findings)
    rows: list[list[Cell]] = []
    for kind in audit.looked_for:
        found = [counts[kind, split] for split in splits]
        rows.append([kind, *found, sum(found), KINDS[kind]])
    headings = ["finding", *splits, "all", "meaning"]
    columns = [Column(heading, spare=heading == "meaning") for heading in headings]
    groups = len(audit.copies.members)
    largest = max((len(members) for members in audit.copies.members), default=0)
    notes = [
        f"The copies make {groups:,} groups, the largest of {largest}." if groups else "",
        *audit.remarks,
    ]
    title = f"{faces.dataset.name}: what was found in {len(faces):,} faces"
    return Table(title, columns, rows, [note for note in notes if note])


def _shared_table(audit: Audit) -> Table:
    """For each split how many of its faces have a copy in it, and in each other one."""
    faces, groups = audit.faces, audit.copies.groups
    exact = audit.copies.exact_groups
    splits = list(faces.dataset.splits)
    rows: list[list[Cell]] = []
    for split in splits:
        own = faces.splits == split
        for other in splits:
            there = own if other == split else faces.splits == other
            same, any_kind = (_count_shared(of, own, there) for of in (exact, groups))
            rows.append([split, other, same, any_kind, any_kind / max(1, int(own.sum()))])
    columns = [Column("faces of"), Column("with a copy in"), Column("exact")]
    columns += [Column("in any way"), Column("share %", digits=1, percent=True)]
    notes = [f"In any way: {', '.join(COPIES[:-1])} or {COPIES[-1]}, or a copy of such a copy."]
    return Table(f"{faces.dataset.name}: copies within and across splits", columns, rows, notes)


def _count_shared(groups: np.ndarray, own: np.ndarray, there: np.ndarray) -> int:
    """How many faces of one split are in a group with another face, of that split or another."""
    ours = groups[own & (groups >= 0)]
    members = np.bincount(groups[there & (groups >= 0)], minlength=groups.max(initial=-1) + 1)
    # Within a split a face is not its own copy.
    return int((members[ours] > (1 if own is there else 0)).sum())


def _balance_table(faces: AuditedFaces) -> Table:
    """Faces and their shares per class, by split."""
    classes = faces.dataset.classes
    counts = {
        split: np.bincount(faces.labels[faces.splits == split], minlength=len(classes))
        for split in faces.dataset.splits
        if np.any(faces.labels[faces.splits == split] != NO_LABEL)
    }
    columns, notes = [Column("class")], []
    for split, count in counts.items():
        columns += [Column(split), Column(f"{split} %", digits=1, percent=True)]
        most, least = int(count.argmax()), int(count.argmin())
        if count[least] == 0:
            absent = ", ".join(np.array(classes)[count == 0].tolist())
            notes.append(f"{split}: no face of {absent}.")
        elif count[most] > count[least]:
            notes.append(
                f"{split}: {classes[most]} is {count[most] / count[least]:.1f} times as frequent"
                f" as {classes[least]}."
            )
    rows: list[list[Cell]] = []
    for label, name in enumerate(classes if counts else ()):
        cells: list[Cell] = [name]
        for count in counts.values():
            cells += [int(count[label]), float(count[label] / count.sum())]
        rows.append(cells)
    return Table(f"{faces.dataset.name}: how even the classes are", columns, rows, notes)


def _suggestions_table(audit: Audit, kind: str) -> Table:
    """For each class how many labels are doubted, and which class is suggested most often."""
    faces = audit.faces
    suggested: dict[str, Counter[str]] = {name: Counter() for name in faces.dataset.classes}
    for one in audit.of_kind(kind):
        suggested[faces.label(one.face)][one.suggested] += 1
    rows: list[list[Cell]] = []
    for label, name in enumerate(faces.dataset.classes):
        count, total = suggested[name].total(), int((faces.labels == label).sum())
        if count:
            most, often = suggested[name].most_common(1)[0]
            rows.append([name, total, count, count / total, most, often])
    columns = [Column("label"), Column("faces"), Column("of these")]
    columns += [Column("share %", digits=1, percent=True)]
    columns += [Column("most often for"), Column("so many times")]
    return Table(f"{faces.dataset.name}: {kind}s", columns, rows, [f"{kind}: {KINDS[kind]}."])
