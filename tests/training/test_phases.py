"""Phases: which layers learn when, how quickly, and with how much dropout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest

from zoo.architectures import registry
from zoo.errors import ZooError
from zoo.runs import list_runs
from zoo.training.callbacks.save import Save
from zoo.training.checkpoint import epoch_of, latest_checkpoint
from zoo.training.networks import build_network, load_network
from zoo.training.phases import check_phases, dropout_rates, enter_phase, head_layers
from zoo.training.plan import plan_of
from zoo.training.recipes import load_recipe
from zoo.training.trainer import resume, train

if TYPE_CHECKING:
    from zoo.runs import Run
    from zoo.training.recipe import Recipe

HEAD_THEN_ALL = (
    'phases=[{name="head", epochs=1, learning_rate=1e-2, unfreeze=["head"]}, '
    '{name="block2 on", epochs=1, learning_rate=3e-3, unfreeze=["block2_conv", "dense*"]}, '
    '{name="all", learning_rate=1e-3, unfreeze=["*"]}]'
)


def trained_layers(network: keras.Model) -> set[str]:
    return {layer.name for layer in network.layers if layer.trainable_weights}


def in_phase(recipe, number: int) -> keras.Model:
    network = build_network(recipe, 7, (48, 48, 1), "float32")
    enter_phase(network, recipe, plan_of(recipe), number, dropout_rates(network))
    return network


@pytest.fixture(scope="module")
def vgg16() -> keras.Model:
    return build_network(load_recipe("vgg16"), 7, (48, 48, 1), "float32")


def test_vgg16_goes_from_head_and_block_5_to_everything(vgg16):
    recipe = load_recipe("vgg16")
    plan, everything = plan_of(recipe), {la.name for la in vgg16.layers if la.weights}
    enter_phase(vgg16, recipe, plan, 0, {})
    first = trained_layers(vgg16)
    assert {name for name in first if name.startswith("block")} == {
        "block5_conv1", "block5_conv2", "block5_conv3"
    }  # fmt: skip
    assert "logits" in first
    enter_phase(vgg16, recipe, plan, 1, {})
    assert trained_layers(vgg16) == everything


def test_from_scratch_nothing_is_frozen_and_one_phase_remains(vgg16):
    recipe = load_recipe("vgg16", settings=["init=none", "epochs=9"])
    plan = plan_of(recipe)
    (phase,) = plan.phases
    assert (phase.epochs, phase.learning_rate) == (9, recipe.optimizer.learning_rate)
    enter_phase(vgg16, recipe, plan, 0, {})
    assert trained_layers(vgg16) == {layer.name for layer in vgg16.layers if layer.weights}


def test_what_a_phase_unfreezes_stays_unfrozen(quick_recipe):
    recipe = quick_recipe("init=imagenet", HEAD_THEN_ALL)
    assert trained_layers(in_phase(recipe, 0)) == {"logits"}
    assert trained_layers(in_phase(recipe, 1)) == {"logits", "block2_conv", "dense1", "dense2"}
    assert "stem" in trained_layers(in_phase(recipe, 2))


def test_phases_are_cut_after_the_recipes_epochs_and_the_last_takes_the_rest(quick_recipe):
    for epochs, expected in ((1, [1]), (2, [1, 1]), (3, [1, 1, 1]), (7, [1, 1, 5])):
        plan = plan_of(quick_recipe("init=imagenet", HEAD_THEN_ALL, f"epochs={epochs}"))
        assert [phase.epochs for phase in plan.phases] == expected


def test_the_head_is_what_lies_behind_the_backbone(vgg16):
    head = head_layers(vgg16, "vgg16")
    assert {"flatten", "flatten_bn", "dense1", "dense3_bn", "logits"} <= head
    assert not {name for name in head if name.startswith(("block", "faces", "scale"))} - {
        "block5_dropout"
    }


def test_pretrained_batch_norms_stay_in_inference_mode_unless_the_recipe_says_otherwise(vgg16):
    """vgg16's are all in its head, which learns; handcrafted's stands before the logits."""
    enter_phase(vgg16, load_recipe("vgg16"), plan_of(load_recipe("vgg16")), 1, {})
    assert vgg16.get_layer("flatten_bn").trainable
    for settings, learns in (
        (["init=imagenet"], False),
        (["init=imagenet", "train_batch_norm=true"], True),
        (["init=none"], True),
    ):
        recipe = load_recipe("handcrafted", settings=settings)
        network = in_phase(recipe, 0)
        norms = [x for x in network.layers if isinstance(x, keras.layers.BatchNormalization)]
        assert [norm.trainable for norm in norms] == [learns] * len(norms)
        before = [np.array(norm.moving_mean) for norm in norms]
        network(np.random.default_rng(0).uniform(0, 255, (4, 48, 48, 1)), training=True)
        moved = [not np.array_equal(b, n.moving_mean) for b, n in zip(before, norms, strict=True)]
        assert moved == [learns] * len(norms)


def test_batch_norms_without_statistics_are_not_trained():
    """As converters leave them: statistics folded into kernels and offsets."""
    frozen = load_recipe("handcrafted", settings=["init=imagenet"])
    trained = load_recipe("handcrafted", settings=["init=imagenet", "train_batch_norm=true"])
    network = build_network(trained, 7, (48, 48, 1), "float32")
    check_phases(network, trained)  # as built: they begin to learn, nothing is undone
    norms = [x for x in network.layers if isinstance(x, keras.layers.BatchNormalization)]
    norms[0].beta.assign(np.full(norms[0].beta.shape, 0.5))
    check_phases(network, frozen)
    with pytest.raises(ZooError, match=r"--init imagenet: .* no statistics .* train_batch_norm"):
        check_phases(network, trained)
    norms[0].moving_mean.assign(np.full(norms[0].beta.shape, 0.5))
    check_phases(network, trained)


def test_a_phase_scales_dropout_and_the_next_begins_from_the_published_rate():
    phases = 'phases=[{name="a", epochs=1, learning_rate=1e-3, dropout=0.0}, '
    phases += '{name="b", learning_rate=1e-3, dropout=0.5}]'
    recipe = load_recipe("handcrafted", settings=[phases])
    network = build_network(recipe, 7, (48, 48, 1), "float32")
    rates = dropout_rates(network)
    assert set(rates.values()) == {0.2}
    enter_phase(network, recipe, plan_of(recipe), 0, rates)
    assert set(dropout_rates(network).values()) == {0.0}
    faces = np.random.default_rng(0).uniform(0, 255, (4, 48, 48, 1)).astype("float32")
    first, again = (np.array(network(faces, training=True)) for _ in range(2))
    np.testing.assert_allclose(first, again, rtol=1e-5)
    enter_phase(network, recipe, plan_of(recipe), 1, rates)
    assert set(dropout_rates(network).values()) == {0.1}
    several = [np.array(network(faces, training=True)) for _ in range(2)]
    assert not np.allclose(*several)


@pytest.mark.parametrize(
    ("phases", "words"),
    [
        ('[{name="a", learning_rate=1e-3, unfreeze=["block9_conv"]}]',
         "unknown layer of cpcpcpfff to unfreeze 'block9_conv': did you mean block"),
        ('[{name="a", learning_rate=1e-3, unfreeze=["block5_*"]}]', "to unfreeze 'block5_*'"),
    ],
)  # fmt: skip
def test_a_phase_that_unfreezes_no_layer_is_refused_before_anything_is_written(
    phases, words, dataset, quick_recipe, runs
):
    with pytest.raises(ZooError) as refusal:
        train(quick_recipe(f"phases={phases}"), dataset, runs=runs, quiet=True)
    assert words in str(refusal.value)
    assert not runs.exists()


@pytest.mark.parametrize(
    ("name", "phases", "idle"),
    [
        ("cpcpcpfff", '[{name="a", learning_rate=1e-3, unfreeze=["flatten"]}]', "a"),
        ("cpcpcpfff", '[{name="a", epochs=1, learning_rate=1e-3}, '
         '{name="b", learning_rate=1e-3, unfreeze=["*"]}]', "a"),
        ("handcrafted", '[{name="a", learning_rate=1e-3, unfreeze=["block2_bn"]}]', "a"),
    ],
)  # fmt: skip
def test_a_phase_that_would_train_nothing_is_refused(name, phases, idle):
    recipe = load_recipe(name, settings=["init=imagenet", f"phases={phases}"])
    network = build_network(recipe, 7, (48, 48, 1), "float32")
    with pytest.raises(ZooError, match=f"^phase '{idle}': no layer that is unfrozen by then has"):
        check_phases(network, recipe)


@pytest.mark.parametrize(
    "name", [n for n in registry.list_architectures() if not registry.architecture(n).pretrained]
)
def test_without_a_backbone_the_head_is_the_layer_with_weights_for_each_class(name):
    recipe = load_recipe(name)
    network = build_network(recipe, 5, (48, 48, 1), "float32")
    weights = [w for n in head_layers(network, name) for w in network.get_layer(n).weights]
    assert 5 in {weight.shape[-1] for weight in weights}


def test_a_phase_whose_dropout_reaches_1_is_refused():
    phases = 'phases=[{name="a", learning_rate=1e-3, dropout=5.0}]'
    recipe = load_recipe("handcrafted", settings=[phases])
    network = build_network(recipe, 7, (48, 48, 1), "float32")
    with pytest.raises(ZooError, match=r"phase 'a': dropout 5 makes the rate 0.2 .* 1: it must"):
        check_phases(network, recipe)


def test_only_what_is_unfrozen_changes_while_a_phase_lasts(trained, dataset, quick_recipe):
    """In one epoch of the head alone, from another run's weights."""
    recipe = quick_recipe(f"init={trained.folder}", HEAD_THEN_ALL, "epochs=1")
    run = train(recipe, dataset, runs=trained.folder.parent.parent, quiet=True)
    before, after = load_network(trained), load_network(run)
    for layer in before.layers:
        for old, new in zip(layer.weights, after.get_layer(layer.name).weights, strict=True):
            assert np.array_equal(old, new) == (layer.name != "logits")
    assert run.metrics["trainable_parameters"] == before.get_layer("logits").count_params()


def test_early_stopping_ends_the_phase_and_the_next_begins(dataset, quick_recipe, runs):
    phases = 'phases=[{name="still", epochs=5, learning_rate=1e-30}, '
    phases += '{name="moving", learning_rate=3e-3}]'
    recipe = quick_recipe(
        phases, "epochs=7", "early_stopping.patience=1", "schedule.name=constant",
        "optimizer.weight_decay=0.0", "monitor=loss",
    )  # fmt: skip
    run = train(recipe, dataset, runs=runs, quiet=True)
    text = (run.folder / "history.csv").read_text().splitlines()[1:]
    phases = [line.rsplit(",", 1)[1] for line in text]
    assert phases[:3] == ["still", "still", "moving"]


class StoppedError(Exception):
    """Stands for whatever ends a process."""


@pytest.fixture(scope="module")
def in_phases(trained, quick_recipe) -> Recipe:
    """Three phases of one epoch, with averaged weights."""
    return quick_recipe(
        f"init={trained.folder}", HEAD_THEN_ALL, "epochs=3", "ema=0.9", "schedule.name=constant"
    )


@pytest.fixture(scope="module")
def whole(in_phases, dataset, tmp_path_factory) -> Run:
    """A run of them that nothing stopped."""
    return train(in_phases, dataset, runs=tmp_path_factory.mktemp("whole"), quiet=True)


def test_the_history_names_each_epochs_phase_and_rate(whole):
    text = (whole.folder / "history.csv").read_text().splitlines()
    phases = [line.rsplit(",", 1)[1] for line in text[1:]]
    rates = [float(line.split(",")[5]) for line in text[1:]]
    assert phases == ["head", "block2 on", "all"]
    assert rates == pytest.approx([1e-2, 3e-3, 1e-3])


def test_a_training_stopped_in_every_phase_goes_on_as_if_it_had_not_been(
    in_phases, whole, dataset, runs, monkeypatch
):
    """Averaged weights and the optimizer's state cross a phase's end, too."""
    write = Save.on_epoch_end

    def stop(self, number, logs=None):
        write(self, number, logs)
        raise StoppedError

    with monkeypatch.context() as patch:
        patch.setattr(Save, "on_epoch_end", stop)
        with pytest.raises(StoppedError):
            train(in_phases, dataset, runs=runs, quiet=True)
        (stopped,) = list_runs(runs)
        for epoch in (1, 2):
            assert epoch_of(latest_checkpoint(stopped)) == epoch
            with pytest.raises(StoppedError):
                resume(stopped, dataset, quiet=True)
    resumed = resume(stopped, dataset, quiet=True)
    for name in ("loss", "val_loss"):
        column = [np.genfromtxt(r.folder / "history.csv", delimiter=",", names=True)[name]
                  for r in (whole, resumed)]  # fmt: skip
        np.testing.assert_allclose(*column, rtol=0, atol=1e-5)
    for one, other in zip(load_network(whole).weights, load_network(resumed).weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
