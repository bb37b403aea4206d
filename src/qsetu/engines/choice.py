"""What ``engine="auto"`` means: one table of what was measured, and the rule that reads it."""

from __future__ import annotations

import math
from typing import NamedTuple

__all__ = ["MEASURED", "Measured", "prefers_xla"]


class Measured(NamedTuple):
    """From how many amplitudes in work (rows times 2^n) xla is faster than native on a kind of device.

    Attributes:
        platform: JAX's name of the kind of device: "cpu", "gpu" or "tpu".
        gradient: Whether gradients were asked for, or states and values.
        dtype: Precision.
        least: Amplitudes; infinite where native was faster at every size.
        source: When, where and by what command.
    """

    platform: str
    gradient: bool
    dtype: str
    least: float
    source: str


_CPU = "an earlier form of qsetu bench run --suite gpu --quick, 2 cores of an AMD EPYC (Zen 3), 2026-11-22"

# A kind of device without a row has not been measured, and auto does not choose it.
MEASURED = (
    Measured("cpu", False, "complex64", math.inf, _CPU),
    Measured("cpu", False, "complex128", math.inf, _CPU),
    Measured("cpu", True, "complex64", math.inf, _CPU),
    Measured("cpu", True, "complex128", math.inf, _CPU),
)


def prefers_xla(amplitudes: int, gradient: bool, dtype: str) -> bool:
    """Whether xla on JAX's default device is the faster choice, as far as was measured.

    JAX is imported only where the table has a row that could say yes.
    """
    able = {
        row.platform
        for row in MEASURED
        if row.gradient == gradient and row.dtype == dtype and amplitudes >= row.least
    }
    if not able:
        return False
    from qsetu.engines.roster import ENGINES

    if ENGINES["xla"].why_missing() is not None:
        return False
    from qsetu.engines.xla.devices import default_device

    return str(default_device().platform) in able
