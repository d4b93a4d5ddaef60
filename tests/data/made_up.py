"""Made-up faces and csv rows."""

import numpy as np

USAGES = ("Training", "PublicTest", "PrivateTest")
Row = tuple[str, str, str]


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 48, 48), np.uint8)


def row(face: np.ndarray, label: int = 0, usage: str = "Training") -> Row:
    return str(label), " ".join(map(str, face.ravel())), usage
