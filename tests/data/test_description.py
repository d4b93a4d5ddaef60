"""What `zoo data describe` tells."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from made_up import Row, noise, row

from zoo.data import description, library
from zoo.data.settings import ImportSettings
from zoo.figures import data as figures


def test_faces_are_counted_by_class_and_split(
    rows: list[Row], write_csv: Callable[..., Path], tmp_path: Path
) -> None:
    rows = [*rows, ("9", *rows[0][1:])]
    dataset = library.add("faces", write_csv(rows), ImportSettings(skip_bad_rows=True))
    table, _ = description.description_tables(dataset)
    assert [column.heading for column in table.columns] == [
        "class", "train", "validation", "test", "faces", "share %",
    ]  # fmt: skip
    usages = ("Training", "PublicTest", "PrivateTest")
    for label, (name, cells) in enumerate(zip(dataset.classes, table.rows, strict=False)):
        counts = [sum((r[0], r[2]) == (str(label), usage) for r in rows) for usage in usages]
        assert list(cells) == [name, *counts, sum(counts), sum(counts) / 12]
    assert list(table.rows[-1]) == ["all", 4, 4, 4, 12, 1.0]
    assert any("unknown label" in note for note in table.notes)
    assert "12 grey faces of 48×48 pixels" in table.title


def test_one_face_is_not_called_faces(
    rows: list[Row], write_csv: Callable[..., Path], tmp_path: Path
) -> None:
    dataset = library.add("faces", write_csv([rows[1]]))
    table, _ = description.description_tables(dataset)
    assert table.title == "faces: 1 grey face of 48×48 pixels"


def test_columns_are_listed_with_what_they_hold(
    rows: list[Row], write_csv: Callable[..., Path], tmp_path: Path
) -> None:
    ages = ["", "nan", *map(str, range(20, 30))]
    known = [
        (*row, f"S{i // 3}", age) for i, (row, age) in enumerate(zip(rows, ages, strict=True))
    ]
    dataset = library.add("faces", write_csv(known, "emotion,pixels,Usage,subject,age"))
    _, table = description.description_tables(dataset)
    assert [column.heading for column in table.columns] == [
        "column", "lowest", "median", "highest", "different values", "not known",
    ]  # fmt: skip
    assert list(table.rows[0]) == ["subject (text)", None, None, None, 4, 0]
    assert list(table.rows[1]) == ["age", 20, 24.5, 29, 10, 2]
    assert [row[0] for row in table.rows[2:]] == ["brightness", "contrast", "sharpness"]
    assert any("sharpness: the variance of its Laplacian, low where" in n for n in table.notes)


def test_the_bars_name_the_data_set_and_the_number_of_faces(tmp_path: Path) -> None:
    import matplotlib as mpl

    path = tmp_path / "bars.svg"
    with mpl.rc_context({"svg.fonttype": "none"}):
        counts = {"train": [30, 10], "validation": [3, 1]}
        figures.class_distribution(counts, ("happy", "sad"), path, name="mine")
    picture = path.read_text()
    for words in ("in mine", "train, n = 40", "validation, n = 4", "30 (75.0%)", "happy", "faces"):
        assert words in picture


@pytest.mark.parametrize(
    ("usages", "told"),
    [
        (["PublicTest"], "no train split: zoo train needs one"),
        (["PrivateTest"], "no train and no validation split: zoo train needs both"),
    ],
)
def test_the_lack_of_training_rows_is_said(
    write_csv: Callable[..., Path], usages: list[str], told: str
) -> None:
    faces = [row(face, i % 7, usages[i % len(usages)]) for i, face in enumerate(noise(9))]
    assert told in description.remarks(library.add("faces", write_csv(faces)))


def test_options_of_a_drawn_validation_split_are_said_to_change_nothing(
    rows: list[Row], write_csv: Callable[..., Path], zoo_command: Callable[..., Result]
) -> None:
    given = ("--validation-fraction", 0.3, "--seed", 4)
    told = zoo_command("data", "add", "faces", write_csv(rows), *given)
    assert told.exit_code == 0
    assert "--validation-fraction and --seed changed nothing: its splits are those of" in (
        told.output
    )
    assert "changed nothing" not in zoo_command("data", "add", "f", write_csv(rows)).output
    unsplit = write_csv([fields[:2] for fields in rows], "emotion,pixels")
    assert "changed nothing" not in zoo_command("data", "add", "k", unsplit, *given).output
