"""How long the zoo's quick commands take, beside `python -c pass`, and loading shipped weights.

    python benchmarks/startup.py [--runs 7] [--model five_layer/shipped ...] [--verify] [--most 2]

The zoo's commands that only read text must not import TensorFlow: wanted under 0.4 s. A shipped
model is to be loaded in under 2 s once Keras is imported: where a median is above `--most`, this
ends with exit code 1.
"""

import argparse
import statistics
import subprocess
import sys
import time

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "zoo --help": ["-m", "zoo", "--help"],
    "zoo list": ["-m", "zoo", "list"],
    "zoo data list": ["-m", "zoo", "data", "list"],
    "zoo weights list": ["-m", "zoo", "weights", "list"],
    "import tensorflow": ["-c", "import tensorflow"],
}
VERIFYING = {"zoo weights verify": ["-m", "zoo", "weights", "verify"]}

LOADING = """
import sys, time
from zoo.backend import import_keras
import_keras()
import zoo
started = time.perf_counter()
zoo.load(sys.argv[1])
print(time.perf_counter() - started)
"""


def seconds(arguments: list[str]) -> float:
    """Wall time of one process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - started


def loading_seconds(model: str) -> float:
    """Wall time of `zoo.load` in a new process that has imported Keras."""
    arguments = [sys.executable, "-c", LOADING, model]
    return float(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)


def show(name: str, measured: list[float]) -> None:
    """Print the median and the least of some seconds."""
    print(f"{name:20} median {statistics.median(measured):.2f} s, least {min(measured):.2f} s")


def main() -> None:
    """Time every command in turn, several rounds, then the models; print medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--model", nargs="+", default=[], help="also time loading these models")
    parser.add_argument("--verify", action="store_true", help="also time zoo weights verify")
    parser.add_argument("--most", type=float, default=2.0, help="seconds that a load may take")
    arguments = parser.parse_args()
    commands = COMMANDS | (VERIFYING if arguments.verify else {})
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(arguments.runs):
        for name, command in commands.items():
            times[name].append(seconds(command))
    for name, measured in times.items():
        show(name, measured)
    slow = []
    for model in arguments.model:
        measured = [loading_seconds(model) for _ in range(arguments.runs)]
        show(f"loading {model}", measured)
        slow += [model] if statistics.median(measured) > arguments.most else []
    if slow:
        sys.exit(f"{', '.join(slow)}: loaded in more than {arguments.most:g} s")


if __name__ == "__main__":
    main()
