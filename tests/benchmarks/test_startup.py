"""The benchmark of starting: what is timed, and when it fails."""

import pytest


@pytest.fixture
def startup(benchmark, monkeypatch):
    """The module, in which commands take 0.1 s and models as long as their names are."""
    module = benchmark("startup")
    monkeypatch.setattr(module, "seconds", lambda arguments: 0.1)
    monkeypatch.setattr(module, "loading_seconds", lambda model: float(len(model)))
    return module


def test_each_model_that_is_named_is_timed_and_verifying_if_wanted(startup, run_script, capsys):
    run_script("startup", "--runs", 1, "--model", "a", "bb", "--verify")
    told = capsys.readouterr().out
    for line in ("loading a ", "loading bb ", "zoo weights verify "):
        assert sum(one.startswith(line) for one in told.splitlines()) == 1, told


def test_a_model_that_loads_too_slowly_fails_the_benchmark(startup, run_script):
    with pytest.raises(SystemExit) as stop:
        run_script("startup", "--runs", 1, "--model", "a", "ccc")
    assert str(stop.value) == "ccc: loaded in more than 2 s"
    run_script("startup", "--runs", 1, "--model", "a", "ccc", "--most", 3)
