"""Shots of circuits that measure on their way: all shots with the same outcomes so far share one state.

States are run in batches, a row for each sequence of outcomes that occurs; a measurement divides the shots of
a row among its outcomes. So the cost is that of the outcomes seen, not of the shots.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qsetu.admission import Job
from qsetu.circuits.circuit import Circuit
from qsetu.circuits.measured import Condition, If, Instruction, Measure, MeasuredCircuit, Reset, walk
from qsetu.circuits.operation import Operation
from qsetu.circuits.program import GateProgram
from qsetu.compiler import compile_circuit
from qsetu.core.seeds import generator

__all__ = ["sample_branches"]

# Rows of states that a core's cache can hold are run together; more of them gain nothing.
AMPLITUDES_AT_ONCE = 2**20


class _Split(NamedTuple):
    """Two ways to go on, by classical bits."""

    condition: Condition
    then: _Code
    otherwise: _Code


_Code: TypeAlias = "tuple[GateProgram | Measure | Reset | _Split, ...]"


class _Plan(NamedTuple):
    """A circuit taken apart: what is run in order, and the measurements that can wait for the end."""

    code: _Code
    last: tuple[Measure, ...]


@dataclass(eq=False)
class _Rows:
    """U states, and the shots that are in each.

    Attributes:
        states: ``(U, 2^n)``; None for |0...0>, U = 1.
        bits: uint8 ``(U, C)``, classical bits.
        shots: int64 ``(U,)``, how many.
    """

    states: NDArray[Any] | None
    bits: NDArray[np.uint8]
    shots: NDArray[np.int64]

    def chosen(self, which: NDArray[Any]) -> _Rows:
        states = None if self.states is None else self.states[which]
        return _Rows(states, self.bits[which], self.shots[which])


def sample_branches(
    job: Job, circuit: MeasuredCircuit, row: int, shots: int, seed: int | None
) -> NDArray[np.uint8]:
    """Classical bits uint8 ``(shots, C)`` of parameter row ``row``; the order of shots means nothing.

    Args:
        job: The admitted request; its program may be of any circuit with these qubits and parameters.
        circuit: What is run.
        row: Which of ``job.inputs``.
        shots: How many.
        seed: The caller's seed.
    """
    plan = _plan(circuit)
    # What rows may be alive is bounded by the shots, and by what measurements there are to divide them.
    deep = sum(isinstance(item, (Measure, Reset)) for item in walk(circuit.instructions))
    job.require_memory(2 * min(shots, 1 + deep) + 1, "the statevectors of different outcomes")
    chance = generator(seed, "branches", row)
    run = _Run(job, job.inputs[row], chance, plan.last)
    start = _Rows(None, np.zeros((1, circuit.num_clbits), np.uint8), np.array([shots]))
    run.to_the_end(plan.code, start)
    return np.concatenate(run.done)[chance.permutation(shots)]


@lru_cache(maxsize=32)
def _plan(circuit: MeasuredCircuit) -> _Plan:
    items = list(circuit.instructions)
    busy: set[int] = set()
    known: set[int] = set()  # bits that are read or written later
    last: list[Measure] = []
    for position in range(len(items) - 1, -1, -1):
        item = items[position]
        if isinstance(item, Measure) and item.qubit not in busy and item.clbit not in known:
            last.append(item)
            del items[position]
            continue
        for one in walk((item,)):
            match one:
                case Measure(qubit, clbit):
                    busy.add(qubit)
                    known.add(clbit)
                case Reset(qubit):
                    busy.add(qubit)
                case Operation():
                    busy.update(one.qubits + one.controls)
                case If():
                    known.update(one.condition.clbits)
    return _Plan(_code(tuple(items), circuit.num_qubits), tuple(reversed(last)))


def _code(instructions: tuple[Instruction, ...], num_qubits: int) -> _Code:
    made: list[GateProgram | Measure | Reset | _Split] = []
    gates: list[Operation] = []

    def flush() -> None:
        if gates:
            made.append(compile_circuit(Circuit.from_operations(num_qubits, gates)))
            gates.clear()

    for item in instructions:
        match item:
            case Operation():
                gates.append(item)
            case Measure() | Reset():
                flush()
                made.append(item)
            case If(condition, then, otherwise):
                flush()
                made.append(_Split(condition, _code(then, num_qubits), _code(otherwise, num_qubits)))
    flush()
    return tuple(made)


class _Run:
    """One parameter row on its way through the code."""

    def __init__(
        self, job: Job, inputs: NDArray[np.float64], chance: np.random.Generator, last: tuple[Measure, ...]
    ) -> None:
        self.job = job
        self.inputs = inputs
        self.chance = chance
        self.last = last
        self.most = max(1, AMPLITUDES_AT_ONCE >> job.program.num_qubits)
        self.done: list[NDArray[np.uint8]] = []

    def to_the_end(self, code: _Code, rows: _Rows) -> None:
        for position, step in enumerate(code):
            rows = self.step(step, rows)
            if len(rows.shots) > self.most:
                # One half after the other, so that no more states are alive than memory was asked for.
                half = len(rows.shots) // 2
                self.to_the_end(code[position + 1 :], rows.chosen(np.arange(half)))
                self.to_the_end(code[position + 1 :], rows.chosen(np.arange(half, len(rows.shots))))
                return
        self.finish(rows)

    def step(self, step: GateProgram | Measure | Reset | _Split, rows: _Rows) -> _Rows:
        match step:
            case GateProgram():
                return self.evolve(step, rows)
            case Measure(qubit, clbit):
                rows, outcome = self.measured(qubit, rows)
                rows.bits[:, clbit] = outcome
                return rows
            case Reset(qubit):
                rows, outcome = self.measured(qubit, rows)
                assert rows.states is not None
                halves = _halves(rows.states, qubit)
                halves[outcome == 1, :, 0] = halves[outcome == 1, :, 1]
                halves[outcome == 1, :, 1] = 0
                return rows
        holds = _holds(step.condition, rows.bits)
        parts = []
        for which, code in ((holds, step.then), (~holds, step.otherwise)):
            part = rows.chosen(np.flatnonzero(which))
            for inner in code if which.any() else ():
                part = self.step(inner, part)
            if which.any():
                parts.append(part)
        return _joined(parts)

    def evolve(self, program: GateProgram, rows: _Rows) -> _Rows:
        own = program.expand(self.inputs[: program.num_inputs])
        params = np.tile(own, (len(rows.shots), 1))
        engine, dtype = self.job.engine, self.job.dtype
        if rows.states is None:
            states = engine.states(program, params, dtype)
        else:
            states = engine.evolve(program, params, np.ascontiguousarray(rows.states), dtype)
        return _Rows(states, rows.bits, rows.shots)

    def measured(self, qubit: int, rows: _Rows) -> tuple[_Rows, NDArray[np.int64]]:
        """The rows that the outcomes make, and the outcome of each."""
        if rows.states is None:
            rows = self.evolve(compile_circuit(Circuit(self.job.program.num_qubits)), rows)
        assert rows.states is not None
        halves = _halves(rows.states, qubit)
        weights = np.sum(np.abs(halves) ** 2, axis=(1, 3), dtype=np.float64)
        weights /= weights.sum(axis=1, keepdims=True)
        ones = self.chance.binomial(rows.shots, np.clip(weights[:, 1], 0, 1))
        counts = np.stack([rows.shots - ones, ones], axis=1)
        which, outcome = np.nonzero(counts)
        made = _Rows(rows.states[which], rows.bits[which], counts[which, outcome])
        assert made.states is not None
        kept = _halves(made.states, qubit)
        kept[np.arange(len(which)), :, 1 - outcome] = 0
        scale = 1 / np.sqrt(weights[which, outcome])
        made.states *= scale[:, None].astype(made.states.real.dtype)
        return made, outcome

    def finish(self, rows: _Rows) -> None:
        bits = np.repeat(rows.bits, rows.shots, axis=0)
        if self.last:
            if rows.states is None:
                rows = self.evolve(compile_circuit(Circuit(self.job.program.num_qubits)), rows)
            assert rows.states is not None
            ends = np.cumsum(rows.shots)
            for state, end, count in zip(rows.states, ends, rows.shots, strict=True):
                found = self.job.engine.choose(state, self.chance.random(count))
                for measure in self.last:
                    bits[end - count : end, measure.clbit] = found >> measure.qubit & 1
        self.done.append(bits)


def _halves(states: NDArray[Any], qubit: int) -> NDArray[Any]:
    """A view ``(U, higher qubits, 2, lower qubits)``."""
    return states.reshape(len(states), -1, 2, 2**qubit)


def _holds(condition: Condition, bits: NDArray[np.uint8]) -> NDArray[np.bool_]:
    # Bits of a register may be more than 64, so numbers are compared bit by bit.
    mine = bits[:, list(condition.clbits)]
    holds = np.zeros(len(bits), dtype=bool)
    for value in condition.values:
        wanted = [value >> i & 1 for i in range(len(condition.clbits))]
        if value >> len(condition.clbits) == 0:
            holds |= (mine == wanted).all(axis=1)
    return holds


def _joined(parts: list[_Rows]) -> _Rows:
    if len(parts) == 1:
        return parts[0]
    # One part may have run nothing yet, where no gate came before.
    states = [part.states for part in parts if part.states is not None]
    assert len(states) == len(parts)
    return _Rows(
        np.concatenate(states),
        np.concatenate([part.bits for part in parts]),
        np.concatenate([part.shots for part in parts]),
    )
