"""From tapes that were read to results: tapes of one structure are one batch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pennylane.devices.qubit.measure import measure
from pennylane.devices.qubit.sampling import measure_with_samples
from pennylane.exceptions import DeviceError
from pennylane.measurements import MeasurementProcess, Shots
from pennylane.ops import SparseHamiltonian

from qsetu import simulate
from qsetu.admission import Job, admit, pauli_table
from qsetu.interop.pennylane.structure import Read, Structure, rows_of

__all__ = ["Batch", "Settings", "batches", "execute", "from_values", "measurements_of"]

# States of a batch are computed in portions of this size; one state may be larger.
STATES_AT_ONCE = 2**28


@dataclass(frozen=True)
class Settings:
    """What the device was made with, and the way samples are drawn.

    Attributes:
        engine: As in :func:`qsetu.statevector`.
        dtype: complex64 or complex128.
        rng: Where samples come from.
        fill_shots: Whether postselection keeps the number of shots.
    """

    engine: str
    dtype: np.dtype[Any]
    rng: np.random.Generator
    fill_shots: bool = False


class Batch(NamedTuple):
    """Tapes of one structure, their numbers in one array.

    Attributes:
        structure: What they have in common.
        members: Where each stands in the batch of tapes.
        reads: The tapes.
        spans: The rows of each tape.
        broadcast: Whether each tape is broadcast; the result of one that is not has no batch axis.
        rows: float64 ``(rows, P)``, of NumPy or JAX.
    """

    structure: Structure
    members: tuple[int, ...]
    reads: tuple[Read, ...]
    spans: tuple[slice, ...]
    broadcast: tuple[bool, ...]
    rows: Any


RowsOf = Callable[[Read], tuple[Any, bool]]


def batches(reads: Sequence[Read], rows_of: RowsOf = rows_of) -> Iterator[Batch]:
    """Tapes of equal structure together, in order of first appearance."""
    groups: dict[int, list[int]] = {}
    for index, read in enumerate(reads):
        groups.setdefault(id(read.structure), []).append(index)
    for members in groups.values():
        mine = tuple([reads[index] for index in members])
        rows = [rows_of(read) for read in mine]
        ends = [0]
        for part, _ in rows:
            ends.append(ends[-1] + len(part))
        yield Batch(
            mine[0].structure,
            tuple(members),
            mine,
            tuple([slice(low, high) for low, high in itertools.pairwise(ends)]),
            tuple([many for _, many in rows]),
            rows[0][0] if len(rows) == 1 else _joined([part for part, _ in rows]),
        )


def _joined(parts: list[Any]) -> Any:
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    import jax.numpy as jnp

    return jnp.concatenate(parts)


def execute(reads: Sequence[Read], settings: Settings) -> tuple[Any, ...]:
    """The result of each tape."""
    results: list[Any] = [None] * len(reads)
    for batch in batches(reads):
        if batch.structure.by_values and not _has_shots(batch):
            values = simulate.expectation(
                batch.structure.circuit,
                batch.structure.readings.observables,
                batch.rows,
                engine=settings.engine,
                dtype=settings.dtype,
            )
            for place, index in enumerate(batch.members):
                results[index] = from_values(batch, place, values)
            continue
        for place, states, values in _states(batch, settings):
            results[batch.members[place]] = _from_states(batch, place, states, values, settings)
    return tuple(results)


def _has_shots(batch: Batch) -> bool:
    return any(read.tape.shots for read in batch.reads)


def from_values(batch: Batch, place: int, values: Any) -> Any:
    """The result of one tape of a batch, by the expectation values ``(rows, K)`` of all its rows."""
    structure = batch.structure
    mine = values[batch.spans[place]] if batch.broadcast[place] else values[batch.spans[place].start]
    results = []
    for reading, span in zip(structure.readings.each, structure.readings.spans, strict=True):
        assert reading is not None
        results.append(reading.finish(mine[..., span]))
    return results[0] if len(results) == 1 else tuple(results)


# -- states --------------------------------------------------------------------------------------------


def _states(
    batch: Batch, settings: Settings
) -> Iterator[tuple[int, NDArray[Any], NDArray[np.float64] | None]]:
    """For each tape, its final states ``(rows, 2^n)`` and what was read off them, ``(rows, K)``.

    States of postselected outcomes keep the norm that is left of them.
    """
    structure, lean = batch.structure, batch.structure.lean_readings
    size = 2 ** len(structure.qubits) * settings.dtype.itemsize
    at_once = max(1, STATES_AT_ONCE // size)
    # Those of one tape are needed together.
    portion: list[int] = []
    for place, span in enumerate(batch.spans):
        portion.append(place)
        full = batch.spans[place].stop - batch.spans[portion[0]].start >= at_once
        if not full and place + 1 < len(batch.spans):
            continue
        low = batch.spans[portion[0]].start
        job, states = _run(batch, portion, slice(low, span.stop), settings)
        values = None
        if lean.observables and not structure.outcomes and not _has_shots(batch):
            values = job.engine.measure(states, pauli_table(lean.observables))
        for each in portion:
            mine = slice(batch.spans[each].start - low, batch.spans[each].stop - low)
            yield each, states[mine], None if values is None else values[mine]
        portion = []


def _run(batch: Batch, portion: Sequence[int], span: slice, settings: Settings) -> tuple[Job, NDArray[Any]]:
    structure = batch.structure
    rows = batch.rows[span]
    first, *later = structure.circuits
    job = _admitted(first, rows, settings)
    job.require_memory(job.rows, "the statevectors")
    if structure.prepared is None:
        states = job.engine.states(job.program, job.params, job.dtype)
    else:
        states = np.concatenate([_prepared(batch, place, settings.dtype) for place in portion])
        states = job.engine.evolve(job.program, job.params, states, job.dtype)
    for circuit, outcomes in zip(later, structure.outcomes, strict=True):
        _project(states, outcomes)
        job = _admitted(circuit, rows, settings)
        states = job.engine.evolve(job.program, job.params, states, job.dtype)
    return job, states


def _admitted(circuit: Any, rows: NDArray[np.float64], settings: Settings) -> Job:
    return admit(circuit, rows[:, : circuit.num_params], settings.engine, settings.dtype)


def _prepared(batch: Batch, place: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """The states a tape begins with, ``(rows, 2^n)``."""
    qubits = batch.structure.qubits
    order = sorted(qubits, key=lambda label: -qubits[label])
    span = batch.spans[place]
    vector = np.asarray(batch.reads[place].tape.operations[0].state_vector(wire_order=order))
    states = vector.reshape(-1, 2 ** len(order))
    spread = np.broadcast_to(states, (span.stop - span.start, 2 ** len(order)))
    return np.array(spread, dtype=dtype, order="C")


def _project(states: NDArray[Any], outcomes: Sequence[tuple[int, int]]) -> None:
    """Keep, in place, what has the bit that was postselected."""
    for qubit, bit in outcomes:
        halves = states.reshape(len(states), -1, 2, 2**qubit)
        halves[:, :, 1 - bit] = 0


def _from_states(
    batch: Batch, place: int, states: NDArray[Any], values: NDArray[np.float64] | None, settings: Settings
) -> Any:
    structure, tape = batch.structure, batch.reads[place].tape
    many = batch.broadcast[place]
    shots = tape.shots
    if structure.outcomes:
        states, shots = _postselected(states, shots, settings)
    wires = structure.qubits
    measurements = measurements_of(batch, place)
    shaped = states.reshape((len(states),) * many + (2,) * len(wires))
    if shots:
        # Rounding must not make probabilities whose sum is refused.
        exact = shaped.astype(np.complex128)
        norms = np.sqrt(np.sum(np.abs(states.astype(np.complex128)) ** 2, axis=1))
        exact /= norms.reshape((-1,) + (1,) * len(wires)) if many else norms[0]
        found = measure_with_samples(
            measurements, exact, shots=shots, is_state_batched=many, rng=settings.rng
        )
        if len(measurements) > 1:
            return found
        if shots.has_partitioned_shots:
            return tuple(one[0] for one in found)
        return found[0]
    results = []
    lean = structure.lean_readings
    for mp, reading, span in zip(measurements, lean.each, lean.spans, strict=True):
        if reading is not None and values is not None:
            results.append(reading.finish(values[:, span] if many else values[0, span]))
        else:
            results.append(_measured(mp, shaped, many))
    return results[0] if len(results) == 1 else tuple(results)


def _measured(mp: MeasurementProcess, states: NDArray[Any], many: bool) -> Any:
    if many and isinstance(mp.obs, SparseHamiltonian):  # PennyLane's way for batches is closed by new SciPy
        return np.stack([measure(mp, state) for state in states])
    return measure(mp, states, is_state_batched=many)


def measurements_of(batch: Batch, place: int) -> list[MeasurementProcess]:
    """What a tape measures, on wires 0, 1, ..., the first of which is the highest qubit."""
    qubits = batch.structure.qubits
    wires = {label: len(qubits) - 1 - qubit for label, qubit in qubits.items()}
    moved = any(label != wire for label, wire in wires.items())
    return [mp.map_wires(wires) if moved else mp for mp in batch.reads[place].tape.measurements]


def _postselected(states: NDArray[Any], shots: Shots, settings: Settings) -> tuple[NDArray[Any], Shots]:
    """States of norm 1, and the shots whose outcomes were those asked for."""
    chance = float(np.sum(np.abs(states.astype(np.complex128)) ** 2))
    if chance < 1e-12:
        raise DeviceError("The postselected outcome of a mid-circuit measurement has probability 0.")
    states = states / np.sqrt(chance)
    if not shots or settings.fill_shots:
        return states, shots
    kept = [int(settings.rng.binomial(number, min(1.0, chance))) for number in shots]
    if not all(kept):
        raise DeviceError(
            "No shot had the postselected outcome: take more shots, or postselect_mode='fill-shots'."
        )
    return states, Shots(kept if shots.has_partitioned_shots else kept[0])
