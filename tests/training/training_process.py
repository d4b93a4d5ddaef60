"""Trainings in a process of their own: ``training_process.py [OPTION ...] [COMMAND FOLDER ...]``.

Each command is ``train`` or ``resume``, its folder that of one run.

    --deterministic   two trainings must agree to the bit
    --phases          two phases, with averaged weights
    --slowly          an epoch takes a third of a second
    --kill            SIGKILL in the second step of epoch 3
    --losses          print each step's epoch, number and mean loss of the epoch so far
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

from barred import barred_faces

from zoo.errors import ZooError
from zoo.runs import list_runs
from zoo.training import costs
from zoo.training.callbacks.record import Record
from zoo.training.recipes import load_recipe
from zoo.training.trainer import resume, train

SETTINGS = [
    "epochs=6",
    "batch_size=8",
    "schedule.name=plateau",
    "schedule.patience=1",
    "augmentation.rotation=10.0",
]
PHASES = [
    "ema=0.9",
    """phases=[
        {name = "warm", epochs = 3, learning_rate = 1e-3, dropout = 0.5},
        {name = "hot", learning_rate = 3e-3},
    ]""",
]


def watch(record: Record, batch: int, logs: dict[str, float]) -> None:
    """Print the step's loss, take time, or be killed."""
    epoch, step = len(record.history) + 1, batch + 1
    if "--losses" in options:
        print(epoch, step, repr(float(logs["loss"])), flush=True)
    if "--slowly" in options:
        time.sleep(0.05)
    if "--kill" in options and (epoch, step) == (3, 2):
        os.kill(os.getpid(), signal.SIGKILL)


def do(command: str, runs: Path) -> None:
    """Train, or go on with the only run there is."""
    settings = SETTINGS + (PHASES if "--phases" in options else [])
    if "--deterministic" in options:
        settings += ["deterministic=true"]
    dataset = barred_faces(48, 14)
    if command == "train":
        train(load_recipe("tiny", settings=settings), dataset, runs=runs)
    else:
        (run,) = list_runs(runs)
        resume(run, dataset)


if __name__ == "__main__":
    options = {word for word in sys.argv[1:] if word.startswith("--")}
    words = [word for word in sys.argv[1:] if word not in options]
    sys.path.append(str(Path(__file__).with_name("tiny")))
    sys.modules["tensorboard"] = None  # nothing is logged
    costs._seconds = lambda predict: 0.001
    Record.on_train_batch_end = watch
    try:
        for command, folder in zip(words[::2], words[1::2], strict=True):
            do(command, Path(folder))
    except ZooError as refusal:
        sys.exit(f"{type(refusal).__name__}: {refusal}")
