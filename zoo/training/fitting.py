"""The loop through phases and epochs, from wherever a training stands to its end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from zoo.backend import gpus
from zoo.training.batches import Batches
from zoo.training.callbacks.average import Average
from zoo.training.callbacks.early_stopping import EarlyStopping
from zoo.training.callbacks.plateau import Plateau
from zoo.training.callbacks.progress import ShowProgress
from zoo.training.callbacks.record import Record
from zoo.training.callbacks.reseed import Reseed
from zoo.training.callbacks.save import Save
from zoo.training.callbacks.stop_on_non_finite import StopOnNonFinite
from zoo.training.callbacks.tensorboard import TensorBoard
from zoo.training.checkpoint import latest_checkpoint, read_history, restore_checkpoint
from zoo.training.chosen import recorded_choice
from zoo.training.devices import mirrored
from zoo.training.events import tensorboard_installed
from zoo.training.finishing import finish
from zoo.training.history import History
from zoo.training.interruption import disk_faults_explained
from zoo.training.memory import one_step, refuse_out_of_memory
from zoo.training.networks import averaging_decay, build_network, compile_network
from zoo.training.phases import dropout_rates, enter_phase
from zoo.training.plan import plan_of
from zoo.training.seen import remember_faces
from zoo.training.targets import one_hot, soft_labels_of
from zoo.training.validation import validation_of

if TYPE_CHECKING:
    import keras

    from zoo.data.dataset import Dataset
    from zoo.runs import Run
    from zoo.training.devices import Spread
    from zoo.training.recipe import Phase, Recipe

_VALIDATION_BATCH = 512
"""At most, and at most four times the training's: without gradients that fits where it does."""


@dataclass(frozen=True)
class Training:
    """One training under way.

    Attributes:
        run: where everything is written.
        recipe: how to train.
        dataset: what on.
        network: as it starts; its weights do not matter where there is a checkpoint.
        shared: the devices that train it; it was built in their scope.
        remark: on how the network started, or nothing.
        quiet: whether to print nothing.
    """

    run: Run
    recipe: Recipe
    dataset: Dataset
    network: keras.Model
    shared: Spread
    remark: str = ""
    quiet: bool = False


def complete(training: Training) -> None:
    """Train what is left to train, then write the rest of the run."""
    run, recipe, dataset = training.run, training.recipe, training.dataset
    chosen = recorded_choice(run, dataset)
    with disk_faults_explained(run):
        remember_faces(run, dataset, chosen)
    split = dataset.split("train")
    with Batches(
        split.faces,
        split.labels,
        len(dataset.classes),
        recipe,
        chosen,
        soft_labels=soft_labels_of(dataset, recipe.labels),
    ) as batches:
        with training.shared.scope():
            history = _Loop(training, batches, len(chosen)).train()
    with disk_faults_explained(run):
        finish(run, recipe, dataset, history, chosen)


class _Loop:
    """Goes through the phases; each has its own optimizer and its own call of `fit`.

    Args:
        training: what is trained.
        batches: of its training faces.
        faces: how many training faces there are.
    """

    def __init__(self, training: Training, batches: Batches, faces: int):
        self.training = training
        self.recipe = training.recipe
        self.network = training.network
        self.batches = batches
        self.faces = faces
        self.plan = plan_of(training.recipe)
        self.dropout_rates = dropout_rates(training.network)
        self.history = History(training.recipe.monitor)

    def train(self) -> History:
        """Train from the last checkpoint, or the start, to the end; give all epochs."""
        first = self._restore()
        progress = ShowProgress(
            self.history,
            epochs=self.recipe.epochs,
            steps=self.batches.steps_per_epoch,
            faces=self.batches.faces_per_epoch,
            quiet=self.training.quiet,
        )
        with progress:
            progress.say(self._announcement())
            for number in range(first, len(self.plan.phases)):
                if number > first or not self.history.epochs:
                    self._enter(number)
                if self.plan.of > 1:
                    progress.say(self._phase_line(number))
                if line := self._averaging_line(self.plan.phases[number]):
                    progress.say(line)
                refuse_out_of_memory(
                    partial(self._fit, self.plan.phases[number], progress),
                    self.recipe.batch_size,
                    one_step(partial(self._another, number), self.training.shared),
                )
        return self.history

    def _restore(self) -> int:
        """Stand where the last checkpoint was written; give the number of the phase to train."""
        checkpoint = latest_checkpoint(self.training.run)
        if checkpoint is None:
            return 0
        self.history.epochs.extend(read_history(checkpoint, self.recipe.monitor).epochs)
        number = self.plan.index(self.history.epochs[-1].phase)
        self._enter(number)
        restore_checkpoint(checkpoint, self.network)
        return number

    def _enter(self, number: int) -> None:
        self._prepare(self.network, number)

    def _another(self, number: int) -> keras.Model:
        """A network as the one that is trained, ready for a phase."""
        dataset, run = self.training.dataset, self.training.run
        network = build_network(
            self.recipe, len(dataset.classes), dataset.face_shape, run.environment["precision"]
        )
        self._prepare(network, number)
        return network

    def _prepare(self, network: keras.Model, number: int) -> None:
        enter_phase(network, self.recipe, self.plan, number, self.dropout_rates)
        phase = self.plan.phases[number]
        compile_network(network, self.recipe, phase, self.batches.steps_per_epoch)

    def _fit(self, phase: Phase, progress: ShowProgress) -> None:
        """Train the rest of a phase; its averaged weights, if any, start the next."""
        done = self.history.of_phase(phase.name)
        if len(done) == phase.epochs or done.exhausted(self.recipe.early_stopping.patience):
            self.network.optimizer.finalize_variable_values(self.network.trainable_variables)
            return
        validation, shared = self.training.dataset.split("validation"), self.training.shared
        self.network.fit(
            shared.feed(partial(self.batches.stream, len(self.history))),
            steps_per_epoch=self.batches.steps_per_epoch,
            shuffle=False,
            initial_epoch=len(self.history),
            epochs=len(self.history) + phase.epochs - len(done),
            **validation_of(
                validation.faces,
                one_hot(validation.labels, len(self.training.dataset.classes)),
                min(_VALIDATION_BATCH, 4 * self.recipe.batch_size),
                shared,
            ),
            callbacks=[*self._callbacks(phase), progress],
            verbose=0,
        )

    def _callbacks(self, phase: Phase) -> list[keras.callbacks.Callback]:
        """In the order in which they must act at an epoch's end: check, record, save, stop."""
        recipe, history, run = self.recipe, self.history, self.training.run
        callbacks: list[keras.callbacks.Callback] = [Reseed(recipe.seed)]
        if recipe.schedule.name == "plateau":
            callbacks.append(Plateau(recipe.schedule, phase, history))
        classes = self.training.dataset.classes
        logged = tensorboard_installed() and not mirrored()
        return [
            *callbacks,
            Average(),
            StopOnNonFinite(every=16 if gpus() else 1),
            Record(history, phase.name, self.batches.faces_per_epoch),
            *([TensorBoard(run, history, classes)] if logged else []),
            Save(run, history),
            EarlyStopping(history, phase.name, recipe.early_stopping.patience),
        ]

    def _phase_line(self, number: int) -> str:
        phase = self.plan.phases[number]
        trained = sum(math.prod(v.shape) for v in self.network.trainable_variables)
        last = number + 1 == len(self.plan.phases) < self.plan.of
        return (
            f"phase {number + 1} of {self.plan.of}, {phase.name}: "
            f"{phase.epochs} epoch{'s' if phase.epochs > 1 else ''}, learning rate "
            f"{phase.learning_rate:g}, {trained:,} of {self.network.count_params():,} parameters "
            f"trained{'; epochs end before the next phase' if last else ''}"
        )

    def _averaging_line(self, phase: Phase) -> str:
        """Where weights are averaged over fewer steps than the recipe has it; else empty."""
        per_epoch = self.batches.steps_per_epoch
        decay = averaging_decay(self.recipe, phase, per_epoch)
        if decay == self.recipe.ema:
            return ""
        return (
            f"averaged weights: decay {decay:.4g} instead of {self.recipe.ema:g}, for "
            f"{phase.epochs * per_epoch:,} steps"
        )

    def _announcement(self) -> str:
        training, run = self.training, self.training.run
        validation = len(training.dataset.split("validation"))
        start = f", {run.start}" if run.start else ""
        recorded = run.environment.get("exclusions")
        left_out = f" ({recorded['train']:,} left out)" if recorded else ""
        resumed = f", going on after epoch {len(self.history)}" if self.history.epochs else ""
        return (
            f"{run.architecture} on {training.dataset.name}: {self.faces:,} training{left_out} "
            f"and {validation:,} validation faces, {run.environment['precision']} on "
            f"{run.environment['backend']}{start}{training.remark}, run {run.id}{resumed}"
        )
