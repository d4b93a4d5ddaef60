"""Temperatures of shipped weights: fitted without a face, stored where writing is allowed."""

import json

import pytest

from zoo import models, weights
from zoo.errors import ZooError
from zoo.temperature import fit_temperature


def shipped(tmp_path, *names):
    found = [models.resolve(f"{name}/shipped", None, tmp_path) for name in names]
    if len(found) == 1:
        return found[0]
    return models.ensemble_of([f"{name}/shipped" for name in names], None, tmp_path)


def package_files():
    return {path: path.stat().st_mtime_ns for path in sorted(weights.SHIPPED.rglob("*"))}


def test_shipped_weights_are_calibrated_by_the_predictions_they_came_with(package, home, tmp_path):
    before = package_files()
    model = shipped(tmp_path, "cpcpcpfff")
    calibrated = models.with_calibration(model, None, print)
    saved = model.run.predictions("validation")
    expected = fit_temperature(saved.labels, saved.probabilities)
    assert calibrated.calibration.temperature == expected
    assert (calibrated.calibration.data, calibrated.calibration.n) == ("fer2013", len(saved))
    assert calibrated.name == "cpcpcpfff (calibrated)"
    assert package_files() == before
    (stored,) = (home / "shipped").glob("cpcpcpfff-*/calibration/validation.json")
    assert json.loads(stored.read_text())["temperature"] == expected


def test_what_is_stored_is_read_again(package, home, tmp_path):
    model = shipped(tmp_path, "cpcpcpfff")
    first = models.stored_calibration(model, None, print)
    path = models.calibration_file(model, first.fingerprint)
    path.write_text(path.read_text().replace(f"{first.temperature!r}", "1.5"))
    assert models.stored_calibration(model, None, print).temperature == 1.5
    assert models.stored_calibration(model, None, print, anew=True) == first


@pytest.mark.parametrize("full", [False, True])
def test_where_nothing_can_be_written_the_temperature_is_given_all_the_same(
    package, tmp_path, monkeypatch, full_home, full
):
    if full:
        full_home()
    else:
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("ZOO_HOME", str(tmp_path / "file" / "home"))
    told = []
    model = models.with_calibration(shipped(tmp_path, "cpcpcpfff"), None, told.append)
    assert model.calibration.temperature > 1
    assert len(told) == 1
    assert "its temperature is not stored" in told[0]


def test_averaged_views_have_a_temperature_of_their_own(package, tmp_path):
    model = shipped(tmp_path, "cpcpcpfff")
    fingerprint = model.run.metrics["fingerprint"]
    plain, flipped = (
        models.calibration_file(one, fingerprint) for one in (model, model.with_tta("flip"))
    )
    assert (plain.name, flipped.name) == ("validation.json", "validation-flip.json")
    with pytest.raises(ZooError, match="no saved predictions; zoo evaluate writes them"):
        models.with_calibration(model.with_tta("flip"), None, print)


def test_an_ensembles_members_stay_as_they_are(package, home, tmp_path):
    model = shipped(tmp_path, "cpcpcpfff", "ccpccpccpff")
    calibrated = models.with_calibration(model, None, print)
    assert calibrated.calibration.temperature < 1  # an average is not sure enough
    assert all(member.calibration is None for member in calibrated.members)
    (stored,) = (home / "calibration").glob("ensemble-*/*/validation.json")
    assert json.loads(stored.read_text())["n"] == 3589
