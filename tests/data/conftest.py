"""Sources made on the spot: csv files of made-up pixels, folders of noise."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from made_up import USAGES, Row, noise, row
from PIL import Image


@pytest.fixture
def rows() -> list[Row]:
    """Twelve rows: labels 0, 1, …, 6, 0, …; usages in turn."""
    return [row(face, i % 7, USAGES[i % 3]) for i, face in enumerate(noise(12))]


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    def write(rows: Sequence[Sequence[str]], header: str = "emotion,pixels,Usage") -> Path:
        path = tmp_path / "fer2013.csv"
        path.write_text("\n".join([header, *(",".join(fields) for fields in rows)]) + "\n")
        return path

    return write


@pytest.fixture
def write_images(tmp_path: Path) -> Callable[..., Path]:
    """Write noise images: ``write({"train/happy": 3})`` → train/happy/0.png, 1.png, 2.png."""

    def write(counts: dict[str, int], root: str = "faces") -> Path:
        for seed, (folder, count) in enumerate(counts.items()):
            (tmp_path / root / folder).mkdir(parents=True, exist_ok=True)
            for index, face in enumerate(noise(count, seed)):
                Image.fromarray(face).save(tmp_path / root / folder / f"{index}.png")
        return tmp_path / root

    return write
