"""The measures against literal computations, and where the answer is known."""

import numpy as np
import pytest
from fake_predictors import FakePredictor, made_face
from scipy.stats import pearsonr, spearmanr
from small_networks import classifier, ensemble

from zoo.explainers import explain
from zoo.explainers.faithfulness.again import explained_again
from zoo.explainers.faithfulness.floors import random_map
from zoo.explainers.faithfulness.measures import FaithfulnessSettings, faithfulness
from zoo.explainers.faithfulness.mufidelity import mufidelity
from zoo.explainers.faithfulness.parts import (
    part_scores,
    patches,
    rank_correlation,
    shared_leaders,
    summed,
)
from zoo.explainers.faithfulness.perturbation import curves
from zoo.explainers.faithfulness.randomisation import forgetful, survival
from zoo.explainers.faithfulness.repetition import repetition
from zoo.predictor import FlipAveraged, FunctionPredictor


def seeing(region: np.ndarray) -> FakePredictor:
    """Says happy the more surely the brighter the region is."""
    views = np.zeros((*region.shape, 3))
    views[region, 1] = 8 / region.sum()
    return FakePredictor(views)


@pytest.fixture
def square() -> np.ndarray:
    region = np.zeros((48, 48), bool)
    region[30:42, 18:30] = True
    return region


@pytest.fixture
def bright(square: np.ndarray) -> np.ndarray:
    """A dark face, (48, 48, 1), that is bright in the square."""
    face = np.random.default_rng(0).integers(0, 60, (48, 48, 1)).astype(np.uint8)
    face[square] = 250
    return face


def test_curves_are_what_the_predictor_says_of_faces_changed_one_by_one(bright, square) -> None:
    predictor, relevance = seeing(square), np.random.default_rng(1).random((48, 48))
    drawn = curves(predictor, bright, relevance, 1, steps=6)
    order = np.argsort(-relevance.ravel())
    mean = np.full_like(bright, int(bright.mean()))
    for step, share in enumerate(drawn.shares):
        face = bright.copy().reshape(-1, 1)
        first = order[: round(share * 48 * 48)]
        face[first] = mean.reshape(-1, 1)[first]
        expected = predictor.predict_proba(face.reshape(1, 48, 48, 1))[0, 1]
        assert drawn.deletion[step] == pytest.approx(expected, abs=1e-6)
    assert drawn.shares.tolist() == [0, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1]
    own = predictor.predict_proba(bright[np.newaxis])[0, 1]
    assert drawn.deletion[0] == drawn.insertion[-1] == pytest.approx(own)
    whole = drawn.deletion.astype(float)
    assert drawn.deletion_auc == pytest.approx((whole[1:] + whole[:-1]).sum() / 12)


def test_the_true_map_has_the_smallest_deletion_and_the_largest_insertion(bright, square) -> None:
    predictor = seeing(square)
    maps = (square * 1.0, np.random.default_rng(0).random((48, 48)), 1.0 - square)
    right, random, wrong = (curves(predictor, bright, one, 1) for one in maps)
    assert right.deletion_auc < random.deletion_auc < wrong.deletion_auc
    assert right.insertion_auc > random.insertion_auc > wrong.insertion_auc


def test_pixels_of_equal_relevance_go_in_a_random_order_not_from_the_top(bright, square) -> None:
    first, again, other = (
        curves(seeing(square), bright, np.zeros((48, 48)), 1, steps=8, seed=seed)
        for seed in (0, 0, 1)
    )
    assert first.deletion.tolist() == again.deletion.tolist()
    assert first.deletion.tolist() != other.deletion.tolist()
    # A quarter of all pixels holds about a quarter of the square's; from the top, none.
    assert first.deletion[2] < first.deletion[0] - 1e-4


def test_mufidelity_is_pearsons_correlation_of_sums_and_losses(bright, square) -> None:
    predictor, relevance = seeing(square), np.random.default_rng(1).random((48, 48))
    predictor.batches.clear()
    found = mufidelity(predictor, bright, relevance, 1, subsets=40)
    faces = np.concatenate(predictor.batches)
    faces = faces[-41:]
    np.testing.assert_array_equal(faces[0], bright)
    probabilities = predictor.predict_proba(faces)[:, 1]
    tiles = (faces[1:, ..., 0] == int(bright.mean())).reshape(40, 8, 6, 8, 6).all(axis=(2, 4))
    assert tiles.sum(axis=(1, 2)).tolist() == [13] * 40  # a fifth of 64
    sums = (tiles * relevance.reshape(8, 6, 8, 6).sum(axis=(1, 3))).sum(axis=(1, 2))
    expected = pearsonr(sums, probabilities[0] - probabilities[1:]).statistic
    assert found == pytest.approx(expected, abs=1e-5)


def test_mufidelity_of_the_true_map_is_nearly_1_and_of_a_constant_unknown(bright, square) -> None:
    mild = seeing(square)
    mild.views /= 8  # nearly linear
    assert mufidelity(mild, bright, square * 1.0, 1) > 0.95
    assert mufidelity(mild, bright, -1.0 * square, 1) < -0.95
    assert mufidelity(mild, bright, np.zeros((48, 48)), 1) is None
    assert mufidelity(FakePredictor(np.zeros((48, 48, 3))), bright, square * 1.0, 1) is None


def test_patches_cover_the_face_in_equal_parts() -> None:
    numbers = patches((48, 48))
    assert np.bincount(numbers.ravel()).tolist() == [36] * 64
    assert numbers[0, 0] == 0
    assert numbers[-1, -1] == 63
    assert numbers[0, -1] == 7
    assert len(np.unique(patches((50, 45)))) == 64
    assert len(np.unique(patches((4, 5)))) == 20
    relevance = np.random.default_rng(0).random((50, 45))
    literal = [relevance[patches((50, 45)) == one].sum() for one in range(64)]
    np.testing.assert_allclose(summed(relevance, patches((50, 45))), literal)


def test_agreement_is_spearmans_and_the_share_of_common_leaders() -> None:
    one, other = np.random.default_rng(0).random((2, 30))
    assert rank_correlation(one, other) == pytest.approx(spearmanr(one, other).statistic)
    assert rank_correlation(one, np.zeros(30)) is None
    scores = np.array([9.0, -8, 7, 0, 0, 0])
    assert shared_leaders(scores, np.array([9.0, 0, -7, 8, 0, 0]), 3) == pytest.approx(2 / 3)
    assert shared_leaders(scores[:2], -scores[:2], 5) == 1


def test_faces_are_explained_again_each_for_its_own_class() -> None:
    predictor = classifier("cpcpcpfff", seed=3)
    faces = np.random.default_rng(0).integers(0, 256, (6, 48, 48, 1), dtype=np.uint8)
    first = explain(predictor, faces, "lrp", "predicted")
    assert len({int(one.targets[0]) for one in first}) > 1
    again = explained_again(predictor, first)
    for one, other in zip(first, again, strict=True):
        assert one.targets.tolist() == other.targets.tolist()
        np.testing.assert_array_equal(one.face, other.face)
        np.testing.assert_allclose(one.maps, other.maps, rtol=1e-4, atol=1e-6)


def test_only_what_draws_differs_from_seed_to_seed() -> None:
    predictor, faces = seeing(np.ones((48, 48), bool)), made_face()[np.newaxis]
    drawn = explain(predictor, faces, "lime", samples=60)
    ((correlation, shared),) = repetition(predictor, drawn, seeds=3)
    scores = [part_scores(explain(predictor, faces, "lime", [1], samples=60, seed=seed)[0])
              for seed in range(3)]  # fmt: skip
    expected = [spearmanr(scores[a], scores[b]).statistic for a, b in ((0, 1), (0, 2), (1, 2))]
    assert correlation == pytest.approx(np.mean(expected))
    assert 0 <= shared < 1
    steady = explain(predictor, faces, "occlusion", window=0.4, stride=1.0)
    assert repetition(predictor, steady, seeds=2) == [(None, None)]
    noisy = explain(predictor, faces, "occlusion", window=0.4, stride=1.0, hide="noise")
    assert repetition(predictor, noisy, seeds=2)[0][0] < 1
    blank = np.full((1, 48, 48, 1), 9, np.uint8)
    assert repetition(predictor, explain(predictor, blank, "lime", samples=20), 2) == [
        (None, None)
    ]
    last = explain(predictor, faces, "lime", samples=20, seed=2**32 - 1)
    assert repetition(predictor, last, seeds=2)[0][0] is not None
    assert repetition(predictor, drawn, seeds=1) == [(None, None)]


def test_a_network_that_has_forgotten_has_the_same_values_in_another_order() -> None:
    predictor = classifier("cpcpcpfff")
    before = predictor.network.get_weights()
    after = forgetful(predictor).network.get_weights()
    for one, other in zip(before, predictor.network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(np.sort(one, axis=None), np.sort(other, axis=None))
    changed = [not np.array_equal(*pair) for pair in zip(before, after, strict=True)]
    # What is constant has no other order: the stem, which starts as the mean of the channels.
    assert changed == [np.ptp(one) > 0 for one in before]


def test_a_map_that_knows_only_the_face_survives_and_one_of_the_network_does_not() -> None:
    predictor = ensemble(["cpcpcpfff", "handcrafted_fcn"], [3, 1])
    faces = np.random.default_rng(0).integers(0, 256, (4, 48, 48, 1), dtype=np.uint8)
    explanations = explain(predictor, faces, "integrated_gradients", "predicted", steps=4)
    forgotten = [forgetful(predictor, seed=seed) for seed in (0, 100)]
    np.testing.assert_allclose(forgotten[0].member_weights, [0.75, 0.25])
    assert np.mean(survival(forgotten, explanations)) < 0.4
    np.testing.assert_allclose(survival([predictor], explanations), 1, atol=1e-3)
    literal = [
        abs(rank_correlation(part_scores(one), part_scores(other)))
        for network in forgotten
        for one, other in zip(explanations, explained_again(network, explanations), strict=True)
    ]
    mean = np.reshape(literal, (2, 4)).mean(axis=0)
    np.testing.assert_allclose(survival(forgotten, explanations), mean, atol=1e-3)


def test_a_map_that_only_turns_its_sign_has_survived() -> None:
    predictor, faces = classifier("cpcpcpfff"), made_face()[np.newaxis]
    explanations = explain(predictor, faces, "occlusion", [3], window=0.4, stride=1.0)
    turned = FunctionPredictor(
        lambda given: (1 - predictor.predict_proba(given)) / 6, predictor.classes
    )
    assert survival([turned], explanations)[0] == pytest.approx(1, abs=0.01)


def test_what_forgets_keeps_its_views() -> None:
    flipped = FlipAveraged(classifier("cpcpcpfff"))
    forgotten = forgetful(flipped)
    assert isinstance(forgotten, FlipAveraged)
    assert forgotten.name == flipped.name


def test_all_measures_of_a_map_beside_each_other() -> None:
    calls: list[tuple[int, int]] = []
    predictor, faces = classifier("cpcpcpfff"), made_face()[np.newaxis]
    explanations = explain(predictor, faces, "lime", samples=40)
    (measured,) = faithfulness(
        predictor, explanations, FaithfulnessSettings(steps=4, subsets=10, seeds=2),
        lambda done, total: calls.append((done, total)),
    )  # fmt: skip
    one = explanations[0]
    assert measured.name == one.classes[one.targets[one.top]]
    numbers = measured.numbers()
    assert numbers["r2"] == one.r2[one.top]
    drawn = curves(predictor, one.face, one.maps[one.top], int(one.targets[one.top]), steps=4)
    assert numbers["deletion_auc"] == pytest.approx(drawn.deletion_auc, abs=1e-5)
    assert all(-1 <= value <= 1 for value in numbers.values())
    assert numbers["survival"] >= 0
    random = curves(
        predictor, one.face, random_map(one.face), int(one.targets[one.top]), steps=4
    )  # fmt: skip
    gain = random.deletion_auc - drawn.deletion_auc
    assert numbers["deletion_gain"] == pytest.approx(gain, abs=1e-5)
    assert calls[-1] == (3, 3)
    assert measured.facts()["curves"]["shares"] == drawn.shares.tolist()
    text = measured.table("title").csv()
    assert text.splitlines()[0] == "measure,value,better"
    assert len(text.splitlines()) == 10


def test_what_has_no_networks_cannot_forget(bright, square) -> None:
    predictor = seeing(square)
    explanations = explain(predictor, bright[np.newaxis], "lime", samples=40)
    (measured,) = faithfulness(predictor, explanations, FaithfulnessSettings(seeds=1, steps=4))
    assert measured.survival is None
    assert measured.rank_correlation is None
    assert "shuffled" not in measured.table("title").csv()


def test_a_blank_face_has_no_number_that_could_be_believed(square) -> None:
    """Nothing changes when parts of it are hidden: there is nothing to be right about."""
    blank = np.full((1, 48, 48, 1), 128, np.uint8)
    for predictor in (seeing(square), classifier("cpcpcpfff")):
        explanations = explain(predictor, blank, "lime", samples=60)
        (measured,) = faithfulness(predictor, explanations, FaithfulnessSettings(seeds=2, steps=4))
        numbers = measured.numbers()
        own = predictor.predict_proba(blank)[0, explanations[0].targets[explanations[0].top]]
        for name in ("r2", "rank_correlation", "leaders_shared", "survival", "mufidelity"):
            assert numbers[name] is None, name
        for name in ("deletion_auc", "insertion_auc"):
            assert numbers[name] == pytest.approx(own, abs=1e-5)
        for name in ("deletion_gain", "insertion_gain"):
            assert numbers[name] == pytest.approx(0, abs=1e-5)
        assert "R²" not in measured.table("title").csv()


def test_the_same_face_has_the_same_random_map() -> None:
    face, other = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 1), dtype=np.uint8)
    np.testing.assert_array_equal(random_map(face), random_map(face.copy()))
    assert not np.array_equal(random_map(face), random_map(other))
    assert not np.array_equal(random_map(face), random_map(face, seed=1))
