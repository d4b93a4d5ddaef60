"""What the studies share: which runs are theirs, what a gain's interval covers, how pages fill."""

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.runs import create_run, list_runs
from zoo.training.recipes import load_recipe

N = 400


@pytest.fixture(scope="module")
def study(benchmark):
    return benchmark("study")


def recipe(**settings):
    return load_recipe("cpcpcpfff", overrides={"epochs": 3, "seed": 1, **settings})


RECORDED = {"limit": 100, "fingerprint": "f"}


def test_a_run_with_the_same_recipe_limit_and_data_is_taken(study, tmp_path):
    run = create_run(tmp_path, "cpcpcpfff", 1, recipe().to_toml(), RECORDED)
    for fingerprint in ("f", None):
        trial = study.Trial("one", recipe(), limit=100, fingerprint=fingerprint)
        assert study.runs_of([trial], [run]) == {trial: [run]}
    assert study.finished([trial], tmp_path) == {}


@pytest.mark.parametrize(
    ("settings", "recorded"),
    [
        ({"seed": 0}, {}), ({"epochs": 4}, {}), ({"label_smoothing": 0.1}, {}),
        ({}, {"limit": None}), ({}, {"fingerprint": "g"}), ({}, {"init_sha256": "a"}),
        ({"init": "imagenet"}, {}),
    ],
    ids=str,
)  # fmt: skip
def test_a_run_with_any_other_setting_is_not(study, tmp_path, settings, recorded):
    trial = study.Trial("one", recipe(), limit=100, fingerprint="f")
    toml = recipe(**settings).to_toml()
    run = create_run(tmp_path, "cpcpcpfff", 1, toml, RECORDED | recorded)
    assert study.runs_of([trial], [run]) == {trial: []}


def test_initial_weights_are_the_same_by_their_content_wherever_they_are(study, tmp_path):
    toml = recipe(init="here.h5").to_toml()
    run = create_run(tmp_path, "cpcpcpfff", 1, toml, RECORDED | {"init_sha256": "a"})
    for sha256, runs in (("a", [run]), ("b", [])):
        trial = study.Trial("one", recipe(init="there.h5"), limit=100, init_sha256=sha256)
        assert study.runs_of([trial], [run]) == {trial: runs}


def test_damaged_runs_are_of_no_trial(study, tmp_path):
    run = create_run(tmp_path, "cpcpcpfff", 1, recipe().to_toml(), RECORDED)
    (run.folder / "recipe.toml").write_text("epochs = -1")
    trial = study.Trial("one", recipe(), limit=100)
    assert study.runs_of([trial], list_runs(tmp_path)) == {trial: []}


def test_gains_are_means_of_differences_over_the_seeds_that_both_have(study):
    right = {
        "none": {0: np.array([1, 0, 0, 0]), 1: np.array([1, 1, 0, 0])},
        "one": {1: np.array([1, 1, 1, 0]), 2: np.array([1, 1, 1, 1])},
        "two": {0: np.array([1, 1, 1, 0]), 1: np.array([0, 1, 0, 0])},
        "alone": {2: np.array([1, 1, 1, 1])},
    }
    gains = study.gains(right, "none")
    assert gains["one"].mean == pytest.approx(0.25)
    assert gains["two"].mean == pytest.approx((0.5 - 0.25) / 2)
    assert gains.keys() == {"one", "two"}


def test_an_interval_is_students_with_the_variance_between_seeds_pooled(study):
    """By hand: differences of 0.5 and 0.0, and of 0.25 twice, on four faces.

    The two ways share the baseline, so that their variance has 4·2/5 degrees of freedom, and with
    that of faces, which has any number, 1.6·(0.0521 / 0.03125)² = 4.44.
    """
    right = {
        "none": {0: np.array([0, 0, 0, 0]), 1: np.array([0, 0, 0, 0])},
        "a": {0: np.array([1, 1, 0, 0]), 1: np.array([0, 0, 0, 0])},
        "b": {0: np.array([1, 0, 0, 0]), 1: np.array([1, 0, 0, 0])},
    }
    gain = study.gains(right, "none")["a"]
    between_seeds = (0.25**2 + 0.25**2 + 0 + 0) / 2
    between_faces = np.var([0.5, 0.5, 0, 0], ddof=1)
    half = 2.670302 * np.sqrt(between_faces / 4 + between_seeds / 2)  # t(0.975) of 4.44
    assert (gain.low, gain.high) == pytest.approx((0.25 - half, 0.25 + half))


@pytest.mark.parametrize("others", [2, 20])
def test_the_interval_of_a_gain_covers_another_draw_of_faces_and_of_seeds(study, others):
    """Simulated: networks have a true accuracy by method, one by seed, and faces by difficulty.

    However many ways there are, all of them are held against the same three runs.
    """
    chance = np.random.default_rng(1)
    truth = {"none": 0.0, "plane": 0.05} | {str(other): 0.01 for other in range(others)}
    covered = []
    for _ in range(300):
        difficulty = chance.normal(0, 0.2, N)
        right = {
            method: {
                seed: chance.random(N) < 0.5 + gain + difficulty + chance.normal(0, 0.02)
                for seed in range(3)
            }
            for method, gain in truth.items()
        }
        gain = study.gains(right, "none")["plane"]
        covered.append(gain.low < 0.05 < gain.high)
    assert 0.93 < np.mean(covered) < 0.999


def test_with_one_seed_the_interval_covers_another_draw_of_faces_alone(study):
    chance = np.random.default_rng(2)
    covered = []
    for _ in range(300):
        right = {"none": {0: chance.random(N) < 0.5}, "one": {0: chance.random(N) < 0.6}}
        gain = study.gains(right, "none")["one"]
        covered.append(gain.low < 0.1 < gain.high)
    assert 0.92 < np.mean(covered) < 0.98


def test_a_page_is_filled_between_its_marks_and_nowhere_else(study, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("| a | <!-- x -->old<!-- end --> |\n<!-- y -->\n\n<!-- end of y -->\nlast")
    study.fill(page, {"x": r"+1 \1", "y": "\ntable\n"})
    filled = "| a | <!-- x -->+1 \\1<!-- end --> |\n<!-- y -->\ntable\n<!-- end of y -->\nlast"
    assert page.read_text() == filled
    with pytest.raises(ZooError, match="expected the marks <!-- z -->"):
        study.fill(page, {"z": ""})
    assert page.read_text() == filled
