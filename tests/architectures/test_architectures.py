"""What every architecture keeps, a new one from the day it is registered."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import pytest

import zoo
from zoo import configs
from zoo.architectures import registry
from zoo.errors import ZooError
from zoo.training import phases
from zoo.training.plan import plan_of
from zoo.training.recipes import load_recipe

# total, trainable in the recipe's first phase: at seven classes, as the sources or their rebuilt
# networks have them; resnet16 is the zoo's own; the last five as keras.applications and a dense
# layer have them
COUNTS = {
    "handcrafted": (261_300, 261_044),
    "handcrafted_fcn": (241_709, 241_709),
    "four_block": (3_333_703, 3_332_679),
    "five_layer": (5_905_867, 5_902_155),
    "cpcpcpfff": (60_779, 60_779),
    "ccpccpccpff": (1_485_835, 1_485_835),
    "ccpccpccpff_avg": (1_485_831, 1_485_831),
    "vgg16": (14_735_879, 7_099_399),
    "vgg16_full": (14_887_623, 14_887_623),
    "resnet16": (1_578_631, 1_574_919),
    "resnet50": (23_587_712 + 2048 * 7 + 7, 2048 * 7 + 7),
    "inception_v3": (21_802_784 + 2048 * 7 + 7, 2048 * 7 + 7),
    "mobilenet_v2": (2_257_984 + 1280 * 7 + 7, 1280 * 7 + 7),
    "efficientnet_v2_b0": (5_919_312 + 1280 * 7 + 7, 1280 * 7 + 7),
    "convnext_tiny": (27_820_128 + 768 * 7 + 7, 768 * 7 + 7),
}
Build = Callable[..., keras.Model]
Draw = Callable[..., np.ndarray]

every_architecture = pytest.mark.parametrize("name", zoo.list_architectures(), scope="package")


def counts(name: str, network: keras.Model) -> tuple[int, int]:
    recipe = load_recipe(name)
    phases.enter_phase(network, recipe, plan_of(recipe), 0, {})
    trainable = sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)
    for layer in network.layers:
        layer.trainable = True
    return network.count_params(), trainable


def other(name: str) -> dict[str, Any]:
    """Options for a second network of each architecture, as unlike the first as one can be."""
    scale = {"dropout_scale": 0.5} if "dropout_scale" in registry.network_options(name) else {}
    return {"face_shape": (64, 64, 1), "classes": 5, **scale}


def called(network: keras.Model, faces: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(network(faces, training=False))


@pytest.mark.parametrize("name", COUNTS, scope="package")
def test_it_has_the_published_number_of_parameters(name: str, network: Build) -> None:
    assert counts(name, network(name)) == COUNTS[name]


@every_architecture
def test_its_facts_are_true(name: str, network: Build) -> None:
    facts, built = registry.architecture(name), network(name)
    assert (facts.total_parameters, facts.trainable_parameters) == counts(name, built)
    assert built.name == name == registry.builder(name).__name__
    assert len(built.get_layer(facts.gradcam_layer).output.shape) == 4
    assert built.get_layer("scale").output.shape[1:] == facts.input_shape
    assert facts.pretrained == ("weights" in registry.network_options(name))
    assert facts.pretrained == bool(facts.backbone_output)


@every_architecture
def test_its_recipe_sets_only_options_it_takes(name: str) -> None:
    recipe = configs.merged(configs.base(), configs.recipe_table(name))
    assert recipe["network"].keys() <= registry.network_options(name).keys()
    assert recipe["init"] == "none" or registry.architecture(name).pretrained


@every_architecture
@pytest.mark.parametrize("kind", ["grey", "rgb", "other"])
def test_it_takes_faces_of_any_shape_and_type_and_gives_probabilities(
    name: str, kind: str, network: Build, drawn: Draw
) -> None:
    options = {"grey": {}, "rgb": {"face_shape": (48, 48, 3)}, "other": other(name)}[kind]
    built = network(name, **options)
    faces = drawn(2, options.get("face_shape", (48, 48, 1)))
    found = called(built, faces)
    assert found.shape == (2, options.get("classes", 7))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    if kind == "grey":
        np.testing.assert_array_equal(called(built, faces.astype(np.float32)), found)


@every_architecture
def test_called_and_predicting_it_says_the_same(name: str, network: Build, drawn: Draw) -> None:
    built, faces = network(name, **other(name)), drawn(2, (64, 64, 1))
    np.testing.assert_allclose(called(built, faces), built.predict(faces, verbose=0), atol=1e-5)


@every_architecture
def test_it_ends_in_logits_and_probabilities(name: str, network: Build) -> None:
    logits, probabilities = network(name, **other(name)).layers[-2:]
    assert (logits.name, probabilities.name) == ("logits", "probabilities")
    assert logits.output.shape == probabilities.output.shape == (None, 5)


@every_architecture
def test_the_same_face_in_grey_and_in_rgb_gives_the_same_answer(
    name: str, network: Build, drawn: Draw
) -> None:
    grey, rgb = network(name), network(name, face_shape=(48, 48, 3))
    faces = drawn(2, (48, 48, 1))
    found = called(rgb, np.repeat(faces, 3, axis=-1))
    np.testing.assert_allclose(found, called(grey, faces), atol=1e-4)


@every_architecture
def test_its_layers_are_named_alike_each_time_and_not_by_keras(name: str, network: Build) -> None:
    def behind_scale(built: keras.Model) -> list[keras.layers.Layer]:
        names = [layer.name for layer in built.layers]
        assert len(set(names)) == len(names)
        return built.layers[names.index("scale") + 1 :]

    first, second = behind_scale(network(name)), behind_scale(network(name, **other(name)))
    assert [layer.name for layer in first] == [layer.name for layer in second]
    for layer in first:
        by_keras = rf"{keras.src.utils.naming.to_snake_case(type(layer).__name__)}(_\d+)?"
        assert layer.name == "flatten" or not re.fullmatch(by_keras, layer.name)


@every_architecture
def test_its_graph_is_flat_and_without_the_layers_that_break_batch_normalisation(
    name: str, network: Build
) -> None:
    for operation in network(name, **other(name)).operations:
        assert isinstance(operation, keras.layers.Layer)
        assert not isinstance(operation, keras.Model)
        assert not isinstance(operation, keras.layers.Resizing)


@every_architecture
def test_only_layers_behind_the_scaling_hold_weights(name: str, network: Build) -> None:
    layers = network(name, **other(name)).layers
    front = [layer.name for layer in layers].index("scale") + 1
    assert not any(layer.weights for layer in layers[:front])


@contextmanager
def mixed_bfloat16() -> Iterator[None]:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        yield
    finally:
        keras.config.set_dtype_policy("float32")


@every_architecture
def test_under_mixed_precision_faces_and_answers_stay_float32(
    name: str, network: Build, drawn: Draw
) -> None:
    def front(built: keras.Model) -> np.ndarray:
        faces = drawn(2, (64, 64, 1)) * np.float32(0.987)
        return called(keras.Model(built.input, built.get_layer("scale").output), faces)

    expected = front(network(name, **other(name)))
    with mixed_bfloat16():
        built = zoo.create(name, **other(name))
        np.testing.assert_array_equal(front(built), expected)
    assert [layer.compute_dtype for layer in built.layers[-2:]] == ["float32", "float32"]
    assert built.get_layer(registry.architecture(name).gradcam_layer).compute_dtype == "bfloat16"


@pytest.mark.parametrize(
    "name",
    [n for n in COUNTS if "dropout_scale" in registry.network_options(n)],
    scope="package",
)
def test_one_factor_scales_all_its_dropout_rates(name: str, network: Build) -> None:
    def rates(built: keras.Model) -> np.ndarray:
        return np.array([x.rate for x in built.layers if isinstance(x, keras.layers.Dropout)])

    published = rates(network(name))
    assert published.min() > 0
    np.testing.assert_allclose(rates(network(name, **other(name))), published / 2)


@pytest.mark.parametrize("name", ["five_layer", "mobilenet_v2"])
def test_a_factor_of_zero_switches_dropout_off_and_an_impossible_one_is_refused(name: str) -> None:
    layers = zoo.create(name, dropout_scale=0.0).layers
    assert {x.rate for x in layers if isinstance(x, keras.layers.Dropout)} == {0.0}
    for impossible in (-0.1, 5.0):
        with pytest.raises(ZooError, match="it must stay in 0–1"):
            zoo.create(name, dropout_scale=impossible)


@pytest.mark.parametrize("name", ["cpcpcpfff", "ccpccpccpff", "five_layer"])
def test_the_stem_lives_whatever_the_seed(name: str) -> None:
    faces = np.full((1, 48, 48, 3), 0.4, np.float32)
    for seed in range(20 if name == "cpcpcpfff" else 2):
        keras.utils.set_random_seed(seed)
        stem = zoo.create(name).get_layer("stem")
        np.testing.assert_allclose(keras.ops.convert_to_numpy(stem(faces)), 0.4, rtol=1e-5)


def test_handcrafted_fcn_can_speak_against_a_class(network: Build, drawn: Draw) -> None:
    built = network("handcrafted_fcn")
    logits = keras.Model(built.input, built.get_layer("logits").output)
    assert called(logits, drawn(4, (48, 48, 1))).min() < 0


@pytest.mark.parametrize("name", ["handcrafted", "handcrafted_fcn"])
def test_the_handcrafted_convolutions_pay_for_their_weights(name: str, network: Build) -> None:
    built = network(name)
    kernels = [x.kernel for x in built.layers if isinstance(x, keras.layers.Conv2D)]
    expected = sum(1e-4 * float(np.square(np.asarray(k)).sum()) for k in kernels)
    assert len(kernels) == 6
    assert sum(float(loss) for loss in built.losses) == pytest.approx(expected, rel=1e-4)
