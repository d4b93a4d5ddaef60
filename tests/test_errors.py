"""Refusals name the nearest names."""

from zoo.errors import unknown

NAMES = ["vgg16", "vgg16_full", "five_layer", "four_block"]


def test_a_mistyped_name_is_answered_with_the_nearest_ones():
    assert str(unknown("architecture", "vg16", NAMES)) == (
        "unknown architecture 'vg16': did you mean vgg16 or vgg16_full?"
    )


def test_capitals_do_not_hide_the_nearest_name():
    assert "did you mean vgg16" in str(unknown("architecture", "VGG16", NAMES))


def test_a_name_like_no_other_is_answered_with_all_of_them():
    message = str(unknown("architecture", "zzz", NAMES))
    assert message.endswith("there are five_layer, four_block, vgg16, vgg16_full")


def test_when_nothing_is_known_it_says_so():
    assert str(unknown("run", "x", [])).endswith("there are none")
