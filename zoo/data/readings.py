"""The log of test readings: how often anybody looked at a data set's test split.

A test split that is read often is no test any more, so every reading is counted, by the data set's
fingerprint, and the count is shown beside the number.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

from filelock import FileLock

from zoo.errors import ZooError
from zoo.home import data_folder

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.data.dataset import Dataset


def log_test_reading(dataset: Dataset, model_name: str) -> None:
    """Add a line (time, model) to the data set's test log; it is on the disk when this returns.

    Raises:
        ZooError: the log cannot be written.
    """
    path = _log_file(dataset.fingerprint)
    moment = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    line = json.dumps({"time": moment, "model": model_name, "dataset": dataset.name})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")), path.open("ab") as file:
            cut_short = path.stat().st_size > 0 and not path.read_bytes().endswith(b"\n")
            file.write(b"\n" * cut_short + line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ZooError(
            f"{path}: the reading of the test split cannot be logged ({error.strerror})"
        ) from None


def test_readings(fingerprint: str) -> int:
    """How often the test split of the data set with this fingerprint has been read."""
    try:
        return sum(1 for line in _log_file(fingerprint).read_bytes().splitlines() if line.strip())
    except FileNotFoundError:
        return 0


def _log_file(fingerprint: str) -> Path:
    return data_folder() / "test-log" / f"{fingerprint}.jsonl"
