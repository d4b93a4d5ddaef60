"""A page of studies, a section per data set."""

from pathlib import Path

import pytest

from zoo.errors import ZooError
from zoo.explainers.faithfulness.names import MEASURES
from zoo.explainers.faithfulness.tables import TABLES
from zoo.reports.faithfulness import NUMBERS, write_faithfulness
from zoo.tables import Column, Table


def table(value: float) -> Table:
    return Table("Maps: 3 faces", [Column("model"), Column("R²", digits=3)], [["net", value]])


def test_each_data_set_has_a_section_with_its_command_and_tables(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write_faithfulness(
        page, "drawn", [table(0.25)], "zoo faithfulness net --data drawn", ["net: run 1"]
    )
    write_faithfulness(
        page, "faces", [table(0.5)], "zoo faithfulness net --data faces", ["net: run 2"]
    )
    text = page.read_text("utf-8")
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        "# How far maps may be believed", "## On drawn", "## On faces",
        "## What the measures say",
    ]  # fmt: skip
    drawn, faces = text.split("## On ")[1:]
    for section, name, run, value in (
        (drawn, "drawn", 1, "0.250"), (faces, "faces", 2, "0.500"),
    ):  # fmt: skip
        assert f"- net: run {run}\n" in section
        assert f"    zoo faithfulness net --data {name}\n" in section
        assert f"| net | {value} |" in section


def test_a_section_is_replaced_only_if_it_may_be_and_the_others_stay(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    for name in ("drawn", "faces"):
        write_faithfulness(page, name, [table(0.25)], f"command on {name}", [])
    before = page.read_text("utf-8")
    with pytest.raises(ZooError, match="has a section of 'drawn'; --overwrite"):
        write_faithfulness(page, "drawn", [table(0.75)], "again", [])
    assert page.read_text("utf-8") == before
    write_faithfulness(page, "drawn", [table(0.75)], "again", [], overwrite=True)
    after = page.read_text("utf-8")
    assert after == before.replace("0.250", "0.750", 1).replace("command on drawn", "again")


@pytest.mark.parametrize("content", [b"# Notes of my own\n", b"\xff\xfe"])
def test_another_file_is_not_overwritten(tmp_path: Path, content: bytes) -> None:
    page = tmp_path / "page.md"
    page.write_bytes(content)
    with pytest.raises(ZooError, match=r"page\.md.*--overwrite"):
        write_faithfulness(page, "drawn", [table(0.25)], "command", [])
    assert page.read_bytes() == content
    write_faithfulness(page, "drawn", [table(0.25)], "command", [], overwrite=True)
    assert "## On drawn" in page.read_text("utf-8")


def test_the_page_says_what_every_measure_in_the_tables_means(tmp_path: Path) -> None:
    write_faithfulness(tmp_path / "page.md", "drawn", [table(0.25)], "command", [])
    text = (tmp_path / "page.md").read_text("utf-8").casefold()
    for name in (name for names in TABLES.values() for name in names):
        first = MEASURES[name].label.casefold().strip("|").split()[0]
        assert first in text, name


def test_pages_of_many_maps_say_what_the_numbers_beside_them_mean() -> None:
    for name in (
        "r2", "repeatability", "bias_share", "lost_share", "gap", "deletion_gain",
        "insertion_gain",
    ):  # fmt: skip
        assert MEASURES[name].label.split()[0] in NUMBERS
    assert "gain" in NUMBERS
