"""A model's probabilities of all classes for one face, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.figures.style import FOR, new_figure

if TYPE_CHECKING:
    from pathlib import Path


def write_probabilities(explanation: Any, heading: str, path: Path) -> None:
    """Write bars of the K probabilities; beside them what linear models give, where there are any.

    Args:
        explanation: see `zoo.explainers.base.Explanation`; its ``local_predictions``, (L,), are
            drawn if it has some.
        heading: what stands above.
        path: a new file.
    """
    classes, probabilities = explanation.classes, explanation.probabilities
    top = explanation.targets[explanation.top]
    positions = np.arange(len(classes))
    with new_figure(6.0, 1.5 + 0.33 * len(classes), path, overwrite=True) as figure:
        axis = figure.subplots()
        colours = [FOR if position == top else "#999999" for position in positions]
        axis.barh(positions, probabilities, color=colours, height=0.7)
        for position, probability in enumerate(probabilities):
            axis.text(
                1.02, position, f"{probability:.3f}", va="center",
                transform=axis.get_yaxis_transform(),
            )  # fmt: skip
        axis.set_yticks(positions, classes)
        axis.invert_yaxis()
        axis.set_xlim(0, 1)
        axis.set_xlabel(f"probability by {explanation.predictor}")
        local = getattr(explanation, "local_predictions", None)
        if local is not None:
            axis.plot(
                local, explanation.targets, "D", color="black", markersize=4,
                markerfacecolor="white", label="linear model", clip_on=False,
            )  # fmt: skip
            # A linear model may leave 0–1.
            axis.set_xlim(min(0.0, float(local.min())), max(1.0, float(local.max())))
            figure.legend(loc="outside lower right", frameon=False, fontsize=8)
        figure.suptitle(heading)
