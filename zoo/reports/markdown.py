"""Sections as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.tables import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.reports.page import Section


def markdown_page(title: str, opening: Sequence[str], sections: Sequence[Section]) -> str:
    """A page of Markdown.

    Args:
        title: its heading.
        opening: paragraphs before the first section.
        sections: paragraphs, which may hold Markdown, and tables; no pictures.
    """
    blocks = [f"# {title}", *opening]
    for section in sections:
        blocks += [f"## {section.title}", *(_block(block) for block in section.content)]
    return "\n\n".join(blocks) + "\n"


def _block(block: object) -> str:
    return block.markdown().rstrip("\n") if isinstance(block, Table) else str(block)
