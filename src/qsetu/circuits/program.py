"""The gate program: what engines execute. Flat arrays, so that one compiled executor runs every circuit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from qsetu.circuits.circuit import Circuit
    from qsetu.circuits.nonlinear import Nonlinear

__all__ = ["GateProgram"]


@dataclass(frozen=True, eq=False)
class GateProgram:
    """M operations on n qubits, each ``M(angle) = A + B cos(f angle) + C sin(f angle)``.

    An operation without an angle has a frequency of 0 and only ``A``. Operations of one gate share
    their form, so ``constants`` stays small.

    Attributes:
        num_qubits: n.
        num_params: P, the width of the parameter array that engines get: the parameters of the circuit, and
            one more for each different nonlinear angle.
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
        nonlinear: D expressions; engines find their values in the last D columns of the parameters.
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
    nonlinear: tuple[Nonlinear, ...] = ()

    def __len__(self) -> int:
        return len(self.frequency)

    @property
    def num_inputs(self) -> int:
        """P - D, the parameter slots of the circuit."""
        return self.num_params - len(self.nonlinear)

    def expand(self, inputs: Any, xp: Any = np) -> Any:
        """What engines get, ``(..., P)``, from parameters of the circuit, ``(..., P - D)``.

        Args:
            inputs: Real array, NumPy's or JAX's.
            xp: ``numpy``, or ``jax.numpy`` for arrays of JAX.
        """
        if not self.nonlinear:
            return inputs
        with np.errstate(all="ignore"):  # who looks for NaN finds it by name
            columns = [xp.asarray(angle.evaluate(inputs, xp), inputs.dtype) for angle in self.nonlinear]
        return xp.concatenate([inputs, xp.stack(columns, axis=-1)], axis=-1)

    def pull_back(self, inputs: NDArray[np.float64], gradients: NDArray[np.float64]) -> NDArray[np.float64]:
        """Gradients by parameters of the circuit, from those by what engines get (the chain rule).

        Args:
            inputs: Parameters of the circuit, ``(B, P - D)``.
            gradients: ``(B, ..., P)``.

        Returns:
            ``(B, ..., P - D)``.
        """
        if not self.nonlinear:
            return gradients
        total = gradients[..., : self.num_inputs].copy()
        between = (slice(None), *(None,) * (gradients.ndim - 2))
        for column, angle in enumerate(self.nonlinear, start=self.num_inputs):
            for slot, slope in angle.partials(inputs).items():
                total[..., slot] += np.broadcast_to(slope, len(inputs))[between] * gradients[..., column]
        return total

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
