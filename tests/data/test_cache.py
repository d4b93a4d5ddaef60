"""The cache: quick to open, never half written, never silently wrong."""

import errno
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from made_up import Row

from zoo.data import cache, description, importing, library
from zoo.data.dataset import Dataset
from zoo.errors import ZooError
from zoo.home import data_folder


@pytest.fixture
def dataset(rows: list[Row], write_csv: Callable[..., Path]) -> Dataset:
    return library.add("faces", write_csv(rows))


def caches() -> list[str]:
    return sorted(path.name for path in (data_folder() / "cache").glob("*"))


def test_faces_are_read_only_memory_maps(dataset: Dataset) -> None:
    for split in library.open_dataset("faces").splits.values():
        assert isinstance(split.faces, np.memmap)
        assert not split.faces.flags.writeable


def test_any_tool_can_read_the_files(dataset: Dataset) -> None:
    folder = cache.cache_folder(dataset.fingerprint)
    for name, split in dataset.splits.items():
        assert np.array_equal(np.load(folder / f"faces-{name}.npy"), split.faces)


def test_opening_takes_no_time(dataset: Dataset) -> None:
    start = time.perf_counter()
    library.open_dataset("faces")
    assert time.perf_counter() - start < 0.2


def damages() -> dict[str, Callable[[Path], object]]:
    def rewrite(name: str, array: np.ndarray) -> Callable[[Path], object]:
        return lambda folder: np.save(folder / name, array)

    def cut(name: str) -> Callable[[Path], object]:
        return lambda folder: os.truncate(folder / name, (folder / name).stat().st_size - 9)

    def meta(**changes: object) -> Callable[[Path], object]:
        def change(folder: Path) -> None:
            content = json.loads((folder / "meta.json").read_text())
            (folder / "meta.json").write_text(json.dumps({**content, **changes}))

        return change

    return {
        "folder gone": shutil.rmtree,
        "faces gone": lambda folder: (folder / "faces-train.npy").unlink(),
        "faces cut": cut("faces-train.npy"),
        "faces empty": lambda folder: os.truncate(folder / "faces-test.npy", 0),
        "faces of another shape": rewrite("faces-train.npy", np.zeros((4, 9, 9, 1), np.uint8)),
        "faces of another type": rewrite("faces-train.npy", np.zeros((4, 48, 48, 1), np.float32)),
        "labels cut": cut("labels-train.npy"),
        "labels too few": rewrite("labels-train.npy", np.zeros(3, np.int64)),
        "labels out of range": rewrite("labels-train.npy", np.full(4, 7)),
        "ids gone": lambda folder: (folder / "ids-test.npy").unlink(),
        "ids too few": rewrite("ids-test.npy", np.array(["a"])),
        "meta.json gone": lambda folder: (folder / "meta.json").unlink(),
        "meta.json cut": cut("meta.json"),
        "meta.json a list": lambda folder: (folder / "meta.json").write_text("[]"),
        "meta.json without splits": meta(splits=None),
        "meta.json without columns": meta(columns=None),
        "a column gone": lambda folder: (folder / "column-0-train.npy").unlink(),
        "a column cut": cut("column-2-test.npy"),
        "a column too short": rewrite("column-1-train.npy", np.zeros(3)),
        "a column of another type": rewrite("column-1-train.npy", np.zeros(4, np.int64)),
        "a column of objects": lambda folder: np.save(
            folder / "column-0-train.npy", np.array([None] * 4), allow_pickle=True
        ),
    }


@pytest.mark.parametrize("name", list(damages()))
def test_a_damaged_cache_is_refused_with_the_way_out_and_mends(
    dataset: Dataset, name: str, tmp_path: Path
) -> None:
    folder = cache.cache_folder(dataset.fingerprint)
    damages()[name](folder)
    with pytest.raises(ZooError) as refusal:
        library.open_dataset("faces")
    message = str(refusal.value)
    assert message.startswith(f"{folder}: the cache of data set 'faces' is damaged (")
    assert "zoo data remove faces, then add it again" in message
    assert "\n" not in message

    library.remove("faces")
    mended = library.add("faces", tmp_path / "fer2013.csv")
    assert mended.fingerprint == dataset.fingerprint
    assert len(mended.splits["train"]) == 4


@pytest.mark.parametrize("version", [1, cache.VERSION + 1])
def test_a_cache_of_another_version_is_refused_until_it_is_added_again(
    dataset: Dataset, version: int, tmp_path: Path
) -> None:
    meta = cache.cache_folder(dataset.fingerprint) / "meta.json"
    meta.write_text(json.dumps({**json.loads(meta.read_text()), "version": version}))
    with pytest.raises(ZooError, match=f"is of version {version}, this zoo reads 2: zoo data rem"):
        library.open_dataset("faces")
    again = library.add("faces", tmp_path / "fer2013.csv", overwrite=True)
    assert again.fingerprint == dataset.fingerprint
    assert library.open_dataset("faces").splits


def test_the_entry_of_an_older_zoo_is_listed_and_its_cache_refused(
    dataset: Dataset, zoo_command: Callable[..., Result]
) -> None:
    entry = data_folder() / "faces.json"
    content = json.loads(entry.read_text())
    del content["settings"]
    entry.write_text(json.dumps({**content, "votes": ""}))
    meta = cache.cache_folder(dataset.fingerprint) / "meta.json"
    meta.write_text(json.dumps({**json.loads(meta.read_text()), "version": 1}))
    assert description.list_table().rows[0][0] == "faces"
    told = zoo_command("data", "describe", "faces")
    assert told.exit_code != 0
    assert "then add it again" in told.output


def test_a_full_disk_leaves_nothing_behind(
    rows: list[Row], write_csv: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for place, name in ((os, "fsync"), (np, "save"), (importing, "write_json")):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, full)
            with pytest.raises(ZooError, match="disk is full"):
                library.add("faces", write_csv(rows))
        assert library.list_datasets() == []
        assert caches() == []
    assert len(library.add("faces", write_csv(rows)).splits) == 3


def test_a_disk_that_is_evidently_too_small_is_refused_first(
    rows: list[Row], write_csv: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(ZooError, match="MB free, the faces need"):
        library.add("faces", write_csv(rows))
    assert caches() == []
