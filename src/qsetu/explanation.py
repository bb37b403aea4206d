"""What a request would do, before anything of it runs: engine, passes, memory, time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from qsetu.admission import Devices, Job, admit, pauli_table
from qsetu.circuits.affine import param
from qsetu.circuits.circuit import Circuit
from qsetu.circuits.measured import MeasuredCircuit
from qsetu.circuits.pauli import PauliSum
from qsetu.compiler import compile_circuit
from qsetu.core.checks import as_int
from qsetu.core.machine import available_memory
from qsetu.engines import Engine
from qsetu.engines.choice import MEASURED

__all__ = ["Explanation", "explain"]

# Probes: rows of a small circuit whose states stay in a cache, and one state that does not.
_SMALL, _SMALL_ROWS = 10, 64
_LARGE = 18
# From here on a lone state is taken for one that does not stay in a cache.
_LARGE_FROM = 15


@dataclass(frozen=True)
class Explanation:
    """What a request would do. ``print`` it, or read its fields.

    Attributes:
        engine: Name of the engine that would run.
        reason: Why this one.
        device: Where, as JAX names it, or "cpu".
        dtype: "complex64" or "complex128".
        num_qubits: n.
        operations: Rows of the gate program.
        rows: Parameter rows.
        rows_at_once: Statevectors in work at the same time.
        gradient: Whether gradients are asked for.
        passes: How often each state is read and written in memory; 0 where it stays in a core's cache, None
            where the engine does not plan that.
        memory_bytes: Statevectors in work.
        free_bytes: Memory that can be allocated now.
        seconds: Estimated time of a run that compiles nothing, from small circuits timed on this machine.
        compile_seconds: What the first run of a small circuit took longer than the next; 0 where nothing is
            compiled.
    """

    engine: str
    reason: str
    device: str
    dtype: str
    num_qubits: int
    operations: int
    rows: int
    rows_at_once: int
    gradient: bool
    passes: int | None
    memory_bytes: int
    free_bytes: int
    seconds: float
    compile_seconds: float

    @property
    def fits(self) -> bool:
        """Whether there is memory enough."""
        return self.memory_bytes <= self.free_bytes

    def __str__(self) -> str:
        asked = "values and gradients" if self.gradient else "values"
        passes = {None: "not planned", 0: "none: each state stays in a core's cache"}.get(
            self.passes, f"{self.passes} over each state"
        )
        first = (
            f", and about {_seconds(self.compile_seconds)} to compile once" if self.compile_seconds else ""
        )
        lines = [
            ("engine", f"{self.engine} on {self.device}, {self.dtype}: {self.reason}"),
            ("circuit", f"{self.num_qubits} qubits, {self.operations} operations"),
            ("asked", f"{asked} of {self.rows} row(s), {self.rows_at_once} at once"),
            ("passes", passes),
            (
                "memory",
                f"{_size(self.memory_bytes)} of {_size(self.free_bytes)} free"
                + ("" if self.fits else ": does not fit"),
            ),
            ("time", f"about {_seconds(self.seconds)}{first}"),
        ]
        return "\n".join(f"{name:9}{text}" for name, text in lines)


def explain(
    circuit: Circuit | MeasuredCircuit,
    *,
    rows: int = 1,
    gradient: bool = False,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
    devices: Devices = None,
    precision: str | None = None,
) -> Explanation:
    """What :func:`qsetu.expectation` or :func:`qsetu.value_and_grad` of ``circuit`` would do.

    Nothing of the circuit runs. Two small circuits are timed, once for each engine, device and precision in
    a process, which takes milliseconds on the native engine and seconds where something has to be compiled.

    Args:
        circuit: The circuit.
        rows: Parameter rows, at least 1.
        gradient: Whether gradients would be asked for.
        engine: "auto", "native", "xla", "aer" or "reference".
        dtype: complex64 (default) or complex128.
        devices: For the xla engine: how many devices share each state, or which.
        precision: Of products on the xla engine: "highest" (None), "high" or "default".

    Returns:
        The engine and why, passes over memory, memory and estimated time.

    Raises:
        ArgumentError: As for :func:`qsetu.expectation`.

    Example:
        >>> import qsetu
        >>> plan = qsetu.explain(qsetu.Circuit(20).h(0).cx(0, 1), engine="native")
        >>> plan.engine, plan.operations, plan.fits
        ('native', 2, True)
    """
    count = as_int("rows", rows, 1)
    width = circuit.num_params if isinstance(circuit, (Circuit, MeasuredCircuit)) else 0
    params = np.broadcast_to(np.zeros(width), (count, width))
    job = admit(
        circuit, params, engine, dtype, gradient=gradient, devices=devices, precision=precision, dry=True
    )
    free = job.engine.free_memory()
    states = job.rows_in_flight * (2 if gradient else 1)
    seconds, compiling = _estimate(job, gradient)
    return Explanation(
        engine=job.engine.name,
        reason=_reason(engine, job),
        device=_device(job.engine),
        dtype=job.dtype.name,
        num_qubits=circuit.num_qubits,
        operations=len(job.program),
        rows=count,
        rows_at_once=job.rows_in_flight,
        gradient=gradient,
        passes=job.engine.passes(job.program),
        memory_bytes=states * job.engine.work_bytes(circuit.num_qubits, job.dtype),
        free_bytes=available_memory() if free is None else free,
        seconds=seconds,
        compile_seconds=compiling,
    )


def _reason(asked: str, job: Job) -> str:
    if asked != "auto":
        return "asked for"
    if job.engine.name == "xla":
        return "devices or precision were given, or native is not to be had, or it was measured to be faster"
    kinds = sorted({row.platform for row in MEASURED})
    return f"auto, the fastest measured (on {', '.join(kinds)}; other devices by engine='xla')"


def _device(engine: Engine) -> str:
    threads = engine.threads()
    if engine.name != "xla":
        return f"cpu ({threads} threads)" if threads else "cpu"
    from qsetu.engines.xla.devices import default_device

    device = engine.device or default_device()
    return f"{device.platform}:{device.id} ({device.device_kind})"


# ---- time ----------------------------------------------------------------------------------------------


def _estimate(job: Job, gradient: bool) -> tuple[float, float]:
    """Seconds of a warm run, and of compiling."""
    n, engine = job.program.num_qubits, job.engine
    runs = engine.runs_of_gradient(job.program) if gradient else None
    each, fixed, compiling = _probe(engine, job.dtype.name, gradient and runs is None, n < _LARGE_FROM)
    # Rows without parameters are all alike, and XLA sees it.
    rows = job.rows if job.program.num_params or not engine.compiles_batches else 1
    units = engine.work(job.program) * rows * (runs or 1) * _state_size(engine, n, job.dtype.name)
    return fixed + each * units, compiling


def _state_size(engine: Engine, num_qubits: int, dtype: str) -> float:
    """How much a state is, against one of no qubits: 2^n where it is a vector."""
    kind: np.dtype[Any] = np.dtype(dtype)
    return engine.work_bytes(num_qubits, kind) / engine.work_bytes(0, kind)


@lru_cache(maxsize=64)
def _probe(engine: Engine, dtype: str, gradient: bool, small: bool) -> tuple[float, float, float]:
    """Seconds for each unit of work and amplitude, seconds of any call, seconds of compiling."""
    n, rows = (_SMALL, _SMALL_ROWS) if small else (_LARGE, 1)
    if engine.name == "reference" or engine.mixed:  # it is slow, and alike at every size
        n, rows = 6, 1
    circuit = _probe_circuit(n)
    first, warm = _timed(engine, circuit, rows, dtype, gradient)
    _, fixed = _timed(engine, _probe_circuit(2), 1, dtype, gradient)
    work = engine.work(compile_circuit(circuit)) * rows * _state_size(engine, n, dtype)
    compiled = first - warm if engine.compiles_batches else 0.0
    return max(warm - fixed, warm / 2) / work, fixed, compiled


def _probe_circuit(num_qubits: int) -> Circuit:
    circuit = Circuit(num_qubits)
    for layer in range(4):
        for q in range(num_qubits):
            slot = 2 * (layer * num_qubits + q)
            circuit = circuit.ry(param(slot), q).rz(param(slot + 1), q)
        for q in range(num_qubits - 1):
            circuit = circuit.cx(q, q + 1)
    return circuit


def _timed(engine: Engine, circuit: Circuit, rows: int, dtype: str, gradient: bool) -> tuple[float, float]:
    """The first run, and the fastest of three more."""
    program = compile_circuit(circuit)
    table = pauli_table((PauliSum.parse("Z0"),))
    params: NDArray[np.float64] = np.linspace(0.1, 3.0, rows * circuit.num_params).reshape(rows, -1)
    weights = np.ones((rows, 1))
    kind: np.dtype[Any] = np.dtype(dtype)
    taken = []
    for _ in range(4):
        start = time.perf_counter()
        if gradient:
            engine.vjp(program, table, params, weights, kind)
        else:
            engine.expectations(program, table, params, kind)
        taken.append(time.perf_counter() - start)
    return taken[0], min(taken[1:])


def _seconds(value: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-6:.3g} us"


def _size(value: int) -> str:
    for unit, power in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if value >= 2**power:
            return f"{value / 2**power:,.1f} {unit}"
    return f"{value} bytes"
