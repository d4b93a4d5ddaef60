"""Tensors that are said to hold nothing below 0 hold nothing below 0."""

import keras
import numpy as np
import pytest
from small_networks import shaken

from zoo.data.drawn import draw_faces
from zoo.explainers.graph import Graph, face_tensor, logits_of
from zoo.explainers.lrp.signs import never_negative
from zoo.explainers.white_box import as_seen
from zoo.preprocessing import ILLUMINATION_METHODS

NETWORKS = [
    ("five_layer", {}), ("handcrafted", {}), ("ccpccpccpff_avg", {}), ("resnet16", {}),
    ("vgg16", {"illumination": "none"}), ("vgg16", {"illumination": "clahe"}),
    ("handcrafted", {"illumination": "plane"}), ("mobilenet_v2", {"input_size": 32}),
    ("efficientnet_v2_b0", {"input_size": 32}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "options"), NETWORKS)
def test_what_is_said_never_to_be_negative_is_not(name, options):
    network = shaken(name, **options)
    start = face_tensor(network)
    graph = Graph(network, start, logits_of(network))
    faces = as_seen(network, draw_faces(3, seed=0).faces)
    activations = graph.activations(Graph(network, network.input, start)(faces))
    said = never_negative(start, graph.layers)
    assert [place for place in said if np.min(np.asarray(activations[place])) < 0] == []
    assert len(said) > 5


def test_a_relu_that_leaks_may_be_negative():
    start = keras.Input((4, 4, 1))
    relu, leaky = keras.layers.ReLU(), keras.layers.ReLU(negative_slope=0.1)
    outputs = [relu(start), leaky(start)]
    assert [id(one) in never_negative(start, [relu, leaky]) for one in outputs] == [True, False]


@pytest.mark.parametrize("method", [name for name in ILLUMINATION_METHODS if name != "none"])
def test_a_corrected_face_is_never_negative_and_said_to_be_so(method):
    network = shaken("cpcpcpfff", illumination=method)
    start = face_tensor(network)
    assert id(start) in never_negative(start, [])
    faces = as_seen(network, draw_faces(3, seed=0).faces)
    assert np.min(np.asarray(Graph(network, network.input, start)(faces))) >= 0
