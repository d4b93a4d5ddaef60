"""The leaderboard."""

import dataclasses

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.evaluation.comparison import comparison_table
from zoo.evaluation.entry import Entry, entry_of_run
from zoo.evaluation.paired import paired_tests
from zoo.evaluation.paired_matrix import paired_table
from zoo.evaluation.pictures import comparison_figure
from zoo.metrics import compute_metrics
from zoo.models.costs import Costs
from zoo.runs import create_run


@pytest.fixture
def entries(predict):
    return [
        Entry("weak", predict(1, skill=0.5), "r1", costs=Costs(parameters=10, train_seconds=90)),
        Entry("strong", predict(2, skill=3), "r2", costs=Costs(30, milliseconds_per_face=0.5)),
        Entry("middle", predict(3, skill=1.5), "r3", costs=Costs(parameters=20)),
    ]


def column(table, heading):
    index = [one.heading for one in table.columns].index(heading)
    return [row[index] for row in table.rows]


def test_the_best_stands_first_with_its_numbers(entries):
    table = comparison_table(entries, data_name="fer2013")
    assert table.title == "3 models on fer2013, validation, n = 60"
    assert column(table, "model") == ["strong", "middle", "weak"]
    for entry in entries:
        saved = entry.predictions
        metrics = compute_metrics(saved.labels, saved.probabilities, saved.classes)
        place = column(table, "model").index(entry.name)
        assert column(table, "top-1 accuracy %")[place] == metrics.top1
        assert column(table, "macro-F1 %")[place] == metrics.macro_f1
        assert column(table, "log-loss")[place] == metrics.log_loss
        assert column(table, "95 % low")[place] < metrics.top1 < column(table, "95 % high")[place]
    assert column(table, "parameters") == [30, 20, 10]
    assert column(table, "ms per face, batch 256") == [0.5, None, None]
    assert column(table, "training min") == [None, None, 1.5]
    assert column(table, "split") == ["validation"] * 3
    assert column(table, "n") == [60] * 3


def test_any_two_models_are_tested_on_the_same_faces(entries):
    table = paired_table(entries)
    assert [one.heading for one in table.columns] == [
        "top-1 less that of", "strong", "middle", "weak",
    ]  # fmt: skip
    assert [row[0] for row in table.rows] == ["strong", "middle", "weak"]
    right = {
        entry.name: entry.predictions.probabilities.argmax(1) == entry.predictions.labels
        for entry in entries
    }
    tests = {
        (test.first, test.second): test
        for test in paired_tests({name: right[name] for name in ("strong", "middle", "weak")})
    }
    test = tests["strong", "weak"]
    cell = table.rows[0][3]
    assert cell.startswith(f"{100 * (right['strong'].mean() - right['weak'].mean()):+.2f} (")
    wanted = f"p = {test.p_corrected:.3f}" if test.p_corrected >= 0.001 else "p < 0.001"
    assert cell.endswith(f"{wanted})")
    assert table.rows[1][1] is None
    assert table.rows[0][1] is None
    assert "Holm's correction for 3 pairs" in table.notes[-1]


def test_accuracy_on_faces_that_do_not_also_stand_in_train_has_a_column(entries, third_seen):
    # One that knows which faces these are knows it for all.
    middle = dataclasses.replace(entries[2], predictions=third_seen(entries[2].predictions))
    table = comparison_table([*entries[:2], middle])
    kept = np.arange(60) % 3 != 0
    expected = {
        entry.name: np.mean(
            entry.predictions.probabilities.argmax(1)[kept] == entry.predictions.labels[kept]
        )
        for entry in entries
    }
    names = column(table, "model")
    assert dict(zip(names, column(table, "unseen top-1 %"), strict=True)) == expected
    notes = "\n".join(table.notes)
    assert "20 of the 60 validation faces also stand in train, pixel for pixel" in notes
    assert "unseen top-1 %: on the 40 faces that do not." in notes


def test_where_nobody_knows_which_faces_stand_in_train_there_is_no_column(entries):
    table = comparison_table(entries)
    assert "unseen top-1 %" not in [one.heading for one in table.columns]
    assert any("also stand in train is not known" in note for note in table.notes)


@pytest.mark.parametrize(
    ("heading", "first"),
    [("accuracy", "strong"), ("log-loss", "strong"), ("parameters", "weak"), ("training", "weak")],
)
def test_it_sorts_by_any_column_best_first(entries, heading, first):
    assert column(comparison_table(entries).sorted_by(heading), "model")[0] == first


def test_validation_numbers_and_test_numbers_say_what_they_are(predict):
    validation = comparison_table([Entry("m", predict())])
    assert "validation chose each model's epoch: optimistic numbers." in validation.notes
    test = comparison_table([Entry("m", predict(split="test"))], test_readings=4)
    assert any("read 4 times" in note for note in test.notes)
    assert not any("chose" in note for note in test.notes)


def test_what_cannot_be_compared_as_it_stands_is_marked(entries):
    weak, strong, middle = entries
    table = comparison_table(
        [
            dataclasses.replace(weak, limit=2000, start="from scratch"),
            dataclasses.replace(strong, members=("a", "b")),
            dataclasses.replace(middle, start="from vgg16.h5"),
        ]
    )
    assert column(table, "remarks") == [
        "ensemble of 2",
        "from vgg16.h5",
        "2,000 training faces, from scratch",
    ]
    notes = "\n".join(table.notes)
    assert "weak r1: 2,000 training faces, from scratch." in notes
    assert "strong: ensemble of 2 (a, b)." in notes
    assert "trial" in notes
    assert "from scratch: without the pre-trained weights" in notes


def test_without_anything_to_remark_there_is_no_column_for_it(entries):
    assert "remarks" not in [one.heading for one in comparison_table(entries).columns]


def test_different_data_sets_and_splits_never_share_a_table(predict, entries):
    for other in (
        Entry("on test", predict(split="test")),
        Entry("on other data", predict(data="e")),
    ):
        with pytest.raises(ZooError, match=f"weak and {other.name} were not measured on the same"):
            comparison_table([entries[0], other])


def test_a_thousand_models_stand_in_one_table(predict):
    saved = [predict(seed, skill=seed / 10) for seed in range(20)]
    table = comparison_table([Entry(f"model {k}", saved[k % 20]) for k in range(1000)])
    accuracies = column(table, "top-1 accuracy %")
    assert len(accuracies) == 1000
    assert accuracies == sorted(accuracies, reverse=True)


def test_nothing_to_compare_is_refused():
    with pytest.raises(ZooError, match="zoo train"):
        comparison_table([])


def test_two_runs_of_one_architecture_are_told_apart(entries):
    twice = [entries[0], dataclasses.replace(entries[1], name="weak"), entries[2]]
    assert column(comparison_table(twice), "model") == ["weak r2", "middle", "weak r1"]
    assert comparison_table(twice).notes[-1] == "Runs: middle = r3."


def test_the_flip_of_one_run_is_not_taken_for_the_flip_of_its_architecture(entries):
    flipped = dataclasses.replace(entries[2].predictions, tta="flip")
    rows = [entries[0], dataclasses.replace(entries[2], name="weak (flip)", predictions=flipped)]
    assert column(comparison_table(rows), "model") == ["weak r3 (flip)", "weak r1"]


@pytest.mark.parametrize(
    ("recorded", "told"),
    [
        (
            {"precision": "float32", "backend": "jax", "machine": {"processor": "P", "cores": 2}},
            "P, 2 cores, float32, jax",
        ),
        ({"machine": {"processor": "P", "gpus": ["G", "G"]}}, "P, 2 GPUs"),
        ({"machine": "none"}, "a machine not recorded"),
        ("nowhere", "a machine not recorded"),
    ],
)
def test_where_milliseconds_were_measured_is_told_if_it_is_recorded(
    predict, tmp_path, recorded, told
):
    run = create_run(tmp_path, "vgg16", 0, 'architecture = "vgg16"\n', {})
    run.finish({"milliseconds_per_face": 0.25, "init": "none", "timed_on": recorded})
    assert entry_of_run(run, predict()).costs.timed_on == told


def test_a_finished_run_becomes_an_entry(predict, tmp_path):
    run = create_run(tmp_path, "vgg16", 0, 'architecture = "vgg16"\n', {})
    run.finish(
        {"parameters": 5, "multiply_adds": 9, "milliseconds_per_face": 0.25,
         "milliseconds_at_batch_1": 1.5, "train_seconds": 60.0, "limit": 2000, "init": "none"}
    )  # fmt: skip
    entry = entry_of_run(run, predict())
    assert (entry.name, entry.run) == ("vgg16", run.id)
    assert entry.costs == Costs(5, 9, None, 0.25, 1.5, 60.0, "a machine not recorded")
    run.weights_file.write_bytes(b"1234567")
    assert entry_of_run(run, predict()).costs.bytes == 7
    assert entry.remarks == "2,000 training faces, from scratch"
    unfinished = create_run(tmp_path, "vgg16", 1, 'architecture = "vgg16"\n', {})
    with pytest.raises(ZooError, match="has not finished"):
        entry_of_run(unfinished, predict())


def flipped(predictions, seed=9):
    """Made-up predictions of a face and its mirror image averaged."""
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(7), len(predictions))
    return dataclasses.replace(predictions, probabilities=probabilities, tta="flip")


def test_averaged_views_have_a_row_a_name_and_a_note_of_their_own(predict, tmp_path):
    recipe = 'architecture = "vgg16"\ninit = "imagenet"\n'
    run = create_run(tmp_path, "vgg16", 0, recipe, {})
    run.finish({"parameters": 5, "milliseconds_per_face": 0.25, "init": "imagenet"})
    entries = [entry_of_run(run, predict(skill=3)), entry_of_run(run, flipped(predict()))]
    table = comparison_table(entries)
    assert table.title == "1 model on data set dddddddd…, validation, n = 60"
    assert column(table, "model") == ["vgg16", "vgg16 (flip)"]
    assert column(table, "remarks") == ["", "two views averaged"]
    assert column(table, "ms per face, batch 256") == [0.25, 0.5]
    assert any("each face and its mirror image" in note for note in table.notes)
    assert not any("mirror" in note for note in comparison_table(entries[:1]).notes)
    picture = tmp_path / "comparison.svg"
    comparison_figure(entries, picture)
    assert "<!-- vgg16 (flip) -->" in picture.read_text()


def test_runs_of_one_architecture_keep_the_mark_of_averaged_views(predict):
    entries = [Entry("a (flip)", flipped(predict(), seed), run=f"r{seed}") for seed in (1, 2)]
    assert sorted(column(comparison_table(entries), "model")) == ["a r1 (flip)", "a r2 (flip)"]


def test_a_class_without_faces_is_named(predict):
    saved = predict()
    kept = (saved.labels != 1) & (saved.labels != 2)
    few = dataclasses.replace(
        saved, ids=saved.ids[kept], labels=saved.labels[kept],
        probabilities=saved.probabilities[kept],
    )  # fmt: skip
    (note,) = [note for note in comparison_table([Entry("m", few)]).notes if "No " in note]
    assert note == (
        "No validation face of disgust, fear: macro-F1 is the mean over the other 5 of the 7 "
        "classes."
    )
    assert not any("No " in note for note in comparison_table([Entry("m", saved)]).notes)


def test_the_picture_shows_every_model_best_on_top(entries, tmp_path):
    path = tmp_path / "comparison.svg"
    comparison_figure(entries, path, data_name="fer2013")
    picture = path.read_text()
    places = [picture.index(f"<!-- {name} -->") for name in ("strong", "middle", "weak")]
    assert places == sorted(places)
    majority = np.bincount(entries[0].predictions.labels).max() / 60
    for text in (
        "3 models on fer2013, validation, n = 60",
        f"most frequent class, {majority * 100:.1f} %",
        "chance, 14.3 %",
    ):
        assert f"<!-- {text} -->" in picture
