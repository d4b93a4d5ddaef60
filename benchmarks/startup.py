"""How long the zoo's quick commands take, beside `python -c pass`, and loading shipped weights.

    python benchmarks/startup.py [--runs 7] [--model five_layer/shipped]

The zoo's commands that only read text must not import TensorFlow: wanted under 0.4 s. A shipped
model is to be loaded in under 2 s once Keras is imported.
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


def main() -> None:
    """Time every command in turn, several rounds, and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--model", help="also time loading this model")
    arguments = parser.parse_args()
    runs, model = arguments.runs, arguments.model
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(runs):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command))
    if model:
        times[f"loading {model}"] = [loading_seconds(model) for _ in range(runs)]
    for name, measured in times.items():
        print(f"{name:20} median {statistics.median(measured):.2f} s, least {min(measured):.2f} s")


if __name__ == "__main__":
    main()
