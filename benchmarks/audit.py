"""What an audit finds of copies that were planted, what it finds falsely, and how long it takes.

    python benchmarks/audit.py fer2013           # a data set that was added with zoo data add
    python benchmarks/audit.py drawn

Originals are training faces of which the audit knows no copy. Of each a changed copy is planted in
the test split, in place of whatever stands there. Found: a copy in the same group as its original.
False: a copy in a group with any face but its original.

The last lines time the audit as a whole, sheets and page included, in a process of its own.
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from memory import peak_megabytes
from PIL import Image

from zoo.data import library
from zoo.data.audit import audit
from zoo.data.dataset import Dataset, Split
from zoo.tables import Column, Table

PLANTED = 3_589
"""As many as FER2013's test split has: with its training and validation faces 35,887."""


def jpeg(face: np.ndarray, quality: int) -> np.ndarray:
    """The face compressed and read again."""
    file = io.BytesIO()
    Image.fromarray(face).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def shifted(face: np.ndarray, right: int, down: int) -> np.ndarray:
    """The face moved, its edge repeated where it left."""
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    return cv2.warpAffine(face, matrix, face.shape[::-1], borderMode=cv2.BORDER_REPLICATE)


def resampled(face: np.ndarray) -> np.ndarray:
    """The face shrunk to 40 pixels and enlarged again."""
    small = cv2.resize(face, (40, 40), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, face.shape[::-1], interpolation=cv2.INTER_CUBIC)


CHANGES = {
    "identical": lambda face: face,
    "JPEG, quality 50": lambda face: jpeg(face, 50),
    "JPEG, quality 20": lambda face: jpeg(face, 20),
    "shifted by a pixel": lambda face: shifted(face, 1, 0),
    "shifted by a pixel along both sides": lambda face: shifted(face, -1, 1),
    "brightened by 40": lambda face: cv2.add(face, 40.0),
    "darkened by 40": lambda face: cv2.subtract(face, 40.0),
    "contrast × 0.6": lambda face: (0.6 * face + 40).astype(np.uint8),
    "resampled": resampled,
    "mirrored": lambda face: face[:, ::-1],
    "mirrored, shifted, brightened, JPEG 50": lambda face: jpeg(
        cv2.add(shifted(face[:, ::-1].copy(), 1, 1), 40.0), 50
    ),
}


def planted(dataset: Dataset, originals: np.ndarray) -> tuple[Dataset, np.ndarray]:
    """The data set with a test split of changed copies, and the change made to each, by name."""
    train = dataset.split("train")
    changes = np.resize(list(CHANGES), len(originals))
    faces = np.array(
        [
            CHANGES[change](train.faces[row][..., 0])
            for row, change in zip(originals, changes.tolist(), strict=True)
        ]
    )
    ids = np.array([f"planted {k}" for k in range(len(faces))])
    test = Split("test", faces[..., np.newaxis], train.labels[originals], ids)
    splits = {name: dataset.splits[name] for name in ("train", "validation")} | {"test": test}
    return replace(dataset, splits=splits), changes


def alone(dataset: Dataset) -> np.ndarray:
    """Positions of training faces that show something and have no copy, drawn by lot."""
    clean = audit(dataset, labels=False)
    chosen = (clean.faces.splits == "train") & (clean.copies.groups < 0)
    chosen[[finding.face for finding in clean.of_kind("blank", "nearly faceless")]] = False
    drawn = np.random.default_rng(0).permutation(np.flatnonzero(chosen))
    return drawn[:PLANTED]


def table(dataset: Dataset) -> Table:
    """What was found of each change."""
    originals = alone(dataset)
    changed, changes = planted(dataset, originals)
    found = audit(changed, labels=False)
    groups = found.copies.groups
    copies = np.flatnonzero(found.faces.splits == "test")
    grouped = groups[copies] >= 0
    right = grouped & (groups[copies] == groups[originals])
    sizes = np.where(grouped, np.bincount(groups[groups >= 0])[groups[copies]], 0)
    false = grouped & (sizes - right > 1)
    rows = []
    for change in (*CHANGES, "all"):
        own = np.full(len(copies), True) if change == "all" else changes == change
        rows.append([change, int(own.sum()), float(right[own].mean()), int(false[own].sum())])
    columns = [Column("planted"), Column("faces"), Column("found %", digits=1, percent=True)]
    title = f"{dataset.name}: copies planted among {len(found.faces):,} faces"
    return Table(title, [*columns, Column("false")], rows)


def timed(name: str) -> None:
    """Print what a whole audit of the planted data set costs, as JSON."""
    from zoo.reports.audit import write_audit

    dataset = library.open_dataset(name)
    dataset, _ = planted(dataset, np.arange(min(PLANTED, len(dataset.split("train")))))
    wall, cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        write_audit(audit(dataset), Path(folder))
    seconds = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    faces = sum(map(len, dataset.splits.values()))
    print(json.dumps({"faces": faces, "peak": peak_megabytes(), **seconds}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", help="a data set of grey faces of 48×48 pixels")
    parser.add_argument("--time", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.time:
        timed(arguments.name)
    else:
        print(table(library.open_dataset(arguments.name)).markdown())
        command = [sys.executable, __file__, arguments.name, "--time"]
        cost = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        print(
            f"{cost['faces']:,} faces: {cost['wall']:.1f} s ({cost['cpu']:.1f} s of processors),"
            f" {cost['peak']:.0f} MB"
        )
