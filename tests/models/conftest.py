"""Shipped weights: made-up ones, known by their files alone, and two real networks."""

import errno
import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import zoo.weights
from zoo.models.ensemble_file import ensemble_toml
from zoo.models.ensembles import as_members
from zoo.runs import Run

HERE, ELSEWHERE = "a" * 64, "b" * 64
"""Fingerprints: of the data set in use, and of another."""


@pytest.fixture
def made_up(home: Path) -> Callable[..., Run]:
    """Makes a finished run, of text alone: the user's, or a shipped one if its id is "shipped"."""

    def make(
        architecture: str, run_id: str, log_loss: float = 1.0, fingerprint: str = HERE, **facts
    ) -> Run:
        shipped = run_id == "shipped"
        folder = home / "runs" / architecture / run_id
        folder = zoo.weights.SHIPPED / architecture if shipped else folder
        folder.mkdir(parents=True)
        init = facts.pop("init", "none")
        (folder / "recipe.toml").write_text(
            f'architecture = "{architecture}"\ninit = "{init}"\nseed = 0\n'
        )
        metrics = {
            "dataset": "here" if fingerprint == HERE else "elsewhere",
            "fingerprint": fingerprint,
            "classes": ["happy", "sad"],
            "limit": None,
            "validation": {"n": 40, "top1": 0.75, "log_loss": log_loss},
            "weights_sha256": (f"{len(architecture):x}{run_id.encode().hex()}" + "0" * 64)[:64],
        }
        (folder / "metrics.json").write_text(json.dumps(metrics | facts))
        return Run(folder)

    return make


@pytest.fixture(scope="session")
def exported(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two networks in the form in which weights are shipped."""
    from zoo.data.library import open_dataset
    from zoo.models import best_run
    from zoo.shipping.export import export

    folder = tmp_path_factory.mktemp("exported")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZOO_HOME", str(trained_home))
        patch.setattr(zoo.weights, "SHIPPED", folder / "none")
        tiny = open_dataset("tiny")
        for name in ("cpcpcpfff", "handcrafted_fcn"):
            run = best_run(name, tiny.fingerprint, trained_home / "runs")
            export(run, tiny, folder / name)
    return folder


@pytest.fixture
def shipped(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the two networks came with the package, and its ensemble of them.

    The working folder is empty.
    """
    folder = tmp_path / "package" / "shipped"
    shutil.copytree(exported, folder)
    (tmp_path / "work").mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(zoo.weights, "SHIPPED", folder)
    packaged = tmp_path / "package" / "ensemble.toml"
    members = as_members(zoo.weights.shipped_runs(), folder)
    packaged.write_text(ensemble_toml(members))
    monkeypatch.setattr("zoo.models.ensemble_file.PACKAGED", packaged)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def newcomer(shipped: Path, exported: Path, zoo_command, drawn_csv: Path, tmp_path: Path):
    """The $ZOO_HOME of a user with shipped weights and some of their faces, of another copy.

    When the test ends, what came with the package is as it was.
    """
    copy = tmp_path / "copy.csv"
    rows = drawn_csv.read_text().splitlines(keepends=True)
    copy.write_text("".join([*rows[:60], *rows[-140:]]))
    assert zoo_command("data", "add", "mine", copy).exit_code == 0
    yield tmp_path / "home"
    assert contents(shipped) == contents(exported), "something was written into the package"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture of noise, in colour."""
    path = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 70, 3), np.uint8)).save(path)
    return path


@pytest.fixture
def no_prediction(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on, no neural network can be loaded to predict with."""

    def forbid() -> None:
        def load(*args: object) -> None:
            pytest.fail("a network was loaded")

        monkeypatch.setattr("zoo.models.saved.load_classifier", load)

    return forbid


@pytest.fixture
def full_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on, the disk that $ZOO_HOME lies on is full."""

    def fill() -> None:
        for name in ("replace", "rename"):
            monkeypatch.setattr(os, name, partial(refuse, getattr(os, name)))

    def refuse(move: Callable[..., None], source: Path, target: Path) -> None:
        if Path(target).is_relative_to(home):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(source))
        move(source, target)

    return fill
