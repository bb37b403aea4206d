"""The door: every simulation enters here. Check, compile, choose the engine, run.

What is read off whole states, samples and the like, is in :mod:`qsetu.measure`.

Shapes: ``params`` is ``(..., P)``, its leading axes are batch axes and come first in every result.
Qubit 0 is the least significant bit of a basis-state index.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from qsetu.circuits.circuit import Circuit
from qsetu.circuits.pauli import Observable, PauliSum, PauliTable, as_observables
from qsetu.circuits.program import GateProgram
from qsetu.compiler import compile_circuit
from qsetu.core.checks import as_choice, as_complex_dtype, as_float_array
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.memory import require_memory
from qsetu.engines import ENGINES, Engine, get_engine

__all__ = [
    "expectation",
    "expectation_vjp",
    "statevector",
    "value_and_grad",
]


def statevector(
    circuit: Circuit,
    params: ArrayLike | None = None,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
) -> NDArray[Any]:
    """Final statevector(s) of ``circuit`` started in |0...0>.

    Args:
        circuit: The circuit, n qubits and P parameter slots.
        params: Real array ``(..., P)``; may be left out when the circuit has no parameters.
        engine: "auto", "native", "xla" or "reference".
        dtype: complex64 (default) or complex128.

    Returns:
        Amplitudes, shape ``(..., 2**n)``.

    Raises:
        ArgumentError: ``params`` has the wrong length or holds NaN; unknown engine or dtype.
        InsufficientMemoryError: The result would not fit in memory.

    Example:
        >>> import qsetu
        >>> qsetu.statevector(qsetu.Circuit(1).x(0)).real.tolist()
        [0.0, 1.0]
    """
    job = _admit(circuit, params, engine, dtype)
    job.require_memory(job.rows, "the statevectors")
    states = job.engine.states(job.program, job.params, job.dtype)
    return states.reshape(*job.batch, 2**circuit.num_qubits)


def expectation(
    circuit: Circuit,
    observable: Observable | Sequence[Observable],
    params: ArrayLike | None = None,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
) -> NDArray[np.float64]:
    """Exact expectation values ``<psi(params)| O |psi(params)>``.

    Args:
        circuit: The circuit, P parameter slots.
        observable: A :class:`qsetu.PauliSum`, text such as ``"0.5 X0 X1 + Z2"``, or a sequence of K.
        params: Real array ``(..., P)``.
        engine: "auto", "native", "xla" or "reference".
        dtype: Precision of the simulation.

    Returns:
        float64, shape ``(...)`` for one observable, ``(..., K)`` for a sequence.

    Raises:
        ArgumentError: As for :func:`statevector`; or the observable acts outside the circuit.

    Example:
        >>> import numpy as np, qsetu
        >>> circuit = qsetu.Circuit(1).ry(qsetu.param(0), 0)
        >>> qsetu.expectation(circuit, "Z0", np.array([[0.0], [np.pi]])).round(6).tolist()
        [1.0, -1.0]
    """
    job = _admit(circuit, params, engine, dtype)
    observables, single = as_observables("observable", observable, circuit.num_qubits)
    job.require_memory(job.rows_in_flight, "the statevectors in work")
    values = job.engine.expectations(job.program, _table(observables), job.params, job.dtype)
    return values.reshape(job.batch if single else (*job.batch, len(observables)))


def value_and_grad(
    circuit: Circuit,
    observable: Observable | Sequence[Observable],
    params: ArrayLike | None = None,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Expectation values and their exact gradients with respect to every parameter slot.

    The native engine uses the adjoint method (Jones and Gacon, arXiv:2009.02823), the xla engine
    reverse-mode differentiation.

    Args:
        circuit: The circuit, P parameter slots.
        observable: One observable, or a sequence of K.
        params: Real array ``(..., P)``.
        engine: "auto", "native", "xla" or "reference".
        dtype: Precision of the simulation.

    Returns:
        ``(values, gradients)``, float64: shapes ``(...)`` and ``(..., P)`` for one observable,
        ``(..., K)`` and ``(..., K, P)`` for a sequence.

    Raises:
        ArgumentError: As for :func:`expectation`.

    Example:
        >>> import qsetu
        >>> value, grad = qsetu.value_and_grad(qsetu.Circuit(1).ry(qsetu.param(0), 0), "X0", [0.0])
        >>> round(float(value), 6), grad.round(6).tolist()
        (0.0, [1.0])
    """
    job = _admit(circuit, params, engine, dtype)
    observables, single = as_observables("observable", observable, circuit.num_qubits)
    job.require_memory(2 * job.rows_in_flight, "the statevectors in work")
    values, gradients = job.engine.jacobian(job.program, _table(observables), job.params, job.dtype)
    lead = job.batch if single else (*job.batch, len(observables))
    return values.reshape(lead), gradients.reshape(*lead, circuit.num_params)


def expectation_vjp(
    circuit: Circuit,
    observables: Observable | Sequence[Observable],
    params: ArrayLike | None,
    weights: ArrayLike,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Expectation values of K observables, and one weighted gradient of their sum per sample.

    The vector-Jacobian product ``sum_k weights[..., k] * dE[..., k]/dparams`` costs as much as the
    gradient of one observable, whatever K: the building block of losses over many observables.

    Args:
        circuit: The circuit, P parameter slots.
        observables: K observables.
        params: Real array ``(..., P)``.
        weights: Real array, broadcast to ``(..., K)``.
        engine: "auto", "native", "xla" or "reference".
        dtype: Precision of the simulation.

    Returns:
        Values ``(..., K)`` and gradients ``(..., P)``, float64.

    Raises:
        ArgumentError: As for :func:`expectation`; or ``weights`` does not broadcast.
    """
    job = _admit(circuit, params, engine, dtype)
    parsed, _ = as_observables("observables", observables, circuit.num_qubits)
    shape = (*job.batch, len(parsed))
    given = as_float_array("weights", weights, str(shape))
    try:
        spread = np.broadcast_to(given, shape).reshape(job.rows, len(parsed))
    except ValueError:
        raise ArgumentError(
            "weights", f"must broadcast to shape {shape}", Said(f"shape {given.shape}")
        ) from None
    job.require_memory(2 * job.rows_in_flight, "the statevectors in work")
    values, gradients = job.engine.vjp(
        job.program, _table(parsed), job.params, np.ascontiguousarray(spread), job.dtype
    )
    return values.reshape(shape), gradients.reshape(*job.batch, circuit.num_params)


class _Job(NamedTuple):
    """An admitted request: everything checked, nothing run."""

    program: GateProgram
    params: NDArray[np.float64]  # (rows, P), C-contiguous
    batch: tuple[int, ...]
    engine: Engine
    dtype: np.dtype[Any]

    @property
    def rows(self) -> int:
        return len(self.params)

    @property
    def shape(self) -> tuple[int, ...]:
        return (*self.batch, self.program.num_params)

    @property
    def state_bytes(self) -> int:
        return int(2**self.program.num_qubits * self.dtype.itemsize)

    @property
    def rows_in_flight(self) -> int:
        return self.engine.states_in_flight(self.program.num_qubits, self.rows)

    def require_memory(self, states: int, what: str, extra: int = 0) -> None:
        """Refuse, before anything is allocated, what would not fit."""
        n, size = self.program.num_qubits, self.dtype.itemsize
        smaller = ", dtype='complex64' (half the memory)" if self.dtype == np.complex128 else ""

        def advice(free: int) -> str:
            most = int(math.log2(max(1, free // size)))
            return f"One state of up to {most} qubits would fit: try fewer qubits or rows at a time{smaller}."

        require_memory(
            states * self.engine.copies * self.state_bytes + extra,
            f"{what[0].upper()}{what[1:]} of a {n}-qubit circuit with {self.rows} parameter row(s) "
            f"in {self.dtype.name}",
            advice,
        )


def _admit(circuit: Any, params: ArrayLike | None, engine: str, dtype: DTypeLike) -> _Job:
    if not isinstance(circuit, Circuit):
        hint = "Build one with qsetu.Circuit(num_qubits)."
        raise ArgumentError("circuit", "must be a qsetu Circuit", circuit, hint)
    precision = as_complex_dtype("dtype", dtype)
    width = circuit.num_params
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
    chosen = _choose_engine(engine)
    batch = given.shape[:-1]
    rows = np.ascontiguousarray(given.reshape(math.prod(batch), width))
    return _Job(compile_circuit(circuit), rows, batch, chosen, precision)


def _choose_engine(name: str) -> Engine:
    as_choice("engine", name, ["auto", *ENGINES])
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
def _table(observables: tuple[PauliSum, ...]) -> PauliTable:
    return PauliTable.build(observables)
