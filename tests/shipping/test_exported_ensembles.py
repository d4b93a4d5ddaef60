"""An ensemble that is given away is the same ensemble elsewhere."""

import json
import shutil

import numpy as np
import pytest

import zoo
from zoo.data.drawn import draw_faces
from zoo.files import file_sha256
from zoo.models.choice import Choice
from zoo.models.ensemble_file import read_ensemble
from zoo.runs import Run


@pytest.fixture
def best(small_zoo, zoo_command, tmp_path):
    """The file of a weighted ensemble of two runs, which says what chose its weights."""
    path = tmp_path / "best.toml"
    names = "cpcpcpfff,handcrafted_fcn"
    defined = zoo_command(
        "ensemble", "define", "--members", names, "--weights", "3,1", "--out", path
    )
    assert defined.exit_code == 0, defined.output
    choice = Choice(("weights",), "simplex", "tiny", "f" * 64, "validation", 70)
    path.write_text(f"{choice.toml()}\n{path.read_text()}")
    return path


def test_an_ensemble_is_given_away_whole(best, zoo_command, tmp_path, monkeypatch):
    given = tmp_path / "given"
    result = zoo_command("weights", "export", best, given)
    assert result.exit_code == 0, result.output
    assert f"wrote {given / 'ensemble.toml'}" in result.output
    listed = read_ensemble(given / "ensemble.toml")
    assert [(one.model, one.weight) for one in listed.members] == [
        ("cpcpcpfff", 3), ("handcrafted_fcn", 1),
    ]  # fmt: skip
    assert listed.choice == read_ensemble(best).choice
    for member in listed.members:
        weights = Run(given / member.model).weights_file
        assert weights.name == "weights.safetensors"
        assert file_sha256(weights) == member.sha256
    # To somebody else, in another place.
    there = given.rename(tmp_path / "there")
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "elsewhere"))
    moved = zoo.load(str(there / "ensemble.toml"))
    faces = np.array(draw_faces(9, seed=0).faces)
    first, second = (
        zoo.load(str(there / name)).predict_proba(faces)
        for name in ("cpcpcpfff", "handcrafted_fcn")
    )
    expected = 0.75 * first + 0.25 * second
    np.testing.assert_allclose(moved.predict_proba(faces), expected, atol=1e-6)
    checked = zoo_command("weights", "verify", there / "cpcpcpfff", there / "handcrafted_fcn")
    assert checked.exit_code == 0, checked.output


def test_exported_members_are_copied_and_what_is_there_is_kept(
    best, exported, zoo_command, tmp_path
):
    (exported / "history.csv").unlink()
    (exported / "history.csv").symlink_to(best)  # could be any file of whoever exports
    (exported / "evaluation").mkdir()
    (exported / "predictions" / "test.npz").write_bytes(b"mine alone")
    mixed, given = tmp_path / "mixed.toml", tmp_path / "given"
    members = f"{exported},handcrafted_fcn"
    zoo_command("ensemble", "define", "--members", members, "--out", mixed)
    assert zoo_command("weights", "export", mixed, given).exit_code == 0
    weights = "weights.safetensors"
    assert file_sha256(given / "cpcpcpfff" / weights) == file_sha256(exported / weights)
    assert {path.name for path in (given / "cpcpcpfff").rglob("*") if path.is_file()} == {
        weights, "recipe.toml", "environment.json", "metrics.json", "validation.npz", "probe.npz",
        "seen-faces.npz",
    }  # fmt: skip
    again = zoo_command("weights", "export", mixed, given)
    assert again.exit_code == 2
    assert str(given) in again.stderr


def test_a_member_that_cannot_be_exported_leaves_nothing_behind(
    best, zoo_command, tmp_path, small_zoo
):
    (run,) = (small_zoo / "runs" / "handcrafted_fcn").iterdir()
    (run / "best.weights.h5").write_bytes(b"no weights")
    result = zoo_command("weights", "export", best, tmp_path / "given")
    assert result.exit_code == 2
    assert "handcrafted_fcn" in result.stderr
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("given")] == []


def test_members_of_one_architecture_are_numbered(exported, zoo_command, tmp_path):
    other, given = tmp_path / "other" / exported.name, tmp_path / "given"
    shutil.copytree(exported, other)
    path = tmp_path / "two.toml"
    zoo_command("ensemble", "define", "--members", f"{exported},{other}", "--out", path)
    result = zoo_command("weights", "export", path, given)
    assert result.exit_code == 0, result.output
    members = read_ensemble(given / "ensemble.toml").members
    assert [one.model for one in members] == ["cpcpcpfff-1", "cpcpcpfff-2"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: rename(folder, "../escaped"), "unknown architecture"),
        (lambda folder: (folder / "weights.safetensors").write_bytes(b"other"), "cpcpcpfff"),
    ],
)
def test_a_strangers_member_is_checked_before_it_is_copied(
    exported, best, zoo_command, tmp_path, spoil, said
):
    mixed, given = tmp_path / "mixed.toml", tmp_path / "out" / "given"
    members = f"{exported},handcrafted_fcn"
    assert zoo_command("ensemble", "define", "--members", members, "--out", mixed).exit_code == 0
    spoil(exported)
    result = zoo_command("weights", "export", mixed, given)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not given.parent.exists() or list(given.parent.iterdir()) == []


def rename(folder, architecture):
    recipe = (folder / "recipe.toml").read_text()
    (folder / "recipe.toml").write_text(recipe.replace('"cpcpcpfff"', f'"{architecture}"'))
    metrics = json.loads((folder / "metrics.json").read_text())
    (folder / "metrics.json").write_text(json.dumps(metrics | {"architecture": architecture}))


def test_an_ensemble_is_not_shipped_but_its_members(best, zoo_command):
    result = zoo_command("weights", "ship", best)
    assert result.exit_code == 2
    assert f"{best} has no weights of its own: ship its members" in result.stderr
