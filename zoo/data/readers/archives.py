"""Unpacking archives that strangers made, into a folder that is gone when they have been read.

Understood are zip, tar (also behind gzip, bzip2 or xz) and single files behind gzip. Whatever
could do harm refuses the whole archive before anything of it is read as faces: members that lead
out of the folder, links and devices, names that stand twice, encryption, more than
`MAX_UNPACKED_BYTES` or `MAX_MEMBERS`, and more than `MAX_RATIO` times the archive's own size.
"""

from __future__ import annotations

import gzip
import lzma
import secrets
import shutil
import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from zoo.data.readers.tar_members import BoundedMember, Mode, Unbounded, is_tar
from zoo.data.readers.tree import MAX_DEPTH, SPLIT_FOLDERS, is_image
from zoo.data.source import text
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoo.data.source import Progress


MAX_UNPACKED_BYTES = 50_000_000_000
MAX_MEMBERS = 5_000_000
MAX_RATIO = 200
"""Pixels written as text shrink to a third or a tenth, never to a two-hundredth."""

FREE_OF_RATIO_BYTES = 100_000_000
"""Up to here the ratio does not count: small archives of plain images may be above it."""

_FACES = (".csv", ".npy", ".npz")
_CHUNK_BYTES = 1 << 20

_COMPRESSED: dict[bytes, Mode] = {b"\x1f\x8b": "r:gz", b"BZh": "r:bz2", b"\xfd7zXZ\x00": "r:xz"}
"""How compressed tar archives are opened, by the bytes that they begin with."""

_DAMAGED = (
    EOFError, zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, lzma.LZMAError,
    NotImplementedError, ValueError, RecursionError,
)  # fmt: skip


def archive_kind(path: Path) -> str | None:
    """What kind of archive the file is: ``"zip"``, ``"tar"`` or ``"gz"``; None: it is none.

    Arrays in an .npz file are in a zip archive, too, but no archive in this sense.

    Raises:
        ZooError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            start = file.read(512)
        if start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            return None if is_npz(path) else "zip"
        modes = [mode for magic, mode in _COMPRESSED.items() if start.startswith(magic)]
        if (modes or start[257:262] == b"ustar") and is_tar(path, *modes):
            return "tar"
    except OSError as error:
        raise ZooError(f"{path}: cannot be read ({error.strerror or error})") from None
    except _DAMAGED:
        return "gz" if start.startswith(b"\x1f\x8b") else None
    return "gz" if start.startswith(b"\x1f\x8b") else None


def is_npz(path: Path) -> bool:
    """Whether the file is a zip archive of .npy files alone."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, *_DAMAGED):
        return False
    return bool(names) and all(name.endswith(".npy") for name in names)


@contextmanager
def unpacked(path: Path, folder: Path, progress: Progress | None = None) -> Iterator[Path]:
    """Unpack an archive for as long as the block lasts.

    Args:
        path: a file whose `archive_kind` is known.
        folder: where the temporary folder is made; ``.*.tmp.*`` there is a killed import's.
        progress: called with the bytes that are done and their total.

    Yields:
        The file or folder inside that is to be read: single folders around it are passed by.

    Raises:
        ZooError: the archive is damaged, or as the module says; the message names the member.
    """
    temporary = folder / f".{secrets.token_hex(4)}.tmp.unpacked"
    try:
        temporary.mkdir(parents=True)
        _unpack(path, temporary, progress)
        yield _content(path, temporary)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _unpack(path: Path, target: Path, progress: Progress | None) -> None:
    unpack = {"zip": _unpack_zip, "tar": _unpack_tar, "gz": _unpack_gz}[archive_kind(path) or "gz"]
    try:
        unpack(path, _Budget(path, target), progress or (lambda done, total: None))
    except Unbounded as error:
        raise ZooError(f"{path}: {error} in it: unpack it yourself, if you trust it") from None
    except _DAMAGED as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ZooError(
            f"{path}: the archive is damaged or cut short ({reason}): download it again"
        ) from None
    except OSError as error:
        raise ZooError(f"{path}: cannot be unpacked ({error.strerror or error})") from None


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Budget:
    """Where members go, and what may still be unpacked."""

    def __init__(self, archive: Path, target: Path):
        self._archive = archive
        self._target = target
        self._bytes = 0
        self._names: set[str] = set()
        self.size = archive.stat().st_size
        free = shutil.disk_usage(target).free
        self._limit, self._why = MAX_UNPACKED_BYTES, f"{MAX_UNPACKED_BYTES / 1e9:.3g} GB"
        if free < self._limit:
            self._limit, self._why = free, f"the {free / 1e9:.3g} GB that are free"
        ratio = max(FREE_OF_RATIO_BYTES, MAX_RATIO * self.size)
        if ratio < self._limit:
            self._limit, self._why = ratio, f"{MAX_RATIO} times its size"

    def check(self, count: int) -> None:
        """Refuse what would be too much with so many bytes more.

        Raises:
            ZooError: it would.
        """
        if self._bytes + count > self._limit:
            raise ZooError(
                f"{self._archive}: unpacks to more than {self._why}: unpack it yourself, if you"
                " trust it, and add what is in it"
            )

    def place(self, name: str) -> Path | None:
        """Where the file called `name` goes, its folder made; None: it is left alone.

        Raises:
            ZooError: it would lead out, stands there twice, or is one too many.
        """
        member = PurePosixPath(name)
        if member.is_absolute() or ".." in member.parts or "\\" in name or "\0" in name:
            raise self.hostile(name, "leads out of the folder it would be unpacked into")
        if not member.parts:
            raise self.hostile(name, "has no name")
        if len(member.parts) > MAX_DEPTH:
            raise self.hostile(name, f"stands in more than {MAX_DEPTH} folders")
        if any(part.startswith((".", "__MACOSX")) for part in member.parts):
            return None
        if str(member) in self._names:
            raise self.hostile(name, "stands in it twice")
        self._names.add(str(member))
        if len(self._names) > MAX_MEMBERS:
            raise ZooError(
                f"{self._archive}: more than {MAX_MEMBERS:,} members: unpack it yourself"
            )
        place = self._target / member
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise self.hostile(name, "stands in it as a file and as a folder") from None
        if place.is_dir():
            raise self.hostile(name, "stands in it as a file and as a folder")
        return place

    def hostile(self, name: str, why: str) -> ZooError:
        """The refusal of an archive for one of its members."""
        shown = text(Path(name if len(name) <= 80 else name[:80] + "…"))
        return ZooError(f"{self._archive}: its member {shown!r} {why}: nothing was read")

    def copy(self, source: _Readable, place: Path) -> None:
        """Write a member, whatever size it claims."""
        with place.open("xb") as target:
            while chunk := source.read(_CHUNK_BYTES):
                self.check(len(chunk))
                self._bytes += len(chunk)
                target.write(chunk)


def _unpack_zip(path: Path, budget: _Budget, progress: Progress) -> None:
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        places = []
        claimed = 0
        for member in members:
            claimed += member.file_size
            mode = member.external_attr >> 16
            if mode & 0o170000 == 0o120000:
                raise budget.hostile(member.filename, "is a link")
            if member.flag_bits & 1:
                raise ZooError(
                    f"{path}: encrypted: unpack it with its password and add what was in it"
                )
            places.append(budget.place(member.filename))
        budget.check(claimed)
        done = 0
        for member, place in zip(members, places, strict=True):
            if place is not None:
                with archive.open(member) as source:
                    budget.copy(source, place)
            done += member.compress_size
            progress(min(done, budget.size), budget.size)


def _unpack_tar(path: Path, budget: _Budget, progress: Progress) -> None:
    # As a stream ("|"), so that the archive is decompressed once only.
    with (
        path.open("rb") as file,
        tarfile.open(fileobj=file, mode="r|*", tarinfo=BoundedMember) as archive,
    ):
        for member in archive:
            archive.members.clear()  # type: ignore[attr-defined]  # a kilobyte of each
            archive.pax_headers.clear()  # type: ignore[attr-defined]
            if member.isdir():
                continue
            if not member.isfile():
                kind = "link" if member.islnk() or member.issym() else "device"
                raise budget.hostile(member.name, f"is a {kind}")
            budget.check(member.size)
            place = budget.place(member.name)
            source = archive.extractfile(member)
            if place is not None and source is not None:
                budget.copy(source, place)
            progress(min(file.tell(), budget.size), budget.size)


def _unpack_gz(path: Path, budget: _Budget, progress: Progress) -> None:
    name = path.name.removesuffix(".gz").lstrip(".") or "content"
    place = budget.place(name)
    with path.open("rb") as file, gzip.GzipFile(fileobj=file) as source:
        if place is not None:
            budget.copy(source, place)
    progress(budget.size, budget.size)


def _content(path: Path, folder: Path) -> Path:
    """What is to be read: `folder`, or what is in it alone, inside of any number of folders.

    Raises:
        ZooError: there is nothing, or nothing but another archive.
    """
    while True:
        entries = sorted(folder.iterdir())
        if not entries:
            raise ZooError(f"{path}: the archive is empty: name another file or folder")
        if inner_archive := _archive_among(entries):
            raise ZooError(
                f"{path}: an archive in an archive, {text(Path(inner_archive.name))}: unpack the"
                " outer one and add the inner one"
            )
        (only, *others) = entries
        if others or only.name.casefold() in SPLIT_FOLDERS:
            return folder
        if only.is_file():
            return only
        inner = list(only.iterdir())
        tables = any(entry.suffix.casefold() == ".csv" for entry in inner)
        if not tables and not any(map(Path.is_dir, inner)) and any(map(is_image, inner)):
            return folder  # of a class
        folder = only


def _archive_among(entries: list[Path]) -> Path | None:
    """The first archive where there are files alone, and none of them is faces by its name."""
    if any(is_image(entry) or entry.suffix in _FACES or entry.is_dir() for entry in entries):
        return None
    return next((entry for entry in entries if archive_kind(entry)), None)
