"""Jacobians and vector-Jacobian products of tapes, by the adjoint method of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pennylane.exceptions import DeviceError

from qsetu import simulate
from qsetu.interop.pennylane.execution import Batch, Settings, batches, from_values
from qsetu.interop.pennylane.structure import Read, Structure

__all__ = ["jacobians", "vjps"]


def jacobians(reads: Sequence[Read], settings: Settings) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Results and Jacobians of all tapes, nested as PennyLane has them: measurements, then parameters."""
    results: list[Any] = [None] * len(reads)
    found: list[Any] = [None] * len(reads)
    for batch in batches(reads):
        structure = batch.structure
        _require_readings(structure)
        values, gradients = simulate.value_and_grad(
            structure.circuit,
            structure.readings.observables,
            batch.rows,
            engine=settings.engine,
            dtype=settings.dtype,
        )
        for place, index in enumerate(batch.members):
            results[index] = from_values(batch, place, values)
            found[index] = _jacobian(batch, place, values, gradients)
    return tuple(results), tuple(found)


def _jacobian(batch: Batch, place: int, values: NDArray[np.float64], gradients: NDArray[np.float64]) -> Any:
    structure, read = batch.structure, batch.reads[place]
    slots = _trainable_slots(read)
    rows = batch.spans[place]
    many = batch.broadcast[place]
    if many:
        _refuse_batched(read, slots)
    picked = gradients[rows][..., slots]  # (rows, K, trainable)
    picked = (
        np.where(np.array([slot < 0 for slot in slots], dtype=bool), 0.0, picked) if -1 in slots else picked
    )
    rowed = []
    for reading, span in zip(structure.readings.each, structure.readings.spans, strict=True):
        assert reading is not None
        part = picked[:, span]
        if reading.kind != "value":
            part = reading.slope(values[rows][:, span]) @ part
        shape = (len(part), *reading.shape) if many else reading.shape
        columns = np.moveaxis(part, -1, 0).reshape(len(slots), *shape)
        rowed.append(columns[0] if len(slots) == 1 else tuple(columns))
    return rowed[0] if len(rowed) == 1 else tuple(rowed)


def vjps(
    reads: Sequence[Read], cotangents: Sequence[Any], settings: Settings
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Results, and for each tape one gradient, an entry for each trainable parameter."""
    results: list[Any] = [None] * len(reads)
    found: list[Any] = [None] * len(reads)
    for batch in batches(reads):
        structure = batch.structure
        _require_readings(structure)
        stacked = [_cotangents(batch, place, cotangents[index]) for place, index in enumerate(batch.members)]
        if all(extra is None for _, extra in stacked):
            _one_for_each(batch, [rows for rows, _ in stacked], settings, results, found)
        else:
            _whole_jacobian(batch, stacked, settings, results, found)
    return tuple(results), tuple(found)


def _one_for_each(
    batch: Batch, rows: list[NDArray[Any]], settings: Settings, results: list[Any], found: list[Any]
) -> None:
    """One sweep back for each row, however many measurements."""
    structure = batch.structure
    weights = np.concatenate(rows)
    plain = all(reading is not None and reading.kind == "value" for reading in structure.readings.each)
    engine, dtype = settings.engine, settings.dtype
    if not plain:
        values = simulate.expectation(
            structure.circuit, structure.readings.observables, batch.rows, engine=engine, dtype=dtype
        )
        weights = _through_readings(structure, values, weights)
    values, gradients = simulate.expectation_vjp(
        structure.circuit, structure.readings.observables, batch.rows, weights, engine=engine, dtype=dtype
    )
    for place, index in enumerate(batch.members):
        results[index] = from_values(batch, place, values)
        mine = gradients[batch.spans[place]]
        found[index] = _collected(batch, place, mine)


def _collected(batch: Batch, place: int, gradients: NDArray[np.float64]) -> tuple[Any, ...]:
    """Gradients ``(rows, P)`` by the tape's own parameters: a single number's rows add up."""
    read = batch.reads[place]
    collected = []
    for slot in _trainable_slots(read):
        column = gradients[:, slot] if slot >= 0 else np.zeros(len(gradients))
        own = batch.broadcast[place] and slot >= 0 and np.ndim(read.numbers[slot]) > 0
        collected.append(column.copy() if own else np.asarray(column.sum()))
    return tuple(collected)


def _cotangents(batch: Batch, place: int, given: Any) -> tuple[NDArray[np.float64], int | None]:
    """Cotangents as ``(rows, outputs)``, or ``(vectors, outputs)`` where a tape has several of them."""
    structure = batch.structure
    parts = (given,) if len(structure.readings.each) == 1 else tuple(given)
    rows = batch.spans[place].stop - batch.spans[place].start
    lead = (rows,) if batch.broadcast[place] else ()
    columns = []
    vectors: int | None = None
    for part, reading in zip(parts, structure.readings.each, strict=True):
        assert reading is not None
        array = np.asarray(part, dtype=np.float64)
        if array.ndim > len(lead) + len(reading.shape):
            if batch.broadcast[place]:
                raise DeviceError("Several cotangents at once are for tapes that are not broadcast.")
            vectors = array.shape[0]
        width = int(np.prod(reading.shape))
        columns.append(array.reshape(-1, width))
    return np.concatenate(columns, axis=1), vectors


def _whole_jacobian(
    batch: Batch,
    stacked: list[tuple[NDArray[np.float64], int | None]],
    settings: Settings,
    results: list[Any],
    found: list[Any],
) -> None:
    structure = batch.structure
    values, gradients = simulate.value_and_grad(
        structure.circuit,
        structure.readings.observables,
        batch.rows,
        engine=settings.engine,
        dtype=settings.dtype,
    )
    for place, index in enumerate(batch.members):
        results[index] = from_values(batch, place, values)
        weights, vectors = stacked[place]
        span = batch.spans[place]
        weights = _through_readings(structure, np.repeat(values[span], len(weights), axis=0), weights)
        products = weights @ gradients[span.start]  # (vectors, P)
        columns = [
            products[:, slot] if slot >= 0 else np.zeros(len(products))
            for slot in _trainable_slots(batch.reads[place])
        ]
        found[index] = tuple(columns if vectors is not None else [column[0] for column in columns])


def _through_readings(
    structure: Structure, values: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights of outputs as weights of the expectation values they are read off, ``(rows, K)``."""
    parts = []
    start = 0
    for reading, span in zip(structure.readings.each, structure.readings.spans, strict=True):
        assert reading is not None
        width = int(np.prod(reading.shape))
        mine = weights[:, None, start : start + width]
        parts.append((mine @ reading.slope(values[:, span]))[:, 0])
        start += width
    return np.concatenate(parts, axis=1)


def _trainable_slots(read: Read) -> list[int]:
    """The slot of each trainable parameter; -1 for one of an observable, whose derivative is left out."""
    slots = read.structure.slots
    chosen = []
    for index in read.tape.trainable_params:
        if index >= len(slots):
            chosen.append(-1)  # PennyLane has warned of it
            continue
        slot = slots[index]
        if slot is None:
            raise DeviceError(
                "qsetu.qubit differentiates by angles only, not by entries of a matrix or a state "
                f"(parameter {index} of the circuit): use diff_method='parameter-shift' or 'finite-diff'."
            )
        chosen.append(slot)
    return chosen


def _refuse_batched(read: Read, slots: Sequence[int]) -> None:
    if any(slot >= 0 and np.ndim(read.numbers[slot]) for slot in slots):
        raise DeviceError(
            "The Jacobian of a broadcast tape by broadcast parameters is not stored: use device_vjp=True."
        )


def _require_readings(structure: Structure) -> None:
    if not structure.from_zero or any(reading is None for reading in structure.readings.each):
        raise DeviceError(
            "qsetu.qubit differentiates expectation values of Pauli sums, their variances, and probabilities "
            "of few wires, of circuits that begin in |0...0>: use diff_method='parameter-shift' here."
        )
