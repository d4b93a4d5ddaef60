"""Averaging softmaxes."""

import dataclasses

import numpy as np
import pytest

from zoo.ensemble import Ensemble, average_predictions
from zoo.errors import ZooError
from zoo.predictions import Predictions
from zoo.predictor import Calibrated, Classifier, FlipAveraged, FunctionPredictor

CLASSES = ("happy", "sad", "neutral")


class Network:
    """What a `Classifier` needs of a Keras model, answering from the faces' own pixels."""

    def __init__(self, power, outputs=3):
        self.power = power
        self.input_shape = (None, 4, 4, 1)
        self.output_shape = (None, outputs)

    def predict_on_batch(self, faces):
        pixels = np.asarray(faces, np.float64).reshape(len(faces), -1)
        logits = (pixels[:, : self.output_shape[-1]] / 255) ** self.power
        exponentials = np.exp(logits)
        return (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def faces():
    return np.random.default_rng(0).integers(0, 256, (5, 4, 4, 1)).astype(np.uint8)


@pytest.fixture
def classifiers():
    return [Classifier(Network(power), CLASSES, name) for power, name in enumerate("abc", 1)]


def saved(probabilities, **changes):
    count = len(probabilities)
    predictions = Predictions(
        "validation", CLASSES, "f" * 64, np.array([f"x:{row}" for row in range(count)]),
        np.zeros(count, np.int64), np.asarray(probabilities, np.float32),
    )  # fmt: skip
    return dataclasses.replace(predictions, **changes)


def test_what_an_average_would_drop_is_refused(classifiers):
    function = FunctionPredictor(classifiers[0].predict_proba, CLASSES, "mine")
    with pytest.raises(ZooError, match="mine has no network: average it in a function"):
        Ensemble([classifiers[0], function])
    with pytest.raises(ZooError, match=r"a \(calibrated\) has a temperature of its own"):
        Ensemble([Calibrated(classifiers[0], 2.0), classifiers[1]])


def test_an_ensemble_predicts_the_mean_of_its_members(classifiers, faces):
    ensemble = Ensemble(classifiers)
    expected = sum(one.predict_proba(faces).astype(np.float64) for one in classifiers) / 3
    probabilities = ensemble.predict_proba(faces)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities, expected, atol=1e-7)
    assert ensemble.classes == CLASSES
    assert ensemble.members == tuple(classifiers)
    assert ensemble.name == "ensemble"


def test_weights_may_have_any_scale(classifiers, faces):
    ensemble = Ensemble(classifiers, weights=[2, 0, 6])
    np.testing.assert_allclose(ensemble.member_weights, [0.25, 0, 0.75])
    first, _, third = (one.predict_proba(faces) for one in classifiers)
    np.testing.assert_allclose(
        ensemble.predict_proba(faces), 0.25 * first + 0.75 * third, atol=1e-7
    )


def test_a_nested_ensemble_is_taken_apart_into_its_classifiers(classifiers, faces):
    inner = Ensemble(classifiers[:2], weights=[1, 3], name="inner")
    outer = Ensemble([inner, classifiers[2]])
    assert outer.members == tuple(classifiers)
    np.testing.assert_allclose(outer.member_weights, [0.125, 0.375, 0.5])
    expected = (inner.predict_proba(faces) + classifiers[2].predict_proba(faces)) / 2
    np.testing.assert_allclose(outer.predict_proba(faces), expected, atol=1e-7)


def test_the_same_member_twice_counts_twice(classifiers, faces):
    first, second = (one.predict_proba(faces) for one in classifiers[:2])
    twice = Ensemble([classifiers[0], classifiers[1], classifiers[1]])
    np.testing.assert_allclose(twice.predict_proba(faces), (first + 2 * second) / 3, atol=1e-7)


def test_averaging_views_is_the_mean_over_each_face_and_its_mirror_image(classifiers, faces):
    first = classifiers[0]
    flipped = FlipAveraged(first)
    mirrored = np.stack([np.fliplr(face) for face in faces])
    expected = (first.predict_proba(faces) + first.predict_proba(mirrored)) / 2
    np.testing.assert_allclose(flipped.predict_proba(faces), expected, atol=1e-7)
    assert not np.allclose(expected, first.predict_proba(faces), atol=1e-3)
    assert flipped.name == "a (flip)"
    assert (flipped.classes, flipped.network) == (first.classes, first.network)
    assert flipped.predict_proba(faces).dtype == np.float32


def test_an_ensemble_of_averaged_views_flips_every_member(classifiers, faces):
    ensemble = Ensemble([FlipAveraged(one) for one in classifiers], weights=[1, 2, 3])
    plain = Ensemble(classifiers, weights=[1, 2, 3])
    views = (plain.predict_proba(faces), plain.predict_proba(faces[:, :, ::-1]))
    np.testing.assert_allclose(ensemble.predict_proba(faces), np.mean(views, axis=0), atol=1e-6)
    assert all(isinstance(member, FlipAveraged) for member in ensemble.members)


def test_the_average_knows_which_faces_also_stand_in_train_if_one_of_its_members_does():
    one, other = saved([[1, 0, 0], [0, 1, 0]]), saved([[0, 0, 1], [0, 1, 0]])
    assert average_predictions([one, other]).seen is None
    knowing = dataclasses.replace(other, seen=np.array([True, False]))
    for members in ([one, knowing], [knowing, one]):
        assert average_predictions(members).seen.tolist() == [True, False]


def test_no_faces_give_no_probabilities(classifiers, faces):
    assert Ensemble(classifiers).predict_proba(faces[:0]).shape == (0, 3)


@pytest.mark.parametrize(("count", "listed"), [(0, "0: none"), (1, "1: a")])
def test_fewer_than_two_members_are_refused_with_the_list(classifiers, count, listed):
    with pytest.raises(ZooError, match=f"at least two members, there are {listed}"):
        Ensemble(classifiers[:count])


@pytest.mark.parametrize("classes", [("happy", "neutral", "sad"), ("happy", "sad")])
def test_members_whose_classes_differ_are_refused_by_name(classifiers, classes):
    other = Classifier(Network(1, len(classes)), classes, "odd")
    with pytest.raises(ZooError, match="a and odd have different classes: happy, sad, neutral"):
        Ensemble([classifiers[0], classifiers[1], other])


@pytest.mark.parametrize("weights", [[1, -1, 2], [0, 0, 0], [1, np.nan, 1], [1, np.inf, 1]])
def test_impossible_weights_are_refused(classifiers, weights):
    with pytest.raises(ZooError, match="must be a number of at least 0, and not all 0"):
        Ensemble(classifiers, weights)


def test_a_wrong_number_of_weights_is_refused(classifiers):
    with pytest.raises(ZooError, match=r"2 weights \(1, 2\) for 3 members \(a, b, c\)"):
        Ensemble(classifiers, [1, 2])


def test_saved_predictions_average_to_what_the_ensemble_predicts(classifiers, faces):
    weights = [1, 2, 3]
    averaged = average_predictions(
        [saved(one.predict_proba(faces)) for one in classifiers], weights
    )
    np.testing.assert_array_equal(
        averaged.probabilities, Ensemble(classifiers, weights).predict_proba(faces)
    )
    assert averaged.same_faces(saved(np.zeros((5, 3))))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"split": "test"}, "splits are validation and test"),
        ({"tta": "flip"}, "test-time augmentations are none and flip"),
        (
            {"classes": ("sad", "happy", "neutral")},
            "classes are happy, sad, neutral and sad, happy",
        ),
        ({"fingerprint": "e" * 64}, "data sets are ffffffff… and eeeeeeee…"),
        ({"ids": np.array(["x:1", "x:0"])}, "validation faces differ"),
        ({"labels": np.array([0, 1])}, "validation faces differ"),
    ],
)
def test_predictions_of_different_faces_are_refused_by_name(change, reason):
    same, other = saved(np.eye(3)[:2]), saved(np.eye(3)[:2], **change)
    with pytest.raises(ZooError, match="one and three cannot be averaged") as told:
        average_predictions([same, same, other], names=["one", "two", "three"])
    assert reason in str(told.value)


def test_averaging_one_is_refused():
    with pytest.raises(ZooError, match="at least two members"):
        average_predictions([saved(np.eye(3))])
