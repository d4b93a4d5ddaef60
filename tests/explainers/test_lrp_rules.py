"""Each rule of LRP beside a slow literal version: matrices of contributions, one by one."""

import keras
import numpy as np
import pytest
from keras import ops

from zoo.explainers.lrp.folding import foldable_norms, linear_of
from zoo.explainers.lrp.rules import AlphaBeta, Box, Epsilon, Flat, Gamma, Inputs

RULES = {
    "epsilon": Epsilon(), "a quarter epsilon": Epsilon(0.25),
    "z_plus": AlphaBeta(1, 0), "alpha2_beta1": AlphaBeta(2, 1),
    "gamma": Gamma(0.25), "flat": Flat(), "box": Box(),
}  # fmt: skip


def as_matrix(layer: keras.layers.Layer, shape: tuple[int, ...], norms: list) -> tuple:
    """A linear layer, and a batch normalisation behind it, as (inputs, outputs) and (outputs,)."""

    def run(values: np.ndarray) -> np.ndarray:
        x = ops.convert_to_tensor(values.astype("float32"))
        for one in (layer, *norms):
            x = one(x, training=False)
        return np.asarray(x, np.float64).reshape(len(values), -1)

    bias = run(np.zeros((1, *shape)))[0]
    units = np.eye(int(np.prod(shape))).reshape(-1, *shape)
    return run(units) - bias, bias


def by_hand(rule, values, matrix, bias, relevance, low, high, sees):
    """Relevance of each input and what the biases keep, contribution by contribution."""
    dealt, kept = np.zeros_like(values), 0.0
    size = np.sqrt(np.mean((values @ matrix + bias) ** 2))
    for k, share in enumerate(relevance):
        contributions = values * matrix[:, k]
        raising, lowering = np.maximum(contributions, 0), np.minimum(contributions, 0)
        if isinstance(rule, Epsilon):
            z = contributions.sum() + bias[k]
            z += rule.epsilon * size * (1 if z >= 0 else -1)
            dealt += contributions / z * share
            kept += bias[k] / z * share
        elif isinstance(rule, AlphaBeta):
            alpha, beta = rule.alpha, rule.beta
            if beta and not lowering.any():
                alpha, beta = 1, 0
            if beta and not raising.any():
                alpha, beta = 0, -1
            dealt += alpha * raising / (raising.sum() or 1) * share
            dealt -= beta * lowering / (lowering.sum() or 1) * share
        elif isinstance(rule, Gamma):
            favoured = raising if contributions.sum() >= 0 else lowering
            weighed = contributions + rule.gamma * favoured
            dealt += weighed / weighed.sum() * share
        elif isinstance(rule, Flat):
            dealt += sees[:, k] / sees[:, k].sum() * share
        else:
            least = low * np.maximum(matrix[:, k], 0) + high * np.minimum(matrix[:, k], 0)
            above = contributions - least
            dealt += above / above.sum() * share
    return dealt, kept


def made(kind: str) -> tuple:
    """A layer with its input's shape, and a batch normalisation behind it if it has one."""
    keras.utils.set_random_seed(1)
    shape = {"dense": (6,)}.get(kind, (5, 4, 3))
    layers = {
        "dense": lambda: keras.layers.Dense(4, bias_initializer="random_normal"),
        "same": lambda: keras.layers.Conv2D(
            2, 3, padding="same", bias_initializer="random_normal"
        ),
        "strided": lambda: keras.layers.Conv2D(2, 3, strides=2, bias_initializer="random_normal"),
        "normalised": lambda: keras.layers.Conv2D(2, 3, use_bias=False),
        "depthwise": lambda: keras.layers.DepthwiseConv2D(
            3, padding="same", depth_multiplier=2, bias_initializer="random_normal"
        ),
        "depthwise normalised": lambda: keras.layers.DepthwiseConv2D(3, depth_multiplier=2),
    }
    start = keras.Input(shape)
    layer = layers[kind]()
    end = layer(start)
    norms = []
    if "normalised" in kind:
        norms = [
            keras.layers.BatchNormalization(
                gamma_initializer=keras.initializers.RandomUniform(0.5, 2),
                beta_initializer="random_normal", moving_mean_initializer="random_normal",
                moving_variance_initializer=keras.initializers.RandomUniform(0.5, 2),
            )
        ]  # fmt: skip
        end = norms[0](end)
    network = keras.Model(start, end)
    return layer, shape, norms, foldable_norms(network.layers[1:]).get(layer.name)


@pytest.mark.parametrize("signs", ["of one sign", "of both signs"])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "kind", ["dense", "same", "strided", "normalised", "depthwise", "depthwise normalised"]
)
def test_a_rule_deals_out_what_the_literal_version_does(kind, rule, signs):
    layer, shape, norms, norm = made(kind)
    assert (norm is not None) == ("normalised" in kind)
    random = np.random.default_rng(3)
    low, high = (-1.0, 2.0) if signs == "of both signs" else (0.0, 2.0)
    values = random.uniform(low, high, (2, *shape))
    matrix, bias = as_matrix(layer, shape, norms)
    relevance = random.normal(1, 0.3, (2, len(bias)))
    linear = linear_of(layer, norm)
    sees = as_matrix_of_ones(layer, shape)
    inputs = Inputs(
        ops.convert_to_tensor(values, "float32"), ops.ones((1, *shape)),
        ops.full((1, *shape), low), ops.full((1, *shape), high), signed=low < 0,
    )  # fmt: skip
    outputs = linear.apply(inputs.values, linear.kernel)
    dealt, kept = RULES[rule](
        linear, inputs, ops.reshape(ops.convert_to_tensor(relevance, "float32"), outputs.shape)
    )
    for face in range(2):
        expected, biases = by_hand(
            RULES[rule], values[face].ravel(), matrix, bias, relevance[face], low, high, sees
        )
        scale = np.abs(expected).max()
        np.testing.assert_allclose(np.ravel(dealt[face]), expected, atol=2e-4 * scale, rtol=1e-3)
        assert float(kept[face]) == pytest.approx(biases, abs=2e-4 * scale, rel=1e-3)


@pytest.mark.parametrize("rule", RULES)
def test_zeros_of_a_padding_layer_get_nothing(rule):
    layer, shape, norms, _ = made("strided")
    real = np.ones((1, *shape))
    real[:, 0], real[:, :, -1] = 0, 0
    random = np.random.default_rng(3)
    values = real * random.uniform(0.1, 2.0, (1, *shape))
    matrix, bias = as_matrix(layer, shape, norms)
    relevance = random.normal(1, 0.3, len(bias))
    linear = linear_of(layer, None)
    inputs = Inputs(
        *(ops.convert_to_tensor(one, "float32") for one in (values, real, 0 * real, 2 * real)),
        signed=False,
    )
    outputs = linear.apply(inputs.values, linear.kernel)
    dealt, _ = RULES[rule](
        linear, inputs, ops.reshape(ops.convert_to_tensor(relevance, "float32"), outputs.shape)
    )
    assert (np.asarray(dealt)[real == 0] == 0).all()
    sees = as_matrix_of_ones(layer, shape) * real.reshape(-1, 1)
    expected, _ = by_hand(
        RULES[rule], values.ravel(), matrix, bias, relevance, 0 * real.ravel(), 2 * real.ravel(),
        sees,
    )  # fmt: skip
    scale = np.abs(expected).max()
    np.testing.assert_allclose(np.ravel(dealt), expected, atol=2e-4 * scale, rtol=1e-3)


def as_matrix_of_ones(layer: keras.layers.Layer, shape: tuple[int, ...]) -> np.ndarray:
    """Which inputs an output sees: the layer's matrix if all its weights were 1, no bias."""
    twin = type(layer).from_config(layer.get_config())
    twin.build((None, *shape))
    twin.set_weights(
        [np.ones(w.shape) * (place == 0) for place, w in enumerate(twin.get_weights())]
    )
    return as_matrix(twin, shape, [])[0]
