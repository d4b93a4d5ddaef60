"""How a csv of a million faces comes in: seconds, memory, one core against all of them.

    python benchmarks/import_million.py [--faces 1000000] [--rounds 1] [--folder DIR]

The csv, 8.2 GB of text for a million faces of 48×48 pixels, is made first, of noise with a seed;
no two of its faces are the same. Each import runs in a process of its own, on one core and on all
of them in turns, and the quickest of each counts. Memory is that of the process and of those that
decode for it, each at its largest, together; above 1,500 MB the benchmark fails.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from memory import peak_megabytes

FACES, SEED, DRAWN = 1_000_000, 0, 1024
PIXELS = 48 * 48
MOST = 1500
"""Megabytes."""


def make_csv(path: Path, faces: int) -> None:
    """Write `faces` rows: faces of noise, each again and again, rolled by another pixel."""
    import numpy as np

    numbers = [str(value).encode() for value in range(256)]
    noise = np.random.default_rng(SEED).integers(0, 256, (DRAWN, PIXELS), np.uint8)
    texts = [b" ".join([numbers[value] for value in face]) for face in noise.tolist()]
    widths = np.array([len(number) + 1 for number in numbers])
    starts = np.cumsum(widths[noise], axis=1)
    with path.open("wb") as file:
        file.write(b"emotion,pixels,Usage\n")
        for row in range(faces):
            text, roll = texts[row % DRAWN], starts[row % DRAWN, row // DRAWN]
            usage = (b"PublicTest", b"PrivateTest")[row % 2] if row % 10 > 7 else b"Training"
            file.write(b"%d,%s %s,%s\n" % (row % 7, text[roll:], text[: roll - 1], usage))


def import_here(path: Path, cores: int) -> None:
    """Import on so many cores, and print what `measure` reads."""
    from zoo.data import decoding, library

    if cores == 1 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    start = time.perf_counter()
    faces = sum(map(len, library.add("faces", path).splits.values()))
    seconds = time.perf_counter() - start
    peak = peak_megabytes(min(cores, decoding.MAX_PROCESSES) if cores > 1 else 0)
    print(json.dumps({"seconds": seconds, "peak": peak, "faces": faces}))


def measure(path: Path, cores: int) -> dict[str, float]:
    """Seconds, peak MB and faces of one import into a new home."""
    with tempfile.TemporaryDirectory(dir=path.parent) as home:
        command = [sys.executable, __file__, "--source", str(path), "--cores", str(cores)]
        environment = {**os.environ, "ZOO_HOME": home}
        answer = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, env=environment
        )
    return json.loads(answer.stdout)


def compare(folder: Path, faces: int, rounds: int) -> None:
    """Import in turns on one core and on all, and print the ratio."""
    path, cores = folder / "faces.csv", os.cpu_count() or 1
    make_csv(path, faces)
    print(f"{faces:,} faces, {path.stat().st_size / 1e9:.2f} GB of text, {cores} cores")
    best: dict[int, float] = {}
    peak = 0.0
    for number in range(1, rounds + 1):
        for count in (1, cores):
            result = measure(path, count)
            seconds, rate = result["seconds"], result["faces"] / result["seconds"]
            print(
                f"round {number}  {count:3} cores{seconds:9.1f} s{rate:9,.0f} faces/s"
                f"{result['peak']:7.0f} MB",
                flush=True,
            )
            best[count] = min(seconds, best.get(count, seconds))
            peak = max(peak, result["peak"])
    print(f"all cores: {best[1] / best[cores]:.2f} times as quick as one")
    print(f"peak memory: {peak:,.0f} MB (below {MOST:,})")
    if peak >= MOST:
        sys.exit("too much memory")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faces", type=int, default=FACES)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the csv and the homes go, for a while")
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--cores", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.source:
        import_here(arguments.source, arguments.cores)
    else:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as temporary:
            compare(Path(temporary), arguments.faces, arguments.rounds)
