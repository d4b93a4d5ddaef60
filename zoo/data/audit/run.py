"""An audit from beginning to end: every face looked at, every finding collected."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.audit.copies import Copies, find_copies
from zoo.data.audit.cross_validation import calibrated, folds_of, out_of_fold
from zoo.data.audit.emptiness import (
    BLANK_CONTRAST,
    PLAIN_ENTROPY,
    entropies,
    finds_face,
)
from zoo.data.audit.faces import NO_LABEL, AuditedFaces
from zoo.data.audit.findings import (
    BLANK,
    CONTRADICTING,
    DOUBTED,
    EXACT,
    FACELESS,
    KINDS,
    MIRRORED,
    NEAR,
    OUTVOTED,
    Finding,
)
from zoo.data.audit.label_noise import doubted, outvoted
from zoo.data.audit.perceptual_hash import perceptual_hashes
from zoo.data.audit.texture import RandomWaves, gradient_histograms
from zoo.data.columns import CONTRAST, measured
from zoo.data.hashes import face_hashes
from zoo.data.progress import part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoo.data.dataset import Dataset
    from zoo.data.source import Progress


@dataclass(frozen=True)
class Audit:
    """What was found in a data set.

    Attributes:
        faces: the faces that were looked at.
        copies: which of them are copies of each other.
        findings: what was found, by kind in the order of `KINDS`; within a kind the faces of a
            group stand together, and the most doubtful labels first.
        looked_for: the kinds that were looked for, in the order of `KINDS`.
        remarks: why some were not.
    """

    faces: AuditedFaces
    copies: Copies
    findings: tuple[Finding, ...]
    looked_for: tuple[str, ...]
    remarks: tuple[str, ...]

    def of_kind(self, *kinds: str) -> list[Finding]:
        """The findings of some kinds, in their order."""
        return [finding for finding in self.findings if finding.kind in kinds]


@dataclass(frozen=True)
class _Looks:
    """Of each of N faces what a single look at its pixels gives."""

    perceptual_hashes: np.ndarray
    contrasts: np.ndarray
    entropies: np.ndarray
    gradients: np.ndarray | None

    @property
    def blank(self) -> np.ndarray:
        return self.contrasts < BLANK_CONTRAST


def audit(dataset: Dataset, *, labels: bool = True, progress: Progress | None = None) -> Audit:
    """Look for copies, contradictions, images without a face, and labels that are doubtful.

    Every split is looked at, test too; no model is measured on it.

    Args:
        dataset: what to audit.
        labels: whether to cross-validate a classifier that doubts labels, half of the work.
        progress: called with the share of the work that is done, in faces, and their number.
    """
    faces = AuditedFaces(dataset)
    obstacle = _no_classifier(faces) if labels else ""
    of_looks, of_copies, of_labels = (part(_in_faces(progress, faces), k, 3) for k in (1, 2, 3))
    looks = _measure(faces, of_looks, gradients=labels and not obstacle)
    exact = np.concatenate([face_hashes(split.faces) for split in dataset.splits.values()])
    copies = find_copies(faces, exact, looks.perceptual_hashes, looks.blank, of_copies)
    findings = [
        *_copies(faces, copies),
        *_contradictions(faces, copies),
        *_empty(faces, copies, looks),
    ]
    absent = set()
    if looks.gradients is not None:
        findings += _doubted(faces, copies, looks.gradients, of_labels)
    else:
        absent.add(DOUBTED)
    if any(split.soft_labels is not None for split in dataset.splits.values()):
        findings += _outvoted(faces, copies)
    else:
        absent.add(OUTVOTED)
    if of_labels:
        of_labels(1, 1)
    order = list(KINDS)
    findings.sort(key=lambda finding: order.index(finding.kind))
    looked_for = tuple(kind for kind in KINDS if kind not in absent)
    return Audit(faces, copies, tuple(findings), looked_for, (obstacle,) if obstacle else ())


def _in_faces(progress: Progress | None, faces: AuditedFaces) -> Progress | None:
    """What tells each share of the work as so many of the faces."""
    if progress is None:
        return None
    return lambda done, total: progress(len(faces) * done // max(1, total), len(faces))


def _no_classifier(faces: AuditedFaces) -> str:
    """Why labels cannot be doubted; empty where they can."""
    there = np.unique(faces.labels[faces.labels != NO_LABEL])
    return "" if len(there) > 1 else "labels were not doubted: there are fewer than two classes"


def _measure(faces: AuditedFaces, progress: Progress | None, *, gradients: bool) -> _Looks:
    """Look at the pixels of every face once."""
    found = []
    for positions, pixels in faces.blocks():
        found.append(
            (
                perceptual_hashes(pixels),
                measured(pixels[..., np.newaxis])[CONTRAST],
                entropies(pixels),
                gradient_histograms(pixels) if gradients else pixels[:0],
            )
        )
        if progress:
            progress(int(positions[-1]) + 1, len(faces))
    hashes, contrast, entropy, gradient = (
        np.concatenate(parts) for parts in zip(*found, strict=True)
    )
    return _Looks(hashes, contrast, entropy, gradient if gradients else None)


def _finding(face: int, kind: str, detail: str, copies: Copies, suggested: str = "") -> Finding:
    group = int(copies.groups[face])
    return Finding(int(face), kind, detail, group if group >= 0 else None, suggested)


def _copies(faces: AuditedFaces, copies: Copies) -> Iterator[Finding]:
    """One finding per face that has a copy: the copy that is most like it."""
    best: dict[int, tuple[str, int, float]] = {}
    for kind, pairs in ((EXACT, copies.exact), (NEAR, copies.near), (MIRRORED, copies.mirrored)):
        for place in np.argsort(-pairs.likeness, kind="stable"):
            first, second = pairs.faces[place].tolist()
            best.setdefault(first, (kind, second, float(pairs.likeness[place])))
            best.setdefault(second, (kind, first, float(pairs.likeness[place])))
    for face in np.concatenate([np.empty(0, np.int64), *copies.members]):
        kind, other, likeness = best[int(face)]
        alike = "" if kind == EXACT else f", likeness {likeness:.2f}"
        yield _finding(face, kind, f"of {faces.where(other)}{alike}", copies)


def _contradictions(faces: AuditedFaces, copies: Copies) -> Iterator[Finding]:
    """One finding per face of a group in which there are several labels."""
    for members in copies.members:
        labelled = members[faces.labels[members] != NO_LABEL]
        counts = Counter(faces.label(face) for face in labelled)
        if len(counts) > 1:
            among = ", ".join(f"{count} {label}" for label, count in counts.most_common())
            for face in labelled:
                yield _finding(face, CONTRADICTING, f"its copies: {among}", copies)


def _empty(faces: AuditedFaces, copies: Copies, looks: _Looks) -> Iterator[Finding]:
    for face in np.flatnonzero(looks.blank).tolist():
        contrast = looks.contrasts[face]
        detail = f"contrast {contrast:.1f}" if contrast else "one grey level"
        yield _finding(face, BLANK, detail, copies)
    plain = np.flatnonzero((looks.entropies < PLAIN_ENTROPY) & ~looks.blank)
    for some, pixels in faces.blocks(plain):
        for face, image in zip(some.tolist(), pixels, strict=True):
            if not finds_face(image):
                detail = f"grey levels of {looks.entropies[face]:.1f} bits, no face found"
                yield _finding(face, FACELESS, detail, copies)


def _doubted(
    faces: AuditedFaces, copies: Copies, gradients: np.ndarray, progress: Progress | None
) -> Iterator[Finding]:
    labelled = np.flatnonzero(faces.labels != NO_LABEL)
    labels = faces.labels[labelled]
    waves = RandomWaves(gradients[labelled])
    logits = out_of_fold(
        lambda rows: waves(gradients[labelled[rows]]),
        labels,
        folds_of(copies.groups[labelled]),
        len(faces.dataset.classes),
        progress,
    )
    probabilities = calibrated(logits, labels)
    for row, other in zip(*doubted(probabilities, labels), strict=True):
        shares = probabilities[row, other], probabilities[row, labels[row]]
        name = faces.dataset.classes[other]
        detail = f"{name}: {shares[0]:.2f} probable, its label {shares[1]:.2f}"
        yield _finding(labelled[row], DOUBTED, detail, copies, name)


def _outvoted(faces: AuditedFaces, copies: Copies) -> Iterator[Finding]:
    start = 0
    for split in faces.dataset.splits.values():
        if split.soft_labels is not None:
            for row, other in zip(*outvoted(split.soft_labels, split.labels), strict=True):
                shares = split.soft_labels[row, other], split.soft_labels[row, split.labels[row]]
                name = faces.dataset.classes[other]
                detail = f"{name}: {shares[0]:.0%} of the votes, its label {shares[1]:.0%}"
                yield _finding(start + row, OUTVOTED, detail, copies, name)
        start += len(split)
