"""Numpy arrays in files, read in order and in parts, whatever their headers claim."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LABEL_BYTES = 1_000_000_000
MAX_RATIO = 1100
"""Deflate makes nothing smaller than to a thousandth: what claims more is made up."""

_MAX_HEADER_BYTES = 10_000
_DAMAGED = (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error, NotImplementedError)


@dataclass(frozen=True)
class ArrayFile:
    """An array that is not in memory.

    Attributes:
        path: the .npy file, or the .npz file that it is in.
        member: its name in the .npz file; blank for an .npy file.
        shape: as its header says, and as many bytes are there.
        dtype: of numbers or text, never of objects.
    """

    path: Path
    member: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def name(self) -> str:
        """What it is called."""
        return Path(self.member or self.path).stem

    def blocks(self, size: int) -> Iterator[bytes]:
        """Its values' bytes, at most `size` at a time."""
        with _opened(self.path, self.member) as file:
            _header(self.path, self.name, file)
            left = prod(self.shape) * self.dtype.itemsize
            while left:
                block = file.read(min(size, left))
                if not block:
                    raise ZooError(f"{self.path}: {self.name} is cut short")
                left -= len(block)
                yield block

    def rows(self, most: int) -> Iterator[tuple[int, np.ndarray]]:
        """Its rows, `most` bytes at a time or one row, each time with the place of the first."""
        size = prod(self.shape[1:]) * self.dtype.itemsize
        count = max(1, most // max(size, 1))
        with _opened(self.path, self.member) as file:
            _header(self.path, self.name, file)
            for start in range(0, self.shape[0], count):
                rows = min(count, self.shape[0] - start)
                values = np.frombuffer(_exactly(file, rows * size, self), self.dtype)
                yield start, values.reshape(rows, *self.shape[1:])

    def read(self) -> np.ndarray:
        """The whole array.

        Raises:
            ZooError: it is larger than arrays of labels are.
        """
        if prod(self.shape) * self.dtype.itemsize > MAX_LABEL_BYTES:
            raise ZooError(f"{self.path}: {self.name} is {self.shape}: too large for labels")
        content = b"".join(self.blocks(1 << 20))
        return np.frombuffer(content, self.dtype).reshape(self.shape)


def array_files(path: Path) -> tuple[ArrayFile, ...]:
    """The arrays in an .npz file or in a folder of .npy files, by name.

    Raises:
        ZooError: one is damaged, is of objects, or claims more than there is.
    """
    if path.is_dir():
        files = sorted(path.glob("*.npy"))
        return tuple(_array_file(file, "", file.stat().st_size) for file in files)
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        raise ZooError(f"{path}: two arrays of the same name")
    for member in members:
        if member.flag_bits & 1:
            raise ZooError(f"{path}: encrypted: save the arrays without a password")
        if member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise _claims_too_much(path, member.filename)
    return tuple(
        _array_file(path, member.filename, member.file_size)
        for member in sorted(members, key=lambda member: member.filename)
    )


def _array_file(path: Path, member: str, size: int) -> ArrayFile:
    name = Path(member or path).stem
    with _opened(path, member) as file:
        shape, dtype, start = _header(path, name, file)
    if start + prod(shape) * dtype.itemsize > size:
        raise _claims_too_much(path, name)
    return ArrayFile(path, member, shape, dtype)


def _claims_too_much(path: Path, name: str) -> ZooError:
    return ZooError(f"{path}: {name} claims to hold more than the file does: cut short or made up")


def _header(path: Path, name: str, file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """An array's shape, type and where its values begin.

    Raises:
        ZooError: its values cannot be read in order, or only by unpickling them.
        ValueError: there is no such header.
    """
    version = np.lib.format.read_magic(file)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise ValueError(f"format {version}")
    shape, columns_first, dtype = read(file, max_header_size=_MAX_HEADER_BYTES)
    if dtype.hasobject:
        raise ZooError(
            f"{path}: {name} is an array of objects, which only unpickling could read: save it"
            " again as numbers or text"
        )
    if dtype.kind not in "iufUS" or not dtype.itemsize or not shape or min(shape) < 0:
        raise ZooError(f"{path}: {name} is {dtype} {shape}: expected an array of numbers or text")
    if 0 in shape[1:]:  # rows of nothing need no bytes, however many a header claims
        raise ZooError(f"{path}: {name} is {shape}: nothing in each row: save it again")
    if columns_first and len(shape) > 1:
        raise ZooError(
            f"{path}: {name} is stored column by column: save np.ascontiguousarray of it"
        )
    return shape, dtype, file.tell()


def _exactly(file: IO[bytes], count: int, array: ArrayFile) -> bytes:
    content = file.read(count)
    if len(content) < count:
        raise ZooError(f"{array.path}: {array.name} is cut short")
    return content


@contextmanager
def _opened(path: Path, member: str) -> Iterator[IO[bytes]]:
    try:
        if not member:
            with path.open("rb") as file:
                yield file
            return
        with zipfile.ZipFile(path) as archive, archive.open(member) as inner:
            yield inner
    except _DAMAGED as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ZooError(f"{path}: damaged or cut short ({member or path.name}: {reason})") from None
