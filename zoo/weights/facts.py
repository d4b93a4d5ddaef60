"""What a file of weights says about itself, in the header of its safetensors file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from zoo.errors import ZooError

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = 1
"""Of the facts. It grows when a new zoo writes files that an older one would misread."""

METADATA_KEY = "facts"
"""Where in the header's ``__metadata__`` the facts stand, as JSON.

One key alone, since safetensors writes several in an order that differs from file to file.
"""

AGAIN = "get the file again"
"""What to do about a damaged file of weights."""

LARGEST_HEADER = 2**20
"""Bytes. The longest of the zoo's own, inception_v3's, has 40 kB."""

_LONGEST_SHOWN = 300
"""Characters of a fact that a message shows."""

STRICT = ConfigDict(frozen=True, extra="forbid", strict=True)
"""What every model of this room is: nothing unknown is let in, nothing is converted."""


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("expected printable characters in one line")
    return text


# What a stranger wrote is shown on a terminal.
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Side = Annotated[int, Field(ge=1, le=1024)]


class Facts(BaseModel):
    """What a file of weights says about itself.

    Attributes:
        format: see `FORMAT`.
        architecture: its name in the registry.
        options: of the architecture's function, the ``[network]`` table of the recipe.
        classes: ordered names of the outputs.
        face_shape: (H, W, C) of the faces the network is given.
        dataset: the name of the data set it was trained on.
        fingerprint: of that data set.
        run: the id of the training, ``<architecture>/<id>``.
        versions: of the software that trained it.
    """

    model_config = STRICT

    format: Literal[1] = FORMAT
    architecture: Line
    options: dict[Line, bool | int | float | Line]
    classes: tuple[Line, ...] = Field(min_length=2, max_length=1000)
    face_shape: tuple[Side, Side, Literal[1, 3]]
    dataset: Line
    fingerprint: Sha256
    run: Line
    versions: dict[Line, Line]

    @model_validator(mode="after")
    def _distinct_classes(self) -> Self:
        if len(set(self.classes)) < len(self.classes):
            raise ValueError("a class is there twice")
        return self

    def to_json(self) -> str:
        """As JSON, the same text for the same facts."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True)


def read_facts(path: Path) -> Facts:
    """The facts in a file of weights; its tensors are not read.

    Raises:
        ZooError: the file is missing, not a file of the zoo's, damaged, or of a newer zoo.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
            header = file.read(min(int.from_bytes(start, "little"), LARGEST_HEADER + 1))
    except FileNotFoundError:
        raise ZooError(f"{path}: no such weights") from None
    except OSError as error:
        raise ZooError(f"{path}: cannot be read ({error.strerror})") from None
    return facts_in(path, start + header)


def facts_in(path: Path, content: bytes | memoryview) -> Facts:
    """The facts in what was read of a file, its header at least.

    Args:
        path: of the file, for the error's message.
        content: its first bytes.

    Raises:
        ZooError: as `read_facts`.
    """
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 + length or length > LARGEST_HEADER:
        raise ZooError(f"{path}: cut off, or not a safetensors file: {AGAIN}")
    try:
        header = json.loads(bytes(content[8 : 8 + length]))
        text = header["__metadata__"][METADATA_KEY]
        return Facts.model_validate_json(text)
    except ValidationError as error:
        raise ZooError(f"{path}: {_fault(error)}") from None
    # Bytes that are no UTF-8 and digits by the thousand raise ValueError, too.
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ZooError(
            f"{path}: no weights of the zoo's (its header tells no facts): only files written by "
            "zoo weights export can be read"
        ) from None


def first_fault(error: ValidationError) -> tuple[str, str]:
    """The key of what a validation found wrong first, as text that can be shown; and what it is.

    The key is in quotes, and empty where no single one is wrong.
    """
    fault = error.errors(include_url=False, include_context=False)[0]
    key = ".".join(str(part) for part in fault["loc"])[:100]
    message = fault["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return repr(key) if key else "", message


def _fault(error: ValidationError) -> str:
    key, message = first_fault(error)
    if key == "'format'":
        return (
            f"weights of a format that this zoo does not know (it knows {FORMAT}): "
            "pip install --upgrade expression-zoo"
        )
    return f"damaged (facts{key and ' '}{key}: {message}): {AGAIN}"


def changed(path: Path) -> ZooError:
    """What to raise of a file whose sha256 is not the recorded one."""
    return ZooError(f"{path}: changed or damaged (its sha256 is not the recorded one): {AGAIN}")


def refuse_differing(path: Path, facts: Facts, **expected: Any) -> None:
    """Refuse facts that are not what the file's folder or the manifest says.

    Args:
        path: of the file, for the error's message.
        facts: the file's.
        **expected: some of the facts, as they should be.

    Raises:
        ZooError: one differs; both are shown.
    """
    for key, wanted in expected.items():
        found = getattr(facts, key)
        wanted = tuple(wanted) if isinstance(wanted, list) else wanted  # as JSON has it
        if found != wanted:
            raise ZooError(
                f"{path}: other weights than expected: its {key} is {_shown(found)}, "
                f"not {_shown(wanted)}: get the file that belongs here"
            )


def _shown(value: Any) -> str:
    """What a stranger may have written, as one line of a terminal."""
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    cut = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]} …"
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in cut)
