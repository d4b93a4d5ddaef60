"""What an audit says of a face: one line per face and kind of finding, as csv has it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.data.audit.faces import AuditedFaces

EXACT = "exact copy"
NEAR = "near copy"
MIRRORED = "mirrored copy"
CONTRADICTING = "contradicting label"
BLANK = "blank"
FACELESS = "nearly faceless"
DOUBTED = "doubted label"
OUTVOTED = "outvoted label"

KINDS = {
    EXACT: "the same pixels as another face",
    NEAR: "nearly so: compressed again, shifted by a pixel, brightened, cropped otherwise",
    MIRRORED: "nearly another face's mirror image",
    CONTRADICTING: "a copy with another label exists",
    BLANK: "contrast below 5 grey levels",
    FACELESS: "few grey levels, and no face found",
    DOUBTED: "a small network that has not seen it is surer of another class by 0.5 or more",
    OUTVOTED: "more than half of the annotators say another class",
}
"""Every kind of finding, and what it means; a copy is of the first of three kinds that fits."""

COPIES = (EXACT, NEAR, MIRRORED)


@dataclass(frozen=True)
class Finding:
    """What was found of one face.

    Attributes:
        face: its position among the audited faces.
        kind: one of `KINDS`.
        detail: the particulars, in words.
        group: the number of its group of copies; None where it has no copy.
        suggested: the class it may be of instead, where its label is doubted or outvoted.
    """

    face: int
    kind: str
    detail: str
    group: int | None
    suggested: str = ""


def findings_csv(faces: AuditedFaces, findings: Sequence[Finding]) -> str:
    """The findings with columns ``id, split, label, finding, detail, group``, in their order."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "split", "label", "finding", "detail", "group"])
    for one in findings:
        face = one.face
        place = [faces.ids[face], faces.splits[face], faces.label(face)]
        writer.writerow([*place, one.kind, one.detail, "" if one.group is None else one.group])
    return text.getvalue()
