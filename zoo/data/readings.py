"""The log of test readings: how often anybody looked at a data set's test split.

A test split that is read often is no test any more, so every reading is counted, and the count is
shown beside the number. What counts is the source's content: the same file or folder added again
in another size or colour, or with another seed, has the same test faces and the same log.
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
    from collections.abc import Sequence
    from pathlib import Path

    from zoo.data.dataset import Dataset


def log_test_reading(dataset: Dataset, model: str, runs: Sequence[str]) -> None:
    """Add a line to the data set's test log; it is on the disk when this returns.

    Args:
        dataset: whose test split is read.
        model: the name of the model it is read for.
        runs: the ids of the model's runs.

    Raises:
        ZooError: the log cannot be written.
    """
    path = _log_file(dataset)
    moment = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    reading = {"time": moment, "model": model, "runs": list(runs), "dataset": dataset.name}
    line = json.dumps(reading)
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


def test_readings(dataset: Dataset) -> int:
    """How often the test split of `dataset`, under whatever name and settings, has been read."""
    try:
        return sum(1 for line in _log_file(dataset).read_bytes().splitlines() if line.strip())
    except FileNotFoundError:
        return 0


def _log_file(dataset: Dataset) -> Path:
    # The drawn faces have no source; their fingerprint is of their content.
    content = dataset.facts.get("content", dataset.fingerprint)
    return data_folder() / "test-log" / f"{content}.jsonl"
