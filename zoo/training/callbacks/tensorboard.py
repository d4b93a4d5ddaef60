"""What TensorBoard shows of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from zoo.training.events import EventLog
from zoo.training.interruption import disk_faults_explained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.runs import Run
    from zoo.training.history import History

FOLDER = "tensorboard"
"""Within a run's folder."""

_SCALARS = {
    "loss/train": "loss",
    "loss/validation": "val_loss",
    "accuracy/train": "accuracy",
    "accuracy/validation": "val_accuracy",
    "learning_rate": "learning_rate",
    "faces_per_second": "faces_per_second",
}
"""Tags, and the history's columns."""


class TensorBoard(keras.callbacks.Callback):
    """Log each finished epoch: the history's figures and validation's confusion matrix.

    To be called between what records an epoch and what saves its checkpoint: then every epoch
    that a resumption counts as finished has been logged. What was logged of later ones is
    superseded when they are done again.

    The network is compiled with `zoo.training.confusion.ConfusionMatrix`.

    Args:
        run: where to.
        history: the finished epochs.
        classes: names, in order.
    """

    def __init__(self, run: Run, history: History, classes: Sequence[str]):
        super().__init__()
        self.run = run
        self.history = history
        self.classes = classes
        self.log = EventLog(run.folder / FOLDER)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Log the epoch.

        Raises:
            ZooError: the disk is full, or cannot be written to.
        """
        from zoo.figures.confusion import confusion_png

        last = self.history.epochs[-1]
        confusion = np.asarray(logs["val_confusion"])
        model, split = f"{self.run.architecture}, epoch {last.epoch},", "validation"
        png = confusion_png(confusion, self.classes, model=model, split=split)
        scalars = {tag: getattr(last, column) for tag, column in _SCALARS.items()}
        with disk_faults_explained(self.run):
            self.log.write(last.epoch, scalars, {"confusion/validation": png})
