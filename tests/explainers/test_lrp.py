"""LRP of whole networks: relevance is conserved, layer by layer, or it is said how much is not."""

import numpy as np
import pytest
from fake_predictors import made_face
from small_networks import classifier, shaken

from zoo.errors import ZooError
from zoo.explainers import explain
from zoo.explainers.gradcam import one_hots
from zoo.explainers.lrp import COMPOSITES, LRP
from zoo.explainers.lrp.propagation import Propagation

SMALL = {"resnet50": 32, "inception_v3": 75, "mobilenet_v2": 32, "efficientnet_v2_b0": 32}
NINE = [
    "handcrafted", "handcrafted_fcn", "four_block", "five_layer", "cpcpcpfff", "ccpccpccpff",
    "ccpccpccpff_avg", "vgg16", "vgg16_full",
]  # fmt: skip
QUICK = ("handcrafted_fcn", "cpcpcpfff", "ccpccpccpff_avg", "handcrafted")


def network_of(name):
    return shaken(name, **({"input_size": SMALL[name]} if name in SMALL else {}))


def relevance_of(name, composite):
    faces = np.stack([made_face(), made_face()[::-1]])[..., :1].astype("float32")
    propagation = Propagation(network_of(name), COMPOSITES[composite])
    activations = propagation.activations(faces)
    logits = np.asarray(activations[id(propagation.graph.end)])
    start = one_hots(np.array([[3], [5]]), 7)[0] * logits
    return propagation(activations, start), start.sum(axis=1)


@pytest.mark.parametrize("name", [*NINE, "resnet16", "resnet50", "inception_v3"])
def test_each_layer_gives_on_what_it_was_given(name):
    found, logits = relevance_of(name, "epsilon_plus")
    scale = np.abs(logits) + np.abs(np.asarray(found.biases))
    for layer, lost in found.lost.items():
        assert (np.abs(np.asarray(lost)) < 2e-3 * scale).all(), layer
    kept = np.asarray(found.faces).sum(axis=(1, 2, 3)) + np.asarray(found.biases)
    np.testing.assert_allclose(kept, logits, atol=5e-3 * scale.max())


@pytest.mark.parametrize("composite", COMPOSITES)
@pytest.mark.parametrize("name", QUICK)
def test_every_composite_conserves(name, composite):
    found, logits = relevance_of(name, composite)
    kept = np.asarray(found.faces).sum(axis=(1, 2, 3)) + np.asarray(found.biases)
    np.testing.assert_allclose(kept, logits, rtol=2e-2)


@pytest.mark.parametrize("name", ["mobilenet_v2", "efficientnet_v2_b0"])
def test_rules_of_our_own_choice_are_called_heuristic(name):
    (remark,) = LRP().remarks([network_of(name)])
    assert remark.startswith(f"heuristic for {name}: flat on depthwise convolutions")
    assert ("gates constant" in remark) == (name == "efficientnet_v2_b0")
    found, _ = relevance_of(name, "epsilon_plus")
    assert np.isfinite(np.asarray(found.faces)).all()
    assert LRP().remarks([network_of("cpcpcpfff")]) == ()


def test_a_network_that_relevance_cannot_pass_is_refused_and_the_layer_named():
    words = "convnext_tiny: LRP has no rule for layer .*layernorm"
    with pytest.raises(ZooError, match=words):
        LRP().of(shaken("convnext_tiny", input_size=32))


@pytest.mark.parametrize("name", ["handcrafted", "vgg16"])
def test_pure_epsilon_is_refused_where_norms_are_folded_into_linear_layers(name):
    if name == "handcrafted":  # its only norm is behind a relu
        assert LRP("epsilon").of(network_of(name))
        return
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
    predictor, faces = classifier("handcrafted"), made_face()[np.newaxis]
    maps = [explain(predictor, faces, "lrp", composite=name)[0].maps for name in COMPOSITES]
    for place, one in enumerate(maps):
        assert not any(np.allclose(one, other) for other in maps[:place])
    with pytest.raises(ZooError, match="unknown composite 'epsilon_flat': did you mean"):
        explain(predictor, faces, "lrp", composite="epsilon_flat")
