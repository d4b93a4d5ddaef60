"""What the tests of training share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from barred import barred_faces

from zoo.training.recipes import load_recipe

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.runs import Run
    from zoo.training.recipe import Recipe

QUICK = (
    "epochs=3",
    "batch_size=8",
    "label_smoothing=0.0",
    "precision=auto",
    "ema=0.0",
    "optimizer.learning_rate=3e-3",
    "augmentation.rotation=0.0",
    "augmentation.shift=0.0",
    "augmentation.zoom=0.0",
)


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    """Seven classes that are quickly learned."""
    return barred_faces()


@pytest.fixture(scope="session")
def quick_recipe() -> Callable[..., Recipe]:
    """Recipes of the smallest architecture: three epochs, hardly any augmentation."""
    return lambda *settings: load_recipe("cpcpcpfff", settings=[*QUICK, *settings])


@pytest.fixture(scope="session")
def trained(
    dataset: Dataset,
    quick_recipe: Callable[..., Recipe],
    whole_trainings: Callable[[], AbstractContextManager[None]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """One finished run, its network timed, its curves drawn and its epochs logged."""
    from zoo.training.trainer import train

    with whole_trainings():
        return train(quick_recipe(), dataset, runs=tmp_path_factory.mktemp("runs"), quiet=True)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """An empty folder of runs."""
    return tmp_path / "runs"
