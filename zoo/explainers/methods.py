"""The explainers by name. A method's module is imported when it is used."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoo.backend import import_keras
from zoo.errors import unknown
from zoo.explainers.targets import ALL, PREDICTED, check_targets, of_each_face

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from zoo.explainers.base import Explanation, Progress
    from zoo.explainers.targets import Targets
    from zoo.predictor import Predictor


@dataclass(frozen=True)
class Method:
    """One way to explain.

    Attributes:
        name: what the user types, also the function's and its module's name. A black-box function
            takes a predictor and a face, a white-box one a predictor and faces; both take
            ``targets``, ``progress`` and settings.
        label: how people write it.
        white_box: whether it looks into the members' networks, or asks for probabilities alone.
    """

    name: str
    label: str
    white_box: bool

    @property
    def targets(self) -> str:
        """What is explained unless something else is asked for.

        More classes cost a black-box method nothing, and a white-box one a backward pass each.
        """
        return PREDICTED if self.white_box else ALL

    def explain(
        self,
        predictor: Predictor,
        faces: np.ndarray,
        targets: Targets,
        progress: Progress | None,
        settings: dict[str, Any],
    ) -> list[Explanation]:
        """Explain each of (N, H, W, 1|3) faces.

        Raises:
            ZooError: see `zoo.explain`.
        """
        explain = self._of_module(self.name)
        if self.white_box:
            return explain(predictor, faces, targets=targets, progress=progress, **settings)
        check_targets(predictor.classes, targets, len(faces))
        return [
            explain(
                predictor, face,
                targets=targets[index : index + 1] if of_each_face(targets) else targets,
                progress=share_of(progress, index, len(faces)), **settings,
            )
            for index, face in enumerate(faces)
        ]  # fmt: skip

    def check(self, settings: dict[str, Any]) -> None:
        """Refuse settings that are not known or out of range.

        Raises:
            ZooError: one of them is named.
        """
        self._of_module(f"{self.name}_settings")(**settings)

    def _of_module(self, name: str) -> Callable[..., Any]:
        if self.white_box:  # whose module imports Keras
            import_keras()
        return getattr(importlib.import_module(f"zoo.explainers.{self.name}"), name)


def share_of(progress: Progress | None, part: int, parts: int) -> Progress | None:
    """The progress of one of several equal parts, as progress of the whole."""
    if progress is None:
        return None
    return lambda done, total: progress(part * total + done, parts * total)


METHODS = {
    name: Method(name, label, white_box)
    for name, label, white_box in (
        ("lime", "LIME", False),
        ("kernel_shap", "KernelSHAP", False),
        ("occlusion", "Occlusion", False),
        ("gradcam", "Grad-CAM", True),
        ("integrated_gradients", "Integrated gradients", True),
        ("lrp", "LRP", True),
    )
}
"""Black-box methods first."""


def methods_in(text: str) -> list[Method]:
    """The methods of ``lime,lrp``.

    Raises:
        ZooError: one is none; it lists the nearest.
    """
    return [method(name.strip()) for name in text.split(",")]


def method(name: str) -> Method:
    """The method called `name`.

    Raises:
        ZooError: there is none; it lists the nearest.
    """
    if name not in METHODS:
        raise unknown("method", name, METHODS)
    return METHODS[name]
