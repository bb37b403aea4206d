"""The gate program: what engines execute. Flat arrays, so that one compiled executor runs every circuit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from qsetu.circuits.circuit import Circuit

__all__ = ["GateProgram"]


@dataclass(frozen=True, eq=False)
class GateProgram:
    """M operations on n qubits, each ``M(angle) = A + B cos(f angle) + C sin(f angle)``.

    An operation without an angle has a frequency of 0 and only ``A``. Operations of one gate share
    their form, so ``constants`` stays small.

    Attributes:
        num_qubits: n.
        num_params: P, the width of the parameter array.
        target_start: int32 ``(M+1,)``; operation m acts on ``targets[target_start[m]:target_start[m+1]]``.
        targets: int32, the first target is the least significant bit of the matrix index.
        control_mask: uint64 ``(M,)``, bit q set when qubit q must be 1.
        diagonal: uint8 ``(M,)``, 1 when A, B and C are diagonal.
        form_start: int64 ``(M,)``, where the operation's A begins in ``constants``; B and C follow A
            when the frequency is not 0. Each is row-major ``(2^k, 2^k)``.
        frequency: float64 ``(M,)``.
        angle_constant: float64 ``(M,)``.
        angle_start: int32 ``(M+1,)``; the angle of operation m is its constant plus
            ``sum(angle_coefficient * params[angle_slot])`` over ``angle_start[m]:angle_start[m+1]``.
        angle_slot: int32.
        angle_coefficient: float64.
        constants: complex128.
        source: The circuit this program computes, which the oracle runs instead.
    """

    num_qubits: int
    num_params: int
    target_start: NDArray[np.int32]
    targets: NDArray[np.int32]
    control_mask: NDArray[np.uint64]
    diagonal: NDArray[np.uint8]
    form_start: NDArray[np.int64]
    frequency: NDArray[np.float64]
    angle_constant: NDArray[np.float64]
    angle_start: NDArray[np.int32]
    angle_slot: NDArray[np.int32]
    angle_coefficient: NDArray[np.float64]
    constants: NDArray[np.complex128]
    source: Circuit

    def __len__(self) -> int:
        return len(self.frequency)

    def operation_targets(self, index: int) -> tuple[int, ...]:
        """Target qubits of one operation."""
        low, high = self.target_start[index], self.target_start[index + 1]
        return tuple(int(q) for q in self.targets[low:high])

    def operation_controls(self, index: int) -> tuple[int, ...]:
        """Control qubits of one operation, ascending."""
        mask = int(self.control_mask[index])
        return tuple(q for q in range(self.num_qubits) if mask >> q & 1)

    def operation_form(self, index: int) -> tuple[NDArray[np.complex128], ...]:
        """``(A,)`` or ``(A, B, C)`` of one operation, each ``(2^k, 2^k)``."""
        dim = 2 ** len(self.operation_targets(index))
        parts = 3 if self.frequency[index] else 1
        low = int(self.form_start[index])
        return tuple(self.constants[low : low + parts * dim * dim].reshape(parts, dim, dim))
