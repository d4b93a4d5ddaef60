"""How quick explanations are: the zoo's, stock lime's, and the forward passes they need anyway.

    python benchmarks/explain.py [--samples 1000] [--stock-samples N] [--faces 256] [NAMES ...]

Two tables of seconds, each the least of some rounds in turn in one process, after one round that
does not count. Processor seconds, which other work on the machine hardly disturbs, stand beside
the wall clock's. Random weights, one grey face of 48×48, or --faces of them.

LIME of one face by the ensemble of NAMES (of a single one, by it alone), in the sources' setting:
seven classes, slic, hidden parts black, five superpixels each by forward selection, linear fits
included. Stock lime (0.2.0.1) averages its members' `model.predict`, at lime's own batch size, 10,
and at 512, in float32, as a person without the zoo has it; the zoo's and the bare passes over as
many faces, prepared, have the precision the zoo chooses here. At most 1.2 times the bare passes is
wanted of ours. With --stock-samples below --samples stock lime's seconds are extrapolated.

Grad-CAM and LRP of --faces beside a forward pass of the same, each network alone in float32, in
which white-box methods look into networks: at most 3 and at most 8 times is wanted.
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

from zoo.data.drawn import draw_faces
from zoo.data.emotions import FER2013_CLASSES
from zoo.ensemble import Ensemble
from zoo.explainers.gradcam import gradcam
from zoo.explainers.lime import lime
from zoo.explainers.lime_settings import PRESETS
from zoo.explainers.lrp import lrp
from zoo.explainers.segmentation import segment
from zoo.predictor import Classifier
from zoo.tables import Column, Table
from zoo.training.environment import machine, versions
from zoo.training.networks import build_network
from zoo.training.precision import choose_precision
from zoo.training.recipes import load_recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zoo.predictor import Predictor

NETWORKS = ("five_layer", "ccpccpccpff", "handcrafted", "cpcpcpfff", "handcrafted_fcn")
PRESET = PRESETS["source-ridge"]
FACE_SHAPE = (48, 48, 1)


@dataclass(frozen=True)
class Seconds:
    """What one piece of work took."""

    wall: float
    processor: float

    def __mul__(self, times: float) -> Seconds:
        return Seconds(self.wall * times, self.processor * times)


def least(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Seconds]:
    """The least seconds of each piece of work, in turn; one round more goes before."""
    taken: dict[str, list[Seconds]] = {name: [] for name in works}
    for _ in range(rounds + 1):
        for name, work in works.items():
            wall, processor = time.perf_counter(), time.process_time()
            work()
            spent = Seconds(time.perf_counter() - wall, time.process_time() - processor)
            taken[name].append(spent)
    return {
        name: Seconds(min(one.wall for one in each[1:]), min(one.processor for one in each[1:]))
        for name, each in taken.items()
    }


def classifier(name: str, precision: str) -> Classifier:
    """A network of the zoo, as the registry starts it."""
    recipe = load_recipe(name, settings=["init=none"])
    network = build_network(recipe, len(FER2013_CLASSES), FACE_SHAPE, precision)
    return Classifier(network, FER2013_CLASSES, name)


def stock(members: Sequence[Classifier], face: np.ndarray, samples: int, batch_size: int) -> None:
    """Stock lime over the mean of the members' softmaxes; it needs RGB, they one channel."""

    def averaged(faces: np.ndarray) -> np.ndarray:
        return np.mean([one.predict_proba(faces[..., :1]) for one in members], axis=0)

    LimeImageExplainer(random_state=0).explain_instance(
        np.repeat(face, 3, axis=-1),
        averaged,
        top_labels=len(FER2013_CLASSES),
        hide_color=PRESET.hide,
        num_features=PRESET.features,
        num_samples=samples,
        batch_size=batch_size,
        segmentation_fn=lambda _: segment(face, "slic", PRESET.segmentation_settings),
    )


def limes(
    theirs: Sequence[Classifier], face: np.ndarray, samples: int, stock_samples: int, rounds: int
) -> Table:
    """Stock lime, ours and the bare passes side by side."""
    ours = [classifier(one.name, choose_precision("auto")) for one in theirs]
    predictor: Predictor = Ensemble(ours) if len(ours) > 1 else ours[0]
    faces = np.random.default_rng(0).integers(0, 256, (samples, *FACE_SHAPE), dtype=np.uint8)
    found = least(
        {
            "bare passes": lambda: [one.predict_proba(faces) for one in ours],
            "LIME, ours": lambda: lime(predictor, face, preset="source-ridge", samples=samples),
            "stock lime, batches of 512": lambda: stock(theirs, face, stock_samples, 512),
            "stock lime, batches of 10": lambda: stock(theirs, face, stock_samples, 10),
        },
        rounds,
    )
    scale = samples / stock_samples
    seconds = {
        name: spent * scale if name.startswith("stock") else spent for name, spent in found.items()
    }
    notes = [f"stock lime: {stock_samples:,} samples measured, times {scale:g}"] * (scale != 1)
    names = ", ".join(one.name for one in theirs)
    return table(f"LIME, {samples:,} samples, {names}", seconds, "bare passes", notes)


def white_box(one: Classifier, faces: np.ndarray, rounds: int) -> Table:
    """Grad-CAM and LRP beside a forward pass."""
    seconds = least(
        {
            "forward pass": lambda: one.predict_proba(faces),
            "Grad-CAM": lambda: gradcam(one, faces),
            "LRP": lambda: lrp(one, faces),
        },
        rounds,
    )
    return table(f"{one.name}, {len(faces)} faces", seconds, "forward pass")


def table(
    title: str, seconds: Mapping[str, Seconds], unit: str, notes: Sequence[str] = ()
) -> Table:
    """A line per piece of work, its seconds, and how many times those of `unit` they are."""
    columns = (
        Column("work"), Column("s"), Column("times"), Column("processor s"), Column("times"),
    )  # fmt: skip
    rows = [
        (
            name, spent.wall, spent.wall / seconds[unit].wall,
            spent.processor, spent.processor / seconds[unit].processor,
        )
        for name, spent in seconds.items()
    ]  # fmt: skip
    return Table(title, columns, rows, notes)


def main() -> None:
    """Parse the arguments, name the machine, measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", default=NETWORKS)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--stock-samples", type=int, help="fewer, and extrapolate")
    parser.add_argument("--faces", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    here = machine()
    print(
        f"{here['processor']}, {here['cores']} cores, GPUs {here['gpus'] or 'none'}; "
        f"{versions()}; precision {choose_precision('auto')}\n"
    )
    faces = draw_faces(arguments.faces, seed=0).faces
    members = [classifier(name, "float32") for name in arguments.names]
    stock_samples = arguments.stock_samples or arguments.samples
    found = limes(members, faces[0], arguments.samples, stock_samples, arguments.rounds)
    print(found.markdown(), flush=True)
    for one in members:
        print(white_box(one, faces, arguments.rounds).markdown(), flush=True)


if __name__ == "__main__":
    main()
