"""What a training loses when it is killed: kill it, resume it, and again, until it has finished.

    python benchmarks/kill.py [--times 100] [--seed 0]

`zoo train cpcpcpfff --deterministic` on 200 drawn faces, four epochs, is killed by SIGKILL and
resumed by `zoo train --resume`, as often as it takes, a hundred times over. Moments are random: of
a whole life, or after a process has begun to start, to train, to save or to finish, so that the
short phases get their share. Told are in what phase of work the kills fell, how many steps were
trained twice, and whether every training ended with the bits of one that was left alone: all
epochs' figures, the weights, the predictions.

The processes are forked from one that has imported TensorFlow but not used it: each has a runtime
of its own, and none spends its life on importing. That this changes nothing is checked: the
training that is left alone is an ordinary process, `python -m zoo train`.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import mmap
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import numpy as np
import rich
from rich.progress import track

from zoo.cli import main as zoo
from zoo.data.drawn import draw_faces
from zoo.runs import Run, list_runs
from zoo.tables import Column, Table
from zoo.training import checkpoint, fitting
from zoo.training.callbacks.reseed import Reseed
from zoo.training.callbacks.save import Save

SIZES = {"Training": 200, "PublicTest": 70}
EPOCHS, BATCH = 4, 16
STEPS = EPOCHS * -(-SIZES["Training"] // BATCH)
SETTINGS = (f"batch_size={BATCH}", "optimizer.learning_rate=3e-3", "schedule.name=plateau")
PHASES = ("starting", "within an epoch", "saving an epoch", "finishing", "after the end")
STARTING, EPOCH, SAVING, FINISHING, OVER = range(5)
AIMS = ((STARTING, 1.0), (STARTING, 0.3), (EPOCH, 0.3), (SAVING, 0.005))
LAST_AIMS = ((FINISHING, 0.5), (OVER, 0.0))
"""What is waited for, and for how much of a training's time at most a kill comes after it; the
second, once all epochs are saved."""
CLOCKS = ("seconds", "faces_per_second")
PATIENCE = 300
"""Seconds after which a process that has not ended hangs."""
WORDS = "words.txt"
"""What the last process printed, in the temporary folder that is worked in."""


class Board:
    """What a process is doing, where its parent can read it even when it has been killed."""

    def __init__(self):
        self._memory = mmap.mmap(-1, 16)

    @property
    def phase(self) -> int:
        """Of work."""
        return struct.unpack_from("<q", self._memory, 0)[0]

    @phase.setter
    def phase(self, phase: int) -> None:
        struct.pack_into("<q", self._memory, 0, phase)

    @property
    def steps(self) -> int:
        """How many have been trained."""
        return struct.unpack_from("<q", self._memory, 8)[0]

    @steps.setter
    def steps(self, steps: int) -> None:
        struct.pack_into("<q", self._memory, 8, steps)

    def watch_this_process(self) -> None:
        """Have the trainer tell the phase and count the steps."""
        save, finish = Save.on_epoch_end, fitting.finish

        def saving(callback: Save, epoch: int, logs: object = None) -> None:
            self.phase = SAVING
            save(callback, epoch, logs)
            self.phase = EPOCH

        def finishing(*arguments: object) -> None:
            self.phase = FINISHING
            finish(*arguments)
            self.phase = OVER

        def stepped(callback: Reseed, batch: int, logs: object = None) -> None:
            self.phase, self.steps = EPOCH, self.steps + 1

        Save.on_epoch_end, fitting.finish, Reseed.on_train_batch_end = saving, finishing, stepped


@dataclass
class Tally:
    """What happened to the trainings.

    Attributes:
        kills: by phase of work, and whether an epoch had been saved before.
        lives: processes per training.
        repeated: steps trained more than once, per training.
        different: trainings that ended otherwise than the one left alone.
    """

    kills: Counter[tuple[int, bool]] = field(default_factory=Counter)
    lives: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    different: list[Path] = field(default_factory=list)


def fork(board: Board, *arguments: str) -> int:
    """Run the command ``zoo`` in a process of its own; give its id."""
    board.phase = STARTING
    if process := os.fork():
        return process
    code = 1
    try:
        words = os.open(WORDS, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(words, 1)
        os.dup2(words, 2)
        board.watch_this_process()
        zoo(arguments, prog_name="zoo", standalone_mode=False)
        code = 0
    finally:
        os._exit(code)


def live(board: Board, aim: int, wait: float, *arguments: str) -> int | None:
    """Run ``zoo`` and kill it so many seconds after phase `aim`, unless it has ended before.

    Returns:
        The phase in which it was killed, or None.
    """
    process = fork(board, *arguments)
    started, ended, reached = time.monotonic(), 0, None
    while not ended:
        now = time.monotonic()
        if reached is None and board.phase == aim:
            reached = now
        if reached is not None and now - reached >= wait:
            os.kill(process, signal.SIGKILL)
        if now - started > PATIENCE:
            raise TimeoutError(f"process {process} hangs in phase {PHASES[board.phase]!r}")
        time.sleep(0.0005)
        ended, status = os.waitpid(process, os.WNOHANG)
    if os.WIFSIGNALED(status):
        return board.phase
    if status:
        raise RuntimeError(f"zoo {' '.join(arguments)} failed:\n{Path(WORDS).read_text()}")
    return None


def train_once(root: Path, chance: random.Random, lifetime: float, tally: Tally) -> Run:
    """One training, killed and resumed until it has finished."""
    board, lives, saved = Board(), 0, 0
    while True:
        runs = list_runs(root)
        if runs and runs[0].finished:
            break
        order = ("--resume", str(runs[0].folder)) if runs else start(root)
        lives += 1
        aim, longest = chance.choice(LAST_AIMS if saved == EPOCHS else AIMS)
        wait = chance.uniform(0, longest * lifetime)
        phase = live(board, aim, wait, "train", *order)
        (run,) = list_runs(root) or [None]
        latest = run and checkpoint.latest_checkpoint(run)
        before, saved = saved, checkpoint.epoch_of(latest) if latest else saved
        if saved < before:
            raise AssertionError(f"{root}: epoch {before} was saved, and is lost")
        if phase is not None:
            tally.kills[phase, saved > 0] += 1
    tally.lives.append(lives)
    tally.repeated.append(board.steps - STEPS)
    return Run(runs[0].folder)


def start(root: Path) -> tuple[str, ...]:
    """The arguments of ``zoo train`` for a new training."""
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    return (
        "cpcpcpfff", "--data", "drawn200", "--runs", str(root), "--epochs", str(EPOCHS),
        "--deterministic", *settings,
    )  # fmt: skip


def outcome(run: Run) -> dict[str, bytes]:
    """All that must be the same to the bit, by name."""
    with (run.folder / "history.csv").open(newline="") as file:
        rows = [[v for k, v in row.items() if k not in CLOCKS] for row in csv.DictReader(file)]
    found = {"history": repr(rows).encode()}
    found["probabilities"] = run.predictions("validation").probabilities.tobytes()

    def remember(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = np.asarray(item).tobytes()

    with h5py.File(run.weights_file) as file:
        file.visititems(remember)
    return found


def add_faces() -> None:
    """Write a fer2013.csv of drawn faces and add it as the data set ``drawn200``."""
    drawn = draw_faces(sum(SIZES.values()), seed=7)
    usages = [usage for usage, size in SIZES.items() for _ in range(size)]
    path = Path(os.environ["ZOO_HOME"], "fer2013.csv")
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["emotion", "pixels", "Usage"])
        for face, label, usage in zip(drawn.faces, drawn.labels, usages, strict=True):
            writer.writerow([label, " ".join(map(str, face.ravel())), usage])
    zoo(["data", "add", "drawn200", str(path)], prog_name="zoo", standalone_mode=False)


def left_alone(root: Path) -> tuple[dict[str, bytes], float]:
    """What a training ends with that nobody kills, and how many seconds it takes when forked.

    Raises:
        AssertionError: a forked process ends otherwise than an ordinary one.
    """
    command = [sys.executable, "-m", "zoo", "train", *start(root / "ordinary")]
    subprocess.run(command, check=True, capture_output=True)
    expected = outcome(*list_runs(root / "ordinary"))
    for name in ("first", "second"):  # the first one's start is slower
        began = time.monotonic()
        process = fork(Board(), "train", *start(root / name))
        os.waitpid(process, 0)
        lifetime = time.monotonic() - began
        if outcome(*list_runs(root / name)) != expected:
            raise AssertionError("a forked process trains otherwise than an ordinary one")
    return expected, lifetime


def report(tally: Tally) -> None:
    """Print what happened."""
    rows = [
        (phase, tally.kills[number, False], tally.kills[number, True])
        for number, phase in enumerate(PHASES)
    ]
    kills, trainings = sum(tally.kills.values()), len(tally.lives)
    columns = Column("killed while"), Column("no epoch saved"), Column("epochs saved")
    repeated, lives = sum(tally.repeated), sum(tally.lives)
    notes = [
        f"{trainings - len(tally.different)} of {trainings} ended with the same bits",
        f"processes per training: {lives / max(trainings, 1):.1f}",
        f"steps trained again: {repeated} of {trainings * STEPS + repeated}, "
        f"{repeated / max(kills, 1):.1f} per kill; an epoch has {STEPS // EPOCHS}",
        "saved epochs lost: 0",
    ]
    rich.print(Table(f"{kills} kills in {trainings} trainings", columns, rows, notes).rich())


def main() -> None:
    """Train one and leave it alone, then kill the others."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=100, help="trainings")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", message="This process .* is multi-threaded, use of fork")
    chance, tally = random.Random(arguments.seed), Tally()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        root = Path(folder)
        os.environ["ZOO_HOME"] = folder
        add_faces()
        expected, lifetime = left_alone(root)
        print(f"a training of {EPOCHS} epochs takes {lifetime:.1f} s", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            shown = track(range(arguments.times), "trainings", disable=not sys.stdout.isatty())
            for number in shown:
                run = train_once(root / str(number), chance, lifetime, tally)
                if outcome(run) != expected:
                    tally.different.append(run.folder)
    report(tally)
    sys.exit(bool(tally.different))


if __name__ == "__main__":
    main()
