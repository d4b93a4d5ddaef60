"""The facts in a file's header: read back equal, or refused in one line."""

import json
from pathlib import Path

import pytest

from zoo.errors import ZooError
from zoo.weights.facts import LARGEST_HEADER, Facts, read_facts, refuse_differing


def with_header(path: Path, header: bytes) -> Path:
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(100))
    return path


def with_facts(path: Path, facts: object) -> Path:
    text = facts if isinstance(facts, str) else json.dumps(facts)
    return with_header(path, json.dumps({"__metadata__": {"facts": text}}).encode())


def test_facts_come_back_as_they_were_written(facts, tmp_path):
    back = read_facts(with_facts(tmp_path / "a", facts.to_json()))
    assert back == facts
    assert type(back.options["dropout_scale"]) is float


def test_facts_in_another_order_are_the_same_text(facts):
    turned = facts.model_copy(update={"versions": {"zoo": "1", "keras": "2"}})
    again = facts.model_copy(update={"versions": {"keras": "2", "zoo": "1"}})
    assert turned.to_json() == again.to_json()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"format": 2}, r"format that this zoo does not know \(it knows 1\): pip install --upg"),
        ({"format": "1"}, "format that this zoo does not know"),
        ({"classes": ["happy"]}, "damaged .facts 'classes'"),
        ({"classes": ["happy", "sad", "happy"]}, "damaged .facts: a class is there twice"),
        ({"classes": ["happy", "s\u202ead"]}, "damaged .facts 'classes.1': expected printable"),
        ({"classes": ["happy", "\x1b[2J"]}, "damaged .facts 'classes.1': expected printable"),
        ({"classes": [str(i) for i in range(1001)]}, "damaged .facts 'classes'"),
        ({"architecture": "five\nlayer"}, "damaged .facts 'architecture': expected printable"),
        ({"architecture": "x" * 201}, "damaged .facts 'architecture'"),
        ({"architecture": ""}, "damaged .facts 'architecture'"),
        ({"face_shape": [48, 48]}, "damaged .facts 'face_shape.2'"),
        ({"face_shape": [48, 48, 2]}, "damaged .facts 'face_shape.2'"),
        ({"face_shape": [10**6, 10**6, 1]}, "damaged .facts 'face_shape.0'"),
        ({"face_shape": [48.0, 48, 1]}, "damaged .facts 'face_shape.0'"),
        ({"fingerprint": "F" * 64}, "damaged .facts 'fingerprint'"),
        ({"options": {"weights": ["/etc/passwd"]}}, "damaged .facts 'options.weights"),
        ({"run": None}, "damaged .facts 'run'"),
        ({"more\n": 1}, r"damaged .facts 'more\\n'"),
    ],
)
def test_wrong_facts_are_refused_by_their_key(facts, tmp_path, change, fault):
    path = with_facts(tmp_path / "a", facts.model_dump(mode="json") | change)
    assert_refused(path, fault)


def test_a_missing_fact_is_refused(facts, tmp_path):
    content = facts.model_dump(mode="json")
    del content["classes"]
    assert_refused(with_facts(tmp_path / "a", content), "damaged .facts 'classes'")


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"__metadata__": {}}',
        b'{"__metadata__": {"format": "pt"}}',
        b'{"__metadata__": []}',
        b'{"__metadata__": {"facts": "{}"}, "x": ' + b"9" * 5000 + b"}",
        b'{"__metadata__": ' * 50_000,
        b"[" * 100_000,
        b"\xff\xfe",
    ],
    ids=lambda header: repr(header[:40]),
)
def test_headers_without_facts_are_refused(tmp_path, header):
    assert_refused(with_header(tmp_path / "a", header), "only files written by zoo weights export")


@pytest.mark.parametrize("facts", ["", "{", "[]", '"text"', "[" * 100_000, 3, ["x"], None, {}])
def test_facts_that_are_no_json_object_are_refused(tmp_path, facts):
    header = json.dumps({"__metadata__": {"facts": facts}}).encode()
    assert_refused(with_header(tmp_path / "a", header), "facts")


def test_a_header_longer_than_any_or_than_the_file_is_not_read(tmp_path):
    path = tmp_path / "a"
    for length in (101, LARGEST_HEADER + 1, 2**63, 2**64 - 1):
        path.write_bytes(length.to_bytes(8, "little") + bytes(100))
        assert_refused(path, "cut off, or not a safetensors file")
    path.write_bytes((LARGEST_HEADER + 1).to_bytes(8, "little") + b" " * (LARGEST_HEADER + 1))
    assert_refused(path, "cut off, or not a safetensors file")


def test_a_missing_file_is_refused(tmp_path):
    assert_refused(tmp_path / "a", "no such weights")


def test_facts_other_than_expected_are_shown_both(facts):
    path = Path("a")
    refuse_differing(path, facts, architecture="cpcpcpfff", classes=list(facts.classes))
    turned = facts.classes[::-1]
    with pytest.raises(ZooError, match=r"^a: .* classes is angry, disgust.*, not neutral, surp"):
        refuse_differing(path, facts, classes=turned)
    for nonsense in (None, 3, "angry", [["angry"]]):
        with pytest.raises(ZooError, match="classes is angry"):
            refuse_differing(path, facts, classes=nonsense)


def assert_refused(path: Path, fault: str) -> None:
    with pytest.raises(ZooError, match=fault) as refusal:
        read_facts(path)
    assert str(refusal.value).startswith(f"{path}: ")
    assert str(refusal.value).isprintable()


def test_facts_cannot_be_changed(facts):
    with pytest.raises(ValueError, match="frozen"):
        Facts.model_validate(facts).architecture = "vgg16"


def test_what_a_stranger_wrote_is_shown_in_one_short_line(facts):
    for nonsense in (["\x1b[2J", "a\nb", "\u202e"], ["x" * 1000] * 1000):
        with pytest.raises(ZooError) as refusal:
            refuse_differing(Path("a"), facts, classes=nonsense)
        assert str(refusal.value).isprintable()
        assert len(str(refusal.value)) < 600
