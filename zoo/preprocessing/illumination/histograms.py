"""Illumination correction by histograms: of the whole face, or of its tiles.

A histogram is one sum over all pixels of a batch: a one-hot encoding takes 600 MB for 256 faces of
48×48, and `keras.ops.bincount` cannot be compiled on JAX. Grey levels are rounded to 0…255 first,
so both corrections have a gradient of zero.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

LEVELS = 256

GRID = 4
"""Tiles per side. OpenCV's default of 8 is made for photographs: a tile of a 48×48 face would have
36 pixels for 256 levels, and the limit, one pixel per level at the least, would limit nothing.
"""

CLIP_LIMIT = 2.0
"""How many times its even share of a tile's pixels a level may hold; what lies above is spread."""


def equalize(grey: Any) -> Any:
    """Equalise every face's histogram: a grey level becomes 255 × the share of pixels up to it.

    The same as `skimage.exposure.equalize_hist`.

    Args:
        grey: (N, H, W, 1) float, 0–255.
    """
    ops = keras.ops
    _, height, width, _ = grey.shape
    levels = _levels(grey)
    histograms = _histograms(levels, 1)
    share = ops.cast(ops.cumsum(histograms, axis=1), grey.dtype) / (height * width)
    equalized = 255.0 * _looked_up(share, levels)
    return ops.reshape(equalized, (-1, height, width, 1))


def clahe(grey: Any) -> Any:
    """Contrast-limited adaptive histogram equalisation: each of 4×4 tiles by its own histogram.

    Between the tiles' centres their tables are interpolated bilinearly; where the tiles do not
    divide the face, it is mirrored beyond its right and lower edge. Rounded, it is level for level
    what `cv2.createCLAHE(clipLimit=2, tileGridSize=(4, 4))` gives; unrounded, it is the same on
    every backend, which rounding values halfway between two levels would not be (K. Zuiderveld,
    "Contrast Limited Adaptive Histogram Equalization", Graphics Gems IV, 1994).

    Args:
        grey: (N, H, W, 1) float, 0–255.
    """
    ops = keras.ops
    _, height, width, _ = grey.shape
    levels = _levels(grey)
    rows, columns = _padded(height, width)
    area = (len(rows) // GRID) * (len(columns) // GRID)
    pixels = (rows[:, np.newaxis] * width + columns).ravel()
    tiles = (
        GRID * np.repeat(np.arange(GRID), len(rows) // GRID)[:, np.newaxis]
        + np.repeat(np.arange(GRID), len(columns) // GRID)
    ).ravel()
    bins = ops.take(levels, pixels, axis=1) + LEVELS * tiles.astype("int32")
    histograms = _histograms(bins, GRID * GRID)
    histograms = ops.reshape(histograms, (-1, GRID * GRID, LEVELS))
    counts = ops.cumsum(_limited(histograms, area), axis=-1)
    tables = ops.round(ops.cast(counts, "float32") * np.float32((LEVELS - 1) / area))
    tables = ops.reshape(tables, (-1, GRID * GRID * LEVELS))
    blended = _between_tables(tables, levels, height, width, len(rows), len(columns))
    return ops.reshape(ops.clip(blended, 0.0, 255.0), (-1, height, width, 1))


def _levels(grey: Any) -> Any:
    """Each pixel's grey level, (N, H·W) int32 in 0…255."""
    ops = keras.ops
    _, height, width, _ = grey.shape
    levels = ops.cast(ops.round(ops.clip(grey, 0.0, LEVELS - 1.0)), "int32")
    return ops.reshape(levels, (-1, height * width))


def _histograms(bins: Any, tiles: int) -> Any:
    """How often each of 0…256·tiles − 1 occurs in each row of (N, P): (N, 256·tiles) int32."""
    ops = keras.ops
    size = tiles * LEVELS
    count = ops.shape(bins)[0]
    first_bin = size * ops.expand_dims(ops.arange(count, dtype="int32"), axis=1)
    bins = ops.reshape(first_bin + bins, (-1,))
    histograms = ops.segment_sum(ops.ones_like(bins), bins, num_segments=count * size)
    return ops.reshape(histograms, (-1, size))


def _looked_up(tables: Any, places: Any) -> Any:
    """tables[n, places[n, p]] for (N, S) tables and (N, P) int32 places, (N, P).

    One flat gather: `keras.ops.take_along_axis` takes 1.3 times as long on TensorFlow.
    """
    ops = keras.ops
    count, size = ops.shape(tables)[0], tables.shape[1]
    first = size * ops.expand_dims(ops.arange(count, dtype="int32"), axis=1)
    return ops.take(ops.reshape(tables, (-1,)), first + places, axis=0)


def _padded(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Which row and column stands at each place of the face that the tiles divide.

    OpenCV adds to both sides if one of them needs it, to a side that did not a whole row of tiles.
    """
    extra = (0, 0)
    if height % GRID or width % GRID:
        extra = (GRID - height % GRID, GRID - width % GRID)
    rows, columns = (
        np.pad(np.arange(side), (0, more), mode="reflect")
        for side, more in zip((height, width), extra, strict=True)
    )
    return rows, columns


def _limited(histograms: Any, area: int) -> Any:
    """Cut each level at the limit; spread what was cut evenly, the remainder at even steps."""
    ops = keras.ops
    limit = max(int(CLIP_LIMIT * area / LEVELS), 1)
    cut = ops.minimum(histograms, limit)
    excess = ops.sum(histograms - cut, axis=-1)
    share = ops.expand_dims(excess // LEVELS, axis=-1)
    return cut + share + ops.take(_remainders(), excess % LEVELS, axis=0)


def _remainders() -> np.ndarray:
    """Row r: which levels get one pixel more when r are left over, (256, 256) int32."""
    level, remainder = np.arange(LEVELS), np.arange(LEVELS)[:, np.newaxis]
    step = LEVELS // np.maximum(remainder, 1)
    return ((level % step == 0) & (level // step < remainder)).astype("int32")


def _between_tables(
    tables: Any, levels: Any, height: int, width: int, padded_height: int, padded_width: int
) -> Any:
    """Look each level up in the four nearest tiles' tables and blend by nearness, (N, H·W)."""
    above, below, down = _neighbours(height, padded_height)
    left, right, across = _neighbours(width, padded_width)

    def by_tables_of(row: np.ndarray, column: np.ndarray) -> Any:
        tile = (GRID * row[:, np.newaxis] + column).ravel()
        return _looked_up(tables, levels + LEVELS * tile.astype("int32"))

    across = np.tile(across, height)
    down = np.repeat(down, width)
    upper = by_tables_of(above, left) * (1 - across) + by_tables_of(above, right) * across
    lower = by_tables_of(below, left) * (1 - across) + by_tables_of(below, right) * across
    return upper * (1 - down) + lower * down


def _neighbours(side: int, padded_side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each pixel of a side: the tile before, the tile behind, the latter's weight (float32).

    Before the first tile's centre and behind the last one's both are the same.
    """
    place = np.arange(side, dtype="float32") * np.float32(GRID / padded_side) - np.float32(0.5)
    before = np.floor(place).astype(int)
    weight = place - before.astype("float32")
    return np.maximum(before, 0), np.minimum(before + 1, GRID - 1), weight
