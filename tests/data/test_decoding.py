"""Decoding in several processes: the same faces, faults and order as in this one."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_up import USAGES, Row, noise, row

from zoo.data import decoding, library, workers
from zoo.data.cache import cache_folder
from zoo.data.decoding import StoppedImport
from zoo.data.emotions import FER2013_CLASSES
from zoo.data.readers import array_faces, arrays, rows
from zoo.data.readers.fer2013 import open_source
from zoo.data.settings import DEFAULTS, ImportSettings
from zoo.data.source import Decoder, Part
from zoo.data.unfinished import unfinished_folder
from zoo.errors import ZooError

BLOCK_BYTES = 40_000
LENIENT = ImportSettings(skip_bad_rows=True)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_BLOCK_BYTES", BLOCK_BYTES)
    monkeypatch.setattr(arrays, "BYTES_AT_ONCE", 20_000)
    assert array_faces.BYTES_AT_ONCE > 20_000


@pytest.fixture
def in_processes(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """``in_processes(n)``: whatever is decoded from now on is decoded by n of them."""

    def choose(count: int) -> None:
        monkeypatch.setattr(decoding, "_cores", lambda: count)
        monkeypatch.setattr(decoding, "WORTH_SECONDS", 0)

    return choose


def some_rows() -> list[Row]:
    return [row(face, i % 7, USAGES[i % 3]) for i, face in enumerate(noise(47))]


def csv_with_bad_rows(tmp_path: Path, write_csv: Callable[..., Path]) -> Path:
    made = some_rows()
    for place, label in ((1, "9"), (13, "happy"), (40, "9")):
        made[place] = (label, *made[place][1:])
    return write_csv([(*fields, f"s{i % 5}") for i, fields in enumerate(made)],
                     "emotion,pixels,Usage,subject")  # fmt: skip


def kaggle_csv(tmp_path: Path, write_csv: Callable[..., Path]) -> Path:
    return write_csv([fields[:2] for fields in some_rows()], "emotion,pixels")


def images(tmp_path: Path, write_csv: Callable[..., Path]) -> Path:
    from PIL import Image

    for place, face in enumerate(noise(60)):
        file = tmp_path / "faces" / ("a", "b")[place % 2] / f"{place:02d}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(face).save(file)
    for broken in ("a/02.png", "b/55.png"):
        (tmp_path / "faces" / broken).write_bytes(b"")
    return tmp_path / "faces"


def npz(tmp_path: Path, write_csv: Callable[..., Path]) -> Path:
    np.savez_compressed(tmp_path / "faces.npz", x=noise(47), y=np.arange(47) % 3)
    return tmp_path / "faces.npz"


def content(fingerprint: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in cache_folder(fingerprint).iterdir()}


@pytest.mark.parametrize("make", [csv_with_bad_rows, kaggle_csv, images, npz])
def test_processes_give_the_same_bytes(
    tmp_path: Path,
    write_csv: Callable[..., Path],
    in_processes: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path, Callable[..., Path]], Path],
) -> None:
    source = make(tmp_path, write_csv)
    in_processes(1)
    expected = content(library.add("here", source, LENIENT).fingerprint)
    library.remove("here")

    here: list[object] = []
    usual = decoding.decode_part
    monkeypatch.setattr(decoding, "decode_part", lambda *part: here.append(part) or usual(*part))
    in_processes(2)
    assert content(library.add("there", source, LENIENT).fingerprint) == expected
    assert len(here) == 1


@pytest.mark.parametrize(("cores", "started"), [(3, 3), (100, decoding.MAX_PROCESSES)])
def test_every_core_has_a_process_as_far_as_there_is_memory_for_them(
    write_csv: Callable[..., Path],
    in_processes: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
    cores: int,
    started: int,
) -> None:
    class Counted(workers.Worker):
        made = 0

        def __init__(self, decoder: Decoder, folder: Path) -> None:
            Counted.made += 1
            self._decoder = decoder

        def decode(self, part: Part) -> decoding.Decoded:
            return decoding.decode_part(self._decoder, part)

        def end(self) -> None:
            pass

    monkeypatch.setattr(workers, "Worker", Counted)
    in_processes(cores)
    library.add("faces", write_csv(some_rows()))
    assert Counted.made == started


def test_votes_go_with_their_rows_whoever_decodes_them(
    tmp_path: Path, write_csv: Callable[..., Path], in_processes: Callable[[int], None]
) -> None:
    source = write_csv([*some_rows()[:20], [""], *some_rows()[20:]])
    votes = tmp_path / "votes.csv"
    counts = np.random.default_rng(1).integers(1, 9, (47, 7))
    lines = [",".join(map(str, of)) for of in counts.tolist()]
    votes.write_text("\n".join([",".join(FER2013_CLASSES), *lines]) + "\n")
    in_processes(2)
    dataset = library.add("faces", source, ImportSettings(votes=votes))
    for place, split in enumerate(dataset.splits.values()):
        expected = counts[place::3] / counts[place::3].sum(axis=1, keepdims=True)
        assert np.allclose(split.soft_labels, expected)
    votes.write_text("\n".join([",".join(FER2013_CLASSES), *lines, lines[0]]) + "\n")
    with pytest.raises(ZooError, match="votes for 48 rows, .* has 47: expected one row of votes"):
        library.add("more", source, ImportSettings(votes=votes))


def test_the_first_of_several_bad_rows_is_named_whoever_finds_it(
    write_csv: Callable[..., Path], in_processes: Callable[[int], None]
) -> None:
    made = some_rows()
    for place in (20, 26, 46):
        made[place] = (str(place), *made[place][1:])
    in_processes(2)
    with pytest.raises(ZooError, match="line 22: label '20', expected 0–6; mend it"):
        library.add("faces", write_csv(made))
    assert not unfinished_folder("faces").exists()


def test_a_process_that_dies_is_one_line_and_the_import_goes_on_later(
    write_csv: Callable[..., Path],
    in_processes: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_processes(2)
    source = write_csv(some_rows())
    deadly = "import os, sys; sys.stdin.buffer.read(9); os.kill(os.getpid(), 9)"
    with monkeypatch.context() as patch:
        patch.setattr(workers, "_START", deadly)
        with pytest.raises(StoppedImport) as stop:
            library.add("faces", source)
    assert str(stop.value) == (
        f"a process that decodes faces died (signal {signal.SIGKILL:d}): there may be too little"
        " memory; the same zoo data add goes on where it stopped"
    )
    assert library.list_datasets() == []
    assert unfinished_folder("faces").exists()
    assert sum(map(len, library.add("faces", source).splits.values())) == 47


class Faulty:
    """A decoder with a fault of the program."""

    def decode(self, content: object, skipped: object) -> None:
        raise LookupError("no such thing")


def test_a_fault_of_the_program_in_a_process_is_raised_with_its_place(tmp_path: Path) -> None:
    worker = workers.Worker(Faulty(), tmp_path)
    try:
        with pytest.raises(RuntimeError, match=r"(?s)in decode\n.*LookupError: no such thing"):
            worker.decode(Part((), 0, 1, 1))
    finally:
        worker.end()


def test_a_process_ends_when_nobody_asks_any_more(tmp_path: Path) -> None:
    faces = tmp_path / "faces.csv"
    faces.write_text("emotion,pixels,Usage\n")
    source = open_source(faces, DEFAULTS)
    worker = workers.Worker(source, tmp_path)
    process = worker._process
    assert process.stdin
    process.stdin.close()
    assert process.wait(timeout=60) == 0
    worker.end()


def test_a_program_that_is_no_module_can_import(
    tmp_path: Path, write_csv: Callable[..., Path]
) -> None:
    """Without ``if __name__ == "__main__"``, which processes that run it again would need."""
    import os
    import subprocess

    source = write_csv(some_rows())
    program = tmp_path / "program.py"
    program.write_text(
        "import os\n"
        "from pathlib import Path\n"
        "from zoo.data import decoding, library\n"
        "from zoo.data.readers import rows\n"
        f"rows._BLOCK_BYTES = {BLOCK_BYTES}\n"
        "decoding.WORTH_SECONDS, decoding._cores = 0, lambda: 2\n"
        f"print(sum(map(len, library.add('faces', Path({str(source)!r})).splits.values())))\n"
    )
    command = [sys.executable, str(program)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    told = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert (told.stdout, told.stderr) == ("47\n", "")
