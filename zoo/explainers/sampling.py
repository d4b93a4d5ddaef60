"""The neighbourhood of a face: the same face with random superpixels hidden."""

from __future__ import annotations

import cv2
import numpy as np
import scipy.special

from zoo.errors import ZooError, unknown

HIDES = ("mean", "blur", "noise")
"""What may be seen in place of a hidden part, beside a grey level."""


def sample_masks(samples: int, superpixels: int, seed: int) -> np.ndarray:
    """Which superpixels each perturbed face shows, exactly as lime 0.2.0.1 draws them.

    Args:
        samples: perturbed faces, the unperturbed first one included.
        superpixels: how many there are.
        seed: lime's `random_state`.

    Returns:
        (samples, superpixels) bool; the first row shows everything.
    """
    random = np.random.RandomState(seed)
    random.randint(0, high=1000)  # lime draws a seed for its own segmentation here
    masks = random.randint(0, 2, samples * superpixels).reshape(samples, superpixels) > 0
    masks[0] = True
    return masks


def paired_masks(samples: int, superpixels: int, seed: int) -> np.ndarray:
    """Masks as LIME's, each followed by the one that shows what it hides.

    What hidden superpixels do two by two to a probability is the same in both, and no longer
    disturbs their own weights.

    Args:
        samples: perturbed faces, the unperturbed first one included.
        superpixels: how many there are.
        seed: of the draw; more samples start with the fewer.

    Returns:
        (samples, superpixels) bool; the first row shows everything.
    """
    half = np.random.default_rng(seed).random((samples // 2, superpixels)) < 1 / 2
    pairs = np.stack([half, ~half], axis=1).reshape(-1, superpixels)
    return np.concatenate([np.ones((1, superpixels), bool), pairs])[:samples]


def shapley_masks(samples: int, superpixels: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Which superpixels each perturbed face shows, drawn by the Shapley kernel.

    Sizes are drawn by the kernel's share of all masks of that size, which is proportional to
    1 / (s (S − s)), then which superpixels; each mask is followed by its complement, which halves
    the variance and more (Covert and Lee 2021, arXiv 2012.01536). Where `samples` suffice for all
    2^S masks, each stands once with its kernel weight, and Shapley values are exact.

    Args:
        samples: perturbed faces, at most; those of everything and nothing shown included.
        superpixels: how many there are.
        seed: of the draw.

    Returns:
        (N, superpixels) bool, the first row all shown, the second all hidden; and the weight of
        each of the N in the fit, 0 for these two.
    """
    ends = np.array([np.ones(superpixels, bool), np.zeros(superpixels, bool)])
    sizes = np.arange(1, superpixels)
    if superpixels < 2:
        return ends, np.zeros(2)
    if 2**superpixels <= samples:
        numbers = np.arange(1, 2**superpixels - 1)
        masks = (numbers[:, np.newaxis] >> np.arange(superpixels)) & 1 > 0
        shown = masks.sum(axis=1)
        ways = scipy.special.comb(superpixels, shown)
        weights = (superpixels - 1) / (ways * shown * (superpixels - shown))
    else:
        random = np.random.default_rng(seed)
        kernel = 1 / (sizes * (superpixels - sizes))
        drawn = random.choice(sizes, (samples - 2) // 2, p=kernel / kernel.sum())
        ranks = random.random((len(drawn), superpixels)).argsort(axis=1)
        half = ranks < drawn[:, np.newaxis]
        masks = np.stack([half, ~half], axis=1).reshape(-1, superpixels)
        weights = np.ones(len(masks))
    return np.concatenate([ends, masks]), np.concatenate([np.zeros(2), weights])


def check_hide(hide: float | str) -> None:
    """Refuse what `hidden_face` does not know.

    Raises:
        ZooError: it is neither a grey level nor one of `HIDES`.
    """
    if isinstance(hide, str):
        if hide not in HIDES:
            raise unknown("way to hide", hide, HIDES)
    elif not isinstance(hide, int | float) or isinstance(hide, bool) or not 0 <= hide <= 255:
        raise ZooError(f"hide = {hide}: expected a grey level 0–255, or {', '.join(HIDES)}")


def hidden_face(
    face: np.ndarray, segments: np.ndarray, hide: float | str, seed: int = 0
) -> np.ndarray:
    """What is seen where a superpixel is hidden.

    Args:
        face: (H, W, C), 0–255.
        segments: (H, W) int, numbered from 0.
        hide: a grey level 0–255; ``mean``, the superpixel's own mean colour; ``blur``, the face
            out of focus; ``noise``, each value drawn from 0–255.
        seed: of the noise.

    Returns:
        An image of the face's shape and type.
    """
    if hide == "blur":
        sigma = max(face.shape[:2]) / 8
        blurred = cv2.GaussianBlur(face.astype(np.float32), (0, 0), sigma)
        return blurred.reshape(face.shape).astype(face.dtype)
    if hide == "noise":
        noise = np.random.default_rng(seed).uniform(0, 256, face.shape)
        return np.minimum(noise, 255).astype(face.dtype)
    if hide != "mean":
        return np.full_like(face, hide)
    numbers = segments.ravel()
    pixels = np.bincount(numbers)
    means = np.stack(
        [np.bincount(numbers, channel.ravel()) / pixels for channel in np.moveaxis(face, -1, 0)],
        axis=-1,
    )
    return means[segments].astype(face.dtype)


def perturbed_faces(
    face: np.ndarray, hidden: np.ndarray, segments: np.ndarray, masks: np.ndarray
) -> np.ndarray:
    """The face with the superpixels that each mask hides replaced.

    Args:
        face: (H, W, C).
        hidden: (H, W, C), see `hidden_face`.
        segments: (H, W) int, numbered from 0.
        masks: (N, S) bool, see `sample_masks`.

    Returns:
        (N, H, W, C) of the face's type.
    """
    return np.where(np.take(masks, segments, axis=1)[..., np.newaxis], face, hidden)
