"""How quick explanations are beside the forward passes they need anyway.

    python benchmarks/explain_methods.py [--faces 256] [--samples 1000] [--rounds 3] [NAMES ...]

Random weights, faces of 48×48, float32, in which white-box methods look into networks. The ratios
of seconds, each the least of some rounds in turn in one process, after a warm-up:

(a) Grad-CAM over a forward pass of the same faces: at most 3 wanted.
(b) LRP over the same: at most 8 wanted.
(c) LIME of one face by an ensemble of all NAMES, linear fits of seven classes included, over its
    members' bare forward passes of as many faces: at most 1.2 wanted.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.drawn import draw_faces
from zoo.data.emotions import FER2013_CLASSES
from zoo.ensemble import Ensemble
from zoo.explainers.gradcam import gradcam
from zoo.explainers.lime import lime
from zoo.explainers.lrp import lrp
from zoo.predictor import Classifier
from zoo.training.environment import machine, versions
from zoo.training.networks import build_network
from zoo.training.recipes import load_recipe

if TYPE_CHECKING:
    from collections.abc import Callable

NETWORKS = ("five_layer", "ccpccpccpff", "handcrafted", "cpcpcpfff", "handcrafted_fcn")
FACE_SHAPE = (48, 48, 1)


def classifier(name: str) -> Classifier:
    """A network of the zoo in float32, as the registry starts it."""
    recipe = load_recipe(name, settings=["init=none"])
    network = build_network(recipe, len(FER2013_CLASSES), FACE_SHAPE, "float32")
    return Classifier(network, FER2013_CLASSES, name)


def least(rounds: int, works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The least seconds of each piece of work, in turn, after one round that does not count."""
    seconds = {name: float("inf") for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            if number:
                seconds[name] = min(seconds[name], time.perf_counter() - started)
    return seconds


def white_box(one: Classifier, faces: np.ndarray, rounds: int) -> None:
    """Time (a) and (b) of one network."""
    seconds = least(
        rounds,
        {
            "forward": lambda: one.predict_proba(faces),
            "Grad-CAM": lambda: gradcam(one, faces),
            "LRP": lambda: lrp(one, faces),
        },
    )
    forward = seconds.pop("forward")
    ratios = ", ".join(f"{name} {spent / forward:.2f}" for name, spent in seconds.items())
    print(f"{one.name}: forward {forward:.3f} s; over it: {ratios}", flush=True)


def black_box(members: list[Classifier], face: np.ndarray, samples: int, rounds: int) -> None:
    """Time (c)."""
    ensemble = Ensemble(members)
    faces = np.random.default_rng(0).integers(0, 256, (samples, *face.shape), dtype=np.uint8)
    seconds = least(
        rounds,
        {
            "bare": lambda: [one.predict_proba(faces) for one in members],
            "LIME": lambda: lime(ensemble, face, samples=samples),
        },
    )
    print(
        f"ensemble of {len(members)}: {samples:,} bare passes {seconds['bare']:.3f} s; LIME over "
        f"them {seconds['LIME'] / seconds['bare']:.2f}"
    )


def main() -> None:
    """Parse the arguments, name the machine, measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", default=NETWORKS)
    parser.add_argument("--faces", type=int, default=256)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    here = machine()
    print(f"{here['processor']}, {here['cores']} cores, GPUs {here['gpus'] or 'none'}")
    print(versions())
    faces = draw_faces(arguments.faces, seed=0).faces
    members = [classifier(name) for name in arguments.names]
    for one in members:
        white_box(one, faces, arguments.rounds)
    black_box(members, faces[0], arguments.samples, arguments.rounds)


if __name__ == "__main__":
    main()
