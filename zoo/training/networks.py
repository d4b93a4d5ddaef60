"""From a recipe or a run to a network."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import keras

from zoo.architectures import registry
from zoo.errors import ZooError
from zoo.files import file_sha256
from zoo.training.confusion import ConfusionMatrix
from zoo.training.devices import jit_compile, mirrored
from zoo.training.events import tensorboard_installed
from zoo.training.precision import bfloat16_pays, dtype_policy
from zoo.training.recipes import recipe_of
from zoo.training.schedules import learning_rate_of
from zoo.weights.facts import read_facts, refuse_differing
from zoo.weights.tensors import read_tensors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zoo.runs import Run
    from zoo.training.precision import Precision
    from zoo.training.recipe import Phase, Recipe


def build_network(
    recipe: Recipe,
    classes: int,
    face_shape: Sequence[int],
    precision: Precision,
    *,
    backbone: str | Path | None = None,
) -> keras.Model:
    """The network of a recipe; the recipe's seed decides its random weights.

    Args:
        recipe: architecture, its options and seed.
        classes: how many outputs.
        face_shape: (H, W, C) of the faces it will be given.
        precision: what it computes in.
        backbone: what a pre-trained backbone's weights are read from, ``"imagenet"`` or a file;
            None leaves them random.

    Raises:
        ZooError: the architecture refuses an option, or the backbone's weights cannot be had.
    """
    options: dict[str, Any] = dict(recipe.network)
    if "weights" in options:
        raise ZooError("recipe key network.weights: init says what the weights start from")
    if backbone is not None:
        options["weights"] = str(backbone)
    height, width, channels = face_shape
    keras.utils.set_random_seed(recipe.seed)
    with dtype_policy(precision):
        return registry.create(
            recipe.architecture,
            classes=classes,
            face_shape=(height, width, channels),
            **options,
        )


def load_network(run: Run, precision: Precision | None = None) -> keras.Model:
    """The trained network of a run, with its best epoch's weights.

    Args:
        run: finished, or about to be.
        precision: what the network computes in. By default the run's own, except that bfloat16 is
            left where it does not pay; exported runs compute in float32, so that their numbers
            come out again on every machine.

    Raises:
        ZooError: the weights are missing, changed since the training ended, damaged, or of another
            network.
    """
    if run.exported:
        return _exported_network(run, precision or "float32")
    # While a run is being finished, nothing is recorded yet.
    sha256 = run.metrics.get("weights_sha256") if run.finished else None
    if sha256 and run.weights_file.is_file() and file_sha256(run.weights_file) != sha256:
        raise ZooError(
            f"{run.weights_file}: changed or damaged since the training ended: train anew"
        )
    recorded = run.environment
    if precision is None:
        precision = recorded["precision"] if bfloat16_pays() else "float32"
    network = build_network(
        recipe_of(run), len(recorded["classes"]), recorded["face_shape"], precision
    )
    load_weights(network, run.weights_file)
    return network


def _exported_network(run: Run, precision: Precision) -> keras.Model:
    """The network of a run that somebody else may have written: it is built by checked facts."""
    if run.fault:
        raise ZooError(run.fault)
    recipe, path = recipe_of(run), run.weights_file
    facts = read_facts(path)
    refuse_differing(path, facts, architecture=recipe.architecture, options=recipe.network)
    for recorded in (run.metrics, run.environment):
        expected = {key: recorded[key] for key in ("classes", "face_shape")}
        refuse_differing(path, facts, **expected)
    network = build_network(recipe, len(facts.classes), facts.face_shape, precision)
    read_tensors(path, network, sha256=run.metrics["weights_sha256"])
    return network


def load_weights(network: keras.Model, path: Any) -> None:
    """Read weights, and the optimizer's state if `network` is compiled.

    Raises:
        ZooError: the file is missing, damaged, or of another network.
    """
    if not path.is_file():
        raise ZooError(f"{path}: no such weights")
    try:
        with warnings.catch_warnings():
            # Keras only warns of layers it finds no weights for, and leaves them random.
            warnings.simplefilter("error", UserWarning)
            network.load_weights(path)
    except (OSError, ValueError, KeyError, UserWarning) as error:
        raise ZooError(
            f"{path}: damaged, or weights of another network than {network.name}: train it anew"
        ) from error


def classifying_layer(network: keras.Model) -> str:
    """The name of the layer whose weights tell the classes apart, the last that has any.

    It is ``logits``, but for handcrafted_fcn, whose ``logits`` flatten its last convolution.
    """
    return [layer.name for layer in network.layers if layer.weights][-1]


def without_optimizer(network: keras.Model) -> keras.Model:
    """The same layers in a model that was never compiled: its saved weights are weights alone."""
    return keras.Model(network.inputs, network.outputs, name=network.name)


def compile_network(
    network: keras.Model, recipe: Recipe, phase: Phase, steps_per_epoch: int
) -> None:
    """Give the network its optimizer for one phase, with all of its state, loss and metrics."""
    metrics: list[keras.metrics.Metric] = [keras.metrics.CategoricalAccuracy(name="accuracy")]
    if tensorboard_installed() and not mirrored():
        metrics.append(ConfusionMatrix(network.output_shape[-1]))
    optimizer = _optimizer(recipe, phase, steps_per_epoch)
    # Without this the optimizer has no variables into which a checkpoint could be read.
    optimizer.build(network.trainable_variables)
    network.compile(
        optimizer=optimizer,
        loss=keras.losses.CategoricalCrossentropy(),
        metrics=metrics,
        jit_compile=jit_compile(),
    )


def averaging_decay(recipe: Recipe, phase: Phase, steps_per_epoch: int) -> float:
    """The decay of a phase's averaged weights: the recipe's, or less where the phase is short.

    An average over 1 / (1 - decay) steps is one over a fifth of the phase's at most: with 0.999,
    440 steps would leave 64 % of the weights that they started from.
    """
    steps = phase.epochs * steps_per_epoch
    return min(recipe.ema, max(0.0, 1 - 5 / steps))


def _optimizer(recipe: Recipe, phase: Phase, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    settings = recipe.optimizer
    make = {
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "sgd": keras.optimizers.SGD,
        "rmsprop": keras.optimizers.RMSprop,
    }[settings.name]
    options: dict[str, Any] = {}
    if settings.name != "adam":
        options["weight_decay"] = settings.weight_decay
    if settings.name in ("sgd", "rmsprop"):
        options["momentum"] = settings.momentum
    if settings.name == "sgd":
        options["nesterov"] = settings.nesterov
    if recipe.ema:
        decay = averaging_decay(recipe, phase, steps_per_epoch)
        options |= {"use_ema": True, "ema_momentum": decay}
    return make(
        learning_rate_of(recipe, phase, steps_per_epoch),
        global_clipnorm=settings.clip_norm or None,
        **options,
    )
