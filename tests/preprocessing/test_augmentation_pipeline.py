"""In which order techniques are done, and which are refused before anything is done."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

import zoo
from zoo.configs import base
from zoo.errors import ZooError
from zoo.preprocessing import keras_cv
from zoo.preprocessing.augmentation import (
    Augmentation,
    augment,
    check_augmentation,
    mix,
    mixing,
    pipeline,
    rand_augment,
)

GREY, RGB = (48, 48, 1), (48, 48, 3)
FACES = np.zeros((4, 8, 8, 3), np.uint8)
TARGETS = np.eye(4, dtype=np.float32)


def settings(**changes: float) -> Augmentation:
    off = {key: type(value)(0) for key, value in base()["augmentation"].items()}
    return Augmentation(**off | changes)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the techniques that were called, in their order; they do nothing."""
    from zoo.preprocessing.augmentation import erasing

    called: list[str] = []

    def record(module: object, name: str) -> None:
        def technique(faces: np.ndarray, *arguments: Any) -> Any:
            called.append(name)
            return (faces, arguments[0]) if module is mixing else faces

        monkeypatch.setattr(module, name, technique)

    for module, name in (
        (pipeline, "warp"),
        (pipeline, "relight"),
        (rand_augment, "rand_augment"),
        (erasing, "erase"),
        (keras_cv, "grid_mask"),
        (keras_cv, "shuffle_channels"),
        (mixing, "mix_up"),
        (mixing, "cut_mix"),
    ):
        record(module, name)
    return called


def test_all_techniques_are_done_in_the_documented_order(calls):
    everything = settings(
        flip=True, contrast=0.1, rand_augment=0.5, erasing=0.5, grid_mask=0.5, channel_shuffle=3
    )
    augment(FACES, everything, np.random.default_rng(0))
    assert calls == ["warp", "relight", "rand_augment", "erase", "grid_mask", "shuffle_channels"]


def test_what_is_off_is_not_done(calls):
    assert augment(FACES, settings(), np.random.default_rng(0)) is FACES
    faces, targets = mix(FACES, TARGETS, settings(), np.random.default_rng(0))
    assert (faces is FACES, targets is TARGETS, calls) == (True, True, [])


@pytest.mark.parametrize(("key", "name"), [("mixup", "mix_up"), ("cutmix", "cut_mix")])
def test_one_mixing_technique_mixes_every_batch(calls, key, name):
    for seed in range(10):
        mix(FACES, TARGETS, settings(**{key: 0.5}), np.random.default_rng(seed))
    assert calls == [name] * 10


def test_of_two_mixing_techniques_a_batch_takes_one_by_chance(calls):
    for seed in range(200):
        mix(FACES, TARGETS, settings(mixup=0.5, cutmix=0.5), np.random.default_rng(seed))
    assert len(calls) == 200
    assert 70 < calls.count("mix_up") < 130


@pytest.mark.parametrize(
    "wrong",
    [{"erasing": 1.1}, {"rand_augment": -0.1}, {"mixup": 2.0}, {"cutmix": 0.05}]
    + [{"channel_shuffle": 1.5}, {"grid_mask": float("nan")}],
)
def test_strengths_out_of_bounds_are_refused(wrong):
    with pytest.raises(ValidationError):
        settings(**wrong)


def refusal(asked: Augmentation, face_shape: tuple[int, int, int]) -> str:
    with pytest.raises(ZooError) as error:
        check_augmentation(asked, face_shape)
    message = str(error.value)
    assert "\n" not in message
    return message


def test_the_one_channel_of_grey_faces_is_not_shuffled():
    message = refusal(settings(channel_shuffle=3), GREY)
    assert "augmentation.channel_shuffle" in message
    assert "grey" in message


@pytest.mark.parametrize("groups", [1, 2, 6])
def test_groups_that_do_not_divide_the_channels_are_refused(groups):
    assert "--set augmentation.channel_shuffle=3" in refusal(settings(channel_shuffle=groups), RGB)


@pytest.mark.parametrize(
    ("missing", "install"), [("keras_cv", "'keras-cv>=0.9,<0.10'"), ("tensorflow", "tensorflow")]
)
def test_without_keras_cv_its_two_techniques_are_refused_and_the_others_are_not(
    monkeypatch, missing, install
):
    monkeypatch.setitem(sys.modules, missing, None)
    for asked in ({"grid_mask": 0.5}, {"channel_shuffle": 3}):
        (key,) = asked
        message = refusal(settings(**asked), RGB)
        assert f"augmentation.{key}" in message
        assert install in message.partition("pip install ")[2]
    everything_else = {"rand_augment": 0.5, "erasing": 0.5, "mixup": 0.5, "cutmix": 0.5}
    check_augmentation(settings(**everything_else, flip=True), GREY)


def test_what_can_be_done_is_not_refused():
    pytest.importorskip("tensorflow")
    pytest.importorskip("keras_cv")
    check_augmentation(settings(grid_mask=0.5, channel_shuffle=3), RGB)
    check_augmentation(settings(grid_mask=0.5), GREY)


def test_keras_cv_is_imported_in_one_module_and_inside_functions_only():
    importing = set()
    for path in Path(zoo.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = [alias.name for alias in getattr(node, "names", []) if hasattr(alias, "name")]
            of = getattr(node, "module", None) or ""
            if isinstance(node, ast.Import | ast.ImportFrom) and any(
                name.partition(".")[0] == "keras_cv" for name in ([of] if of else names)
            ):
                importing.add(path.name)
                assert node not in tree.body
    assert importing == {"keras_cv.py"}


def test_settings_are_read_and_plain_techniques_done_without_keras():
    code = "import sys, zoo.preprocessing.augmentation as a; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
