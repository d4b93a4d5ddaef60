"""LRP of whole networks: relevance is conserved, layer by layer, or it is said how much is not.

Stated in docs/explaining.md: with trained weights a layer loses at most 0.1 % of the logit, 1 %
where rules are heuristic. Random weights leave logits that are small differences of what biases
keep and what they do not; what float32 rounds away is of those, and so is the tolerance there,
0.2 %.
"""

from dataclasses import replace

import keras
import numpy as np
import pytest
from fake_predictors import made_face
from small_networks import classifier, shaken

import zoo
from zoo.data.drawn import draw_faces
from zoo.errors import ZooError
from zoo.explainers import explain
from zoo.explainers.gradcam import one_hots
from zoo.explainers.lrp import COMPOSITES, LRP
from zoo.explainers.lrp.composites import Composite
from zoo.explainers.lrp.propagation import Propagation
from zoo.explainers.lrp.rules import Box, Epsilon, Flat, Gamma
from zoo.explainers.white_box import as_seen, in_float32
from zoo.tables import rounded

SMALL = {"resnet50": 32, "inception_v3": 75, "mobilenet_v2": 32, "efficientnet_v2_b0": 32}
NINE = [
    "handcrafted", "handcrafted_fcn", "four_block", "five_layer", "cpcpcpfff", "ccpccpccpff",
    "ccpccpccpff_avg", "vgg16", "vgg16_full",
]  # fmt: skip
QUICK = ("handcrafted_fcn", "cpcpcpfff", "ccpccpccpff_avg")


TRAINED = (
    "cpcpcpfff", "ccpccpccpff", "ccpccpccpff_avg", "handcrafted", "handcrafted_fcn", "five_layer",
    "four_block", "vgg16", "resnet16", "mobilenet_v2",
)  # fmt: skip
NORMALISED = ("handcrafted", "five_layer", "resnet16", "mobilenet_v2")
"""With batch normalisations, folded or behind a relu, and zero padding."""


def network_of(name):
    return shaken(name, **({"input_size": SMALL[name]} if name in SMALL else {}))


def relevance_of(network, composite, faces, targets):
    propagation = Propagation(network, COMPOSITES[composite])
    activations = propagation.activations(as_seen(network, faces))
    logits = np.asarray(activations[id(propagation.graph.end)])
    start = one_hots(targets[:, np.newaxis], 7)[0] * logits
    return propagation(activations, start), start.sum(axis=1)


def relevance_of_untrained(network, composite):
    faces = np.stack([made_face(), made_face()[::-1]])[..., :1]
    return relevance_of(network, composite, faces, np.array([3, 5]))


def assert_conserved(found, scale, logits):
    """No layer loses more than `scale`, (N,), nor all together more than thrice that."""
    for layer, lost in found.lost.items():
        assert (np.abs(np.asarray(lost)) < scale).all(), layer
    kept = np.asarray(found.faces).sum(axis=(1, 2, 3)) + np.asarray(found.biases)
    assert (np.abs(kept - logits) < 3 * scale).all()


@pytest.mark.parametrize("name", [*NINE, "resnet16", "resnet50", "inception_v3"])
def test_each_layer_gives_on_what_it_was_given(name):
    found, logits = relevance_of_untrained(network_of(name), "epsilon_plus")
    assert_conserved(found, 2e-3 * (np.abs(logits) + np.abs(np.asarray(found.biases))), logits)


@pytest.mark.parametrize("composite", COMPOSITES)
@pytest.mark.parametrize("name", QUICK)
def test_every_composite_conserves(name, composite):
    found, logits = relevance_of_untrained(network_of(name), composite)
    assert_conserved(found, 2e-3 * (np.abs(logits) + np.abs(np.asarray(found.biases))), logits)


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("name", "composite"),
    [
        *((name, "epsilon_plus") for name in TRAINED),
        *(("cpcpcpfff", name) for name in COMPOSITES if name != "epsilon_plus"),
        *(("ccpccpccpff_avg", name) for name in COMPOSITES if name != "epsilon_plus"),
        *((name, "epsilon_plus_flat") for name in NORMALISED),
        *((name, "epsilon_gamma_box") for name in NORMALISED),
        *((name, "epsilon_alpha2_beta1") for name in NORMALISED),
    ],
)
def test_each_layer_of_a_trained_network_gives_on_what_it_was_given(name, composite):
    predictor, faces = zoo.load(f"{name}/shipped"), draw_faces(3, seed=0).faces
    predicted = predictor.predict_proba(faces).argmax(axis=1)
    network = in_float32(predictor.network)
    found, logits = relevance_of(network, composite, faces, predicted)
    tolerance = 1e-2 if name == "mobilenet_v2" else 1e-3
    assert_conserved(found, tolerance * np.abs(logits), logits)


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("epsilon", [0, 0.25])
def test_what_biases_keep_and_what_is_lost_is_said_of_each_map(epsilon):
    predictor, faces = zoo.load("cpcpcpfff/shipped"), draw_faces(2, seed=0).faces
    for one in explain(predictor, faces, "lrp", epsilon=epsilon):
        logit, kept, lost = (one.measures[key][0, 0] for key in ("logit", "biases", "lost"))
        assert one.maps.sum() == pytest.approx(logit - kept - lost, rel=1e-3, abs=1e-4)
        assert (abs(lost) > 0.05 * abs(logit)) == (epsilon > 0)
        told = f"biases keep {rounded(kept, 2)}, {rounded(lost, 2)} is lost"
        assert told in one.remarks[-1]


@pytest.mark.parametrize("name", ["mobilenet_v2", "efficientnet_v2_b0"])
def test_rules_of_our_own_choice_are_called_heuristic(name):
    network = network_of(name)
    (remark,) = LRP().remarks([network])
    assert remark.startswith(f"heuristic for {name}: flat on depthwise convolutions")
    assert ("gates constant" in remark) == (name == "efficientnet_v2_b0")
    found, _ = relevance_of_untrained(network, "epsilon_plus")
    assert np.isfinite(np.asarray(found.faces)).all()
    assert LRP().remarks([network_of("cpcpcpfff")]) == ()


def test_the_rule_that_is_called_heuristic_is_the_composites(monkeypatch):
    network = network_of("mobilenet_v2")
    assert LRP("epsilon").remarks([network]) == ()  # there it is everywhere the same
    gamma = replace(COMPOSITES["epsilon_plus"], depthwise=Gamma())
    monkeypatch.setitem(COMPOSITES, "epsilon_plus", gamma)
    words = "heuristic for mobilenet_v2: gamma on depthwise convolutions"
    assert LRP().remarks([network]) == (words,)


@pytest.mark.parametrize("rule", ["flat", "box"])
@pytest.mark.parametrize("margin", [1, 3])
def test_a_first_layer_behind_zero_padding_gives_on_what_it_was_given(rule, margin):
    """But for outputs that see nothing but padding, in the corners of a wide margin."""
    keras.utils.set_random_seed(0)
    start = keras.Input((6, 6, 1))
    x = keras.layers.ZeroPadding2D(margin, name="padding")(start)
    x = keras.layers.Conv2D(2, 3, use_bias=False, activation="relu", name="first")(x)
    x = keras.layers.Flatten()(x)
    network = keras.Model(start, keras.layers.Dense(2, use_bias=False, name="logits")(x))
    first = {"flat": Flat(), "box": Box()}[rule]
    propagation = Propagation(network, Composite(Epsilon(), Epsilon(), first))
    face = np.random.default_rng(0).uniform(0, 255, (1, 6, 6, 1)).astype("float32")
    found = propagation(propagation.activations(face), np.array([[0, 2]], "float32"))
    assert np.isfinite(np.asarray(found.faces)).all()
    for layer in ("padding", "first"):
        np.testing.assert_allclose(found.lost[layer], 0, atol=1e-4)
    assert np.asarray(found.faces).sum() == pytest.approx(2, abs=1e-3)


def test_a_network_that_relevance_cannot_pass_is_refused_and_the_layer_named():
    words = "convnext_tiny: LRP has no rule for layer .*layernorm"
    with pytest.raises(ZooError, match=words):
        LRP().of(shaken("convnext_tiny", input_size=32))


@pytest.mark.parametrize("name", ["handcrafted", "vgg16"])
def test_pure_epsilon_is_refused_where_there_are_batch_normalisations(name):
    """Behind a relu, as handcrafted has one, or folded into linear layers."""
    with pytest.raises(ZooError, match=r"ε for convolutions does not conserve .* epsilon_plus"):
        LRP("epsilon").of(network_of(name))


def test_of_a_network_of_one_relu_and_no_biases_epsilon_is_gradient_times_input():
    """Ancona et al. 2018 (arXiv 1711.06104), for every piecewise linear network."""
    network = network_of("cpcpcpfff")
    for layer in network.layers:
        if len(layer.get_weights()) == 2:
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel, 0 * bias])
    face = made_face()[np.newaxis, ..., :1].astype("float32")
    found = LRP("epsilon").of(network)(face, np.array([[2]]))
    from zoo.explainers.gradients import value_and_pullback
    from zoo.explainers.graph import Graph, logits_of

    _, pull = value_and_pullback(Graph(network, network.input, logits_of(network)), face)
    expected = (face * np.asarray(pull(one_hots(np.array([[2]]), 7)[0])))[0, ..., 0]
    np.testing.assert_allclose(found.maps[0, 0], expected, atol=1e-3 * np.abs(expected).max())
    assert np.abs(found.measures["biases"]).max() == 0


def test_composites_differ_and_an_unknown_one_is_refused():
    predictor, faces = classifier("ccpccpccpff_avg"), made_face()[np.newaxis]
    maps = [explain(predictor, faces, "lrp", composite=name)[0].maps for name in COMPOSITES]
    for place, one in enumerate(maps):
        assert not any(np.allclose(one, other) for other in maps[:place])
    with pytest.raises(ZooError, match="unknown composite 'epsilon_flat': did you mean"):
        explain(predictor, faces, "lrp", composite="epsilon_flat")
