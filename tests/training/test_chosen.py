"""Which training faces a training shows, and what it remembers of them."""

import json

import numpy as np
import pytest

from zoo.data.exclusions import Exclusions, read_exclusions, write_exclusions
from zoo.data.hashes import face_hashes
from zoo.data.seen_faces import SeenFaces
from zoo.errors import ZooError
from zoo.runs import Run, list_runs
from zoo.training.chosen import chosen_faces, recorded_choice
from zoo.training.interruption import TrainingInterrupted
from zoo.training.trainer import resume, train

LEFT_OUT = (0, 3, 50, 97)


@pytest.fixture
def exclusions():
    listed = {("train", f"train:{row}"): "blank" for row in LEFT_OUT}
    return Exclusions(listed | {("validation", "validation:2"): "blank"})


@pytest.fixture
def shown(monkeypatch):
    """The faces that batches were made of, by position."""
    positions = []
    from zoo.training.fitting import Batches

    def watched(faces, labels, classes, recipe, chosen=None, **options):
        positions.append(chosen)
        return Batches(faces, labels, classes, recipe, chosen, **options)

    monkeypatch.setattr("zoo.training.fitting.Batches", watched)
    return positions


def test_faces_on_a_list_are_not_trained_on(dataset, quick_recipe, runs, exclusions, shown):
    run = train(quick_recipe("epochs=1"), dataset, runs=runs, exclusions=exclusions, quiet=True)
    assert shown[0].tolist() == [row for row in range(98) if row not in LEFT_OUT]
    recorded = {"sha256": exclusions.sha256, "listed": 5, "train": 4}
    assert run.environment["exclusions"] == run.metrics["exclusions"] == recorded
    assert (run.metrics["train_faces"], run.metrics["limit"]) == (94, None)
    assert run.metrics["validation"]["n"] == 35
    assert read_exclusions(run.folder / "exclusions.csv", dataset) == exclusions


def test_a_limit_is_of_the_faces_that_are_left(dataset, quick_recipe, exclusions):
    few = chosen_faces(quick_recipe(), dataset, 20, exclusions)
    assert len(few) == 20
    assert not set(few.tolist()) & set(LEFT_OUT)
    assert np.array_equal(few, np.unique(few))
    most = chosen_faces(quick_recipe(), dataset, 98, exclusions)
    assert len(most) == 94


def test_without_any_face_left_there_is_nothing_to_train_on(dataset, quick_recipe, runs):
    everything = Exclusions({("train", f"train:{row}"): "" for row in range(98)})
    with pytest.raises(ZooError, match="every training face is left out"):
        train(quick_recipe(), dataset, runs=runs, exclusions=everything)
    assert list_runs(runs) == []


@pytest.fixture
def interrupted(dataset, quick_recipe, runs, exclusions, monkeypatch):
    """A run with a list, interrupted before its first epoch."""
    with monkeypatch.context() as patch:
        patch.setattr("keras.Model.fit", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(TrainingInterrupted):
            train(quick_recipe("epochs=1"), dataset, runs=runs, exclusions=exclusions, quiet=True)
    (run,) = list_runs(runs)
    return run


def test_the_list_holds_after_resuming(interrupted, dataset, shown):
    assert resume(interrupted, dataset, quiet=True).metrics["train_faces"] == 94
    assert len(shown[0]) == 94


def test_a_list_that_was_edited_is_refused(interrupted, dataset):
    path = interrupted.folder / "exclusions.csv"
    write_exclusions(Exclusions({("train", "train:5"): ""}), path, overwrite=True)
    with pytest.raises(ZooError, match="was edited"):
        resume(Run(interrupted.folder), dataset)
    path.unlink()
    with pytest.raises(ZooError, match="cannot be read"):
        resume(Run(interrupted.folder), dataset)


def test_a_run_of_an_older_zoo_left_nothing_out(trained, dataset, tmp_path):
    recorded = json.loads((trained.folder / "environment.json").read_text())
    assert recorded.pop("exclusions") is None
    (tmp_path / "environment.json").write_text(json.dumps(recorded))
    (tmp_path / "recipe.toml").write_text((trained.folder / "recipe.toml").read_text())
    assert recorded_choice(Run(tmp_path), dataset).tolist() == list(range(98))


def test_a_run_remembers_the_faces_it_has_seen(dataset, quick_recipe, runs, exclusions):
    run = train(
        quick_recipe("epochs=1"), dataset, runs=runs, limit=40, exclusions=exclusions, quiet=True
    )
    seen = SeenFaces.read(run.seen_faces_file)
    chosen = recorded_choice(run, dataset)
    assert len(chosen) == 40
    expected = face_hashes(dataset.split("train").faces[chosen])
    assert set(seen.trained.tolist()) == set(expected.tolist())
    validation = face_hashes(dataset.split("validation").faces)
    assert set(seen.chose.tolist()) == set(validation.tolist())
    assert run.seen_faces_file.stat().st_size < 8 * 75 + 1000


def test_the_command_takes_a_list_and_refuses_another_data_sets(
    zoo_command, drawn_csv, tmp_path, home
):
    assert zoo_command("data", "add", "tiny", drawn_csv).exit_code == 0
    path = tmp_path / "list.csv"
    path.write_text("id,split,reason\nline 2,train,x\nline 3,train,x\nline 150,validation,x\n")
    told = zoo_command("train", "cpcpcpfff", "--epochs", 1, "--exclusions", path)
    assert told.exit_code == 0, told.output
    (run,) = list_runs(home / "runs")
    assert run.metrics["train_faces"] == 138
    path.write_text("id,split,reason\nelsewhere/1.png,train,x\n")
    refused = zoo_command("train", "cpcpcpfff", "--exclusions", path)
    assert refused.exit_code == 2
    assert "has no train face 'elsewhere/1.png'" in refused.output
    again = zoo_command("train", "--resume", run.id, "--exclusions", path)
    assert "pass it alone" in again.output
