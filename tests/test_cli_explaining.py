"""The commands that explain, as a user types them."""

import json
import re
from pathlib import Path

import numpy as np
from PIL import Image
from refusals import refused
from skimage import data

from zoo.explainers import METHODS


def test_explaining_a_face_of_the_data_set_by_the_ensemble(small_zoo, zoo_command, tmp_path):
    out = tmp_path / "lime"
    arguments = ("explain", "--model", "ensemble", "--index", 17, "--samples", 120, "--out", out)
    result = zoo_command(*arguments)
    assert result.exit_code == 0, result.output
    assert re.search(r"^\w+: R² [\d.–−]+, 120 samples", result.output, re.MULTILINE)
    names = {path.name for path in out.iterdir()}
    pictures = {"panels.png", "classes.png", "heatmap.png", "probabilities.png"}
    assert names == pictures | {"explanation.npz", "explanation.json"}
    with np.load(out / "explanation.npz", allow_pickle=False) as saved:
        assert saved["maps"].shape == (7, 48, 48)
    facts = json.loads((out / "explanation.json").read_text())
    assert facts["predictor"] == "ensemble"
    refused(zoo_command(*arguments), "--overwrite")


def test_explaining_by_any_method_with_settings_of_its_own(small_zoo, zoo_command, tmp_path):
    face = ("explain", "--model", "cpcpcpfff", "--index", 17)
    result = zoo_command(
        *face, "--method", "lrp", "--set", "composite=epsilon_gamma_box", "--target", "happy",
        "--out", tmp_path / "lrp",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    facts = json.loads((tmp_path / "lrp" / "explanation.json").read_text("utf-8"))
    assert facts["method"] == "lrp"
    assert facts["settings"] == {"composite": "epsilon_gamma_box", "epsilon": 0.0}
    (explained,) = facts["explained"]
    assert explained["class"] == "happy"
    assert explained["members"][0].keys() == {"name", "weight", "logit", "biases", "lost"}
    assert (tmp_path / "lrp" / "map.png").stat().st_size
    for wrong, words in (
        (("--method", "lrpp"), "unknown method 'lrpp': did you mean lrp"),
        (("--method", "lrp", "--samples", 5), "unknown LRP setting 'samples'"),
        (("--method", "gradcam", "--set", "layer"), "expected key=value"),
        (("--target", "hapy"), "unknown class 'hapy': did you mean happy"),
    ):
        refused(zoo_command(*face, *wrong), words)


def test_saying_how_far_a_map_may_be_believed(small_zoo, zoo_command, tmp_path):
    out = tmp_path / "out"
    result = zoo_command(
        "explain", "--model", "ensemble", "--index", 3, "--method", "gradcam", "--faithfulness",
        "--out", out,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "How far to believe the map of" in result.output
    facts = json.loads((out / "faithfulness.json").read_text("utf-8"))
    assert 0 <= facts["deletion_auc"] <= 1
    assert (out / "faithfulness.png").stat().st_size


def test_methods_beside_each_other_over_models(small_zoo, zoo_command, tmp_path):
    quick = ("--faces", 2, "--seeds", 1, "--set", "lime.samples=20", "--methods", "lime,gradcam")
    command = ("faithfulness", "cpcpcpfff", "ensemble", *quick)
    result = zoo_command(*command)
    assert result.exit_code == 0, result.output
    page = Path("faithfulness.md").read_text("utf-8")
    assert "zoo faithfulness cpcpcpfff ensemble --data tiny --split validation --faces 2" in page
    for words in ("| cpcpcpfff | LIME | 2 |", "| ensemble | random map | 2 |", "MuFidelity"):
        assert words in page
    refused(zoo_command(*command), "has a section of 'tiny'", "--overwrite")
    for wrong, words in (
        (("--methods", "lim"), "unknown method 'lim': did you mean lime"),
        (("--set", "samples=20"), "expected METHOD.KEY=VALUE"),
        (("--methods", "lrp", "--set", "lime.samples=20"), "the method one of lrp"),
        (("--set", "lime.sample=20"), "unknown LIME setting 'sample': did you mean samples"),
        (("--seeds", 0), "0 is not in the range"),
    ):
        refused(zoo_command("faithfulness", "cpcpcpfff", "--out", "x.md", *wrong), words)


def test_a_gallery_of_what_is_right_and_wrong(small_zoo, zoo_command):
    command = ("gallery", "cpcpcpfff", "--per-class", 1, "--method", "lrp", "--wrong")
    wish = ("--set", "composite=epsilon_plus_flat", "--faithfulness")
    result = zoo_command(*command, *wish)
    assert result.exit_code == 0, result.output
    folder = Path("cpcpcpfff-gallery-tiny-lrp")
    page = (folder / "gallery.html").read_text("utf-8")
    pictures = {path.name for path in folder.glob("*.png")}
    assert pictures
    assert all(name.endswith("-wrong.png") for name in pictures)
    assert page.count("<img") == len(pictures)
    with np.load(folder / "gallery.npz", allow_pickle=False) as saved:
        assert json.loads(str(saved["gallery"]))["settings"] == {"composite": "epsilon_plus_flat"}
        assert saved["predictor"] == "cpcpcpfff"
        assert {"bias_share", "lost_share", "deletion_gain", "insertion_gain"} <= set(saved)
    refused(zoo_command(*command), "--overwrite")
    refused(zoo_command("gallery", "cpcpcpfff", "--set", "sample=3"), "did you mean samples")
    refused(zoo_command("gallery", "cpcpcpfff", "--method", "lime,lrp"), "unknown method")
    refused(zoo_command("gallery", "cpcpcpfff", "--set", "lrp.composite=epsilon"), "one of lime")


def test_a_gallery_without_a_wrong_face_is_refused(small_zoo, zoo_command, monkeypatch):
    monkeypatch.setattr("zoo.explainers.gallery.gallery_of", lambda *_: [])
    told = "nothing to show: no face of validation of 'tiny' is wrong: leave out --wrong"
    refused(zoo_command("gallery", "cpcpcpfff", "--wrong"), told)


def test_an_atlas_of_several_methods(small_zoo, zoo_command):
    command = ("atlas", "ensemble", "--faces", 6, "--methods", "gradcam,lrp")
    result = zoo_command(*command, "--set", "lrp.composite=epsilon_plus_flat")
    assert result.exit_code == 0, result.output
    folder = Path("ensemble-atlas-tiny")
    names = {f"{method}-{kind}" for method in ("gradcam", "lrp")
             for kind in ("emotions.png", "correct.png", "pairs.png")}  # fmt: skip
    assert {path.name for path in folder.iterdir()} == {
        "atlas.html", "gradcam.npz", "lrp.npz", *names,
    }  # fmt: skip
    assert (folder / "atlas.html").read_text("utf-8").count("<img") == 6
    with np.load(folder / "lrp.npz", allow_pickle=False) as saved:
        assert saved["counts"].sum() == len(saved["ids"]) == 6
        settings = json.loads(str(saved["settings"]))
        assert settings == {"composite": "epsilon_plus_flat", "epsilon": 0.0}
    refused(zoo_command(*command), "--overwrite")
    refused(zoo_command("atlas", "ensemble", "--methods", "lrpp"), "did you mean lrp")
    refused(zoo_command(*command, "--set", "layer=x"), "expected METHOD.KEY=VALUE")


def test_the_help_of_explain_names_every_method(zoo_command):
    told = zoo_command("explain", "--help").output
    assert all(name in told for name in METHODS)


def test_explaining_a_photo(small_zoo, zoo_command, tmp_path):
    photo = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 70, 3), np.uint8)).save(photo)
    result = zoo_command("explain", photo, "--model", "cpcpcpfff", "--samples", 20)
    assert result.exit_code == 0, result.output
    assert Path("cpcpcpfff-photo-lime", "panels.png").is_file()
    with np.load("cpcpcpfff-photo-lime/explanation.npz", allow_pickle=False) as saved:
        assert saved["maps"].shape == (7, 48, 48)  # the network's size, not the photo's
        assert saved["face"].shape == (48, 48, 1)


def test_a_large_photo_is_cut_to_its_face_and_it_is_said(small_zoo, zoo_command, tmp_path):
    photo = tmp_path / "photo.png"
    Image.fromarray(data.astronaut()).save(photo)
    explain = ("explain", photo, "--model", "cpcpcpfff", "--samples", 20)
    result = zoo_command(*explain, "--out", "cut")
    assert "cut to the face found at columns 1" in result.output, result.output
    result = zoo_command(*explain, "--out", "whole", "--whole-image")
    assert "cut to" not in result.output
    cut, whole = (
        json.loads(Path(out, "explanation.json").read_text()) for out in ("cut", "whole")
    )
    (top, bottom), (left, right) = (cut["settings"][f"photo_{of}"] for of in ("rows", "columns"))
    assert bottom - top == right - left
    assert "photo_rows" not in whole["settings"]
    with np.load("cut/explanation.npz", allow_pickle=False) as saved:
        by_hand = Image.fromarray(data.astronaut()[top:bottom, left:right]).resize((48, 48))
        seen = saved["face"].mean(axis=-1)
        assert np.corrcoef(seen.ravel(), np.asarray(by_hand).mean(axis=-1).ravel())[0, 1] > 0.95


def test_explain_wants_one_face(small_zoo, zoo_command, tmp_path):
    refused(zoo_command("explain", "--model", "cpcpcpfff"), "--index")
    refused(zoo_command("explain", "--model", "cpcpcpfff", "--index", 70), "0 to 69")
    text = tmp_path / "text.png"
    text.write_text("not a picture")
    refused(zoo_command("explain", text, "--model", "cpcpcpfff"), "text.png")
    refused(zoo_command("explain", tmp_path / "none.png", "--model", "cpcpcpfff"), "none.png")
