"""How faces are imported: everything a user may choose, in one place."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.data.ferplus import RULES
from zoo.data.source import channels, text
from zoo.errors import ZooError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIZES = range(8, 1025)


@dataclass(frozen=True)
class ImportSettings:
    """The settings of an import; each is the option of `zoo data add` of the same name.

    Attributes:
        size: side of the faces, 8–1024 pixels.
        colour: ``"grey"`` or ``"rgb"``.
        validation_fraction: share of each class's training faces, between 0 and 1, that becomes
            the validation split of a source without one.
        seed: of that choice, 0 or more.
        skip_bad_rows: count csv rows that cannot be read instead of stopping at the first.
        votes: a csv of annotators' votes, one row for each row of the csv of faces, in its order;
            they become the soft labels (`zoo.data.annotations`).
        ferplus: FER+'s csv of votes, joined likewise; its labels take the place of those in the
            csv of faces (`zoo.data.ferplus`).
        classes: 8, FER+'s, or 7, without contempt; None: 8. Of `ferplus` alone.
        labels: which training faces FER+'s votes keep, one of `zoo.data.ferplus.RULES`; None:
            ``"majority"``. Of `ferplus` alone.
        crop_faces: cut a square around the largest face of each image
            (`zoo.preprocessing.cropping`); images without one are left out.
        keep_faceless: keep those whole instead. Of `crop_faces` alone.
        official_split: a fer2013.csv that tells PublicTest from PrivateTest in the folder version
            (`zoo.data.readers.official`).

    Raises:
        ZooError: one of them is out of its range, or needs or excludes another.
    """

    size: int = 48
    colour: str = "grey"
    validation_fraction: float = 0.1
    seed: int = 0
    skip_bad_rows: bool = False
    votes: Path | None = None
    ferplus: Path | None = None
    classes: int | None = None
    labels: str | None = None
    official_split: Path | None = None
    crop_faces: bool = False
    keep_faceless: bool = False

    def __post_init__(self) -> None:
        if self.size not in _SIZES:
            raise ZooError(
                f"size {self.size}: expected {_SIZES.start} to {_SIZES.stop - 1} pixels"
            )
        channels(self.colour)
        if not 0 < self.validation_fraction < 1:
            raise ZooError(
                f"validation fraction {self.validation_fraction:g}: expected between 0 and 1"
            )
        if self.seed < 0:
            raise ZooError(f"validation seed {self.seed}: expected 0 or more")
        if self.keep_faceless and not self.crop_faces:
            raise ZooError(
                "--keep-faceless says what becomes of images without a face: add --crop-faces"
            )
        self._check_ferplus()

    def _check_ferplus(self) -> None:
        for name in ("classes", "labels"):
            if getattr(self, name) is not None and self.ferplus is None:
                raise ZooError(
                    f"{option(name)} says how FER+'s votes are taken: add --ferplus FILE"
                )
        if self.classes not in (None, 7, 8):
            raise ZooError(f"{self.classes} classes: expected 8, FER+'s, or 7, without contempt")
        if self.labels is not None and self.labels not in RULES:
            raise unknown("rule for FER+'s labels", self.labels, RULES)
        if self.votes is not None and self.ferplus is not None:
            raise ZooError(
                "--votes keeps the labels and --ferplus takes FER+'s instead: pass one of them"
            )

    @property
    def face_shape(self) -> tuple[int, int, int]:
        """(size, size, 1 or 3)."""
        return self.size, self.size, channels(self.colour)

    @property
    def drawn_validation(self) -> dict[str, Any]:
        """How a validation split is drawn, as the facts of a source without one say it, JSON."""
        return {"validation_fraction": self.validation_fraction, "validation_seed": self.seed}

    @property
    def given(self) -> dict[str, Any]:
        """Those that are not what they are by default, JSON; paths absolute."""
        values = ((field, getattr(self, field.name)) for field in fields(self))
        return {
            field.name: text(value.resolve()) if isinstance(value, Path) else value
            for field, value in values
            if value != field.default
        }


DEFAULTS = ImportSettings()
"""What is not chosen."""


def option(name: str) -> str:
    """What the setting called `name` is called on the command line: ``--skip-bad-rows``."""
    return "--" + name.replace("_", "-")


def as_typed(given: Mapping[str, Any]) -> str:
    """`ImportSettings.given` as one would type it: ``--size 24 --skip-bad-rows``."""
    words = []
    for name, value in given.items():
        words += [option(name)] if value is True else [option(name), shlex.quote(str(value))]
    return " ".join(words)
