"""The settings of an import: checked where they are made, and told as one would type them."""

import shlex
from pathlib import Path

import pytest

from zoo.data.settings import DEFAULTS, ImportSettings, as_typed
from zoo.errors import ZooError


@pytest.mark.parametrize(
    "settings",
    [{"validation_fraction": 0.0}, {"validation_fraction": 1.0}, {"seed": -1}, {"size": 3},
     {"size": 1025}],
)  # fmt: skip
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ZooError, match="expected"):
        ImportSettings(**settings)


def test_an_unknown_colour_is_refused_with_the_known_ones():
    with pytest.raises(ZooError, match="unknown colour 'blue'.*grey, rgb"):
        ImportSettings(colour="blue")


def test_only_what_was_chosen_is_told_and_files_by_their_whole_path(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    chosen = ImportSettings(size=24, skip_bad_rows=True, votes=Path("my votes.csv"))
    assert chosen.given == {
        "size": 24, "skip_bad_rows": True, "votes": str(tmp_path / "my votes.csv"),
    }  # fmt: skip
    assert shlex.split(as_typed(chosen.given)) == [
        "--size", "24", "--skip-bad-rows", "--votes", str(tmp_path / "my votes.csv"),
    ]  # fmt: skip
    assert DEFAULTS.given == {}


def test_the_command_has_an_option_for_every_setting_with_the_same_default():
    from zoo.cli.data import data_add

    chosen = data_add.make_context("add", ["faces", "fer2013.csv"]).params
    for name, value in vars(DEFAULTS).items():
        assert chosen[name] == value, name
