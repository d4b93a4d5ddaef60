"""A visualisation on disk, by the function and by the command."""

import json

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.visualization import Ascent, visualize
from zoo.visualization.files import write_visualization

NAMES = ["filters.png", "feature_maps.png", "classes.png", "channels.png"]
DATA = ["visualization.npz", "visualization.json"]


@pytest.fixture(scope="module")
def seen(small):
    return visualize(small, settings=Ascent(steps=2))


@pytest.fixture(scope="module")
def paths(seen, tmp_path_factory):
    return write_visualization(seen, tmp_path_factory.mktemp("seen") / "new")


def test_one_call_writes_pictures_arrays_and_facts_or_nothing(seen, paths, tmp_path):
    assert [path.name for path in paths] == NAMES + DATA
    assert all(path.stat().st_size for path in paths)
    with np.load(paths[-2], allow_pickle=False) as saved:
        np.testing.assert_array_equal(saved["class_pictures"], seen.by_class.pictures)
        np.testing.assert_array_equal(saved["filters"], seen.filters.kernels)
        np.testing.assert_array_equal(saved["maps of block2_conv"], seen.feature_maps[3].maps)
    (tmp_path / "visualization.json").write_text("mine")
    with pytest.raises(ZooError, match="visualization.json exists"):
        write_visualization(seen, tmp_path)
    assert not list(tmp_path.glob("*.png"))


def test_the_facts_say_how_and_what_was_reached(seen, paths):
    facts = json.loads(paths[-1].read_text("utf-8"))
    assert facts["face"] == "a drawn face"
    assert facts["filters"] == {
        "layer": "block1_conv", "shape": [10, 5, 5, 1], "passed_over": ["stem"],
    }  # fmt: skip
    found = facts["activation_maximization"]
    assert found["settings"]["seed"] == 0
    assert [one["class"] for one in found["classes"]] == list(seen.classes)
    assert found["classes"][2]["logit_after"] == pytest.approx(float(seen.by_class.after[2]))
    assert found["layer"] == "block3_conv"
    assert [one["channel"] for one in found["channels"]] == seen.by_channel.units.tolist()


def test_the_command_shows_a_run(small_zoo, zoo_command, tmp_path):
    asked = ("visualize", "handcrafted_fcn", "--index", 3, "--steps", 1, "--channels", "0,2")
    result = zoo_command(*asked, "--out", tmp_path / "new", "--set", "blur=1")
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(NAMES + DATA)
    facts = json.loads((tmp_path / "new" / "visualization.json").read_text("utf-8"))
    assert facts["face"] == "tiny-validation-3"
    found = facts["activation_maximization"]
    assert (found["settings"]["steps"], found["settings"]["blur"]) == (1, 1)
    assert [one["channel"] for one in found["channels"]] == [0, 2]
    assert "--overwrite" in zoo_command(*asked, "--out", tmp_path / "new").stderr


def test_each_member_of_an_ensemble_has_a_folder_of_its_own(small_zoo, zoo_command, tmp_path):
    quick = ("--steps", 1, "--channels", 0)
    result = zoo_command("visualize", "ensemble", *quick, "--out", tmp_path / "new")
    assert result.exit_code == 0, result.output
    members = sorted((tmp_path / "new").iterdir())
    assert len(members) >= 2
    for member in members:
        assert sorted(path.name for path in member.iterdir()) == sorted(NAMES + DATA)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("--steps", 0), "steps = 0: expected 1 to"),
        (("--channels", "0;5"), "--channels 0;5: expected numbers with commas"),
        (("--channels", "99"), "channel 99: layer block3_conv of cpcpcpfff has 0 to 9"),
        (("--layer", "block3_conf"), "did you mean block3_conv"),
        (("--set", "blur=much"), "blur = much"),
        (("--index", 70), "--index 70"),
        (("--index", 3, "--image", "face.png"), "one of the two"),
        (("--image", "none.png"), "none.png"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_line(small_zoo, zoo_command, wrong, words):
    result = zoo_command("visualize", "cpcpcpfff", *wrong)
    assert result.exit_code == 2, result.output
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert not list(small_zoo.parent.joinpath("work").iterdir())
