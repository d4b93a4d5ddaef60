"""A training in a process of its own, to be killed: ``training_process.py train|resume FOLDER``.

handcrafted has all that a resumption could lose: dropout, batch norm, weight penalties. With
deterministic operations two trainings must agree to the bit.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
from barred import barred_faces

from zoo.errors import ZooError
from zoo.runs import list_runs
from zoo.training.recipe import load_recipe
from zoo.training.trainer import resume, train

SETTINGS = (
    "epochs=4",
    "batch_size=8",
    "schedule.name=plateau",
    "schedule.patience=1",
    "augmentation.rotation=10.0",
)

if __name__ == "__main__":
    command, folder = sys.argv[1], Path(sys.argv[2])
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    dataset = barred_faces(48, 14)
    try:
        if command == "train":
            train(load_recipe("handcrafted", settings=SETTINGS), dataset, runs=folder)
        else:
            (run,) = list_runs(folder)
            resume(run, dataset)
    except ZooError as refusal:
        sys.exit(f"{type(refusal).__name__}: {refusal}")
