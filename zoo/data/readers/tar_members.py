"""Members of tar archives that strangers made: `tarfile` reads their headers into memory whole."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

MAX_HEADER_BYTES = 1 << 16
"""Of a header with a name or attributes: paths have 4 kB at most, attributes a few."""

_LONG_HEADERS = (
    tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE,
)  # fmt: skip


class Unbounded(tarfile.TarError):
    """A header that would be read into memory whole, whatever its size; says what it is of."""


class BoundedMember(tarfile.TarInfo):
    """A member with a bounded header.

    `tarfile` has no bound of its own, neither for names and attributes in headers of their own nor
    for the maps of sparse files; each kind of header has a method that reads it.
    """

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _LONG_HEADERS and self.size > MAX_HEADER_BYTES:
            raise Unbounded(f"a name or attributes of {self.size:,} bytes")
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise Unbounded("a sparse file")
        return super()._proc_member(archive)  # type: ignore[misc]

    def _proc_gnusparse_10(self, *arguments: object) -> None:
        raise Unbounded("a sparse file")


Mode = Literal["r:", "r:gz", "r:bz2", "r:xz"]


def is_tar(path: Path, mode: Mode = "r:") -> bool:
    """Whether the file is a tar archive, behind the compression that `mode` names.

    It must be known which: a compressed file's first bytes may pass for a header of tar's.
    """
    try:
        tarfile.open(path, mode, tarinfo=BoundedMember).close()
    except Unbounded:
        return True
    except (tarfile.TarError, RecursionError):
        return False
    return True
