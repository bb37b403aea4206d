"""The door: every simulation enters here. Check, compile, choose the engine, run.

Shapes: ``params`` is ``(..., P)``, its leading axes are batch axes and come first in every result.
Qubit 0 is the least significant bit of a basis-state index.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from qsetu.admission import Devices, admit, pauli_table
from qsetu.circuits.circuit import Circuit
from qsetu.circuits.measured import MeasuredCircuit
from qsetu.circuits.pauli import Observable, as_observables
from qsetu.core.checks import as_float_array
from qsetu.core.errors import ArgumentError, Said

if TYPE_CHECKING:
    import jax

__all__ = [
    "expectation",
    "expectation_vjp",
    "statevector",
    "value_and_grad",
]


# A JAX array is ArrayLike too, hence the overlap: the first signature that fits counts.
@overload
def statevector(  # type: ignore[overload-overlap]
    circuit: Circuit | MeasuredCircuit,
    params: jax.Array,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
    devices: Devices = None,
    precision: str | None = None,
) -> jax.Array: ...
@overload
def statevector(
    circuit: Circuit | MeasuredCircuit,
    params: ArrayLike | None = None,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
    devices: Devices = None,
    precision: str | None = None,
) -> NDArray[Any]: ...
def statevector(
    circuit: Circuit | MeasuredCircuit,
    params: ArrayLike | jax.Array | None = None,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
    devices: Devices = None,
    precision: str | None = None,
) -> NDArray[Any] | jax.Array:
    """Final statevector(s) of ``circuit`` started in |0...0>.

    Args:
        circuit: The circuit, n qubits and P parameter slots.
        params: Real array ``(..., P)``; may be left out when the circuit has no parameters. A JAX array
            gives a JAX array, which JAX can trace and differentiate; a tracer is not searched for NaN.
        engine: "auto", "native", "xla", "aer" or "reference".
        dtype: complex64 (default) or complex128.
        devices: For the xla engine: how many devices share each state, or which (:class:`jax.Device`);
            None means JAX's default device.
        precision: Of products on the xla engine: "highest" (None), or "high" or "default", which may be
            TF32 on a GPU: faster, and 3 digits instead of 7.

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
    job = admit(circuit, params, engine, dtype, in_jax=True, devices=devices, precision=precision)
    job.require_memory(job.rows, "the statevectors", whole=True)
    if job.in_jax:
        return job.engine.traced_states(job.program, job.params, job.dtype)
    states = job.engine.states(job.program, job.params, job.dtype)
    return states.reshape(*job.batch, 2**circuit.num_qubits)


@overload
def expectation(  # type: ignore[overload-overlap]
    circuit: Circuit | MeasuredCircuit,
    observable: Observable | Sequence[Observable],
    params: jax.Array,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
    devices: Devices = None,
    precision: str | None = None,
) -> jax.Array: ...
@overload
def expectation(
    circuit: Circuit | MeasuredCircuit,
    observable: Observable | Sequence[Observable],
    params: ArrayLike | None = None,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
    devices: Devices = None,
    precision: str | None = None,
) -> NDArray[np.float64]: ...
def expectation(
    circuit: Circuit | MeasuredCircuit,
    observable: Observable | Sequence[Observable],
    params: ArrayLike | jax.Array | None = None,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
    devices: Devices = None,
    precision: str | None = None,
) -> NDArray[np.float64] | jax.Array:
    """Exact expectation values ``<psi(params)| O |psi(params)>``.

    Args:
        circuit: The circuit, P parameter slots.
        observable: A :class:`qsetu.PauliSum`, text such as ``"0.5 X0 X1 + Z2"``, or a sequence of K.
        params: Real array ``(..., P)``. A JAX array gives a JAX array, as in :func:`statevector`.
        engine: "auto", "native", "xla", "aer" or "reference".
        dtype: Precision of the simulation.
        devices: For the xla engine: how many devices share each state, or which (:class:`jax.Device`);
            None means JAX's default device.
        precision: Of products on the xla engine: "highest" (None), or "high" or "default", which may be
            TF32 on a GPU: faster, and 3 digits instead of 7.

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
    job = admit(circuit, params, engine, dtype, in_jax=True, devices=devices, precision=precision)
    observables, single = as_observables("observable", observable, circuit.num_qubits)
    job.require_memory(job.rows_in_flight, "the statevectors in work")
    if job.in_jax:
        table = pauli_table(observables)
        return job.engine.traced_expectations(job.program, table, job.params, job.dtype, single)
    values = job.engine.expectations(job.program, pauli_table(observables), job.params, job.dtype)
    return values.reshape(job.batch if single else (*job.batch, len(observables)))


def value_and_grad(
    circuit: Circuit | MeasuredCircuit,
    observable: Observable | Sequence[Observable],
    params: ArrayLike | None = None,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
    devices: Devices = None,
    precision: str | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Expectation values and their exact gradients with respect to every parameter slot.

    The native engine uses the adjoint method (Jones and Gacon, arXiv:2009.02823), the xla engine
    reverse-mode differentiation.

    Args:
        circuit: The circuit, P parameter slots.
        observable: One observable, or a sequence of K.
        params: Real array ``(..., P)``.
        engine: "auto", "native", "xla", "aer" or "reference".
        dtype: Precision of the simulation.
        devices: For the xla engine: how many devices share each state, or which (:class:`jax.Device`);
            None means JAX's default device.
        precision: Of products on the xla engine: "highest" (None), or "high" or "default", which may be
            TF32 on a GPU: faster, and 3 digits instead of 7.

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
    job = admit(circuit, params, engine, dtype, gradient=True, devices=devices, precision=precision)
    observables, single = as_observables("observable", observable, circuit.num_qubits)
    job.require_memory(2 * job.rows_in_flight, "the statevectors in work")
    values, gradients = job.engine.jacobian(job.program, pauli_table(observables), job.params, job.dtype)
    gradients = job.program.pull_back(job.inputs, gradients)
    lead = job.batch if single else (*job.batch, len(observables))
    return values.reshape(lead), gradients.reshape(*lead, circuit.num_params)


def expectation_vjp(
    circuit: Circuit | MeasuredCircuit,
    observables: Observable | Sequence[Observable],
    params: ArrayLike | None,
    weights: ArrayLike,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
    devices: Devices = None,
    precision: str | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Expectation values of K observables, and one weighted gradient of their sum per sample.

    The vector-Jacobian product ``sum_k weights[..., k] * dE[..., k]/dparams`` costs as much as the
    gradient of one observable, whatever K: the building block of losses over many observables.

    Args:
        circuit: The circuit, P parameter slots.
        observables: K observables.
        params: Real array ``(..., P)``.
        weights: Real array, broadcast to ``(..., K)``.
        engine: "auto", "native", "xla", "aer" or "reference".
        dtype: Precision of the simulation.
        devices: For the xla engine: how many devices share each state, or which (:class:`jax.Device`);
            None means JAX's default device.
        precision: Of products on the xla engine: "highest" (None), or "high" or "default", which may be
            TF32 on a GPU: faster, and 3 digits instead of 7.

    Returns:
        Values ``(..., K)`` and gradients ``(..., P)``, float64.

    Raises:
        ArgumentError: As for :func:`expectation`; or ``weights`` does not broadcast.
    """
    job = admit(circuit, params, engine, dtype, gradient=True, devices=devices, precision=precision)
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
        job.program, pauli_table(parsed), job.params, np.ascontiguousarray(spread), job.dtype
    )
    gradients = job.program.pull_back(job.inputs, gradients)
    return values.reshape(shape), gradients.reshape(*job.batch, circuit.num_params)
