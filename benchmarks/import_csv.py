"""How quickly a fer2013.csv comes in: ours, the row-by-row pandas loop, and the cache.

    python benchmarks/import_csv.py fer2013.csv

Each measurement runs in a process of its own, so that the peak memory is its own; the two imports
take turns, and the quickest of each counts. Memory is that of the process and of those that decode
for it, together. The bounds: at least 4 times quicker than the loop, below 1 GB, and below 0.2 s
from the cache.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from memory import peak_megabytes

ROUNDS = 3


def pandas_loop(path: Path) -> int:
    """What notebooks do: one row after the other, one int after the other."""
    import numpy as np
    import pandas as pd

    table = pd.read_csv(path)
    faces, labels, usages = [], [], []
    for _, row in table.iterrows():
        faces.append(np.array(row["pixels"].split(), dtype="uint8").reshape(48, 48, 1))
        labels.append(row["emotion"])
        usages.append(row["Usage"])
    return len(np.array(faces))


def ours(path: Path) -> int:
    """The whole import: fingerprint, decoding, cache."""
    from zoo.data import library

    return sum(map(len, library.add("faces", path).splits.values()))


def from_the_cache(_: Path) -> int:
    """Opening what was imported, and one read of every face's first pixel."""
    from zoo.data import library

    splits = library.open_dataset("faces").splits.values()
    return sum(len(split.faces[:, 0, 0, 0].copy()) for split in splits)


TASKS = {task.__name__: task for task in (pandas_loop, ours, from_the_cache)}


def measure(task: str, path: Path) -> dict[str, float]:
    """Seconds (imports of packages left out), peak MB and faces of one task in a new process."""
    command = [sys.executable, __file__, str(path), "--task", task]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(answer.stdout)


def run_here(task: str, path: Path) -> None:
    """Print what `measure` reads."""
    import numpy as np  # noqa: F401
    import pandas as pd  # noqa: F401

    from zoo.data import decoding, library  # noqa: F401

    start = time.perf_counter()
    faces = TASKS[task](path)
    seconds = time.perf_counter() - start
    decoding_too = min(os.cpu_count() or 1, decoding.MAX_PROCESSES) if task == "ours" else 0
    peak = peak_megabytes(decoding_too)
    print(json.dumps({"seconds": seconds, "peak": peak, "faces": faces}))


def compare(path: Path) -> None:
    """Measure every task in turns and print the ratios."""
    best: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as home:
        os.environ["ZOO_HOME"] = home
        for number in range(1, ROUNDS + 1):
            for task in TASKS:
                if task == "ours":
                    shutil.rmtree(Path(home, "data"), ignore_errors=True)
                result = measure(task, path)
                seconds, peak = result["seconds"], result["peak"]
                print(f"round {number}  {task:15}{seconds:9.3f} s{peak:9.0f} MB")
                if task not in best or result["seconds"] < best[task]["seconds"]:
                    best[task] = result
    print(f"\n{path.name}: {path.stat().st_size / 1e6:.0f} MB, {best['ours']['faces']:,} faces")
    ratio = best["pandas_loop"]["seconds"] / best["ours"]["seconds"]
    print(f"import: {ratio:.1f} times quicker than the row-by-row pandas loop (at least 4)")
    print(f"peak memory: {best['ours']['peak']:.0f} MB (below 1,000)")
    print(f"from the cache: {best['from_the_cache']['seconds']:.4f} s (below 0.2)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, help="a fer2013.csv")
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.task:
        run_here(arguments.task, arguments.path)
    else:
        compare(arguments.path)
