"""Writing without losing anything: a temporary name on the same file system, then a rename."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _beside(path: Path) -> Path:
    """A temporary name in the folder of `path`, with its suffixes: some writers read them."""
    return path.with_name(f".{secrets.token_hex(4)}.tmp.{path.name}")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path to write; it becomes `path` only if the block succeeds.

    A reader sees the old file or the new one, never half of one, whatever interrupts the writer.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder to fill; it becomes `path`, which must not exist, on success."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path)
    temporary.mkdir()
    try:
        yield temporary
        os.rename(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Any) -> None:
    """Write `content` as indented JSON, whole or not at all."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, sort_keys=False) + "\n")


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Raise if `path` exists and the user did not ask to overwrite it.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    if path.exists() and not overwrite:
        raise ZooError(f"{path} exists: pass --overwrite to replace it, or name another output")
