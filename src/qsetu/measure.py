"""What is read off whole states: samples, fidelities, reduced density matrices. The door's second leaf.

Shapes and order of qubits are those of :mod:`qsetu.simulate`, which checks, compiles and chooses the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from qsetu.admission import Devices, Job, admit
from qsetu.branches import sample_branches
from qsetu.circuits.circuit import Circuit
from qsetu.circuits.measured import MeasuredCircuit, walk
from qsetu.circuits.noise import NoiseModel
from qsetu.circuits.operation import Operation
from qsetu.circuits.readout import read_bits
from qsetu.core.checks import as_int, as_seed
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.memory import require_memory, working_memory
from qsetu.core.seeds import generator
from qsetu.engines.aer.noise import engine_for, is_aer_noise, noisy_sampler, readout_of, runs_in_aer
from qsetu.trajectories import Plan, as_noise, as_noise_plan, portions, trajectory_states

if TYPE_CHECKING:
    from qiskit_aer.noise import NoiseModel as AerNoiseModel

    from qsetu.engines.aer.engine import AerEngine

__all__ = ["gram", "reduced_density_matrices", "sample", "sample_bits"]

# Bounds what sampling needs beside the state and its result: some 30 bytes a shot.
SHOTS_AT_ONCE = 2**20
SHOTS_READ_AT_ONCE = 2**16  # a draw for each qubit of each
MAX_BITS = 62  # of a sample, an int64


def sample(
    circuit: Circuit | MeasuredCircuit,
    params: ArrayLike | None = None,
    *,
    shots: int = 1024,
    seed: int | None = None,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
    noise: NoiseModel | AerNoiseModel | None = None,
    trajectories: int | None = None,
    devices: Devices = None,
    precision: str | None = None,
) -> NDArray[np.int64]:
    """Measure all qubits ``shots`` times in the computational basis, or what a circuit measures itself.

    Args:
        circuit: The circuit, n qubits and P parameter slots. Of a :class:`qsetu.MeasuredCircuit` the
            measurements are its own, and the samples are of its classical bits.
        params: Real array ``(..., P)``.
        shots: Number of measurements for each parameter row, at least 1.
        seed: Non-negative integer for repeatable samples; None for fresh ones. Row i of a batch
            depends on the seed and i alone.
        engine: "auto", "native", "xla", "aer" or "reference".
        dtype: Precision of the simulation.
        noise: What follows each gate, and how readout errs; None for nothing. Or a noise model of Qiskit Aer,
            whose errors follow gates by name, which runs on Aer.
        trajectories: For each parameter row, from 1 to ``shots``; only with ``noise``. None gives every shot
            a trajectory of its own: shots are independent, as on a machine. Fewer take less time, and shot s
            is then drawn from trajectory ``s % trajectories``: each shot has the same distribution as
            before, but shots of one trajectory are correlated.
        devices: For the xla engine: how many devices share each state, or which (:class:`jax.Device`);
            None means JAX's default device.
        precision: Of products on the xla engine: "highest" (None), or "high" or "default", which may be
            TF32 on a GPU: faster, and 3 digits instead of 7.

    Returns:
        Basis-state indices, int64 ``(..., shots)``; bit q of an index is qubit q, or classical bit q of a
        measured circuit. See :func:`qsetu.counts`.

    Raises:
        ArgumentError: As for :func:`qsetu.statevector`; ``shots``, ``seed`` or ``trajectories`` is out of
            range; ``noise`` is no model, or has readout errors for another number of qubits, or the circuit
            follows outcomes of its measurements; it has more than 62 classical bits.

    Example:
        >>> import qsetu
        >>> shots = qsetu.sample(qsetu.Circuit(2).h(0).cx(0, 1), shots=1000, seed=1)
        >>> sorted(qsetu.counts(shots, 2))
        ['00', '11']
    """
    if isinstance(circuit, MeasuredCircuit):
        if circuit.num_clbits > MAX_BITS:
            hint = "qsetu.interop.qiskit.Sampler keeps any number of them."
            raise ArgumentError("circuit", f"must have at most {MAX_BITS} classical bits", circuit, hint)
        bits = sample_bits(
            circuit,
            params,
            shots=shots,
            seed=seed,
            engine=engine,
            dtype=dtype,
            noise=noise,
            trajectories=trajectories,
            devices=devices,
            precision=precision,
        )
        return bits @ (np.int64(1) << np.arange(circuit.num_clbits))
    number = as_int("shots", shots, 1)
    base = as_seed("seed", seed)
    in_aer = runs_in_aer(noise, engine)
    runs = _as_trajectories(trajectories, number, noise, in_aer)
    model = NoiseModel() if noise is None or is_aer_noise(noise) else as_noise(noise)
    if is_aer_noise(noise) and isinstance(circuit, Circuit):
        engine = engine_for(engine, circuit.num_qubits)
    job = admit(circuit, params, engine, dtype, devices=devices, precision=precision)
    if is_aer_noise(noise):
        readout_of(noise, circuit.num_qubits, sampled=True)  # Aer reads wrongly itself
    errors = model.readout_errors(circuit.num_qubits)
    job.require_memory(1, "one statevector")
    require_memory(
        8 * job.rows * number,
        lambda: f"{number:,} shots for each of {job.rows} parameter row(s)",
        lambda free: "Try fewer shots, and add up the counts of several calls.",
    )
    plan = None if in_aer else as_noise_plan(circuit, model)
    samples = np.empty((job.rows, number), dtype=np.int64)
    for row in range(job.rows):
        if plan is None:
            _sample_state(job, row, base, samples[row], noise if in_aer else None)
        else:
            _sample_trajectories(job, plan, row, runs, base, samples[row])
        if errors:
            chance = generator(base, "readout", row)
            for start in range(0, number, SHOTS_READ_AT_ONCE):
                part = samples[row, start : start + SHOTS_READ_AT_ONCE]
                part[:] = read_bits(part, errors, chance)
    return samples.reshape(*job.batch, number)


def sample_bits(
    circuit: MeasuredCircuit,
    params: ArrayLike | None = None,
    *,
    shots: int,
    seed: int | None,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
    noise: NoiseModel | AerNoiseModel | None = None,
    trajectories: int | None = None,
    devices: Devices = None,
    precision: str | None = None,
) -> NDArray[np.uint8]:
    """What a circuit measures, as :func:`sample`, but bit by bit and any number of them.

    Returns:
        uint8 ``(..., shots, C)``; bits that are never written are 0.
    """
    if circuit.why_dynamic is None:
        samples = sample(
            circuit.circuit,
            params,
            shots=shots,
            seed=seed,
            engine=engine,
            dtype=dtype,
            noise=noise,
            trajectories=trajectories,
            devices=devices,
            precision=precision,
        )
        bits = np.zeros((*samples.shape, circuit.num_clbits), dtype=np.uint8)
        for measure in circuit.measurements:
            bits[..., measure.clbit] = samples >> measure.qubit & 1
        return bits
    number = as_int("shots", shots, 1)
    base = as_seed("seed", seed)
    if noise is not None or trajectories is not None:
        rule = f"must be None for a circuit with {circuit.why_dynamic}"
        name, given = ("noise", noise) if noise is not None else ("trajectories", trajectories)
        raise ArgumentError(name, rule, given, "Noise is simulated for circuits that measure at their end.")
    gates = (item for item in walk(circuit.instructions) if isinstance(item, Operation))
    every = Circuit.from_operations(circuit.num_qubits, gates)
    job = admit(every, params, engine, dtype, devices=devices, precision=precision)
    require_memory(
        job.rows * number * circuit.num_clbits,
        lambda: f"{number:,} shots of {circuit.num_clbits} bits for each of {job.rows} parameter row(s)",
        lambda free: "Try fewer shots, and add up the counts of several calls.",
    )
    rows = [sample_branches(job, circuit, row, number, base) for row in range(job.rows)]
    return np.array(rows, dtype=np.uint8).reshape(*job.batch, number, circuit.num_clbits)


def _as_trajectories(given: int | None, shots: int, noise: Any, in_aer: bool) -> int:
    if given is None:
        return shots
    if noise is None:
        hint = "Give noise as well, or leave trajectories out."
        raise ArgumentError("trajectories", "must be None without noise", given, hint)
    runs = as_int("trajectories", given, 1, shots, "A trajectory without a shot would be for nothing.")
    if in_aer and runs != shots:
        rule = "must be None where Aer puts the noise in"
        raise ArgumentError("trajectories", rule, given, "Every shot has a trajectory of its own there.")
    return runs


def _sample_state(job: Job, row: int, seed: int | None, samples: NDArray[np.int64], noise: Any) -> None:
    # Alone: an engine may run a row among others another way, and a rounding that comes with neighbors
    # must not move one of its shots.
    if noise is None:
        draw = job.engine.sampler(job.program, job.params[row : row + 1], job.dtype)
    else:
        aer = cast("AerEngine", job.engine)
        draw = noisy_sampler(aer, job.program.source, job.inputs[row], noise, job.dtype)
    chance = generator(seed, "sample", row)
    for start in range(0, len(samples), SHOTS_AT_ONCE):
        part = samples[start : start + SHOTS_AT_ONCE]
        part[:] = draw(chance, len(part))


def _sample_trajectories(
    job: Job, plan: Plan, row: int, runs: int, seed: int | None, samples: NDArray[np.int64]
) -> None:
    points = generator(seed, "sample", row).random(len(samples))
    turns = -(-len(samples) // runs)  # shots of the first trajectory
    for start, draws in portions(job, plan, row, runs, seed, whole=True):
        states, which = trajectory_states(job, plan, row, draws)
        shots = (np.arange(turns)[:, None] * runs + np.arange(start, start + len(draws))).reshape(-1)
        owners = np.tile(which, turns)[shots < len(samples)]
        shots = shots[shots < len(samples)]
        order = np.argsort(owners, kind="stable")
        ends = np.cumsum(np.bincount(owners, minlength=len(states)))
        for state, members in zip(states, np.split(shots[order], ends[:-1]), strict=True):
            if len(members):
                samples[members] = job.engine.choose(state, points[members])


def gram(
    circuit: Circuit | MeasuredCircuit,
    params: ArrayLike,
    other: ArrayLike | None = None,
    *,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
    devices: Devices = None,
    precision: str | None = None,
    report: Callable[[float], None] | None = None,
) -> NDArray[np.float64]:
    """Fidelity Gram matrix ``|<psi(params_i)|psi(other_j)>|^2``.

    N + M statevectors and one matrix product, never N*M circuits. Where the statevectors do not fit
    in half of the free memory, they are computed in tiles, some more than once.

    Args:
        circuit: The circuit, P parameter slots.
        params: Real array ``(N, P)``.
        other: Real array ``(M, P)``; None means ``params``, and the matrix is exactly symmetric
            with a unit diagonal.
        engine: "auto", "native", "xla", "aer" or "reference".
        dtype: Precision of the simulation.
        devices: For the xla engine: how many devices share each state, or which (:class:`jax.Device`);
            None means JAX's default device.
        precision: Of products on the xla engine: "highest" (None), or "high" or "default", which may be
            TF32 on a GPU: faster, and 3 digits instead of 7.
        report: Called now and then with the share of the work that is done, from 0 to 1, for progress bars.

    Returns:
        float64 ``(N, M)``, entries from 0 to 1.

    Raises:
        ArgumentError: As for :func:`qsetu.statevector`; or an array is not two-dimensional.
        InsufficientMemoryError: The matrix itself, or two statevectors, would not fit in memory.
    """
    left = admit(circuit, params, engine, dtype, devices=devices, precision=precision)
    right = (
        left if other is None else admit(circuit, other, engine, dtype, devices=devices, precision=precision)
    )
    for name, job in (("params", left), ("other", right)):
        if len(job.batch) != 1:
            raise ArgumentError(
                name, f"must have shape (N, {circuit.num_params})", Said(f"shape {job.shape}")
            )
    result = 8 * left.rows * right.rows
    # The least that is needed: the result, one state held and one made. More room means fewer states
    # computed twice.
    left.require_memory(2, "the fidelity matrix and the statevectors in work", result, whole=True)
    each = left.engine.state_bytes(circuit.num_qubits, left.dtype)
    budget = working_memory(2 * max(left.rows, right.rows) * each, reserved=result)
    bras = None if other is None else right.params
    return left.engine.gram(left.program, left.params, bras, left.dtype, budget, report)


def reduced_density_matrices(
    circuit: Circuit | MeasuredCircuit,
    params: ArrayLike | None = None,
    *,
    qubits: Sequence[int | Sequence[int]] | None = None,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
    devices: Devices = None,
    precision: str | None = None,
) -> NDArray[np.complex128]:
    """Reduced density matrices of one or two qubits, all others traced out.

    Args:
        circuit: The circuit, n qubits and P parameter slots.
        params: Real array ``(..., P)``.
        qubits: K qubits or K pairs of qubits; None means every qubit. The first qubit of a pair is the
            least significant bit of a matrix index.
        engine: "auto", "native", "xla", "aer" or "reference".
        dtype: Precision of the simulation; sums over amplitudes are complex128.
        devices: For the xla engine: how many devices share each state, or which (:class:`jax.Device`);
            None means JAX's default device.
        precision: Of products on the xla engine: "highest" (None), or "high" or "default", which may be
            TF32 on a GPU: faster, and 3 digits instead of 7.

    Returns:
        complex128 ``(..., K, d, d)``, d = 2 for single qubits and 4 for pairs: Hermitian, of trace 1.
        Entry ``[r, c]`` is the sum of ``a_r conj(a_c)`` over the basis states of the other qubits.

    Raises:
        ArgumentError: As for :func:`qsetu.statevector`; or ``qubits`` names a qubit that is not in the
            circuit, one qubit twice in a pair, or both single qubits and pairs.
        InsufficientMemoryError: The states in work would not fit in memory.

    Example:
        >>> import qsetu
        >>> bell = qsetu.Circuit(2).h(0).cx(0, 1)
        >>> qsetu.reduced_density_matrices(bell).real.round(6).tolist()
        [[[0.5, 0.0], [0.0, 0.5]], [[0.5, 0.0], [0.0, 0.5]]]
    """
    job = admit(circuit, params, engine, dtype, devices=devices, precision=precision)
    subsets = _as_subsets(qubits, circuit.num_qubits)
    count, width = subsets.shape
    job.require_memory(job.rows_in_flight, "the statevectors in work", extra=16 * job.rows * count * 4**width)
    matrices = job.engine.reduced(job.program, job.params, subsets, job.dtype)
    return matrices.reshape(*job.batch, count, 2**width, 2**width)


def _as_subsets(qubits: Any, num_qubits: int) -> NDArray[np.int32]:
    """``qubits`` as int32 ``(K, 1)`` or ``(K, 2)``, checked."""
    if qubits is None:
        return np.arange(num_qubits, dtype=np.int32)[:, None]
    rule = "must be a sequence of qubits, or of pairs of qubits"
    if isinstance(qubits, str) or not isinstance(qubits, Iterable):
        raise ArgumentError("qubits", rule, qubits)
    rows = [tuple(item) if isinstance(item, Iterable) else (item,) for item in qubits]
    widths = {len(row) for row in rows}
    if len(widths) != 1 or not widths <= {1, 2}:
        hint = "Ask for single qubits and for pairs in two calls." if len(widths) > 1 else ""
        raise ArgumentError("qubits", rule, qubits, hint)
    for row in rows:
        for qubit in row:
            as_int("qubits", qubit, 0, num_qubits - 1, "Qubits count from 0.")
        if len(set(row)) < len(row):
            raise ArgumentError("qubits", "must name two different qubits in a pair", row)
    return np.array(rows, dtype=np.int32)
