"""What is logged for TensorBoard, read back by TensorBoard's own reader."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import confusion_matrix

from zoo.training.callbacks.save import Save
from zoo.training.confusion import ConfusionMatrix
from zoo.training.events import EventLog
from zoo.training.interruption import TrainingInterrupted
from zoo.training.trainer import resume, train, unfinished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")

SCALARS = {
    "loss/train": "loss",
    "loss/validation": "val_loss",
    "accuracy/train": "accuracy",
    "accuracy/validation": "val_accuracy",
    "learning_rate": "learning_rate",
    "faces_per_second": "faces_per_second",
}
CONFUSION = "confusion/validation"


@pytest.fixture(autouse=True, scope="module")
def logged(whole_trainings: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """Trainings log here."""
    with whole_trainings():
        yield


def read_back(folder: Path):
    return reader.EventAccumulator(str(folder), {"scalars": 0, "images": 0}).Reload()


def steps(events) -> list[int]:
    return [event.step for event in events]


def drawing_recorded(monkeypatch) -> list[np.ndarray]:
    """The confusion matrices that are drawn from now on; their pictures are a single pixel."""
    drawn: list[np.ndarray] = []

    def draw(confusion, *arguments, **keywords) -> bytes:
        drawn.append(confusion)
        return one_pixel()

    monkeypatch.setattr("zoo.figures.confusion.confusion_png", draw)
    return drawn


def one_pixel() -> bytes:
    png = io.BytesIO()
    Image.new("RGB", (1, 1)).save(png, "png")
    return png.getvalue()


def assert_says_what_the_history_says(run) -> None:
    log = read_back(run.folder / "tensorboard")
    history = np.genfromtxt(run.folder / "history.csv", delimiter=",", names=True, dtype=None)
    assert set(log.Tags()["scalars"]) == set(SCALARS)
    for tag, column in SCALARS.items():
        assert steps(log.Scalars(tag)) == list(history["epoch"])
        np.testing.assert_allclose([e.value for e in log.Scalars(tag)], history[column], rtol=1e-6)
    assert steps(log.Images(CONFUSION)) == list(history["epoch"])


def test_a_training_logs_its_history_and_a_picture_of_each_epochs_confusion(trained):
    assert_says_what_the_history_says(trained)
    for event in read_back(trained.folder / "tensorboard").Images(CONFUSION):
        picture = Image.open(io.BytesIO(event.encoded_image_string))
        assert picture.size == (event.width, event.height)
        assert min(picture.size) > 300


def test_the_matrix_counts_what_the_epochs_accuracy_and_the_saved_predictions_say(
    dataset, quick_recipe, runs, monkeypatch
):
    drawn = drawing_recorded(monkeypatch)
    run = train(quick_recipe("precision=float32"), dataset, runs=runs, quiet=True)
    history = np.genfromtxt(run.folder / "history.csv", delimiter=",", names=True, dtype=None)
    labels = dataset.split("validation").labels
    for confusion, accuracy in zip(drawn, history["val_accuracy"], strict=True):
        np.testing.assert_array_equal(confusion.sum(axis=1), np.bincount(labels))
        assert confusion.trace() / len(labels) == pytest.approx(accuracy)
    saved = run.predictions("validation")
    np.testing.assert_array_equal(
        drawn[run.metrics["best_epoch"] - 1],
        confusion_matrix(saved.labels, saved.probabilities.argmax(axis=1), labels=range(7)),
    )


def test_an_epoch_that_is_done_again_after_a_kill_supersedes_what_was_logged_of_it(
    dataset, quick_recipe, runs, monkeypatch
):
    drawing_recorded(monkeypatch)
    save = Save.on_epoch_end

    def killed_before_epoch_2_is_saved(self, epoch: int, logs=None) -> None:
        if epoch == 1:
            raise KeyboardInterrupt
        save(self, epoch, logs)

    monkeypatch.setattr(Save, "on_epoch_end", killed_before_epoch_2_is_saved)
    with pytest.raises(TrainingInterrupted):
        train(quick_recipe(), dataset, runs=runs, quiet=True)
    (folder,) = runs.glob("*/*/tensorboard")
    assert steps(read_back(folder).Scalars("loss/train")) == [1, 2]
    monkeypatch.setattr(Save, "on_epoch_end", save)
    run = resume(unfinished(folder.parent.name, runs), dataset, quiet=True)
    assert len(list(folder.iterdir())) == 2
    assert_says_what_the_history_says(run)


def test_what_was_logged_before_stays_readable_when_a_process_is_killed_writing(tmp_path):
    log = EventLog(tmp_path)
    for step in (1, 2):
        log.write(step, {"loss": step / 10}, {"picture": one_pixel()})
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    log.write(3, {"loss": 0.3}, {"picture": one_pixel()})
    longer = file.read_bytes()
    for length in range(len(whole), len(longer)):
        file.write_bytes(longer[:length])
        assert steps(read_back(tmp_path).Scalars("loss")) == [1, 2]
    EventLog(tmp_path).write(3, {"loss": 0.3}, {})
    assert steps(read_back(tmp_path).Scalars("loss")) == [1, 2, 3]


def test_without_tensorboard_nothing_is_logged_and_the_weights_are_the_same(
    trained, dataset, quick_recipe, runs, monkeypatch
):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    run = train(quick_recipe(), dataset, runs=runs, quiet=True)
    assert not (run.folder / "tensorboard").exists()
    assert run.metrics["validation"] == pytest.approx(trained.metrics["validation"], rel=1e-4)


def test_events_are_written_where_tensorflow_is_not_installed(tmp_path):
    program = (
        "import sys; sys.modules['tensorflow'] = None\n"
        "from pathlib import Path; from zoo.training.events import EventLog\n"
        "assert 'tensorboard' not in sys.modules\n"
        f"EventLog(Path({str(tmp_path)!r})).write(7, {{'loss': 0.5}}, {{}})\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    (event,) = read_back(tmp_path).Scalars("loss")
    assert (event.step, event.value) == (7, 0.5)


def test_the_matrix_is_counted_over_batches_and_forgotten_between_epochs():
    chance = np.random.default_rng(0)
    labels, probabilities = chance.integers(0, 4, 60), chance.random((60, 4))
    metric = ConfusionMatrix(4)
    metric.update_state(np.eye(4), np.eye(4))
    metric.reset_state()
    for batch in np.split(np.arange(60), [25, 50]):
        metric.update_state(np.eye(4)[labels[batch]], probabilities[batch])
    np.testing.assert_array_equal(
        metric.result(), confusion_matrix(labels, probabilities.argmax(axis=1))
    )
