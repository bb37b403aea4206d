"""What one run of a circuit moves through memory."""

from __future__ import annotations

import qsetu
from qsetu.bench import Traffic
from qsetu.circuits import GATES
from qsetu.compiler import compile_circuit
from qsetu.engines import get_engine

__all__ = ["BLOCK_QUBITS", "greedy_passes", "state_traffic"]

BLOCK_QUBITS = 15  # of complex64: 256 KiB
AMPLITUDE = 8  # bytes


def state_traffic(circuit: qsetu.Circuit) -> Traffic:
    """Of the native engine, in single precision."""
    passes = get_engine("native").passes(compile_circuit(circuit))
    # The first pass only writes.
    moved = max(0, 2 * passes - 1) * AMPLITUDE * 2**circuit.num_qubits
    return Traffic(moved, passes, greedy_passes(circuit))


def greedy_passes(circuit: qsetu.Circuit) -> int:
    """Blocks of gates, in order, that mix no more than BLOCK_QUBITS qubits together."""
    passes, block = 1, set()
    for op in circuit:
        mixes = set() if op.unitary is None and GATES[op.gate].is_diagonal else set(op.qubits)
        if len(block | mixes) > BLOCK_QUBITS:
            passes, block = passes + 1, set()
        block |= mixes
    return passes
