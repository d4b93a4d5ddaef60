"""What a network's weights start from: chance, ImageNet, another run, or a file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo import weights
from zoo.architectures import registry
from zoo.architectures.weights_file import read_weights
from zoo.errors import ZooError, unknown
from zoo.files import file_sha256
from zoo.runs import EXPORTED, find_run, finished_runs, run_of
from zoo.training.networks import build_network, classifying_layer, load_network

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import keras

    from zoo.runs import Run
    from zoo.training.precision import Precision
    from zoo.training.recipe import Recipe


@dataclass(frozen=True)
class InitialWeights:
    """What a recipe's `init` stands for.

    Attributes:
        name: as the recipe says it.
        file: the weights; None for ``none`` and ``imagenet``.
        run: whose best weights `file` holds, if it is a run's.
    """

    name: str
    file: Path | None = None
    run: Run | None = None

    def recorded(self) -> dict[str, Any]:
        """What a run keeps of it, so that `recorded_weights` finds the same again."""
        if self.file is None:
            return {}
        return {"init_file": str(self.file.resolve()), "init_sha256": file_sha256(self.file)}


def initial_weights(recipe: Recipe, runs: Path) -> InitialWeights:
    """What `recipe` starts from.

    Args:
        recipe: its `init` is ``none``, ``imagenet``, a file, a run's id or folder, or
            ``<architecture>/shipped``.
        runs: the folder of all runs.

    Raises:
        ZooError: there is no such run or file, the run has not finished, or the architecture has
            no pre-trained weights.
    """
    name = recipe.init
    if name == "imagenet" and not registry.architecture(recipe.architecture).pretrained:
        raise ZooError(f"{recipe.architecture} has no ImageNet weights: train it with --init none")
    if name in ("none", "imagenet"):
        return InitialWeights(name)
    file = Path(name)
    run = find_run(runs, name) or run_of(file)
    if run is not None:
        if run.finished and not run.weights_file.is_file():
            raise ZooError(f"--init {name}: it has no weights of its own: name one of its members")
        if not run.finished:
            raise ZooError(f"--init {name}: the run has not finished, it has no weights yet")
        return InitialWeights(name, run.weights_file, run)
    if file.is_file() and file.suffix == Path(EXPORTED).suffix:
        raise ZooError(
            f"--init {name}: name the whole folder that was exported, not one file of it"
        )
    if file.is_file():
        return InitialWeights(name, file)
    there = (*finished_runs(runs), *weights.shipped_runs())
    trained = (f"{run.architecture}/{run.id}" for run in there)
    raise unknown("--init, no file either:", name, ["none", "imagenet", *trained])


def recorded_weights(run: Run) -> InitialWeights:
    """What an unfinished run started from.

    Raises:
        ZooError: the weights are gone or have changed since.
    """
    name, recorded = run.recipe.get("init", "none"), run.environment.get("init_file")
    if recorded is None:
        return InitialWeights(name)
    file = Path(recorded)
    if not file.is_file() or file_sha256(file) != run.environment["init_sha256"]:
        raise ZooError(
            f"{run.folder}: cannot be resumed, the weights it started from, {file}, are gone or "
            "have changed: train anew"
        )
    return InitialWeights(name, file, run_of(file))


def start_network(
    recipe: Recipe,
    initial: InitialWeights,
    classes: Sequence[str],
    face_shape: Sequence[int],
    precision: Precision,
) -> tuple[keras.Model, str]:
    """The network a training starts with, and a remark on how its head started, or nothing.

    Args:
        recipe: architecture, options and seed.
        initial: what the weights start from.
        classes: the names of its outputs.
        face_shape: (H, W, C) of the faces it will be given.
        precision: what it computes in.

    Raises:
        ZooError: the weights cannot be had, or are of another network: the first layer that does
            not fit is named.
    """
    build = partial(build_network, recipe, len(classes), face_shape, precision)
    anew = f", its head started anew for {len(classes)} classes"
    if initial.run:
        source = load_network(initial.run)
        network = build()
        same = tuple(classes) == tuple(initial.run.environment["classes"])
        _copy(source, network, initial.name, head=same)
        return network, "" if same else anew
    if initial.file:
        network, head = _from_file(build, initial.file, recipe.architecture)
        return network, {True: ", head included", False: anew, None: ""}[head]
    return build(backbone="imagenet" if initial.name == "imagenet" else None), ""


def _from_file(
    build: Callable[..., keras.Model], file: Path, architecture: str
) -> tuple[keras.Model, bool | None]:
    """The network with a file's weights; whether the head's fitted, None if it holds none.

    The file of a pre-trained architecture is its backbone's, or the whole network's.
    """
    refusal: ZooError | None = None
    if registry.architecture(architecture).pretrained:
        try:
            return build(backbone=file), None
        except ZooError as error:
            refusal = error
    network = build()
    try:
        return network, read_weights(file, network, network.name, spare=classifying_layer(network))
    except ZooError as error:
        raise (refusal or error) from None


def _copy(source: keras.Model, network: keras.Model, name: str, *, head: bool) -> None:
    """Give `network` the weights of `source`, layer by layer; without `head` all but the last."""
    theirs = {layer.name: layer for layer in source.layers if layer.weights}
    ours = [layer for layer in network.layers if layer.weights]
    anew = "" if head else classifying_layer(network)
    for layer in ours:
        if layer.name == anew:
            continue
        shapes = [tuple(weight.shape) for weight in layer.weights]
        other = theirs.get(layer.name)
        found = [tuple(weight.shape) for weight in other.weights] if other else []
        if other is None or found != shapes:
            raise ZooError(
                f"--init {name}: not the weights of {network.name}: its layer {layer.name} has "
                f"{shapes}, {source.name}'s {found or 'is not there'}"
            )
        for target, weight in zip(layer.weights, other.weights, strict=True):
            target.assign(weight)
    names = {layer.name for layer in ours}
    if more := [other for other in theirs if other not in names]:
        raise ZooError(
            f"--init {name}: not the weights of {network.name}: it has no layer {more[0]}, "
            f"{source.name} has one"
        )
