"""Names of emotions: synonyms are understood, the order is known and not the alphabet's."""

import pytest

from zoo.data.emotions import FER2013_CLASSES, canonical, ordered_classes
from zoo.errors import ZooError


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Anger", "angry"), ("disgusted", "disgust"), ("fearful", "fear"), (" joy ", "happy"),
        ("HAPPINESS", "happy"), ("sadness", "sad"), ("Surprised", "surprise"),
        ("natural", "neutral"), ("Contempt", "contempt"), ("calm", "calm"), ("Bored", "bored"),
    ],
)  # fmt: skip
def test_synonyms_mean_one_class(written, meant):
    assert canonical(written) == meant


def test_known_emotions_stand_in_their_order_and_others_behind():
    names = ["awe", "calm", "contempt", "Natural", *(name.upper() for name in FER2013_CLASSES[:6])]
    assert ordered_classes(names) == (*FER2013_CLASSES, "contempt", "calm", "awe")
    assert ordered_classes(["10", "9", "1"]) == ("1", "9", "10")


def test_two_names_of_one_class_are_refused():
    with pytest.raises(ZooError, match="'joy' and 'happiness' both mean 'happy'"):
        ordered_classes(["joy", "happiness"])
