"""What a training holds of a data set: memory with few faces against a million.

    python benchmarks/training_memory.py [--faces 36000,1000000] [--folder DIR]

Each csv of noise (`import_million.make_csv`) is imported into a home of its own, on which
`zoo train cpcpcpfff --epochs 1` then runs. Memory is told from Linux' `/proc`, looked at ten times
a second and at its largest: what the process holds itself (`RssAnon`), and the pages of files that
it has mapped, the faces among them (`RssFile`), which the system takes back when it needs them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from import_million import make_csv

LOOKS_PER_SECOND = 10
KINDS = ("RssAnon:", "RssFile:")


def megabytes(process: int) -> dict[str, float]:
    """What a process holds now, in MB; nothing of one that has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return {}
    lines = [line.split() for line in status.splitlines()]
    return {words[0]: int(words[1]) / 1e3 for words in lines if words[0] in KINDS}


def peaks(command: list[str], environment: dict[str, str]) -> tuple[dict[str, float], float]:
    """Run a command; the largest of each kind of memory, in MB, and its seconds."""
    largest = dict.fromkeys(KINDS, 0.0)
    start = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=sys.stderr) as process:
        while process.poll() is None:
            for kind, held in megabytes(process.pid).items():
                largest[kind] = max(largest[kind], held)
            time.sleep(1 / LOOKS_PER_SECOND)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return largest, time.perf_counter() - start


def measure(faces: int, folder: Path) -> None:
    """Import so many faces, train on them, and print what was held."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        csv = Path(temporary) / "fer2013.csv"
        make_csv(csv, faces)
        zoo = [sys.executable, "-m", "zoo"]
        environment = {**os.environ, "ZOO_HOME": str(Path(temporary) / "home")}
        added = [*zoo, "data", "add", "noise", str(csv)]
        subprocess.run(added, check=True, env=environment, stdout=sys.stderr)
        csv.unlink()
        trained = [*zoo, "train", "cpcpcpfff", "--epochs", "1"]
        held, seconds = peaks(trained, environment)
        print(
            f"{faces:9,} faces: {held['RssAnon:']:7,.0f} MB its own, {held['RssFile:']:7,.0f} MB"
            f" mapped files, {seconds:,.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faces", default="36000,1000000")
    parser.add_argument("--folder", type=Path, help="where csv and homes go, for a while")
    arguments = parser.parse_args()
    for count in arguments.faces.split(","):
        measure(int(count), arguments.folder)
