"""Where what was measured is written: a place that somebody named, or the usual one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from zoo.files import UnwritableError, output_folder, refuse_existing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from zoo.data.exclusions import Exclusions


def unsaid(line: str) -> None:
    """Says nothing of what takes time."""


@contextmanager
def shown_anyway(out: Path | None, say: Callable[[str], None]) -> Iterator[None]:
    """Where nobody named a place, `out`, one that cannot be written withholds no numbers."""
    try:
        yield
    except UnwritableError as error:
        if out is not None:
            raise
        say(f"tables and pictures are not saved ({error})")


def below(exclusions: Exclusions | None) -> str:
    """The folder, in a usual one, of what is not of all faces; of what is, that one itself."""
    return "" if exclusions is None else exclusions.stem


def refuse_existing_in(out: Path | None, names: Sequence[str], *, overwrite: bool) -> None:
    """Refuse a named folder that holds one of the files, before anything is measured for them."""
    for name in names if out else ():
        refuse_existing(out / name, overwrite=overwrite)  # type: ignore[operator]


def written_files(
    write: Callable[[Path], list[Path]],
    out: Path | None,
    usual: Callable[[], Path],
    *,
    overwrite: bool,
    say: Callable[[str], None],
) -> list[Path]:
    """What `write` puts into `out`, else the `usual` folder; nothing if that cannot be written.

    Args:
        write: puts files into a folder, all of them or none, and names them.
        out: the folder that somebody named.
        usual: gives the one that is taken where nobody did; files there are refreshed.
        overwrite: whether files in `out` may be replaced.
        say: is told why nothing was saved.
    """
    written: list[Path] = []
    with shown_anyway(out, say):
        folder = out or usual()
        with output_folder(folder, overwrite=overwrite or out is None) as temporary:
            paths = write(temporary)
        written = [folder / path.name for path in paths]
    return written
