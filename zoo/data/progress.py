"""Telling how far work has come that is done in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoo.data.source import Progress


def part(progress: Progress | None, number: int, of: int) -> Progress | None:
    """What reports one part of `progress`: the `number`-th, from 1, of so many."""
    if progress is None:
        return None
    return lambda done, total: progress((number - 1) * total + done, of * total)
