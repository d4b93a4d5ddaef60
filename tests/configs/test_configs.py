"""TOML text: found, read, laid over each other; other packages' architectures too."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zoo import configs
from zoo.errors import ZooError

NAMES = (
    "ccpccpccpff",
    "ccpccpccpff_avg",
    "convnext_tiny",
    "cpcpcpfff",
    "efficientnet_v2_b0",
    "five_layer",
    "four_block",
    "handcrafted",
    "handcrafted_fcn",
    "inception_v3",
    "mobilenet_v2",
    "resnet16",
    "resnet50",
    "vgg16",
    "vgg16_full",
)


@pytest.fixture(autouse=True)
def _files_found_anew() -> Iterator[None]:
    configs.architecture_files.cache_clear()
    yield
    configs.architecture_files.cache_clear()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Install a package that offers an architecture and cannot be imported; gives its folder."""

    def install(name: str) -> Path:
        package = tmp_path / "site" / "other_zoo"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
        metadata = tmp_path / "site" / "other_zoo-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: other-zoo\nVersion: 1.0\n"
        )
        (metadata / "entry_points.txt").write_text(
            f"[zoo.architectures]\n{name} = other_zoo.nets:{name}\n"
        )
        monkeypatch.syspath_prepend(tmp_path / "site")
        return package

    return install


def test_the_zoo_has_its_fourteen_architectures() -> None:
    assert tuple(configs.architecture_files()) == NAMES


def test_later_tables_win_key_by_key_and_leave_the_earlier_ones_alone() -> None:
    base = {"a": 1, "deep": {"x": 1, "y": 2}}
    assert configs.merged(base, {"deep": {"y": 3}}, {"a": 0, "new": {"z": 4}}) == {
        "a": 0,
        "deep": {"x": 1, "y": 3},
        "new": {"z": 4},
    }
    assert base == {"a": 1, "deep": {"x": 1, "y": 2}}


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_uses_only_keys_that_the_base_has(name: str) -> None:
    base = configs.base()
    for key, value in configs.recipe_table(name).items():
        assert key in base
        if isinstance(value, dict) and key != "network":
            assert value.keys() <= base[key].keys()


def test_a_recipe_holds_no_facts_and_may_be_changed_without_harm() -> None:
    recipe = configs.recipe_table("mobilenet_v2")
    assert "architecture" not in recipe
    table = next(value for value in recipe.values() if isinstance(value, dict))
    table.clear()
    assert configs.recipe_table("mobilenet_v2") != recipe


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = 1\nb = \n", "line 2"),
        (b"title = '\xff'\n", "not UTF-8"),
        (None, "no such file"),
        (b"a = " + b"[" * 5000, "nested too deeply"),
        (b"a = " + b"9" * 5000, "not valid TOML"),
    ],
)
def test_a_bad_file_is_refused_in_one_line_that_names_it(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ZooError, match=message) as refused:
        configs.read_toml(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes("\ufeffepochs = 3\n".encode())
    assert configs.read_toml(path) == {"epochs": 3}


def test_an_unknown_architecture_gets_the_nearest_names() -> None:
    with pytest.raises(ZooError, match="unknown architecture 'vgg_16': did you mean vgg16"):
        configs.architecture_table("vgg_16")


def test_another_package_adds_an_architecture_without_being_imported(
    install: Callable[[str], Path],
) -> None:
    toml = install("tiny") / "tiny.toml"
    toml.write_text("epochs = 2\n[architecture]\ntitle = 'tiny'\n")
    assert configs.architecture_files()["tiny"] == toml
    assert configs.architecture_table("tiny") == {"title": "tiny"}
    assert configs.recipe_table("tiny") == {"epochs": 2}


def test_two_architectures_of_one_name_are_refused_with_both_places(
    install: Callable[[str], Path],
) -> None:
    toml = install("vgg16") / "vgg16.toml"
    toml.write_text("[architecture]\n")
    with pytest.raises(ZooError, match="'vgg16' is there twice") as refused:
        configs.architecture_files()
    assert str(toml) in str(refused.value)
    assert str(Path(configs.__file__).parent / "vgg16.toml") in str(refused.value)


def test_another_package_without_its_toml_is_named(install: Callable[[str], Path]) -> None:
    install("tiny")
    with pytest.raises(ZooError, match=r"other_zoo\.nets:tiny: no tiny\.toml beside its module"):
        configs.architecture_files()


def test_listing_imports_nothing_heavy() -> None:
    code = (
        "import sys; from zoo.architectures import registry, summary; summary.list_table();"
        "print([m for m in ('keras', 'tensorflow', 'numpy', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_values_of_nested_tables_stand_by_their_dotted_keys():
    table = {"a": {"b": 1, "c": {"d": [2, {"e": 3}]}}, "f": [], "g": {}}
    assert configs.flat(table) == {"a.b": 1, "a.c.d.1": 2, "a.c.d.2.e": 3}
    assert configs.flat(table, lists=False) == {"a.b": 1, "a.c.d": [2, {"e": 3}], "f": []}
