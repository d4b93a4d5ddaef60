"""What every explainer promises, on a network, an ensemble and a plain function."""

import math

import keras
import numpy as np
import pytest
from fake_predictors import FakePredictor, made_face
from small_networks import CLASSES, classifier, ensemble

from zoo.errors import ZooError
from zoo.explainers import METHODS, explain
from zoo.explainers.files import write_explanation
from zoo.predictor import Calibrated, Classifier, FlipAveraged, FunctionPredictor
from zoo.preprocessing.illumination import IlluminationCorrection

QUICK = {
    "lime": {"samples": 40},
    "kernel_shap": {"samples": 40},
    "occlusion": {"window": 0.4, "stride": 1.0},
    "gradcam": {},
    "integrated_gradients": {"steps": 4},
    "lrp": {},
}
BLACK_BOX = [name for name, method in METHODS.items() if not method.white_box]
WHITE_BOX = [name for name, method in METHODS.items() if method.white_box]


@pytest.fixture(scope="module")
def predictors():
    return {
        "network": classifier("cpcpcpfff"),
        "ensemble": ensemble(["cpcpcpfff", "handcrafted_fcn"], [3, 1]),
        "function": FunctionPredictor(
            FakePredictor(np.random.default_rng(1).normal(0, 0.05, (48, 48, 3))).predict_proba,
            ("angry", "happy", "sad"),
        ),
    }


@pytest.mark.parametrize("kind", ["network", "ensemble", "function"])
@pytest.mark.parametrize("method", METHODS)
def test_a_map_per_face_and_class_at_the_faces_size(predictors, method, kind):
    predictor = predictors[kind]
    faces = np.stack([made_face(), made_face()[:, ::-1]])
    if kind == "function" and method in WHITE_BOX:
        with pytest.raises(ZooError, match="function: .* looks into networks, and this has none"):
            explain(predictor, faces, method, **QUICK[method])
        return
    calls = []
    explanations = explain(
        predictor, faces, method, [2, 0], progress=lambda *now: calls.append(now), **QUICK[method]
    )
    probabilities = predictor.predict_proba(faces)
    for face, own, one in zip(faces, probabilities, explanations, strict=True):
        assert one.maps.shape == (2, 48, 48)
        assert one.maps.dtype == np.float32
        assert np.isfinite(one.maps).all()
        assert np.ptp(one.maps) > 0
        assert one.signed or one.maps.min() >= 0
        assert one.targets.tolist() == [2, 0]
        assert (one.method, one.predictor, one.classes) == (
            method, predictor.name, tuple(predictor.classes),
        )  # fmt: skip
        np.testing.assert_array_equal(one.face, face)
        np.testing.assert_allclose(one.probabilities, own, atol=1e-5)
    assert not np.allclose(explanations[0].maps, explanations[1].maps)
    done, total = zip(*calls, strict=True)
    assert len(set(total)) == 1
    assert list(done) == sorted(done)
    assert done[-1] == total[-1]


@pytest.mark.parametrize("method", METHODS)
def test_what_is_explained_unless_something_else_is_asked_for(predictors, method):
    predictor, faces = predictors["ensemble"], made_face()[np.newaxis]
    (one,) = explain(predictor, faces, method, **QUICK[method])
    predicted = predictor.predict_proba(faces)[0].argmax()
    expected = [predicted] if method in WHITE_BOX else list(range(7))
    assert one.targets.tolist() == expected
    (one,) = explain(predictor, faces, method, "predicted", **QUICK[method])
    assert one.targets.tolist() == [predicted]
    (one,) = explain(predictor, faces, method, "all", **QUICK[method])
    assert len(one.maps) == 7
    with pytest.raises(ZooError, match="unknown class 'hapy': did you mean happy"):
        explain(predictor, faces, method, ["hapy"], **QUICK[method])


@pytest.mark.parametrize("method", METHODS)
def test_the_same_settings_give_the_same_maps(predictors, method):
    faces = made_face()[np.newaxis]
    first, again = (
        explain(predictors["network"], faces, method, **QUICK[method])[0] for _ in range(2)
    )
    np.testing.assert_allclose(first.maps, again.maps, rtol=1e-5, atol=1e-7)
    assert first.settings == again.settings


@pytest.mark.parametrize("method", METHODS)
def test_a_face_of_any_size_colour_and_type_is_explained(predictors, method):
    face = np.repeat(np.repeat(made_face(), 2, axis=0), 2, axis=1)
    for given in (face, face[..., :1], face.astype(np.float32)):
        (one,) = explain(predictors["network"], given[np.newaxis], method, **QUICK[method])
        assert one.maps.shape[1:] == (96, 96)


@pytest.mark.parametrize("method", METHODS)
def test_a_blank_face_has_finite_maps(predictors, method):
    for grey in (0, 128):
        faces = np.full((1, 48, 48, 1), grey, np.uint8)
        (one,) = explain(predictors["network"], faces, method, **QUICK[method])
        assert np.isfinite(one.maps).all()


@pytest.mark.parametrize("method", METHODS)
def test_an_explanation_is_written_as_pictures_arrays_and_facts(predictors, method, tmp_path):
    faces = made_face()[np.newaxis]
    (one,) = explain(predictors["ensemble"], faces, method, ["happy", "sad"], **QUICK[method])
    written = write_explanation(one, tmp_path / "out")
    assert all(path.stat().st_size for path in written)
    with np.load(tmp_path / "out" / "explanation.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["maps"], one.maps)
        assert str(file["method"]) == method
    with pytest.raises(ZooError, match="--overwrite"):
        write_explanation(one, tmp_path / "out")


@pytest.mark.parametrize("method", METHODS)
def test_an_unknown_setting_is_refused_and_the_nearest_named(predictors, method):
    settings = dict(QUICK[method])
    known = next(iter(settings), {"gradcam": "layer", "lrp": "composite"}.get(method))
    with pytest.raises(ZooError, match=f"did you mean .*{known}"):
        explain(predictors["network"], made_face()[np.newaxis], method, **{f"{known}s": 1})


@pytest.mark.parametrize("method", BLACK_BOX)
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (np.full((1, 3), np.nan), "not finite"),
        (np.array([[2.0, -1.0, 0.5]]), "of logits take the softmax"),
        (np.array([[0.5, 0.5]]), r"shape \(\d+, 2\)"),
    ],
)
def test_what_are_no_probabilities_is_refused(method, answer, words):
    class Broken(FakePredictor):
        def predict_proba(self, faces: np.ndarray) -> np.ndarray:
            return np.repeat(answer, len(faces), axis=0)

    broken = Broken(np.zeros((48, 48, 3)))
    with pytest.raises(ZooError, match=f"fake: predicts .*{words}"):
        explain(broken, made_face()[np.newaxis], method, **QUICK[method])


@pytest.mark.parametrize("method", METHODS)
def test_a_network_that_gives_logits_is_refused(method):
    whole = classifier("cpcpcpfff").network
    logits = keras.Model(whole.input, whole.get_layer("logits").output, name="cpcpcpfff")
    with pytest.raises(ZooError, match="mine: predicts values .* of logits take the softmax"):
        explain(Classifier(logits, CLASSES, "mine"), made_face()[np.newaxis], method)


def test_a_function_that_is_no_predictor_yet_and_one_of_too_few_columns_are_refused():
    def halves(faces: np.ndarray) -> np.ndarray:
        return np.full((len(faces), 2), 0.5)

    faces = made_face()[np.newaxis]
    with pytest.raises(ZooError, match=r"zoo.FunctionPredictor\(function, classes\)"):
        explain(halves, faces)
    three = FunctionPredictor(halves, ("angry", "happy", "sad"), name="halves")
    with pytest.raises(ZooError, match=r"halves: predicts an array of shape \(\d+, 2\) for"):
        explain(three, faces, "occlusion")
    two = FunctionPredictor(halves, ("angry", "happy"))
    (one,) = explain(two, faces, "occlusion", window=0.5, stride=1.0)
    assert not one.maps.any()


@pytest.mark.parametrize("method", METHODS)
def test_each_face_may_have_targets_of_its_own(predictors, method):
    faces = np.stack([made_face(), made_face()[:, ::-1]])
    own = np.array([[2], [0]])
    found = explain(predictors["network"], faces, method, own, **QUICK[method])
    for face, target, one in zip(faces, own, found, strict=True):
        (alone,) = explain(
            predictors["network"], face[np.newaxis], method, int(target[0]), **QUICK[method]
        )
        assert one.targets.tolist() == target.tolist()
        np.testing.assert_allclose(one.maps, alone.maps, rtol=1e-3, atol=1e-5)
    with pytest.raises(ZooError, match="class 7: the predictor has 0 to 6"):
        explain(predictors["network"], faces, method, own + 5, **QUICK[method])
    for rows in (1, 3, 4):
        wrong = np.zeros((rows, 1), int)
        with pytest.raises(ZooError, match=rf"targets of shape \({rows}, 1\) for 2 faces"):
            explain(predictors["network"], faces, method, wrong, **QUICK[method])


@pytest.mark.parametrize("method", WHITE_BOX)
def test_batches_of_any_size_give_the_same_maps(predictors, method, monkeypatch):
    faces = np.stack([made_face(), made_face()[:, ::-1], made_face()[::-1]])
    whole = explain(predictors["network"], faces, method, **QUICK[method])
    monkeypatch.setattr("zoo.explainers.white_box.BATCH", (2, 2))
    for one, again in zip(
        whole, explain(predictors["network"], faces, method, **QUICK[method]), strict=True
    ):
        np.testing.assert_allclose(one.maps, again.maps, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_no_faces_have_no_explanations(predictors, method):
    assert explain(predictors["network"], made_face()[np.newaxis][:0], method) == []
    with pytest.raises(ZooError, match="they have no pixels"):
        explain(predictors["network"], np.zeros((1, 0, 0, 1), np.uint8), method)


@pytest.mark.parametrize("method", METHODS)
def test_a_network_that_gives_no_numbers_is_refused(method):
    broken = classifier("cpcpcpfff")
    kernel, bias = broken.network.get_layer("logits").get_weights()
    broken.network.get_layer("logits").set_weights([kernel * np.nan, bias])
    with pytest.raises(ZooError, match="cpcpcpfff: predicts probabilities that are not finite"):
        explain(broken, made_face()[np.newaxis], method, **QUICK[method])


@pytest.mark.parametrize(
    ("method", "setting", "words"),
    [
        ("occlusion", {"window": "abc"}, "window = abc: expected 0.01 to 1"),
        ("occlusion", {"hide": True}, "hide = True: expected a grey level"),
        ("integrated_gradients", {"steps": 2.5}, "steps = 2.5: expected 1 to"),
        ("integrated_gradients", {"blank": "black"}, "blank = black: expected 0 to 255"),
        ("integrated_gradients", {"seed": -1, "copies": 2}, "seed = -1"),
        ("integrated_gradients", {"steps": None}, "steps = None: expected 1 to"),
        ("gradcam", {"layer": [1]}, r"layer = \[1\]: expected the name of a layer"),
        ("lime", {"preset": [1]}, "unknown preset"),
        ("lime", {"minimum_weight": math.inf}, "minimum_weight = inf: expected 0 to 1"),
        ("lime", {"segmentation_settings": {"compactness": math.inf}}, "compactness = inf"),
        ("lrp", {"composite": [1]}, "unknown composite"),
        ("lrp", {"epsilon": -0.1}, "epsilon = -0.1: expected 0 to 10"),
        ("lrp", {"epsilon": None}, "epsilon = None: expected 0 to 10"),
    ],
)
def test_settings_of_the_wrong_kind_are_refused(predictors, method, setting, words):
    with pytest.raises(ZooError, match=words):
        explain(predictors["network"], made_face()[np.newaxis], method, **setting)


def test_maps_of_one_view_beside_probabilities_of_two_are_said_to_be_so(predictors):
    faces = made_face()[np.newaxis]
    (one,) = explain(FlipAveraged(predictors["network"]), faces, "gradcam")
    assert "maps are of the face as it is, probabilities of it and its mirror image" in one.remarks
    (single,) = explain(predictors["network"], faces, "gradcam")
    assert not any("mirror" in remark for remark in single.remarks)


def test_maps_of_networks_beside_calibrated_probabilities_are_said_to_be_so(predictors):
    faces = made_face()[np.newaxis]
    calibrated = Calibrated(predictors["network"], 1.5)
    (one,) = explain(calibrated, faces, "gradcam")
    words = "maps are of the networks as they are, probabilities scaled by the temperature 1.50"
    assert words in one.common_remarks
    assert words in one.remarks
    (plain,) = explain(predictors["network"], faces, "gradcam")
    np.testing.assert_allclose(one.maps, plain.maps, atol=1e-5)
    assert words not in plain.remarks


@pytest.mark.parametrize("kind", ["network", "ensemble"])
def test_what_is_said_of_a_map_is_of_the_most_probable_class_and_names_it(predictors, kind):
    predictor, faces = predictors[kind], made_face()[np.newaxis]
    (one,) = explain(predictor, faces, "lrp", "all")
    top = one.probabilities.argmax()
    assert top > 0
    assert len(one.remarks) == len(predictor.members)
    for place, member in enumerate(predictor.members):
        logit = f"{one.measures['logit'][place, top]:.2f}".replace("-", "−")
        whose = CLASSES[top] if kind == "network" else f"{CLASSES[top]}, {member.name}"
        assert one.remarks[place].startswith(f"{whose}: of the logit {logit} biases keep ")


def test_a_sequential_network_is_refused():
    sequential = keras.Sequential([keras.Input((48, 48, 3)), keras.layers.Flatten(),
                                   keras.layers.Dense(7, activation="softmax")])  # fmt: skip
    plain = Classifier(sequential, CLASSES, "mine")
    for method in WHITE_BOX:
        with pytest.raises(ZooError, match="mine: a keras.Sequential"):
            explain(plain, made_face()[np.newaxis], method, **QUICK[method])


@pytest.mark.parametrize("side", [12, 32, 200])
def test_maps_at_another_size_keep_their_sums(predictors, side):
    faces = np.random.default_rng(0).integers(0, 256, (1, side, side, 1), dtype=np.uint8)
    (one,) = explain(predictors["network"], faces, "lrp")
    (measures,) = one.facts()["explained"][0]["members"]
    expected = measures["logit"] - measures["biases"] - measures["lost"]
    assert one.maps.sum() == pytest.approx(expected, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("method", WHITE_BOX)
def test_an_ensembles_map_is_the_mean_of_its_members_for_its_own_class(predictors, method):
    predictor, faces = predictors["ensemble"], made_face()[np.newaxis]
    (one,) = explain(predictor, faces, method, **QUICK[method])
    for place, member in enumerate(predictor.members):
        (alone,) = explain(member, faces, method, one.targets, **QUICK[method])
        np.testing.assert_allclose(one.member_maps[place], alone.maps, atol=1e-6)
        assert np.abs(alone.disagreement).max() == 0
    np.testing.assert_allclose(
        one.maps, 0.75 * one.member_maps[0] + 0.25 * one.member_maps[1], atol=1e-6
    )
    assert one.member_weights.tolist() == [0.75, 0.25]
    peaks = np.abs(one.member_maps).max(axis=(2, 3), keepdims=True)
    scaled = one.member_maps / peaks
    mean = 0.75 * scaled[0] + 0.25 * scaled[1]
    variance = 0.75 * (scaled[0] - mean) ** 2 + 0.25 * (scaled[1] - mean) ** 2
    np.testing.assert_allclose(one.disagreement, np.sqrt(variance), atol=1e-5)


@pytest.mark.parametrize("method", WHITE_BOX)
def test_maps_end_at_the_illumination_corrected_face(method):
    """They are those of the same network without the correction, of a face corrected before."""
    correcting, plain = (
        classifier("cpcpcpfff", illumination=illumination) for illumination in ("equalize", "none")
    )
    faces = made_face()[np.newaxis, ..., :1].astype("float32")
    correct = next(
        layer for layer in correcting.network.layers if isinstance(layer, IlluminationCorrection)
    )
    corrected = np.asarray(correct(faces))
    # A blank face that is the same before and behind the correction.
    settings = QUICK[method] | ({"blank": 255} if method == "integrated_gradients" else {})
    assert (np.asarray(correct(0 * faces + 255)) == 255).all()
    (one,) = explain(correcting, faces, method, 2, **settings)
    (other,) = explain(plain, corrected, method, 2, **settings)
    np.testing.assert_allclose(one.maps, other.maps, rtol=1e-4, atol=1e-6)
    (uncorrected,) = explain(plain, faces, method, 2, **settings)
    assert not np.allclose(one.maps, uncorrected.maps, rtol=1e-2)


def test_explaining_leaves_no_trace_in_a_network(predictors):
    network = predictors["network"].network
    before = [len(layer._inbound_nodes) for layer in network.layers]
    for method in WHITE_BOX:
        explain(predictors["network"], made_face()[np.newaxis], method, **QUICK[method])
    assert [len(layer._inbound_nodes) for layer in network.layers] == before
