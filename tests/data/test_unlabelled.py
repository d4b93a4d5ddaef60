"""Faces without labels: kept like any others, for prediction and nothing else."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from made_up import noise

from zoo.data import cache, description, library, readers
from zoo.data.dataset import UNLABELLED
from zoo.data.readings import test_readings as count_readings
from zoo.data.settings import DEFAULTS
from zoo.data.source import Batch, Part
from zoo.errors import ZooError


@dataclass
class MadeUpSource:
    """Batches as a source; the path is a file that stands for them."""

    path: object
    all_batches: list = field(default_factory=list)
    classes: tuple = ()
    reader: str = "made up"
    kind: str = "a made-up file"
    face_shape: tuple = (48, 48, 1)
    expected_faces: int = 10
    facts: dict = field(default_factory=dict)
    strict: bool = False
    elsewhere: tuple = ()

    def content_hash(self, progress=None):
        return "0" * 64

    def parts(self):
        return (Part(batch, 0, 1, 1) for batch in self.all_batches)

    @property
    def decoder(self):
        return self

    def decode(self, batch, skipped):
        return [batch]

    def check(self, trained, skipped):
        pass


@pytest.fixture
def add_batches(tmp_path, monkeypatch):
    """Add a data set of made-up batches, through a reader that knows them."""

    def add(name, batches, classes=()):
        (tmp_path / "made-up").write_text("made up")

        class Reader:
            EXPECTED = "a made-up file"
            TAKES = frozenset()
            recognise = staticmethod(lambda path: path.read_bytes() == b"made up")
            open_source = staticmethod(lambda path, settings: MadeUpSource(path, batches, classes))

        monkeypatch.setattr(readers, "READERS", (Reader, *readers.READERS))
        return library.add(name, tmp_path / "made-up", DEFAULTS)

    return add


def unlabelled(count=5, first=0, **columns):
    ids = [f"row {i}" for i in range(first, first + count)]
    return Batch(UNLABELLED, noise(count)[..., None], [], ids, columns=columns)


def test_faces_without_labels_are_kept_in_a_split_of_their_own(add_batches):
    add_batches("kaggle", [unlabelled(age=np.arange(5)), unlabelled(3, 5, age=np.arange(3))])
    dataset = library.open_dataset("kaggle")
    assert list(dataset.splits) == ["unlabelled"]
    split = dataset.split("unlabelled")
    assert not split.labelled
    assert len(split) == len(split.ids) == 8
    assert split.labels.shape == (0,)
    assert split.columns["age"].tolist() == [0, 1, 2, 3, 4, 0, 1, 2]
    assert split.columns["brightness"][0] == pytest.approx(noise(5)[0].mean())
    assert dataset.classes == ()


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_they_are_neither_trained_on_nor_evaluated(add_batches, split):
    dataset = add_batches("kaggle", [unlabelled()])
    with pytest.raises(ZooError, match=f"has no {split} split: its faces have no labels and can"):
        dataset.split(split)


def test_every_command_that_needs_labels_refuses_them_in_one_line(
    small_zoo, zoo_command, add_batches
):
    dataset = add_batches("kaggle", [unlabelled()])
    run = next((small_zoo / "runs/cpcpcpfff").iterdir()).name
    for command in (
        ("train", "cpcpcpfff"),
        ("evaluate", "cpcpcpfff"),
        ("evaluate", run, "--split", "test"),
        ("compare",),
        ("compare", run),
        ("ensemble", "evaluate", "--members", "cpcpcpfff,handcrafted_fcn"),
        ("explain", "--model", run, "--index", "0"),
    ):
        result = zoo_command(*command, "--data", "kaggle")
        assert result.exit_code == 2
        assert "'kaggle' has no" in result.output
        assert "have no labels and can only be predicted" in result.output
        assert len(result.output.strip().splitlines()) == 1
    assert count_readings(dataset) == 0


def test_they_are_described_with_counts_columns_and_a_sheet(add_batches, tmp_path, zoo_command):
    dataset = add_batches("kaggle", [unlabelled(subject=np.array(["a", "b", "b", "", "c"]))])
    assert description.remarks(dataset) == [
        "no labels: its faces can be predicted, not trained on or evaluated"
    ]
    counts, columns = description.description_tables(dataset)
    assert [list(row) for row in counts.rows] == [["all", 5, 5, 1.0]]
    assert list(columns.rows[0]) == ["subject (text)", None, None, None, 3, 1]
    table = description.list_table()
    headings = [column.heading for column in table.columns]
    assert dict(zip(headings, table.rows[0], strict=True))["unlabelled"] == 5


def test_labelled_faces_may_stand_beside_them(add_batches, tmp_path):
    labelled = Batch(
        "train", noise(4, 1)[..., None], [0, 1, 1, 1], [f"face {i}" for i in range(4)]
    )
    dataset = add_batches("both", [unlabelled(), labelled], ("happy", "sad"))
    assert list(dataset.splits) == ["train", "unlabelled"]
    assert dataset.split("train").labels.tolist() == [0, 1, 1, 1]
    counts, _ = description.description_tables(dataset)
    assert [list(row) for row in counts.rows] == [
        ["happy", 1, None, 1, 0.25], ["sad", 3, None, 3, 0.75], ["all", 4, 5, 9, 1.0],
    ]  # fmt: skip
    assert "the classes' shares are of the 4 faces with labels" in counts.notes


def test_a_label_file_for_faces_without_labels_is_damage(add_batches):
    dataset = add_batches("kaggle", [unlabelled()])
    labels = cache.cache_folder(dataset.fingerprint) / "labels-unlabelled.npy"
    np.save(labels, np.zeros(5, np.int64))
    with pytest.raises(ZooError, match=r"damaged \(labels-unlabelled\.npy"):
        library.open_dataset("kaggle")


def test_columns_that_change_between_batches_are_a_readers_fault(add_batches):
    with pytest.raises(ValueError, match="columns"):
        add_batches("kaggle", [unlabelled(age=np.arange(5)), unlabelled()])
    assert library.list_datasets() == []
