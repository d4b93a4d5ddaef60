"""Which precision is chosen where."""

from __future__ import annotations

import pytest

from zoo.training.precision import choose_precision


@pytest.mark.parametrize(
    ("flags", "gpus", "backend", "chosen"),
    [
        ("flags : sse avx512f avx512_bf16", [], "tensorflow", "float32"),
        ("flags : sse avx512f avx512_bf16 amx_bf16 amx_tile", [], "tensorflow", "bfloat16"),
        ("vendor_id : AuthenticAMD\nflags : sse avx512_bf16", [], "tensorflow", "bfloat16"),
        ("vendor_id : AuthenticAMD\nflags : sse avx512_bf16", [], "jax", "float32"),
        ("vendor_id : AuthenticAMD\nflags : sse avx2", [], "tensorflow", "float32"),
        ("flags : sse", ["gpu:0"], "tensorflow", "bfloat16"),
        ("flags : sse", ["gpu:0"], "jax", "bfloat16"),
        (None, [], "tensorflow", "float32"),
    ],
)
def test_auto_is_bfloat16_where_it_was_measured_to_pay(
    tmp_path, monkeypatch, flags, gpus, backend, chosen
):
    cpuinfo = tmp_path / "cpuinfo"
    if flags is not None:
        cpuinfo.write_text(f"processor : 0\n{flags}\n")
    monkeypatch.setattr("zoo.training.precision._CPUINFO", cpuinfo)
    monkeypatch.setattr("zoo.training.precision.gpus", lambda: gpus)
    monkeypatch.setattr("keras.backend.backend", lambda: backend)
    assert choose_precision("auto") == chosen
    for wanted in ("float32", "bfloat16"):
        assert choose_precision(wanted) == wanted
