"""An exported run: what it holds, that it works as any run, and what cannot be exported."""

import json
import platform
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import zoo
from zoo import weights
from zoo.data.drawn import drawn_dataset
from zoo.data.library import open_dataset
from zoo.errors import ZooError
from zoo.files import file_sha256
from zoo.metrics import compute_metrics
from zoo.runs import Run
from zoo.shipping.export import export
from zoo.shipping.verify import verify
from zoo.training.networks import load_network
from zoo.weights.facts import read_facts
from zoo.weights.probe import read_probe


def rewrite_json(path: Path, **change: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | change))


@pytest.fixture
def written(run_of, tmp_path):
    """A run and what was exported of it."""
    run = run_of("cpcpcpfff")
    return run, export(run, open_dataset("tiny"), tmp_path / "given" / "away")


def test_what_is_written_is_what_the_rounded_weights_give_in_float32(written):
    run, exported = written
    network = load_network(run, "float32")
    faces = open_dataset("tiny").split("validation").faces
    exact = network.predict(faces, verbose=0)
    for weight in network.weights:
        weight.assign(weight.numpy().astype(np.float16).astype(np.float32))
    rounded = network.predict(faces, verbose=0)
    saved = exported.predictions("validation")
    np.testing.assert_allclose(saved.probabilities, rounded, atol=1e-6)
    probe = network.predict(read_probe().faces, verbose=0)
    np.testing.assert_allclose(exported.predictions("probe").probabilities, probe, atol=1e-6)
    float16 = exported.metrics["float16"]
    assert float16["n"] == len(faces) == 70
    assert exported.metrics["timed_on"]["precision"] == "float32"
    assert 0 < float16["largest_probability_difference"] < 0.01
    difference = np.abs(exact - rounded).max()
    assert float16["largest_probability_difference"] == pytest.approx(difference, abs=1e-6)


def test_its_metrics_are_the_runs_but_for_what_the_weights_changed(written):
    run, exported = written
    saved = exported.predictions("validation")
    for key, kept in (("validation", np.ones(70, bool)), ("unseen", ~saved.seen)):
        measured = compute_metrics(saved.labels[kept], saved.probabilities[kept], saved.classes)
        assert exported.metrics[key] == {
            "n": kept.sum(), "top1": measured.top1, "log_loss": measured.log_loss
        }  # fmt: skip
    assert exported.metrics["weights_sha256"] == file_sha256(exported.weights_file)
    assert exported.metrics["exported_from"] == {
        "run": f"cpcpcpfff/{run.id}",
        "weights_sha256": file_sha256(run.folder / "best.weights.h5"),
    }
    new = {"validation", "unseen", "weights_sha256", "exported_from", "float16", "licence"}
    assert {key: exported.metrics[key] for key in run.metrics.keys() - new} == {
        key: value for key, value in run.metrics.items() if key not in new
    }
    assert exported.metrics.keys() == run.metrics.keys() | new


def test_the_header_says_what_the_run_was(written):
    run, exported = written
    facts = read_facts(exported.weights_file)
    assert facts.architecture == "cpcpcpfff"
    assert list(facts.classes) == run.metrics["classes"]
    assert list(facts.face_shape) == run.metrics["face_shape"]
    assert facts.options == run.recipe["network"]
    assert facts.fingerprint == run.metrics["fingerprint"]
    assert facts.versions == run.environment["versions"]


def test_exporting_twice_gives_the_same_files(written, tmp_path):
    run, exported = written
    again = export(run, open_dataset("tiny"), tmp_path / "again")
    files = sorted(path.relative_to(exported.folder) for path in exported.folder.rglob("*.*"))
    assert sorted(map(str, files)) == [
        "environment.json", "history.csv", "metrics.json", "predictions/probe.npz",
        "predictions/validation.npz", "recipe.toml", "seen-faces.npz", "weights.safetensors",
    ]  # fmt: skip
    for file in files:
        assert file_sha256(exported.folder / file) == file_sha256(again.folder / file), file


def test_nothing_of_this_machine_but_its_kind_is_given_away(run_of, small_zoo, tmp_path):
    run = run_of("cpcpcpfff")
    start = small_zoo / "runs" / "cpcpcpfff" / "earlier" / "best.weights.h5"
    text = (run.folder / "recipe.toml").read_text()
    changed = re.sub(r'^init = ".*"$', f'init = "{start}"', text, flags=re.MULTILINE)
    assert changed != text
    (run.folder / "recipe.toml").write_text(changed)
    machine = run.environment["machine"] | {"host": platform.node()}
    rewrite_json(
        run.folder / "environment.json",
        init_file=str(start),
        init_sha256="1" * 64,
        machine=machine,
    )
    rewrite_json(run.folder / "metrics.json", init=str(start))
    exported = export(Run(run.folder), open_dataset("tiny"), tmp_path / "exported")
    for path in exported.folder.rglob("*.*"):
        content = path.read_bytes()
        assert str(tmp_path).encode() not in content, path
        assert str(Path.home()).encode() not in content, path
    assert exported.recipe["init"] == exported.metrics["init"] == "cpcpcpfff/earlier"
    assert exported.start == Run(run.folder).start == "from earlier"
    assert exported.environment["machine"].keys() == {"system", "processor", "cores", "gpus"}
    assert exported.environment["init_sha256"] == "1" * 64
    assert exported.environment["recipe_sha256"] == file_sha256(exported.folder / "recipe.toml")


@pytest.mark.parametrize(
    ("init", "kept"),
    [
        ("none", "none"),
        ("imagenet", "imagenet"),
        ("five_layer/20261120-204512-s0-3f9a", "five_layer/20261120-204512-s0-3f9a"),
        ("five_layer/shipped", "five_layer/shipped"),
        ("/home/me/runs/vgg16/20261120-204512-s0-3f9a", "vgg16/20261120-204512-s0-3f9a"),
        ("/home/me/downloads/vgg16_notop.h5", "vgg16_notop.h5"),
        ("me/vgg16_notop.h5", "vgg16_notop.h5"),
        ("/home/me/weights.safetensors", "weights.safetensors"),
        ("/home/me/exported", "exported"),
        ("runs/vgg16/20261120-204512-s0-3f9a/best.weights.h5", "vgg16/20261120-204512-s0-3f9a"),
    ],
)
def test_what_the_weights_started_from_is_named_without_folders(init, kept):
    from zoo.shipping.export import portable

    assert portable(init) == kept


def test_an_exported_run_is_a_model_wherever_it_lies(written, tmp_path):
    _, exported = written
    shutil.move(exported.folder, tmp_path / "elsewhere")
    predictor = zoo.load(str(tmp_path / "elsewhere"))
    faces = open_dataset("tiny").split("validation").faces
    saved = Run(tmp_path / "elsewhere").predictions("validation")
    np.testing.assert_allclose(predictor.predict_proba(faces), saved.probabilities, atol=1e-6)


def test_a_run_goes_only_with_its_data_set_and_once(written, tmp_path):
    run, exported = written
    with pytest.raises(ZooError, match="was trained on 'tiny', not on 'drawn'"):
        export(run, drawn_dataset(7, 7, 0), tmp_path / "more")
    with pytest.raises(ZooError, match="is exported already: copy its folder"):
        export(exported, open_dataset("tiny"), tmp_path / "more")
    with pytest.raises(ZooError, match="exists already"):
        export(run, open_dataset("tiny"), exported.folder)
    assert not (tmp_path / "more").exists()


def test_a_run_without_weights_is_refused(run_of, tmp_path):
    run = run_of("cpcpcpfff")
    run.weights_file.unlink()
    with pytest.raises(ZooError, match="no weights of its own"):
        export(run, open_dataset("tiny"), tmp_path / "more")


def test_names_that_no_line_can_hold_are_refused(run_of, tmp_path):
    run = run_of("cpcpcpfff")
    rewrite_json(run.folder / "metrics.json", dataset="ti\x1bny")
    with pytest.raises(ZooError, match=r"'dataset' cannot be exported: .* printable"):
        export(Run(run.folder), open_dataset("tiny"), tmp_path / "more")
    assert not (tmp_path / "more").exists()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda f: rewrite_json(f / "metrics.json", classes=list("abcdefg")), "its classes is"),
        (lambda f: rewrite_json(f / "environment.json", classes=list("abcdefg")), "its classes"),
        (
            lambda f: rewrite_json(f / "metrics.json", face_shape=[96, 96, 1]),
            "its face_shape is 48, 48, 1, not 96, 96, 1",
        ),
        (
            lambda f: rewrite_json(f / "environment.json", face_shape=[48, 48, 3]),
            "its face_shape is 48, 48, 1, not 48, 48, 3",
        ),
        (lambda f: rewrite_json(f / "metrics.json", weights_sha256="0" * 64), "sha256"),
        (
            lambda f: edit(f / "recipe.toml", '"cpcpcpfff"', '"handcrafted"'),
            "its architecture is cpcpcpfff, not handcrafted",
        ),
        (
            lambda f: edit(f / "recipe.toml", "[network]", '[network]\nillumination = "clahe"'),
            "its options is",
        ),
        (
            lambda f: (f / "weights.safetensors").write_bytes(b"cos\nsystem\n(S'ls'\ntR."),
            "safetensors",
        ),
    ],
    ids=[
        "order",
        "order-recorded",
        "faces",
        "faces-recorded",
        "sha256",
        "architecture",
        "options",
        "pickle",
    ],
)
def test_weights_that_do_not_belong_to_their_folder_are_refused(exported, change, fault):
    change(exported)
    with pytest.raises(ZooError, match=fault) as refusal:
        zoo.load(str(exported))
    assert str(refusal.value).startswith(f"{exported / 'weights.safetensors'}: ")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        ("metrics.json", "validation", None),
        ("metrics.json", "weights_sha256", None),
        ("metrics.json", "milliseconds_per_face", "fast"),
        ("metrics.json", "float16", {"n": 70}),
        ("metrics.json", "dataset", "ti\x1bny"),
        ("metrics.json", "classes", None),
        ("environment.json", "classes", None),
        ("environment.json", "machine", {"processor": "one"}),
    ],
)
def test_a_folder_whose_records_lack_something_is_refused_wherever_it_is_named(
    exported, zoo_command, photo, file, key, value
):
    rewrite_json(exported / file, **{key: value})
    for command in (("predict", exported, photo), ("weights", "card", exported)):
        result = zoo_command(*command)
        assert result.exit_code == 2, result.output
        assert f"{exported / file}: damaged ('{key}" in result.stderr
        assert result.stderr.strip().isprintable()
    (verdict,) = verify([str(exported)])
    assert verdict.fault is not None
    assert verdict.fault.startswith(f"{exported / file}: damaged ('{key}")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(np.zeros((48, 48), np.uint8)).save(path)
    return path


def test_a_size_that_no_network_needs_is_refused_before_anything_is_allocated(tmp_path):
    folder = tmp_path / "mobilenet_v2"
    shutil.copytree(Path(weights.__file__).parent / "shipped" / "mobilenet_v2", folder)
    path = folder / "weights.safetensors"
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    facts = json.loads(header["__metadata__"]["facts"])
    facts["options"]["input_size"] = 2**21
    header["__metadata__"]["facts"] = json.dumps(facts)
    changed = json.dumps(header).encode()
    path.write_bytes(len(changed).to_bytes(8, "little") + changed + content[8 + length :])
    edit(folder / "recipe.toml", "[network]", f"[network]\ninput_size = {2**21}")
    rewrite_json(folder / "metrics.json", weights_sha256=file_sha256(path))
    (verdict,) = verify([str(folder)])
    assert verdict.fault == "option input_size of mobilenet_v2: 2097152, expected 32 to 512"


def test_the_precision_of_the_training_is_kept_and_float32_is_computed_in(run_of, tmp_path):
    run = run_of("cpcpcpfff")
    rewrite_json(run.folder / "environment.json", precision="bfloat16")
    exported = export(Run(run.folder), open_dataset("tiny"), tmp_path / "exported")
    assert exported.environment["precision"] == "bfloat16"
    assert {layer.compute_dtype for layer in load_network(exported).layers} == {"float32"}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_command_exports_and_says_what_rounding_changed(small_zoo, zoo_command):
    result = zoo_command("weights", "export", "cpcpcpfff", "given-away")
    assert result.exit_code == 0, result.output
    assert re.search(
        r"of 70 validation faces; rounding .* by more than \d\.\de-0\d", result.output
    )
    assert Run(Path("given-away")).finished
    refused = zoo_command("weights", "export", "cpcpcpfff", "given-away")
    assert refused.exit_code == 2
    assert "given-away exists already" in refused.output
