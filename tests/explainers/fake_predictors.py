"""A made face, and predictors whose answers are known."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass
class FakePredictor:
    """A softmax over a fixed linear view of the face, with three classes."""

    views: np.ndarray  # (H, W, K)
    classes: tuple[str, ...] = ("angry", "happy", "sad")
    name: str = "fake"
    batches: list[np.ndarray] = field(default_factory=list)

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        self.batches.append(faces)
        brightness = faces.astype(np.float64).mean(axis=-1) / 255
        logits = np.einsum("nhw,hwk->nk", brightness, self.views)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


class FakeEnsemble:
    """The average of its members' softmaxes."""

    name = "ensemble"

    def __init__(self, members: Sequence[FakePredictor]):
        self.fakes = members
        self.classes = members[0].classes

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        return np.mean([fake.predict_proba(faces) for fake in self.fakes], axis=0)


def made_face() -> np.ndarray:
    """(48, 48, 3) uint8: an oval with eyes and a mouth, unevenly lit, with a little noise."""
    y, x = np.mgrid[:48, :48]
    pixels = 60 + 1.2 * x
    pixels[((x - 24) / 18) ** 2 + ((y - 25) / 22) ** 2 < 1] += 80
    for eye in (16, 32):
        pixels[((x - eye) / 5) ** 2 + ((y - 19) / 2.5) ** 2 < 1] = 30
    pixels[((x - 24) / 8) ** 2 + ((y - 36) / 3) ** 2 < 1] = 50
    noise = np.random.default_rng(0).normal(0, 4, (48, 48, 3))
    tint = np.array([8, 0, -8])
    return np.clip(pixels[..., np.newaxis] + tint + noise, 0, 255).astype(np.uint8)


def random_predictor(seed: int) -> FakePredictor:
    return FakePredictor(np.random.default_rng(seed).normal(0, 0.05, (48, 48, 3)))
