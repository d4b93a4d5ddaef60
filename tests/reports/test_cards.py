"""Model cards: every number against an independent answer."""

import dataclasses
import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics

from zoo import configs, weights
from zoo.architectures import registry
from zoo.errors import ZooError
from zoo.files import file_sha256
from zoo.models import Choice, as_members, ensemble_toml, model_of
from zoo.models.saved import weights_sha256
from zoo.reports.cards import card, card_model, shipped_models
from zoo.weights.manifest import LICENCE_REMARK

SECTIONS = [
    "Architecture", "Data", "Training", "Accuracy on validation", "Reliability", "Test", "Weights",
    "Intended use", "Limits", "Licence",
]  # fmt: skip


def section(text, title):
    """What stands under a heading, the subheadings' tables included."""
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def tables(text):
    """The tables of a Markdown text as lists of rows of cells, headings first."""
    blocks = re.findall(r"(?:^\|.*\|$\n?)+", text, re.MULTILINE)
    return [
        [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for place, line in enumerate(block.strip().splitlines())
            if place != 1
        ]
        for block in blocks
    ]


def columns(table):
    """The columns of a table whose first cell names each row, by their headings."""
    return {
        heading: {row[0]: row[place] for row in table[1:]}
        for place, heading in enumerate(table[0])
        if place
    }


def per_cent(value):
    return f"{100 * value:.2f}"


def flat_toml(name):
    """The values of one of the zoo's TOMLs by dotted key."""
    tables = tomllib.loads((Path(configs.__file__).parent / f"{name}.toml").read_text("utf-8"))
    return {
        key if inner is None else f"{key}.{inner}": value
        for key, content in tables.items()
        for inner, value in (content.items() if isinstance(content, dict) else [(None, content)])
    }


def card_of(run):
    return card(model_of(run))


def test_the_summary_holds_scikit_learns_numbers_on_all_and_on_unseen_faces(finished_run):
    run = finished_run()
    saved = run.predictions("validation")
    text = card_of(run)
    shown = columns(tables(section(text, "Accuracy on validation"))[0])
    for heading, kept in (("all", np.ones(200, bool)), ("not also in train", ~saved.seen)):
        labels, probabilities = saved.labels[kept], saved.probabilities[kept].astype(float)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        predicted = probabilities.argmax(axis=1)
        right = int((labels == predicted).sum())
        interval = scipy.stats.binomtest(right, len(labels)).proportion_ci(method="wilson")
        accuracy = sklearn.metrics.accuracy_score(labels, predicted)
        ours = shown[heading]
        assert ours["n"] == str(len(labels))
        assert ours["top-1 accuracy %"] == per_cent(accuracy)
        assert (ours["95 % low"], ours["95 % high"]) == (
            per_cent(interval.low), per_cent(interval.high),
        )  # fmt: skip
        assert ours["macro-F1 %"] == per_cent(
            sklearn.metrics.f1_score(labels, predicted, average="macro")
        )
        assert ours["log-loss"] == f"{sklearn.metrics.log_loss(labels, probabilities):.4f}"
        assert (
            f"{per_cent(accuracy)} % (95 %: {per_cent(interval.low)}–{per_cent(interval.high)} %, "
            f"n = {len(labels)})"
        ) in text.split("\n## ")[0]
    assert "50 of the 200 validation faces also stand in train" in text


def test_classes_and_confusions_are_scikit_learns(finished_run):
    run = finished_run()
    saved = run.predictions("validation")
    predicted = saved.probabilities.argmax(axis=1)
    _, classes, confusion = tables(section(card_of(run), "Accuracy on validation"))
    numbers = sklearn.metrics.precision_recall_fscore_support(saved.labels, predicted)
    expected = [
        [name, *(per_cent(number[place]) for number in numbers[:3]), str(numbers[3][place])]
        for place, name in enumerate(saved.classes)
    ]
    assert classes[1:] == expected
    counts = sklearn.metrics.confusion_matrix(saved.labels, predicted)
    assert confusion[0][1:] == list(saved.classes)
    assert [row[1:] for row in confusion[1:]] == [[str(n) for n in row] for row in counts]


def test_reliability_is_that_of_a_literal_loop(finished_run):
    run = finished_run()
    saved = run.predictions("validation")
    text = section(card_of(run), "Reliability")
    (bins,) = tables(text)
    error = 0.0
    for number, row in enumerate(bins[1:]):
        inside = [
            (float(max(p)), p.argmax() == label)
            for p, label in zip(saved.probabilities, saved.labels, strict=True)
            if number / 15 < float(max(p)) <= (number + 1) / 15
        ]
        assert row[1] == str(len(inside))
        if inside:
            confidence, accuracy = np.mean(inside, axis=0)
            assert row[2:4] == [per_cent(confidence), per_cent(accuracy)]
            error += len(inside) / 200 * abs(accuracy - confidence)
    assert len(bins) == 16
    assert f"Expected calibration error {per_cent(error)} %, n = 200" in text


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("train_seconds", 7260.0, "| time | 121.0 minutes |"),
        ("faces_per_second", 4567.8, "| speed | 4,568 faces/s |"),
        ("epochs", 77, "| epochs | 77 |"),
        ("epochs", 78, "the best of its 78 epochs"),
        ("best_epoch", 5, "| best epoch | 5, by loss on validation |"),
        ("monitor", "accuracy", "| best epoch | 19, by accuracy on validation |"),
        ("precision", "float32", "| computed in | float32 |"),
        ("train_faces", 9876, "| train | 9,876 |"),
        ("parameters", 1234567, "| parameters | 1,234,567 |"),
        ("trainable_parameters", 7654321, "| of these trained | 7,654,321 |"),
        ("milliseconds_per_face", 4.567, "| time per face | 4.57 ms"),
    ],
)
def test_what_a_run_records_stands_on_its_card_and_nothing_else(finished_run, key, value, words):
    assert words not in card_of(finished_run())
    assert words in card_of(finished_run(seed=2, **{key: value}))


def test_the_machine_the_software_and_the_data_are_the_recorded_ones(finished_run):
    run = finished_run()
    text = card_of(run)
    assert "| machine | A Processor, 3 cores, 1 GPU |" in text
    assert "| software | Python 3.11.7, zoo 0.1.0, keras 3.15.1 |" in text
    assert f"Data set `made-up`, fingerprint `{'d' * 64}`." in text
    assert f"| sha256 | `{file_sha256(run.weights_file)}` |" in text
    assert f"| size | {run.weights_file.stat().st_size} bytes |" in text
    facts = registry.architecture("cpcpcpfff")
    for fact in (facts.title, facts.source, facts.notes):
        assert fact in section(text, "Architecture")


def test_the_recipe_is_what_differs_from_the_base_with_the_command_for_it(finished_run):
    settings = ("batch_size=17", "augmentation.flip=false", "network.illumination=clahe")
    text = section(card_of(finished_run(settings=settings)), "Training")
    recipe = {row[0]: row[1:] for row in tables(text)[0][1:]}
    base = flat_toml("base")
    assert recipe == {
        f"`{key}`": [str(value), str(base[key])]
        for key, value in flat_toml("cpcpcpfff").items()
        if not key.startswith("architecture.") and value != base[key]
    } | {
        "`batch_size`": ["17", "128"],
        "`augmentation.flip`": ["false", "true"],
        "`network.illumination`": ["clahe", "–"],
    }
    assert (
        "```sh\nzoo train cpcpcpfff --data made-up --set augmentation.flip=false "
        "--set batch_size=17 --set network.illumination=clahe\n```"
    ) in text


def test_a_card_has_every_section_in_order_and_says_what_chose_the_model(finished_run):
    text = card_of(finished_run())
    place = SECTIONS.index("Intended use")
    tried = ["What was tried"] if registry.architecture("cpcpcpfff").tried else []
    sections = [*SECTIONS[:place], *tried, *SECTIONS[place:]]
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == sections
    assert text.startswith("# cpcpcpfff, run ")
    assert "validation, which **chose this model**" in text.split("\n## ")[0]
    assert "**chose this model**" in section(text, "Accuracy on validation")
    assert "not shipped" in text


def test_a_card_says_what_the_model_is_not_for(finished_run):
    text = card_of(finished_run())
    for words in ("who somebody is", "detecting lies", "at work or in education", "2024/1689"):
        assert words in section(text, "Intended use")
    assert "An expression is not a feeling" in section(text, "Limits")


def test_what_is_true_of_fer2013_alone_is_said_of_it_alone(finished_run):
    assert "FER2013" not in card_of(finished_run())
    text = card_of(finished_run(n=3589))
    assert "\n## Accuracy on validation (PublicTest)\n" in text
    assert "| test (PrivateTest) | – | not read |" in text
    assert "64.8 % of the PublicTest faces" in section(text, "Limits")
    assert "carries no licence to redistribute" in section(text, "Licence")


def test_the_test_split_has_a_place_that_is_empty_until_it_was_read(finished_run):
    run = finished_run()
    assert "has not been read" in section(card_of(run), "Test")
    validation = run.predictions("validation")
    kept = dataclasses.replace(
        validation, split="test", ids=validation.ids[:90], labels=validation.labels[:90],
        probabilities=validation.probabilities[:90], seen=validation.seen[:90],
    )  # fmt: skip
    kept.write(run.predictions_file("test"))
    text = card_of(run)
    right = np.mean(kept.probabilities.argmax(axis=1) == kept.labels)
    assert columns(tables(section(text, "Test"))[0])["all"]["top-1 accuracy %"] == per_cent(right)
    assert "not been read" not in text
    assert "| test | – | read |" in text


def test_a_trial_and_a_start_from_scratch_are_told_at_once(finished_run):
    run = finished_run("vgg16", settings=("init=none",), limit=4321)
    text = card_of(run)
    assert "Mind: 4,321 training faces, from scratch." in text.split("\n## ")[0]
    assert "| train | 4,321 | the weights were fitted to them; a trial" in text


def test_what_was_tried_is_told_where_the_architectures_facts_tell_it(finished_run, monkeypatch):
    run = finished_run()
    facts = dataclasses.replace(registry.architecture("cpcpcpfff"), tried="Wider layers | deeper.")
    monkeypatch.setattr(registry, "architecture", lambda name: facts)
    assert "Wider layers | deeper." in section(card_of(run), "What was tried")


def test_the_card_of_shipped_weights_tells_what_their_start_was(package):
    found = tables(section(card(card_model("mobilenet_v2", Path("nowhere"))), "Training"))
    started = dict(row for table in found for row in table if len(row) == 2)["started from"]
    assert started.startswith("ImageNet weights without the top, recovered from the 8-bit model")
    assert started.endswith(
        "; sha256 `96bb0557e52a680004abae6d9e99d5ff3de62e4e1f0f6e2d5d3c57188925699a`"
    )


@pytest.mark.parametrize("kind", ["single", "ensemble"])
def test_every_table_is_well_formed(shipped_run, kind):
    runs = [shipped_run("cpcpcpfff", 1), shipped_run("ccpccpccpff", 2)]
    text = card_of(runs[0]) if kind == "single" else card(shipped_models()[-1])
    found = re.findall(r"(?:^\|.*\|$\n?)+", text, re.MULTILINE)
    assert len(found) > 5
    for block in found:
        lines = block.strip().splitlines()
        counts = {len(re.split(r"(?<!\\)\|", line)) for line in lines}
        assert len(counts) == 1, block
        assert re.fullmatch(r"\|( ---:? \|)+", lines[1]), block
        before = text[: text.index(block)]
        assert before.endswith("\n\n"), block


def test_shipped_weights_tell_what_rounding_changed_and_their_licence(shipped_run):
    run = shipped_run()
    text = card(card_model("cpcpcpfff", Path("nowhere")))
    assert text.startswith("# cpcpcpfff\n")
    assert '`zoo.load("cpcpcpfff/shipped")`' in text
    told = section(text, "Weights")
    assert "the largest difference of a probability is 0.0012, over 200 validation" in told
    assert "float16, float32 beyond its range; computed with in float32" in told
    assert f"`{file_sha256(run.folder / 'weights.safetensors')}`" in told
    assert f"Weights: Apache-2.0. {LICENCE_REMARK}" in section(text, "Licence")
    assert f"| training | {run.metrics['exported_from']['run']} |" in text


def test_files_that_contradict_each_other_get_no_card(finished_run, shipped_run, blunter):
    run = finished_run(seed=5)
    run.weights_file.write_bytes(b"other weights")
    with pytest.raises(ZooError, match="not the weights that were recorded"):
        card_of(run)
    run.weights_file.unlink()
    with pytest.raises(ZooError, match="no such weights"):
        card_of(run)
    run = finished_run(seed=6)
    blunter(run)
    with pytest.raises(ZooError, match="not the predictions that metrics.json was written from"):
        card_of(run)
    shipped = shipped_run()
    manifest = shipped.folder.parents[1] / "manifest.json"
    whole = manifest.read_text()
    content = json.loads(whole)
    content["entries"][0]["sha256"] = "0" * 64
    for text in (json.dumps(content), '{"format": 1, "entries": []}'):
        manifest.write_text(text)
        with pytest.raises(ZooError, match="not the weights that were recorded"):
            card_of(shipped)
    manifest.write_text(whole)
    assert card_of(shipped)


def test_an_ensembles_card_names_its_members_and_measures_the_mean(shipped_run):
    runs = [shipped_run("ccpccpccpff", 2), shipped_run("cpcpcpfff", 1)]
    saved = [run.predictions("validation") for run in runs]
    mean = np.mean([one.probabilities.astype(float) for one in saved], axis=0)
    labels = saved[0].labels
    accuracies = [np.mean(one.probabilities.argmax(1) == labels) for one in saved]
    reached = np.mean(mean.argmax(axis=1) == labels)
    text = card(card_model("ensemble", Path("nowhere")))
    assert text.startswith("# ensemble\n\nThe mean of the softmaxes of 2 networks")
    assert '`zoo.load("ensemble")`' in text
    assert "validation, which **chose this model**: " + per_cent(reached) in text
    members = tables(section(text, "Members"))[0]
    assert [row[:2] for row in members[1:3]] == [
        [f"{run.architecture}/shipped", f"`{file_sha256(run.weights_file)}`"] for run in runs
    ]
    compared, gain, disagreement = tables(section(text, "What averaging gains"))
    assert {row[0]: row[1] for row in compared[1:]} == {
        "ccpccpccpff": per_cent(accuracies[0]), "cpcpcpfff": per_cent(accuracies[1]),
        "ensemble": per_cent(reached),
    }  # fmt: skip
    assert gain[1][1] == per_cent(reached - max(accuracies))
    differ = np.mean(saved[0].probabilities.argmax(1) != saved[1].probabilities.argmax(1))
    assert disagreement[1][2] == f"{100 * differ:.1f}"
    summary = columns(tables(section(text, "Accuracy on validation"))[0])
    assert summary["all"]["top-1 accuracy %"] == per_cent(reached)
    assert summary["not also in train"]["top-1 accuracy %"] == per_cent(
        np.mean((mean.argmax(axis=1) == labels)[~saved[0].seen])
    )
    assert "has not been read" in section(text, "Test")


def test_the_ensemble_of_the_package_has_shipped_members_alone(shipped_run, finished_run):
    assert shipped_models() == []
    shipped_run("cpcpcpfff", 1)
    packaged = weights.SHIPPED.parent / "ensemble.toml"
    own = finished_run("ccpccpccpff", 2)
    with packaged.open("a") as file:
        file.write(f'[[members]]\nmodel = "{own.folder}"\nsha256 = "{weights_sha256(own)}"\n')
    with pytest.raises(ZooError, match="not shipped: ccpccpccpff"):
        shipped_models()


def test_the_command_prints_a_card_or_writes_it(finished_run, zoo_command, tmp_path):
    run = finished_run()
    runs = ("--runs", tmp_path / "runs")
    printed = zoo_command("weights", "card", run.id, *runs)
    assert printed.exit_code == 0
    assert printed.stdout == card_of(run)
    out = tmp_path / "cards" / "mine.md"
    assert zoo_command("weights", "card", run.id, *runs, "--out", out).exit_code == 0
    assert out.read_text(encoding="utf-8") == card_of(run)
    refused = zoo_command("weights", "card", run.id, *runs, "--out", out)
    assert refused.exit_code == 2
    assert "--overwrite" in refused.stderr


def test_the_command_writes_the_cards_of_everything_that_is_shipped(
    shipped_run, zoo_command, tmp_path
):
    out = tmp_path / "cards"
    assert "no weights" in zoo_command("weights", "card", "--all", "--out", out).output
    run = shipped_run("cpcpcpfff", 1)
    shipped_run("ccpccpccpff", 2)
    assert zoo_command("weights", "card", "--all", "--out", out).exit_code == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "ccpccpccpff.md", "cpcpcpfff.md", "ensemble.md",
    ]  # fmt: skip
    assert (out / "cpcpcpfff.md").read_text(encoding="utf-8") == card_of(run)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name a shipped model or a run"),
        (("--all",), "--all with --out"),
        (("a", "--all", "--out", "b"), "name a shipped model or a run"),
        (("nothing",), "unknown shipped model or run 'nothing'"),
    ],
)
def test_the_command_refuses_in_one_line(zoo_command, arguments, words):
    refused = zoo_command("weights", "card", *arguments)
    assert refused.exit_code == 2
    assert words in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_the_cards_in_the_documentation_are_those_of_the_shipped_weights(package):
    folder, shipped = Path(__file__).parents[2] / "docs" / "cards", shipped_models()
    assert {path.stem for path in folder.glob("*.md")} == {model.name for model in shipped}
    for model in shipped:
        path = folder / f"{model.name}.md"
        assert path.read_text(encoding="utf-8") == card(model), f"{path}: zoo weights card --all"


def test_a_machine_without_a_gpu_says_nothing_of_it(finished_run):
    machine = {"system": "Linux", "processor": "A Processor", "cores": 1, "gpus": []}
    text = card_of(finished_run(environment={"machine": machine}))
    assert "| machine | A Processor, 1 core |" in text
    pair = machine | {"gpus": ["gpu:0", "gpu:1"]}
    text = card_of(finished_run(seed=2, environment={"machine": pair}))
    assert "| machine | A Processor, 1 core, 2 GPUs |" in text


def test_a_phase_that_takes_the_rest_is_told_with_its_epochs(finished_run):
    phases = (
        'phases=[{name = "head", learning_rate = 1e-3, epochs = 3},'
        ' {name = "all", learning_rate = 1e-4}]'
    )
    text = section(card_of(finished_run(settings=(phases, "epochs=20"))), "Training")
    recipe = {row[0]: row[1] for row in tables(text)[0][1:]}
    assert [recipe[f"`phases.{number}.epochs`"] for number in (1, 2)] == ["3", "17"]


def test_an_ensembles_card_tells_what_chose_it_and_what_was_tried(shipped_run):
    runs = [shipped_run("ccpccpccpff", 2), shipped_run("cpcpcpfff", 1)]
    packaged, members = weights.SHIPPED.parent / "ensemble.toml", as_members(runs, weights.SHIPPED)

    def written(**options):
        choice = Choice(("members",), "subset", "made-up", "d" * 64, "validation", 200, **options)
        packaged.write_text(ensemble_toml(members, choice, "Four more networks | a gate."))
        return card(card_model("ensemble", Path("nowhere")))

    text = written()
    told = section(text, "What chose it")
    assert "`subset` of `zoo ensemble search` on 200 faces." in told
    assert "```" not in told
    assert "Four more networks | a gate." in section(text, "What was tried")
    candidates = ("ccpccpccpff/shipped", "cpcpcpfff/shipped", "handcrafted/shipped")
    told = section(written(candidates=candidates, optimism=0.0123), "What chose it")
    assert f"among 3 candidates: {', '.join(candidates)}." in told
    assert "top-1 changes by −1.23 points" in told
    assert (
        f"zoo ensemble search --members {','.join(candidates)} --data made-up "
        "--write ensemble.toml --method subset"
    ) in told
