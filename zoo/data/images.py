"""Decoding image files that strangers made, the unusual ones rightly and the bad ones not at all.

What every file becomes:
- upright: the EXIF orientation is applied;
- opaque: transparent pixels are composited on white, as viewers show them (the colours hidden
  under them are arbitrary, often black);
- 8 bits: 16-bit grey is divided by 257, so that 65535 becomes 255, not clipped;
- grey if its file is, else RGB;
- the first frame, where there are several.

Faces are stretched to a square, as Keras' directory readers do, by
`zoo.preprocessing.faces.to_face_shape`, which also brings them to the colour wanted.
"""

from __future__ import annotations

import os
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from filelock import FileLock
from PIL import Image, ImageOps, UnidentifiedImageError

from zoo.data.source import channels
from zoo.errors import ZooError
from zoo.preprocessing.faces import to_face_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

Result = TypeVar("Result")

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""No others are tried: some of Pillow's readers start programs (EPS) or are hardly tested."""

SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".jpe", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
)
"""What the names of image files end with, lower-cased."""

CANNOT_BE_READ = "cannot be read"
"""The reason where the disk and not the image is at fault."""

MAX_PIXELS = 100_000_000
MAX_BYTES = 256_000_000
LARGE_PIXELS = 10_000_000
"""Images above this are decoded one at a time, so that threads do not multiply their memory."""

_THREADS = min(8, os.cpu_count() or 1)

_one_large_image: AbstractContextManager[object] = threading.Lock()
_SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N")


def share_large_images(folder: Path) -> None:
    """Let all processes that call this with the same folder decode one large image at a time."""
    global _one_large_image
    _one_large_image = FileLock(folder / "large-image.lock")


class UnreadableImage(ZooError):
    """An image that cannot be decoded.

    Attributes:
        reason: why, the same words for the same fault, to count by.
    """

    def __init__(self, path: Path, reason: str, detail: str = ""):
        super().__init__(f"{path}: {reason}" + (f" ({detail})" if detail else ""))
        self.reason = reason


def read_image(path: Path) -> np.ndarray:
    """The image at its own size, (H, W, 1) if it is grey, else (H, W, 3), uint8.

    Raises:
        UnreadableImage: it cannot be decoded; the message names the file and the reason.
    """
    with _quiet_pillow():
        return _array(_decode(path))


def decode_faces(
    paths: Sequence[Path], size: int, colour: str
) -> list[np.ndarray | UnreadableImage]:
    """Several images as faces, (size, size, C) uint8, C = 1 for ``"grey"`` and 3 for ``"rgb"``.

    They are decoded by several threads; of each that cannot be it is said why.
    """
    shape = size, size, channels(colour)
    return map_images(lambda image: to_face_shape(image[np.newaxis], shape)[0], paths)


def map_images(
    function: Callable[[np.ndarray], Result], paths: Sequence[Path], threads: int = _THREADS
) -> list[Result | UnreadableImage]:
    """What `function` makes of each image, (H, W, 1|3) uint8, or why it cannot be decoded.

    Images are decoded, and `function` is called, in several threads.
    """

    def result_or_reason(path: Path) -> Result | UnreadableImage:
        try:
            image = _array(_decode(path))
        except UnreadableImage as error:
            return error
        return function(image)

    with _quiet_pillow(), ThreadPoolExecutor(threads) as pool:
        return list(pool.map(result_or_reason, paths))


@contextmanager
def _quiet_pillow() -> Iterator[None]:
    """Pillow's warnings stay inside: what it warns of is either harmless or refused here.

    Entered by the calling thread, around the pool: the filters are the whole process's.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _array(image: Image.Image) -> np.ndarray:
    pixels = np.asarray(image)
    return pixels.reshape(*pixels.shape[:2], -1)


def _decode(path: Path) -> Image.Image:
    """The image upright, opaque, in mode L or RGB."""
    _check_file(path)
    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_large(path)
            large = image.width * image.height > LARGE_PIXELS
            with _one_large_image if large else nullcontext():
                return _eight_bit(image, path)
    except UnreadableImage:
        raise
    except UnidentifiedImageError:
        raise UnreadableImage(path, "not an image", f"none of {', '.join(FORMATS)}") from None
    except Image.DecompressionBombError:
        raise _too_large(path) from None
    except Exception as error:  # a stranger's file makes Pillow's decoders raise nearly anything
        raise UnreadableImage(path, "corrupt image", _first_line(error)) from error


def _check_file(path: Path) -> None:
    try:
        state = path.stat()
    except OSError as error:
        raise UnreadableImage(path, CANNOT_BE_READ, error.strerror or "") from None
    if not path.is_file():
        raise UnreadableImage(path, "not a file")
    if state.st_size == 0:
        raise UnreadableImage(path, "empty file")
    if state.st_size > MAX_BYTES:
        raise UnreadableImage(path, f"more than {MAX_BYTES // 10**6} MB")
    if not os.access(path, os.R_OK):
        raise UnreadableImage(path, CANNOT_BE_READ, "permission denied")


def _too_large(path: Path) -> UnreadableImage:
    return UnreadableImage(path, f"more than {MAX_PIXELS // 10**6} megapixels")


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _eight_bit(image: Image.Image, path: Path) -> Image.Image:
    # A 16-bit PGM comes as mode I, scaled to 0–65535; elsewhere that mode's white is unknown.
    sixteen_bit = image.mode in _SIXTEEN_BIT or (image.mode == "I" and image.format == "PPM")
    if image.mode in ("I", "F", "LAB") and not sixteen_bit:
        raise UnreadableImage(path, f"unsupported pixels of type {image.mode}")
    upright = ImageOps.exif_transpose(image)
    if sixteen_bit:
        values = np.asarray(upright).astype(np.uint32)
        return Image.fromarray(((values + 128) // 257).astype(np.uint8))
    grey = image.mode in ("1", "L", "LA", "La")
    if upright.has_transparency_data:
        colours = upright.convert("RGBA")
        white = Image.new("RGBA", colours.size, "white")
        upright = Image.alpha_composite(white, colours).convert("RGB")
    return upright.convert("L" if grey else "RGB")
