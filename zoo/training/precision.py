"""What a network computes in: float32, or bfloat16 where that is quicker."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import keras

from zoo.backend import gpus

if TYPE_CHECKING:
    from collections.abc import Iterator

Precision = Literal["float32", "bfloat16"]

_CPUINFO = Path("/proc/cpuinfo")


def choose_precision(wanted: Literal["auto", "float32", "bfloat16"]) -> Precision:
    """The precision to compute in on this machine; ``auto`` decides by `bfloat16_pays`."""
    if wanted != "auto":
        return wanted
    return "bfloat16" if bfloat16_pays() else "float32"


def bfloat16_pays() -> bool:
    """Whether bfloat16 is quicker here: on a GPU, a processor with AMX, or AMD's with AVX512-BF16.

    Measured on two cores: with AMX training is two to four times quicker, on an AMD EPYC with
    AVX512-BF16 1.5 to 1.8 times; on other processors with AVX512-BF16 alone nothing is gained,
    without it bfloat16 is four times slower. JAX gains nothing on a processor: 844 faces a second
    and core instead of 942 with cpcpcpfff, 80 instead of 83 with handcrafted, on that EPYC.
    """
    if gpus():
        return True
    if keras.backend.backend() == "jax":
        return False
    processor = _CPUINFO.read_text("utf-8") if _CPUINFO.is_file() else ""
    amd = "AuthenticAMD" in processor and " avx512_bf16" in processor
    return amd or " amx_bf16" in processor


@contextmanager
def dtype_policy(precision: Precision) -> Iterator[None]:
    """Build layers that compute in `precision`; their weights are float32 either way."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
