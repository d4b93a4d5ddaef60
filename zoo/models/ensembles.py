"""Which runs an ensemble consists of, and what it is called by them."""

from __future__ import annotations

import hashlib
import itertools
import json
from typing import TYPE_CHECKING

from zoo import weights
from zoo.errors import ZooError
from zoo.models.candidates import ENSEMBLE
from zoo.models.ensemble_file import Member
from zoo.models.model import Model
from zoo.models.saved import weights_sha256
from zoo.runs import Run, find_run, finished_runs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def average_of(
    models: Sequence[Model],
    place: str = "",
    *,
    weights: Sequence[float] | None = None,
    name: str = ENSEMBLE,
) -> Model:
    """The ensemble of the runs of several models.

    Args:
        models: single networks; without weights ensembles, too, whose runs then count as much as
            any other.
        place: the file that lists them, if one does, for the user.
        weights: one per model; those of the same run add up. None: each run counts once.
        name: how the ensemble is called.

    Raises:
        ZooError: fewer than two runs, some of different classes or data, or weights in an
            ensemble of ensembles.
    """
    _refuse_nested_weights(models, weights)
    runs = {run.folder: run for model in models for run in model.runs}
    if len(runs) < 2:
        have = ", ".join(run.architecture for run in runs.values()) or "none"
        raise ZooError(
            f"an ensemble needs two different members or more, there are: {have}; "
            "zoo train another architecture, or name members with --members"
        )
    _refuse_mixed(list(runs.values()))
    shares = dict.fromkeys(runs, 0.0)
    for model, weight in zip(models, weights or (), strict=weights is not None):
        shares[model.run.folder] += weight
    by = f" by {place}" if place else ""
    by += f", weights {' : '.join(f'{share:.3g}' for share in shares.values())}" if weights else ""
    chosen = f"{ENSEMBLE} of {len(runs)}{by}: {'; '.join(model.chosen for model in models)}"
    counts = tuple(shares.values()) if weights else None
    return Model(name, tuple(runs.values()), chosen, weights=counts)


def _refuse_nested_weights(models: Sequence[Model], weights: Sequence[float] | None) -> None:
    for model in models:
        if model.is_ensemble and (weights is not None or model.weights is not None):
            raise ZooError(
                f"{model.name}: an ensemble inside of another, and weights: name its members "
                "with a weight each"
            )


def _refuse_mixed(runs: Sequence[Run]) -> None:
    """Refuse runs of different classes, and the user's own of different data.

    Nobody else has the faces that shipped weights were trained on: they go with any other.
    """
    for first, other in itertools.combinations(runs, 2):
        own = not (first.shipped or other.shipped)
        for what in ("fingerprint", "classes") if own else ("classes",):
            if other.metrics[what] != first.metrics[what]:
                raise ZooError(
                    f"{first.architecture} {first.id} and {other.architecture} {other.id} cannot "
                    f"be averaged: they were trained on different data ({what} differs)"
                )


def member_run(member: Member, runs: Path, beside: Path | None = None) -> Run:
    """The run that a member names or, where the member's weights are known, one that has them.

    Args:
        member: the member.
        runs: the folder of runs.
        beside: the folder of the ensemble's file, where a folder called as the member comes
            first that has its weights.

    Raises:
        ZooError: there is none; or it has not finished, or is damaged.
    """
    if beside and member.sha256:
        near = Run((beside / member.model).resolve())
        if near.finished and not near.fault and weights_sha256(near) == member.sha256:
            return near
    named = find_run(runs, member.model)
    if named and (fault := named.fault):
        raise ZooError(fault)
    if named and member.sha256 in ("", weights_sha256(named)):
        return named
    if member.sha256:
        for run in (*weights.shipped_runs(), *finished_runs(runs)):
            if run.metrics.get("weights_sha256") == member.sha256:
                return run
    if not member.sha256:
        raise ZooError(f"{member.model}: no such run is in {runs}")
    differ = "; what goes by that name now has others" if named else ""
    raise ZooError(
        f"{member.model}: weights with sha256 {member.sha256[:12]}… are not here{differ}: put the "
        f"run that has them into {runs}, or choose anew, zoo ensemble define --members A,B"
    )


def as_members(
    members: Sequence[Run], runs: Path, weights: Sequence[float] | None = None
) -> list[Member]:
    """Runs as an ensemble's members, known by their weights.

    Args:
        members: the runs.
        runs: the folder of the user's runs; a run that is elsewhere is named by its path.
        weights: how much each counts; None: all the same.
    """
    listed = []
    shares: Sequence[float | None] = weights or [None] * len(members)
    for run, share in zip(members, shares, strict=True):
        name = f"{run.architecture}/{run.id}"
        found = find_run(runs, name)
        there = found is not None and found.folder.resolve() == run.folder.resolve()
        listed.append(Member(name if there else str(run.folder), weights_sha256(run), share))
    return listed


def ensemble_id(
    runs: Sequence[Run], fingerprint: str, weights: Sequence[float] | None = None
) -> str:
    """The id of an ensemble on a data set.

    It depends on its members and their weights alone, where all were trained on that data set and
    none is shipped.

    Args:
        runs: the members.
        fingerprint: of the data set.
        weights: how much each counts; None: all the same.
    """
    shares = [f" × {share:.6g}" for share in weights] if weights else [""] * len(runs)
    names = sorted(
        f"{run.architecture}/{weights_sha256(run) if run.shipped else run.id}{share}"
        for run, share in zip(runs, shares, strict=True)
    )
    if any(run.metrics["fingerprint"] != fingerprint for run in runs):
        names.append(fingerprint)
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()[:12]
