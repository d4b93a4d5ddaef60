"""LRP through layers without weights beside slow literal versions: loops over places, in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from zoo.errors import ZooError
from zoo.explainers.lrp.composites import COMPOSITES
from zoo.explainers.lrp.passing import refuse_impassable, shares_of
from zoo.explainers.lrp.propagation import Propagation
from zoo.preprocessing import layers as zoo_layers

SHAPE = (2, 5, 4, 3)


def values_of(seed: int, shape: tuple[int, ...] = SHAPE, low: float = -1.0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, 1.0, shape).astype("float32")


def dealt(layer: keras.layers.Layer, *inputs: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Some relevance of the layer's outputs, and what each of its inputs gets of it."""
    tensors = [ops.convert_to_tensor(one) for one in inputs]
    outputs = layer(tensors if len(tensors) > 1 else tensors[0], training=False)
    relevance = values_of(9, tuple(outputs.shape))
    shares = shares_of(layer, tensors, ops.convert_to_tensor(relevance))
    return relevance, [np.asarray(one) for one in shares]


def windows(shape: tuple[int, ...], size: int, stride: int, same: bool):
    """Of each output place: the face, the slices of the inputs it sees, and the channel."""
    count, height, width, channels = shape

    def starts(side: int) -> list[int]:
        if not same:
            return list(range(0, side - size + 1, stride))
        padding = max((-(-side // stride) - 1) * stride + size - side, 0)
        return [first * stride - padding // 2 for first in range(-(-side // stride))]

    for n in range(count):
        for row, top in enumerate(starts(height)):
            for column, left in enumerate(starts(width)):
                for c in range(channels):
                    down = slice(max(top, 0), top + size)
                    across = slice(max(left, 0), left + size)
                    yield (n, row, column, c), (n, down, across, c)


@pytest.mark.parametrize(("size", "stride", "padding"), [(2, 2, "valid"), (3, 2, "same")])
def test_max_pooling_gives_all_to_the_largest(size, stride, padding):
    inputs = values_of(1)
    relevance, (found,) = dealt(keras.layers.MaxPooling2D(size, stride, padding), inputs)
    expected = np.zeros(SHAPE)
    for place, window in windows(SHAPE, size, stride, padding == "same"):
        largest = inputs[window] == inputs[window].max()
        expected[window] += largest * relevance[place]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(("size", "stride", "padding"), [(2, 2, "valid"), (3, 2, "same")])
def test_average_pooling_deals_out_by_what_raises_the_mean(size, stride, padding):
    inputs = values_of(1)
    relevance, (found,) = dealt(keras.layers.AveragePooling2D(size, stride, padding), inputs)
    expected = np.zeros(SHAPE)
    for place, window in windows(SHAPE, size, stride, padding == "same"):
        raising = np.maximum(inputs[window], 0)
        if raising.any():
            expected[window] += raising / raising.sum() * relevance[place]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_global_average_pooling_deals_out_by_what_raises_the_mean():
    inputs = values_of(1)
    relevance, (found,) = dealt(keras.layers.GlobalAveragePooling2D(), inputs)
    for n in range(SHAPE[0]):
        for c in range(SHAPE[-1]):
            raising = np.maximum(inputs[n, :, :, c], 0)
            expected = raising / raising.sum() * relevance[n, c]
            np.testing.assert_allclose(found[n, :, :, c], expected, atol=1e-4)


@pytest.mark.parametrize("branches", [2, 3])
def test_a_sum_gives_each_branch_what_it_raises_and_below_0_by_magnitudes(branches):
    inputs = [values_of(seed) for seed in range(branches)]
    relevance, found = dealt(keras.layers.Add(), *inputs)
    seen = set()
    for place in np.ndindex(*SHAPE):
        terms = np.array([one[place] for one in inputs])
        if (terms > 0).any():
            parts = np.maximum(terms, 0)
        else:
            parts = np.abs(terms)
        expected = parts / parts.sum() * relevance[place]
        np.testing.assert_allclose([one[place] for one in found], expected, atol=1e-3)
        seen.add(tuple(np.sign(terms)))
    assert len(seen) == 2**branches  # of all signs


def test_a_sum_of_one_tensor_and_itself_gives_all_of_it_back():
    keras.utils.set_random_seed(0)
    start = keras.Input((4, 4, 1))
    x = keras.layers.Conv2D(2, 3, activation="relu", use_bias=False)(start)
    x = keras.layers.Flatten()(keras.layers.Add(name="twice")([x, x]))
    network = keras.Model(start, keras.layers.Dense(2, use_bias=False, name="logits")(x))
    propagation = Propagation(network, COMPOSITES["epsilon_plus"])
    activations = propagation.activations(values_of(1, (2, 4, 4, 1), low=0))
    found = propagation(activations, np.ones((2, 2), "float32"))
    np.testing.assert_allclose(found.lost["twice"], 0, atol=1e-5)


def test_concatenated_channels_go_back_to_their_branches_in_order():
    inputs = [values_of(seed, (*SHAPE[:-1], channels)) for seed, channels in enumerate((2, 1, 2))]
    relevance, found = dealt(keras.layers.Concatenate(), *inputs)
    for n, y, x in np.ndindex(*SHAPE[:-1]):
        arrived = iter(relevance[n, y, x])
        for branch, one in zip(inputs, found, strict=True):
            for c in range(branch.shape[-1]):
                assert one[n, y, x, c] == next(arrived)


@pytest.mark.parametrize("axis", [1, 2, -1])
def test_what_is_concatenated_along_any_axis_goes_back(axis):
    shapes = [list(SHAPE), list(SHAPE)]
    shapes[1][axis] = 2
    inputs = [values_of(seed, tuple(shape)) for seed, shape in enumerate(shapes)]
    relevance, found = dealt(keras.layers.Concatenate(axis=axis), *inputs)
    assert [one.shape for one in found] == [one.shape for one in inputs]
    np.testing.assert_array_equal(np.concatenate(found, axis), relevance)


@pytest.mark.parametrize(
    ("layer", "shapes", "words"),
    [
        (keras.layers.Multiply, [(4, 4, 2), (4, 4, 2)], "a product without a gate of one place"),
        (keras.layers.Multiply, [(4, 4, 2), (4, 4, 1)], "a product without a gate of one place"),
        (keras.layers.Multiply, [(4, 4, 1), (1, 1, 2)], "a product without a gate of one place"),
        (keras.layers.Multiply, [(3,), (3,)], "a product without a gate of one place"),
        (lambda name: keras.layers.Conv2D(2, 3, activation=keras.layers.LeakyReLU(), name=name),
         [(4, 4, 2)], "its activation LeakyReLU"),
        (lambda name: keras.layers.Dense(2, "tanh", name=name), [(3,)], "its activation tanh"),
        (keras.layers.LayerNormalization, [(4, 4, 2)], "LayerNormalization"),
    ],
)  # fmt: skip
def test_a_layer_without_a_rule_is_refused_in_one_line(layer, shapes, words):
    inputs = [keras.Input(shape) for shape in shapes]
    made = layer(name="odd")
    made(inputs if len(inputs) > 1 else inputs[0])
    with pytest.raises(ZooError, match=rf"net: LRP has no rule for layer odd \({words}\): take"):
        refuse_impassable("net", made)


@pytest.mark.parametrize("gate", [(1, 1, 2), (1, 1, 1)])
@pytest.mark.parametrize("signal", [(4, 4, 2), (1, 1, 2)])
def test_a_product_with_a_gate_passes(signal, gate):
    made = keras.layers.Multiply()
    made([keras.Input(signal), keras.Input(gate)])
    refuse_impassable("net", made)


@pytest.mark.parametrize("gate_first", [True, False])
def test_a_gate_is_constant_and_its_signal_gets_all(gate_first):
    signal, gate = values_of(1), values_of(2, (SHAPE[0], 1, 1, SHAPE[-1]), low=0)
    inputs = [gate, signal] if gate_first else [signal, gate]
    relevance, found = dealt(keras.layers.Multiply(), *inputs)
    if gate_first:
        found = found[::-1]
    np.testing.assert_array_equal(found[0], relevance)
    np.testing.assert_array_equal(found[1], np.zeros_like(gate))


def test_what_zero_padding_gets_is_lost():
    relevance, (found,) = dealt(keras.layers.ZeroPadding2D(((1, 2), (0, 3))), values_of(1))
    for n, y, x, c in np.ndindex(*SHAPE):
        assert found[n, y, x, c] == relevance[n, y + 1, x, c]


@pytest.mark.parametrize(
    "layer",
    [keras.layers.Dropout(0.5), keras.layers.ReLU(), keras.layers.BatchNormalization()],
    ids=lambda layer: layer.name,
)
def test_what_has_one_input_per_output_passes_relevance_as_it_is(layer):
    relevance, (found,) = dealt(layer, values_of(1))
    np.testing.assert_array_equal(found, relevance)


def test_colours_get_their_shares_of_a_grey_and_grey_all_of_its_copies():
    relevance, (found,) = dealt(zoo_layers.GreyToRGB(), values_of(1, (2, 5, 4, 1), low=0))
    np.testing.assert_allclose(found[..., 0], relevance.sum(axis=-1), atol=1e-6)
    colours = values_of(1, low=0.1)
    relevance, (found,) = dealt(zoo_layers.RGBToGrey(), colours)
    for place in np.ndindex(*SHAPE[:-1]):
        parts = colours[place] * [0.299, 0.587, 0.114]
        expected = parts / parts.sum() * relevance[place]
        np.testing.assert_allclose(found[place], expected, atol=1e-3)


def test_branches_of_a_whole_network_get_what_a_literal_walk_gives_them():
    """Concatenate and Add of one shape, so that taking one branch for another goes through."""
    keras.utils.set_random_seed(2)
    start = keras.Input((6, 6, 1))
    highest = keras.layers.MaxPooling2D(2, name="highest")(start)
    mean = keras.layers.AveragePooling2D(2, name="mean")(start)
    both = keras.layers.Concatenate(name="both")([highest, mean])
    again = keras.layers.Concatenate(name="again")([mean, highest])
    x = keras.layers.Flatten()(keras.layers.Add(name="sum")([both, again]))
    network = keras.Model(start, keras.layers.Dense(2, use_bias=False, name="logits")(x))
    face = values_of(1, (1, 6, 6, 1), low=0.1)
    propagation = Propagation(network, COMPOSITES["epsilon"])
    found = propagation(propagation.activations(face), np.array([[0, 2]], "float32"))

    pixels = face[0, ..., 0].astype(np.float64)
    blocks = pixels.reshape(3, 2, 3, 2).swapaxes(1, 2)
    parts = np.stack([blocks.max(axis=(2, 3)), blocks.mean(axis=(2, 3))], axis=-1)
    total = parts + parts[..., ::-1]
    weights = network.get_layer("logits").get_weights()[0][:, 1].reshape(total.shape)
    arrived = 2 * total * weights / (total * weights).sum()
    expected = np.zeros((6, 6))
    for y, x, c in np.ndindex(*total.shape):
        for branch, value in ((c, parts[y, x, c]), (1 - c, parts[y, x, 1 - c])):
            share = arrived[y, x, c] * value / total[y, x, c]
            block = blocks[y, x]
            way = (block == block.max()) * 1.0 if branch == 0 else block / block.sum()
            expected[2 * y : 2 * y + 2, 2 * x : 2 * x + 2] += way * share
    np.testing.assert_allclose(found.faces[0, ..., 0], expected, rtol=1e-3)
