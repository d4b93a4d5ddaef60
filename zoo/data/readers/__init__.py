"""Readers: one file per kind of source, and the one function that tells which kind a path is.

A reader is a module with what `Reader` says; its `open_source` gives a `zoo.data.source.Source`.
"""

from __future__ import annotations

import errno
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from zoo.data.readers import (
    archives,
    arrays,
    ckplus,
    csv_folder,
    fer2013,
    file_names,
    folders,
    kaggle,
    labels_beside,
    paths,
    rafdb,
)
from zoo.data.readers.header import quoted, read_first_line
from zoo.data.readers.inside import Inside
from zoo.data.settings import option
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoo.data.settings import ImportSettings
    from zoo.data.source import Progress, Source


class Reader(Protocol):
    """What the module of a reader offers.

    Attributes:
        EXPECTED: what it reads, in the words of a refusal that says what was expected.
        TAKES: the settings that only some readers take and this one does: they name another file
            that is joined to what it reads, or say what happens to images.
    """

    EXPECTED: str
    TAKES: frozenset[str]

    def recognise(self, path: Path) -> bool:
        """Whether the file or folder at `path` is of its kind: by a look inside, and quickly.

        What is of its kind but faulty is recognised, too: `open_source` names the fault.

        Raises:
            ZooError: `path` cannot be read.
        """
        ...

    def open_source(self, path: Path, settings: ImportSettings) -> Source:
        """What is at `path`, which was recognised, as a source; no face is decoded yet.

        Raises:
            ZooError: it is not as it should be.
        """
        ...


KNOWN_FOLDERS: tuple[Reader, ...] = (csv_folder, ckplus, rafdb, file_names, labels_beside)
READERS = (*KNOWN_FOLDERS, arrays, folders, kaggle, fer2013, paths)
"""In the order in which they are asked: the narrower kinds come before the wider ones."""

_EXPECTED = (
    "a csv with the columns emotion,pixels[,Usage] or path,label, an .npz of faces and labels, a"
    " folder of images, or a zip, gz or tar archive of one of these"
)
"""In short, for a file that is none of it."""

_TAKEN_BY_SOME = frozenset[str]().union(*(reader.TAKES for reader in READERS))


@contextmanager
def opened(
    path: Path, settings: ImportSettings, folder: Path, progress: Progress | None = None
) -> Iterator[Source]:
    """What is at `path` as a source; an archive is unpacked for as long as the block lasts.

    Args:
        path: a file or folder.
        settings: how it is to be read.
        folder: where an archive is unpacked, under a temporary name.
        progress: called with what is unpacked and the total.

    Raises:
        ZooError: see `open_source` and `zoo.data.readers.archives`; what is inside an archive is
            named by the archive's path, also in what the block raises. Or `path` cannot be read
            to its end, for its disk is gone, say.
    """
    with _broken_reads_explained(path):
        yield from _opened(path, settings, folder, progress)


def _opened(
    path: Path, settings: ImportSettings, folder: Path, progress: Progress | None
) -> Iterator[Source]:
    kind = archives.archive_kind(path) if path.is_file() else None
    if kind is None:
        yield open_source(path, settings)
        return
    with archives.unpacked(path, folder, progress) as content:
        try:
            yield Inside(open_source(content, settings), path, f"in a {kind} archive")
        except ZooError as error:
            inside = str(content if content.is_dir() else content.parent)
            error.args = (str(error).replace(inside, str(path)),)
            raise


@contextmanager
def _broken_reads_explained(path: Path) -> Iterator[None]:
    """Name the source where reading it breaks off; a full disk is none of its faults."""
    try:
        yield
    except OSError as error:
        place = Path(error.filename or path)
        if error.errno in (errno.ENOSPC, errno.EDQUOT) or not place.is_relative_to(path):
            raise
        reason = error.strerror or str(error)
        raise ZooError(
            f"{place}: cannot be read to its end ({reason}): nothing was added; is its disk still"
            " there?"
        ) from None


def open_source(path: Path, settings: ImportSettings) -> Source:
    """Find out what is at `path`, by its content, and open it; no face is decoded yet.

    Args:
        path: a file or folder.
        settings: how it is to be read.

    Returns:
        The source as the first of `READERS` that recognises it understands it; its `kind` says
        what was found.

    Raises:
        ZooError: there is nothing at `path`, no reader recognises it, or it is not as its reader
            expects it; or a setting is none that its reader takes.
    """
    if not path.exists():
        raise ZooError(f"{path}: no such file or folder")
    if not (path.is_file() or path.is_dir()):
        raise ZooError(f"{path}: neither a file nor a folder")
    for reader in READERS:
        if reader.recognise(path):
            _refuse_settings(path, reader, settings)
            return reader.open_source(path, settings)
    raise _unknown_kind(path)


def _refuse_settings(path: Path, reader: Reader, settings: ImportSettings) -> None:
    """Refuse a setting that is none of the reader's."""
    for name in sorted(_TAKEN_BY_SOME - reader.TAKES):
        if name in settings.given:
            # The widest kinds come last, and are enough of a hint.
            takers = " or ".join([o.EXPECTED for o in READERS if name in o.TAKES][-2:])
            raise ZooError(f"{path}: {option(name)} needs {takers}; this is {reader.EXPECTED}")


def _unknown_kind(path: Path) -> ZooError:
    # Every folder is recognised: this is a file.
    if path.stat().st_size == 0:
        return ZooError(f"{path}: empty file: expected {_EXPECTED}")
    if path.suffix.casefold() == ".npy":
        return ZooError(
            f"{path}: a single array: name the folder that holds it beside the array of labels"
        )
    line = read_first_line(path)
    if line is None:
        return ZooError(f"{path}: not UTF-8 text: expected {_EXPECTED}")
    columns = [name.strip(' \t"') for name in line.split(",")]
    return ZooError(f"{path} line 1: columns {quoted(columns)}: expected {_EXPECTED}")
