"""Exported and shipped runs, made once per session; copies of them that a test may spoil."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from zoo import weights
from zoo.data.library import open_dataset
from zoo.models import as_members, ensemble_toml
from zoo.runs import Run, finished_runs
from zoo.shipping.ship import ship
from zoo.weights.manifest import Manifest, write_manifest


def own_run(home: Path, architecture: str) -> Run:
    """The unlimited run of an architecture in a $ZOO_HOME."""
    runs = finished_runs(home / "runs")
    (run,) = (one for one in runs if one.architecture == architecture and not one.metrics["limit"])
    return run


@pytest.fixture
def run_of(small_zoo: Path) -> Callable[[str], Run]:
    """The unlimited run of an architecture among the test's own."""
    return lambda architecture: own_run(small_zoo, architecture)


def empty_checkout(root: Path) -> Path:
    """A checkout that ships nothing; gives what is to be `zoo.weights.SHIPPED`."""
    shipped = root / "zoo" / "weights" / "shipped"
    shipped.mkdir(parents=True)
    (root / "pyproject.toml").touch()
    return shipped


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of shipped weights of a checkout that ships nothing."""
    monkeypatch.setattr(weights, "SHIPPED", empty_checkout(tmp_path / "checkout"))
    write_manifest(Manifest())
    return weights.SHIPPED


@pytest.fixture(scope="session")
def shipped_once(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout that ships cpcpcpfff and handcrafted_fcn. Do not change it."""
    root = tmp_path_factory.mktemp("shipped")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZOO_HOME", str(trained_home))
        patch.setattr(weights, "SHIPPED", empty_checkout(root))
        write_manifest(Manifest())
        dataset = open_dataset("tiny")
        for name in ("handcrafted_fcn", "cpcpcpfff"):
            ship(own_run(trained_home, name), dataset)
    return root


@pytest.fixture
def shipped(shipped_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder of shipped weights, cpcpcpfff and handcrafted_fcn; their ensemble."""
    shutil.copytree(shipped_once, tmp_path / "checkout")
    monkeypatch.setattr(weights, "SHIPPED", tmp_path / "checkout" / "zoo" / "weights" / "shipped")
    packaged = weights.SHIPPED.parent / "ensemble.toml"
    packaged.write_text(ensemble_toml(as_members(weights.shipped_runs(), weights.SHIPPED)))
    monkeypatch.setattr("zoo.models.ensemble_file.PACKAGED", packaged)
    return weights.SHIPPED


@pytest.fixture
def exported(shipped_once: Path, tmp_path: Path) -> Path:
    """The folder of an exported run, outside of any package."""
    folder = tmp_path / "exported"
    shutil.copytree(shipped_once / "zoo" / "weights" / "shipped" / "cpcpcpfff", folder)
    return folder
