"""What the user sees while a network trains."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self

import keras
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

if TYPE_CHECKING:
    from zoo.training.history import History


_REFRESH = 0.1
"""Seconds between two looks of the bar at the figures."""


class ShowProgress(keras.callbacks.Callback):
    """A live bar within each epoch and one line per finished epoch, on standard error.

    The bar says the rate, the time left and the expected time of the whole training, what was
    spent before it was resumed included.

    Where standard error is no terminal, only the lines are printed. To be entered as a context,
    so that the terminal is left in order however the training ends.

    Args:
        history: the finished epochs.
        epochs: of the whole training.
        steps: per epoch.
        faces: training faces per epoch.
        quiet: print nothing at all.
    """

    def __init__(self, history: History, *, epochs: int, steps: int, faces: int, quiet: bool):
        super().__init__()
        self.history = history
        self.epochs = epochs
        self.steps = steps
        self.faces = faces
        self.console = Console(stderr=True, quiet=quiet, highlight=False)
        self.bar = Progress(
            TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            BarColumn(),
            TextColumn("{task.fields[figures]}"),
            console=self.console,
            transient=True,
            disable=quiet or not self.console.is_terminal,
        )

    def __enter__(self) -> Self:
        self.bar.start()
        self.task = self.bar.add_task(
            "", total=self.steps, epoch=0, epochs=self.epochs, figures="starting"
        )
        self.first_step = len(self.history) * self.steps
        self.spent_before = sum(epoch.seconds for epoch in self.history.epochs)
        self.started = time.perf_counter()
        self.shown = 0.0
        return self

    def __exit__(self, *exception: object) -> None:
        self.bar.stop()

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        self.console.print(line, soft_wrap=True, markup=False)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begin the bar anew."""
        self.epoch = epoch
        self.epoch_started = time.perf_counter()
        self.bar.update(self.task, completed=0, epoch=epoch + 1)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Move the bar on."""
        now, done = time.perf_counter(), batch + 1
        # To read the figures is to wait until a GPU has finished its step.
        if self.bar.disable or (now - self.shown < _REFRESH and done < self.steps):
            return
        self.shown = now
        rate = done * self.faces / self.steps / (now - self.epoch_started)
        # Time per step since the start, so that validation and saving are in the estimate.
        reached = self.epoch * self.steps + done
        per_step = (now - self.started) / (reached - self.first_step)
        left = per_step * (self.epochs * self.steps - reached)
        total = self.spent_before + now - self.started + left
        self.bar.update(
            self.task,
            completed=done,
            figures=f"{rate:,.0f} faces/s  loss {logs['loss']:.3f}  "
            f"acc {logs['accuracy'] * 100:.1f} %  {_clock(left)} of {_clock(total)} left",
        )

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Print the epoch's line."""
        last = self.history.epochs[-1]
        mark = "  best so far" if self.history.best is last else ""
        self.say(
            f"epoch {last.epoch}/{self.epochs}: "
            f"train loss {last.loss:.4f}, accuracy {last.accuracy * 100:.2f} %; "
            f"validation loss {last.val_loss:.4f}, accuracy {last.val_accuracy * 100:.2f} %; "
            f"{last.seconds:.1f} s, {last.faces_per_second:,.0f} faces/s{mark}"
        )


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}"
