"""Finished runs with made-up predictions; no network is needed to write their cards."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from zoo import weights
from zoo.data.emotions import FER2013_CLASSES
from zoo.files import file_sha256
from zoo.models.ensemble_file import ensemble_toml
from zoo.models.ensembles import as_members
from zoo.predictions import Predictions, headline
from zoo.runs import Run, create_run
from zoo.training.recipes import load_recipe
from zoo.weights.manifest import entry_of, read_manifest, write_manifest

ENVIRONMENT = {
    "dataset": "made-up", "fingerprint": "d" * 64, "classes": list(FER2013_CLASSES),
    "face_shape": [48, 48, 1], "limit": None, "precision": "bfloat16", "devices": 1,
    "backend": "tensorflow", "versions": {"zoo": "0.1.0", "keras": "3.15.1"}, "python": "3.11.7",
    "machine": {"system": "Linux", "processor": "A Processor", "cores": 3, "gpus": ["gpu:0"]},
}  # fmt: skip
RECORDED = ("dataset", "fingerprint", "classes", "face_shape", "limit", "precision")
COSTS = {
    "init": "none", "seed": 0, "epochs": 23, "best_epoch": 19, "monitor": "loss",
    "train_faces": 4321, "train_seconds": 1234.5, "faces_per_second": 987.6, "parameters": 60779,
    "trainable_parameters": 50123, "milliseconds_per_face": 0.123,
}  # fmt: skip


def made_up_predictions(seed: int, n: int = 200, split: str = "validation") -> Predictions:
    """The same faces whatever the seed, a quarter of them seen in training."""
    labels = np.random.default_rng(0).integers(0, 7, n)
    logits = np.random.default_rng(seed).normal(size=(n, 7))
    logits[np.arange(n), labels] += 1.5
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return Predictions(
        split, FER2013_CLASSES, "d" * 64, np.array([f"d.csv:{row}" for row in range(n)]), labels,
        probabilities.astype(np.float32), seen=np.arange(n) % 4 == 0,
    )  # fmt: skip


@pytest.fixture
def finished_run(tmp_path: Path) -> Callable[..., Run]:
    """Makes a finished run: its architecture, seed of the predictions, n, and what differs."""

    def make(
        architecture: str = "cpcpcpfff",
        seed: int = 1,
        *,
        n: int = 200,
        settings: tuple[str, ...] = (),
        environment: dict | None = None,
        **metrics: object,
    ) -> Run:
        recipe = load_recipe(architecture, settings=settings)
        recorded = ENVIRONMENT | (environment or {})
        run = create_run(tmp_path / "runs", architecture, seed, recipe.to_toml(), recorded)
        run.weights_file.write_bytes(f"weights {architecture} {seed}".encode())
        predictions = made_up_predictions(seed, n)
        predictions.write(run.predictions_file("validation"))
        facts = {"architecture": architecture} | {key: recorded[key] for key in RECORDED}
        facts |= COSTS | {"weights_sha256": file_sha256(run.weights_file)}
        facts |= {"validation": headline(predictions), "unseen": headline(predictions.unseen)}
        run.finish(facts | metrics)
        return run

    return make


@pytest.fixture
def shipped_run(
    tmp_path: Path, finished_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Run]:
    """Makes a finished run, as `finished_run`, that came with the package, its ensemble of all."""
    shipped = tmp_path / "package" / "shipped"
    shipped.mkdir(parents=True)
    (shipped.parent / "manifest.json").write_text('{"format": 1, "entries": []}')
    monkeypatch.setattr(weights, "SHIPPED", shipped)
    packaged = shipped.parent / "ensemble.toml"
    monkeypatch.setattr("zoo.models.ensemble_file.PACKAGED", packaged)

    def make(architecture: str = "cpcpcpfff", seed: int = 1, **options: object) -> Run:
        run = finished_run(architecture, seed, **options)
        origin = {"run": f"{architecture}/{run.id}", "weights_sha256": "a" * 64}
        run.weights_file.rename(run.folder / "weights.safetensors")
        run.finish(
            run.metrics
            | {
                "float16": {"n": 200, "largest_probability_difference": 0.00123},
                "exported_from": origin,
                "licence": "Apache-2.0",
            }
        )
        moved = Run(run.folder.rename(shipped / architecture))
        write_manifest(read_manifest().with_entry(entry_of(moved)))
        packaged.write_text(ensemble_toml(as_members(weights.shipped_runs(), shipped)))
        return moved

    return make


@pytest.fixture
def blunter() -> Callable[[Run], None]:
    """Replaces a run's validation predictions by others of the same faces."""

    def replace(run: Run) -> None:
        saved = run.predictions("validation")
        even = np.full_like(saved.probabilities, 1 / 7)
        dataclasses.replace(saved, probabilities=even).write(run.predictions_file("validation"))

    return replace
