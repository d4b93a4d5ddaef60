"""How many samples LIME needs before another seed shows the same superpixels.

    python benchmarks/lime_stability.py MODEL [--data NAME] [--faces 20] [--seeds 4]
    python benchmarks/lime_stability.py MODEL --data drawn --picture FILE.png

Each of some validation faces is explained by several seeds, for its predicted class; of each two
seeds it is counted how many of their five leading superpixels (by |weight|) they share, and how
their ranks correlate (Spearman). Masks are drawn as stock lime draws them, and in complementary
pairs; superpixels, kernel and fit are the same, and the weights stock lime's (the tests compare
them). Fewer samples are the first of the most. Below stands what ``--samples auto`` took, what it
foretold and what came true. With --picture the maps of two seeds are drawn for one drawn face.
"""

from __future__ import annotations

import argparse
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo import models
from zoo.data import library
from zoo.explainers.convergence import ALIKE, LEADING
from zoo.explainers.faithfulness.parts import rank_correlation, shared_leaders
from zoo.explainers.lime import lime
from zoo.explainers.lime_settings import lime_settings
from zoo.explainers.sampling import paired_masks, sample_masks
from zoo.explainers.segmentation import segment
from zoo.explainers.superpixels import ask_of_masks
from zoo.explainers.surrogate import fit
from zoo.figures.maps import overlay
from zoo.figures.style import new_figure
from zoo.home import runs_folder
from zoo.intervals import mean_and_margin
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.predictor import Predictor

SAMPLES = (100, 250, 500, 1000, 2000)
DRAWS = {"as stock lime": sample_masks, "in pairs": paired_masks}


def weights_by_samples(
    predictor: Predictor, face: np.ndarray, draw: str, seed: int
) -> dict[int, np.ndarray]:
    """A seed's weights for the predicted class, by the number of samples."""
    segments = segment(face)
    masks = DRAWS[draw](max(SAMPLES), int(segments.max()) + 1, seed)
    probabilities = ask_of_masks(predictor, face, segments, masks, lime_settings(), None)
    target = [int(probabilities[0].argmax())]
    return {n: fit(masks[:n], probabilities[:n, target]).weights[0] for n in SAMPLES}


def agreements(weights: Sequence[np.ndarray]) -> tuple[float, float, float]:
    """Of each two seeds: the leaders they share, their rank correlation, whether they agree."""
    pairs = list(combinations(weights, 2))
    shared = [shared_leaders(one, other, LEADING) for one, other in pairs]
    ranks = [rank_correlation(one, other) or 0.0 for one, other in pairs]
    alike = [share >= ALIKE / LEADING for share in shared]
    return float(np.mean(shared)), float(np.mean(ranks)), float(np.mean(alike))


def fixed(predictor: Predictor, faces: np.ndarray, seeds: int) -> Table:
    """The table of samples against agreement."""
    rows = []
    for draw in DRAWS:
        of_faces = [
            [weights_by_samples(predictor, face, draw, seed) for seed in range(seeds)]
            for face in faces
        ]
        for n in SAMPLES:
            found = [agreements([one[n] for one in of_face]) for of_face in of_faces]
            cells = [value for column in zip(*found, strict=True)
                     for value in mean_and_margin(column)]  # fmt: skip
            rows.append([draw, n, *cells[:4]])
    columns = [
        Column("masks"), Column("samples"), Column("leading 5 shared", digits=3), Column("±", 3),
        Column("rank correlation", digits=3), Column("±", 3),
    ]  # fmt: skip
    return Table("", columns, rows)


def until_stable(predictor: Predictor, faces: np.ndarray, seeds: int) -> str:
    """What auto took, foretold, and what came true."""
    taken, foretold, shared, alike = [], [], [], []
    for face in faces:
        found = [
            lime(predictor, face, targets="predicted", samples="auto", seed=seed)
            for seed in range(seeds)
        ]
        taken += [one.samples for one in found]
        foretold += [float(one.repeatability[0]) for one in found if one.repeatability is not None]
        share, _, right = agreements([one.weights[0] for one in found])
        shared.append(share)
        alike.append(right)
    low, middle, high = np.percentile(taken, [10, 50, 90])
    return (
        f"`--samples auto` took {middle:,.0f} samples in the median ({low:,.0f} to {high:,.0f} "
        f"from the 10th to the 90th percentile, at most {max(taken):,}) and foretold that another "
        f"seed would agree on at least {ALIKE} of {LEADING} with probability "
        f"{np.mean(foretold):.3f} on average; {100 * np.mean(alike):.1f} % of all pairs of seeds "
        f"did, sharing {np.mean(shared):.3f} of the leading ones."
    )


def draw_seeds(predictor: Predictor, face: np.ndarray, path: Path) -> None:
    """A row per seed, a column per number of samples."""
    wanted = (100, 500, "auto")
    with new_figure(7.0, 4.9, path, overwrite=True) as figure:
        for row, axes in enumerate(figure.subplots(2, len(wanted))):
            for axis, samples in zip(axes, wanted, strict=True):
                one = lime(predictor, face, targets="predicted", samples=samples, seed=row)
                chance = 0.0 if one.repeatability is None else float(one.repeatability[0])
                how = "auto: " if samples == "auto" else ""
                title = f"seed {row}, {how}n = {one.samples:,}\nagreement foretold: {chance:.2f}"
                overlay(axis, face, one.maps[0], title, signed=True)
        name = one.classes[int(one.targets[0])]
        figure.suptitle(f"LIME of {predictor.name} for {name}, a drawn face")
        figure.supxlabel("red: speaks for the class, blue: against it", fontsize=8)


def main() -> None:
    """Parse the arguments, choose the faces, measure or draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--data")
    parser.add_argument("--runs", type=Path, default=runs_folder())
    parser.add_argument("--faces", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--picture", type=Path)
    arguments = parser.parse_args()
    dataset = library.open_dataset(arguments.data or library.default_dataset())
    model = models.resolve(arguments.model, dataset.fingerprint, arguments.runs)
    predictor = model.load()
    faces, _ = models.some_faces_shown(dataset, "validation", arguments.faces, 0, predictor)
    if arguments.picture:
        draw_seeds(predictor, faces[0], arguments.picture)
        return
    print(
        f"{model.chosen}; {len(faces)} faces of {dataset.name}, validation, "
        f"{arguments.seeds} seeds\n"
    )
    print(fixed(predictor, faces, arguments.seeds).markdown())
    print(until_stable(predictor, faces, arguments.seeds))


if __name__ == "__main__":
    main()
