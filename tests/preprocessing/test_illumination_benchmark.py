"""The comparison of illumination corrections: which runs it takes, what its table says of them."""

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.evaluation.intervals import wilson
from zoo.preprocessing import ILLUMINATION_METHODS

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "illumination.py"
N = 400


@pytest.fixture(scope="module")
def benchmark():
    specification = importlib.util.spec_from_file_location("illumination_benchmark", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def study(benchmark):
    return benchmark.Study("cpcpcpfff", seeds=(0, 1), epochs=3, limit=100)


def run(method, seed, right, *, epochs=3, limit=100, network="cpcpcpfff"):
    """A finished run with two classes whose right answers are all class 1."""
    probabilities = np.stack([1 - np.array(right, float), np.array(right, float)], axis=1)
    predictions = SimpleNamespace(probabilities=probabilities, labels=np.ones(len(right), int))
    return SimpleNamespace(
        recipe={
            "architecture": network, "network": {"illumination": method}, "seed": seed,
            "epochs": epochs,
        },
        environment={"limit": limit}, predictions=lambda split: predictions,
    )  # fmt: skip


def test_all_methods_with_the_first_seed_come_first(benchmark, study):
    order = [(trial.seed, trial.method) for trial in benchmark.trials(study)]
    assert order[:6] == [(0, method) for method in ILLUMINATION_METHODS]
    assert len(set(order)) == len(order) == 12


@pytest.mark.parametrize(
    "other",
    [
        {"method": "none"}, {"seed": 0}, {"epochs": 4}, {"limit": None},
        {"network": "handcrafted"},
    ],
    ids=str,
)  # fmt: skip
def test_a_run_with_any_other_setting_is_not_taken(benchmark, study, other):
    trial = benchmark.Trial(study, "plane", 1)
    settings = {"method": "plane", "seed": 1, "right": [1]}
    assert trial.is_of(run(**settings))
    assert not trial.is_of(run(**settings | other))


def test_the_table_holds_means_over_seeds_and_their_gain_on_none(benchmark, study):
    chance = np.random.default_rng(0)
    right = {
        (method, seed): chance.random(N) < share
        for method, share in (("none", 0.5), ("plane", 0.6))
        for seed in (0, 1)
    }
    runs = [run(method, seed, r) for (method, seed), r in right.items()]
    table = benchmark.table_of(study, [*runs, run("clahe", 0, np.ones(N), epochs=9)])
    assert "n = 400" in table.title
    assert "4 of 12 trainings so far" in table.title
    none, plane = table.rows
    accuracy = {key: r.mean() for key, r in right.items()}
    mean = (accuracy["plane", 0] + accuracy["plane", 1]) / 2
    assert plane[:3] == ("plane", 2, pytest.approx(mean))
    ends = sorted(100 * accuracy["plane", seed] for seed in (0, 1))
    assert plane[3] == f"{ends[0]:.2f} to {ends[1]:.2f}"
    low, high = wilson(round(mean * N), N)
    assert plane[4] == f"{100 * low:.1f} to {100 * high:.1f}"
    assert none[5:] == (None, None)
    gain = mean - (accuracy["none", 0] + accuracy["none", 1]) / 2
    assert plane[5] == f"{100 * gain:+.2f}"


def test_the_interval_of_a_gain_covers_another_draw_of_faces_and_of_seeds(benchmark):
    """Simulated: networks have a true accuracy by method, one by seed, and faces by difficulty."""
    chance = np.random.default_rng(1)
    covered = []
    for _ in range(300):
        difficulty = chance.normal(0, 0.2, N)
        right = {
            method: {
                seed: chance.random(N) < 0.5 + gain + difficulty + chance.normal(0, 0.02)
                for seed in range(3)
            }
            for method, gain in (("none", 0.0), ("plane", 0.05), ("clahe", 0.02))
        }
        variance = benchmark.seed_variance(right)
        _, low, high = benchmark.gain_over_none("plane", right, variance)
        covered.append(low < 0.05 < high)
    assert 0.93 < np.mean(covered) < 0.999


def test_tables_are_written_between_the_marks(benchmark, study, monkeypatch, tmp_path):
    monkeypatch.setattr(benchmark, "STUDIES", (study,))
    runs = [run("none", 0, [1, 1, 0]), run("none", 1, [1, 0, 0])]
    monkeypatch.setattr(benchmark, "finished_runs", lambda _: runs)
    page = tmp_path / "page.md"
    start, end = benchmark.MARKS
    page.write_text(f"before\n{start}\nold\n{end}\nafter\n")
    benchmark.write_tables(tmp_path, page)
    text = page.read_text()
    assert text.startswith(f"before\n{start}\n**cpcpcpfff")
    assert text.endswith(f"{end}\nafter\n")
    assert "| none | 2 | 50.00 |" in text
    assert "old" not in text
    benchmark.write_tables(tmp_path, page)
    assert page.read_text() == text


def test_a_folder_without_runs_is_refused(benchmark, tmp_path):
    with pytest.raises(ZooError, match="no finished training"):
        benchmark.write_tables(tmp_path, None)


def test_the_documentation_has_the_marks(benchmark):
    text = (SCRIPT.parents[1] / "docs" / "illumination.md").read_text(encoding="utf-8")
    assert text.index(benchmark.MARKS[0]) < text.index(benchmark.MARKS[1])
