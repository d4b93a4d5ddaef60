"""The ensemble that comes with the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo import weights
from zoo.errors import ZooError
from zoo.models import ensemble_file
from zoo.models.candidates import ENSEMBLE
from zoo.models.names import PACKAGED_PLACE, ensemble_of_file

if TYPE_CHECKING:
    from zoo.models.model import Model


def packaged_ensemble() -> Model:
    """The zoo's own ensemble, whatever file of the user's takes its place.

    Raises:
        ZooError: its file is damaged, or a member is not shipped.
    """
    path = ensemble_file.PACKAGED
    model = ensemble_of_file(path, None, weights.SHIPPED, PACKAGED_PLACE, ENSEMBLE)
    if foreign := [run.architecture for run in model.runs if not run.shipped]:
        raise ZooError(
            f"{path}: members that are not shipped: {', '.join(foreign)}: install the zoo anew"
        )
    return model
