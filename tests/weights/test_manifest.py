"""The manifest: what is shipped, as text that is read without Keras."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from zoo import weights
from zoo.errors import ZooError
from zoo.weights.manifest import Entry, Manifest, manifest_file, read_manifest, write_manifest


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for shipped weights."""
    monkeypatch.setattr(weights, "SHIPPED", tmp_path / "zoo" / "weights" / "shipped")
    return weights.SHIPPED


def entry(architecture: str, **change: object) -> Entry:
    content = {
        "architecture": architecture,
        "file": f"{architecture}/weights.safetensors",
        "sha256": "abcdef0123456789" * 4,
        "bytes": 11_816_558,
        "classes": ["happy", "sad"],
        "dataset": "fer2013",
        "fingerprint": "f" * 64,
        "recipe": f"{architecture}/recipe.toml",
        "validation": {"n": 3589, "top1": 0.6543, "log_loss": 1.02},
        "unseen": {"n": 3309, "top1": 0.6321, "log_loss": 1.05},
        "float16": {"n": 3589, "largest_probability_difference": 0.0018},
        "exported_from": {"run": f"{architecture}/x", "weights_sha256": "0" * 64},
        "versions": {"keras": "3.15.1"},
        "licence": "Apache-2.0",
    }
    return Entry.model_validate_json(json.dumps(content | change))


def test_a_manifest_comes_back_as_it_was_written(package):
    manifest = Manifest().with_entry(entry("vgg16")).with_entry(entry("five_layer", unseen=None))
    write_manifest(manifest)
    assert read_manifest() == manifest
    assert manifest_file() == package.parent / "manifest.json"


def test_entries_stand_in_order_and_an_architecture_has_one(package):
    manifest = Manifest()
    for name in ("vgg16", "five_layer", "handcrafted"):
        manifest = manifest.with_entry(entry(name))
    manifest = manifest.with_entry(entry("five_layer", bytes=7))
    assert [one.architecture for one in manifest.entries] == ["five_layer", "handcrafted", "vgg16"]
    found = manifest.entry("five_layer")
    assert found is not None
    assert found.bytes == 7
    assert manifest.entry("ensemble") is None


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "damaged"),
        ('{"format": 2, "entries": []}', "format"),
        ('{"format": 1, "entries": [{}]}', "entries.0.architecture"),
        ('{"format": 1, "entries": [], "more": 1}', "more"),
    ],
)
def test_a_damaged_manifest_is_refused(package, content, fault):
    manifest_file().parent.mkdir(parents=True)
    manifest_file().write_text(content)
    with pytest.raises(ZooError, match=fault):
        read_manifest()


def test_the_list_shows_size_accuracy_with_n_licence_and_hash(package, zoo_command):
    write_manifest(Manifest(entries=(entry("five_layer"), entry("vgg16", unseen=None))))
    result = zoo_command("weights", "list")
    assert result.exit_code == 0, result.output
    five, vgg = (line.split() for line in result.output.splitlines() if "abcdef012" in line)
    assert five == [
        "five_layer/shipped", "11.8", "65.43", "3,589", "63.21", "3,309", "Apache-2.0",
        "abcdef012345",
    ]  # fmt: skip
    assert vgg[4:6] == ["–", "–"]
    assert "carry no licence to redistribute" in " ".join(result.output.split())


def test_where_nothing_is_shipped_the_list_says_so(package, zoo_command):
    write_manifest(Manifest())
    assert "no weights come with this version" in zoo_command("weights", "list").output


def test_the_list_imports_neither_keras_nor_a_backend():
    program = (
        "import sys; from zoo.cli import main; main(['weights', 'list'], standalone_mode=False); "
        "sys.exit(bool({'keras', 'tensorflow', 'jax'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True).returncode == 0
