"""What happened, epoch by epoch, and what follows from it: the best epoch, and when to stop."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, Self

from zoo.files import write_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Epoch:
    """One finished epoch.

    Attributes:
        epoch: from 1.
        loss: mean over the training batches, weight penalties included.
        accuracy: top-1 over the training batches, 0–1.
        val_loss: on the validation split, weight penalties included.
        val_accuracy: top-1 on the validation split, 0–1.
        learning_rate: at the epoch's end.
        seconds: training and validation.
        faces_per_second: training alone.
        phase: the name of the phase it belongs to.
    """

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    learning_rate: float
    seconds: float
    faces_per_second: float
    phase: str = "all"  # as in the runs of a zoo that knew no phases


@dataclass
class History:
    """The finished epochs of a training. Schedules and stopping depend on nothing else.

    Attributes:
        monitor: which validation figure says that an epoch was better.
        epochs: the finished epochs, oldest first.
    """

    monitor: Literal["accuracy", "loss"]
    epochs: list[Epoch] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.epochs)

    @property
    def scores(self) -> list[float]:
        """The monitor by epoch, turned so that more is better."""
        if self.monitor == "loss":
            return [-epoch.val_loss for epoch in self.epochs]
        return [epoch.val_accuracy for epoch in self.epochs]

    @property
    def best(self) -> Epoch:
        """The best epoch; of equals the earliest."""
        scores = self.scores
        return self.epochs[scores.index(max(scores))]

    def of_phase(self, name: str) -> History:
        """The epochs of one phase."""
        return History(self.monitor, [epoch for epoch in self.epochs if epoch.phase == name])

    def exhausted(self, patience: int) -> bool:
        """Whether the last `patience` epochs brought none better than before; never for 0."""
        if not self.epochs:
            return False
        return 0 < patience <= self.epochs[-1].epoch - self.best.epoch

    def rows(self) -> list[dict[str, Any]]:
        """The epochs as plain data, for JSON."""
        return [asdict(epoch) for epoch in self.epochs]

    def columns(self) -> dict[str, list[Any]]:
        """The epochs column by column, for a picture."""
        return {f.name: [getattr(epoch, f.name) for epoch in self.epochs] for f in fields(Epoch)}

    @classmethod
    def of_rows(cls, monitor: Literal["accuracy", "loss"], rows: Iterable[dict[str, Any]]) -> Self:
        """The history that `rows` gave."""
        return cls(monitor, [Epoch(**row) for row in rows])

    def write_csv(self, path: Path) -> None:
        """Write one row per epoch, whole or not at all."""
        text = io.StringIO()
        writer = csv.DictWriter(text, [f.name for f in fields(Epoch)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows())
        write_text(path, text.getvalue())
