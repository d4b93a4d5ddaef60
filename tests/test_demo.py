"""The demo, on few faces."""

import re

from zoo import demo
from zoo.data.drawn import drawn_dataset


def test_the_demo_ends_in_one_self_contained_report(zoo_command, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "EPOCHS", {"cpcpcpfff": 1, "handcrafted_fcn": 1})
    monkeypatch.setattr(demo, "drawn_dataset", lambda: drawn_dataset(140, 70, 70))
    out = tmp_path / "demo"
    result = zoo_command("demo", "--out", out)
    assert result.exit_code == 0, result.output
    assert str(out / "report.html") in result.output
    page = (out / "report.html").read_text(encoding="utf-8")
    for heading in ("The faces", "Training", "Comparison", "Ensemble", "Explanation"):
        assert f">{heading}</h2>" in page
    sources = re.findall(r'(?:src|href)="([^"]{0,30})', page)
    assert len(sources) == 12
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert len(list((out / "runs").glob("*/*/metrics.json"))) == 2
    assert not list((out / "runs").glob("*/*/predictions/test.npz"))
