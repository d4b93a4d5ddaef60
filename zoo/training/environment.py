"""What a training ran on and with: recorded in the run, compared before it is resumed."""

from __future__ import annotations

import importlib
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from zoo.backend import gpus
from zoo.errors import ZooError
from zoo.files import text_sha256

if TYPE_CHECKING:
    from zoo.data.dataset import Dataset
    from zoo.runs import Run
    from zoo.training.precision import Precision


def environment(
    dataset: Dataset,
    limit: int | None,
    precision: Precision,
    recipe_toml: str,
    *,
    devices: int = 1,
) -> dict[str, Any]:
    """What `zoo.runs.Run.environment` gives for a training that starts now.

    Args:
        dataset: what is trained on.
        limit: how many of its training faces; None for all.
        precision: what the network computes in.
        recipe_toml: the text of recipe.toml.
        devices: how many share each batch.
    """
    return {
        "dataset": dataset.name,
        "fingerprint": dataset.fingerprint,
        "classes": list(dataset.classes),
        "face_shape": list(dataset.face_shape),
        "limit": limit,
        "precision": precision,
        "devices": devices,
        "recipe_sha256": text_sha256(recipe_toml),
        "backend": keras.backend.backend(),
        "versions": versions(),
        "python": platform.python_version(),
        "machine": machine(),
    }


def versions() -> dict[str, str]:
    """The versions of everything that decides what a training gives."""
    backend = keras.backend.backend()
    # jaxlib holds JAX's compiler, and may be of another version than jax.
    modules = ("zoo", "keras", backend, *(["jaxlib"] if backend == "jax" else []), "numpy", "cv2")
    return {name: importlib.import_module(name).__version__ for name in modules}


def machine() -> dict[str, Any]:
    """System, processor, cores this process may use, GPUs that the backend sees."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": _cores(),
        "gpus": gpus(),
    }


def refuse_changed(run: Run, dataset: Dataset) -> None:
    """Raise unless the run can go on exactly as it began.

    Raises:
        ZooError: recipe, data, backend or a version has changed; the message says which.
    """
    recorded = run.environment
    recipe_toml = (run.folder / "recipe.toml").read_text(encoding="utf-8")
    if text_sha256(recipe_toml) != recorded["recipe_sha256"]:
        raise _changed(run, "its recipe.toml was edited", "undo that")
    if dataset.fingerprint != recorded["fingerprint"]:
        raise _changed(run, f"data set {dataset.name!r} has changed", "add the old one again")
    backend = keras.backend.backend()
    if backend != recorded["backend"]:
        before = recorded["backend"]
        raise _changed(run, f"it ran on {before}, not {backend}", f"set KERAS_BACKEND={before}")
    now = versions()
    for name, version in recorded["versions"].items():
        if now.get(name) != version:
            raise _changed(
                run, f"{name} was {version} and is {now.get(name)}", f"install {name} {version}"
            )


def _changed(run: Run, what: str, way_out: str) -> ZooError:
    return ZooError(f"{run.folder}: cannot be resumed, {what}: {way_out}, or train anew")


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
