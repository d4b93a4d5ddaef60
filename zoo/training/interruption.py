"""What the user is told when a training cannot go on: what is saved, and how to resume."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.home import runs_folder
from zoo.training.checkpoint import epoch_of, latest_checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoo.runs import Run


class TrainingInterrupted(ZooError):
    """The user pressed Ctrl-C; the message says how to go on."""

    exit_code = 130


@contextmanager
def interruption_explained(run: Run) -> Iterator[None]:
    """Turn Ctrl-C into a line that says how to go on.

    Raises:
        TrainingInterrupted: on Ctrl-C.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise TrainingInterrupted(f"interrupted ({_stands(run)})") from None


@contextmanager
def disk_faults_explained(run: Run) -> Iterator[None]:
    """Add to a fault of the disk what is saved and how to go on.

    Raises:
        ZooError: the disk is full, or cannot be written to.
    """
    try:
        yield
    except (OSError, ZooError) as error:
        # zoo.files names the place of a fault, and the system's error as its cause.
        if isinstance(error, OSError) or isinstance(error.__cause__, OSError):
            fault = " ".join(str(error).split())
            raise ZooError(f"{fault} ({_stands(run)})") from None
        raise


def _stands(run: Run) -> str:
    checkpoint = latest_checkpoint(run)
    saved = f"epoch {epoch_of(checkpoint)} is saved" if checkpoint else "no epoch had finished"
    at_home = run.folder.parent.parent == runs_folder()
    return f"{saved}: go on with zoo train --resume {run.id if at_home else run.folder}"
