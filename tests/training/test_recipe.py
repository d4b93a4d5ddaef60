"""Recipes: layers of TOML, refusals, and the way back to TOML."""

from __future__ import annotations

import tomllib

import pytest

from zoo import configs
from zoo.configs import base, merged, recipe_table
from zoo.errors import ZooError
from zoo.runs import create_run
from zoo.training.recipes import load_recipe, recipe_of


def test_every_architecture_has_a_valid_recipe():
    for name in configs.architecture_files():
        content = load_recipe(name).model_dump(mode="json")
        stated = {"architecture": name, **merged(base(), recipe_table(name))}
        phases, stated_phases = content.pop("phases"), stated.pop("phases")
        assert content == stated
        assert len(phases) == len(stated_phases)
        for phase, said in zip(phases, stated_phases, strict=True):
            assert phase == phase | said


def test_later_layers_win(tmp_path):
    config = tmp_path / "mine.toml"
    config.write_text("epochs = 5\nbatch_size = 7\nseed = 1\n[optimizer]\nname = 'adam'\n")
    recipe = load_recipe(
        "cpcpcpfff",
        config=config,
        settings=["epochs=6", "optimizer.learning_rate=2e-3", "seed=2"],
        overrides={"seed": 3},
    )
    assert (recipe.batch_size, recipe.epochs, recipe.seed) == (7, 6, 3)
    assert (recipe.optimizer.name, recipe.optimizer.learning_rate) == ("adam", 2e-3)
    assert recipe.augmentation == load_recipe("cpcpcpfff").augmentation


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("init=imagenet", "imagenet"),
        ("init='imagenet'", "imagenet"),
        ("network.illumination=equalize", "equalize"),
        ("augmentation.flip=false", False),
        ("optimizer.learning_rate=1e-3", 0.001),
        ("augmentation.rotation=12", 12),
    ],
)
def test_set_reads_toml_values_and_takes_other_text_as_it_is(setting, value):
    content = load_recipe("cpcpcpfff", settings=[setting]).model_dump()
    for part in setting.partition("=")[0].split("."):
        content = content[part]
    assert content == value


def test_a_recipe_comes_back_from_its_toml_equal(tmp_path):
    recipe = load_recipe(
        "handcrafted",
        settings=["network.illumination=a\"b\\c", "network.dropout_scale=0.5", "seed=7",
                  "optimizer.learning_rate=1e-7", "augmentation.flip=false"],
    )  # fmt: skip
    assert tomllib.loads(recipe.to_toml()) == recipe.model_dump(mode="json")
    run = create_run(tmp_path, "handcrafted", 7, recipe.to_toml(), {})
    assert run.architecture == "handcrafted"
    assert recipe_of(run) == recipe


@pytest.mark.parametrize("preset", configs.preset_files())
def test_a_preset_fits_every_architecture_and_the_user_has_the_last_word(preset):
    for name in configs.architecture_files():
        recipe = load_recipe(name, preset=preset)
        assert recipe.optimizer.name == ("adamw" if preset == "scratch" else "adam")
        assert recipe.phases == ()
        assert recipe.network == load_recipe(name).network
    assert load_recipe("vgg16", preset=preset, settings=["batch_size=7"]).batch_size == 7


def test_a_learning_rate_that_the_recipes_phases_would_not_use_is_refused(tmp_path):
    with pytest.raises(ZooError, match="the phases of vgg16 have learning rates of their own"):
        load_recipe("vgg16", settings=["optimizer.learning_rate=1e-3"])
    for settings in (["init=none"], ["phases=[]"]):
        recipe = load_recipe("vgg16", settings=[*settings, "optimizer.learning_rate=2e-3"])
        assert recipe.optimizer.learning_rate == 2e-3
    config = tmp_path / "recipe.toml"
    config.write_text(load_recipe("vgg16").to_toml())
    assert load_recipe("vgg16", config=config) == load_recipe("vgg16")


def test_presets_are_the_sources_settings():
    adam = load_recipe("handcrafted", preset="source-adam")
    rate, schedule = adam.optimizer.learning_rate, adam.schedule
    assert (rate, schedule.name, schedule.decay) == (1e-4, "inverse_time", 1e-6)
    assert (adam.batch_size, adam.epochs) == (50, 50)
    for epochs in (300, 600):
        failed = load_recipe("five_layer", preset=f"source-{epochs}")
        assert (failed.epochs, failed.batch_size) == (epochs, 128)
        assert (failed.optimizer.learning_rate, failed.schedule.name) == (0.1, "constant")


def test_an_unknown_preset_is_refused_with_the_nearest():
    with pytest.raises(ZooError, match="unknown preset 'source-30': did you mean source-300"):
        load_recipe("five_layer", preset="source-30")


def test_phases_come_back_from_toml_equal(tmp_path):
    head = 'phases=[{name="head", epochs=2, learning_rate=1e-3, unfreeze=["head"]}, '
    rest = '{name="all", learning_rate=1e-5, unfreeze=["block5_*", "*"], dropout=0.5}]'
    recipe = load_recipe("cpcpcpfff", settings=[head + rest])
    assert [phase.unfreeze for phase in recipe.phases] == [("head",), ("block5_*", "*")]
    run = create_run(tmp_path, "cpcpcpfff", 0, recipe.to_toml(), {})
    assert recipe_of(run) == recipe


def test_a_run_of_an_older_zoo_lacks_keys_and_is_read_with_them_off(tmp_path):
    recipe = load_recipe("cpcpcpfff", settings=["ema=0.0"])
    lines = recipe.to_toml().splitlines()
    newer = ("format", "ema", "phases", "oversample", "momentum", "clip_norm", "mixup")
    older = [line for line in lines if not line.startswith(newer)]
    run = create_run(tmp_path, "cpcpcpfff", 0, "\n".join(older), {})
    assert len(older) == len(lines) - len(newer)
    assert recipe_of(run) == recipe


def test_a_runs_recipe_can_be_used_for_another_run(tmp_path):
    recipe = load_recipe("cpcpcpfff", settings=["epochs=4"])
    path = tmp_path / "recipe.toml"
    path.write_text(recipe.to_toml())
    assert load_recipe("cpcpcpfff", config=path) == recipe
    with pytest.raises(ZooError, match=r"recipe\.toml: a recipe for cpcpcpfff, not for vgg16"):
        load_recipe("vgg16", config=path)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("optimizer.learning_rat=1", "unknown recipe key 'optimizer.learning_rat': did you mean "
                                     "optimizer.learning_rate"),
        ("epoch=3", "unknown recipe key 'epoch': did you mean epochs"),
        ("epochs=0", "--set epochs=0: recipe key epochs: should be greater than or equal to 1, "
                     "got 0"),
        ("epochs=3.5", "recipe key epochs: should be a valid integer, got 3.5"),
        ("optimizer.learning_rate=fast", "optimizer.learning_rate: should be a valid number, got "
                                         "'fast'"),
        ("optimizer.learning_rate=nan", "optimizer.learning_rate: should be a finite number"),
        ("optimizer=adam", "recipe key optimizer: expected a table, got 'adam'"),
        ("schedule.name=cosine", "should be 'constant', 'plateau', 'warmup_cosine' or "
                                 "'inverse_time', got 'cosine'"),
        ("format=3", "--set format=3: a recipe of format 3, written by a newer zoo; this one "
                     "knows up to 2: pip install --upgrade"),
        ("optimizer.learning_rate=0", "optimizer.learning_rate: should be greater than 0, got 0"),
        ('phases=[{name="a", learning_rate=-1.0}]',
         "recipe key phases.0.learning_rate: should be greater than 0, got -1.0"),
        ('phases=[{name="a", learning_rate=1e-3, freeze=["x"]}]',
         "unknown recipe key 'phases.freeze': did you mean phases.unfreeze"),
        ('phases=[{name="a", learning_rate=1e-3}, {name="b", learning_rate=1e-3}]',
         "phase 'a' needs epochs: only the last has the rest"),
        ('phases=[{name="a", learning_rate=1e-3, epochs=2}]',
         "the phases last 2 epochs, but epochs is "),
        ('phases=[{name="a", learning_rate=1e-3, epochs=1}, {name="a", learning_rate=1e-3}]',
         "two phases are called 'a'"),
        ("phases=3", "recipe key phases: expected a list of tables, got 3"),
        ("augmentation.zoom=1.5", "augmentation.zoom: should be less than 1, got 1.5"),
        ("augmentation.flip=yes", "augmentation.flip: should be a valid boolean, got 'yes'"),
        ("schedule.minimum=0.5", "schedule.minimum 0.5 is above optimizer.learning_rate"),
        ("epochs", "--set epochs: expected key=value"),
        ("epochs=100001", "epochs: should be less than or equal to 100000, got 100001"),
        ("batch_size=65537", "batch_size: should be less than or equal to 65536, got 65537"),
        ("schedule.warmup_epochs=1e300", "warmup_epochs: should be less than or equal to 100000"),
        ("seed=-1", "seed: should be greater than or equal to 0, got -1"),
        ("seed=4294967296", "seed: should be less than 4294967296, got 4294967296"),
        ("seed=" + "9" * 5000, "seed: should be a valid integer, got '999"),
        ("network=3", "recipe key network: expected a table, got 3"),
        ("network.depth=[1]", "network.depth: expected true, false, a number or a text, got [1]"),
        ("network.depth.x=1", "unknown recipe key 'network.depth.x'"),
        ("network" + ".x" * 5000 + "=1", "unknown recipe key 'network.x.x'"),
        ("epochs=" + "[" * 5000, "--set epochs: nested too deeply"),
    ],
)  # fmt: skip
def test_a_wrong_key_or_value_is_refused_in_one_line(setting, words):
    with pytest.raises(ZooError) as refusal:
        load_recipe("cpcpcpfff", settings=[setting])
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_fault_in_a_file_is_told_with_the_file(tmp_path):
    config = tmp_path / "mine.toml"
    config.write_text("[augmentation]\nspin = 3\n")
    with pytest.raises(ZooError, match=r"mine\.toml: unknown recipe key 'augmentation\.spin'"):
        load_recipe("cpcpcpfff", config=config)
    config.write_text("batch_size = 'many'\n")
    with pytest.raises(ZooError, match=r"mine\.toml: recipe key batch_size: .*, got 'many'"):
        load_recipe("cpcpcpfff", config=config)
    with pytest.raises(ZooError, match=r"nowhere\.toml: no such file"):
        load_recipe("cpcpcpfff", config=tmp_path / "nowhere.toml")
