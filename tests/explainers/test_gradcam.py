"""Grad-CAM beside a literal computation."""

import keras
import numpy as np
import pytest
from fake_predictors import made_face
from small_networks import CLASSES, classifier, shaken

from zoo.errors import ZooError
from zoo.explainers import explain
from zoo.explainers.gradcam import GradCam
from zoo.predictor import Classifier


def test_channels_are_weighed_by_the_mean_change_of_the_logit():
    """The gradient by finite differences; in front of a pooling, equal values have none."""
    network = shaken("cpcpcpfff")
    faces = made_face()[np.newaxis, ..., :1].astype("float32")
    targets = np.array([[3]])
    found = GradCam("block3_pool").of(network)(faces, targets)
    at = keras.Model(network.input, network.get_layer("block3_pool").output)
    features = np.asarray(at(faces, training=False), np.float64)
    names = [layer.name for layer in network.layers]
    behind = network.layers[names.index("block3_pool") + 1 : names.index("probabilities")]

    def logits(values: np.ndarray) -> np.ndarray:
        x = keras.ops.convert_to_tensor(values, "float32")
        for layer in behind:
            x = layer(x, training=False)
        return np.asarray(x, np.float64)[:, 3]

    assert found.measures["logit"][0, 0] == pytest.approx(logits(features)[0], rel=1e-5)
    steps = 1e-3 * np.eye(features.size).reshape(-1, *features.shape[1:])
    gradients = (logits(features + steps) - logits(features - steps)) / 2e-3
    weights = gradients.reshape(features.shape).mean(axis=(0, 1, 2))
    expected = np.maximum(features[0] @ weights, 0)
    peak = found.maps[0, 0].max()
    np.testing.assert_allclose(found.maps[0, 0] / peak, expected / expected.max(), atol=0.02)


@pytest.mark.parametrize("layer", ["block1_conv", "block2_conv", "block3_conv"])
def test_a_map_has_a_peak_of_1_at_the_faces_size_whatever_the_layers(layer):
    (one,) = explain(classifier("cpcpcpfff"), made_face()[np.newaxis], "gradcam", layer=layer)
    assert one.maps.max() == 1


def test_the_layer_is_the_architectures_unless_another_is_named():
    faces = made_face()[np.newaxis]
    (one,) = explain(classifier("cpcpcpfff"), faces, "gradcam")
    assert one.remarks == ("at layer block3_conv",)
    (other,) = explain(classifier("cpcpcpfff"), faces, "gradcam", layer="block1_conv")
    assert other.remarks == ("at layer block1_conv",)
    assert not np.allclose(one.maps, other.maps)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ("block3_conf", "unknown layer of cpcpcpfff 'block3_conf': did you mean block3_conv"),
        ("dense1", "layer dense1 of cpcpcpfff: its output .* has no places"),
    ],
)
def test_a_layer_that_is_not_there_or_has_no_places_is_refused(layer, words):
    with pytest.raises(ZooError, match=words):
        explain(classifier("cpcpcpfff"), made_face()[np.newaxis], "gradcam", layer=layer)


def test_a_layer_that_others_go_around_is_refused():
    predictor = classifier("mobilenet_v2", input_size=32)
    with pytest.raises(ZooError, match="parts of the network go around it"):
        explain(predictor, made_face()[np.newaxis], "gradcam", layer="block_2_expand")


def test_a_network_from_elsewhere_must_say_where_to_look():
    inputs = keras.Input((48, 48, 1))
    x = keras.layers.Conv2D(2, 5, activation="relu", name="mine")(inputs)
    x = keras.layers.Dense(7, name="logits")(keras.layers.Flatten()(x))
    network = keras.Model(inputs, keras.layers.Softmax()(x), name="my_network")
    predictor = Classifier(network, CLASSES, "my network")
    with pytest.raises(ZooError, match="my_network is no architecture of the zoo: name the layer"):
        explain(predictor, made_face()[np.newaxis], "gradcam")
    (one,) = explain(predictor, made_face()[np.newaxis], "gradcam", layer="mine")
    assert one.maps.shape == (1, 48, 48)
