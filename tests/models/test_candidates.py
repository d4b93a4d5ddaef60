"""Which run answers for an architecture's name."""

import pytest

from zoo.errors import ZooError
from zoo.models.candidates import best_accuracies, best_run, every_architecture, initial_run

HERE, ELSEWHERE = "a" * 64, "b" * 64


@pytest.fixture
def runs(home):
    return home / "runs"


@pytest.mark.parametrize(
    ("own", "shipped", "in_use", "answers"),
    [
        # on the data set in use the better of the two
        ([("mine", 1.0, HERE)], (1.1, HERE), HERE, "mine"),
        ([("mine", 1.2, HERE)], (1.1, HERE), HERE, "shipped"),
        ([("mine", 1.2, HERE), ("other", 1.0, HERE)], (1.1, HERE), HERE, "other"),
        # losses on different faces are not compared
        ([("mine", 1.2, HERE)], (1.1, ELSEWHERE), HERE, "mine"),
        ([("mine", 1.0, ELSEWHERE)], (1.1, HERE), HERE, "shipped"),
        # where there is nothing on the data set in use, what was shipped
        ([("mine", 1.0, ELSEWHERE)], (1.1, "c" * 64), HERE, "shipped"),
        ([], (1.1, ELSEWHERE), HERE, "shipped"),
        # without a data set in use the user's own come first
        ([], (1.1, ELSEWHERE), None, "shipped"),
        ([("mine", 1.2, HERE)], (1.1, ELSEWHERE), None, "mine"),
        ([("mine", 1.2, HERE)], (1.1, HERE), None, "shipped"),
        ([("mine", 1.0, HERE)], None, HERE, "mine"),
        ([("mine", 1.0, HERE)], None, None, "mine"),
    ],
)
def test_the_best_run_on_the_data_in_use_answers_or_else_the_shipped_one(
    own, shipped, in_use, answers, made_up, runs
):
    for run_id, loss, data in own:
        made_up("cpcpcpfff", run_id, loss, data)
    if shipped:
        made_up("cpcpcpfff", "shipped", *shipped)
    made_up("vgg16", "shipped", 0.1)
    run = best_run("cpcpcpfff", in_use, runs)
    assert (run.architecture, run.id) == ("cpcpcpfff", answers)


def test_limited_runs_and_those_on_other_data_do_not_answer(made_up, runs):
    made_up("cpcpcpfff", "trial", limit=100)
    made_up("cpcpcpfff", "foreign", fingerprint=ELSEWHERE)
    with pytest.raises(ZooError) as refusal:
        best_run("cpcpcpfff", HERE, runs)
    assert str(refusal.value) == (
        "cpcpcpfff has no finished, unlimited run on this data set (2 unfinished, limited or on "
        "other data: name one by its id), and no weights of it came with the zoo: "
        "zoo train cpcpcpfff"
    )
    with pytest.raises(ZooError, match="vgg16 has no finished, unlimited run, and no weights"):
        best_run("vgg16", None, runs)


def test_runs_on_several_data_sets_need_one_to_be_named(made_up, runs):
    made_up("cpcpcpfff", "one")
    made_up("cpcpcpfff", "two", fingerprint=ELSEWHERE)
    made_up("cpcpcpfff", "shipped", fingerprint=ELSEWHERE)
    with pytest.raises(ZooError, match=r"several data sets \(elsewhere, here\): .* --data"):
        best_run("cpcpcpfff", None, runs)


@pytest.mark.parametrize(
    ("own", "shipped", "in_use", "members"),
    [
        ([("vgg16", HERE), ("a", HERE)], [("five_layer", ELSEWHERE)], HERE, "a vgg16"),
        ([("vgg16", HERE)], [("four_block", HERE)], HERE, "four_block vgg16"),
        ([("vgg16", HERE)], [("four_block", HERE)], None, "four_block vgg16"),
        ([("vgg16", ELSEWHERE)], [("four_block", "c" * 64)], HERE, "four_block"),
        ([], [("four_block", ELSEWHERE), ("cpcpcpfff", ELSEWHERE)], None, "cpcpcpfff four_block"),
        ([], [], HERE, ""),
    ],
)  # fmt: skip
def test_everything_there_is_means_on_the_data_in_use_or_else_what_was_shipped(
    own, shipped, in_use, members, made_up, runs
):
    for architecture, data in own:
        made_up(architecture, "mine", fingerprint=data)
    for architecture, data in shipped:
        made_up(architecture, "shipped", fingerprint=data)
    assert " ".join(every_architecture(in_use, runs)) == members


@pytest.mark.parametrize(
    ("own", "shipped", "starts_from"),
    [
        ([], True, "shipped"),
        ([("mine", 1.2, "imagenet")], True, "mine"),
        ([("mine", 1.2, "imagenet"), ("tuned", 0.9, "vgg16/shipped")], True, "mine"),
        # repeated, the command must not start from what it made the first time
        ([("tuned", 0.9, "vgg16/shipped")], True, "shipped"),
        ([("tuned", 0.9, "vgg16/mine")], False, "tuned"),
    ],
)
def test_a_training_starts_from_an_own_run_that_started_afresh_or_from_what_was_shipped(
    own, shipped, starts_from, made_up, runs
):
    for run_id, loss, init in own:
        made_up("vgg16", run_id, loss, init=init)
    if shipped:
        made_up("vgg16", "shipped", 1.0, ELSEWHERE)
    assert initial_run("vgg16", runs).id == starts_from


def test_a_training_starts_from_shipped_weights_that_are_better_on_the_same_data(made_up, runs):
    made_up("vgg16", "mine", 1.2, init="imagenet")
    made_up("vgg16", "shipped", 1.1)
    assert initial_run("vgg16", runs).id == "shipped"


def test_the_list_says_what_is_shipped_and_what_it_reaches(made_up, runs):
    made_up("cpcpcpfff", "mine", 1.2)
    made_up("cpcpcpfff", "shipped", 1.0, ELSEWHERE)
    made_up("vgg16", "shipped", 1.0, ELSEWHERE)
    own = "75.00% on here, validation, n = 40"
    shipped = "shipped: 75.00% on elsewhere, validation, n = 40"
    said = best_accuracies(None, runs)
    assert said["cpcpcpfff"] == f"{own}; {shipped}"
    assert said["vgg16"].startswith(shipped)
    assert best_accuracies(ELSEWHERE, runs)["cpcpcpfff"] == shipped


def test_a_damaged_run_does_not_answer_and_is_named(made_up, runs, zoo_command):
    damaged = made_up("cpcpcpfff", "damaged", validation=None)
    made_up("cpcpcpfff", "mine", 1.2)
    assert best_run("cpcpcpfff", HERE, runs).id == "mine"
    listed = zoo_command("list")
    assert listed.exit_code == 0, listed.output
    assert f"{damaged.folder / 'metrics.json'}: damaged ('validation'" in listed.stderr
