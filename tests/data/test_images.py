"""Strangers' images: the unusual ones come out right, the bad ones are named and refused."""

import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from zoo.data import images
from zoo.data.images import UnreadableImage, decode_faces, read_image
from zoo.preprocessing.faces import to_face_shape

GREY = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
RGB = np.random.default_rng(1).integers(0, 256, (48, 48, 3), np.uint8)


def luma(rgb: np.ndarray) -> np.ndarray:
    """ITU-R BT.601, in floating point."""
    return rgb.astype(float) @ np.array([0.299, 0.587, 0.114])


def decode_face(path: Path, size: int, colour: str) -> np.ndarray:
    (face,) = decode_faces([path], size, colour)
    if isinstance(face, UnreadableImage):
        raise face
    return face


def saved(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, **options)
    return path


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    )


def test_a_grey_image_of_the_right_size_comes_unchanged(tmp_path: Path) -> None:
    path = saved(Image.fromarray(GREY), tmp_path / "a.png")
    assert np.array_equal(decode_face(path, 48, "grey"), GREY[..., None])
    assert np.array_equal(decode_face(path, 48, "rgb"), np.repeat(GREY[..., None], 3, axis=-1))
    assert np.array_equal(read_image(path), GREY[..., None])


def test_colour_becomes_grey_by_its_luma(tmp_path: Path) -> None:
    path = saved(Image.fromarray(RGB), tmp_path / "a.png")
    assert np.abs(decode_face(path, 48, "grey")[..., 0] - luma(RGB)).max() <= 0.51
    assert np.array_equal(decode_face(path, 48, "rgb"), RGB)


def test_transparent_pixels_show_white(tmp_path: Path) -> None:
    alpha = np.random.default_rng(2).integers(0, 256, (48, 48, 1), np.uint8)
    path = saved(Image.fromarray(np.concatenate([RGB, alpha], axis=-1)), tmp_path / "a.png")
    share = alpha / 255
    assert np.abs(decode_face(path, 48, "rgb") - (RGB * share + 255 * (1 - share))).max() <= 1


def test_transparent_grey_stays_grey_on_white(tmp_path: Path) -> None:
    image = Image.fromarray(GREY)
    image.putalpha(Image.fromarray(np.where(GREY < 128, 0, 255).astype(np.uint8)))
    path = saved(image, tmp_path / "a.png")
    assert np.array_equal(read_image(path)[..., 0], np.where(GREY < 128, 255, GREY))


def test_a_palette_is_looked_up_and_its_transparent_entry_is_white(tmp_path: Path) -> None:
    places = np.tile(np.arange(3, dtype=np.uint8), (48, 16))
    image = Image.fromarray(places).convert("P")
    image.putpalette([200, 10, 30, 0, 250, 7, 90, 90, 90])
    path = saved(image, tmp_path / "a.png", transparency=1)
    palette = np.array([[200, 10, 30], [255, 255, 255], [90, 90, 90]])
    assert np.array_equal(decode_face(path, 48, "rgb"), palette[places])


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    inks = np.full((48, 48, 4), [255, 0, 0, 0], np.uint8)
    path = saved(Image.fromarray(inks, "CMYK"), tmp_path / "a.tif")
    assert np.array_equal(decode_face(path, 48, "rgb")[0, 0], [0, 255, 255])
    jpeg = saved(Image.fromarray(inks, "CMYK"), tmp_path / "a.jpg", quality=100)
    assert np.abs(decode_face(jpeg, 48, "rgb")[0, 0].astype(int) - [0, 255, 255]).max() <= 2


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.pgm"])
def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path, name: str) -> None:
    deep = np.random.default_rng(3).integers(0, 65536, (48, 48)).astype(np.uint16)
    deep[0, :2] = 0, 65535
    path = tmp_path / name
    if name == "a.pgm":
        path.write_bytes(b"P5 48 48 65535\n" + deep.astype(">u2").tobytes())
    else:
        Image.fromarray(deep).save(path)
    assert np.array_equal(read_image(path)[..., 0], np.rint(deep / 257))


def test_one_bit_becomes_black_and_white(tmp_path: Path) -> None:
    path = saved(Image.fromarray(GREY > 99), tmp_path / "a.png")
    assert np.array_equal(read_image(path)[..., 0], np.where(GREY > 99, 255, 0))


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [(1, GREY), (2, GREY[:, ::-1]), (3, GREY[::-1, ::-1]), (6, np.rot90(GREY)),
     (8, np.rot90(GREY, -1))],
)  # fmt: skip
def test_exif_orientation_is_applied(tmp_path: Path, orientation: int, stored: np.ndarray) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored))
    path = saved(image, tmp_path / "a.png", exif=exif)
    assert np.array_equal(read_image(path)[..., 0], GREY)


def test_an_animation_gives_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((48, 48), level, np.uint8)) for level in (40, 200)]
    path = saved(frames[0], tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert np.unique(decode_face(path, 48, "grey")).tolist() == [40]


def test_a_camera_jpeg_of_several_pictures_gives_the_first(tmp_path: Path) -> None:
    pictures = [Image.fromarray(np.full((48, 48), level, np.uint8)) for level in (40, 200)]
    path = tmp_path / "a.jpg"
    pictures[0].save(path, "MPO", save_all=True, append_images=pictures[1:])
    assert np.unique(decode_face(path, 48, "grey")).tolist() == [40]


def test_shrinking_averages_areas(tmp_path: Path) -> None:
    large = np.random.default_rng(4).integers(0, 256, (96, 144), np.uint8)
    path = saved(Image.fromarray(large), tmp_path / "a.png")
    means = large.reshape(48, 2, 48, 3).mean(axis=(1, 3))
    assert np.abs(decode_face(path, 48, "grey")[..., 0] - means).max() <= 1.01


@pytest.mark.parametrize("shape", [(61, 53), (100, 100, 3), (30, 100, 3), (20, 31)])
@pytest.mark.parametrize(("colour", "channels"), [("grey", 1), ("rgb", 3)])
def test_an_imported_image_and_an_explained_one_have_the_same_pixels(
    tmp_path: Path, shape: tuple[int, ...], colour: str, channels: int
) -> None:
    pixels = np.random.default_rng(6).integers(0, 256, shape, np.uint8)
    path = saved(Image.fromarray(pixels), tmp_path / "a.png")
    explained = to_face_shape(read_image(path)[np.newaxis], (48, 48, channels))[0]
    np.testing.assert_array_equal(decode_face(path, 48, colour), explained)


def test_an_image_aliases_no_stripes_when_it_shrinks_on_either_side(tmp_path: Path) -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (30, 50))
    path = saved(Image.fromarray(stripes), tmp_path / "a.png")
    face = decode_face(path, 48, "grey").astype(int)
    assert np.ptp(face) < 60


def test_enlarging_interpolates_between_neighbours(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(0, 240, 10, dtype=np.uint8), (24, 1))
    path = saved(Image.fromarray(ramp), tmp_path / "a.png")
    row = decode_face(path, 48, "grey")[20, :, 0].astype(int)
    assert set(np.diff(row)[2:-2].tolist()) == {5}


def broken_images() -> dict[str, tuple[bytes, str]]:
    from io import BytesIO

    buffer = BytesIO()
    Image.fromarray(RGB).save(buffer, "PNG")
    whole = buffer.getvalue()
    return {
        "empty": (b"", "empty file"),
        "text": (b"this is no image\n", "not an image"),
        "cut": (whole[: len(whole) // 2], "corrupt image"),
        "garbled": (whole[:60] + bytes(100) + whole[160:], "corrupt image"),
        "huge": (png_header(30_000, 30_000), "more than 100 megapixels"),
        "large": (png_header(10_001, 10_000), "more than 100 megapixels"),
        "script": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image"),
    }


@pytest.mark.parametrize("name", list(broken_images()))
def test_a_broken_image_is_refused_with_its_name_and_reason(tmp_path: Path, name: str) -> None:
    content, reason = broken_images()[name]
    path = tmp_path / f"{name}.png"
    path.write_bytes(content)
    for decode in (read_image, lambda path: decode_face(path, 48, "grey")):
        with pytest.raises(UnreadableImage) as refusal:
            decode(path)
        assert refusal.value.reason == reason
        assert str(refusal.value).startswith(f"{path}: {reason}")
        assert "\n" not in str(refusal.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match="cannot be read"):
        read_image(tmp_path / "missing.png")
    with pytest.raises(UnreadableImage, match="not a file"):
        read_image(tmp_path)


def test_pixels_whose_white_is_unknown_are_refused(tmp_path: Path) -> None:
    path = saved(Image.fromarray(GREY.astype(np.float32)), tmp_path / "a.tif")
    with pytest.raises(UnreadableImage, match="unsupported pixels of type F"):
        read_image(path)


def test_many_images_come_in_order_the_broken_ones_as_reasons(tmp_path: Path) -> None:
    faces = np.random.default_rng(5).integers(0, 256, (20, 48, 48), np.uint8)
    paths = [saved(Image.fromarray(face), tmp_path / f"{i}.png") for i, face in enumerate(faces)]
    paths[7].write_bytes(b"")
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        decoded = decode_faces(paths, 48, "grey")
    assert not leaked
    assert isinstance(decoded[7], UnreadableImage)
    for index in {*range(20)} - {7}:
        assert np.array_equal(decoded[index], faces[index][..., None])


def test_large_images_wait_for_those_of_other_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "_one_large_image", None)  # and what was there is back afterwards
    monkeypatch.setattr(images, "LARGE_PIXELS", 48 * 48 - 1)
    images.share_large_images(tmp_path)
    path = saved(Image.fromarray(GREY), tmp_path / "a.png")
    with ThreadPoolExecutor(1) as elsewhere:
        with FileLock(tmp_path / "large-image.lock"):
            waiting = elsewhere.submit(read_image, path)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.2)
        assert np.array_equal(waiting.result(timeout=60)[..., 0], GREY)
