"""Explanations of any predictor: which parts of a face speak for which class.

The room is called `explainers` because `zoo.explain` is the function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo.errors import ZooError
from zoo.explainers import methods
from zoo.explainers.base import Explanation
from zoo.explainers.methods import METHODS
from zoo.predictor import checked_faces

if TYPE_CHECKING:
    import numpy as np

    from zoo.explainers.base import Progress
    from zoo.explainers.targets import Targets
    from zoo.predictor import Predictor

__all__ = [
    "METHODS",
    "Explanation",
    "explain",
]


def explain(
    predictor: Predictor,
    faces: np.ndarray,
    method: str = "lime",
    targets: Targets | None = None,
    *,
    progress: Progress | None = None,
    **settings: Any,
) -> list[Explanation]:
    """Explain what the predictor says of each face.

    Args:
        predictor: a classifier, an ensemble or, for black-box methods, a
            `zoo.FunctionPredictor`; black-box methods call its `predict_proba` alone,
            white-box ones look into its members' networks.
        faces: (N, H, W, 1|3), uint8 or float, 0–255.
        method: one of `METHODS`.
        targets: the classes to explain, by name or position, the same for every face; ``"all"``;
            ``"predicted"``, each face's most probable one; or each face its own, an (N, L) array
            of positions. By default all by black-box methods, to which they cost nothing, and the
            predicted one by white-box methods.
        progress: called with the work done so far and its total.
        settings: the method's own: the fields of `lime_settings.LimeSettings` (and ``preset``),
            `kernel_shap.KernelShapSettings`, `occlusion.OcclusionSettings`, `gradcam.GradCam`,
            `integrated_gradients.IntegratedGradients` or `lrp.LRP`.

    Returns:
        One explanation per face, in order; each holds one map per target.

    Raises:
        ZooError: `method`, a target or a setting is not known or out of range, `faces` are not
            faces, or the method cannot be had of this predictor.
    """
    chosen = methods.method(method)
    chosen.check(settings)
    if not hasattr(predictor, "predict_proba"):
        raise ZooError(
            f"{type(predictor).__name__} is no predictor: of a function of faces make one, "
            "zoo.FunctionPredictor(function, classes); of a network, zoo.predictor.Classifier"
        )
    faces = checked_faces(faces)
    targets = chosen.targets if targets is None else targets
    return chosen.explain(predictor, faces, targets, progress, settings) if len(faces) else []
