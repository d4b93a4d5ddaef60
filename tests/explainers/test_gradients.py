"""Derivatives, and functions that are compiled once they are called again."""

import numpy as np
import pytest
from keras import ops
from small_networks import classifier

from zoo.data.drawn import draw_faces
from zoo.explainers import explain
from zoo.explainers.gradients import compiled_when_repeated, value_and_pullback


def test_the_pullback_is_the_gradient_of_the_weighed_sum():
    at = np.float32([[1.0, -2.0, 3.0]])
    value, pull = value_and_pullback(lambda x: ops.power(x, 3), at)
    np.testing.assert_allclose(value, at**3)
    for weights in (np.float32([[1, 1, 1]]), np.float32([[0.5, 2, -1]])):
        np.testing.assert_allclose(pull(weights), weights * 3 * at**2)


def test_a_repeated_function_is_traced_once_for_each_shape_and_gives_the_same():
    ran = []

    @compiled_when_repeated
    def doubled(values, others):
        ran.append(values.shape)
        return 2 * values + others[0]

    for _ in range(4):
        for count in (3, 5):
            values = np.arange(count, dtype=np.float32)
            np.testing.assert_array_equal(doubled(values, [values]), 3 * values)
    assert ran == [(3,), (5,), (3,), (5,)]  # as it is, then while it is traced, then no more


@pytest.mark.parametrize("method", ["lrp", "gradcam"])
def test_maps_are_the_same_when_they_are_asked_for_again(method):
    faces = draw_faces(3, seed=0).faces
    predictor = classifier("ccpccpccpff_avg")
    first, *others = ([one.maps for one in explain(predictor, faces, method)] for _ in range(3))
    for other in others:
        np.testing.assert_allclose(other, first, atol=1e-4 * np.abs(first).max())


@pytest.mark.parametrize("method", ["lrp", "gradcam"])
@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_maps_follow_weights_that_change(method, precision):
    import keras

    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy(precision)
    try:
        predictor, other = (classifier("ccpccpccpff_avg", seed) for seed in (0, 1))
    finally:
        keras.mixed_precision.set_global_policy(before)
    faces = draw_faces(2, seed=0).faces
    expected = [one.maps for one in explain(other, faces, method, targets=["happy"])]
    for _ in range(3):
        explain(predictor, faces, method, targets=["happy"])
    predictor.network.set_weights(other.network.get_weights())
    found = [one.maps for one in explain(predictor, faces, method, targets=["happy"])]
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())
