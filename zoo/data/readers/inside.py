"""A source inside of something: an archive that was unpacked, a folder around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from zoo.data.source import Decoder, Part, Progress, Skipped, Source


@dataclass(frozen=True)
class Inside:
    """What is inside, under the path of what is around it; see `zoo.data.source.Source`.

    All that decides the fingerprint is the content's own: it is the same on its own or not.

    Attributes:
        content: the source inside.
        path: what is around it, as the user wrote it.
        where: how the two stand to each other: ``"in a zip archive"``.
    """

    content: Source
    path: Path
    where: str

    @property
    def reader(self) -> str:
        """The content's."""
        return self.content.reader

    @property
    def kind(self) -> str:
        """The content's, and where it is."""
        return f"{self.content.kind} {self.where}"

    @property
    def classes(self) -> tuple[str, ...]:
        """The content's."""
        return self.content.classes

    @property
    def face_shape(self) -> tuple[int, int, int]:
        """The content's."""
        return self.content.face_shape

    @property
    def expected_faces(self) -> int:
        """The content's."""
        return self.content.expected_faces

    @property
    def facts(self) -> dict[str, Any]:
        """The content's."""
        return self.content.facts

    @property
    def elsewhere(self) -> tuple[Path, ...]:
        """None: all of the content is at `path`."""
        return ()

    @property
    def strict(self) -> bool:
        """The content's."""
        return self.content.strict

    def content_hash(self, progress: Progress | None = None) -> str:
        """The content's."""
        return self.content.content_hash(progress)

    def parts(self) -> Iterator[Part]:
        """The content's."""
        return self.content.parts()

    @property
    def decoder(self) -> Decoder:
        """The content's."""
        return self.content.decoder

    def check(self, trained: Collection[int], skipped: Skipped) -> None:
        """The content's."""
        self.content.check(trained, skipped)
