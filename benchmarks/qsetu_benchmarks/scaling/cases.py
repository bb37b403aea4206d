"""One measured point of an axis: what is asked, what `qsetu.explain` promised, and how it is checked."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

import qsetu
from qsetu.bench import Candidate, Case, LeftOut
from qsetu.engines import ENGINES

__all__ = ["DTYPE", "checked_rows", "engine_awake", "point"]

DTYPE = "complex64"
CHECKED = 2  # rows whose answers are compared
# Up to so many gates times amplitudes (eight times as many for gradients) the reference engine is asked.
ORACLE = 2**20
ALLOWED = {DTYPE: 5e-4}


def engine_awake(engine: str) -> None:
    """The engine loaded and tested, so that a first call is the circuit's; raises LeftOut without one."""
    why = ENGINES[engine].why_missing()
    if why is not None:
        raise LeftOut(f"{engine}: {why}")
    qsetu.expectation(qsetu.Circuit(1), "Z0", engine=engine)


def checked_rows(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest difference in the rows that were checked."""
    return float(np.abs(np.asarray(found)[: len(expected)] - expected).max(initial=0.0))


def point(
    axis: str,
    series: str,
    value: int,
    circuit: qsetu.Circuit,
    *,
    rows: int = 1,
    engine: str = "native",
    gradient: bool = False,
    devices: int | None = None,
    others: tuple[Callable[[], list[Candidate]], ...] = (),
    fresh: bool = False,
    note: str = "",
) -> Case:
    """`value` of `axis` in `series`: `<Z0>`, or its gradient, of `rows` rows of random parameters."""
    engine_awake(engine)
    params = np.random.default_rng(1).uniform(-3, 3, (rows, circuit.num_params))

    def ask(circuit: qsetu.Circuit, params: np.ndarray, **how: Any) -> np.ndarray:
        if gradient:
            return np.asarray(qsetu.value_and_grad(circuit, "Z0", params, **how)[1])
        return np.asarray(qsetu.expectation(circuit, "Z0", params, **how))

    how: dict[str, Any] = {"engine": engine} | ({} if devices is None else {"devices": devices})
    plan = qsetu.explain(circuit, rows=rows, gradient=gradient, **how)
    if not plan.fits:
        raise LeftOut("does not fit in memory")
    facts: dict[str, int | float | str] = {
        "axis": axis,
        "series": series,
        "value": value,
        "engine": engine,
        "qubits": circuit.num_qubits,
        "gates": len(circuit),
        "rows": rows,
        "gradient": int(gradient),
    }
    if devices is None:  # what several devices take is not predicted
        facts |= {"predicted_seconds": plan.seconds, "predicted_bytes": plan.memory_bytes}

    def truth() -> np.ndarray:
        small = (8 if gradient else 1) * len(circuit) << circuit.num_qubits <= ORACLE
        small = small or ENGINES["native"].why_missing() is not None
        exact = {"engine": "reference" if small else "native", "dtype": "complex128"}
        return ask(circuit, params[:CHECKED], **exact)

    counter = itertools.count(1)
    return Case(
        Candidate(f"qsetu {engine}", "", DTYPE, lambda: ask(circuit, params, **how), role="ours"),
        others,
        checked_rows,
        ALLOWED,
        # One gate more, and another one each time.
        (lambda: ask(circuit.rz(0.001 * next(counter), 0), params, **how)) if fresh else None,
        truth,
        facts,
        note=note,
    )
