"""What the door asks of a request before anything runs: all arguments checked, the engine chosen."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from qsetu.circuits.circuit import Circuit
from qsetu.circuits.measured import MeasuredCircuit
from qsetu.circuits.pauli import PauliSum, PauliTable
from qsetu.circuits.program import GateProgram
from qsetu.compiler import compile_circuit
from qsetu.core.checks import as_choice, as_complex_dtype, as_float_array
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.memory import require_memory
from qsetu.engines import ENGINE_NAMES, ENGINES, Engine, get_engine
from qsetu.engines.choice import prefers_xla
from qsetu.jax_inputs import as_jax_params, is_jax, platform_of, refuse_tracers
from qsetu.trust.gate import sound_engine

if TYPE_CHECKING:
    import jax

__all__ = ["Devices", "Job", "admit", "pauli_table"]

# What the door takes for ``devices``: a number of them, one, or several.
Devices: TypeAlias = "int | jax.Device | Sequence[jax.Device] | None"


class Job(NamedTuple):
    """An admitted request: everything checked, nothing run."""

    program: GateProgram
    params: Any  # float64 (rows, P), C-contiguous; in JAX its own array, (*batch, P): see GateProgram.expand
    inputs: Any  # the same, before expand: parameters of the circuit
    batch: tuple[int, ...]
    engine: Engine
    dtype: np.dtype[Any]
    in_jax: bool = False

    @property
    def rows(self) -> int:
        """Parameter rows, all batch axes together."""
        return math.prod(self.batch)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the parameters as they were given."""
        return (*self.batch, self.program.num_inputs)

    @property
    def rows_in_flight(self) -> int:
        """Statevectors alive at once when only numbers are wanted of them."""
        return self.engine.states_in_flight(self.program.num_qubits, self.rows)

    def require_memory(self, states: int, what: str, extra: int = 0, *, whole: bool = False) -> None:
        """Refuse, before anything is allocated, what would not fit: states in work, or ``whole`` ones."""
        n = self.program.num_qubits

        def size(width: int) -> int:
            return (
                self.engine.state_bytes(width, self.dtype)
                if whole
                else self.engine.work_bytes(width, self.dtype)
            )

        smaller = ", dtype='complex64' (half the memory)" if self.dtype == np.complex128 else ""

        def advice(free: int) -> str:
            most = max((width for width in range(n) if size(width) <= free), default=0)
            return f"One state of up to {most} qubits would fit: try fewer qubits or rows at a time{smaller}."

        require_memory(
            states * size(n) + extra,
            lambda: (
                f"{what[0].upper()}{what[1:]} of a {n}-qubit circuit with {self.rows} parameter row(s) "
                f"in {self.dtype.name}"
            ),
            advice,
            self.engine.free_memory(),
        )


def admit(
    circuit: Any,
    params: Any,
    engine: str,
    dtype: DTypeLike,
    *,
    in_jax: bool = False,
    gradient: bool = False,
    devices: Devices = None,
    precision: str | None = None,
    dry: bool = False,
) -> Job:
    """Check a request.

    Args:
        circuit: What was given as the circuit.
        params: What was given as parameters.
        engine: What was given as the engine.
        dtype: What was given as the precision.
        in_jax: Whether the function can be traced. JAX arrays then stay what they are; otherwise they
            become NumPy's, and tracers are refused.
        gradient: Whether gradients are asked for, which "auto" may send to another engine than states.
        devices: What was given as devices; only the xla engine takes any.
        precision: What was given as the precision of products, likewise.
        dry: Whether nothing will run, so that only the shape of ``params`` matters.

    Raises:
        ArgumentError: An argument breaks a rule.
        EngineError: The engine is missing, or fails its self-test: see ``trust/gate.py``.
    """
    if isinstance(circuit, MeasuredCircuit):
        circuit = circuit.circuit
    if not isinstance(circuit, Circuit):
        hint = "Build one with qsetu.Circuit(num_qubits)."
        raise ArgumentError("circuit", "must be a qsetu Circuit", circuit, hint)
    amplitudes = as_complex_dtype("dtype", dtype)
    as_choice("engine", engine, ["auto", *ENGINE_NAMES])
    if engine == "auto" and not (devices is None and precision is None):
        engine = "xla"  # the only one with these options
    chosen = _choose_engine(engine).configured(devices, precision)
    width = circuit.num_params
    of_jax = is_jax(params)
    if of_jax and not in_jax:
        refuse_tracers(params)
    given: Any
    if of_jax and in_jax:
        given = as_jax_params(params, width)
        chosen = _engine_in_jax(engine, chosen, platform_of(given))
    else:
        given = as_float_array("params", np.zeros(width) if params is None else params, f"(..., {width})")
    if params is None and width:
        hint = f"This circuit has {width} parameter slot(s): pass an array of shape (..., {width})."
        raise ArgumentError("params", "must be given", None, hint)
    if given.ndim == 0 or given.shape[-1] != width:
        raise ArgumentError(
            "params",
            f"must have shape (..., {width}): this circuit has {width} parameter slot(s)",
            Said(f"shape {given.shape}"),
        )
    batch = given.shape[:-1]
    size = math.prod(batch) << circuit.num_qubits
    if engine == "auto" and not of_jax and prefers_xla(size, gradient, amplitudes.name):
        chosen = get_engine("xla")
    chosen = sound_engine(engine, chosen, amplitudes, given)
    program = compile_circuit(circuit)
    if of_jax and in_jax:
        import jax.numpy as jnp

        return Job(program, program.expand(given, jnp), given, batch, chosen, amplitudes, in_jax=True)
    rows = np.ascontiguousarray(given.reshape(math.prod(batch), width))
    full = np.zeros((len(rows), program.num_params)) if dry else _expanded(program, rows)
    return Job(program, full, rows, batch, chosen, amplitudes)


def _expanded(program: GateProgram, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    expanded: NDArray[np.float64] = program.expand(rows)
    bad = np.argwhere(~np.isfinite(expanded))
    if len(bad):
        row, column = map(int, bad[0])
        angle = program.nonlinear[column - program.num_inputs]
        raise ArgumentError(
            "params",
            f"must make every angle finite, and {angle} is {expanded[row, column]} in row {row}",
            rows[row],
        )
    return np.ascontiguousarray(expanded)


def _engine_in_jax(name: str, chosen: Engine, platform: str) -> Engine:
    reason = chosen.why_not_in_jax(platform)
    if reason is None:
        return chosen
    if name == "auto":
        return get_engine("xla")
    raise ArgumentError("engine", "must be one that JAX can call on its device", name, reason)


def _choose_engine(name: str) -> Engine:
    if name != "auto":
        return get_engine(name)
    reason = _native_missing()
    if reason is None:
        return get_engine("native")
    return get_engine("xla")


@lru_cache(maxsize=1)
def _native_missing() -> str | None:
    """Why the native engine cannot run; warns, once, when it cannot."""
    reason = ENGINES["native"].why_missing()
    if reason is not None:
        warnings.warn(f"{reason} Until then engine='auto' means 'xla'.", RuntimeWarning, stacklevel=5)
    return reason


@lru_cache(maxsize=512)
def pauli_table(observables: tuple[PauliSum, ...]) -> PauliTable:
    """The observables as engines read them."""
    return PauliTable.build(observables)
