"""The transfer study: its data, its trainings from both starts, its report."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from zoo.data.drawn import drawn_dataset
from zoo.errors import ZooError
from zoo.files import write_json
from zoo.runs import Run, list_runs
from zoo.training.recipes import load_recipe

PAGE = """before
<!-- tables: benchmarks/transfer.py, backbone -->
<!-- end of tables -->
between
<!-- tables: benchmarks/transfer.py, drawn -->
<!-- end of tables -->
after
"""


@pytest.fixture(scope="module")
def drawn_part(benchmark):
    return benchmark("transfer_drawn")


@pytest.fixture(scope="module")
def backbone_part(benchmark):
    return benchmark("transfer_backbone")


@pytest.fixture
def small(small_zoo, drawn_part, backbone_part, monkeypatch):
    """Both parts with the smallest network, one epoch, a few drawn faces; gives the zoo's home."""
    faces = drawn_dataset(train=28, validation=14, test=0)
    monkeypatch.setattr(drawn_part, "drawn_dataset", lambda: faces)
    study = drawn_part.Study(
        "cpcpcpfff", labelled=(7,), seeds=(0,), epochs=1, shown=14, settings={"batch_size": 7}
    )
    monkeypatch.setattr(drawn_part, "STUDY", study)
    monkeypatch.setattr(
        backbone_part, "STUDY", backbone_part.Study("cpcpcpfff", epochs=1, epoch_seconds=1)
    )
    return small_zoo


def test_each_labelled_face_is_shown_equally_often_and_the_classes_keep_their_shares(drawn_part):
    drawn = drawn_dataset(train=70, validation=14, test=7)
    few = drawn_part.labelled_faces(drawn, 14, seed=3, shown=42)
    train = few.split("train")
    ids, times = np.unique(train.ids, return_counts=True)
    assert len(train) == 42
    assert len(ids) == 14
    assert set(times) == {3}
    assert set(np.bincount(train.labels)) == {6}
    places = [list(drawn.split("train").ids).index(one) for one in train.ids]
    np.testing.assert_array_equal(train.faces, drawn.split("train").faces[places])
    assert set(few.splits) == {"train", "validation"}


def test_other_faces_are_another_data_set(drawn_part):
    drawn = drawn_dataset(train=70, validation=14, test=7)
    fingerprints = {
        drawn_part.labelled_faces(drawn, count, seed, 28).fingerprint
        for count, seed in ((7, 0), (14, 0), (7, 1))
    }
    assert len(fingerprints | {drawn.fingerprint}) == 4


def test_every_number_of_labelled_faces_divides_what_an_epoch_shows(drawn_part):
    study = drawn_part.STUDY
    assert [study.shown % count for count in study.labelled] == [0] * len(study.labelled)
    assert study.shown % study.settings["batch_size"] == 0


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "transfer.md"
    path.write_text(PAGE)
    return path


def test_the_backbone_is_trained_once_from_both_starts(small, run_script, capsys, tmp_path, page):
    runs, weights = tmp_path / "study", tmp_path / "weights.h5"
    best = next(run for run in list_runs(small / "runs") if run.architecture == "cpcpcpfff")
    shutil.copy(best.weights_file, weights)
    options = ("--runs", runs, "--data", "tiny", "--only", "backbone", "--imagenet", weights)
    for left in (2, 0):
        run_script("transfer", *options)
        assert capsys.readouterr().out.startswith(f"{left} of 2 trainings left")

    run_script("transfer", "--runs", runs, "--report", page)
    text = page.read_text()
    assert "**cpcpcpfff: validation, n = 70; 1 epochs of 140 faces, seed 0**" in text
    assert text.index("| from ImageNet |") < text.index("| from scratch |")
    assert "](images/transfer-backbone.png)" in text
    assert (tmp_path / "images" / "transfer-backbone.png").is_file()
    assert text.endswith(PAGE.partition("between")[2])


def test_drawn_faces_are_trained_on_once_from_both_starts(
    small, run_script, capsys, tmp_path, page
):
    runs = tmp_path / "study"
    options = ("--runs", runs, "--only", "drawn", "--init", "cpcpcpfff")
    for left in (2, 0):
        run_script("transfer", *options)
        assert capsys.readouterr().out.startswith(f"{left} of 2 trainings left")

    run_script("transfer", "--runs", runs, "--only", "drawn", "--report", page)
    text = page.read_text()
    assert text.startswith(PAGE.partition("between")[0])
    assert "**cpcpcpfff on drawn faces, n = 14; 1 seeds**" in text
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
    assert [row[0] for row in rows[2:]] == ["| 0", "| 7"]
    reached = {rows[3][1], rows[3][3]}
    histories = [(run.folder / "history.csv").read_text() for run in list_runs(runs)]
    last = {float(history.splitlines()[-1].split(",")[4]) for history in histories}
    assert reached == {f"{100 * accuracy:.1f}" for accuracy in last}
    assert (tmp_path / "images" / "transfer-drawn.png").is_file()


def test_trainings_from_scratch_and_from_weights_differ_in_nothing_else(drawn_part):
    study = replace(drawn_part.STUDY, labelled=(50,), seeds=(0,))
    drawn = drawn_dataset(train=2000, validation=7, test=0)
    (transferred, one), (scratch, other) = drawn_part.trials(study, drawn, "run", "sha").values()
    assert transferred.recipe.model_copy(update={"init": "none"}) == scratch.recipe
    assert (transferred.init_sha256, scratch.init_sha256) == ("sha", None)
    assert one is other
    assert scratch.recipe.ema == 0


def test_the_accuracy_is_that_of_the_last_epoch(drawn_part, tmp_path):
    (tmp_path / "history.csv").write_text("epoch,val_accuracy\n1,0.9\n2,0.7\n")
    assert drawn_part.last_accuracy(Run(tmp_path)) == 0.7


def test_a_row_holds_means_over_seeds_and_paired_gains(drawn_part):
    reached = {
        "from FER2013": {50: {0: 0.5, 1: 0.7}, 100: {0: 0.8}},
        "from scratch": {50: {0: 0.3, 1: 0.2}},
    }
    table = drawn_part.table_of(reached, 0.25, "title")
    assert table.rows[0][:3] == (0, 0.25, None)
    assert table.rows[1] == (
        50, pytest.approx(0.6), "50.0 to 70.0", pytest.approx(0.25), "20.0 to 30.0",
        pytest.approx(0.35), "+20.0 to +50.0",
    )  # fmt: skip
    assert table.rows[2] == (100, pytest.approx(0.8), "80.0 to 80.0", None, None, None, None)


def test_weights_of_another_network_are_refused(small, drawn_part, tmp_path):
    with pytest.raises(ZooError, match="--init handcrafted_fcn: expected a run of cpcpcpfff"):
        drawn_part.work(drawn_part.STUDY, "handcrafted_fcn", tmp_path)


def test_other_weights_need_another_folder(small, drawn_part, tmp_path):
    write_json(tmp_path / "untrained.json", {"init_sha256": "a", "top1": 0.5, "n": 14})
    with pytest.raises(ZooError, match="holds trainings from other weights"):
        drawn_part.work(drawn_part.STUDY, "cpcpcpfff", tmp_path)


@pytest.fixture
def briefly(backbone_part):
    """The study, of two epochs."""
    return backbone_part.Study(epochs=2)


@pytest.fixture
def pair(finished_run, tmp_path):
    """Two runs that differ in their start alone, and what makes more of them."""

    def make(init, **settings):
        recipe = load_recipe(
            "mobilenet_v2", overrides={"init": init, "epochs": 2, "seed": 0, **settings}
        )
        return finished_run(tmp_path, recipe, [1, 0])

    return make("file.h5"), make("none"), make


def test_the_pair_is_found_whatever_order_it_is_named_in(backbone_part, briefly, pair, tmp_path):
    transferred, scratch, _ = pair
    for names in (None, [scratch.id, transferred.id], [str(scratch.folder), transferred.id]):
        assert backbone_part.find_pair(briefly, tmp_path, names) == (
            transferred, scratch,
        )  # fmt: skip


def test_runs_of_other_budgets_are_no_pair(backbone_part, briefly, pair, tmp_path):
    transferred, scratch, make = pair
    longer = make("file.h5", epochs=3)
    with pytest.raises(ZooError, match="expected two finished runs of one architecture"):
        backbone_part.find_pair(briefly, tmp_path, [scratch.id, longer.id])
    make("none", epochs=3)
    assert backbone_part.find_pair(briefly, tmp_path, None) == (transferred, scratch)
    make("none")
    with pytest.raises(ZooError, match="several pairs"):
        backbone_part.find_pair(briefly, tmp_path, None)


@pytest.mark.parametrize(
    ("settings", "is_pair"),
    [
        ({"augmentation.zoom": 0.3}, False),
        ({"label_smoothing": 0.3}, False),
        ({"optimizer.weight_decay": 0.3}, False),
        ({"phases": [], "optimizer.learning_rate": 0.002}, True),
    ],
)
def test_a_pair_differs_in_its_start_and_how_that_learns_alone(
    backbone_part, briefly, pair, tmp_path, settings, is_pair
):
    transferred, _, make = pair
    other = make("none", **settings)
    names = [transferred.id, other.id]
    if is_pair:
        expected = (transferred, other)
        assert backbone_part.find_pair(briefly, tmp_path, names) == expected
        return
    with pytest.raises(ZooError, match="but for init, optimizer.learning_rate, phases"):
        backbone_part.find_pair(briefly, tmp_path, names)


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        (("--report",), "no finished run of this study"),
        (("--only", "drawn"), "--init MODEL: name a run of"),
        (("--only", "backbone", "--data", "drawn"), "--imagenet FILE: no such file"),
    ],
    ids=str,
)
def test_what_is_missing_is_said_in_one_line(run_script, tmp_path, monkeypatch, options, refusal):
    faces = drawn_dataset(train=7, validation=7, test=0)
    monkeypatch.setattr("zoo.data.library.open_dataset", lambda name: faces)
    with pytest.raises(SystemExit) as stop:
        run_script("transfer", "--runs", tmp_path / "study", *options)
    assert refusal in str(stop.value)
    assert "\n" not in str(stop.value)
