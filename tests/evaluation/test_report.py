"""Tables and files about one model."""

import csv
import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.evaluation.report import evaluation_tables, write_evaluation
from zoo.intervals import wilson
from zoo.metrics import compute_metrics
from zoo.predictions import headline


def notes(tables):
    return [note for table in tables for note in table.notes]


def test_the_summary_holds_every_number_with_its_split_and_n(predict):
    saved = predict()
    summary, _ = evaluation_tables(saved, "vgg16", chose="not known", test_readings=None)
    row = dict(zip([column.heading for column in summary.columns], summary.rows[0], strict=True))
    metrics = compute_metrics(saved.labels, saved.probabilities, saved.classes)
    assert summary.title == "vgg16 on validation, n = 60"
    assert (row["model"], row["split"], row["n"]) == ("vgg16", "validation", 60)
    assert row["top-1 accuracy %"] == np.mean(saved.probabilities.argmax(1) == saved.labels)
    assert row["95 % low"] < row["top-1 accuracy %"] < row["95 % high"]
    assert row["top-2 %"] == metrics.top2
    assert row["macro-F1 %"] == metrics.macro_f1
    assert row["log-loss"] == metrics.log_loss
    assert row["BinaryAccuracy %"] == metrics.binary_accuracy


def test_faces_that_do_not_also_stand_in_train_are_measured_beside_all(predict, third_seen):
    saved = third_seen(predict())
    summary, _ = evaluation_tables(saved, "vgg16", chose="not known", test_readings=None)
    headings = [column.heading for column in summary.columns]
    everything, unseen = (dict(zip(headings, row, strict=True)) for row in summary.rows)
    kept = np.arange(60) % 3 != 0
    metrics = compute_metrics(saved.labels[kept], saved.probabilities[kept], saved.classes)
    assert (everything["faces"], everything["n"]) == ("all", 60)
    assert (unseen["faces"], unseen["n"]) == ("not also in train", 40)
    assert unseen["top-1 accuracy %"] == metrics.top1
    right = round(metrics.top1 * 40)
    assert (unseen["95 % low"], unseen["95 % high"]) == wilson(right, 40)
    assert unseen["macro-F1 %"] == metrics.macro_f1
    assert unseen["log-loss"] == metrics.log_loss
    assert any(
        note.startswith("20 of the 60 validation faces also stand in train, pixel for pixel")
        for note in summary.notes
    )
    assert "| faces | all | not also in train |" in summary.markdown()


def test_where_nobody_knows_which_faces_stand_in_train_that_is_said(predict):
    summary, _ = evaluation_tables(predict(), "vgg16", chose="not known", test_readings=None)
    assert [row[0] for row in summary.rows] == ["all"]
    assert any("also stand in train is not known" in note for note in summary.notes)


def test_binary_accuracy_is_labelled_as_what_it_is_with_its_floor(predict):
    summary, _ = evaluation_tables(predict(), "vgg16", chose="not known", test_readings=None)
    assert any(
        "BinaryAccuracy(threshold 0.5) over 7 one-hot outputs is not an accuracy" in note
        and "6/7 = 85.71 %" in note
        for note in summary.notes
    )


def test_numbers_of_the_split_that_chose_the_epoch_say_so_on_every_table(predict):
    for table in evaluation_tables(predict(), "m", chose="epoch", test_readings=None):
        assert "validation chose this epoch: an optimistic number." in table.notes
    test = evaluation_tables(predict(split="test"), "m", chose="nothing", test_readings=None)
    assert not any("optimistic" in note for note in notes(test))


def test_numbers_on_another_data_set_say_that_its_faces_may_have_been_trained_on(predict):
    for table in evaluation_tables(predict(), "m", chose="not known", test_readings=None):
        assert not any("chose this epoch" in note for note in table.notes)
        assert any("among its training faces" in note for note in table.notes)


@pytest.mark.parametrize(("count", "words"), [(1, "read once"), (12, "read 12 times")])
def test_numbers_of_the_test_split_say_how_often_it_was_read(predict, count, words):
    test = predict(split="test")
    for table in evaluation_tables(test, "m", chose="nothing", test_readings=count):
        assert any(words in note for note in table.notes)
    validation = evaluation_tables(predict(), "m", chose="epoch", test_readings=count)
    assert not any("read" in note for note in notes(validation))


def test_a_class_without_faces_is_a_dash_in_the_table(predict):
    saved = predict()
    kept = saved.labels != 1
    few = type(saved)(
        saved.split, saved.classes, saved.fingerprint, saved.ids[kept], saved.labels[kept],
        saved.probabilities[kept],
    )  # fmt: skip
    summary, per_class = evaluation_tables(few, "m", chose="not known", test_readings=None)
    assert any("No validation face of disgust: macro-F1" in note for note in summary.notes)
    line = next(line for line in per_class.markdown().splitlines() if "disgust" in line)
    assert line.endswith("| – | – | 0 |")


def test_what_must_be_said_of_a_model_stands_in_every_title(predict, tmp_path):
    told = {"chose": "not known", "test_readings": None, "remarks": "from scratch"}
    for table in evaluation_tables(predict(), "vgg16", **told):
        assert table.title.startswith("vgg16, from scratch, on validation, n = 60")
    files = write_evaluation(tmp_path, predict(), "vgg16", **told)
    assert json.loads(files[0].read_text())["remarks"] == "from scratch"


def test_averaged_views_say_so_and_get_files_of_their_own(predict, tmp_path):
    told = {"chose": "epoch", "test_readings": None}
    flip = dataclasses.replace(predict(), tta="flip")
    for table in evaluation_tables(flip, "m (flip)", **told):
        assert any("each face and its mirror image" in note for note in table.notes)
    single = write_evaluation(tmp_path, predict(), "m", **told)
    files = write_evaluation(tmp_path, flip, "m (flip)", **told)
    assert [file.name for file in files] == [
        "validation-flip-metrics.json", "validation-flip-summary.csv",
        "validation-flip-per-class.csv", "validation-flip-confusion.png",
    ]  # fmt: skip
    assert json.loads(files[0].read_text())["tta"] == "flip"
    assert json.loads(single[0].read_text())["tta"] == "none"


def read_text(text):
    return list(csv.reader(text.splitlines()))


def read(path):
    return read_text(path.read_text())


def test_all_files_are_written_and_agree_with_the_tables(predict, third_seen, tmp_path):
    saved = third_seen(predict(split="test"))
    told = {"chose": "nothing", "test_readings": 3}
    files = write_evaluation(tmp_path / "evaluation", saved, "vgg16", **told)
    assert [file.name for file in files] == [
        "test-metrics.json", "test-summary.csv", "test-per-class.csv", "test-confusion.png",
    ]  # fmt: skip
    summary, per_class = evaluation_tables(saved, "vgg16", **told)
    content = json.loads(files[0].read_text())
    assert content["model"] == "vgg16"
    assert content["fingerprint"] == saved.fingerprint
    assert content["n"] == 60
    assert content["unseen"] == headline(saved.unseen)
    assert content["unseen"]["n"] == 40
    assert "read 3 times" in content["notes"][0]
    assert read(files[1])[0][: len(summary.columns)] == read_text(summary.csv())[0]
    assert [row[-2:] for row in read(files[1])] == [
        ["split chose", "test readings"], *[["nothing", "3"]] * len(summary.rows),
    ]  # fmt: skip
    rows = list(csv.reader(files[2].read_text().splitlines()))
    assert [row[0] for row in rows] == ["class", *saved.classes]
    assert [row[:-4] for row in rows] == read_text(per_class.csv())
    assert files[3].read_bytes().startswith(b"\x89PNG")


def test_existing_files_are_kept_unless_they_may_be_overwritten(predict, tmp_path):
    told = {"chose": "not known", "test_readings": None}
    (tmp_path / "validation-confusion.png").write_text("mine")
    with pytest.raises(ZooError, match="--overwrite"):
        write_evaluation(tmp_path, predict(), "m", **told)
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == [
        "validation-confusion.png"
    ]
    write_evaluation(tmp_path, predict(), "m", **told, overwrite=True)
    assert (tmp_path / "validation-confusion.png").read_bytes().startswith(b"\x89PNG")


def test_measuring_comparing_and_reporting_need_no_keras():
    code = (
        "import sys\n"
        "import zoo.ensemble, zoo.evaluation.report, zoo.evaluation.comparison\n"
        "import zoo.evaluation.ensembles, zoo.reports.page, zoo.reports.cards\n"
        "print([name for name in ('keras', 'tensorflow', 'jax') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
