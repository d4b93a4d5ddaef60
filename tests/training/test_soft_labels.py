"""Trainings towards annotators' shares: what is learnt, what is measured, what resuming keeps."""

from __future__ import annotations

import itertools
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from zoo.runs import Run, list_runs
from zoo.training.callbacks.record import Record
from zoo.training.interruption import TrainingInterrupted
from zoo.training.trainer import resume, train

if TYPE_CHECKING:
    from zoo.data.dataset import Dataset


def with_votes(dataset: Dataset, share: float) -> Dataset:
    """Of each training face's votes `share` are for the class after its label, the rest for it."""
    split = dataset.split("train")
    one_hot = np.eye(len(dataset.classes), dtype=np.float32)
    votes = (1 - share) * one_hot[split.labels] + share * np.roll(one_hot, -1, 0)[split.labels]
    voted = replace(split, soft_labels=votes.astype(np.float32))
    return replace(dataset, splits={**dataset.splits, "train": voted})


def history_of(run: Run) -> np.ndarray:
    return np.genfromtxt(run.folder / "history.csv", delimiter=",", names=True)


@pytest.mark.parametrize("labels", ["soft", "drawn"])
def test_training_accuracy_is_of_what_is_trained_towards_and_validation_of_the_labels(
    dataset, quick_recipe, runs, labels
):
    # All annotators contradict the labels: what is learnt is what they say.
    run = train(quick_recipe(f"labels={labels}"), with_votes(dataset, 1), runs=runs, quiet=True)
    last = history_of(run)[-1]
    assert last["accuracy"] > 0.8
    assert last["val_accuracy"] < 0.1
    assert run.metrics["validation"]["top1"] < 0.1


def test_resumed_a_training_draws_the_labels_it_would_have_drawn(
    dataset, quick_recipe, tmp_path, monkeypatch
):
    voted, recipe = with_votes(dataset, 0.5), quick_recipe("labels=drawn")
    whole = train(recipe, voted, runs=tmp_path / "whole", quiet=True)
    steps = itertools.count(1)

    def interrupt(self, batch, logs=None):
        if next(steps) == 13 + 5:  # within the second epoch
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Record, "on_train_batch_end", interrupt, raising=False)
    with pytest.raises(TrainingInterrupted, match="epoch 1 is saved"):
        train(recipe, voted, runs=tmp_path / "parts", quiet=True)
    (run,) = list_runs(tmp_path / "parts")
    resumed = history_of(resume(run, dataset=voted, quiet=True))
    for column in ("loss", "accuracy", "val_loss"):
        np.testing.assert_allclose(resumed[column], history_of(whole)[column], rtol=1e-5)
    # Half of the drawn labels are the one class, half the other: nobody foresees which.
    assert resumed["accuracy"].max() < 0.75
