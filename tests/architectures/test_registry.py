"""Finding and building architectures by name; what is wrong is named in one line."""

from pathlib import Path

import pytest

import zoo
from zoo import configs
from zoo.architectures import registry, summary
from zoo.errors import ZooError, unknown

FACTS = """
builder = "zoo.architectures.letters:cpcpcpfff"
title = "t"
source = "s"
input_shape = [48, 48, 3]
gradcam_layer = "block3_conv"
total_parameters = 1
trainable_parameters = 1
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A TOML file that the registry takes for the architecture ``mine``."""
    path = tmp_path / "mine.toml"
    monkeypatch.setattr(configs, "architecture_files", lambda: {"mine": path})
    return path


def test_an_unknown_architecture_gets_the_nearest_names() -> None:
    with pytest.raises(ZooError, match="unknown architecture 'vgg61': did you mean vgg16"):
        zoo.create("vgg61")


def test_an_unknown_option_gets_the_nearest_names() -> None:
    with pytest.raises(ZooError, match="option of five_layer 'dropout': did you mean dropout_sc"):
        zoo.create("five_layer", dropout=0.5)


def test_an_unknown_illumination_correction_gets_the_nearest_names() -> None:
    with pytest.raises(ZooError, match="correction 'equalise': did you mean equalize"):
        zoo.create("cpcpcpfff", illumination="equalise")


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("illumination", 3, "a text"),
        ("illumination", None, "a text"),
        ("dropout_scale", "abc", "a number"),
        ("dropout_scale", True, "a number"),
    ],
)
def test_an_option_of_another_kind_is_refused_by_name(option, value, expected) -> None:
    with pytest.raises(ZooError) as refused:
        zoo.create("five_layer", **{option: value})
    assert str(refused.value) == f"option {option} of five_layer: {value!r}, expected {expected}"


def test_a_number_beyond_all_floats_is_refused() -> None:
    with pytest.raises(ZooError, match="five_layer: expected a number of at most"):
        zoo.create("five_layer", dropout_scale=10**400)


def test_a_whole_number_will_do_for_a_number() -> None:
    assert zoo.create("five_layer", dropout_scale=0).name == "five_layer"


def test_what_is_unknown_need_not_be_text() -> None:
    assert str(unknown("illumination", 3, ["none"])) == "unknown illumination 3: there are none"


@pytest.mark.parametrize("face_shape", [(48, 48, 2), (48, 48), (0, 48, 1)])
def test_a_shape_that_no_face_has_is_refused(face_shape: tuple[int, ...]) -> None:
    with pytest.raises(ZooError, match="expected \\(H, W, 1 or 3\\)"):
        zoo.create("cpcpcpfff", face_shape=face_shape)  # type: ignore[arg-type]


def test_one_class_is_none() -> None:
    with pytest.raises(ZooError, match="at least 2"):
        zoo.create("cpcpcpfff", classes=1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("title", "titel"), "unknown key 'titel': did you mean title"),
        (('title = "t"', ""), "title is missing"),
        (('title = "t"', "title = 3"), "title: 3, expected str"),
        (("total_parameters = 1", "total_parameters = true"), "total_parameters: True, expected"),
        (("[48, 48, 3]", "[48, 48]"), r"input_shape: \[48, 48\], expected \[height"),
    ],
)
def test_wrong_facts_are_named_with_their_file(
    written: Path, change: tuple[str, str], message: str
) -> None:
    written.write_text("[architecture]" + FACTS.replace(*change))
    with pytest.raises(ZooError, match=message) as refused:
        registry.architecture("mine")
    assert str(written) in str(refused.value)


def test_facts_that_are_right_are_read(written: Path) -> None:
    written.write_text("[architecture]" + FACTS)
    facts = registry.architecture("mine")
    assert (facts.name, facts.input_shape, facts.pretrained) == ("mine", (48, 48, 3), False)


@pytest.mark.parametrize("builder", ["zoo.nowhere:f", "zoo.architectures.letters:f", "letters"])
def test_a_builder_that_is_not_there_is_named(written: Path, builder: str) -> None:
    written.write_text(
        "[architecture]" + FACTS.replace("zoo.architectures.letters:cpcpcpfff", builder)
    )
    with pytest.raises(ZooError, match=f"builder '{builder}'"):
        registry.create("mine")


def test_the_list_shows_every_architecture_and_what_is_at_hand() -> None:
    rows = {row[0]: row for row in summary.list_table({"vgg16": "1 run, 60.1 %"}).rows}
    assert tuple(rows) == zoo.list_architectures()
    assert rows["vgg16"][1] == 14_735_879
    assert rows["vgg16"][4] == "1 run, 60.1 %"
    assert rows["cpcpcpfff"][4] is None


def test_the_layers_shown_add_up_to_the_parameters_listed() -> None:
    facts, layers = summary.show("cpcpcpfff")
    assert sum(int(row[3] or 0) for row in layers.rows) == 60_779
    assert ["block1_conv", "Conv2D 5×5", "44×44×10", 260] in [list(row) for row in layers.rows]
    assert dict(facts.rows)["Grad-CAM layer"] == "block3_conv"
