"""A whole audit, over faults that were planted."""

import csv
import io
from collections import Counter

import numpy as np
import pytest

from zoo.data.audit import KINDS, audit, audit_tables, choices_in, exclusions, findings_csv
from zoo.errors import ZooError


@pytest.fixture(scope="module")
def faulty(drawn, dataset_of):
    """400 training faces with copies, contradictions, blank images and swapped labels."""
    faces, labels = drawn[0].copy(), drawn[1].copy()
    faces[390:395] = 0
    faces[395] = np.random.default_rng(0).integers(100, 103, (48, 48))
    faces[396, :, :] = 255
    faces[396, 10:20, 5:43] = 0  # a black bar on white
    faces[380:385] = faces[0:5]  # copies within train, of another label
    labels[380:385] = (labels[0:5] + 1) % 7
    faces[400:410] = faces[10:20]  # copies in validation, of the same label
    labels[400:410] = labels[10:20]
    return audit(
        dataset_of(train=(faces[:400], labels[:400]), validation=(faces[400:], labels[400:]))
    )


def faces_of(found, *kinds):
    return [finding.face for finding in found.of_kind(*kinds)]


def test_copies_contradictions_and_empty_images_are_what_was_planted(faulty):
    exact = {*range(5), *range(380, 385), *range(10, 20), *range(400, 410), *range(390, 395)}
    assert set(faces_of(faulty, "exact copy")) == exact
    assert faces_of(faulty, "near copy", "mirrored copy") == []
    contradicting = set(faces_of(faulty, "contradicting label")) - set(range(390, 395))
    assert contradicting == {*range(5), *range(380, 385)}
    assert faces_of(faulty, "blank") == list(range(390, 396))
    assert faces_of(faulty, "nearly faceless") == [396]


def test_swapped_labels_are_doubted_far_more_often_than_right_ones(drawn, dataset_of):
    faces, labels = drawn
    swapped = labels.copy()
    swapped[:60] = (swapped[:60] + 3) % 7
    found = audit(dataset_of(train=(faces, swapped)))
    rows = np.array(faces_of(found, "doubted label"))
    assert (rows < 60).sum() >= 10
    assert (rows < 60).mean() > 4 * 60 / 600
    suggested = [one.suggested for one in found.of_kind("doubted label") if one.face < 60]
    right = [found.faces.dataset.classes[labels[row]] for row in rows[rows < 60]]
    assert np.mean([one == other for one, other in zip(suggested, right, strict=True)]) > 0.6


def test_the_csv_has_a_line_per_finding(faulty):
    rows = list(csv.DictReader(io.StringIO(findings_csv(faulty.faces, faulty.findings))))
    assert list(rows[0]) == ["id", "split", "label", "finding", "detail", "group"]
    assert len(rows) == len(faulty.findings)
    assert Counter(row["finding"] for row in rows) == Counter(
        finding.kind for finding in faulty.findings
    )
    first = rows[0]
    assert (first["id"], first["split"], first["group"]) == ("train 0", "train", "0")
    assert first["detail"] == "of train 380 (train)"
    blank = next(row for row in rows if row["finding"] == "blank")
    assert (blank["id"], blank["detail"]) == ("train 390", "one grey level")


def test_findings_come_kind_by_kind(faulty):
    order = [list(KINDS).index(finding.kind) for finding in faulty.findings]
    assert order == sorted(order)


def test_tables_count_by_split(faulty):
    findings, shared, balance, *_ = audit_tables(faulty)
    counts = {row[0]: row[1:4] for row in findings.rows}
    assert counts["exact copy"] == [25, 10, 35]
    assert counts["blank"] == [6, 0, 6]
    assert "outvoted label" not in counts
    assert [row[:4] for row in shared.rows] == [
        ["train", "train", 15, 15],
        ["train", "validation", 10, 10],
        ["validation", "train", 10, 10],
        ["validation", "validation", 0, 0],
    ]
    assert sum(row[1] for row in balance.rows) == 400
    assert "times as frequent" in balance.notes[0]


def test_by_default_leaks_contradictions_and_blank_images_are_left_out(faulty):
    chosen = exclusions(faulty)
    out = {face: why for (split, face), why in chosen.reasons.items() if split == "train"}
    leaks = {f"train {row}" for row in range(10, 20)}
    assert {face for face, why in out.items() if "copy of a validation" in why} == leaks
    assert {f"train {row}" for row in (*range(5), *range(380, 385), *range(390, 396))} <= set(out)
    assert len(out) == len(chosen) == 26


def test_one_may_choose_what_is_left_out(faulty):
    assert len(exclusions(faulty, choices_in("leaks"))) == 10
    assert len(exclusions(faulty, choices_in("blank, faceless"))) == 7
    repeats = exclusions(faulty, ["repeats"])
    assert {face for _, face in repeats.reasons} == {
        f"train {row}" for row in (*range(380, 385), *range(391, 395))
    }
    with pytest.raises(ZooError, match="unknown kind of exclusion 'blanc': did you mean blank"):
        choices_in("leaks,blanc")


def test_without_a_classifier_no_label_is_doubted(faulty):
    found = audit(faulty.faces.dataset, labels=False)
    assert "doubted label" not in found.looked_for
    assert found.of_kind("doubted label") == []
    assert len(found.of_kind("exact copy")) == 35


def test_votes_are_held_against_labels(drawn, dataset_of):
    faces, labels = (part[:20] for part in drawn)
    soft = np.eye(7, dtype=np.float32)[labels]
    soft[4] = np.eye(7)[(labels[4] + 2) % 7]
    (found,) = audit(dataset_of(train=(faces, labels, soft))).of_kind("outvoted label")
    assert found.face == 4
    assert "100% of the votes, its label 0%" in found.detail


def test_faces_without_labels_are_looked_at_for_copies_alone(drawn, dataset_of):
    faces, labels = drawn
    found = audit(dataset_of(train=(faces[:40], labels[:40]), unlabelled=(faces[[3, 50]], None)))
    assert faces_of(found, "exact copy") == [3, 40]
    assert found.of_kind("contradicting label") == []
    only = audit(dataset_of(unlabelled=(faces[:5], None)))
    assert only.remarks == ("labels were not doubted: there are fewer than two classes",)
    assert [table.title for table in audit_tables(only)] == [
        "made-up: what was found in 5 faces",
        "made-up: copies within and across splits",
    ]


@pytest.mark.parametrize("labels", [False, True])
def test_progress_grows_face_by_face_and_ends_where_it_said(drawn, dataset_of, labels):
    heard = []
    audit(
        dataset_of(train=drawn),
        labels=labels,
        progress=lambda done, total: heard.append((done, total)),
    )
    assert heard[-1] == (600, 600)
    assert {total for _, total in heard} == {600}
    done = [one for one, _ in heard]
    assert done == sorted(done)
    assert len(set(done)) > (10 if labels else 2)
