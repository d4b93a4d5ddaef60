"""Small networks of the zoo, untrained but with nothing left at 0 or 1, and their predictors."""

from collections.abc import Sequence

import keras
import numpy as np

from zoo import Ensemble
from zoo.architectures import registry
from zoo.predictor import Classifier

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def shaken(name: str, seed: int = 0, **options: object) -> keras.Model:
    """A network whose biases and batch normalisations are random, too."""
    keras.utils.set_random_seed(seed)
    network = registry.create(name, **options)
    random = np.random.default_rng(seed)
    for layer in network.layers:
        weights = layer.get_weights()
        if isinstance(layer, keras.layers.BatchNormalization):
            *others, variance = weights
            weights = [random.normal(0, 0.1, one.shape) for one in others]
            weights.append(random.uniform(0.5, 1.5, variance.shape))
            if layer.scale:
                weights[0] += 1
        elif len(weights) == 2:
            weights[1] = random.normal(0, 0.05, weights[1].shape)
        layer.set_weights(weights)
    return network


def classifier(name: str, seed: int = 0, **options: object) -> Classifier:
    return Classifier(shaken(name, seed, **options), CLASSES, name)


def ensemble(names: Sequence[str], weights: Sequence[float] | None = None) -> Ensemble:
    return Ensemble([classifier(name, seed) for seed, name in enumerate(names)], weights)
