"""Learning rates and stopping, against literal computations and Keras' own callbacks."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest

from zoo.training.history import Epoch, History
from zoo.training.plan import plan_of
from zoo.training.schedules import learning_rate_of, plateau_rate

SCORES = [0.2, 0.3, 0.3, 0.25, 0.31, 0.30, 0.29, 0.28, 0.27, 0.31, 0.26, 0.4, 0.1, 0.1, 0.1]


def history(scores: list[float], monitor: str = "accuracy") -> History:
    epochs = [
        Epoch(k, 1.0, 0.5, 1 - score, score, 1e-3, 1.0, 100.0, "all")
        for k, score in enumerate(scores, 1)
    ]
    return History(monitor, epochs)  # type: ignore[arg-type]


def rate_of(recipe, steps_per_epoch):
    """The learning rate of the recipe's only phase."""
    (phase,) = plan_of(recipe).phases
    return learning_rate_of(recipe, phase, steps_per_epoch)


class Standing:
    """Stands in for a network: what Keras' callbacks read and set."""

    def __init__(self) -> None:
        self.optimizer = keras.optimizers.SGD(0.1)
        self.stop_training = False


def test_warmup_cosine_rises_linearly_then_falls_along_half_a_cosine(quick_recipe):
    recipe = quick_recipe(
        "schedule.name=warmup_cosine", "schedule.warmup_epochs=1.5", "schedule.minimum=1e-4",
        "epochs=6", "optimizer.learning_rate=0.1",
    )  # fmt: skip
    schedule = rate_of(recipe, 10)
    for step in range(60):
        literal = (
            0.1 * (step + 1) / 15
            if step < 15
            else 1e-4 + (0.1 - 1e-4) * (1 + math.cos(math.pi * (step - 15) / 45)) / 2
        )
        assert float(schedule(step)) == pytest.approx(literal, rel=1e-5)
    assert float(schedule(60)) == pytest.approx(1e-4, rel=1e-4)


def test_warm_up_takes_half_of_a_short_training_at_most(quick_recipe):
    recipe = quick_recipe("epochs=1", "schedule.warmup_epochs=1.0", "optimizer.learning_rate=0.1")
    schedule = rate_of(recipe, 10)
    assert float(schedule(4)) == pytest.approx(0.1)
    assert float(schedule(9)) < 0.02
    assert float(rate_of(recipe, 1)(0)) == pytest.approx(0.1)


def test_constant_and_plateau_begin_with_the_recipes_rate(quick_recipe):
    for name in ("constant", "plateau"):
        recipe = quick_recipe(f"schedule.name={name}", "optimizer.learning_rate=0.02")
        assert rate_of(recipe, 10) == 0.02


def test_inverse_time_divides_by_one_plus_decay_times_step(quick_recipe):
    recipe = quick_recipe(
        "schedule.name=inverse_time", "schedule.decay=1e-2", "optimizer.learning_rate=0.1"
    )
    for step in (0, 1, 10, 250):
        assert float(rate_of(recipe, 10)(step)) == pytest.approx(0.1 / (1 + 1e-2 * step))


@pytest.mark.parametrize("patience", [1, 2, 3])
def test_plateau_reduces_when_keras_own_callback_does(patience):
    standing = Standing()
    callback = keras.callbacks.ReduceLROnPlateau(
        "val_accuracy", factor=0.5, patience=patience, min_delta=0, min_lr=0.01, mode="max"
    )
    callback.set_model(standing)
    callback.on_train_begin()
    for finished, score in enumerate(SCORES, 1):
        callback.on_epoch_end(finished - 1, {"val_accuracy": score})
        ours = plateau_rate(SCORES[:finished], 0.1, 0.5, patience, minimum=0.01)
        assert ours == pytest.approx(float(standing.optimizer.learning_rate), rel=1e-6)
    assert ours < 0.1


@pytest.mark.parametrize("patience", [1, 2, 4, 5])
def test_early_stopping_stops_when_keras_own_callback_does(patience):
    standing = Standing()
    callback = keras.callbacks.EarlyStopping("val_accuracy", patience=patience, mode="max")
    callback.set_model(standing)
    callback.on_train_begin()
    for finished, score in enumerate(SCORES, 1):
        callback.on_epoch_end(finished - 1, {"val_accuracy": score})
        assert history(SCORES[:finished]).exhausted(patience) == standing.stop_training
        if standing.stop_training:
            break


def test_patience_0_never_stops():
    assert not history([0.5, *[0.1] * 50]).exhausted(0)
    assert not history([]).exhausted(3)


def test_the_best_epoch_is_the_earliest_of_equals():
    assert history([0.1, 0.4, 0.4, 0.2]).best.epoch == 2


def test_the_monitor_decides_which_epoch_is_best():
    epochs = [
        Epoch(1, 1.0, 0.5, val_loss=0.9, val_accuracy=0.6, learning_rate=1, seconds=1,
              faces_per_second=1, phase="all"),
        Epoch(2, 1.0, 0.5, val_loss=0.7, val_accuracy=0.5, learning_rate=1, seconds=1,
              faces_per_second=1, phase="all"),
    ]  # fmt: skip
    assert History("accuracy", epochs).best.epoch == 1
    assert History("loss", epochs).best.epoch == 2


def test_history_is_written_and_read_back(tmp_path):
    before = history(SCORES)
    before.write_csv(tmp_path / "history.csv")
    table = np.genfromtxt(tmp_path / "history.csv", delimiter=",", names=True)
    assert list(table.dtype.names) == [
        "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds",
        "faces_per_second", "phase",
    ]  # fmt: skip
    np.testing.assert_allclose(table["val_accuracy"], SCORES)
    assert History.of_rows("accuracy", before.rows()) == before
