"""What a training goes on from: one folder per finished epoch, renamed into place.

checkpoints/epoch-0007/
    last.weights.h5   weights and optimizer state after epoch 7
    best.weights.h5   weights of the best epoch so far; linked, where it is an earlier one
    history.json      the finished epochs

Whenever the process is killed, one such folder is whole, or none was finished yet.
"""

from __future__ import annotations

import errno
import json
import math
import os
import shutil
from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.files import new_folder, write_json
from zoo.training.callbacks.average import averaged
from zoo.training.history import History
from zoo.training.networks import load_weights, without_optimizer

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    import keras

    from zoo.runs import Run

LAST, BEST, HISTORY = "last.weights.h5", "best.weights.h5", "history.json"


def checkpoints_folder(run: Run) -> Path:
    """Where a run's checkpoints are while it is unfinished."""
    return run.folder / "checkpoints"


def latest_checkpoint(run: Run) -> Path | None:
    """The folder of the last finished epoch; None before the first."""
    return max(checkpoints_folder(run).glob("epoch-*"), default=None)


def epoch_of(checkpoint: Path) -> int:
    """How many epochs had finished at this checkpoint."""
    return int(checkpoint.name.removeprefix("epoch-"))


def save_checkpoint(run: Run, network: keras.Model, history: History) -> Path:
    """Write the state after the last epoch of `history`, then remove what came before.

    Returns:
        The new checkpoint's folder.

    Raises:
        ZooError: it cannot be written; the checkpoint before it stands.
    """
    before = latest_checkpoint(run)
    folder = checkpoints_folder(run) / f"epoch-{len(history):06d}"
    with new_folder(folder) as temporary:
        _require_room(temporary, network)
        network.save_weights(temporary / LAST)
        if before is None or history.best is history.epochs[-1]:
            with averaged(network):
                without_optimizer(network).save_weights(temporary / BEST)
        else:
            _link(before / BEST, temporary / BEST)
        _sync(temporary / LAST, temporary / BEST)
        write_json(temporary / HISTORY, history.rows())
    # Also what a killed process left half written: whoever saves holds the run's lock.
    for other in checkpoints_folder(run).iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    return folder


def read_history(checkpoint: Path, monitor: Literal["accuracy", "loss"]) -> History:
    """The epochs that had finished at a checkpoint.

    Raises:
        ZooError: the checkpoint is damaged.
    """
    try:
        rows = json.loads((checkpoint / HISTORY).read_text(encoding="utf-8"))
        return History.of_rows(monitor, rows)
    except (OSError, ValueError, TypeError) as error:
        raise ZooError(f"{checkpoint / HISTORY}: damaged ({error}); train anew") from None


def restore_checkpoint(checkpoint: Path, network: keras.Model) -> None:
    """Read weights and optimizer state into a network compiled for the checkpoint's phase.

    Raises:
        ZooError: the checkpoint is damaged.
    """
    load_weights(network, checkpoint / LAST)


def remove_checkpoints(run: Run) -> None:
    """Remove what a finished run no longer needs."""
    shutil.rmtree(checkpoints_folder(run), ignore_errors=True)


def _require_room(folder: Path, network: keras.Model) -> None:
    """Raise before anything is written where the disk has no room for it.

    Where it fills up under its hands, HDF5 complains once more, at length, for every open object.
    """
    variables = [*network.weights, *network.weights, *network.optimizer.variables]
    needed = sum(math.prod(v.shape) * 4 for v in variables) + 2**20
    if shutil.disk_usage(folder).free < needed:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def _sync(*files: Path) -> None:
    """Have the disk hold `files`: a rename may reach it before what was written to them."""
    for path in files:
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)
