"""A page that needs nothing but itself."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from zoo.errors import ZooError
from zoo.figures.style import new_figure
from zoo.reports.page import Picture, Section, write_page
from zoo.tables import Column, Table

NASTY = "<script>alert(1)</script> & \"quoted\" 'too'"


class Page(HTMLParser):
    """Tags with their attributes, and the text outside <style>."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.texts, self.open = [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip() and self.open[-1] != "style":
            self.texts.append(data.strip())


@pytest.fixture
def picture(tmp_path):
    with new_figure(3, 2, tmp_path / "a.png") as figure:
        figure.subplots().plot([1, 2])
    return Picture(tmp_path / "a.png", caption=f"caption {NASTY}", alternative=f"two dots {NASTY}")


@pytest.fixture
def table():
    return Table(f"table {NASTY}", (Column("a"),), [(f"cell {NASTY}",)], [f"note {NASTY}"])


def test_a_page_holds_everything_in_order_and_closes_every_tag(tmp_path, picture, table):
    sections = [Section(f"section {NASTY}", [f"text {NASTY}", table, picture])]
    write_page(tmp_path / "page.html", f"title {NASTY}", sections)
    page = Page(tmp_path / "page.html")
    assert page.open == []
    words = ("title", "title", "section", "text", "table", "a", "cell", "note", "caption")
    assert [text.split(" <")[0] for text in page.texts] == list(words)


def test_every_text_is_escaped(tmp_path, picture, table):
    write_page(tmp_path / "page.html", NASTY, [Section(NASTY, [NASTY, table, picture])])
    page = Page(tmp_path / "page.html")
    assert "script" not in [tag for tag, _ in page.tags]
    assert page.texts.count(NASTY) == 4
    image = next(attributes for tag, attributes in page.tags if tag == "img")
    assert image["alt"] == f"two dots {NASTY}"


def test_pictures_are_inside_the_page_at_the_size_they_were_drawn_for(tmp_path, picture):
    write_page(tmp_path / "page.html", "t", [Section("s", [picture])])
    image = next(attrs for tag, attrs in Page(tmp_path / "page.html").tags if tag == "img")
    kind, data = image["src"].split(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(data) == picture.path.read_bytes()
    assert image["width"] == "300"


def test_a_page_asks_for_nothing_from_outside(tmp_path, picture, table):
    write_page(tmp_path / "page.html", "t", [Section("s", [table, picture])])
    text = (tmp_path / "page.html").read_text()
    assert "default-src 'none'" in text
    assert re.findall(r"https?:|//|url\(|@import", re.sub(r"base64,[^\"]*", "", text)) == []


def test_an_existing_page_is_kept_unless_it_may_be_overwritten(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("mine")
    with pytest.raises(ZooError, match="--overwrite"):
        write_page(path, "t", [])
    assert path.read_text() == "mine"
    write_page(path, "new", [], overwrite=True)
    assert "<h1>new</h1>" in path.read_text()


@pytest.mark.parametrize("content", [None, b"", b"GIF89a"])
def test_a_missing_or_wrong_picture_is_refused_and_nothing_written(tmp_path, content):
    if content is not None:
        (tmp_path / "b.png").write_bytes(content)
    section = Section("s", [Picture(tmp_path / "b.png", "c", "a")])
    with pytest.raises(ZooError, match=r"b\.png"):
        write_page(tmp_path / "page.html", "t", [section])
    assert not (tmp_path / "page.html").exists()


def test_braces_in_texts_are_only_text(tmp_path):
    write_page(tmp_path / "page.html", "{title}", [Section("{0}", ["{body}"])])
    assert Page(tmp_path / "page.html").texts == ["{title}", "{title}", "{0}", "{body}"]


def test_a_page_has_no_script_unless_its_tables_are_to_be_sorted(tmp_path, table):
    for name, sortable in (("plain", False), ("sorted", True)):
        write_page(tmp_path / f"{name}.html", "t", [Section("s", [table])], sortable=sortable)
    plain, page = ((tmp_path / f"{name}.html").read_text() for name in ("plain", "sorted"))
    assert "script" not in plain.replace("&lt;script&gt;", "").replace("&lt;/script&gt;", "")
    code = page.partition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    assert page.count("<script>") == 1
    assert f"style-src 'unsafe-inline'; script-src 'sha256-{digest}'\">" in page
