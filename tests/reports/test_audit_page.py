"""An audit on disk, by the command."""

import csv

import pytest
from PIL import Image

from zoo.data import library
from zoo.data.exclusions import read_exclusions


@pytest.fixture
def audited(zoo_command, drawn_csv, tmp_path, monkeypatch):
    """A csv of 280 drawn faces, two of them blank copies with different labels, audited."""
    lines = drawn_csv.read_text().splitlines()
    black = " ".join(["0"] * 48 * 48)
    lines[3], lines[200] = f"0,{black},Training", f"3,{black},PublicTest"
    lines[5] = lines[150]
    path = tmp_path / "faces.csv"
    path.write_text("\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)
    assert zoo_command("data", "add", "tiny", path).exit_code == 0
    result = zoo_command("data", "audit", "tiny", "--write-exclusions", "list.csv")
    assert result.exit_code == 0, result.output
    return result.output


def test_page_csv_and_sheets_are_written(audited, tmp_path):
    folder = tmp_path / "tiny-audit"
    names = {path.name for path in folder.iterdir()}
    assert {"tiny-audit.html", "tiny-findings.csv", "tiny-copies.png", "tiny-no-face.png"} <= names
    page = (folder / "tiny-audit.html").read_text()
    assert page.count("data:image/png;base64,") == sum(name.endswith(".png") for name in names)
    for name in names:
        assert f"wrote tiny-audit/{name}" in audited
    with Image.open(folder / "tiny-copies.png") as picture:
        assert picture.width > 300


def test_the_terminal_counts_what_the_csv_lists(audited, tmp_path):
    with (tmp_path / "tiny-audit" / "tiny-findings.csv").open() as file:
        rows = list(csv.DictReader(file))
    blank = [row for row in rows if row["finding"] == "blank"]
    assert [(row["id"], row["split"], row["label"]) for row in blank] == [
        ("line 4", "train", "angry"),
        ("line 201", "validation", "happy"),
    ]
    line = next(line for line in audited.splitlines() if line.startswith("blank"))
    assert line.split()[1:5] == ["1", "1", "0", "2"]


def test_the_list_of_exclusions_is_one_of_this_data_set(audited, tmp_path):
    chosen = read_exclusions(tmp_path / "list.csv", library.open_dataset("tiny"))
    assert ("train", "line 4") in chosen.reasons
    assert ("validation", "line 201") in chosen.reasons
    assert f"{len(chosen)} faces to leave out (leaks, contradictions, blank)" in audited


def test_what_exists_is_refused_before_the_work(audited, zoo_command, tmp_path):
    again = zoo_command("data", "audit", "tiny")
    assert again.exit_code == 2
    assert "tiny-audit.html exists" in again.output
    other = zoo_command(
        "data", "audit", "tiny", "--out", "other", "--write-exclusions", "list.csv"
    )
    assert other.exit_code == 2
    assert not (tmp_path / "other").exists()
    assert zoo_command("data", "audit", "tiny", "--no-labels", "--overwrite").exit_code == 0
