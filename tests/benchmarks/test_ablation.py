"""The ablation: what it trains, that it goes on where it was interrupted, what it reports."""

import re

import numpy as np
import pytest
from matplotlib.image import imread

from zoo import configs
from zoo.data.drawn import drawn_dataset
from zoo.errors import ZooError
from zoo.runs import list_runs
from zoo.training.callbacks.record import Record

PAGE = """| technique | measured |
| --- | --- |
| averaged weights | <!-- gain: ema -->not measured yet<!-- end --> |
| label smoothing | <!-- gain: label_smoothing -->not measured yet<!-- end --> |
| MixUp | <!-- gain: mixup -->not measured yet<!-- end --> |

<!-- tables: benchmarks/ablation.py -->
<!-- end of tables -->
"""


@pytest.fixture(scope="module")
def ablation(benchmark):
    return benchmark("ablation")


@pytest.fixture(scope="module")
def small(ablation, tmp_path_factory):
    """The scripts' surroundings made small: two techniques, two epochs, 28 drawn faces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZOO_HOME", str(tmp_path_factory.mktemp("home")))
        drawn = drawn_dataset(train=28, validation=14, test=0)
        patch.setattr("zoo.data.library.open_dataset", lambda name: drawn)
        study = ablation.Study(
            "cpcpcpfff", ("label_smoothing", "ema"), seeds=(0,), epochs=2, epoch_seconds=1
        )
        patch.setattr(ablation, "STUDIES", (study,))
        yield study, drawn


@pytest.fixture
def epochs(monkeypatch):
    """Counts the epochs that begin; `epochs.stop_at` is interrupted."""

    class Epochs:
        begun = 0
        stop_at = None

    begin = Record.on_epoch_begin

    def counted(self, epoch, logs=None):
        Epochs.begun += 1
        if Epochs.begun == Epochs.stop_at:
            raise KeyboardInterrupt
        begin(self, epoch, logs)

    monkeypatch.setattr(Record, "on_epoch_begin", counted)
    return Epochs


def test_interrupted_it_goes_on_then_it_reports(
    small, run_script, epochs, tmp_path, capsys, monkeypatch
):
    runs = tmp_path / "runs"
    epochs.stop_at = 4  # the second epoch of the second training
    with pytest.raises(SystemExit) as stop:
        run_script("ablation", "--runs", runs)
    assert "label smoothing 0.1, seed 0: interrupted; the same line goes on" in str(stop.value)
    assert "3 of 3 trainings left" in capsys.readouterr().out
    assert [run.finished for run in list_runs(runs)] == [True, False]

    epochs.begun, epochs.stop_at = 0, None
    run_script("ablation", "--runs", runs)
    assert "2 of 3 trainings left" in capsys.readouterr().out
    assert epochs.begun == 3
    assert [run.finished for run in list_runs(runs)] == [True] * 3
    run_script("ablation", "--runs", runs)
    assert capsys.readouterr().out.startswith("0 of 3 trainings left")

    run_script("ablation", "--runs", runs, "--report")
    printed = capsys.readouterr().out
    assert printed.startswith("**cpcpcpfff: validation, n = 14; 2 epochs, 1 seed**")
    page = tmp_path / "recipes.md"
    page.write_text(PAGE)
    run_script("ablation", "--runs", runs, "--report", page)
    text = page.read_text()
    assert printed.strip() in text
    cell = r"<!-- gain: ema -->averaged weights, decay 0.99, cpcpcpfff: [+-]\d+\.\d\d \("
    assert re.search(cell, text)
    assert "<!-- gain: mixup -->not measured yet<!-- end -->" in text
    assert "![Gains on cpcpcpfff](images/ablation-cpcpcpfff.png)" in text
    assert imread(tmp_path / "images" / "ablation-cpcpcpfff.png").size


def test_only_the_technique_differs_from_base_toml(ablation, small):
    study, drawn = small
    wanted = {title: trial.recipe for (title, _), trial in ablation.trials(study, drawn).items()}
    baseline = wanted["baseline"]
    assert baseline.optimizer.model_dump() == configs.base()["optimizer"]
    assert baseline.phases == ()
    assert wanted["label smoothing 0.1"] == baseline.model_copy(update={"label_smoothing": 0.1})


def test_the_large_networks_baseline_has_no_phases_and_no_dropout(ablation, benchmark):
    recipe = benchmark("study").plain_recipe("five_layer", {"network.dropout_scale": 0.0})
    assert (recipe.phases, recipe.network) == ((), {"dropout_scale": 0.0})
    assert recipe.optimizer.learning_rate == configs.base()["optimizer"]["learning_rate"]


def test_every_variant_is_a_recipe_and_every_technique_has_one(ablation, benchmark):
    variants = benchmark("variants").VARIANTS
    drawn = drawn_dataset(train=7, validation=7, test=0)
    for study in ablation.STUDIES:
        trials = ablation.trials(study, drawn)
        assert set(study.techniques) <= {variant.technique for variant in variants}
        recipes = {trial.recipe.to_toml() for trial in trials.values()}
        assert len(recipes) == len(trials)
    assert len({variant.title for variant in variants}) == len(variants)


def test_all_variants_with_the_first_seed_come_first(ablation, small):
    study, drawn = small
    study = ablation.Study("cpcpcpfff", ("ema",), seeds=(3, 5), epochs=1, epoch_seconds=1)
    assert [seed for _, seed in ablation.trials(study, drawn)] == [3, 3, 5, 5]


def test_a_row_holds_means_over_seeds_and_the_gain_on_the_baseline(
    ablation, small, finished_run, tmp_path
):
    _, drawn = small
    study = ablation.Study("cpcpcpfff", ("ema",), seeds=(0, 1), epochs=1, epoch_seconds=1)
    chance = np.random.default_rng(0)
    shares = {"baseline": 0.4, "averaged weights, decay 0.99": 0.6}
    accuracy = {}
    for (title, seed), trial in ablation.trials(study, drawn).items():
        right = chance.random(300) < shares[title]
        accuracy[title, seed] = right.mean()
        finished_run(tmp_path, trial.recipe, right, fingerprint=drawn.fingerprint)
    baseline, averaged = ablation.table_of(ablation.measure(study, drawn, tmp_path)).rows
    means = [
        np.mean([accuracy[title, seed] for seed in (0, 1)])
        for title in shares
    ]  # fmt: skip
    assert averaged[:3] == ("averaged weights, decay 0.99", 2, pytest.approx(means[1]))
    # All labels are "yes": F1 of that class, from precision 1 and recall.
    f1 = [2 * accuracy[averaged[0], s] / (1 + accuracy[averaged[0], s]) for s in (0, 1)]
    assert averaged[4] == pytest.approx(np.mean(f1))
    assert averaged[5] == f"{100 * (means[1] - means[0]):+.2f}"
    assert baseline[5:] == (None, None)


@pytest.mark.parametrize(
    ("only", "chosen"),
    [
        (None, {"a": ("ema", "mixup"), "b": ("ema",)}),
        ("b", {"b": ("ema",)}),
        ("mixup", {"a": ("mixup",)}),
        ("a,ema", {"a": ("ema",)}),
    ],
)
def test_only_names_networks_and_techniques(ablation, monkeypatch, only, chosen):
    studies = (
        ablation.Study("a", ("ema", "mixup"), (0,), 1, 1),
        ablation.Study("b", ("ema",), (0,), 1, 1),
    )
    monkeypatch.setattr(ablation, "STUDIES", studies)
    found = ablation.chosen_studies(
        ablation.arguments(["--runs", "r"] + (["--only", only] if only else []))
    )
    assert {study.network: study.techniques for study in found} == chosen


def test_a_name_that_is_neither_is_refused(ablation):
    with pytest.raises(ZooError, match="unknown network or technique 'emma': did you mean ema"):
        ablation.chosen_studies(ablation.arguments(["--runs", "r", "--only", "emma"]))


def test_the_documentation_has_a_mark_for_every_technique(ablation, benchmark, pytestconfig):
    text = (pytestconfig.rootpath / "docs" / "recipes.md").read_text(encoding="utf-8")
    techniques = {variant.technique for variant in benchmark("variants").VARIANTS} - {"baseline"}
    assert set(re.findall(r"<!-- gain: (\w+) -->", text)) == techniques
    assert text.count(f"<!-- {ablation.MARK} -->") == 1
