"""One HTML file that holds everything it shows: text, tables, pictures."""

from __future__ import annotations

import base64
import hashlib
import html
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.files import refuse_existing, write_text
from zoo.tables import Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_PNG = b"\x89PNG\r\n\x1a\n"
_CSS_PIXELS = 100 / 150
"""Pictures have 150 pixels per inch; at 100 their letters are as large as the page's."""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
      content="default-src 'none'; img-src data:; style-src 'unsafe-inline'{policy}">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>{script}
</body>
</html>
"""
"""The policy makes a browser refuse whatever is not in the file itself."""


@dataclass(frozen=True)
class Picture:
    """A picture in a page.

    Attributes:
        path: of the .png file; its content is copied into the page.
        caption: what stands below it.
        alternative: what it shows, in words, for who cannot see it.
    """

    path: Path
    caption: str
    alternative: str


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it.

    Attributes:
        title: the heading.
        content: paragraphs (str), tables and pictures, in the order to read them.
    """

    title: str
    content: Sequence[str | Table | Picture]


def write_page(
    path: Path,
    title: str,
    sections: Sequence[Section],
    *,
    contents: bool = False,
    sortable: bool = False,
    overwrite: bool = False,
) -> None:
    """Write a page that needs no other file and no network.

    Args:
        path: where it goes, e.g. ``report.html``.
        title: its heading.
        sections: its content.
        contents: whether a list of the sections stands in front of them.
        sortable: whether a click on a heading sorts its table; without, there is no script.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false; or a picture is missing or not a PNG.
    """
    refuse_existing(path, overwrite=overwrite)
    body = "\n".join(_section(section, number) for number, section in enumerate(sections, 1))
    body = _contents(sections) + body if contents else body
    policy, script = _sorting() if sortable else ("", "")
    page = _PAGE.format(
        title=html.escape(title), style=_read("page.css"), body=body, policy=policy, script=script
    )
    write_text(path, page)


def _sorting() -> tuple[str, str]:
    """What lets a browser run one script and no other, and that script."""
    code = "\n" + _read("sorting.js")
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode("ascii")
    return f"; script-src 'sha256-{digest}'", f"\n<script>{code}</script>"


def _read(name: str) -> str:
    return files("zoo.reports").joinpath(name).read_text(encoding="utf-8")


def _contents(sections: Sequence[Section]) -> str:
    lines = "".join(
        f'<li><a href="#s{number}">{html.escape(section.title)}</a></li>'
        for number, section in enumerate(sections, 1)
    )
    return f"<nav><ol>{lines}</ol></nav>\n"


def _section(section: Section, number: int) -> str:
    blocks = "\n".join(_block(block) for block in section.content)
    heading = f'<h2 id="s{number}">{html.escape(section.title)}</h2>'
    return f"<section>\n{heading}\n{blocks}\n</section>"


def _block(block: str | Table | Picture) -> str:
    if isinstance(block, str):
        return f"<p>{html.escape(block)}</p>"
    if isinstance(block, Table):
        return f'<div class="table">{block.html()}</div>'
    return _figure(block)


def _figure(picture: Picture) -> str:
    try:
        content = picture.path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ZooError(f"{picture.path}: cannot be read ({reason}); draw it again") from None
    if not content.startswith(_PNG):
        raise ZooError(f"{picture.path}: not a PNG picture; a page holds .png files")
    data = base64.b64encode(content).decode("ascii")
    width = round(int.from_bytes(content[16:20], "big") * _CSS_PIXELS)
    alternative, caption = html.escape(picture.alternative), html.escape(picture.caption)
    return (
        f'<figure><img src="data:image/png;base64,{data}" width="{width}" alt="{alternative}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )
