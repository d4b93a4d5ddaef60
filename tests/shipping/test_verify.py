"""Verifying: what is as recorded passes, every kind of damage is found and named."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from zoo import weights
from zoo.errors import ZooError
from zoo.files import file_sha256
from zoo.predictions import Predictions
from zoo.shipping import verify as verifying
from zoo.shipping.ship import LARGEST_FILE, LARGEST_TOTAL
from zoo.shipping.verify import verify
from zoo.weights.manifest import manifest_file, read_manifest
from zoo.weights.probe import read_probe

FILE = "weights.safetensors"


def rewrite_json(path: Path, **change: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | change))


def flip_a_bit(path: Path, place: int = -1000) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def other_probe(folder: Path, change: Callable[[Predictions], None]) -> None:
    path = folder / "predictions" / "probe.npz"
    saved = Predictions.read(path)
    change(saved)
    saved.write(path)


def test_the_weights_that_come_with_the_package_are_as_recorded(package):
    assert [(one.name, one.fault) for one in verify() if one.fault] == []


def test_the_weights_that_come_with_the_package_are_small_enough(package):
    sizes = [one.bytes for one in read_manifest().entries]
    assert max(sizes, default=0) <= LARGEST_FILE
    assert sum(sizes) <= LARGEST_TOTAL


def test_what_was_shipped_is_as_recorded_also_where_nothing_can_be_written(shipped):
    before = {path: path.read_bytes() for path in shipped.parent.rglob("*.*") if path.is_file()}
    for path in [shipped.parent, *shipped.parent.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    verdicts = verify()
    for path in [shipped.parent, *shipped.parent.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert [one.name for one in verdicts] == [
        "cpcpcpfff/shipped",
        "handcrafted_fcn/shipped",
        "ensemble",
    ]
    assert [one.fault for one in verdicts] == [None] * 3
    for one in verdicts[:2]:
        assert one.difference is not None
        assert one.difference < 1e-6
    after = {path: path.read_bytes() for path in shipped.parent.rglob("*.*") if path.is_file()}
    assert after == before


def test_shipped_weights_and_exported_folders_are_verified_by_name(shipped, exported):
    names = ("cpcpcpfff", "handcrafted_fcn/shipped", str(exported), "ensemble")
    verdicts = verify(names)
    assert [one.fault for one in verdicts] == [None] * 4
    assert verdicts[0].name == "cpcpcpfff/shipped"
    assert verdicts[2].sha256 == verdicts[0].sha256
    with pytest.raises(ZooError, match="did you mean cpcpcpfff"):
        verify(["cpcpcpff"])
    for no_export in (str(exported.parent), "..", ""):
        with pytest.raises(ZooError, match="unknown shipped weights, no exported folder either"):
            verify([no_export])


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda f: flip_a_bit(f / FILE), "changed or damaged"),
        (lambda f: flip_a_bit(f / FILE, 900), "changed or damaged"),
        (lambda f: (f / FILE).write_bytes((f / FILE).read_bytes()[:-1]), "changed or damaged"),
        (lambda f: (f / FILE).unlink(), "missing"),
        (lambda f: shutil.copy(f.parent / "handcrafted_fcn" / FILE, f), "changed or damaged"),
        (lambda f: (f / "metrics.json").write_text("{"), "metrics.json: damaged"),
        (lambda f: rewrite_json(f / "metrics.json", validation=None), "validation"),
        (
            lambda f: rewrite_json(
                f / "metrics.json", validation={"n": 70, "top1": 1.0, "log_loss": 0.1}
            ),
            "validation is not what the manifest says",
        ),
        (lambda f: shutil.rmtree(f), "not a run|has not finished|missing"),
        (lambda f: (f / "predictions" / "probe.npz").unlink(), "probe.npz: no saved predictions"),
        (
            lambda f: other_probe(f, lambda p: p.labels.__setitem__(0, 3 - p.labels[0] // 3)),
            "on other faces than the probe",
        ),
        (
            lambda f: other_probe(
                f, lambda p: p.probabilities.__setitem__(3, np.roll(p.probabilities[3], 1))
            ),
            "probabilities of the probe differ by",
        ),
    ],
)
def test_damage_is_found_and_named(shipped, spoil, fault):
    spoil(shipped / "cpcpcpfff")
    broken, whole, ensemble = verify()
    assert whole.fault is None
    assert ensemble.fault is None or "cpcpcpfff" in ensemble.fault
    assert broken.fault is not None
    assert fault_matches(fault, broken.fault)
    assert "cpcpcpfff" in broken.fault
    assert "\n" not in broken.fault


def fault_matches(wanted: str, fault: str) -> bool:
    return any(one in fault for one in wanted.split("|"))


def swapped_rows(folder: Path) -> None:
    """Another file, entered everywhere as if it had been shipped so."""
    path = folder / FILE
    content = bytearray(path.read_bytes())
    content[-2000:] = bytes(2000)
    path.write_bytes(content)
    sha256 = file_sha256(path)
    rewrite_json(folder / "metrics.json", weights_sha256=sha256)
    manifest = json.loads(manifest_file().read_text())
    manifest["entries"][0]["sha256"] = sha256
    manifest_file().write_text(json.dumps(manifest))


def test_the_probe_finds_other_weights_that_were_entered_everywhere(shipped):
    swapped_rows(shipped / "cpcpcpfff")
    verdict = verify(["cpcpcpfff"])[0]
    assert verdict.fault is not None
    assert "probabilities of the probe differ" in verdict.fault


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("classes", list("abcdefg")),
        ("fingerprint", "0" * 64),
        ("dataset", "fer2013"),
        ("exported_from", {"run": "cpcpcpfff/other", "weights_sha256": "0" * 64}),
    ],
)
def test_facts_in_the_header_must_be_those_of_the_folder(exported, key, value):
    rewrite_json(exported / "metrics.json", **{key: value})
    verdict = verify([str(exported)])[0]
    assert verdict.fault is not None
    assert "other weights than expected" in verdict.fault


def test_folder_and_manifest_must_name_the_same_weights(shipped):
    manifest = json.loads(manifest_file().read_text())
    del manifest["entries"][0]
    manifest_file().write_text(json.dumps(manifest))
    shutil.rmtree(shipped / "handcrafted_fcn")
    more, less, ensemble = verify()
    assert "members missing" in (ensemble.fault or "")
    assert more.fault is not None
    assert "not in the manifest" in more.fault
    assert less.fault is not None
    assert (less.bytes, less.sha256, less.difference) == (None, None, None)


def test_probabilities_that_are_no_numbers_are_a_fault(shipped, monkeypatch):
    monkeypatch.setattr(verifying, "_probe_difference", lambda run: float("nan"))
    *networks, _ = verify()
    assert len(networks) == 2
    assert all("differ by nan" in (one.fault or "") for one in networks)


def test_the_command_ends_with_2_and_the_reason_where_something_is_wrong(shipped, zoo_command):
    good = zoo_command("weights", "verify")
    assert good.exit_code == 0, good.output
    assert good.output.count("as recorded") == 3
    flip_a_bit(shipped / "cpcpcpfff" / FILE)
    bad = zoo_command("weights", "verify")
    assert bad.exit_code == 2
    fault = f"{shipped / 'cpcpcpfff' / FILE}: changed or damaged"
    assert f"1 of 3 failed: cpcpcpfff/shipped: {fault}" in bad.stderr
    assert bad.stderr.strip().endswith(": get the file again")
    assert bad.output.count("changed or damaged") == 1
    (row,) = (line for line in bad.stdout.splitlines() if line.startswith("cpcpcpfff/shipped"))
    assert row.rstrip().endswith("failed")
    assert bad.stdout.count("as recorded") == 2
    assert zoo_command("weights", "verify", "handcrafted_fcn").exit_code == 0


def test_where_nothing_is_shipped_the_command_says_so(checkout, zoo_command):
    result = zoo_command("weights", "verify")
    assert (result.exit_code, "nothing to verify" in result.output) == (0, True)
    assert weights.shipped_runs() == []


def test_the_probe_of_this_version_is_the_one_that_was_asked(shipped, monkeypatch):
    kept = read_probe()
    kept.faces[0] = 255 - kept.faces[0]
    monkeypatch.setattr("zoo.shipping.probing.read_probe", lambda: kept)
    faults = [one.fault or "" for one in verify(["cpcpcpfff", "handcrafted_fcn"])]
    assert all("on other faces than the probe" in fault for fault in faults)


def test_a_folder_that_fails_is_named_once(exported, zoo_command):
    flip_a_bit(exported / FILE)
    result = zoo_command("weights", "verify", exported)
    assert result.exit_code == 2
    assert f"1 of 1 failed: {exported / FILE}: changed or damaged" in result.stderr
    assert result.stderr.count(str(exported)) == 1


def test_a_file_that_cannot_be_read_does_not_keep_the_others_from_being_verified(
    shipped, monkeypatch
):
    def unreadable(path: Path) -> str:
        if path.parent.name == "cpcpcpfff":
            raise PermissionError(13, "Permission denied", str(path))
        return file_sha256(path)

    monkeypatch.setattr(verifying, "file_sha256", unreadable)
    broken, whole, _ = verify()
    assert broken.fault == f"{shipped / 'cpcpcpfff' / FILE}: cannot be read (Permission denied)"
    assert broken.sha256 is None
    assert whole.fault is None


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda text: text + "more = 1\n", "unknown key"),
        (lambda text: text.replace('sha256 = "', 'sha256 = "0'), "sha256: expected 64 hex digits"),
        (lambda text: re.sub(r'"[0-9a-f]{64}"', f'"{"0" * 64}"', text), "members missing"),
    ],
)
def test_an_ensemble_that_does_not_fit_the_weights_is_found(shipped, zoo_command, spoil, fault):
    packaged = shipped.parent / "ensemble.toml"
    packaged.write_text(spoil(packaged.read_text()))
    *networks, ensemble = verify()
    assert [one.fault for one in networks] == [None] * 2
    assert ensemble.name == "ensemble"
    assert fault in (ensemble.fault or "")
    assert zoo_command("weights", "verify", "ensemble").exit_code == 2
    listed = zoo_command("weights", "list")
    assert listed.exit_code == 0
    assert fault in " ".join(listed.output.split())


def test_the_members_of_the_ensemble_must_be_those_of_the_manifest(shipped):
    manifest = json.loads(manifest_file().read_text())
    manifest["entries"][0]["sha256"] = "0" * 64
    manifest_file().write_text(json.dumps(manifest))
    (verdict,) = verify(["ensemble"])
    assert f"{shipped / 'cpcpcpfff'}: not the weights of the manifest" in (verdict.fault or "")


def test_the_list_ends_with_what_the_ensemble_reaches(shipped, zoo_command):
    runs = weights.shipped_runs()
    saved = [run.predictions("validation") for run in runs]
    mean = np.mean([one.probabilities.astype(float) for one in saved], axis=0)
    right = mean.argmax(axis=1) == saved[0].labels
    listed = zoo_command("weights", "list").output.splitlines()
    (row,) = (line.split() for line in listed if line.startswith("ensemble "))
    unseen = right[~saved[0].seen]
    assert row[2:6] == [f"{100 * right.mean():.2f}", "70", f"{100 * unseen.mean():.2f}",
                        str(len(unseen))]  # fmt: skip
