"""Pages of many maps, from made-up ones: no network is needed to write them."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.explainers.atlas import Atlas
from zoo.explainers.gallery import Gallery, ShownFace, Wing
from zoo.reports.atlas import write_atlas_page
from zoo.reports.gallery import write_gallery_page

CLASSES = ("angry", "happy")
MODEL = SimpleNamespace(name="net", classes=CLASSES)
GALLERY = Gallery(split="validation", per_class=1, only_wrong=False, method="lrp", settings={})
REMARK = "heuristic for net: flat on depthwise convolutions"


def random_maps(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(*shape, 12, 12))


def wing(label: int, outcome: str) -> Wing:
    said = label if outcome == "right" else 1 - label
    targets = dict.fromkeys([said, label])
    row = ShownFace(
        face=np.full((12, 12, 1), 90, np.uint8),
        name=f"made:{label}",
        label=label,
        probabilities=np.where(np.arange(2) == said, 0.8, 0.2),
        maps={target: random_maps() for target in targets},
        numbers=dict.fromkeys(targets, {"bias_share": 0.4}),
        signed=True,
    )
    return Wing(CLASSES[label], outcome, 40, 30 if outcome == "right" else 10, [row], (REMARK,))


def made_atlas(method: str) -> Atlas:
    return Atlas(
        method=method, settings={}, predictor="net", classes=CLASSES, signed=True,
        ids=np.array(["a", "b", "c"]), labels=np.array([0, 1, 1]), predicted=np.array([0, 1, 0]),
        maps=random_maps(2, 2), faces=np.full((2, 2, 12, 12), 90.0),
        numbers={"gap": np.array([0.1, 0.2, np.nan])}, remarks=(REMARK,),
    )  # fmt: skip


def text_of(page: Path) -> str:
    """The page without its pictures."""
    return unescape(re.sub(r"base64,[^\"]*", "", page.read_text("utf-8")))


def test_a_gallery_has_a_section_per_class_and_a_picture_per_wing(tmp_path: Path) -> None:
    wings = [wing(0, "right"), wing(0, "wrong"), wing(1, "right")]
    paths = write_gallery_page(wings, MODEL, "made, validation", GALLERY, tmp_path / "out")
    assert [path.name for path in paths] == [
        "gallery.html", "gallery.npz", "angry-right.png", "angry-wrong.png", "happy-right.png",
    ]  # fmt: skip
    text = text_of(paths[0])
    assert text.count("<img") == 3
    headings = re.findall(r'<h2 id="(s\d)">([^<]*)</h2>', text)
    assert [heading for _, heading in headings] == ["How to read it", "angry", "happy"]
    for anchor, _ in headings:
        assert f'<a href="#{anchor}">' in text
    assert "net on made, validation: explained by LRP" in text
    assert "angry, wrong: 1 of 10 faces (of 40 labelled so)" in text
    assert REMARK in text
    assert "kept by biases" in text


@pytest.mark.parametrize("name", ["happy/joy", "../../joy", "."])
def test_a_class_whose_name_is_no_files_name_stays_in_the_folder(
    tmp_path: Path, name: str
) -> None:
    model = SimpleNamespace(name="net", classes=("angry", name))
    wings = [replace(wing(1, "right"), label=name)]
    paths = write_gallery_page(wings, model, "made", GALLERY, tmp_path / "a" / "b" / "out")
    assert paths[-1].name == "class-1-right.png"
    assert all(path.is_file() for path in paths)
    assert not list(tmp_path.glob("**/*joy*"))


def test_an_atlas_has_a_section_per_method_with_three_pictures(tmp_path: Path) -> None:
    atlases = {name: made_atlas(name) for name in ("lrp", "integrated_gradients")}
    paths = write_atlas_page(atlases, "3 of 9 faces of made, validation", tmp_path / "out")
    assert [path.name for path in paths] == ["atlas.html"] + [
        f"{method}{kind}" for method in atlases
        for kind in ("-emotions.png", "-correct.png", "-pairs.png", ".npz")
    ]  # fmt: skip
    text = text_of(paths[0])
    assert text.count("<img") == 6
    assert re.findall(r"<h2[^>]*>([^<]*)</h2>", text) == [
        "How to read it", "LRP", "Integrated gradients",
    ]  # fmt: skip
    assert "3 of 9 faces of made, validation" in text
    assert text.count(REMARK) == 2


@pytest.mark.parametrize(
    ("name", "write"),
    [
        (
            "gallery.html",
            lambda folder: write_gallery_page([wing(0, "right")], MODEL, "made", GALLERY, folder),
        ),
        ("atlas.html", lambda folder: write_atlas_page({"lrp": made_atlas("lrp")}, "x", folder)),
    ],
)
def test_a_page_that_is_there_stays_alone(name: str, write: object, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(ZooError, match="--overwrite"):
        write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"
