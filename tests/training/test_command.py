"""The command that repeats a training gives the same recipe."""

import shlex

import pytest

from zoo import configs
from zoo.runs import create_run
from zoo.training.command import train_command
from zoo.training.recipes import load_recipe, recipe_of

PHASES = (
    'phases=[{name = "a b", learning_rate = 1e-3, epochs = 1, unfreeze = ["head", "block5_*"]},'
    ' {name = "rest", learning_rate = 1e-4}]'
)


def run_of(tmp_path, architecture="cpcpcpfff", settings=(), **recorded):
    environment = {"dataset": "faces", "limit": None, "backend": "tensorflow"} | recorded
    recipe = load_recipe(architecture, settings=settings)
    return create_run(tmp_path, architecture, 0, recipe.to_toml(), environment)


def understood(command):
    """The recipe that the command's ``--set`` options give."""
    words = shlex.split(command)
    assert words[:2] == ["zoo", "train"]
    settings = [words[place + 1] for place, word in enumerate(words) if word == "--set"]
    return load_recipe(words[2], settings=settings)


@pytest.mark.parametrize(
    ("architecture", "settings"),
    [
        ("cpcpcpfff", ()),
        ("cpcpcpfff", ("seed=3", "epochs=2", "optimizer.learning_rate=3e-4")),
        ("cpcpcpfff", ("optimizer.name=sgd", "augmentation.flip=false", "monitor=loss")),
        ("cpcpcpfff", ("init=/a folder/it's.h5",)),
        ("cpcpcpfff", ('init="true"',)),
        ("cpcpcpfff", ('init=" x"',)),
        ("five_layer", ("network.illumination=clahe", "network.dropout_scale=0.5")),
        ("mobilenet_v2", (PHASES, "epochs=4")),
        ("mobilenet_v2", ("phases=[]", "optimizer.learning_rate=1e-5")),
        ("mobilenet_v2", ("init=none", "optimizer.learning_rate=1e-5")),
    ],
)
def test_it_gives_the_runs_recipe_again(tmp_path, architecture, settings):
    run = run_of(tmp_path, architecture, settings)
    assert understood(train_command(run)) == recipe_of(run)


def test_what_the_architecture_does_by_itself_is_left_out(tmp_path):
    assert train_command(run_of(tmp_path)) == "zoo train cpcpcpfff --data faces"
    command = train_command(run_of(tmp_path, settings=("seed=3", "optimizer.name=sgd")))
    assert command == "zoo train cpcpcpfff --data faces --set optimizer.name=sgd --set seed=3"


def test_a_list_of_faces_left_out_is_said_by_its_name_in_the_run(tmp_path):
    run = run_of(tmp_path, exclusions={"sha256": "0" * 64, "listed": 3, "train": 2})
    assert train_command(run) == ("zoo train cpcpcpfff --data faces --exclusions exclusions.csv")


def test_trials_devices_and_backends_are_said(tmp_path):
    run = run_of(tmp_path, dataset="my faces", limit=500, devices=2, backend="jax")
    expected = "KERAS_BACKEND=jax zoo train cpcpcpfff --data 'my faces' --limit 500 --devices 2"
    assert train_command(run) == expected


def test_an_option_that_the_architectures_recipe_sets_and_the_run_did_not_is_set_back(
    tmp_path, monkeypatch
):
    run = run_of(tmp_path, "handcrafted")
    table = configs.recipe_table("handcrafted") | {"network": {"dropout_scale": 0.5}}
    monkeypatch.setattr(configs, "recipe_table", lambda name: table)
    command = train_command(run)
    assert command == "zoo train handcrafted --data faces --set network.dropout_scale=1.0"


def test_a_rate_that_the_phases_do_not_use_is_repeated_with_them(tmp_path):
    run = run_of(tmp_path, "mobilenet_v2")
    text = (run.folder / "recipe.toml").read_text()
    before = f"learning_rate = {recipe_of(run).optimizer.learning_rate}"
    (run.folder / "recipe.toml").write_text(text.replace(before, "learning_rate = 0.0123", 1))
    again = type(run)(run.folder)
    assert recipe_of(again).optimizer.learning_rate == 0.0123
    assert understood(train_command(again)) == recipe_of(again)
