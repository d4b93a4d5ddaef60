"""Writing without losing anything: a temporary name on the same file system, then a rename."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import shutil
import struct
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy as np

DAMAGED = (
    OSError, ValueError, KeyError, TypeError, EOFError, MemoryError, NotImplementedError,
    RuntimeError, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What numpy and zipfile raise on files that are cut, overwritten, pickled or not archives."""


MOST_ARRAY_BYTES = 2**30
"""Of all arrays in an npz file: probabilities and ids of several million faces."""


@contextmanager
def open_npz(path: Path) -> Iterator[Mapping[str, np.ndarray]]:
    """The arrays of an npz file, read when they are asked for; never unpickles.

    Raises:
        ValueError: they would take more memory than `MOST_ARRAY_BYTES`.
        one of `DAMAGED`: the file is missing, or no such file.
    """
    import numpy as np

    # numpy leaves a file it opened itself open when it turns out damaged.
    with path.open("rb") as stream:
        with zipfile.ZipFile(stream) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MOST_ARRAY_BYTES:
            raise ValueError(f"unpacks to more than {MOST_ARRAY_BYTES / 1e9:.1f} GB")
        stream.seek(0)
        with np.load(stream, allow_pickle=False) as arrays:
            yield arrays


def _beside(path: Path) -> Path:
    """A temporary name in the folder of `path`, with its suffixes: some writers read them."""
    return path.with_name(f".{secrets.token_hex(4)}.tmp.{path.name}")


class UnwritableError(ZooError):
    """A file or folder cannot be written: the disk is full, or the place refuses."""


@contextmanager
def refusing_in_one_line(path: Path, temporary: Path) -> Iterator[None]:
    """Turn what the file system refuses about `path` into one line for the user.

    Only full disks and failures on `path`, its folder or `temporary` itself: an error about
    another file (a source being read, say) is not about this output and passes through.
    """
    try:
        yield
    except OSError as error:
        ours = {str(path), str(temporary), *map(str, path.parents)}
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            message = f"{path}: the disk is full; free some space and repeat"
            raise UnwritableError(message) from error
        if str(error.filename) in ours:
            reason = (error.strerror or str(error)).lower()
            message = f"{path}: cannot be written ({reason}); name another place"
            raise UnwritableError(message) from error
        raise


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path to write; it becomes `path` only if the block succeeds.

    A reader sees the old file or the new one, never half of one, whatever interrupts the writer.

    Raises:
        UnwritableError: the old file stands.
    """
    temporary = _beside(path)
    with refusing_in_one_line(path, temporary):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            with temporary.open("rb+") as written:
                os.fsync(written.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder to fill; it becomes `path`, which must not exist, on success.

    Raises:
        ZooError: `path` exists, or came to exist meanwhile; what stands there is kept.
        UnwritableError: nothing is left.
    """
    refuse_taken(path)
    temporary = _beside(path)
    with refusing_in_one_line(path, temporary):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.mkdir()
        try:
            yield temporary
            # A rename replaces an empty folder and fails on a full one, each without a clear word.
            refuse_taken(path)
            os.rename(temporary, path)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                refuse_taken(path)
            raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def refuse_taken(path: Path) -> None:
    """Raise if `path` exists, where nothing may be overwritten.

    Raises:
        ZooError: it does.
    """
    if path.exists():
        raise ZooError(f"{path} exists already: remove it, or choose another name")


@contextmanager
def output_folder(folder: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a temporary folder to fill; its files move into `folder` only if the block succeeds.

    So a full disk leaves no half of an output that the next try would have to overwrite.

    Raises:
        ZooError: one of the files is there and `overwrite` is false; nothing is moved then.
        UnwritableError: nothing is moved either.
    """
    temporary = _beside(folder)
    with refusing_in_one_line(folder, temporary):
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary.mkdir()
        try:
            yield temporary
            files = sorted(temporary.iterdir())
            for file in files:
                refuse_existing(folder / file.name, overwrite=overwrite)
            folder.mkdir(exist_ok=True)
            for file in files:
                os.replace(file, folder / file.name)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Any) -> None:
    """Write `content` as indented JSON, whole or not at all.

    Raises:
        ValueError: a number in it is NaN or infinite, which JSON does not know; None says that.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False, sort_keys=False, allow_nan=False)
    write_text(path, text + "\n")


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text_sha256(text: str) -> str:
    """Hex sha256 of a text, in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Raise if `path` exists and the user did not ask to overwrite it.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    if path.exists() and not overwrite:
        raise ZooError(f"{path} exists: pass --overwrite to replace it, or name another output")
