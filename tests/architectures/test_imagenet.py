"""ImageNet weights: Keras' files, in Keras' cache, whole or not at all."""

import hashlib
import socket
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras.src.utils import file_utils

from zoo.architectures import imagenet
from zoo.architectures.imagenet import Published
from zoo.errors import ZooError

PUBLISHED = {
    "VGG16": (imagenet.VGG16, 96),
    "ResNet50": (imagenet.RESNET50, 96),
    "InceptionV3": (imagenet.INCEPTION_V3, 75),
    "MobileNetV2": (imagenet.mobilenet_v2(96), 96),
    "EfficientNetV2B0": (imagenet.EFFICIENTNET_V2_B0, 96),
    "ConvNeXtTiny": (imagenet.CONVNEXT_TINY, 96),
}


@pytest.fixture(autouse=True)
def keras_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty $KERAS_HOME; servers are folders there."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    (tmp_path / "server" / "nets").mkdir(parents=True)
    monkeypatch.setattr(imagenet, "_SERVER", (tmp_path / "server").as_uri())
    return tmp_path / "keras"


@pytest.fixture
def served(tmp_path: Path) -> Published:
    """The weights of a dense layer, at hand on the server."""
    path = tmp_path / "server" / "nets" / "tiny_notop.weights.h5"
    source = tiny()
    source.layers[0].set_weights([np.array([[2.0]]), np.array([3.0])])
    source.save_weights(path)
    checksum = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    return Published("Tiny", "nets", path.name, checksum)


def tiny() -> keras.Model:
    return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])


class _AskedError(Exception):
    pass


@pytest.mark.parametrize("network", PUBLISHED)
def test_names_places_and_checksums_are_those_that_keras_asks_for(
    network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def get_file(fname: str, origin: str, **options: Any) -> None:
        asked.update(options, fname=fname, origin=origin)
        raise _AskedError

    monkeypatch.undo()
    monkeypatch.setattr(file_utils, "get_file", get_file)
    published, size = PUBLISHED[network]
    with pytest.raises(_AskedError):
        getattr(keras.applications, network)(
            include_top=False, weights="imagenet", input_shape=(size, size, 3)
        )
    assert published.file == asked["fname"]
    assert published.url == asked["origin"]
    assert published.checksum == asked.get("file_hash", "")
    assert published.path.parent.name == asked["cache_subdir"]


def test_mobilenet_starts_from_the_weights_for_its_size_else_from_those_for_224() -> None:
    for size, published in ((96, 96), (160, 160), (100, 224), (48, 224)):
        assert f"_1.0_{published}_no_top" in imagenet.mobilenet_v2(size).file


def test_a_file_is_downloaded_once_into_keras_cache(served: Published, keras_home: Path) -> None:
    for _ in range(2):
        network = tiny()
        imagenet.initialize(network, "imagenet", served)
        assert network.get_weights() == [[[2.0]], [3.0]]
        assert [p.name for p in (keras_home / "models").iterdir()] == [served.file]
        Path(served.url.removeprefix("file://")).unlink(missing_ok=True)


def test_a_download_that_fails_names_file_folder_and_the_other_ways(keras_home: Path) -> None:
    missing = Published("Tiny", "nets", "absent.h5")
    with pytest.raises(ZooError) as refused:
        imagenet.initialize(tiny(), "imagenet", missing)
    message = str(refused.value)
    assert message.startswith("absent.h5, the ImageNet weights of Tiny, is not in")
    assert str(keras_home / "models") in message
    assert "--init FILE, --init MODEL or --init none" in message
    assert "\n" not in message
    assert list((keras_home / "models").iterdir()) == []


def test_a_download_that_is_not_the_published_file_is_not_kept(
    served: Published, keras_home: Path
) -> None:
    with pytest.raises(ZooError, match="cannot be downloaded .*hash does not match"):
        imagenet.download(Published("Tiny", "nets", served.file, "0" * 32))
    assert list((keras_home / "models").iterdir()) == []


def test_a_silent_server_is_given_up_and_the_limit_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = socket.getdefaulttimeout()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(imagenet, "_SERVER", f"http://127.0.0.1:{port}")
        monkeypatch.setattr(imagenet, "_SILENCE", 0.2)
        with pytest.raises(ZooError, match="cannot be downloaded .*timed out"):
            imagenet.download(Published("Tiny", "nets", "absent.h5"))
    assert socket.getdefaulttimeout() == before


def test_a_damaged_file_in_the_cache_is_named_and_left_alone(
    served: Published, keras_home: Path
) -> None:
    (keras_home / "models").mkdir(parents=True)
    served.path.write_bytes(b"half a file")
    for published in (served, Published("Tiny", "nets", served.file)):
        with pytest.raises(ZooError, match="remove it, and the next start downloads it anew"):
            imagenet.initialize(tiny(), "imagenet", published)
    assert served.path.read_bytes() == b"half a file"


def test_without_a_keras_home_the_cache_is_in_the_users_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KERAS_HOME")
    assert imagenet.VGG16.path.parent == Path.home() / ".keras" / "models"
