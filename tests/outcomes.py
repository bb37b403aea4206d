"""The oracle of circuits that measure: every sequence of outcomes with its probability, from definitions."""

from __future__ import annotations

import numpy as np

import qsetu
from qsetu.circuits import If, Measure, MeasuredCircuit, Operation, Reset
from qsetu.circuits.circuit import Circuit
from qsetu.compiler import compile_circuit
from qsetu.engines import get_engine


def distribution(circuit: MeasuredCircuit, params=None) -> np.ndarray:
    """The probability of each number in the classical bits, ``(2^C,)``."""
    row = np.zeros(circuit.num_params) if params is None else np.asarray(params, dtype=float)
    start = np.eye(1, 2**circuit.num_qubits, dtype=complex)[0]
    total = np.zeros(2**circuit.num_clbits)
    for weight, bits, _ in run(list(circuit.instructions), circuit.num_qubits, row, [(1.0, 0, start)]):
        total[bits] += weight
    return total


def run(items, num_qubits, row, branches):
    for item in items:
        branches = [new for branch in branches for new in step(item, num_qubits, row, branch)]
    return branches


def step(item, num_qubits, row, branch):
    weight, bits, state = branch
    if isinstance(item, Operation):
        program = compile_circuit(Circuit.from_operations(num_qubits, (item,)))
        engine, width = get_engine("reference"), max(1, len(row))
        params = np.resize(row, (1, width)) if len(row) else np.zeros((1, 0))
        return [(weight, bits, engine.evolve(program, params, state[None], np.dtype(complex))[0])]
    if isinstance(item, If):
        number = sum((bits >> c & 1) << i for i, c in enumerate(item.condition.clbits))
        body = item.then if number in item.condition.values else item.otherwise
        return run(body, num_qubits, row, [branch])
    if not isinstance(item, (Measure, Reset)):
        return [branch]
    made = []
    index = np.arange(len(state))
    for outcome in (0, 1):
        part = np.where(index >> item.qubit & 1 == outcome, state, 0)
        chance = float(np.vdot(part, part).real)
        if chance < 1e-14:
            continue
        part = part / np.sqrt(chance)
        if isinstance(item, Measure):
            kept = bits & ~(1 << item.clbit) | outcome << item.clbit
            made.append((weight * chance, kept, part))
        else:
            made.append((weight * chance, bits, part[index | 1 << item.qubit] if outcome else part))
            if outcome:
                moved = made[-1][2] * (index >> item.qubit & 1 == 0)
                made[-1] = (weight * chance, bits, moved)
    return made


def far(samples, probabilities) -> float:
    """How far frequencies are from ``probabilities``, in what chance alone would give (about 1)."""
    shots = samples.size
    found = np.bincount(samples.reshape(-1), minlength=len(probabilities)) / shots
    assert not np.any(found[probabilities == 0]), "an impossible outcome was drawn"
    spread = np.sqrt(np.clip(probabilities * (1 - probabilities), 0, None) / shots)
    return float(np.abs(found - probabilities).sum() / max(spread.sum(), 1e-12))


def random_measured(seed: int, num_qubits: int = 3, num_clbits: int = 4, depth: int = 14) -> MeasuredCircuit:
    """Gates, measurements, resets and nested conditions at random places, two parameters."""
    rng = np.random.default_rng(seed)

    def items(count, deep):
        made = []
        for _ in range(count):
            kind = rng.integers(6 if deep else 5)
            qubit, other = (int(q) for q in rng.permutation(num_qubits)[:2])
            clbit = int(rng.integers(num_clbits))
            if kind < 2:
                slot = qsetu.param(int(rng.integers(2)))
                angle = [float(rng.uniform(-3, 3)), slot, slot * slot + 0.3][int(rng.integers(3))]
                gates = Circuit(num_qubits).ry(angle, qubit).u(*rng.uniform(-3, 3, 3), other)
                made += list(gates.cx(qubit, other))
            elif kind == 2 or kind == 3:
                made.append(Measure(qubit, clbit))
            elif kind == 4:
                made.append(Reset(qubit))
            else:
                bits = tuple(int(c) for c in rng.permutation(num_clbits)[: int(rng.integers(1, 3))])
                values = frozenset(int(v) for v in rng.integers(0, 2 ** len(bits), 2))
                otherwise = tuple(items(2, deep - 1)) if rng.random() < 0.5 else ()
                then = tuple(items(3, deep - 1))
                made.append(If(qsetu.circuits.Condition(bits, values), then, otherwise))
        return made

    start = list(Circuit(num_qubits).h(0).ry(0.7, 1).cx(0, num_qubits - 1))
    return MeasuredCircuit(num_qubits, num_clbits, (*start, *items(depth, 2)))
