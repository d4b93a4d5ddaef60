"""Shipping: into a checkout's package, once, with an entry in the manifest."""

import pytest

from zoo import weights
from zoo.data.library import open_dataset
from zoo.errors import ZooError
from zoo.files import file_sha256
from zoo.runs import find_run, list_runs
from zoo.shipping import ship as shipping
from zoo.shipping.ship import ship
from zoo.weights.manifest import manifest_file, read_manifest


def test_a_shipped_run_is_in_the_package_and_in_the_manifest(checkout, run_of):
    run = run_of("cpcpcpfff")
    shipped = ship(run, open_dataset("tiny"))
    assert shipped.folder == checkout / "cpcpcpfff"
    assert shipped.shipped
    assert not run.shipped
    (entry,) = read_manifest().entries
    file = checkout / entry.file
    assert (entry.sha256, entry.bytes) == (file_sha256(file), file.stat().st_size)
    assert (checkout / entry.recipe).read_text() == (run.folder / "recipe.toml").read_text()
    assert entry.licence == shipped.metrics["licence"] == "Apache-2.0"
    assert entry.validation.model_dump() == shipped.metrics["validation"]
    assert entry.exported_from.run == f"cpcpcpfff/{run.id}"


def test_a_shipped_run_is_found_by_its_name(shipped, tmp_path):
    assert [run.architecture for run in weights.shipped_runs()] == ["cpcpcpfff", "handcrafted_fcn"]
    found = find_run(tmp_path / "runs", "cpcpcpfff/shipped")
    assert found is not None
    assert found.folder == shipped / "cpcpcpfff"
    assert found.id == "shipped"
    assert find_run(tmp_path / "runs", "shipped") is None
    assert find_run(tmp_path / "runs", "vgg16/shipped") is None


def test_damaged_or_half_written_folders_are_no_shipped_runs(shipped):
    (shipped / "cpcpcpfff" / "metrics.json").write_text("{")
    (shipped / "handcrafted_fcn").rename(shipped / ".1a2b.tmp.handcrafted_fcn")
    assert weights.shipped_runs() == []


def test_weights_are_replaced_only_on_request(shipped, run_of):
    run = run_of("handcrafted_fcn")
    (shipped / "handcrafted_fcn" / "left.txt").touch()
    before = manifest_file().read_text()
    with pytest.raises(ZooError, match="handcrafted_fcn is shipped already: pass --overwrite"):
        ship(run, open_dataset("tiny"))
    assert manifest_file().read_text() == before
    ship(run, open_dataset("tiny"), overwrite=True)
    assert manifest_file().read_text() == before
    assert not (shipped / "handcrafted_fcn" / "left.txt").exists()
    assert sorted(path.name for path in shipped.iterdir()) == ["cpcpcpfff", "handcrafted_fcn"]


def test_a_trial_is_not_shipped(checkout, small_zoo):
    trials = [run for run in list_runs(small_zoo / "runs") if run.metrics["limit"]]
    with pytest.raises(ZooError, match="a trial on 50 faces"):
        ship(trials[0], open_dataset("tiny"))


@pytest.mark.parametrize("limit", ["LARGEST_FILE", "LARGEST_TOTAL"])
def test_weights_too_large_for_the_repository_are_not_shipped(shipped, run_of, monkeypatch, limit):
    size = (shipped / "cpcpcpfff" / "weights.safetensors").stat().st_size
    others = (shipped / "handcrafted_fcn" / "weights.safetensors").stat().st_size
    most = size if limit == "LARGEST_FILE" else size + others
    monkeypatch.setattr(shipping, limit, most)
    ship(run_of("cpcpcpfff"), open_dataset("tiny"), overwrite=True)
    monkeypatch.setattr(shipping, limit, most - 1)
    before = file_sha256(shipped / "cpcpcpfff" / "weights.safetensors")
    with pytest.raises(ZooError, match=r"0\.\d MB, more than"):
        ship(run_of("cpcpcpfff"), open_dataset("tiny"), overwrite=True)
    assert file_sha256(shipped / "cpcpcpfff" / "weights.safetensors") == before
    assert sorted(path.name for path in shipped.iterdir()) == ["cpcpcpfff", "handcrafted_fcn"]


def test_an_installed_package_is_not_written_into(checkout, small_zoo, zoo_command):
    (checkout.parents[2] / "pyproject.toml").unlink()
    result = zoo_command("weights", "ship", "cpcpcpfff")
    assert result.exit_code == 2
    assert "not in a checkout of the zoo" in result.output
    assert list(checkout.iterdir()) == []


def test_the_command_ships(checkout, small_zoo, zoo_command):
    result = zoo_command("weights", "ship", "cpcpcpfff")
    assert result.exit_code == 0, result.output
    assert f"wrote {checkout / 'cpcpcpfff'}" in result.output


@pytest.mark.parametrize("what", ["entry_of", "write_manifest"])
def test_what_was_shipped_stands_where_the_new_weights_cannot_be_entered(
    shipped, run_of, monkeypatch, what
):
    before = {path: path.read_bytes() for path in shipped.parent.rglob("*.*") if path.is_file()}

    def fail(*arguments: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(shipping, what, fail)
    (shipped / "handcrafted_fcn").rename(shipped.parent / "handcrafted_fcn.kept")
    for name, overwrite in (("cpcpcpfff", True), ("handcrafted_fcn", False)):
        with pytest.raises(OSError, match="no space left"):
            ship(run_of(name), open_dataset("tiny"), overwrite=overwrite)
    assert [path.name for path in shipped.iterdir()] == ["cpcpcpfff"]
    (shipped.parent / "handcrafted_fcn.kept").rename(shipped / "handcrafted_fcn")
    after = {path: path.read_bytes() for path in shipped.parent.rglob("*.*") if path.is_file()}
    assert after == before
