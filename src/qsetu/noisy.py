"""What a noisy machine would give: expectation values over trajectories, exact density matrices.

The door's third leaf. Shapes and order of qubits are those of :mod:`qsetu.simulate`; noisy samples are in
:func:`qsetu.sample`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from qsetu.admission import Devices, Job, admit, pauli_table
from qsetu.circuits.circuit import Circuit
from qsetu.circuits.measured import MeasuredCircuit
from qsetu.circuits.noise import NoiseModel
from qsetu.circuits.pauli import Observable, PauliTable, as_observables
from qsetu.circuits.readout import as_read
from qsetu.core.checks import as_int, as_seed
from qsetu.core.errors import ArgumentError
from qsetu.core.memory import require_memory
from qsetu.core.seeds import derive_seed, fresh_seed
from qsetu.engines.aer.noise import density as aer_density
from qsetu.engines.aer.noise import engine_for, is_aer_noise, noisy_values, readout_of, runs_in_aer
from qsetu.trajectories import Plan, as_noise, as_noise_plan, portions, trajectory_values

if TYPE_CHECKING:
    from qiskit_aer.noise import NoiseModel as AerNoiseModel

    from qsetu.engines.aer.engine import AerEngine

__all__ = ["NoisyEstimate", "density_matrix", "noisy_expectation"]

# 4**12 complex numbers take 256 MiB.
MAX_DENSITY_QUBITS = 12


@dataclass(frozen=True, eq=False)
class NoisyEstimate:
    """Expectation values averaged over trajectories.

    Attributes:
        values: float64 ``(...)`` for one observable, ``(..., K)`` for a sequence: means over trajectories.
        standard_errors: The same shape: standard deviation over trajectories, divided by the square root
            of their number. 0 where chance decides nothing.
        trajectories: How many for each parameter row.
    """

    values: NDArray[np.float64]
    standard_errors: NDArray[np.float64]
    trajectories: int


def noisy_expectation(
    circuit: Circuit | MeasuredCircuit,
    observable: Observable | Sequence[Observable],
    params: ArrayLike | None = None,
    *,
    noise: NoiseModel | AerNoiseModel,
    trajectories: int = 1000,
    seed: int | None = None,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
    devices: Devices = None,
    precision: str | None = None,
) -> NoisyEstimate:
    """Expectation values of the noisy state, estimated over quantum trajectories.

    Each trajectory runs the circuit once with the noise that chance drew for it, and gives the exact
    expectation values of the state it ends in: there is no noise of a finite number of shots on top. Readout
    errors, which belong to measuring, are included exactly: each letter of a Pauli string is taken to be
    measured on its own qubit after a change of basis, and to be misread with the qubit's probabilities.

    Args:
        circuit: The circuit, n qubits and P parameter slots.
        observable: A :class:`qsetu.PauliSum`, text such as ``"0.5 X0 X1 + Z2"``, or a sequence of K.
        params: Real array ``(..., P)``.
        noise: What follows each gate, and how readout errs; or a noise model of Qiskit Aer, whose errors
            follow gates by name, which runs on Aer.
        trajectories: How many for each parameter row, at least 2. The standard error falls with its root.
            Density matrices need none.
        seed: Non-negative integer for repeatable estimates; None for fresh ones. Trajectory t of row i
            depends on the seed, i and t alone.
        engine: "auto", "native", "xla", "aer" or "reference".
        dtype: Precision of the simulation.
        devices: For the xla engine: how many devices share each state, or which (:class:`jax.Device`);
            None means JAX's default device.
        precision: Of products on the xla engine: "highest" (None), or "high" or "default", which may be
            TF32 on a GPU: faster, and 3 digits instead of 7.

    Returns:
        Means and standard errors. Without noise on any gate the values are those of
        :func:`qsetu.expectation`, exactly. With engine="aer:density_matrix", which a noise model of Aer
        means on up to 12 qubits where no method is named, they are exact.

    Raises:
        ArgumentError: As for :func:`qsetu.expectation`; ``noise`` is no model, or has readout errors for
            another number of qubits; ``trajectories`` or ``seed`` is out of range; a string has more than
            12 letters on qubits whose two readout errors differ.
        InsufficientMemoryError: The states in work would not fit in memory.

    Example:
        >>> import qsetu
        >>> noise = qsetu.NoiseModel(two_qubit=qsetu.Depolarizing(0.1))
        >>> bell = qsetu.Circuit(2).h(0).cx(0, 1)
        >>> estimate = qsetu.noisy_expectation(bell, "Z0 Z1", noise=noise, trajectories=2000, seed=1)
        >>> bool(abs(estimate.values - 0.9) < 4 * estimate.standard_errors)
        True
    """
    count = as_int("trajectories", trajectories, 2, None, "One trajectory has no standard error.")
    base = as_seed("seed", seed)
    if runs_in_aer(noise, engine):
        how = {"dtype": dtype, "devices": devices, "precision": precision}
        return _estimate_in_aer(circuit, observable, params, noise, count, base, engine, how)
    model = as_noise(noise)
    job = admit(circuit, params, engine, dtype, devices=devices, precision=precision)
    observables, single = as_observables("observable", observable, circuit.num_qubits)
    errors = model.readout_errors(circuit.num_qubits)
    if errors:
        observables = tuple(as_read(one, errors) for one in observables)
    table = pauli_table(observables)
    plan = as_noise_plan(job.program.source, model)
    if plan is None:
        job.require_memory(job.rows_in_flight, "the statevectors in work")
        values = job.engine.expectations(job.program, table, job.params, job.dtype)
        deviations = np.zeros_like(values)
    else:
        job.require_memory(1, "one trajectory")
        estimates = [_over_trajectories(job, plan, row, table, count, base) for row in range(job.rows)]
        values, deviations = np.array(estimates).reshape(job.rows, 2, table.count).swapaxes(0, 1)
    shape = job.batch if single else (*job.batch, len(observables))
    return NoisyEstimate(values.reshape(shape), deviations.reshape(shape), count)


def _estimate_in_aer(
    circuit: Circuit | MeasuredCircuit,
    observable: Observable | Sequence[Observable],
    params: ArrayLike | None,
    noise: Any,
    count: int,
    seed: int | None,
    engine: str,
    how: dict[str, Any],
) -> NoisyEstimate:
    named = engine_for(engine, circuit.num_qubits) if hasattr(circuit, "num_qubits") else engine
    job = admit(circuit, params, named, **how)
    observables, single = as_observables("observable", observable, circuit.num_qubits)
    errors = readout_of(noise, circuit.num_qubits, sampled=False)
    if errors:
        observables = tuple(as_read(one, errors) for one in observables)
    job.require_memory(1, "one state")
    base = fresh_seed() if seed is None else seed
    seeds = [derive_seed(base, "aer", row) % 2**31 for row in range(job.rows)]
    table, engine_of_aer = pauli_table(observables), cast("AerEngine", job.engine)
    values, deviations = noisy_values(
        engine_of_aer, job.program.source, table, job.inputs, noise, count, seeds, job.dtype
    )
    shape = job.batch if single else (*job.batch, len(observables))
    return NoisyEstimate(values.reshape(shape), deviations.reshape(shape), count)


def _over_trajectories(
    job: Job, plan: Plan, row: int, table: PauliTable, count: int, seed: int | None
) -> NDArray[np.float64]:
    """Means and standard errors, ``(2, K)``."""
    # Portions are joined by their means and sums of squares about them (T. F. Chan and others, 1983): sums
    # of squares about 0 would lose what is small.
    mean, squares = np.zeros(table.count), np.zeros(table.count)
    for start, draws in portions(job, plan, row, count, seed, whole=False):
        values = trajectory_values(job, plan, row, table, draws)
        size, done = len(values), start + len(values)
        apart = values.mean(axis=0) - mean
        squares += ((values - values.mean(axis=0)) ** 2).sum(axis=0) + apart**2 * (start * size / done)
        mean = mean + apart * (size / done)
    return np.array([mean, np.sqrt(squares / (count - 1) / count)])


def density_matrix(
    circuit: Circuit | MeasuredCircuit,
    params: ArrayLike | None = None,
    *,
    noise: NoiseModel | AerNoiseModel | None = None,
) -> NDArray[np.complex128]:
    """Exact density matrix of the noisy state: slow, always double precision, what trajectories converge to.

    Args:
        circuit: The circuit, n qubits (at most 12) and P parameter slots.
        params: Real array ``(..., P)``.
        noise: What follows each gate; None for nothing. Readout errors belong to measuring and do not enter:
            see :func:`qsetu.sample` and :func:`qsetu.noisy_expectation`. Or a noise model of Qiskit Aer,
            which then computes the matrix.

    Returns:
        complex128 ``(..., 2**n, 2**n)``; its diagonal holds the probabilities of the basis states.

    Raises:
        ArgumentError: As for :func:`qsetu.statevector`; more than 12 qubits; ``noise`` is no model, or has
            readout errors for another number of qubits.
        InsufficientMemoryError: The matrices would not fit in memory.

    Example:
        >>> import qsetu
        >>> noise = qsetu.NoiseModel(one_qubit=qsetu.AmplitudeDamping(0.2))
        >>> qsetu.density_matrix(qsetu.Circuit(1).x(0), noise=noise).real.round(6).tolist()
        [[0.2, 0.0], [0.0, 0.8]]
    """
    from qsetu.engines.reference.density import density

    in_aer = is_aer_noise(noise)
    model = NoiseModel() if noise is None or in_aer else as_noise(noise)
    job = admit(circuit, params, "aer:density_matrix" if in_aer else "reference", np.complex128)
    n = circuit.num_qubits
    if n > MAX_DENSITY_QUBITS:
        hint = "Use trajectories instead: qsetu.noisy_expectation, or qsetu.sample with noise."
        raise ArgumentError("circuit", f"must have at most {MAX_DENSITY_QUBITS} qubits here", n, hint)
    model.readout_errors(n)
    require_memory(
        16 * 4**n * (job.rows + 4),
        lambda: f"Density matrices of {n} qubits with {job.rows} parameter row(s)",
        lambda free: "Try fewer rows at a time, or trajectories: qsetu.noisy_expectation.",
    )
    result = np.empty((job.rows, 2**n, 2**n), dtype=np.complex128)
    for index, row in enumerate(job.inputs):
        if in_aer:
            result[index] = aer_density(
                cast("AerEngine", job.engine), job.program.source, row, noise, job.dtype
            )
        else:
            result[index] = density(job.program.source, model, row)
    return result.reshape(*job.batch, 2**n, 2**n)
