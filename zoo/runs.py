"""A run folder: one training, written, read and listed.

runs/<architecture>/<time>-s<seed>-<random>/
    recipe.toml              what was asked for
    environment.json         machine, versions, precision, data set
    history.csv              one row per finished epoch
    checkpoints/             what `--resume` goes on from; gone when the run has finished
    best.weights.h5          the best epoch's weights
    weights.safetensors      instead of them in runs that were shipped or exported
    exclusions.csv           the faces that were left out, where some were
    seen-faces.npz           hashes of the faces that trained the run or chose its epoch
    predictions/<split>.npz  ids, labels, probabilities of the best epoch
    predictions/<split>-flip.npz  the same, each face averaged with its mirror image
    figures/                 loss and accuracy curves, confusion matrices
    costs.json               sizes and times, where they were measured after the training
    tensorboard/             figures and confusion by epoch, where TensorBoard is installed
    metrics.json             written last: its presence means the run has finished
"""

from __future__ import annotations

import json
import secrets
import time
import tomllib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from zoo import configs, weights
from zoo.errors import ZooError
from zoo.files import new_folder, write_json, write_text
from zoo.predictions import Predictions, stem

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS = "best.weights.h5"
"""What a training calls its best epoch's weights."""

EXPORTED = "weights.safetensors"
"""What a run's weights are called once they were exported (`zoo.weights.tensors`)."""

SHIPPED_ID = "shipped"
"""The id of each run that came with the package: it is named ``five_layer/shipped``."""


@dataclass(frozen=True)
class Run:
    """One training, by its folder.

    Attributes:
        folder: the run's folder; its name is the run's id, its parent's the architecture.
    """

    folder: Path

    @property
    def id(self) -> str:
        """The folder's name, e.g. ``20261120-204512-s0-3f9a``; of a shipped run ``shipped``."""
        return SHIPPED_ID if self.shipped else self.folder.name

    @cached_property
    def shipped(self) -> bool:
        """Whether it came with the package, where nothing may be written."""
        return self.folder.resolve().parent == weights.SHIPPED.resolve()

    @property
    def architecture(self) -> str:
        """The name of the architecture that was trained."""
        if not isinstance(name := self.recipe.get("architecture"), str):
            raise ZooError(f"{self.folder / 'recipe.toml'}: damaged (it names no architecture)")
        return name

    @cached_property
    def recipe(self) -> dict[str, Any]:
        """The recipe as plain data."""
        path = self.folder / "recipe.toml"
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ZooError(f"{self.folder}: not a run (it has no recipe.toml)") from None
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ZooError(f"{path}: damaged ({error})") from None

    @cached_property
    def environment(self) -> dict[str, Any]:
        """Machine, versions, precision, data set and its fingerprint."""
        return self._json("environment.json")

    @property
    def finished(self) -> bool:
        """Whether the training ended and everything was written."""
        return (self.folder / "metrics.json").is_file()

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """What the run reached; only a finished run has it."""
        return self._json("metrics.json")

    @cached_property
    def fault(self) -> str | None:
        """Why the recipe or, of a finished run, its records cannot be used; None if they can."""
        try:
            if self.recipe and self.finished:
                from zoo.weights.records import refuse_wrong_records

                refuse_wrong_records(self)
        except ZooError as error:
            return str(error)
        return None

    @property
    def weights_file(self) -> Path:
        """The best epoch's weights: safetensors where they were exported, else Keras' file."""
        exported = self.folder / EXPORTED
        return exported if exported.is_file() else self.folder / WEIGHTS

    @property
    def exported(self) -> bool:
        """Whether its weights were exported: somebody else may have made the folder."""
        return self.weights_file.name == EXPORTED

    @property
    def start(self) -> str:
        """What its weights started from, where its numbers must not be shown without; else empty.

        ``from scratch`` where its architecture's recipe starts pre-trained and it did not; ``from
        NAME`` where it started from the weights of another run or of a file. Of shipped weights
        their architecture's TOML may tell what those were.
        """
        from pathlib import Path

        init = str(self.recipe.get("init", "none"))
        known = self.architecture in configs.architecture_files()
        usual = configs.recipe_table(self.architecture).get("init", "none") if known else "none"
        if init == usual:
            return ""
        if self.shipped and (told := configs.architecture_table(self.architecture).get("start")):
            return str(told)
        path = Path(init)
        name = path.parent.name if path.name in (WEIGHTS, EXPORTED) else ""
        name = name or path.name
        name = init if name == SHIPPED_ID else name  # each architecture has one of that name
        return {"none": "from scratch", "imagenet": "from ImageNet"}.get(init, f"from {name}")

    @property
    def seen_faces_file(self) -> Path:
        """Where the hashes of the faces it has seen are (`zoo.data.seen_faces`)."""
        return self.folder / "seen-faces.npz"

    def predictions_file(self, split: str, tta: str = "none") -> Path:
        """Where the predictions on `split` are, or would be."""
        return self.folder / "predictions" / f"{stem(split, tta)}.npz"

    def predictions(self, split: str, tta: str = "none") -> Predictions:
        """The saved predictions on `split`."""
        return Predictions.read(self.predictions_file(split, tta))

    def finish(self, metrics: dict[str, Any]) -> None:
        """Write the metrics, last of all."""
        write_json(self.folder / "metrics.json", metrics)
        for known in ("metrics", "fault"):
            self.__dict__.pop(known, None)

    def _json(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            if name == "metrics.json":
                raise ZooError(
                    f"{self.folder}: the run has not finished; zoo train --resume {self.id}"
                ) from None
            raise ZooError(f"{self.folder}: not a run (it has no {name})") from None
        except (OSError, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ZooError(f"{path}: damaged ({error})") from None
        if not isinstance(content, dict):
            raise ZooError(f"{path}: damaged (not a JSON object)")
        return content


def create_run(
    root: Path, architecture: str, seed: int, recipe_toml: str, environment: dict[str, Any]
) -> Run:
    """Make a new run folder with its recipe and environment; never an existing one.

    Args:
        root: the folder of all runs.
        architecture: its name.
        seed: the training's seed, part of the folder's name.
        recipe_toml: the whole recipe as TOML.
        environment: what `Run.environment` will give.
    """
    moment = time.strftime("%Y%m%d-%H%M%S")
    folder = root / architecture / f"{moment}-s{seed}-{secrets.token_hex(2)}"
    with new_folder(folder) as temporary:
        write_text(temporary / "recipe.toml", recipe_toml)
        write_json(temporary / "environment.json", environment)
    return Run(folder)


def list_runs(root: Path) -> list[Run]:
    """All runs below `root`, finished or not, by architecture, then oldest first."""
    return [
        Run(path.parent)
        for path in sorted(root.glob("*/*/recipe.toml"))
        if not path.parent.name.startswith(".")
    ]


def finished_runs(root: Path) -> list[Run]:
    """The finished runs below `root` whose recipe and metrics can be read.

    One damaged run must not keep the others from being listed; `damaged_runs` names it.
    """
    return [run for run in list_runs(root) if run.finished and run.fault is None]


def damaged_runs(root: Path) -> list[str]:
    """What is wrong with the runs that `finished_runs` leaves out, one line each."""
    return [run.fault for run in list_runs(root) if run.fault is not None]


def find_run(root: Path, name: str) -> Run | None:
    """The run called `name`, or None.

    Args:
        root: the folder of all runs.
        name: a folder's path, ``<id>`` or ``<architecture>/<id>`` below `root`, or
            ``<architecture>/shipped``.
    """
    from pathlib import Path

    folder = Path(name)
    if (folder / "recipe.toml").is_file():
        return Run(folder.resolve())
    wanted = name.strip("/")
    if wanted.endswith(f"/{SHIPPED_ID}"):
        shipped = {f"{run.architecture}/{run.id}": run for run in weights.shipped_runs()}
        return shipped.get(wanted)
    for run in list_runs(root):
        if wanted in (run.id, f"{run.folder.parent.name}/{run.id}"):
            return run
    return None


def run_of(file: Path) -> Run | None:
    """The run whose weights `file` is, if it is one's."""
    run = Run(file.parent.resolve())
    ours = file.is_file() and file.name == run.weights_file.name
    return run if ours and (run.folder / "recipe.toml").is_file() else None
