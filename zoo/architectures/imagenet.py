"""ImageNet weights: the files `keras.applications` publishes, where they lie, how they get in."""

from __future__ import annotations

import hashlib
import os
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import keras

from zoo import files
from zoo.architectures.weights_file import read_weights
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator

Weights = str | os.PathLike[str] | None
"""What a backbone starts from: None (random), ``"imagenet"``, or the path of a file."""

_SERVER = "https://storage.googleapis.com/tensorflow/keras-applications"
_SILENCE = 10.0
"""Seconds without a byte after which a download is given up; Keras would wait for ever."""


@dataclass(frozen=True)
class Published:
    """A backbone of `keras.applications`, and the file of its ImageNet weights without the top.

    Attributes:
        title: the network's name for people.
        folder: where the server has it.
        file: the file's name there and in Keras' cache.
        checksum: md5 or sha256 in hex, as Keras checks it; Keras has none for MobileNetV2.
    """

    title: str
    folder: str
    file: str
    checksum: str = ""

    @property
    def url(self) -> str:
        """Where it is downloaded from."""
        return f"{_SERVER}/{self.folder}/{self.file}"

    @property
    def path(self) -> Path:
        """Where Keras keeps it: ``$KERAS_HOME/models``, else ``~/.keras/models``."""
        home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
        return home / "models" / self.file


VGG16 = Published(
    "VGG16",
    "vgg16",
    "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "6d6bbae143d832006294945121d1f1fc",
)
RESNET50 = Published(
    "ResNet50",
    "resnet",
    "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "4d473c1dd8becc155b73f8504c6f6626",
)
INCEPTION_V3 = Published(
    "InceptionV3",
    "inception_v3",
    "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "bcbd6486424b2319ff4ef7d526e38f63",
)
EFFICIENTNET_V2_B0 = Published(
    "EfficientNetV2-B0",
    "efficientnet_v2",
    "efficientnetv2-b0_notop.h5",
    "893217f2bb855e2983157299931e43ff",
)
CONVNEXT_TINY = Published(
    "ConvNeXt-Tiny",
    "convnext",
    "convnext_tiny_notop.h5",
    "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
)


def mobilenet_v2(size: int) -> Published:
    """MobileNetV2 1.0, which was published for five sizes of input; for others 224's is taken."""
    published = size if size in (96, 128, 160, 192, 224) else 224
    file = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_{published}_no_top.h5"
    return Published("MobileNetV2", "mobilenet_v2", file)


def initialize(backbone: keras.Model, weights: Weights, published: Published) -> None:
    """Give a freshly built backbone what it starts from.

    Args:
        backbone: as `keras.applications` builds it without its top; layers without weights may
            stand in front of it.
        weights: None leaves it random; ``"imagenet"`` is the published file, downloaded by Keras
            into its cache unless it is there; anything else is the path of a file.
        published: which network it is.

    Raises:
        ZooError: the file is missing and cannot be downloaded, is damaged, or of another network.
    """
    if weights is None:
        return
    if weights != "imagenet":
        read_weights(Path(weights), backbone, f"{published.title} without its top")
        return
    path = published.path
    if not path.exists():
        download(published)
    _check(path, published)
    try:
        read_weights(path, backbone, f"{published.title} without its top")
    except ZooError as error:
        raise ZooError(f"{error}: remove it, and the next start downloads it anew") from None


def download(published: Published) -> None:
    """Let Keras download a file into its cache, whole or not at all.

    `keras.utils.get_file` writes under the final name and without a time limit: a kill would leave
    half a file, which Keras would take for MobileNetV2's, and a dead line would never end.

    Raises:
        ZooError: it cannot be had; file, folder and the other ways are named.
    """
    path = published.path
    try:
        with files.replacing(path) as temporary, _giving_up(after=_SILENCE):
            keras.utils.get_file(
                temporary.name,
                published.url,
                file_hash=published.checksum or None,
                cache_dir=path.parent.parent,
                cache_subdir=str(path.parent.absolute()),
            )
    except ZooError:
        raise
    except Exception as error:  # get_file's own
        raise ZooError(
            f"{published.file}, the ImageNet weights of {published.title}, is not in "
            f"{path.parent} and cannot be downloaded ({_reason(error)}): put it there, or start "
            "from something else: --init FILE, --init MODEL or --init none"
        ) from error


def _check(path: Path, published: Published) -> None:
    """Raise if a file in the cache is not the published one, e.g. cut off."""
    if not published.checksum:
        return
    algorithm = "md5" if len(published.checksum) == 32 else "sha256"
    with path.open("rb") as file:
        found = hashlib.file_digest(
            file, lambda: hashlib.new(algorithm, usedforsecurity=False)
        ).hexdigest()
    if found != published.checksum:
        raise ZooError(
            f"{path}: damaged, or not the file that Keras publishes (its {algorithm} is {found}, "
            f"expected {published.checksum}): remove it, and the next start downloads it anew; "
            "weights of your own are named by --init FILE"
        )


@contextmanager
def _giving_up(*, after: float) -> Iterator[None]:
    """Limit how long new connections wait for a byte, in seconds."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(after)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _reason(error: Exception) -> str:
    """The end of Keras' sentence ``URL fetch failure on <url>: <errno> -- <reason>``."""
    return " ".join(str(error).split()).rpartition(" -- ")[2]
