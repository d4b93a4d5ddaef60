"""Saved class probabilities of one model on one split."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.copies import also_in_train
from zoo.errors import ZooError
from zoo.files import DAMAGED, open_npz, replacing
from zoo.metrics import compute_metrics
from zoo.temperature import cross_fitted, tempered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.data.exclusions import Exclusions
    from zoo.metrics import Metrics
    from zoo.temperature import Calibration

TTA = ("none", "flip")
"""Test-time augmentation: a single view of each face, or the mean over it and its mirror image."""


_AGAIN = "delete the file, then zoo evaluate writes it anew"


@dataclass(frozen=True)
class Predictions:
    """Saved class probabilities of one model on one split.

    Attributes:
        split: the split's name.
        classes: ordered class names, the columns of `probabilities`.
        fingerprint: of the data set (`zoo.data.dataset.Dataset.fingerprint`).
        ids: (N,) str, where each face stands in its source.
        labels: (N,) int64, positions in `classes`.
        probabilities: (N, K) float32, rows sum to 1.
        tta: the test-time augmentation, one of `TTA`.
        seen: (N,) bool, whether exactly the same pixels also stand in the data set's train split
            (`zoo.data.copies.also_in_train`); None where that is not known.
        exclusions: hex sha256 of the list of faces that were left out (`zoo.data.exclusions`);
            empty where these are all faces of the split.
        left_out: how many of the split's faces were.
        found: (N,) int64, how many faces were found in each photo, where photos were cut to the
            largest and stayed whole where there was none; None where nothing was to be cut.
        data_classes: the split's number of faces by class of the data set, where those classes are
            not the model's; faces whose class the model does not know are not among the N. Empty
            where both have the same classes.
        calibration: the temperature that the probabilities have been scaled by; None where they
            are as the model gives them, as all that is saved are.
    """

    split: str
    classes: tuple[str, ...]
    fingerprint: str
    ids: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    tta: str = "none"
    seen: np.ndarray | None = None
    exclusions: str = ""
    left_out: int = 0
    found: np.ndarray | None = None
    data_classes: Mapping[str, int] = field(default_factory=dict)
    calibration: Calibration | None = None

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        split: str,
        probabilities: np.ndarray,
        tta: str = "none",
        *,
        classes: Sequence[str] | None = None,
        found: np.ndarray | None = None,
    ) -> Predictions:
        """What a model gave for every face of a data set's split.

        Args:
            dataset: the data set.
            split: one of its splits.
            probabilities: (N, K), in the split's order; rows sum to 1.
            tta: the test-time augmentation, one of `TTA`.
            classes: the K names of the columns; by default the data set's. Labels are matched by
                name, and faces of a class that is not among them dropped.
            found: (N,) int64, see `Predictions`.

        Raises:
            ZooError: the data set has no such split.
        """
        faces = dataset.split(split)
        classes = tuple(classes or dataset.classes)
        labels = positions(dataset.classes, classes)[faces.labels]
        predictions = cls(
            split=split,
            classes=classes,
            fingerprint=dataset.fingerprint,
            ids=faces.ids,
            labels=labels,
            probabilities=np.asarray(probabilities, np.float32),
            tta=tta,
            found=found,
        ).with_seen(dataset)
        if set(classes) == set(dataset.classes):
            return predictions
        return replace(predictions.only(labels >= 0), data_classes=dataset.class_counts(split))

    def with_seen(self, dataset: Dataset) -> Predictions:
        """The same, with `seen` found out; unknown where the data set has no train split."""
        known = "train" in dataset.splits
        return replace(self, seen=also_in_train(dataset, self.split) if known else None)

    def __len__(self) -> int:
        return len(self.labels)

    def same_faces(self, other: Predictions) -> bool:
        """Whether both speak of the same faces with the same classes, in the same order."""
        return not self.differs(other)

    def differs(self, other: Predictions) -> str:
        """Why both do not speak of the same faces and classes; empty where they do."""
        if self.split != other.split:
            return f"splits {self.split} and {other.split}"
        if self.classes != other.classes:
            return f"classes {', '.join(self.classes)} and {', '.join(other.classes)}"
        if self.fingerprint != other.fingerprint:
            return f"data sets {self.fingerprint[:12]} and {other.fingerprint[:12]}"
        if not np.array_equal(self.ids, other.ids):
            return f"n = {len(self):,} and {len(other):,}, other faces or another order"
        return "" if np.array_equal(self.labels, other.labels) else "other labels"

    @property
    def unseen(self) -> Predictions | None:
        """Those of the faces that do not also stand in train; None if unknown, or if all do."""
        return None if self.seen is None or self.seen.all() else self.only(~self.seen)

    @property
    def unknown(self) -> dict[str, int]:
        """The faces that were dropped, by their class, which the model does not know."""
        return {name: n for name, n in self.data_classes.items() if name not in self.classes and n}

    @property
    def renormalized(self) -> Predictions | None:
        """Over the classes alone that the data set has, too; None where those are all.

        A face to which these classes' probabilities are all 0 gets equal ones.
        """
        shared = tuple(name for name in self.classes if name in self.data_classes)
        if not self.data_classes or shared == self.classes:
            return None
        kept = self.probabilities[:, positions(shared, self.classes)].astype(np.float64)
        sums = kept.sum(axis=1, keepdims=True)
        even = np.full_like(kept, 1 / len(shared))
        return replace(
            self,
            classes=shared,
            labels=positions(self.classes, shared)[self.labels],
            probabilities=np.divide(kept, sums, out=even, where=sums > 0).astype(np.float32),
        )

    def places(self, dataset: Dataset) -> np.ndarray:
        """(N,) int64, the positions of these faces in their split of a data set.

        They are others than these rows where faces were left out, or are of classes that the model
        does not know.

        Args:
            dataset: that the predictions are on.
        """
        return np.flatnonzero(np.isin(dataset.split(self.split).ids, self.ids))

    def only(self, kept: np.ndarray) -> Predictions:
        """Those of the faces where `kept`, (N,) bool, is true."""
        return replace(
            self,
            ids=self.ids[kept],
            labels=self.labels[kept],
            probabilities=self.probabilities[kept],
            seen=None if self.seen is None else self.seen[kept],
            found=None if self.found is None else self.found[kept],
        )

    def without(self, exclusions: Exclusions) -> Predictions:
        """Those of the faces that are not on a list, and which list it was.

        Raises:
            ZooError: none is left.
        """
        kept = exclusions.kept(self.split, self.ids)
        if not kept.any():
            raise ZooError(f"every {self.split} face is left out: nothing to measure")
        left_out = int((~kept).sum())
        return replace(self.only(kept), exclusions=exclusions.sha256, left_out=left_out)

    def calibrated(self, calibration: Calibration, seed: int = 0) -> Predictions:
        """The same with scaled probabilities, (N, K) float64; every face's answer stays.

        Faces that fitted the temperature are cross-fitted (`zoo.temperature.cross_fitted`), by
        folds that `seed` deals, so that none of them is measured with a temperature that it had a
        part in.
        """
        marked = replace(self, calibration=calibration)
        scaled = (
            cross_fitted(self.labels, self.probabilities, seed=seed)
            if marked.crossed
            else tempered(self.probabilities, calibration.temperature)
        )
        return replace(marked, probabilities=scaled)

    @property
    def crossed(self) -> bool:
        """Whether the probabilities are cross-fitted, see `calibrated`."""
        known = self.calibration
        return known is not None and (known.fingerprint, known.split) == (
            self.fingerprint,
            self.split,
        )

    def measure(self) -> Metrics:
        """What they are worth.

        Raises:
            ZooError: there are no faces.
        """
        return self._metrics

    @cached_property
    def _metrics(self) -> Metrics:
        # Tables, pictures, tests and means over seeds all ask for them.
        return compute_metrics(self.labels, self.probabilities, self.classes)

    def write(self, path: Path) -> None:
        """Write to an .npz file, whole or not at all."""
        arrays: dict[str, Any] = {
            "split": np.array(self.split),
            "classes": np.array(self.classes),
            "fingerprint": np.array(self.fingerprint),
            "ids": np.asarray(self.ids, np.str_),  # an object array would be pickled
            "labels": np.asarray(self.labels, np.int64),
            "probabilities": np.asarray(self.probabilities, np.float32),
            "tta": np.array(self.tta),
            "exclusions": np.array(self.exclusions),
            "left_out": np.array(self.left_out, np.int64),
        }
        if self.seen is not None:
            arrays["seen"] = np.asarray(self.seen, np.bool_)
        if self.found is not None:
            arrays["found"] = np.asarray(self.found, np.int64)
        if self.data_classes:
            arrays["data_classes"] = np.array(list(self.data_classes))
            arrays["data_counts"] = np.array(list(self.data_classes.values()), np.int64)
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, **arrays)

    @classmethod
    def read(cls, path: Path) -> Predictions:
        """Read what `write` wrote; never unpickles.

        Raises:
            ZooError: the file is missing, damaged or not of this kind.
        """
        try:
            with open_npz(path) as file:
                predictions = cls(
                    split=str(file["split"]),
                    classes=tuple(str(name) for name in file["classes"]),
                    fingerprint=str(file["fingerprint"]),
                    ids=file["ids"],
                    labels=file["labels"],
                    probabilities=file["probabilities"],
                    tta=str(file["tta"]) if "tta" in file else "none",
                    seen=file["seen"] if "seen" in file else None,
                    exclusions=str(file["exclusions"]) if "exclusions" in file else "",
                    left_out=int(file["left_out"]) if "left_out" in file else 0,
                    found=file["found"] if "found" in file else None,
                    data_classes=_data_classes(file) if "data_classes" in file else {},
                )
        except FileNotFoundError:
            raise ZooError(f"{path}: no saved predictions; zoo evaluate writes them") from None
        except DAMAGED as error:
            raise ZooError(f"{path}: damaged predictions ({error}); {_AGAIN}") from None
        if fault := predictions._fault():
            raise ZooError(f"{path}: damaged predictions ({fault}); {_AGAIN}")
        return predictions

    def _fault(self) -> str | None:
        """What is wrong with the arrays, if anything."""
        shape = (self.labels.size, len(self.classes))
        if self.probabilities.shape != shape or not (
            self.labels.shape == self.ids.shape == shape[:1]
        ):
            return "shapes disagree"
        if not (self.labels.dtype.kind in "iu" and self.probabilities.dtype.kind == "f"):
            return "labels are not integers, or probabilities not floats"
        if shape[0] and not (self.labels.min() >= 0 and self.labels.max() < shape[1]):
            return "labels outside the classes"
        for known, kind in ((self.seen, "b"), (self.found, "i")):
            if known is not None and (
                known.dtype.kind != kind or known.shape != self.labels.shape
            ):
                return "what is known of the faces is not one value per face"
        if self.tta not in TTA:
            return f"unknown test-time augmentation {self.tta!r}"
        sums = self.probabilities.sum(axis=1, dtype=np.float64)
        if not (np.all(self.probabilities >= 0) and np.all(np.abs(sums - 1) < 1e-2)):
            return "rows are not probabilities"
        return None


def positions(names: Sequence[str], among: Sequence[str]) -> np.ndarray:
    """Where each of `names` stands in `among`: int64, −1 for one that does not."""
    places = {name: place for place, name in enumerate(among)}
    return np.array([places.get(name, -1) for name in names], np.int64)


def _data_classes(file: Mapping[str, np.ndarray]) -> dict[str, int]:
    names, counts = file["data_classes"].tolist(), file["data_counts"].tolist()
    return {str(name): int(count) for name, count in zip(names, counts, strict=True)}


def headline(predictions: Predictions | None) -> dict[str, Any] | None:
    """n, top-1 and log-loss, as files of results record them; None where there are no faces."""
    if predictions is None:
        return None
    metrics = predictions.measure()
    return {"n": metrics.n, "top1": metrics.top1, "log_loss": metrics.log_loss}


def stem(split: str, tta: str) -> str:
    """What names of files about `split` begin with: ``validation``, ``validation-flip``."""
    return split if tta == "none" else f"{split}-{tta}"


def shown_name(name: str, tta: str, *, calibrated: bool = False) -> str:
    """What a model is called in tables and pictures: ``five_layer``, ``five_layer (flip)``.

    Calibrated ones are ``five_layer (calibrated)``, ``five_layer (flip) (calibrated)``.
    """
    name = name if tta == "none" else f"{name} ({tta})"
    return f"{name} (calibrated)" if calibrated else name
