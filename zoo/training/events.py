"""What TensorBoard reads: event files, written by its own package and without TensorFlow.

`tensorboard` is imported only where something is written; nothing else needs it.
"""

from __future__ import annotations

import importlib.util
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FILE_VERSION = "brain.Event:2"
"""From this version on readers let a session's start supersede what was logged after its step."""


def tensorboard_installed() -> bool:
    """Whether the package `tensorboard` is there; it is not imported."""
    return importlib.util.find_spec("tensorboard") is not None


class EventLog:
    """One session's event file, in a folder that the sessions of a training share.

    It is only ever appended to, one step at a time: a TensorBoard that is open goes on reading,
    and a process that is killed loses the step it was writing at most. The next session begins
    a file of its own, whose start supersedes what the folder holds of its first step and later
    ones.

    Args:
        folder: where the files are; made with the first step.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._file: Path | None = None

    def write(self, step: int, scalars: Mapping[str, float], images: Mapping[str, bytes]) -> None:
        """Append one step.

        Args:
            step: higher than the session's last one.
            scalars: numbers by tag; tags with the same words before a slash are shown together.
            images: PNGs by tag.

        Raises:
            OSError: the file cannot be written.
        """
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.record_writer import RecordWriter

        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in scalars.items()]
        values += [Summary.Value(tag=tag, image=_image(png)) for tag, png in images.items()]
        now = time.time()
        events = [Event(wall_time=now, step=step, summary=Summary(value=values))]
        if self._file is None:
            self._file = self._new_file()
            start = SessionLog(status=SessionLog.START)
            events.insert(0, Event(wall_time=now, file_version=_FILE_VERSION))
            events.insert(1, Event(wall_time=now, step=step, session_log=start))
        with self._file.open("ab") as file:
            for event in events:
                RecordWriter(file).write(event.SerializeToString())

    def _new_file(self) -> Path:
        # Readers take the files in the order of their names.
        self._folder.mkdir(parents=True, exist_ok=True)
        number = len(list(self._folder.glob("events.out.tfevents.*"))) + 1
        return self._folder / f"events.out.tfevents.{number:06d}"


def _image(png: bytes) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary

    # A PNG's first chunk begins with its width and height.
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    return Summary.Image(height=height, width=width, colorspace=4, encoded_image_string=png)
