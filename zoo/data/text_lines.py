"""Lines of text files that strangers made, one at a time and none without end."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_LINE_BYTES = 1 << 20


def text_lines(path: Path, file: IO[bytes]) -> Iterator[str]:
    """The lines of a UTF-8 file, with their ends and without a byte order mark.

    Args:
        path: of the file, for refusals.
        file: opened at its start.

    Raises:
        ZooError: a line is longer than `MAX_LINE_BYTES`, or not UTF-8.
    """
    encoding, number = "utf-8-sig", 1
    while line := file.readline(MAX_LINE_BYTES + 1):
        if len(line) > MAX_LINE_BYTES:
            raise ZooError(
                f"{path} line {number}: longer than {MAX_LINE_BYTES:,} bytes: expected short lines"
            )
        try:
            yield line.decode(encoding)
        except UnicodeDecodeError:
            raise ZooError(f"{path} line {number}: not UTF-8 text: save it as UTF-8") from None
        encoding, number = "utf-8", number + 1
