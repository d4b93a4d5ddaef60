"""PyTorch's half of `benchmarks/training.py`, in a process of its own; see `pytorch.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from clock import Rate


class TorchTraining:
    """A network and its training in PyTorch.

    Args:
        name: of the network.
        faces: how many.
        precision: what it computes in.
        parameters: how many the Keras network has.
    """

    def __init__(self, name: str, faces: int, precision: str, parameters: int):
        program = Path(__file__).with_name("pytorch.py")
        self.process = subprocess.Popen(
            [sys.executable, str(program), name, str(faces), precision],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.version, theirs = self.process.stdout.readline().split()
        assert int(theirs) == parameters, f"{name}: {theirs} parameters, ours {parameters}"

    def train(self, steps: int) -> Rate:
        """Faces per second."""
        return self._ordered(f"train {steps}")

    def multiply(self) -> Rate:
        """Operations per second in the product of two large matrices."""
        return self._ordered("multiply")

    def close(self) -> None:
        """End the process."""
        self.process.communicate()

    def _ordered(self, order: str) -> Rate:
        print(order, file=self.process.stdin, flush=True)
        wall, processor = self.process.stdout.readline().split()
        return Rate(float(wall), float(processor))
