"""Run folders: written, read, found; and refused when damaged."""

import dataclasses
import io
import threading

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.predictions import Predictions, headline
from zoo.runs import Run, create_run, damaged_runs, find_run, finished_runs, list_runs
from zoo.weights import shipped_runs

RECIPE = 'architecture = "cpcpcpfff"\nepochs = 3\n'


@pytest.fixture
def predictions():
    return Predictions(
        split="validation",
        classes=("happy", "sad", "neutral"),
        fingerprint="f" * 64,
        ids=np.array(["a.csv:2", "a.csv:3", "b/ü.png", "a.csv:5"]),
        labels=np.array([0, 2, 1, 1]),
        probabilities=np.array(
            [[0.5, 0.25, 0.25], [0, 0, 1], [0.1, 0.7, 0.2], [1, 0, 0]], np.float32
        ),
    )


def written(predictions, path, **changes):
    """An .npz like `predictions`, with some of its arrays replaced or, if None, left out."""
    arrays = {
        "split": np.array(predictions.split),
        "classes": np.array(predictions.classes),
        "fingerprint": np.array(predictions.fingerprint),
        "ids": predictions.ids,
        "labels": predictions.labels,
        "probabilities": predictions.probabilities,
    }
    arrays = {key: value for key, value in (arrays | changes).items() if value is not None}
    np.savez_compressed(path, **arrays)
    return path


def test_predictions_come_back_as_they_were_written(predictions, tmp_path):
    predictions.write(tmp_path / "a.npz")
    back = Predictions.read(tmp_path / "a.npz")
    assert back.same_faces(predictions)
    assert back.probabilities.dtype == np.float32
    assert back.labels.dtype == np.int64
    np.testing.assert_array_equal(back.probabilities, predictions.probabilities)


def test_averaged_views_are_saved_as_such_in_a_file_of_their_own(predictions, tmp_path):
    run = create_run(tmp_path, "vgg16", 0, RECIPE, {})
    path = run.predictions_file("test", "flip")
    assert path == run.folder / "predictions" / "test-flip.npz"
    dataclasses.replace(predictions, tta="flip").write(path)
    assert run.predictions("test", "flip").tta == "flip"
    predictions.write(run.predictions_file("test"))
    assert run.predictions("test").tta == "none"


def test_predictions_from_before_views_were_averaged_are_of_single_views(predictions, tmp_path):
    assert Predictions.read(written(predictions, tmp_path / "a.npz")).tta == "none"


def test_faces_that_also_stand_in_train_are_saved_and_can_be_left_out(predictions, tmp_path):
    seen = dataclasses.replace(predictions, seen=np.array([True, False, False, True]))
    seen.write(tmp_path / "a.npz")
    back = Predictions.read(tmp_path / "a.npz")
    assert back.seen.dtype == np.bool_
    assert back.seen.tolist() == [True, False, False, True]
    assert back.unseen.ids.tolist() == ["a.csv:3", "b/ü.png"]
    assert back.unseen.labels.tolist() == [2, 1]
    np.testing.assert_array_equal(back.unseen.probabilities, predictions.probabilities[1:3])
    assert headline(back.unseen) == {
        "n": 2, "top1": 1.0, "log_loss": pytest.approx(-np.log(0.7) / 2),
    }  # fmt: skip


def test_where_no_face_is_left_or_none_is_known_there_are_no_numbers(predictions, tmp_path):
    assert Predictions.read(written(predictions, tmp_path / "old.npz")).seen is None
    assert headline(predictions.unseen) is None
    assert dataclasses.replace(predictions, seen=np.ones(4, bool)).unseen is None


def test_ids_held_as_objects_are_written_as_text(predictions, tmp_path):
    objects = dataclasses.replace(predictions, ids=predictions.ids.astype(object))
    objects.write(tmp_path / "a.npz")
    assert Predictions.read(tmp_path / "a.npz").same_faces(predictions)


def test_predictions_speak_of_other_faces_when_anything_about_the_faces_differs(predictions):
    assert predictions.same_faces(
        dataclasses.replace(predictions, probabilities=np.zeros((4, 3), np.float32))
    )
    for change in (
        {"split": "test"},
        {"classes": ("happy", "neutral", "sad")},
        {"fingerprint": "e" * 64},
        {"ids": predictions.ids[::-1]},
        {"labels": predictions.labels[::-1]},
    ):
        assert not predictions.same_faces(dataclasses.replace(predictions, **change))


def test_missing_predictions_say_how_to_get_them(tmp_path):
    with pytest.raises(ZooError, match="zoo evaluate"):
        Predictions.read(tmp_path / "test.npz")


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": None},
        {"labels": np.array([0, 2, 1])},
        {"labels": np.array([0, 3, 1, 1])},
        {"labels": np.array([0, -1, 1, 1])},
        {"labels": np.array([0.0, 2.0, 1.0, 1.0])},
        {"labels": np.array(1)},
        {"ids": np.array(["a", "b", "c"])},
        {"classes": np.array("happy")},
        {"classes": np.array(["happy", "sad"])},
        {"probabilities": np.full((4, 3), np.nan)},
        {"probabilities": np.full((4, 3), 0.5)},
        {"probabilities": np.tile([1.5, -0.5, 0.0], (4, 1))},
        {"probabilities": np.ones((4, 3), np.int64)},
        {"tta": np.array("ten-crop")},
        {"seen": np.array([True, False, True])},
        {"seen": np.array([1, 0, 0, 1])},
        {"seen": np.array(True)},
    ],
    ids=str,
)
def test_arrays_that_are_no_predictions_are_refused(predictions, tmp_path, changes):
    path = written(predictions, tmp_path / "a.npz", **changes)
    with pytest.raises(ZooError, match=r"a\.npz: damaged predictions"):
        Predictions.read(path)


def test_a_pickled_array_is_refused_and_not_run(predictions, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("the pickle was run",))

    path = written(predictions, tmp_path / "a.npz", ids=np.array([Bomb()] * 4, dtype=object))
    with pytest.raises(ZooError, match="damaged"):
        Predictions.read(path)


def test_files_of_another_kind_are_refused(tmp_path):
    array = io.BytesIO()
    np.save(array, np.zeros(3))
    for content in (b"", b"text", b"\x80\x04N.", array.getvalue(), b"PK\x03\x04"):
        (tmp_path / "a.npz").write_bytes(content)
        with pytest.raises(ZooError, match="damaged"):
            Predictions.read(tmp_path / "a.npz")
    (tmp_path / "b.npz").mkdir()
    with pytest.raises(ZooError, match="damaged"):
        Predictions.read(tmp_path / "b.npz")


def test_a_file_cut_or_changed_anywhere_is_refused_or_still_right(predictions, tmp_path):
    predictions.write(tmp_path / "whole.npz")
    whole = (tmp_path / "whole.npz").read_bytes()
    path, refused = tmp_path / "a.npz", 0
    for place in range(0, len(whole), 13):
        changed = bytearray(whole)
        changed[place] ^= 0xFF
        for content in (bytes(changed), whole[:place]):
            path.write_bytes(content)
            try:
                back = Predictions.read(path)
            except ZooError:
                refused += 1
            else:  # a flag or a time stamp of the archive
                np.testing.assert_array_equal(back.probabilities, predictions.probabilities)
    assert refused > len(whole) / 13


def test_a_new_run_reads_back_unfinished(tmp_path):
    run = create_run(tmp_path, "cpcpcpfff", 7, RECIPE, {"precision": "float32"})
    assert run.folder.parent == tmp_path / "cpcpcpfff"
    assert "-s7-" in run.id
    assert run.recipe == {"architecture": "cpcpcpfff", "epochs": 3}
    assert run.environment == {"precision": "float32"}
    assert not run.finished
    with pytest.raises(ZooError, match=f"zoo train --resume {run.id}"):
        _ = run.metrics


def test_finishing_a_run_writes_its_metrics(tmp_path):
    run = create_run(tmp_path, "cpcpcpfff", 0, RECIPE, {})
    run.finish({"epochs": 1})
    assert run.metrics == {"epochs": 1}
    run.finish({"epochs": 2})
    assert run.finished
    assert run.metrics == Run(run.folder).metrics == {"epochs": 2}


@pytest.mark.parametrize(
    ("architecture", "init", "said"),
    [
        ("vgg16", "imagenet", ""),
        ("vgg16", "none", "from scratch"),
        ("cpcpcpfff", "none", ""),
        ("cpcpcpfff", "imagenet", "from ImageNet"),
        ("vgg16", "20261120-204512-s0-3f9a", "from 20261120-204512-s0-3f9a"),
        ("cpcpcpfff", "cpcpcpfff/20261120-204512-s0-3f9a", "from 20261120-204512-s0-3f9a"),
        ("cpcpcpfff", "runs/cpcpcpfff/20261120-s0-3f9a/best.weights.h5", "from 20261120-s0-3f9a"),
        ("cpcpcpfff", "given/cpcpcpfff-2026/weights.safetensors", "from cpcpcpfff-2026"),
        ("vgg16", "five_layer/shipped", "from five_layer/shipped"),
        ("vgg16", "downloads/vgg16_notop.h5", "from vgg16_notop.h5"),
        ("another", "none", ""),
    ],
)
def test_a_run_says_what_it_started_from_where_it_is_not_the_usual(
    tmp_path, architecture, init, said
):
    recipe = f'architecture = "{architecture}"\ninit = "{init}"\n'
    run = create_run(tmp_path, architecture, 0, recipe, {})
    run.finish({"init": init})
    assert run.start == said


def test_shipped_weights_say_it_in_the_words_of_their_architecture(package):
    (shipped,) = (run for run in shipped_runs() if run.architecture == "mobilenet_v2")
    assert shipped.recipe["init"] == "mobilenet_v2_1.0_notop.weights.h5"
    assert shipped.start == "from ImageNet in 8 bits"


def test_trainings_that_start_at_once_get_a_folder_each(tmp_path):
    runs = []
    threads = [
        threading.Thread(target=lambda: runs.append(create_run(tmp_path, "a", 0, RECIPE, {})))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({run.folder for run in runs}) == 6
    assert {run.id for run in list_runs(tmp_path)} == {run.id for run in runs}


def test_runs_are_listed_by_architecture_and_half_written_ones_left_out(tmp_path):
    second = create_run(tmp_path, "vgg16", 0, RECIPE, {})
    first = create_run(tmp_path, "cpcpcpfff", 0, RECIPE, {})
    half = tmp_path / "vgg16" / ".1a2b.tmp.20261120-204512-s0-3f9a"
    half.mkdir()
    (half / "recipe.toml").write_text(RECIPE)
    assert [run.id for run in list_runs(tmp_path)] == [first.id, second.id]
    assert list_runs(tmp_path / "nowhere") == []


def test_a_run_is_found_by_its_id_by_architecture_and_id_and_by_its_folder(tmp_path):
    run = create_run(tmp_path, "vgg16", 0, RECIPE, {})
    create_run(tmp_path, "vgg16", 1, RECIPE, {})
    for name in (run.id, f"vgg16/{run.id}", str(run.folder), f"{run.folder}/"):
        found = find_run(tmp_path, name)
        assert found is not None
        assert found.folder.samefile(run.folder)
    assert find_run(tmp_path, "vgg16") is None
    assert find_run(tmp_path, f"five_layer/{run.id}") is None


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[1]"])
def test_a_damaged_json_is_refused_by_name(tmp_path, content):
    run = create_run(tmp_path, "vgg16", 0, RECIPE, {})
    (run.folder / "metrics.json").write_bytes(content)
    with pytest.raises(ZooError, match=r"metrics\.json: damaged"):
        _ = run.metrics


@pytest.mark.parametrize("content", [b"a = = 1", b"\xff", b"epochs = 3"])
def test_a_damaged_recipe_is_refused_by_name(tmp_path, content):
    run = create_run(tmp_path, "vgg16", 0, RECIPE, {})
    (run.folder / "recipe.toml").write_bytes(content)
    with pytest.raises(ZooError, match=r"recipe\.toml: damaged"):
        _ = run.architecture


def test_a_folder_without_a_recipe_is_not_a_run(tmp_path):
    with pytest.raises(ZooError, match="not a run"):
        _ = Run(tmp_path).recipe
    with pytest.raises(ZooError, match="not a run"):
        _ = Run(tmp_path).environment


RECORDED = {
    "dataset": "here", "fingerprint": "f" * 64, "classes": ["happy", "sad"], "limit": None,
    "validation": {"n": 40, "top1": 1, "log_loss": 0.5},
}  # fmt: skip
"""What the first versions of the zoo recorded, too."""


def test_a_run_of_an_older_version_is_whole(tmp_path):
    run = create_run(tmp_path, "cpcpcpfff", 0, RECIPE, {})
    run.finish(RECORDED)
    assert run.fault is None
    assert finished_runs(tmp_path) == [run]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("validation", None, "'validation'"),
        ("validation", {"n": 40}, "'validation.top1'"),
        ("validation", {"n": 40, "top1": "high", "log_loss": 0.5}, "'validation.top1'"),
        ("classes", "happy", "'classes'"),
        ("classes", [1, 2], "'classes.0'"),
        ("limit", "all", "'limit'"),
        ("dataset", 7, "'dataset'"),
    ],
)
def test_a_run_whose_metrics_are_of_another_kind_is_left_out_and_named(tmp_path, key, value, said):
    run = create_run(tmp_path, "cpcpcpfff", 0, RECIPE, {})
    run.finish(RECORDED | {key: value})
    assert finished_runs(tmp_path) == []
    (fault,) = damaged_runs(tmp_path)
    assert fault.startswith(f"{run.folder / 'metrics.json'}: damaged ({said}: ")
    assert fault.endswith(": train anew")
    assert fault.isprintable()
