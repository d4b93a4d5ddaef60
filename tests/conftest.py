"""What every test shares: a home of its own, and one small zoo trained once per session."""

import csv
import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from zoo import weights

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SPLIT_SIZES = {"Training": 140, "PublicTest": 70, "PrivateTest": 70}


def pytest_collection_finish() -> None:
    """Spare every later garbage collection the million objects that TensorFlow's import made."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def whole_trainings() -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Spares every training what is half of one as small as those of tests; tells how not to.

    It times no network, draws no curves and logs nothing for TensorBoard, but for those trainings
    that are run ``with whole_trainings():``.
    """
    # Where no test module has imported it, no training is near.
    if "zoo.training.networks" not in sys.modules:
        yield nullcontext
        return
    patch = pytest.MonkeyPatch()

    def spare() -> None:
        patch.setattr("zoo.training.costs._seconds", lambda predict: 0.001)
        patch.setattr("zoo.training.finishing.draw_history", draw_nothing)
        patch.setitem(sys.modules, "tensorboard", None)  # as if it were not installed

    within = 0

    @contextmanager
    def whole() -> Iterator[None]:
        nonlocal within
        within += 1
        patch.undo()
        try:
            yield
        finally:
            within -= 1
            if not within:
                spare()

    spare()
    yield whole
    patch.undo()


def draw_nothing(path: Path, *arguments: object, **options: object) -> None:
    """Put a picture of one pixel where a figure is to go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (1, 1)).save(path)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty $ZOO_HOME and no shipped weights, so that no test sees or touches the user's."""
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("zoo.weights.SHIPPED", tmp_path / "shipped")
    return tmp_path / "home"


@pytest.fixture
def package(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights that come with the package are there, which other tests do not see."""
    monkeypatch.setattr(weights, "SHIPPED", Path(weights.__file__).parent / "shipped")


def invoke(*arguments: object) -> Result:
    """Run the `zoo` command in this process, as a user would type it."""
    from zoo.cli import main

    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def zoo_command() -> Callable[..., Result]:
    """Runs the `zoo` command in this process, as a user would type it."""
    return invoke


@pytest.fixture(scope="session")
def drawn_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fer2013.csv of drawn faces with all three splits."""
    from zoo.data.drawn import draw_faces

    path = tmp_path_factory.mktemp("csv") / "fer2013.csv"
    drawn = draw_faces(sum(SPLIT_SIZES.values()), seed=7)
    usages = [usage for usage, size in SPLIT_SIZES.items() for _ in range(size)]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["emotion", "pixels", "Usage"])
        for face, label, usage in zip(drawn.faces, drawn.labels, usages, strict=True):
            writer.writerow([label, " ".join(map(str, face.ravel())), usage])
    return path


@pytest.fixture(scope="session")
def trained_home(tmp_path_factory: pytest.TempPathFactory, drawn_csv: Path) -> Path:
    """A $ZOO_HOME with a data set and three runs of one epoch, one of them limited.

    Its ensemble is of its own runs, whatever the packaged one is.
    """
    home = tmp_path_factory.mktemp("trained") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZOO_HOME", str(home))
        for arguments in (
            ("data", "add", "tiny", drawn_csv),
            ("train", "cpcpcpfff", "--epochs", 1),
            ("train", "handcrafted_fcn", "--epochs", 1),
            ("train", "cpcpcpfff", "--epochs", 1, "--limit", 50),
        ):
            result = invoke(*arguments)
            assert result.exit_code == 0, result.output
    (home / "ensemble.toml").write_text('members = ["*"]\n')
    return home


@pytest.fixture
def small_zoo(trained_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of `trained_home` as $ZOO_HOME, the working folder empty beside it."""
    home = tmp_path / "home"
    shutil.copytree(trained_home, home)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return home
