"""An import that was stopped goes on where it stopped, and gives what it would have given."""

import os
import shutil
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from made_up import USAGES, noise, row

from zoo.data import decoding, description, library
from zoo.data.cache import cache_folder
from zoo.data.decoding import StoppedImport
from zoo.data.readers import rows
from zoo.data.settings import DEFAULTS, ImportSettings
from zoo.data.source import Decoder, Part
from zoo.data.unfinished import unfinished_folder
from zoo.errors import ZooError
from zoo.home import data_folder

BLOCK_BYTES = 40_000
PARTS = 12

ADD_AND_DIE = f"""
import importlib, os, signal, sys
from pathlib import Path
from zoo.data import library
from zoo.data.readers import rows
path, where, name, calls = sys.argv[1:]
rows._BLOCK_BYTES = {BLOCK_BYTES}
place = importlib.import_module(where)
usual, left = getattr(place, name), int(calls)
def deadly(*arguments, **options):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return usual(*arguments, **options)
setattr(place, name, deadly)
library.add("faces", Path(path))
"""

LAST_MOMENTS = {
    "the first part": ("zoo.data.unfinished", "_record", 1),
    "a later part": ("zoo.data.unfinished", "_record", 4),
    "the columns": ("zoo.data.importing", "_joined_columns", 1),
    "meta.json": ("zoo.data.importing", "write_json", 1),
    "the renaming": ("os", "rename", 1),
    "the entry": ("zoo.data.library", "write_json", 1),
}


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no other processes, in which nobody could count what is decoded."""
    monkeypatch.setattr(rows, "_BLOCK_BYTES", BLOCK_BYTES)
    monkeypatch.setattr(decoding, "_cores", lambda: 1)


@pytest.fixture
def source(write_csv: Callable[..., Path]) -> Path:
    """A csv of `PARTS` parts."""
    return write_csv([row(f, i % 7, USAGES[i % 3]) for i, f in enumerate(noise(57))])


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every part that is decoded, as it is."""
    parts: list[object] = []
    usual = decoding.decode_part

    def decode_part(decoder: Decoder, part: Part) -> decoding.Decoded:
        parts.append(part)
        return usual(decoder, part)

    monkeypatch.setattr(decoding, "decode_part", decode_part)
    return parts


def kill(path: Path, where: str, name: str, calls: int) -> None:
    """Import in a process that kills itself when it calls something."""
    command = [sys.executable, "-c", ADD_AND_DIE, str(path), where, name, str(calls)]
    assert subprocess.run(command, timeout=60).returncode == -signal.SIGKILL


def interrupt(path: Path, parts: int, settings: ImportSettings = DEFAULTS) -> None:
    """Import until some parts are decoded, then press Ctrl-C."""

    def press(done: int, total: int) -> None:
        nonlocal parts
        parts -= done > total / 2
        if not parts:
            raise KeyboardInterrupt

    with pytest.raises(StoppedImport, match="interrupted; the same zoo data add goes on"):
        library.add("faces", path, settings, progress=press)


def content(fingerprint: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in cache_folder(fingerprint).iterdir()}


def uninterrupted(path: Path, settings: ImportSettings = DEFAULTS) -> dict[str, bytes]:
    """What the cache of an import under another name holds; it is gone then."""
    found = content(library.add("whole", path, settings).fingerprint)
    library.remove("whole")
    return found


@pytest.mark.parametrize("moment", list(LAST_MOMENTS))
def test_an_import_that_was_killed_gives_the_same_bytes(
    source: Path, decoded: list[object], moment: str
) -> None:
    expected = uninterrupted(source)
    assert len(decoded) == PARTS
    decoded.clear()

    where, name, calls = LAST_MOMENTS[moment]
    kill(source, where, name, calls)
    assert library.list_datasets() == []
    dataset = library.add("faces", source)
    assert content(dataset.fingerprint) == expected
    kept = calls - 1 if name == "_record" else PARTS
    assert len(decoded) == PARTS - kept
    assert not unfinished_folder("faces").exists()
    assert [path.name for path in (data_folder() / "cache").iterdir()] == [dataset.fingerprint]


def test_an_interrupted_import_goes_on(
    source: Path, decoded: list[object], zoo_command: Callable[..., Result]
) -> None:
    expected = uninterrupted(source)
    interrupt(source, 3)
    interrupt(source, 2)
    (note, _) = description.list_table().notes
    assert note.startswith("faces: an import was stopped; the same zoo data add goes on")
    decoded.clear()
    dataset = library.add("faces", source)
    assert len(decoded) == PARTS - 5
    assert content(dataset.fingerprint) == expected


def test_what_an_import_has_decoded_can_be_removed(source: Path) -> None:
    interrupt(source, 3)
    library.remove("faces")
    assert not unfinished_folder("faces").exists()
    with pytest.raises(ZooError, match="unknown data set"):
        library.remove("faces")


@pytest.mark.parametrize("change", ["content", "time", "size", "strictness"])
def test_another_source_or_setting_starts_anew(
    source: Path, decoded: list[object], change: str
) -> None:
    interrupt(source, 3)
    settings = DEFAULTS
    if change == "content":
        text = source.read_bytes()
        source.write_bytes(text[:30] + (b"1" if text[30:31] == b"0" else b"0") + text[31:])
    elif change == "time":
        os.utime(source, (1, 1))
    elif change == "size":
        settings = ImportSettings(size=24)
    else:
        settings = ImportSettings(skip_bad_rows=True)
    expected = uninterrupted(source, settings)
    decoded.clear()
    dataset = library.add("faces", source, settings)
    assert len(decoded) == PARTS
    assert content(dataset.fingerprint) == expected


def flip(path: Path, place: int) -> None:
    """Change a byte of a file."""
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)
        file.seek(place)
        file.write(bytes([byte[0] ^ 1]))


@pytest.mark.parametrize(
    ("damage", "kept"),
    [
        (lambda folder: flip(folder / "cache/faces-train.npy", 128 + 2304 * 5), 3),
        (lambda folder: os.truncate(folder / "cache/faces-test.npy", 128 + 2304 * 5), 3),
        (lambda folder: (folder / "cache/faces-validation.npy").unlink(), 0),
        (lambda folder: flip(folder / "parts/00000002.npz", 1500), 2),
        (lambda folder: (folder / "parts/00000001.npz").unlink(), 1),
        (lambda folder: os.truncate(folder / "import.json", 9), 0),
        (lambda folder: shutil.rmtree(folder / "cache"), 0),
    ],
    ids=["byte", "cut", "faces gone", "record", "record gone", "description", "cache gone"],
)
def test_what_is_not_as_it_was_written_is_decoded_again(
    source: Path, decoded: list[object], damage: Callable[[Path], object], kept: int
) -> None:
    expected = uninterrupted(source)
    interrupt(source, 5)
    damage(unfinished_folder("faces"))
    decoded.clear()
    dataset = library.add("faces", source)
    assert len(decoded) == PARTS - kept
    assert content(dataset.fingerprint) == expected


def test_what_was_skipped_is_still_known(source: Path, decoded: list[object]) -> None:
    lines = source.read_text().splitlines()
    lines[2] = "9" + lines[2][1:]
    lines[40] = "9" + lines[40][1:]
    source.write_text("\n".join(lines))
    lenient = ImportSettings(skip_bad_rows=True)
    expected = uninterrupted(source, lenient)
    assert b'"count": 2' in expected["meta.json"]
    interrupt(source, 4, lenient)
    assert content(library.add("faces", source, lenient).fingerprint) == expected
    interrupt_again = ImportSettings(skip_bad_rows=True, size=24)
    with pytest.raises(ZooError, match="exists"):
        library.add("faces", source, interrupt_again)


def test_a_source_that_goes_away_is_one_line_and_goes_on_when_it_is_back(
    source: Path, decoded: list[object], tmp_path: Path
) -> None:
    away = tmp_path / "away.csv"
    expected = uninterrupted(source)

    def go(done: int, total: int) -> None:
        if done > total * 0.7 and source.exists():
            source.rename(away)

    with pytest.raises(StoppedImport) as refusal:
        library.add("faces", source, progress=go)
    assert str(refusal.value).startswith(f"{source}: cannot be read to its end (No such file")
    assert "\n" not in str(refusal.value)
    assert library.list_datasets() == []
    away.rename(source)
    decoded.clear()
    assert content(library.add("faces", source).fingerprint) == expected
    assert 0 < len(decoded) < PARTS


def test_images_that_go_away_are_no_skipped_images(write_images: Callable[..., Path]) -> None:
    folder = write_images({"train/a": 30, "train/b": 30})

    def go(done: int, total: int) -> None:
        if done > total / 2 and folder.exists():
            folder.rename(folder.with_name("away"))

    with pytest.raises(StoppedImport, match="went away while it was read"):
        library.add("faces", folder, progress=go)
    folder.with_name("away").rename(folder)
    dataset = library.add("faces", folder)
    assert dataset.facts["skipped"] == {}
    assert sum(map(len, dataset.splits.values())) == 60


def test_an_image_that_was_away_for_a_while_is_decoded_later(
    write_images: Callable[..., Path], decoded: list[object]
) -> None:
    folder = write_images({"train/a": 30, "train/b": 30})
    image, away = folder / "train/b/8.png", folder.with_name("away")
    state = image.stat()

    def go(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt
        if done > total / 2 and image.exists():
            image.rename(away)

    with pytest.raises(StoppedImport):
        library.add("faces", folder, progress=go)
    away.rename(image)
    assert image.stat().st_mtime_ns == state.st_mtime_ns
    decoded.clear()
    dataset = library.add("faces", folder)
    assert dataset.facts["skipped"] == {}
    assert len(dataset.splits["train"]) + len(dataset.splits["validation"]) == 60
    assert len(decoded) > 0


def test_faces_are_not_held_in_memory(source: Path) -> None:
    settings = ImportSettings(size=160, colour="rgb")
    tracemalloc.start()
    dataset = library.add("faces", source, settings)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(split.faces.nbytes for split in dataset.splits.values()) > 4_300_000
    assert peak < 2_500_000
