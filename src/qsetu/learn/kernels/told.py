"""Fidelity matrices that tell how long they will take, and how far they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from qsetu import measure
from qsetu.circuits import Circuit
from qsetu.learn.long_runs import gram_seconds, progress, tell_if_long

__all__ = ["gram"]


def gram(
    circuit: Circuit,
    a: NDArray[np.float64],
    b: NDArray[np.float64] | None,
    engine: str,
    dtype: DTypeLike,
) -> NDArray[np.float64]:
    """:func:`qsetu.gram` with a warning before minutes of work, and a progress bar after two seconds."""
    rows = len(a) + (0 if b is None else len(b))
    entries = len(a) * (len(a) + 1) // 2 if b is None else len(a) * len(b)
    seconds, memory = gram_seconds(circuit, rows, entries, engine, dtype)
    if not seconds:
        return measure.gram(circuit, a, b, engine=engine, dtype=dtype)
    tell_if_long(f"A kernel matrix of {rows:,} samples on {circuit.num_qubits} qubits", seconds, memory)
    with progress("kernel matrix") as report:
        return measure.gram(circuit, a, b, engine=engine, dtype=dtype, report=report)
