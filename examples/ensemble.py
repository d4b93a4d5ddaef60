"""Two small networks on drawn faces, their ensemble, and an explanation of one face.

    python examples/ensemble.py [FOLDER]

Everything is written to FOLDER (by default ./ensemble-example). About a minute on two cores.
"""

import sys
from pathlib import Path

import zoo
from zoo.data.drawn import drawn_dataset
from zoo.explainers.files import write_explanation
from zoo.training.recipes import load_recipe
from zoo.training.trainer import train

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "ensemble-example")
print("architectures:", ", ".join(zoo.list_architectures()))
print(f"an untrained cpcpcpfff has {zoo.create('cpcpcpfff').count_params():,} parameters")

faces = drawn_dataset(train=3000, validation=500, test=0)
predictors = []
for seed in (0, 1):
    settings = {"epochs": 10, "seed": seed, "batch_size": 32}
    run = train(load_recipe("cpcpcpfff", overrides=settings), faces, runs=folder / "runs")
    predictors.append(zoo.load(str(run.folder)))

ensemble = zoo.Ensemble(predictors)
validation = faces.split("validation")
for predictor in (*predictors, ensemble):
    right = predictor.predict_proba(validation.faces).argmax(axis=1) == validation.labels
    print(f"{predictor.name}: {right.mean():.2%} of {len(right)} validation faces")

(explanation,) = zoo.explain(ensemble, validation.faces[:1], samples=500)
for path in write_explanation(explanation, folder / "lime"):
    print("wrote", path)
