"""What is on disk after every epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from zoo.training.checkpoint import save_checkpoint
from zoo.training.interruption import disk_faults_explained

if TYPE_CHECKING:
    from zoo.runs import Run
    from zoo.training.history import History


class Save(keras.callbacks.Callback):
    """After each epoch, write its checkpoint and then the history.

    Args:
        run: where to.
        history: the finished epochs, this one included.
    """

    def __init__(self, run: Run, history: History):
        super().__init__()
        self.run = run
        self.history = history

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write both.

        Raises:
            ZooError: the disk is full, or cannot be written to.
        """
        with disk_faults_explained(self.run):
            save_checkpoint(self.run, self.model, self.history)
            self.history.write_csv(self.run.folder / "history.csv")
