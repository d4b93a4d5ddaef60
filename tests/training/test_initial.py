"""What a training starts from: another run, a file, or nothing that can be had."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest
from barred import barred_faces

from zoo.errors import ZooError
from zoo.runs import Run, create_run, list_runs
from zoo.training.initial import initial_weights, recorded_weights, start_network
from zoo.training.networks import build_network, load_network
from zoo.training.recipes import load_recipe
from zoo.training.trainer import resume, train

if TYPE_CHECKING:
    from zoo.training.fitting import Training


def start(recipe, dataset, runs) -> tuple[keras.Model, str]:
    initial = initial_weights(recipe, runs)
    return start_network(recipe, initial, dataset.classes, dataset.face_shape, "float32")


def untrained(name: str, dataset, runs) -> tuple[keras.Model, Run]:
    """A network as it starts, and a finished run whose best weights these are."""
    recipe, facts = load_recipe(name), {"precision": "float32"}
    facts |= {"classes": list(dataset.classes), "face_shape": list(dataset.face_shape)}
    network = build_network(recipe, len(dataset.classes), dataset.face_shape, "float32")
    run = create_run(runs, name, 0, recipe.to_toml(), facts)
    network.save_weights(run.weights_file)
    run.finish({})
    return network, run


def with_classes(dataset, *classes: str):
    """The same faces under other names; labels of classes that are gone become 0."""
    splits = {
        name: replace(split, labels=np.where(split.labels < len(classes), split.labels, 0))
        for name, split in dataset.splits.items()
    }
    return replace(dataset, classes=classes, splits=splits)


def same(one: keras.Model, other: keras.Model) -> dict[str, bool]:
    return {
        layer.name: all(
            a.shape == b.shape and np.array_equal(a, b)
            for a, b in zip(layer.weights, other.get_layer(layer.name).weights, strict=True)
        )
        for layer in one.layers
        if layer.weights
    }


@pytest.mark.parametrize("how", ["id", "architecture/id", "folder", "weights file"])
def test_another_runs_weights_are_copied_whole_where_the_classes_agree(
    how, trained, dataset, quick_recipe
):
    name = {
        "id": trained.id,
        "architecture/id": f"cpcpcpfff/{trained.id}",
        "folder": trained.folder,
        "weights file": trained.weights_file,
    }[how]
    network, remark = start(
        quick_recipe(f"init={name}", "seed=5"), dataset, trained.folder.parent.parent
    )
    assert set(same(network, load_network(trained)).values()) == {True}
    assert remark == ""


@pytest.mark.parametrize("classes", [("a", "b", "c"), tuple("abcdefgh"), tuple("gfedcba")])
def test_the_head_is_started_anew_where_the_classes_differ(
    classes, trained, dataset, quick_recipe
):
    """Also where they are as many, but others: their logits mean something else."""
    network, remark = start(
        quick_recipe(f"init={trained.id}"),
        with_classes(dataset, *classes),
        trained.folder.parent.parent,
    )
    kept = same(network, load_network(trained))
    assert not kept.pop("logits")
    assert set(kept.values()) == {True}
    assert network.output_shape == (None, len(classes))
    assert f"head started anew for {len(classes)} classes" in remark


def test_a_file_that_keras_saved_is_read(trained, dataset, quick_recipe, tmp_path):
    file = tmp_path / "mine.weights.h5"
    shutil.copy(trained.weights_file, file)
    network, _ = start(quick_recipe(f"init={file}"), dataset, tmp_path)
    assert set(same(network, load_network(trained)).values()) == {True}
    network, remark = start(
        quick_recipe(f"init={file}"), with_classes(dataset, "a", "b"), tmp_path
    )
    assert [name for name, kept in same(network, load_network(trained)).items() if not kept] == [
        "logits"
    ]
    assert "head started anew for 2 classes" in remark


def test_a_file_of_another_network_is_refused_with_its_first_mismatch(trained, dataset, tmp_path):
    file = tmp_path / "mine.weights.h5"
    shutil.copy(trained.weights_file, file)
    recipe = load_recipe("ccpccpccpff", settings=[f"init={file}"])
    with pytest.raises(ZooError) as refusal:
        start(recipe, dataset, tmp_path)
    assert str(refusal.value) == (
        f"{file}: not the weights of ccpccpccpff: its layer conv2d_1 is (5, 5, 1, 10), "
        "the network's block1_conv1 (5, 5, 1, 64)"
    )


def test_a_run_of_another_architecture_is_refused_with_its_first_mismatch(trained, dataset):
    recipe = load_recipe("handcrafted", settings=[f"init={trained.id}"])
    with pytest.raises(ZooError) as refusal:
        start(recipe, dataset, trained.folder.parent.parent)
    assert str(refusal.value) == (
        f"--init {trained.id}: not the weights of handcrafted: its layer block1_conv1 has "
        "[(3, 3, 3, 32), (32,)], cpcpcpfff's is not there"
    )


def test_a_run_of_a_network_with_more_layers_is_refused(dataset, tmp_path):
    """ccpccpccpff_avg has the shapes of ccpccpccpff, but not its stem."""
    _, run = untrained("ccpccpccpff", dataset, tmp_path)
    recipe = load_recipe("ccpccpccpff_avg", settings=[f"init={run.id}"])
    with pytest.raises(ZooError, match="not the weights of ccpccpccpff_avg: it has no layer stem"):
        start(recipe, dataset, tmp_path)


def test_the_last_convolution_of_handcrafted_fcn_is_started_anew_where_the_classes_differ(
    dataset, tmp_path
):
    """Its logits have no weights of their own, in a run as in a file."""
    source, run = untrained("handcrafted_fcn", dataset, tmp_path)
    shutil.copy(run.weights_file, tmp_path / "mine.weights.h5")
    for init in (run.id, tmp_path / "mine.weights.h5"):
        recipe = load_recipe("handcrafted_fcn", settings=[f"init={init}"])
        network, remark = start(recipe, with_classes(dataset, "a", "b"), tmp_path)
        assert [name for name, kept in same(network, source).items() if not kept] == ["squeeze2"]
        assert "head started anew for 2 classes" in remark


def test_a_pretrained_architecture_takes_its_backbones_file_or_its_whole_networks(
    dataset, tmp_path
):
    recipe = load_recipe("mobilenet_v2", settings=["seed=1", "network.input_size=32"])
    whole = build_network(recipe, 7, (48, 48, 1), "float32")
    whole.save_weights(tmp_path / "whole.weights.h5")
    backbone = keras.Model(whole.inputs, whole.get_layer("out_relu").output)
    backbone.save_weights(tmp_path / "backbone.weights.h5")
    for name, head in (("whole", True), ("backbone", False)):
        settings = ["network.input_size=32", f"init={tmp_path / name}.weights.h5"]
        network, remark = start(load_recipe("mobilenet_v2", settings=settings), dataset, tmp_path)
        kept = same(network, whole)
        assert (kept.pop("logits"), remark) == ((True, ", head included") if head else (False, ""))
        assert set(kept.values()) == {True}


def test_another_file_of_a_runs_folder_is_not_taken_for_its_weights(
    trained, dataset, quick_recipe
):
    with pytest.raises(ZooError, match=r"history\.csv: not the weights of cpcpcpfff"):
        start(quick_recipe(f"init={trained.folder / 'history.csv'}"), dataset, trained.folder)


def test_what_is_no_weights_file_is_refused_in_one_line(dataset, quick_recipe, tmp_path):
    for name, content in (("a.weights.h5", b"not HDF5"), ("b.txt", b""), ("c.h5", b"\x89HDF\r\n")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(
            ZooError, match=f"{name}: not the weights of cpcpcpfff, or damaged"
        ) as no:
            start(quick_recipe(f"init={tmp_path / name}"), dataset, tmp_path)
        assert "\n" not in str(no.value)


def test_exported_weights_without_the_rest_of_their_folder_are_refused(
    dataset, quick_recipe, tmp_path
):
    (tmp_path / "weights.safetensors").write_bytes(b"")
    with pytest.raises(ZooError, match="name the whole folder that was exported"):
        start(quick_recipe(f"init={tmp_path / 'weights.safetensors'}"), dataset, tmp_path)


def test_what_does_not_exist_is_refused_with_what_there_is(trained, dataset, quick_recipe):
    with pytest.raises(
        ZooError, match=f"unknown --init, .* 'nosuch': there are cpcpcpfff/{trained.id}"
    ):
        start(quick_recipe("init=nosuch"), dataset, trained.folder.parent.parent)


def test_an_unfinished_run_has_no_weights_to_start_from(trained, dataset, quick_recipe, tmp_path):
    folder = tmp_path / "runs" / "cpcpcpfff" / "unfinished"
    shutil.copytree(trained.folder, folder)
    (folder / "metrics.json").unlink()
    with pytest.raises(ZooError, match="--init unfinished: the run has not finished"):
        start(quick_recipe("init=unfinished"), dataset, tmp_path / "runs")


def test_a_run_remembers_what_it_started_from_and_starts_from_it_again(
    trained, dataset, quick_recipe, runs, tmp_path, monkeypatch
):
    """Killed before its first epoch was saved, it reads the file again - if it is the same."""
    file = tmp_path / "mine.weights.h5"
    shutil.copy(trained.weights_file, file)
    recipe = quick_recipe(f"init={file}", "epochs=1")
    whole = train(recipe, dataset, runs=runs, quiet=True)

    def stop(training: Training) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("zoo.training.trainer.complete", stop)
        with pytest.raises(ZooError, match="no epoch had finished"):
            train(recipe, dataset, runs=runs, quiet=True)
    (stopped,) = (run for run in list_runs(runs) if not run.finished)
    assert recorded_weights(stopped).file == file
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(ZooError, match=r"the weights it started from, .* have changed"):
        resume(stopped, dataset, quiet=True)
    shutil.copy(trained.weights_file, file)
    resumed = resume(stopped, dataset, quiet=True)
    assert resumed.metrics["validation"]["log_loss"] == pytest.approx(
        whole.metrics["validation"]["log_loss"], abs=1e-4
    )
    assert resumed.start == "from mine.weights.h5"


def test_one_training_face_is_enough_to_train(quick_recipe, runs):
    run = train(quick_recipe("epochs=1"), barred_faces(), runs=runs, limit=1, quiet=True)
    assert run.metrics["train_faces"] == 1


def test_classes_without_a_face_are_named_when_training_starts(
    dataset, quick_recipe, runs, capsys
):
    validation = dataset.split("validation")
    keep = validation.labels != 1
    fewer = replace(
        validation,
        faces=validation.faces[keep],
        labels=validation.labels[keep],
        ids=validation.ids[keep],
    )
    lacking = replace(dataset, splits={**dataset.splits, "validation": fewer})
    train(quick_recipe("epochs=1"), lacking, runs=runs)
    assert f"no validation face of {dataset.classes[1]}" in capsys.readouterr().err
