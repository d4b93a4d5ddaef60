"""What the tests of pictures share."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that were saved."""
    figures: list[Figure] = []
    save = Figure.savefig

    def keep(figure: Figure, *arguments: object) -> None:
        figures.append(figure)
        save(figure, *arguments)

    monkeypatch.setattr(Figure, "savefig", keep)
    return figures
