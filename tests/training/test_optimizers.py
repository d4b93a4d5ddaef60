"""Optimisers, clipping and averaged weights, against literal updates of a line's two numbers."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from zoo.training.callbacks.average import Average, averaged
from zoo.training.networks import _optimizer, averaging_decay, load_network
from zoo.training.plan import plan_of
from zoo.training.trainer import train

GRADIENTS = [np.array([0.5, -2.0]), np.array([-1.0, 3.0]), np.array([4.0, 0.1])]


def updated(recipe) -> np.ndarray:
    """A variable of two ones, after three steps with known gradients at a constant rate of 0.1."""
    (phase,) = plan_of(recipe).phases
    optimizer = _optimizer(recipe, phase, steps_per_epoch=10)
    variable = keras.Variable(np.ones(2, np.float32))
    optimizer.build([variable])
    for gradient in GRADIENTS:
        optimizer.apply([keras.ops.convert_to_tensor(gradient.astype("float32"))], [variable])
    return np.array(variable)


@pytest.fixture
def recipe(quick_recipe):
    return lambda *settings: quick_recipe(
        "schedule.name=constant", "optimizer.learning_rate=0.1", "optimizer.weight_decay=0.01",
        *settings,
    )  # fmt: skip


@pytest.mark.parametrize("nesterov", [True, False])
def test_sgd_has_momentum_looks_ahead_and_decays_weights(recipe, nesterov):
    """Sutskever et al. 2013, with decoupled weight decay."""
    weights, velocity = np.ones(2), np.zeros(2)
    for gradient in GRADIENTS:
        weights = weights - 0.1 * 0.01 * weights
        velocity = 0.8 * velocity - 0.1 * gradient
        weights = weights + (0.8 * velocity - 0.1 * gradient if nesterov else velocity)
    ours = updated(
        recipe("optimizer.name=sgd", "optimizer.momentum=0.8", f"optimizer.nesterov={nesterov}"
               .lower())
    )  # fmt: skip
    np.testing.assert_allclose(ours, weights, rtol=1e-5)


def test_rmsprop_divides_by_the_root_of_the_mean_square(recipe):
    weights, square = np.ones(2), np.zeros(2)
    for gradient in GRADIENTS:
        weights = weights - 0.1 * 0.01 * weights
        square = 0.9 * square + 0.1 * gradient**2
        weights = weights - 0.1 * gradient / np.sqrt(square + 1e-7)
    ours = updated(recipe("optimizer.name=rmsprop", "optimizer.momentum=0.0"))
    np.testing.assert_allclose(ours, weights, rtol=1e-5)


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_adam_corrects_its_bias_and_adamw_decays_weights_besides(recipe, name):
    weights, mean, square = np.ones(2), np.zeros(2), np.zeros(2)
    for step, gradient in enumerate(GRADIENTS, 1):
        if name == "adamw":
            weights = weights - 0.1 * 0.01 * weights
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        rate = 0.1 * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        weights = weights - rate * mean / (np.sqrt(square) + 1e-7)
    np.testing.assert_allclose(updated(recipe(f"optimizer.name={name}")), weights, rtol=1e-5)


def test_clipping_shrinks_gradients_whose_norm_is_too_large_and_no_others(recipe):
    settings = ("optimizer.name=sgd", "optimizer.momentum=0.0", "optimizer.nesterov=false",
                "optimizer.weight_decay=0.0")  # fmt: skip
    weights = np.ones(2)
    for gradient in GRADIENTS:
        weights = weights - 0.1 * gradient * min(1, 2.5 / np.linalg.norm(gradient))
    norms = [np.linalg.norm(gradient) for gradient in GRADIENTS]
    assert min(norms) < 2.5 < max(norms)
    np.testing.assert_allclose(updated(recipe(*settings, "optimizer.clip_norm=2.5")), weights)


def line() -> keras.Model:
    faces = keras.Input((1,))
    dense = keras.layers.Dense(1, kernel_initializer="ones", name="logits")(faces)
    network = keras.Model(faces, dense)
    optimizer = keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5)
    optimizer.build(network.trainable_variables)
    network.compile(optimizer, "mse")
    return network


def test_averaged_weights_are_the_moving_average_of_every_step():
    network = line()
    x, y = np.ones((4, 1)), np.full((4, 1), 5.0)
    kernel, bias, average = 1.0, 0.0, None
    for _ in range(6):
        network.train_on_batch(x, y)
        error = 2 * (kernel + bias - 5)
        kernel, bias = kernel - 0.1 * error, bias - 0.1 * error
        average = kernel if average is None else 0.5 * average + 0.5 * kernel
    with averaged(network):
        assert float(network.get_layer("logits").kernel[0, 0]) == pytest.approx(average, rel=1e-5)
    assert float(network.get_layer("logits").kernel[0, 0]) == pytest.approx(kernel, rel=1e-5)


@pytest.mark.parametrize(
    ("ema", "epochs", "decay"),
    [(0.999, 60, 0.999), (0.999, 4, 1 - 5 / 440), (0.9, 4, 0.9), (0.999, 1, 1 - 5 / 110)],
)
def test_the_average_of_a_short_phase_is_over_a_fifth_of_it(quick_recipe, ema, epochs, decay):
    recipe = quick_recipe(f"ema={ema}", f"epochs={epochs}")
    (phase,) = plan_of(recipe).phases
    assert averaging_decay(recipe, phase, 110) == pytest.approx(decay)


def test_a_few_steps_leave_little_of_the_start(dataset, quick_recipe, runs, capsys):
    run = train(quick_recipe("ema=0.9999", "epochs=3"), dataset, runs=runs)
    assert "instead of 0.9999, for " in capsys.readouterr().err
    averaged, plain = load_network(run), train(quick_recipe("epochs=3"), dataset, runs=runs)
    start = train(quick_recipe("epochs=1", "optimizer.learning_rate=1e-9"), dataset, runs=runs)
    weights = [one.get_layer("logits").kernel.numpy() for one in
               (load_network(start), averaged, load_network(plain))]  # fmt: skip
    moved, whole = (np.linalg.norm(one - weights[0]) for one in weights[1:])
    assert moved > 0.5 * whole


def test_validating_on_averages_leaves_the_trained_weights_bit_for_bit():
    network = line()
    x, y = np.ones((4, 1)), np.full((4, 1), 5.0)
    for _ in range(3):
        network.train_on_batch(x, y)
    before = [np.array(weight) for weight in network.weights]
    optimizer = [np.array(variable) for variable in network.optimizer.variables]
    plain = network.evaluate(x, y, verbose=0)
    average = network.evaluate(x, y, verbose=0, callbacks=[Average()])
    assert average != plain
    for weight, old in zip(network.weights, before, strict=True):
        assert np.array_equal(weight, old)
    for variable, old in zip(network.optimizer.variables, optimizer, strict=True):
        assert np.array_equal(variable, old)


def test_a_run_keeps_the_averaged_weights_that_it_validated(dataset, quick_recipe, runs):
    run = train(quick_recipe("ema=0.9", "epochs=2"), dataset, runs=runs, quiet=True)
    network = load_network(run)
    history = np.genfromtxt(run.folder / "history.csv", delimiter=",", names=True)
    best = history[run.metrics["best_epoch"] - 1]
    assert run.metrics["validation"]["top1"] == pytest.approx(best["val_accuracy"], abs=0.02)
    plain = train(quick_recipe("epochs=2"), dataset, runs=runs, quiet=True)
    pairs = zip(load_network(plain).weights, network.weights, strict=True)
    assert not all(np.allclose(one, other) for one, other in pairs)
