"""Made trees of files that are called as those of data sets in the field."""

from pathlib import Path

from made_up import noise
from PIL import Image


def write_images(root: Path, names: list[str]) -> Path:
    """A different noise image at each of `names` below `root`."""
    for index, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise(1, index)[0]).save(path)
    return root


def write_ckplus(root: Path, codes: dict[str, str], frames: int = 6) -> Path:
    """CK+'s two trees; ``codes["S005/001"]`` is its label file's content, blank: no file."""
    names = []
    for sequence, code in codes.items():
        stem = sequence.replace("/", "_")
        names += [
            f"cohn-kanade-images/{sequence}/{stem}_{number:08d}.png"
            for number in range(1, frames + 1)
        ]
        folder = root / "Emotion" / sequence
        folder.mkdir(parents=True, exist_ok=True)
        if code:
            (folder / f"{stem}_{frames:08d}_emotion.txt").write_text(code)
    return write_images(root, names)
