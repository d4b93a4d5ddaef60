"""The bar that every command shows while something lasts."""

import re
import time

from zoo.cli.common import progress_bar


def test_it_tells_how_far_it_is_how_fast_and_how_long_it_will_take(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    with progress_bar("cutting") as progress:
        for done in range(0, 101, 20):
            progress(done, 200)
            time.sleep(0.15)
    told = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
    assert "cutting" in told
    assert "100/200" in told
    assert re.search(r"\d+/s", told)
    assert re.search(r"0:00:0\d", told)


def test_it_shows_no_number_before_it_is_known_how_much_there_is(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    with progress_bar("cutting"):
        time.sleep(0.15)
    told = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
    assert "cutting" in told
    assert not re.search(r"[\d?]", told)


def test_a_pipe_gets_no_bar(capsys):
    with progress_bar("cutting") as progress:
        progress(1, 2)
    assert capsys.readouterr().err == ""
