"""How a network is trained: a frozen, validated recipe, and back to TOML."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from zoo.configs import toml_line
from zoo.preprocessing.augmentation import Augmentation

_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True)
_MOST_EPOCHS = 100_000

FORMAT = 2
"""Of recipes. It grows when a new zoo writes recipes that an older one would misread."""


class Optimizer(BaseModel):
    """The ``[optimizer]`` table.

    Attributes:
        name: Adam, Adam with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101),
            stochastic gradient descent with momentum, or RMSprop.
        learning_rate: the highest the schedule reaches.
        weight_decay: per step, times the learning rate; not for Adam.
        momentum: of SGD and RMSprop.
        nesterov: whether SGD looks ahead (Sutskever et al. 2013).
        clip_norm: the largest norm of all gradients together; 0 = off.
    """

    model_config = _STRICT

    name: Literal["adam", "adamw", "sgd", "rmsprop"]
    learning_rate: float = Field(gt=0, le=10, allow_inf_nan=False)
    weight_decay: float = Field(ge=0, lt=1, allow_inf_nan=False)
    momentum: float = Field(ge=0, lt=1, allow_inf_nan=False)
    nesterov: bool
    clip_norm: float = Field(ge=0, allow_inf_nan=False)


class Schedule(BaseModel):
    """The ``[schedule]`` table; see `zoo.training.schedules` for what each name does.

    Attributes:
        name: which schedule.
        warmup_epochs: epochs of linear warm-up, before the cosine.
        factor: what plateau multiplies the learning rate by.
        patience: epochs without a better monitor after which plateau does so.
        minimum: the smallest learning rate.
        decay: how fast inverse_time falls, per step.
    """

    model_config = _STRICT

    name: Literal["constant", "plateau", "warmup_cosine", "inverse_time"]
    warmup_epochs: float = Field(ge=0, le=_MOST_EPOCHS, allow_inf_nan=False)
    factor: float = Field(gt=0, lt=1, allow_inf_nan=False)
    patience: int = Field(ge=1)
    minimum: float = Field(ge=0, allow_inf_nan=False)
    decay: float = Field(ge=0, allow_inf_nan=False)


class EarlyStopping(BaseModel):
    """The ``[early_stopping]`` table.

    Attributes:
        patience: epochs without a better monitor after which a phase ends; 0 = never.
    """

    model_config = _STRICT

    patience: int = Field(ge=0)


class Phase(BaseModel):
    """One ``[[phases]]`` table: a stretch of the training with an optimiser of its own.

    Attributes:
        name: what it is called in the history.
        epochs: how long; 0, in the last phase only: what is left of the recipe's epochs.
        learning_rate: the highest the schedule reaches in this phase.
        unfreeze: layers trained from this phase on: ``head``, names, or globs such as
            ``block5_*`` and ``*``. A phase without any trains what was trained before it.
        dropout: factor on the network's dropout rates.
    """

    model_config = _STRICT

    name: str = Field(min_length=1, max_length=50)
    learning_rate: float = Field(gt=0, le=10, allow_inf_nan=False)
    epochs: int = Field(default=0, ge=0, le=_MOST_EPOCHS)
    unfreeze: Annotated[tuple[str, ...], Strict(False)] = ()
    dropout: float = Field(default=1.0, ge=0, le=10, allow_inf_nan=False)


class Recipe(BaseModel):
    """One training, fully said. The defaults stand in ``zoo/configs/base.toml``, not here.

    Attributes:
        architecture: its name in the registry.
        format: of the recipe, see `FORMAT`.
        init: what the weights start from: ``none``, ``imagenet``, a run, or a file.
        seed: decides initial weights, order, augmentation, dropout and `limit`'s choice of faces.
        epochs: at most this many passes over the training faces, all phases together.
        batch_size: faces per step, at most.
        monitor: what, on validation, chooses the best epoch and tells plateau and early stopping
            that an epoch was better.
        labels: ``soft`` trains towards the data set's label distributions, ``drawn`` towards a
            label that is drawn from them for each face, anew in each epoch.
        label_smoothing: share of each training label spread evenly over all classes.
        class_weights: ``balanced`` weighs faces inversely to how frequent their class is.
        oversample: whether faces of rare classes are repeated until all classes are shown equally
            often.
        train_batch_norm: whether pre-trained batch normalisations in front of the head learn and
            use the batch's statistics; else they stay in inference mode.
        ema: decay, per step, of the averaged weights that are validated and kept; less in short
            phases, see `networks.averaging_decay`; 0 = off.
        precision: what the network computes in; its weights are float32 in any case.
        deterministic: whether only operations that give the same bits each time are used.
        network: options of the architecture's function.
        optimizer: the ``[optimizer]`` table.
        schedule: the ``[schedule]`` table; it runs anew in each phase.
        early_stopping: the ``[early_stopping]`` table.
        augmentation: the ``[augmentation]`` table.
        phases: the ``[[phases]]`` tables; none: one phase that trains everything.
    """

    model_config = _STRICT

    architecture: str
    format: Literal[2]
    init: str = Field(min_length=1, max_length=4096)
    seed: int = Field(ge=0, lt=2**32)
    epochs: int = Field(ge=1, le=_MOST_EPOCHS)
    batch_size: int = Field(ge=1, le=65_536)
    monitor: Literal["accuracy", "loss"]
    labels: Literal["hard", "soft", "drawn"]
    label_smoothing: float = Field(ge=0, lt=1, allow_inf_nan=False)
    class_weights: Literal["none", "balanced"]
    oversample: bool
    train_batch_norm: bool
    ema: float = Field(ge=0, lt=1, allow_inf_nan=False)
    precision: Literal["auto", "float32", "bfloat16"]
    deterministic: bool
    network: dict[str, bool | int | float | str]
    optimizer: Optimizer
    schedule: Schedule
    early_stopping: EarlyStopping
    augmentation: Augmentation
    phases: Annotated[tuple[Phase, ...], Strict(False)]

    @property
    def from_scratch(self) -> bool:
        """Whether the weights start at random."""
        return self.init == "none"

    @model_validator(mode="after")
    def _minimum_below_start(self) -> Self:
        rates = {"optimizer.learning_rate": self.optimizer.learning_rate}
        rates |= {f"learning_rate of phase {p.name!r}": p.learning_rate for p in self.phases}
        for name, rate in rates.items():
            if self.schedule.minimum > rate:
                raise ValueError(
                    f"schedule.minimum {self.schedule.minimum:g} is above {name} {rate:g}"
                )
        return self

    @model_validator(mode="after")
    def _phases_fit(self) -> Self:
        names = [phase.name for phase in self.phases]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two phases are called {twice[0]!r}")
        for phase in self.phases[:-1]:
            if phase.epochs == 0:
                raise ValueError(f"phase {phase.name!r} needs epochs: only the last has the rest")
        total = sum(phase.epochs for phase in self.phases)
        if self.phases and self.phases[-1].epochs and total < self.epochs:
            raise ValueError(
                f"the phases last {total} epochs, but epochs is {self.epochs}: lower it, or leave "
                f"the epochs of phase {names[-1]!r} out, and it lasts until the end"
            )
        return self

    def to_toml(self) -> str:
        """The whole recipe as TOML; `zoo.training.recipes.recipe_of` reads it back equal."""
        content = self.model_dump()
        phases = content.pop("phases")
        if not phases:
            content = {"phases": [], **content}
        lines = [toml_line(k, v) for k, v in content.items() if not isinstance(v, dict)]
        for name, table in content.items():
            if isinstance(table, dict):
                lines += ["", f"[{name}]", *(toml_line(k, v) for k, v in table.items())]
        for phase in phases:
            lines += ["", "[[phases]]", *(toml_line(k, v) for k, v in phase.items())]
        return "\n".join(lines) + "\n"
