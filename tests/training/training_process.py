"""A training in a process of its own: ``training_process.py train|resume FOLDER [OPTION ...]``.

handcrafted has all that a resumption could lose: dropout, batch norm, weight penalties.

    --deterministic   two trainings must agree to the bit
    --phases          two phases, with averaged weights
    --kill            SIGKILL in the second step of epoch 3
    --losses          print each step's epoch, number and mean loss of the epoch so far
"""

from __future__ import annotations

import os
import signal
import sys
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
    """Print the step's loss, or be killed."""
    epoch, step = len(record.history) + 1, batch + 1
    if "--losses" in options:
        print(epoch, step, repr(float(logs["loss"])), flush=True)
    if "--kill" in options and (epoch, step) == (3, 2):
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    command, folder, *options = sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]
    Record.on_train_batch_end = watch
    costs._TIMED_FACES, costs._ALONE = 7, 1
    settings = SETTINGS + (PHASES if "--phases" in options else [])
    if "--deterministic" in options:
        settings += ["deterministic=true"]
    dataset = barred_faces(48, 14)
    try:
        if command == "train":
            train(load_recipe("handcrafted", settings=settings), dataset, runs=folder)
        else:
            (run,) = list_runs(folder)
            resume(run, dataset)
    except ZooError as refusal:
        sys.exit(f"{type(refusal).__name__}: {refusal}")
