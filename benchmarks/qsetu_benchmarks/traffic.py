"""What one run of a circuit moves through memory, and computes."""

from __future__ import annotations

import qsetu
from qsetu.bench import Traffic
from qsetu.circuits import GATES
from qsetu.compiler import compile_circuit
from qsetu.engines import get_engine

__all__ = ["BLOCK_QUBITS", "gate_operations", "greedy_passes", "state_traffic"]

BLOCK_QUBITS = 15  # of complex64: 256 KiB
AMPLITUDE = 8  # bytes


def state_traffic(circuit: qsetu.Circuit) -> Traffic:
    """Of the native engine, in single precision."""
    passes = get_engine("native").passes(compile_circuit(circuit))
    # The first pass only writes.
    moved = max(0, 2 * passes - 1) * AMPLITUDE * 2**circuit.num_qubits
    return Traffic(moved, passes, greedy_passes(circuit), gate_operations(circuit))


def gate_operations(circuit: qsetu.Circuit) -> int:
    """Floating-point operations of the gates as they are given, each by its kind.

    For each amplitude that its controls leave to it, a gate of k qubits takes 8 * 2^k, half of that if its
    matrix is real, 6 if it is diagonal, none if it is a permutation. An engine that merges gates or factors
    them takes fewer: the rate is that of work done for the user, and can be above what a product of matrices
    reaches.
    """
    total = 0
    for op in circuit:
        gate = GATES[op.gate] if op.unitary is None else None
        each = 8 * 2 ** len(op.qubits)
        if gate is not None and gate.is_permutation:
            each = 0
        elif gate is not None and gate.is_diagonal:
            each = 6
        elif gate is not None and gate.is_real:
            each //= 2
        total += each * 2 ** (circuit.num_qubits - len(op.controls))
    return total


def greedy_passes(circuit: qsetu.Circuit) -> int:
    """Blocks of gates, in order, that mix no more than BLOCK_QUBITS qubits together."""
    passes, block = 1, set()
    for op in circuit:
        mixes = set() if op.unitary is None and GATES[op.gate].is_diagonal else set(op.qubits)
        if len(block | mixes) > BLOCK_QUBITS:
            passes, block = passes + 1, set()
        block |= mixes
    return passes
