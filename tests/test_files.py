"""What is written is whole, or the old one stands."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.files import new_folder, open_npz, refuse_existing, replacing, write_json, write_text

FULL = Path("/dev/full")


def test_a_new_file_replaces_the_old_one(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    write_text(tmp_path / "a.txt", "néw")
    assert (tmp_path / "a.txt").read_bytes() == "néw".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_arrays_that_would_fill_the_memory_are_not_read(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "zeros.npz", zeros=np.zeros(100_000))
    with open_npz(tmp_path / "zeros.npz") as arrays:
        assert arrays["zeros"].shape == (100_000,)
    monkeypatch.setattr("zoo.files.MOST_ARRAY_BYTES", 100_000)
    with pytest.raises(ValueError, match="unpacks to more than"):
        open_npz(tmp_path / "zeros.npz").__enter__()


def test_the_temporary_name_keeps_the_suffixes_that_writers_read(tmp_path):
    with replacing(tmp_path / "best.weights.h5") as temporary:
        assert temporary.name.endswith(".weights.h5")
        assert temporary.parent == tmp_path
        temporary.touch()


def test_a_failing_writer_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_writer_killed_half_way_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    code = (
        "import os, pathlib, sys; from zoo.files import replacing\n"
        "with replacing(pathlib.Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half'); os._exit(9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert killed.returncode == 9
    assert path.read_text() == "old"


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_a_full_disk_is_told_in_one_line_and_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write():
        with replacing(path) as temporary:
            temporary.symlink_to(FULL)  # the kernel itself answers "no space left"
            temporary.write_text("new")

    with pytest.raises(ZooError, match=r"a\.txt: the disk is full") as told:
        write()
    assert "\n" not in str(told.value)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_no_part_of_a_folder(tmp_path):
    def fill():
        with new_folder(tmp_path / "run") as temporary:
            (temporary / "a").write_text("a")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ZooError, match="run: the disk is full"):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ZooError, match=r"file/a\.txt: cannot be written"):
        write_text(tmp_path / "file" / "a.txt", "text")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ZooError, match="folder: cannot be written"):
        write_text(tmp_path / "folder", "text")


def test_an_error_about_another_file_is_not_blamed_on_the_output(tmp_path):
    def read_within():
        with replacing(tmp_path / "out") as temporary:
            temporary.write_text((tmp_path / "source.csv").read_text())

    with pytest.raises(FileNotFoundError):
        read_within()


def test_a_new_folder_appears_only_when_it_is_full(tmp_path):
    with new_folder(tmp_path / "runs" / "a") as temporary:
        (temporary / "x").write_text("x")
        assert not (tmp_path / "runs" / "a").exists()
    assert (tmp_path / "runs" / "a" / "x").read_text() == "x"
    assert os.listdir(tmp_path / "runs") == ["a"]


def test_an_existing_folder_is_refused_before_any_work(tmp_path):
    with pytest.raises(ZooError, match="exists already"), new_folder(tmp_path):
        pytest.fail("the block must not run")


@pytest.mark.parametrize("content", ["early", None])
def test_of_two_that_make_the_same_folder_the_first_wins(tmp_path, content):
    path = tmp_path / "a"

    def race():
        with new_folder(path) as late:
            (late / "x").write_text("late")
            with new_folder(path) as early:
                if content:
                    (early / "x").write_text(content)

    with pytest.raises(ZooError, match="a exists already"):
        race()
    assert [one.read_text() for one in path.iterdir()] == ([content] if content else [])
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_appears_at_the_last_moment_is_kept(tmp_path, monkeypatch):
    path = tmp_path / "a"
    rename = os.rename

    def late_rename(source, target):
        target.mkdir()
        (target / "x").write_text("other")
        rename(source, target)

    monkeypatch.setattr(os, "rename", late_rename)
    with pytest.raises(ZooError, match="a exists already"), new_folder(path):
        pass
    assert (path / "x").read_text() == "other"


def test_json_keeps_its_order_and_its_letters(tmp_path):
    write_json(tmp_path / "a.json", {"b": "ü", "a": 1})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n  "b": "ü",\n  "a": 1\n}\n'


def test_an_existing_output_is_refused_unless_it_may_be_overwritten(tmp_path):
    refuse_existing(tmp_path / "a", overwrite=False)
    (tmp_path / "a").touch()
    refuse_existing(tmp_path / "a", overwrite=True)
    with pytest.raises(ZooError, match="--overwrite"):
        refuse_existing(tmp_path / "a", overwrite=False)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_no_json_is_written_that_others_cannot_read(tmp_path, number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"r2": number})
    assert list(tmp_path.iterdir()) == []
