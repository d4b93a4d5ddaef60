"""``ensemble.toml``: what the ensemble consists of, read, refused and written."""

import json
from dataclasses import replace

import pytest

from zoo.errors import ZooError
from zoo.models.choice import Choice
from zoo.models.ensemble_file import Listed, Member, ensemble_toml, read_ensemble
from zoo.models.names import resolve

HERE, ELSEWHERE = "a" * 64, "b" * 64
SHA = "0123456789abcdef" * 4


@pytest.fixture
def runs(home):
    return home / "runs"


@pytest.fixture
def written(home):
    """Writes the user's ensemble.toml."""

    def write(text):
        home.mkdir(exist_ok=True)
        (home / "ensemble.toml").write_text(text)
        return home / "ensemble.toml"

    return write


def tables(*runs):
    """[[members]] tables, spelled out here once more."""
    return "".join(
        f'[[members]]\nmodel = "{run.architecture}/{run.id}"\n'
        f'sha256 = "{run.metrics["weights_sha256"]}"\n'
        for run in runs
    )


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ('members = ["*"]', [Member("*")]),
        ('members = ["vgg16", "x/2026-s0"]', [Member("vgg16"), Member("x/2026-s0")]),
        (f'[[members]]\nmodel = "a"\nsha256 = "{SHA}"\n', [Member("a", SHA)]),
        (f'members = ["a", {{ model = "b", sha256 = "{SHA}" }}]', [Member("a"), Member("b", SHA)]),
        (f'[[members]]\nmodel = "a"\nsha256 = "{SHA}"\nweight = 2', [Member("a", SHA, 2)]),
    ],
)
def test_members_are_names_or_weights(text, members, written):
    assert read_ensemble(written(text)).members == tuple(members)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", 'no members: list them, or write members = ["*"]'),
        ('members = ["a", "b"]\nweights = [1, 2]', "unknown key 'weights'"),
        ('members = "vgg16"', "members: expected a list of names"),
        ('members = ["*", "vgg16"]', '"*" stands for every member: list it alone'),
        ('members = ["a", 3]', "member 2: expected a name, or a table"),
        ('members = ["a", ""]', "member 2: model: expected the name"),
        ('members = ["a", "ensemble"]', "member 2: the ensemble cannot be a member of itself"),
        (f'[[members]]\nsha256 = "{SHA}"', "member 1: model: expected the name"),
        ('[[members]]\nmodel = "a"', "member 1 (a): sha256: expected 64 hex digits"),
        (f'[[members]]\nmodel = "a"\nsha256 = "{SHA[1:]}"', "expected 64 hex digits"),
        (f'[[members]]\nmodel = "a"\nsha256 = "{SHA.upper()}"', "expected 64 hex digits"),
        (f'[[members]]\nmodel = "a"\nsha256 = "{SHA}"\nshare = 2', "unknown key 'share'"),
        *(
            (f'[[members]]\nmodel = "a"\nsha256 = "{SHA}"\nweight = {weight}', "(a): weight: exp")
            for weight in ("0", "-1", "nan", "inf", "true", '"1"')
        ),
        (
            f'members = ["a", {{ model = "b", sha256 = "{SHA}", weight = 2 }}]',
            "members: give each a weight, or none",
        ),
        ("members = [", "not valid TOML"),
    ],
)
def test_what_is_not_a_list_of_members_is_refused_by_name(text, said, written):
    path = written(text)
    with pytest.raises(ZooError) as refusal:
        read_ensemble(path)
    assert str(refusal.value).startswith(str(path))
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


CHOICE = {
    "of": ["members"], "method": "subset", "data": "fer2013", "fingerprint": HERE,
    "split": "validation", "n": 3589,
}  # fmt: skip


def toml(choice):
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in choice.items())
    return f'members = ["a", "b"]\n[choice]\n{lines}\n'


def test_a_file_may_say_what_chose_it(written):
    choice = Choice(("members",), "subset", "fer2013", HERE, "validation", 3589)
    assert read_ensemble(written(toml(CHOICE))).choice == choice
    assert read_ensemble(written(f'members = ["a", "b"]\n{choice.toml()}')).choice == choice


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"why": "good"}, "unknown key 'why'"),
        ({"of": []}, "of: [], expected some of members, weights, each once"),
        ({"of": ["epochs"]}, "of: ['epochs'], expected some of members, weights"),
        ({"of": ["members", "members"]}, "expected some of members, weights, each once"),
        ({"of": ["weights"]}, "of weights, but the members have none"),
        ({"method": ""}, "method: '', expected words"),
        ({"fingerprint": 7}, "fingerprint: 7, expected 64 hex digits"),
        ({"fingerprint": "abc"}, "fingerprint: 'abc', expected 64 hex digits"),
        ({"split": "PublicTest"}, "split: 'PublicTest', expected one of train, validation, test"),
        ({"n": 0}, "n: 0, expected how many faces chose"),
        ({"n": True}, "n: True, expected how many faces chose"),
        ({"candidates": "a, b"}, "candidates: 'a, b', expected names of models"),
        ({"candidates": [1]}, "candidates: [1], expected names of models"),
        ({"optimism": 2.0}, "optimism: 2.0, expected a difference of two accuracies"),
        ({"optimism": "none"}, "optimism: 'none', expected a difference of two accuracies"),
    ],
)
def test_a_choice_that_says_nothing_is_refused(written, changed, said):
    path = written(toml(CHOICE | changed))
    with pytest.raises(ZooError) as refusal:
        read_ensemble(path)
    assert str(refusal.value).startswith(f"{path}: choice: ")
    assert said in str(refusal.value)


@pytest.mark.parametrize("name", ["f😀", 'a "b"', "a\\b", "a\tb", "a\x7fb", "Gesichter, größer"])
def test_a_choice_and_members_of_any_name_are_read_back(name, written):
    choice = Choice(("members",), name, name, HERE, "test", 1)
    members = (Member(name, SHA), Member("b", SHA))
    assert read_ensemble(written(ensemble_toml(members, choice))) == Listed(members, choice)
    more = replace(choice, candidates=(name, "b", "c"), optimism=-0.001)
    listed = read_ensemble(written(ensemble_toml(members, more, tried=name)))
    assert listed == Listed(members, more, name)


def test_what_was_tried_is_text(written):
    with pytest.raises(ZooError, match="tried: expected text, in quotes"):
        read_ensemble(written('members = ["a", "b"]\ntried = ["wider"]'))


def test_whatever_there_is_was_not_chosen(written):
    path = written(toml(CHOICE).replace('["a", "b"]', '["*"]'))
    with pytest.raises(ZooError, match="are all there are: nothing chose them"):
        read_ensemble(path)


def test_half_a_choice_is_refused(written):
    path = written(toml({"of": ["members"], "n": 3}))
    with pytest.raises(ZooError, match="choice: method, data, fingerprint, split missing"):
        read_ensemble(path)
    with pytest.raises(ZooError, match="choice: expected a table with of, method"):
        read_ensemble(written('members = ["a"]\nchoice = "subset"'))


def test_the_packaged_file_can_be_read():
    from zoo.models.ensemble_file import ensemble_file

    assert read_ensemble(ensemble_file()).members


def test_the_ensemble_is_what_the_file_lists_and_says_which_file(made_up, runs, written):
    own = made_up("vgg16", "mine")
    shipped = made_up("cpcpcpfff", "shipped", fingerprint=ELSEWHERE)
    made_up("cpcpcpfff", "mine")
    path = written(tables(own, shipped))
    model = resolve("ensemble", HERE, runs)
    assert [run.folder for run in model.runs] == [own.folder, shipped.folder]
    assert model.chosen.startswith(f"ensemble of 2 by {path}: vgg16: run mine (")
    assert "cpcpcpfff: the shipped weights (" in model.chosen


def test_any_run_with_a_members_weights_may_stand_for_it(made_up, runs, written):
    shipped = made_up("cpcpcpfff", "shipped")
    path = written(tables(made_up("vgg16", "mine"), shipped))
    stand_in = shipped.folder.rename(runs / "cpcpcpfff-of-a-friend")
    (runs / "cpcpcpfff").mkdir()
    stand_in = stand_in.rename(runs / "cpcpcpfff" / "of-a-friend")
    made_up("cpcpcpfff", "shipped", weights_sha256=SHA)  # a later version of the package
    model = resolve("ensemble", HERE, runs)
    assert model.runs[1].folder == stand_in
    (stand_in / "metrics.json").unlink()
    with pytest.raises(ZooError) as refusal:
        resolve("ensemble", HERE, runs)
    told = str(refusal.value)
    assert told.startswith(f"members missing from the ensemble of {path}: cpcpcpfff/shipped (")
    assert "what goes by that name now has others" in told
    assert "zoo ensemble define" in told


def test_members_that_are_all_missing_are_told_in_one_line(runs, written):
    listed = "".join(
        f'[[members]]\nmodel = "{name}/shipped"\nsha256 = "{SHA}"\n' for name in ("a", "b")
    )
    written(listed)
    with pytest.raises(ZooError) as refusal:
        resolve("ensemble", None, runs)
    told = str(refusal.value)
    assert "a/shipped: weights with sha256 0123456789ab… are not here" in told
    assert "b/shipped" in told
    assert "\n" not in told


def test_shipped_weights_go_with_runs_on_other_data_if_the_classes_agree(made_up, runs, written):
    made_up("vgg16", "mine")
    made_up("cpcpcpfff", "shipped", fingerprint=ELSEWHERE)
    made_up("four_block", "shipped", fingerprint=ELSEWHERE, classes=["sad", "happy"])
    written('members = ["vgg16", "cpcpcpfff"]')
    assert len(resolve("ensemble", HERE, runs).runs) == 2
    written('members = ["vgg16", "four_block"]')
    with pytest.raises(
        ZooError, match=r"vgg16 mine and four_block shipped .* \(classes differs\)"
    ):
        resolve("ensemble", HERE, runs)


def test_defining_an_ensemble_writes_its_members_weights_once(
    made_up, runs, home, zoo_command, tmp_path
):
    own = made_up("vgg16", "mine")
    shipped = made_up("cpcpcpfff", "shipped", fingerprint=ELSEWHERE)
    define = ("ensemble", "define", "--members", "vgg16, cpcpcpfff/shipped")
    for arguments, path in (
        (define, home / "ensemble.toml"),
        ((*define, "--out", tmp_path / "other.toml"), tmp_path / "other.toml"),
    ):
        result = zoo_command(*arguments)
        assert result.exit_code == 0, result.output
        assert "ensemble of 2: vgg16: run mine" in result.output
        assert f"wrote {path}" in result.output
        listed = read_ensemble(path)
        assert listed.choice is None
        assert listed.members == tuple(
            Member(f"{run.architecture}/{run.id}", run.metrics["weights_sha256"])
            for run in (own, shipped)
        )
        refused = zoo_command(*arguments)
        assert refused.exit_code == 2
        assert "--overwrite" in refused.stderr
        assert zoo_command(*arguments, "--overwrite").exit_code == 0
    # better runs do not take the place of what was written down
    made_up("vgg16", "better", 0.5)
    assert [run.id for run in resolve("ensemble", HERE, runs).runs] == ["mine", "shipped"]


def test_a_member_that_is_not_among_the_runs_is_named_by_its_path(
    made_up, runs, home, zoo_command, tmp_path
):
    made_up("vgg16", "mine")
    given = made_up("cpcpcpfff", "given").folder.rename(tmp_path / "given")
    assert zoo_command("ensemble", "define", "--members", f"vgg16,{given}").exit_code == 0
    listed = read_ensemble(home / "ensemble.toml")
    assert [one.model for one in listed.members] == ["vgg16/mine", str(given)]
    assert resolve("ensemble", HERE, runs).runs[1].folder == given


def test_one_member_or_an_unknown_one_is_no_ensemble(made_up, zoo_command, home):
    made_up("vgg16", "mine")
    for members, said in (("vgg16", "two different members"), ("vgg16,nosuch", "unknown model")):
        result = zoo_command("ensemble", "define", "--members", members)
        assert result.exit_code == 2
        assert said in result.stderr
    assert not (home / "ensemble.toml").exists()
