"""The commands of the README do what it says, on a small csv."""

import re
import shlex
from pathlib import Path

import pytest
import skimage.data
from PIL import Image

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line.split("#")[0].strip() for line in re.findall(r"^    zoo (.+)$", README, re.M)]


def test_the_readme_begins_with_the_two_commands():
    first = re.findall(r"^    (.+)$", README, re.M)
    assert [line.split("#")[0].strip() for line in first[:3]][1:] == ["make demo", "make test"]


@pytest.mark.slow
def test_the_readmes_commands_run_in_its_order(
    zoo_command, package, drawn_csv, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(skimage.data.astronaut()).save("photo.jpg")
    header, *faces = drawn_csv.read_text().splitlines(keepends=True)
    Path("fer2013.csv").write_text("".join([header, *faces[::4]]))
    assert len(COMMANDS) >= 6
    for command in COMMANDS:
        result = zoo_command(*shlex.split(command))
        assert result.exit_code == 0, f"zoo {command}: {result.output}"


def test_every_link_of_the_readme_leads_somewhere():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    local = [target for target in targets if "://" not in target]
    assert local
    assert [target for target in local if not (ROOT / target).exists()] == []
