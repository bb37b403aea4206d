"""What a circuit costs beside others: a count of its gates, by what they ask of an engine."""

from __future__ import annotations

import numpy as np

from qsetu.circuits.program import GateProgram

__all__ = ["gate_cost"]

# In rotations of one qubit; fitted to hardware-efficient, Fourier, ZZ and random circuits on the native
# engine (the suite scaling, explain/*): many diagonal gates share a table, X, CX and SWAP hardly do anything.
_MIXING = (0.0, 1.0, 4.0, 16.0)
_DIAGONAL = 0.1
_PERMUTATION = 0.03


def gate_cost(program: GateProgram) -> float:
    """Cost of a run for each amplitude, in rotations of one qubit."""
    widths = np.diff(program.target_start)
    costs = np.array([_MIXING[min(width, 3)] * 4.0 ** max(0, width - 3) for width in range(64)])[widths]
    costs[program.diagonal == 1] = _DIAGONAL
    fixed = (program.frequency == 0) & (program.diagonal == 0)
    _, first, which = np.unique(program.form_start[fixed], return_index=True, return_inverse=True)
    ops = np.flatnonzero(fixed)
    swaps = np.array([_only_moves(program, int(op)) for op in ops[first]], dtype=bool)
    costs[ops[swaps[which]]] = _PERMUTATION
    return float(costs.sum())


def _only_moves(program: GateProgram, op: int) -> bool:
    matrix = program.operation_form(op)[0]
    return bool(np.all((matrix == 0) | (matrix == 1)))
