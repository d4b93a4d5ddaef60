"""The house: a room imports only from the floors below it."""

import ast
from pathlib import Path

import pytest

ZOO = Path(__file__).parent.parent / "zoo"

FLOORS = [
    {"errors", "home", "files", "tables", "backend", "metrics", "intervals", "temperature"},
    {"configs", "predictions", "runs", "weights", "data", "preprocessing", "figures"},
    {"architectures"},
    {"predictor"},
    {"ensemble"},
    {"training"},
    {"models"},
    {"evaluation", "explainers", "shipping"},
    {"reports", "visualization"},
    {"demo"},
    {"cli"},
    {"__main__"},
]
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
FILES = sorted(path for path in ZOO.rglob("*.py") if path != ZOO / "__init__.py")


def room_of(path: Path) -> str:
    return path.relative_to(ZOO).parts[0].removesuffix(".py")


def imported_modules(path: Path, *, nested: bool = True) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if nested else ast.iter_child_nodes(tree)
    modules: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            modules |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module)
            modules |= {f"{node.module}.{name.name}" for name in node.names}
    return modules


def imported_rooms(path: Path) -> set[str]:
    parts = (module.split(".") for module in imported_modules(path))
    return {module[1] for module in parts if module[0] == "zoo" and len(module) > 1}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ZOO)))
def test_a_room_imports_only_from_the_floors_below(path: Path) -> None:
    room = room_of(path)
    assert room in LEVEL, f"{path}: a room the house does not know"
    others = (imported_rooms(path) & LEVEL.keys()) - {room}
    assert {other for other in others if LEVEL[other] > LEVEL[room]} == set()
    if LEVEL[room] > 1:
        assert {other for other in others if LEVEL[other] == LEVEL[room]} == set()


@pytest.mark.parametrize(
    ("room", "banned"),
    [
        ("architectures", "zoo.data"),
        ("figures", "keras"),
        ("figures", "tensorflow"),
        ("data", "keras"),
        ("data", "tensorflow"),
        ("explainers", "zoo.training"),
        ("explainers", "zoo.models"),
        ("visualization", "zoo.training"),
        ("visualization", "zoo.models"),
    ],
)
def test_a_ban_holds(room: str, banned: str) -> None:
    for path in (path for path in FILES if room_of(path) == room):
        offenders = {m for m in imported_modules(path) if (m + ".").startswith(banned + ".")}
        assert offenders == set(), path


def test_the_command_imports_nothing_heavy_at_module_level() -> None:
    light = {"click", "rich", "zoo", "pathlib", "typing", "collections", "contextlib", "sys"}
    light |= {"__future__", "functools", "io", "errno", "signal", "dataclasses"}
    for path in (ZOO / "cli").glob("*.py"):
        modules = {module.split(".")[0] for module in imported_modules(path, nested=False)}
        assert modules <= light, path
