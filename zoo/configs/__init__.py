"""Facts and recipes as TOML text: where the files are, how they are read and laid over each other.

Nothing here imports an architecture, so that ``zoo list`` reads only text.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.errors import ZooError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

ENTRY_POINTS = "zoo.architectures"
"""The entry-point group through which other packages add architectures.

An entry point's name is the architecture's, its value the function (``package.module:function``).
Its TOML is ``<name>.toml`` beside the module.
"""

_FOLDER = Path(__file__).parent


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file.

    Raises:
        ZooError: the file cannot be read, is not UTF-8, not TOML (with line and column), or nested
            too deeply.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise ZooError(f"{path}: no such file") from None
    except OSError as error:
        raise ZooError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise ZooError(f"{path}: not UTF-8 text (byte {error.start}): save it as UTF-8") from None
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        raise ZooError(f"{path}: not valid TOML: {error}") from None
    except RecursionError:
        raise ZooError(f"{path}: nested too deeply") from None


def toml_line(key: str, value: Any) -> str:
    """``key = value``, as `read_toml` reads it."""
    bare = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else toml_value(key)
    return f"{bare} = {toml_value(value)}"


def toml_value(value: Any) -> str:
    """Text, a number, a boolean, a list or a table as TOML, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(toml_line(key, inner) for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    if type(value) in (int, float):
        return repr(value)
    # A JSON string or boolean is TOML as it stands, but for surrogates and the delete character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def merged(*tables: dict[str, Any]) -> dict[str, Any]:
    """The tables laid over each other: tables are merged key by key, else the later value wins."""
    result: dict[str, Any] = {}
    for table in tables:
        for key, value in table.items():
            below = result.get(key, {})
            if isinstance(value, dict):
                value = merged(below if isinstance(below, dict) else {}, value)
            result[key] = value
    return result


def flat(table: Mapping[str, Any], prefix: str = "", *, lists: bool = True) -> dict[str, Any]:
    """Every value of nested tables by its dotted key.

    Args:
        table: the tables.
        prefix: what every key begins with.
        lists: whether the items of lists have a key each, numbered from 1; else a list is a value.
    """
    values: dict[str, Any] = {}
    for key, value in table.items():
        name = f"{prefix}{key}"
        if lists and isinstance(value, list | tuple):
            value = {str(place): item for place, item in enumerate(value, 1)}
        inner = isinstance(value, dict)
        values |= flat(value, f"{name}.", lists=lists) if inner else {name: value}
    return values


def base() -> dict[str, Any]:
    """What every recipe starts from: each key there is, with its default."""
    return read_toml(_FOLDER / "base.toml")


def preset_files() -> dict[str, Path]:
    """The TOML of every preset by name, sorted: a source's settings or ours, for any network."""
    return {path.stem: path for path in sorted((_FOLDER / "presets").glob("*.toml"))}


def preset_table(name: str) -> dict[str, Any]:
    """What one preset sets of a recipe.

    Raises:
        ZooError: no preset is called `name`; the nearest names are given.
    """
    files = preset_files()
    if name not in files:
        raise unknown("preset", name, files)
    return read_toml(files[name])


@cache
def architecture_files() -> dict[str, Path]:
    """The TOML of every architecture by name, sorted: the zoo's own and other packages'.

    Raises:
        ZooError: two packages give the same name, or an entry point has no TOML.
    """
    files = {path.stem: path for path in _FOLDER.glob("*.toml") if "architecture" in _table(path)}
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS):
        path = _beside_module(entry)
        if entry.name in files:
            raise ZooError(
                f"architecture {entry.name!r} is there twice: {files[entry.name]} and {path}; "
                "rename one, or uninstall its package"
            )
        files[entry.name] = path
    return dict(sorted(files.items()))


def architecture_file(name: str) -> Path:
    """The TOML of one architecture.

    Raises:
        ZooError: no architecture is called `name`; the nearest names are given.
    """
    files = architecture_files()
    if name not in files:
        raise unknown("architecture", name, files)
    return files[name]


def architecture_table(name: str) -> dict[str, Any]:
    """The facts of one architecture: its TOML's ``[architecture]`` table, not yet validated.

    Raises:
        ZooError: unknown name, bad TOML, or no such table.
    """
    path = architecture_file(name)
    table = _table(path).get("architecture")
    if not isinstance(table, dict):
        raise ZooError(f"{path}: no [architecture] table")
    return dict(table)


def recipe_table(name: str) -> dict[str, Any]:
    """How one architecture is trained: everything in its TOML but the facts, without the base."""
    content = _table(architecture_file(name))
    return merged({key: value for key, value in content.items() if key != "architecture"})


@cache
def _table(path: Path) -> dict[str, Any]:
    return read_toml(path)


def _beside_module(entry: importlib.metadata.EntryPoint) -> Path:
    """Where an entry point's TOML is, found without importing its module.

    `find_spec` imports the parents of a dotted name, so only the top-level package is asked.
    """
    top, *inner = entry.module.split(".")
    spec = importlib.util.find_spec(top)
    roots = list(spec.submodule_search_locations or []) if spec else []
    if spec and spec.origin and not roots:
        roots = [str(Path(spec.origin).parent)]
    for root in roots:
        path = Path(root, *inner[:-1], f"{entry.name}.toml")
        if path.is_file():
            return path
    raise ZooError(
        f"architecture {entry.name!r} of {entry.value}: no {entry.name}.toml beside its module"
    )


def assigned(assignment: str) -> tuple[str, Any]:
    """Key and value of a ``key=value`` of a command line.

    Args:
        assignment: a value is read as TOML and, where it is none, as text: ``init=none``,
            ``optimizer.learning_rate=1e-3``.

    Raises:
        ZooError: it has no key or no equals sign, or is nested too deeply.
    """
    key, equals, text = (part.strip() for part in assignment.partition("="))
    if not equals or not key:
        raise ZooError(
            f"--set {assignment}: expected key=value, e.g. optimizer.learning_rate=1e-3"
        )
    try:
        return key, tomllib.loads(f"value = {text}")["value"]
    except ValueError:  # TOMLDecodeError, or a number of thousands of digits
        return key, text
    except RecursionError:
        raise ZooError(f"--set {key}: nested too deeply") from None
