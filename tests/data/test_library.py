"""The library: names for data sets, one import at a time, and nothing half done."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up import Row, noise, row

from zoo.data import description, library
from zoo.data.dataset import Dataset
from zoo.data.settings import ImportSettings
from zoo.errors import ZooError
from zoo.home import data_folder

WriteCsv = Callable[..., Path]


@pytest.fixture
def source(rows: list[Row], write_csv: WriteCsv) -> Path:
    return write_csv(rows)


def caches() -> list[str]:
    return sorted(path.name for path in (data_folder() / "cache").glob("*"))


def grow(path: Path) -> None:
    with path.open("a") as file:
        file.write(",".join(row(noise(1, seed=9)[0])) + "\n")


def python(code: str, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


ADD = """
import sys
from pathlib import Path
from zoo.data import library
try:
    print(library.add(sys.argv[1], Path(sys.argv[2])).fingerprint)
except library.ZooError as error:
    print("refused:", error)
"""


def test_what_was_added_can_be_opened_and_listed(source: Path) -> None:
    added = library.add("faces", source)
    opened = library.open_dataset("faces")
    assert opened.fingerprint == added.fingerprint
    assert opened.name == "faces"
    assert opened.facts["source"] == str(source)
    for name, split in added.splits.items():
        assert np.array_equal(opened.splits[name].faces, split.faces)
        assert np.array_equal(opened.splits[name].ids, split.ids)
    (entry,) = library.list_datasets()
    assert (entry.name, entry.fingerprint) == ("faces", added.fingerprint)
    assert entry.facts["faces"] == {"train": 4, "validation": 4, "test": 4}
    table = description.list_table()
    assert list(table.rows[0])[:7] == ["faces", 4, 4, 4, 7, 48, "grey"]


def test_the_fingerprint_is_of_content_and_settings_not_of_place(
    source: Path, tmp_path: Path
) -> None:
    first = library.add("first", source)
    moved = library.add("moved", shutil.copy(source, tmp_path / "other.csv"))
    colour = library.add("colour", source, ImportSettings(colour="rgb"))
    assert moved.fingerprint == first.fingerprint
    assert np.array_equal(moved.splits["test"].ids, first.splits["test"].ids)
    assert colour.fingerprint != first.fingerprint
    assert caches() == sorted({first.fingerprint, colour.fingerprint})


def test_an_existing_name_is_refused_until_told_to_overwrite(source: Path) -> None:
    first = library.add("faces", source)
    with pytest.raises(ZooError, match="'faces' exists, added .* pass --overwrite"):
        library.add("faces", source)
    grow(source)
    with pytest.raises(ZooError, match=r"fer2013\.csv, which has changed since: pass --overwr"):
        library.add("faces", source)
    second = library.add("faces", source, overwrite=True)
    assert second.fingerprint != first.fingerprint
    assert caches() == [second.fingerprint]


def test_a_failed_overwrite_leaves_what_was_there(source: Path, tmp_path: Path) -> None:
    first = library.add("faces", source)
    bad = tmp_path / "bad.csv"
    bad.write_text("emotion,pixels,Usage\n0,1 2 3,Training\n")
    with pytest.raises(ZooError, match="3 pixels"):
        library.add("faces", bad, overwrite=True)
    assert library.open_dataset("faces").fingerprint == first.fingerprint


def test_a_source_that_changed_or_went_does_no_harm(source: Path) -> None:
    dataset = library.add("faces", source)
    usual = description.remarks(dataset)
    grow(source)
    assert len(library.open_dataset("faces").splits["train"]) == 4
    (remark,) = set(description.remarks(dataset)) - set(usual)
    assert "has changed since it was added" in remark
    assert remark in description.list_table().notes
    source.unlink()
    assert len(library.open_dataset("faces").splits["train"]) == 4
    assert description.remarks(dataset) == usual


def test_a_source_that_changes_during_the_import_is_refused(source: Path) -> None:
    def change(done: int, total: int) -> None:
        os.utime(source, (1, 1))

    with pytest.raises(ZooError, match="changed while it was read"):
        library.add("faces", source, progress=change)
    assert library.list_datasets() == []
    assert caches() == []


@pytest.mark.parametrize("name", ["", "Faces", "a b", "../x", ".x", "-x", "a/b", "drawn", "é"])
def test_what_cannot_be_a_name_is_refused(source: Path, name: str) -> None:
    with pytest.raises(ZooError, match="name"):
        library.add(name, source)


def test_an_unknown_name_gives_the_nearest_and_the_way_to_add_it(source: Path) -> None:
    library.add("fer2013", source)
    with pytest.raises(ZooError, match="did you mean fer2013.*; zoo data add fer2012 PATH"):
        library.open_dataset("fer2012")
    with pytest.raises(ZooError, match="unknown data set"):
        library.remove("fer2012")


def test_the_default_is_the_only_data_set(source: Path) -> None:
    with pytest.raises(ZooError, match="zoo data add NAME PATH .*--data drawn"):
        library.default_dataset()
    library.add("one", source)
    assert library.default_dataset() == "one"
    library.add("two", source)
    with pytest.raises(ZooError, match="--data: one, two or drawn"):
        library.default_dataset()


def test_removing_keeps_the_source_and_a_cache_that_is_still_named(source: Path) -> None:
    dataset = library.add("one", source)
    library.add("two", source)
    library.remove("one")
    assert library.open_dataset("two").fingerprint == dataset.fingerprint
    library.remove("two")
    assert caches() == []
    assert source.exists()
    with pytest.raises(ZooError, match="built in"):
        library.remove("drawn")


def test_a_damaged_entry_is_refused_with_the_way_out(source: Path) -> None:
    library.add("faces", source)
    for content in ("", "{", "[]", "{}", json.dumps({"name": "faces"})):
        (data_folder() / "faces.json").write_text(content)
        with pytest.raises(ZooError, match=r"faces\.json: damaged .* zoo data remove faces"):
            library.open_dataset("faces")
    library.remove("faces")
    assert library.list_datasets() == []
    library.add("faces", source)


def test_a_damaged_entry_does_not_hide_the_others(source: Path) -> None:
    library.add("faces", source)
    library.add("other", source)
    whole = json.loads((data_folder() / "faces.json").read_text())
    damaged = {**whole, "facts": {**whole["facts"], "faces": []}}
    for content in ("{", json.dumps(damaged), json.dumps({**whole, "source": 5})):
        (data_folder() / "faces.json").write_text(content)
        table = description.list_table()
        assert [cells[0] for cells in table.rows] == ["other"]
        (note,) = [note for note in table.notes if "damaged" in note]
        assert str(data_folder() / "faces.json") in note
        assert "zoo data remove faces" in note
        with pytest.raises(ZooError, match="damaged"):
            library.list_datasets()


def test_rows_that_were_skipped_once_are_still_refused_without_being_told(
    rows: list[Row], write_csv: WriteCsv
) -> None:
    bad = write_csv([*rows[:5], ("9", *rows[0][1:]), ("0", "1 2 3", "Training"), *rows[5:]])
    skipped = library.add("lenient", bad, ImportSettings(skip_bad_rows=True))
    with pytest.raises(ZooError, match=r"line 7: label '9'.* or pass --skip-bad-rows"):
        library.add("strict", bad)
    assert [entry.name for entry in library.list_datasets()] == ["lenient"]
    assert (
        library.add("again", bad, ImportSettings(skip_bad_rows=True)).fingerprint
        == skipped.fingerprint
    )


def test_two_imports_at_once_of_one_content_both_finish(source: Path) -> None:
    jobs = [python(ADD, name, source) for name in ("one", "two")]
    printed = [job.communicate(timeout=60) for job in jobs]
    assert [error for _, error in printed] == ["", ""]
    assert {out.strip() for out, _ in printed} == set(caches())
    assert [entry.name for entry in library.list_datasets()] == ["one", "two"]


def test_two_imports_at_once_of_one_name_give_it_once(source: Path) -> None:
    jobs = [python(ADD, "faces", source) for _ in range(2)]
    printed = sorted(job.communicate(timeout=60)[0].strip() for job in jobs)
    assert printed[0] == library.open_dataset("faces").fingerprint
    assert printed[1].startswith("refused: data set 'faces' exists")


def test_a_killed_import_leaves_no_name_and_the_next_one_works(source: Path) -> None:
    killed = python(
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from zoo.data import library\n"
        "def kill(done, total): os.kill(os.getpid(), signal.SIGKILL)\n"
        "library.add('faces', Path(sys.argv[1]), progress=kill)\n",
        source,
    )
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert library.list_datasets() == []
    assert all(name.startswith(".") for name in caches())
    dataset = library.add("faces", source)
    assert caches() == [dataset.fingerprint]


def test_a_home_that_cannot_be_written_is_refused(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "file"))
    with pytest.raises(ZooError, match=r"cannot be written .*\$ZOO_HOME"):
        library.add("faces", source)


def test_readings_of_the_test_split_are_counted_and_survive_a_new_name(source: Path) -> None:
    dataset = library.add("one", source)
    assert dataset.facts["content"] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert library.test_readings(dataset) == 0
    library.log_test_reading(dataset, "vgg16", ["20261120-204512"])
    log = data_folder() / "test-log" / f"{dataset.facts['content']}.jsonl"
    with log.open("a") as file:
        file.write('{"time": "2026-')  # a writer that was killed
    other = library.add("two", source)
    library.log_test_reading(other, "ensemble", ["20261120-204512", "20261120-210000"])
    library.remove("one")
    library.remove("two")
    first, *_, last = map(str, log.read_text().splitlines())
    assert (json.loads(first)["model"], json.loads(first)["runs"]) == (
        "vgg16",
        ["20261120-204512"],
    )
    assert json.loads(last)["runs"] == ["20261120-204512", "20261120-210000"]
    assert library.test_readings(library.add("three", source)) == 3


@pytest.mark.parametrize("settings", [{"size": 24}, {"colour": "rgb"}, {"seed": 1}])
def test_other_settings_do_not_restart_the_count_and_another_content_does(
    write_images: Callable[..., Path], settings: dict[str, Any]
) -> None:
    folder = write_images({"train/a": 9, "train/b": 9, "test/a": 1, "test/b": 1})
    library.log_test_reading(library.add("plain", folder), "vgg16", ["a"])
    other = library.add("other", folder, ImportSettings(**settings))
    assert other.fingerprint != library.open_dataset("plain").fingerprint
    assert library.test_readings(other) == 1
    (folder / "test/a/0.png").rename(folder / "test/a/9.png")
    assert library.test_readings(library.add("renamed", folder)) == 0


def test_readings_of_faces_without_a_source_are_counted_by_fingerprint() -> None:
    drawn, other = (Dataset("drawn", ("a", "b"), {}, fingerprint) for fingerprint in "12")
    library.log_test_reading(drawn, "vgg16", ["a"])
    assert library.test_readings(drawn) == 1
    assert library.test_readings(other) == 0


def test_the_drawn_faces_are_always_there() -> None:
    assert library.open_dataset("drawn").classes[0] == "angry"


def test_data_sets_need_neither_keras_nor_tensorflow() -> None:
    job = python(
        "import sys\n"
        "from zoo.data import library, images, readers, cache\n"
        "from zoo.figures import data\n"
        "print({'keras', 'tensorflow', 'torch', 'jax'} & {m.split('.')[0] for m in sys.modules})"
    )
    assert job.communicate(timeout=60)[0].strip() == "set()"


def test_listing_data_sets_decodes_nothing() -> None:
    job = python(
        "import sys\n"
        "from zoo.data import entries\n"
        "entries.list_datasets(), entries.readable_entries()\n"
        "print({'numpy', 'PIL', 'cv2'} & {m.split('.')[0] for m in sys.modules})"
    )
    assert job.communicate(timeout=60)[0].strip() == "set()"
