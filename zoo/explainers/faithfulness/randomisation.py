"""The parameter-randomisation check: a map must not survive that the network forgets everything.

Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018 (arXiv 1810.03292). A layer
forgets by having its learned values put in a random order, so that all keep their scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.ensemble import Ensemble
from zoo.explainers.faithfulness.again import explained_again
from zoo.explainers.faithfulness.parts import part_scores, rank_correlation
from zoo.predictor import Classifier, FlipAveraged

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

    from zoo.explainers.base import Explanation
    from zoo.predictor import Predictor


def forgetful(predictor: Predictor, seed: int = 0) -> Predictor:
    """The same networks, with the weights of each layer in random order.

    Args:
        predictor: stays as it is; must have members.
        seed: of the order.
    """
    members = [_forgetful(one, seed + place) for place, one in enumerate(predictor.members)]
    if len(members) == 1:
        return members[0]
    return Ensemble(members, predictor.member_weights.tolist(), predictor.name)


def survival(
    forgotten: Sequence[Predictor], explanations: Sequence[Explanation]
) -> list[float | None]:
    """How alike the maps of networks that have forgotten are to those of the networks themselves.

    The sign of a map may follow that of a logit, which is random in a network that has forgotten:
    correlations count without theirs, and several orders of the weights are averaged.

    Args:
        forgotten: from `forgetful`, by several seeds.
        explanations: all by the same method and settings, by the predictor that has forgotten
            nothing.

    Returns:
        Of each face the mean magnitude of the rank correlation of the parts' scores, 0–1: small
        if the map depends on what was learned. None where all maps of either are constant.
    """
    of_seeds = [explained_again(one, explanations) for one in forgotten]
    found: list[float | None] = []
    for one, *others in zip(explanations, *of_seeds, strict=True):
        correlations = [rank_correlation(part_scores(one), part_scores(other)) for other in others]
        known = [abs(value) for value in correlations if value is not None]
        found.append(float(np.mean(known)) if known else None)
    return found


def _forgetful(classifier: Classifier, seed: int) -> Classifier:
    network = _shuffled(classifier.network, seed)
    copy = Classifier(network, classifier.classes, classifier.name, classifier.batch_size)
    flipped = isinstance(classifier, FlipAveraged)
    return FlipAveraged(copy, classifier.name) if flipped else copy


def _shuffled(network: keras.Model, seed: int) -> keras.Model:
    import keras

    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    random = np.random.default_rng(seed)
    for layer in copy.layers:
        layer.set_weights(
            [random.permutation(one.ravel()).reshape(one.shape) for one in layer.get_weights()]
        )
    return copy
