"""Decoding the parts of a source, in its order: here, or in processes where that is quicker.

Threads are no help: parsing a csv and decoding small images are made of so many short steps that
two threads, waiting for each other's hold on the interpreter, do 1.0 to 1.4 times the work of one.
"""

from __future__ import annotations

import os
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import islice
from queue import SimpleQueue
from typing import TYPE_CHECKING

from zoo.data.columns import column, measured
from zoo.data.source import Skipped
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from zoo.data.source import Batch, Decoder, Part, Source

_MEMORY = 1100
"""Megabytes for all processes: beside the 300 of what a million faces leave with the one that
writes, below 1,500."""

_PER_PROCESS = 75
"""Megabytes of one, measured on a csv, of which 36 are its own; 70 on images of 48×48 pixels, 120
where faces are cut out of photos of ten megapixels."""

MAX_PROCESSES = _MEMORY // _PER_PROCESS
"""On more cores than that the rest is idle. Of a csv 5 processes give the one that writes enough
to do, of images of 48×48 pixels 23, as measured by the processor time that both take."""

WORTH_SECONDS = 2.0
"""How much decoding must be left for processes to be started, which takes half a second, and more
where the cores are busy."""


class StoppedImport(ZooError):
    """An import that could not go on, and can where it stopped: what is decoded was kept."""

    def __init__(self, reason: str, exit_code: int = ZooError.exit_code):
        super().__init__(f"{reason}; the same zoo data add goes on where it stopped")
        self.exit_code = exit_code


@dataclass(frozen=True)
class Decoded:
    """What a part of a source becomes.

    Attributes:
        batches: its faces, with what is measured of them among their columns.
        skipped: what was left out.
    """

    batches: list[Batch]
    skipped: Skipped


def decode_part(decoder: Decoder, part: Part) -> Decoded:
    """Decode one part and measure its faces.

    Raises:
        ZooError: something cannot be read and is not to be skipped.
        OSError: the source itself cannot be read.
    """
    skipped = Skipped()
    return Decoded([_with_columns(b) for b in decoder.decode(part.content, skipped)], skipped)


def _with_columns(batch: Batch) -> Batch:
    columns = {**batch.columns, **measured(batch.faces)}
    count = len(batch.faces)
    return replace(batch, columns={name: column(of, count) for name, of in columns.items()})


def decode_all(source: Source, folder: Path, done: int = 0) -> Generator[tuple[Part, Decoded]]:
    """Decode the parts of `source` in their order, a bounded number of them at a time.

    Args:
        source: whose parts.
        folder: where the processes may keep a lock.
        done: how many of the first parts are left out.

    Raises:
        ZooError: something cannot be read and is not to be skipped.
        StoppedImport: the source went away, or a process died.
    """
    parts = islice(source.parts(), done, None)
    with closing(_decode_here(source, parts, folder)) as decoding:
        while True:
            try:
                following = next(decoding, None)
            except OSError as error:
                place, reason = error.filename or source.path, error.strerror or str(error)
                raise StoppedImport(
                    f"{place}: cannot be read to its end ({reason}): its disk may be gone"
                ) from None
            if following is None:
                return
            yield following


def _decode_here(
    source: Source, parts: Iterator[Part], folder: Path
) -> Generator[tuple[Part, Decoded]]:
    """Until it shows that processes are worth while; they do the rest."""
    decoder, processes = source.decoder, min(MAX_PROCESSES, _cores())
    for part in parts:
        start = time.perf_counter()
        decoded = decode_part(decoder, part)
        seconds = time.perf_counter() - start
        yield part, decoded
        left = (part.total - part.stop) / max(part.stop - part.start, 1) * seconds
        if processes > 1 and left > WORTH_SECONDS:
            yield from _decode_in_processes(source, parts, folder, processes)


def _decode_in_processes(
    source: Source, parts: Iterator[Part], folder: Path, processes: int
) -> Iterator[tuple[Part, Decoded]]:
    from zoo.data.workers import Worker

    idle: SimpleQueue[Worker] = SimpleQueue()

    def decode(part: Part) -> Decoded:
        worker = idle.get()
        try:
            return worker.decode(part)
        finally:
            idle.put(worker)

    pending: deque[tuple[Part, Future[Decoded]]] = deque()
    with ExitStack() as stack:
        # One thread waits for each process; they end when the processes have, which come first.
        pool = stack.enter_context(ThreadPoolExecutor(processes))
        stack.callback(lambda: [future.cancel() for _, future in pending])
        for _ in range(processes):
            worker = Worker(source.decoder, folder)
            stack.callback(worker.end)
            idle.put(worker)
        for part in parts:
            pending.append((part, pool.submit(decode, part)))
            if len(pending) > 2 * processes:
                yield pending[0][0], pending.popleft()[1].result()
        while pending:
            yield pending[0][0], pending.popleft()[1].result()


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
