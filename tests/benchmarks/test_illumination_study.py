"""The comparison of illumination corrections: which runs it takes, what its table says of them."""

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.intervals import wilson
from zoo.preprocessing import ILLUMINATION_METHODS

N = 400


@pytest.fixture(scope="module")
def illumination(benchmark):
    return benchmark("illumination")


@pytest.fixture
def study(illumination, monkeypatch):
    small = illumination.Study("cpcpcpfff", seeds=(0, 1), epochs=3, seconds=1, limit=100)
    monkeypatch.setattr(illumination, "STUDIES", (small,))
    return small


def test_all_methods_with_the_first_seed_come_first(illumination, study):
    order = [(seed, method) for method, seed in illumination.trials(study)]
    assert order[:6] == [(0, method) for method in ILLUMINATION_METHODS]
    assert len(set(order)) == len(order) == 12


def test_the_table_holds_means_over_seeds_and_their_gain_on_none(
    illumination, study, finished_run, tmp_path
):
    chance = np.random.default_rng(0)
    accuracy = {}
    for (method, seed), trial in illumination.trials(study).items():
        if method in ("none", "plane"):
            right = chance.random(N) < (0.5 if method == "none" else 0.6)
            finished_run(tmp_path, trial.recipe, right, limit=100)
            accuracy[method, seed] = right.mean()
    table = illumination.table_of(study, tmp_path)
    assert "n = 400" in table.title
    assert "4 of 12 trainings so far" in table.title
    none, plane = table.rows
    mean = (accuracy["plane", 0] + accuracy["plane", 1]) / 2
    assert plane[:3] == ("plane", 2, pytest.approx(mean))
    ends = sorted(100 * accuracy["plane", seed] for seed in (0, 1))
    assert plane[3] == f"{ends[0]:.2f} to {ends[1]:.2f}"
    low, high = wilson(round(mean * N), N)
    assert plane[4] == f"{100 * low:.1f} to {100 * high:.1f}"
    assert none[5:] == (None, None)
    gain = mean - (accuracy["none", 0] + accuracy["none", 1]) / 2
    assert plane[5] == f"{100 * gain:+.2f}"


def test_tables_are_written_between_the_marks(illumination, study, finished_run, tmp_path):
    for (method, seed), trial in illumination.trials(study).items():
        if method == "none":
            finished_run(tmp_path, trial.recipe, [1, seed, 0, 0], limit=100)
    page = tmp_path / "page.md"
    start, end = f"<!-- {illumination.MARK} -->", "<!-- end of tables -->"
    page.write_text(f"before\n{start}\nold\n{end}\nafter\n")
    illumination.write_tables(tmp_path, page)
    text = page.read_text()
    assert text.startswith(f"before\n{start}\n**cpcpcpfff")
    assert text.endswith(f"{end}\nafter\n")
    assert "| none | 2 | 37.50 |" in text
    assert "old" not in text
    illumination.write_tables(tmp_path, page)
    assert page.read_text() == text


def test_a_folder_without_runs_is_refused(illumination, tmp_path):
    with pytest.raises(ZooError, match="no finished training"):
        illumination.write_tables(tmp_path, None)


def test_the_documentation_has_the_marks(illumination, pytestconfig):
    text = (pytestconfig.rootpath / "docs" / "illumination.md").read_text(encoding="utf-8")
    assert text.count(f"<!-- {illumination.MARK} -->") == 1
