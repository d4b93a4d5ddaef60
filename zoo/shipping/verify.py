"""Whether shipped or exported weights are what they are said to be, and give what they gave."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo import weights
from zoo.errors import ZooError, unknown
from zoo.files import file_sha256
from zoo.models import ENSEMBLE, packaged_ensemble
from zoo.runs import EXPORTED, SHIPPED_ID, Run
from zoo.shipping.probing import TOLERANCE, probe_predictions, processor
from zoo.tables import Column, Table
from zoo.training.networks import load_network
from zoo.weights.facts import AGAIN, changed, read_facts, refuse_differing
from zoo.weights.manifest import entry_of, read_manifest
from zoo.weights.probe import SPLIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.weights.manifest import Entry, Manifest

_ANEW = "install the zoo anew"


@dataclass(frozen=True)
class Verdict:
    """What was found about one folder of weights, or about the ensemble.

    Attributes:
        name: as the user names the model.
        bytes: of the file of weights; None where there is none.
        sha256: of that file.
        difference: the largest of a probability on the probe; None if it was not reached.
        fault: what is wrong; None if nothing is.
    """

    name: str
    bytes: int | None
    sha256: str | None
    difference: float | None
    fault: str | None


def verify(names: Sequence[str] = ()) -> list[Verdict]:
    """Verify what is shipped, or the weights that are named.

    Of each network: size and sha256 are the recorded ones; the facts in the header are those of
    the manifest, recipe and metrics; every tensor has its network's shape and is finite; the
    probabilities of the probe's faces come out again within `TOLERANCE`. Of the ensemble: its
    members are in the manifest.

    Args:
        names: architectures that are shipped (``five_layer``, ``five_layer/shipped``),
            ``ensemble``, or folders that were exported; all that is shipped where there are none.

    Raises:
        ZooError: a name is none of these, or the manifest is damaged. What is wrong with weights
            is told by their verdict.
    """
    manifest = read_manifest()
    if names:
        return [_verdict_on(name, manifest) for name in names]
    there = {path.parent.name for path in weights.SHIPPED.glob("[!.]*/recipe.toml")}
    shipped = sorted(there | {entry.architecture for entry in manifest.entries})
    return [_verdict_on(name, manifest) for name in (*shipped, *([ENSEMBLE] if shipped else []))]


def verdict_table(verdicts: Sequence[Verdict]) -> Table:
    """One line per folder of weights."""
    columns = (
        Column("model"),
        Column("MB", digits=1),
        Column("sha256"),
        Column("probe: largest difference"),
        Column("verdict"),
    )
    rows = [
        (
            one.name,
            None if one.bytes is None else one.bytes / 1e6,
            one.sha256 and one.sha256[:12],
            None if one.difference is None else f"{one.difference:.1e}",
            "failed" if one.fault else "as recorded",
        )
        for one in verdicts
    ]
    notes = [
        f"Probabilities of 16 drawn faces must come out again within {TOLERANCE:g}, computed in "
        "float32 on this machine's processor."
    ]
    return Table("Weights verified", columns, rows, notes)


def faults(verdicts: Sequence[Verdict]) -> list[str]:
    """What is wrong, a line for each that failed: its name, where the line does not tell it."""
    return [
        one.fault if one.fault.startswith(one.name) else f"{one.name}: {one.fault}"
        for one in verdicts
        if one.fault
    ]


def _verdict_on(name: str, manifest: Manifest) -> Verdict:
    if name == ENSEMBLE:
        return _ensemble_verdict(manifest)
    folder = Path(name)
    if (folder / EXPORTED).is_file():
        return _verdict(str(folder), Run(folder), manifest)
    architecture = name.removesuffix(f"/{SHIPPED_ID}")
    there = {path.name for path in weights.SHIPPED.glob("*/")}
    if manifest.entry(architecture) or architecture in there:
        run = Run(weights.SHIPPED / architecture)
        return _verdict(f"{architecture}/{SHIPPED_ID}", run, manifest)
    known = [*(entry.architecture for entry in manifest.entries), ENSEMBLE]
    raise unknown("shipped weights, no exported folder either:", name, known)


def _ensemble_verdict(manifest: Manifest) -> Verdict:
    fault, recorded = None, {entry.sha256 for entry in manifest.entries}
    try:
        for run in packaged_ensemble().runs:
            if run.metrics["weights_sha256"] not in recorded:
                raise ZooError(f"{run.folder}: not the weights of the manifest: {_ANEW}")
    except ZooError as error:
        fault = str(error)
    return Verdict(ENSEMBLE, None, None, None, fault)


def _verdict(name: str, run: Run, manifest: Manifest) -> Verdict:
    path, size, sha256, difference, fault = run.weights_file, None, None, None, None
    try:
        if path.is_file():
            size, sha256 = path.stat().st_size, file_sha256(path)
        _refuse_unrecorded(run, sha256, manifest)
        difference = _probe_difference(run)
        if not difference <= TOLERANCE:  # nor is it where it is no number
            raise ZooError(
                f"{run.folder}: probabilities of the probe differ by {difference:.1e}: {AGAIN}, "
                "or install the versions that its environment.json names"
            )
    except ZooError as error:
        fault = str(error)
    except OSError as error:
        fault = f"{error.filename or path}: cannot be read ({error.strerror})"
    return Verdict(name, size, sha256, difference, fault)


def _refuse_unrecorded(run: Run, sha256: str | None, manifest: Manifest) -> None:
    """Refuse files that are not as the manifest or, of an exported run, its metrics say."""
    path = run.weights_file
    if sha256 is None or not run.exported:
        raise ZooError(f"{run.folder / EXPORTED}: missing: {_ANEW}")
    if run.fault:
        raise ZooError(run.fault)
    own = entry_of(run)
    recorded = own
    if run.shipped:
        entry = manifest.entry(run.folder.name)
        if entry is None:
            raise ZooError(f"{run.folder}: not in the manifest: zoo weights ship enters it")
        _refuse_other_entry(run, own, entry)
        recorded = entry
    if sha256 != recorded.sha256:
        raise changed(path)
    refuse_differing(
        path,
        read_facts(path),
        architecture=recorded.architecture,
        classes=recorded.classes,
        face_shape=run.metrics["face_shape"],
        dataset=recorded.dataset,
        fingerprint=recorded.fingerprint,
        run=recorded.exported_from.run,
        versions=recorded.versions,
    )


def _refuse_other_entry(run: Run, own: Entry, entry: Entry) -> None:
    """Refuse a folder whose records are not what the manifest says of it."""
    for key in type(entry).model_fields:
        # A file of another size has another hash, too, which says more.
        if key != "bytes" and getattr(own, key) != getattr(entry, key):
            raise ZooError(f"{run.folder}: {key} is not what the manifest says: {_ANEW}")


def _probe_difference(run: Run) -> float:
    saved = run.predictions(SPLIT)
    classes = tuple(run.metrics["classes"])
    with processor():
        computed = probe_predictions(load_network(run), classes)
    if not saved.same_faces(computed):
        raise ZooError(f"{run.predictions_file(SPLIT)}: predictions on other faces than the probe")
    return float(np.abs(saved.probabilities - computed.probabilities).max())
