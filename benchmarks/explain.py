"""How quick LIME is: the zoo against stock lime, and against the forward passes alone.

    python benchmarks/explain.py [--samples 10000] [--stock-samples N] [NAMES ...]

The sources' setting: seven classes, 10,000 samples, slic, five superpixels each by forward
selection; one face of 48×48, random weights, linear fits included. The ratios of seconds:

(a) `lime.explain_instance` over `model.predict` at lime's own batch size, 10: at least 10 wanted.
(b) The same at batch size 512: at least 1.5 wanted.
(c) The zoo over the bare forward passes of as many faces, prepared: at most 1.2 wanted.

Stock lime gets a float32 network, as a person without the zoo has it; the zoo and the bare passes
get the precision the zoo chooses here. How large (a) can be is decided by the share of a network's
arithmetic in its seconds: the forward passes themselves are the same for both.

All run in turn in one process, after a warm-up. With `--stock-samples` below `--samples` stock
lime's seconds are extrapolated in proportion, and the line says so. Processor seconds, which
other work on the machine hardly disturbs, stand beside the wall clock's.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

os.environ["TQDM_DISABLE"] = "1"  # stock lime draws a bar, which costs time

from lime.lime_image import LimeImageExplainer

from zoo.data.emotions import FER2013_CLASSES
from zoo.explainers.lime import lime
from zoo.explainers.lime_settings import PRESETS
from zoo.explainers.segmentation import segment
from zoo.predictor import Classifier
from zoo.training.environment import machine, versions
from zoo.training.networks import build_network
from zoo.training.precision import choose_precision
from zoo.training.recipes import load_recipe

if TYPE_CHECKING:
    from collections.abc import Callable

NETWORKS = ("handcrafted", "five_layer", "vgg16")
PRESET = PRESETS["source-ridge"]
FACE_SHAPE = (48, 48, 1)


@dataclass(frozen=True)
class Seconds:
    """What one piece of work took."""

    wall: float
    processor: float

    def __mul__(self, times: float) -> Seconds:
        return Seconds(self.wall * times, self.processor * times)


def timed(work: Callable[[], object]) -> Seconds:
    """Do it once, against both clocks."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Seconds(time.perf_counter() - wall, time.process_time() - processor)


def made_face() -> np.ndarray:
    """(48, 48, 1) uint8 with large and small structure, so that slic has something to follow."""
    chance = np.random.default_rng(0)
    coarse = np.kron(chance.integers(0, 200, (8, 8, 1)), np.ones((6, 6, 1), int))
    return (coarse + chance.integers(0, 56, FACE_SHAPE)).astype(np.uint8)


def stock(network: object, face: np.ndarray, samples: int, batch_size: int) -> None:
    """Stock lime in the sources' setting; it needs RGB, and the network one channel."""
    rgb = np.repeat(face, 3, axis=-1)
    LimeImageExplainer(random_state=0).explain_instance(
        rgb,
        lambda faces: network.predict(faces[..., :1], verbose=0),
        top_labels=len(FER2013_CLASSES),
        hide_color=PRESET.hide,
        num_features=PRESET.features,
        num_samples=samples,
        batch_size=batch_size,
        segmentation_fn=lambda _: segment(face, "slic", PRESET.segmentation_settings),
    )


def measure(name: str, samples: int, stock_samples: int) -> None:
    """Time one network and print its lines."""
    recipe = load_recipe(name, settings=["init=none"])
    classes = len(FER2013_CLASSES)
    theirs = build_network(recipe, classes, FACE_SHAPE, "float32")
    ours = build_network(recipe, classes, FACE_SHAPE, choose_precision("auto"))
    predictor = Classifier(ours, FER2013_CLASSES, name)
    face = made_face()
    faces = np.random.default_rng(0).integers(0, 256, (samples, *FACE_SHAPE), dtype=np.uint8)

    def zoo(count: int) -> None:
        lime(predictor, face, preset="source-ridge", samples=count)

    def bare(count: int) -> None:
        ours.predict(faces[:count], batch_size=predictor.batch_size, verbose=0)

    warm_up = min(samples, 1024)
    for work in (zoo, bare):
        work(warm_up)
    for size in (10, 512):
        stock(theirs, face, min(stock_samples, 2 * size), size)
    scale = samples / stock_samples
    times = {
        "zoo": timed(lambda: zoo(samples)),
        "bare": timed(lambda: bare(samples)),
        "stock at 10": timed(lambda: stock(theirs, face, stock_samples, 10)) * scale,
        "stock at 512": timed(lambda: stock(theirs, face, stock_samples, 512)) * scale,
    }
    report(name, times, scale)


def report(name: str, times: dict[str, Seconds], scale: float) -> None:
    """Print seconds and ratios."""
    print(f"{name}: " + ", ".join(f"{kind} {t.wall:.1f} s" for kind, t in times.items()))
    if scale != 1:
        print(f"  stock lime's seconds are extrapolated: measured, then multiplied by {scale:g}")
    for label, above, below in (
        ("(a) stock at 10 / zoo, wanted ≥ 10", "stock at 10", "zoo"),
        ("(b) stock at 512 / zoo, wanted ≥ 1.5", "stock at 512", "zoo"),
        ("(c) zoo / bare forward passes, wanted ≤ 1.2", "zoo", "bare"),
    ):
        by_wall = times[above].wall / times[below].wall
        by_processor = times[above].processor / times[below].processor
        print(f"  {label}: {by_wall:.2f} (processor seconds {by_processor:.2f})", flush=True)


def main() -> None:
    """Parse the arguments, name the machine, measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", default=NETWORKS)
    parser.add_argument("--samples", type=int, default=PRESET.samples)
    parser.add_argument("--stock-samples", type=int, help="fewer, and extrapolate")
    arguments = parser.parse_args()
    here = machine()
    print(
        f"{here['processor']}, {here['cores']} cores, GPUs {here['gpus'] or 'none'}; {versions()}"
    )
    print(f"precision {choose_precision('auto')}, {arguments.samples:,} samples")
    for name in arguments.names:
        measure(name, arguments.samples, arguments.stock_samples or arguments.samples)


if __name__ == "__main__":
    main()
