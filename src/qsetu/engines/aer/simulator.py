"""The one place that calls ``AerSimulator``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator

from qsetu.core.errors import EngineError
from qsetu.engines.threads import thread_count

__all__ = ["Setting", "devices", "known_gates", "run"]

_PRECISION = {"complex64": "single", "complex128": "double"}


class Setting(NamedTuple):
    """What Aer simulates with: its names of a method and of a device."""

    method: str
    device: str = "CPU"


@lru_cache(maxsize=1)
def devices() -> tuple[str, ...]:
    """What this build of Aer computes on, "CPU" among them."""
    return tuple(AerSimulator().available_devices())


@lru_cache(maxsize=8)
def known_gates(setting: Setting) -> frozenset[str]:
    """Names of the gates that the method has itself."""
    return frozenset(AerSimulator(method=setting.method).configuration().basis_gates)


def run(
    setting: Setting,
    circuits: QuantumCircuit | Sequence[QuantumCircuit],
    dtype: np.dtype[Any],
    **options: Any,
) -> list[Any]:
    """What was saved or measured, an object with an attribute for each name, in the order of runs.

    Args:
        setting: Method and device.
        circuits: One, run once for each row of ``parameter_binds``, or several.
        dtype: complex64 or complex128.
        options: As ``AerSimulator.run`` has them.

    Raises:
        EngineError: Aer refused or failed; says in its own words why.
    """
    # Made anew: it is quick, and one simulator is not made for several threads.
    simulator = AerSimulator(
        method=setting.method,
        device=setting.device,
        precision=_PRECISION[dtype.name],
        max_parallel_threads=thread_count(),
        # It takes idle qubits away, and then the wrong letters of an observable (Qiskit/qiskit-aer#2442).
        enable_truncation=False,
        # Its own singular values are good to 10 digits, LAPACK's to 15; but with it Aer 0.18.2 crashes.
        mps_lapack=False,
    )
    result = simulator.run(circuits, **options).result()
    if not result.success:
        reasons = [str(result.status), *(str(one.status) for one in result.results if not one.success)]
        raise EngineError(f"Qiskit Aer ({setting.method}) could not run this: {'; '.join(reasons)}")
    return [one.data for one in result.results]
