"""The door: every simulation enters here. Check, compile, choose the engine, run.

Shapes: ``params`` is ``(..., P)``, its leading axes are batch axes and come first in every result.
Qubit 0 is the least significant bit of a basis-state index.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from qsetu.admission import admit as _admit
from qsetu.admission import pauli_table as _table
from qsetu.circuits.circuit import Circuit
from qsetu.circuits.pauli import Observable, as_observables
from qsetu.core.checks import as_float_array, as_int, as_seed
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.memory import require_memory
from qsetu.core.seeds import generator

if TYPE_CHECKING:
    import jax

__all__ = [
    "counts",
    "expectation",
    "expectation_vjp",
    "gram",
    "sample",
    "statevector",
    "value_and_grad",
]


# A JAX array is ArrayLike too, hence the overlap: the first signature that fits counts.
@overload
def statevector(  # type: ignore[overload-overlap]
    circuit: Circuit, params: jax.Array, *, engine: str = "auto", dtype: DTypeLike = np.complex64
) -> jax.Array: ...
@overload
def statevector(
    circuit: Circuit,
    params: ArrayLike | None = None,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
) -> NDArray[Any]: ...
def statevector(
    circuit: Circuit,
    params: ArrayLike | jax.Array | None = None,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
) -> NDArray[Any] | jax.Array:
    """Final statevector(s) of ``circuit`` started in |0...0>.

    Args:
        circuit: The circuit, n qubits and P parameter slots.
        params: Real array ``(..., P)``; may be left out when the circuit has no parameters. A JAX array
            gives a JAX array, which JAX can trace and differentiate; a tracer is not searched for NaN.
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
    job = _admit(circuit, params, engine, dtype, in_jax=True)
    job.require_memory(job.rows, "the statevectors")
    if job.in_jax:
        return job.engine.traced_states(job.program, job.params, job.dtype)
    states = job.engine.states(job.program, job.params, job.dtype)
    return states.reshape(*job.batch, 2**circuit.num_qubits)


@overload
def expectation(  # type: ignore[overload-overlap]
    circuit: Circuit,
    observable: Observable | Sequence[Observable],
    params: jax.Array,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
) -> jax.Array: ...
@overload
def expectation(
    circuit: Circuit,
    observable: Observable | Sequence[Observable],
    params: ArrayLike | None = None,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
) -> NDArray[np.float64]: ...
def expectation(
    circuit: Circuit,
    observable: Observable | Sequence[Observable],
    params: ArrayLike | jax.Array | None = None,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
) -> NDArray[np.float64] | jax.Array:
    """Exact expectation values ``<psi(params)| O |psi(params)>``.

    Args:
        circuit: The circuit, P parameter slots.
        observable: A :class:`qsetu.PauliSum`, text such as ``"0.5 X0 X1 + Z2"``, or a sequence of K.
        params: Real array ``(..., P)``. A JAX array gives a JAX array, as in :func:`statevector`.
        engine: "auto", "native", "xla" or "reference".
        dtype: Precision of the simulation.

    Returns:
        float64, or the float type of a JAX array; shape ``(...)`` for one observable, ``(..., K)`` for
        a sequence.

    Raises:
        ArgumentError: As for :func:`statevector`; or the observable acts outside the circuit.

    Example:
        >>> import numpy as np, qsetu
        >>> circuit = qsetu.Circuit(1).ry(qsetu.param(0), 0)
        >>> qsetu.expectation(circuit, "Z0", np.array([[0.0], [np.pi]])).round(6).tolist()
        [1.0, -1.0]
    """
    job = _admit(circuit, params, engine, dtype, in_jax=True)
    observables, single = as_observables("observable", observable, circuit.num_qubits)
    job.require_memory(job.rows_in_flight, "the statevectors in work")
    if job.in_jax:
        table = _table(observables)
        return job.engine.traced_expectations(job.program, table, job.params, job.dtype, single)
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
    count, table = len(observables), _table(observables)
    values = np.empty((job.rows, count))
    gradients = np.empty((job.rows, count, circuit.num_params))
    for k in range(count):
        weights = np.zeros((job.rows, count))
        weights[:, k] = 1.0
        values, gradients[:, k] = job.engine.vjp(job.program, table, job.params, weights, job.dtype)
    lead = job.batch if single else (*job.batch, count)
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


def sample(
    circuit: Circuit,
    params: ArrayLike | None = None,
    *,
    shots: int = 1024,
    seed: int | None = None,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
) -> NDArray[np.int64]:
    """Measure all qubits ``shots`` times in the computational basis.

    Args:
        circuit: The circuit, n qubits and P parameter slots.
        params: Real array ``(..., P)``.
        shots: Number of measurements for each parameter row, at least 1.
        seed: Non-negative integer for repeatable samples; None for fresh ones. Row i of a batch
            depends on the seed and i alone.
        engine: "auto", "native", "xla" or "reference".
        dtype: Precision of the simulation.

    Returns:
        Basis-state indices, int64 ``(..., shots)``; bit q of an index is qubit q. See :func:`counts`.

    Raises:
        ArgumentError: As for :func:`statevector`; or ``shots`` or ``seed`` is out of range.

    Example:
        >>> import qsetu
        >>> shots = qsetu.sample(qsetu.Circuit(2).h(0).cx(0, 1), shots=1000, seed=1)
        >>> sorted(qsetu.counts(shots, 2))
        ['00', '11']
    """
    number = as_int("shots", shots, 1)
    base = as_seed("seed", seed)
    job = _admit(circuit, params, engine, dtype)
    job.require_memory(1, "one statevector", extra=2 ** (circuit.num_qubits + 4))
    require_memory(
        8 * job.rows * number,
        f"{number:,} shots for each of {job.rows} parameter row(s)",
        lambda free: "Try fewer shots, and add up the counts of several calls.",
    )
    samples = np.empty((job.rows, number), dtype=np.int64)
    for row in range(job.rows):
        state = job.engine.states(job.program, job.params[row : row + 1], job.dtype)[0]
        # float64 sums: in single precision the tail of a long cumulative sum is lost.
        cumulative = np.cumsum(state.real.astype(np.float64) ** 2 + state.imag.astype(np.float64) ** 2)
        points = generator(base, "sample", row).random(number) * cumulative[-1]
        # side="right" never lands on a state of probability 0.
        samples[row] = np.searchsorted(cumulative, points, side="right")
    return samples.reshape(*job.batch, number)


def counts(samples: ArrayLike, num_qubits: int) -> dict[str, int]:
    """Tally samples as bit strings, qubit 0 rightmost (Qiskit's order), most frequent first.

    Args:
        samples: Basis-state indices of any shape, as from :func:`sample`.
        num_qubits: Length of the bit strings.

    Raises:
        ArgumentError: ``samples`` holds something that is not a basis state of ``num_qubits`` qubits.
    """
    width = as_int("num_qubits", num_qubits, 0, 62)
    array = np.asarray(samples)
    if array.dtype.kind not in "iu" or (array.size and not (array.min() >= 0 and array.max() < 2**width)):
        raise ArgumentError("samples", f"must hold integers from 0 to {2**width - 1}", samples)
    values, times = np.unique(array, return_counts=True)
    order = np.argsort(-times, kind="stable")
    return {f"{int(values[i]):0{width}b}" if width else "": int(times[i]) for i in order}


def gram(
    circuit: Circuit,
    params: ArrayLike,
    other: ArrayLike | None = None,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
) -> NDArray[np.float64]:
    """Fidelity Gram matrix ``|<psi(params_i)|psi(other_j)>|^2``.

    N + M statevectors and one matrix product, never N*M circuits.

    Args:
        circuit: The circuit, P parameter slots.
        params: Real array ``(N, P)``.
        other: Real array ``(M, P)``; None means ``params``, and the matrix is exactly symmetric
            with a unit diagonal.
        engine: "auto", "native", "xla" or "reference".
        dtype: Precision of the simulation.

    Returns:
        float64 ``(N, M)``, entries from 0 to 1.

    Raises:
        ArgumentError: As for :func:`statevector`; or an array is not two-dimensional.
        InsufficientMemoryError: The statevectors would not fit in memory.
    """
    left = _admit(circuit, params, engine, dtype)
    right = left if other is None else _admit(circuit, other, engine, dtype)
    for name, job in (("params", left), ("other", right)):
        if len(job.batch) != 1:
            raise ArgumentError(
                name, f"must have shape (N, {circuit.num_params})", Said(f"shape {job.shape}")
            )
    total = left.rows + (0 if other is None else right.rows)
    left.require_memory(total, "the statevectors", extra=40 * left.rows * right.rows)
    bras = left.engine.states(left.program, left.params, left.dtype)
    kets = bras if other is None else right.engine.states(right.program, right.params, right.dtype)
    overlap = bras.conj() @ kets.T
    kernel: NDArray[np.float64] = overlap.real.astype(np.float64) ** 2 + overlap.imag.astype(np.float64) ** 2
    np.minimum(kernel, 1.0, out=kernel)
    if other is None:
        # Rounding may leave the two triangles different in the last bit; a kernel matrix is symmetric.
        kernel = 0.5 * (kernel + kernel.T)
        np.fill_diagonal(kernel, 1.0)
    return kernel
