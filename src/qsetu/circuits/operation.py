"""One placed gate: the element a circuit is a sequence of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.circuits.affine import Affine
from qsetu.circuits.gates import GATES
from qsetu.circuits.nonlinear import Nonlinear
from qsetu.core.errors import ArgumentError, Said

__all__ = ["Operation", "UnitaryMatrix"]

# Entries of U U^dagger may differ from the identity by this much: single-precision input passes.
UNITARY_TOLERANCE = 1e-5


class UnitaryMatrix:
    """An immutable, hashable unitary matrix ``(2^k, 2^k)``, complex128.

    Raises:
        ArgumentError: Not a square power-of-two matrix of finite numbers, or not unitary to 1e-5.
    """

    __slots__ = ("_hash", "array")

    array: NDArray[np.complex128]

    def __init__(self, matrix: ArrayLike, num_qubits: int) -> None:
        dim = 2**num_qubits
        rule = f"must be a unitary matrix of shape ({dim}, {dim}) for {num_qubits} qubit(s)"
        try:
            array = np.array(matrix, dtype=np.complex128)
        except (TypeError, ValueError):
            raise ArgumentError("matrix", rule, matrix) from None
        if array.shape != (dim, dim):
            raise ArgumentError("matrix", rule, Said(f"shape {array.shape}"))
        if not np.isfinite(array).all():
            raise ArgumentError("matrix", rule, Said("an entry that is NaN or infinite"))
        error = float(np.abs(array @ array.conj().T - np.eye(dim)).max())
        if error > UNITARY_TOLERANCE:
            hint = "Orthonormalize its columns, for instance with scipy.linalg.polar."
            raise ArgumentError("matrix", rule, Said(f"max |U U^dagger - 1| = {error:.3g}"), hint)
        array.setflags(write=False)
        self.array = array
        self._hash = hash(array.tobytes())

    def adjoint(self) -> UnitaryMatrix:
        """The inverse matrix."""
        return UnitaryMatrix(self.array.conj().T, int(np.log2(len(self.array))))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnitaryMatrix) and self.array.tobytes() == other.array.tobytes()

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        return UnitaryMatrix, (np.array(self.array), int(np.log2(len(self.array))))


@dataclass(frozen=True, slots=True)
class Operation:
    """A gate of the table (or "unitary") on target qubits, under controls.

    Attributes:
        gate: Key in :data:`qsetu.circuits.GATES`, or ``"unitary"``.
        qubits: Target qubits; the first is the least significant bit of the matrix index.
        angles: One expression of parameters per angle of the gate.
        controls: Qubits that must be 1, ascending.
        unitary: The matrix when ``gate`` is ``"unitary"``.
    """

    gate: str
    qubits: tuple[int, ...]
    angles: tuple[Affine | Nonlinear, ...] = ()
    controls: tuple[int, ...] = ()
    unitary: UnitaryMatrix | None = None

    @property
    def num_params(self) -> int:
        """One more than the highest parameter slot used."""
        return max((angle.num_params for angle in self.angles), default=0)

    @property
    def name(self) -> str:
        """The gate's name with one ``c`` for each control: ``x`` under two controls is ``ccx``."""
        return "c" * len(self.controls) + self.gate

    def matrix(self, values: NDArray[np.float64]) -> NDArray[np.complex128]:
        """Matrices without controls, ``(..., 2^k, 2^k)``, for parameter values ``(..., P)``."""
        if self.unitary is not None:
            return self.unitary.array
        return GATES[self.gate].matrix(*(angle.evaluate(values) for angle in self.angles))

    def bound(self, values: NDArray[np.float64]) -> Operation:
        """The operation with numbers ``(P,)`` in its slots."""
        angles = tuple(Affine(float(angle.evaluate(values))) for angle in self.angles)
        return Operation(self.gate, self.qubits, angles, self.controls, self.unitary)

    def inverse(self) -> Operation:
        """The operation that undoes this one."""
        if self.unitary is not None:
            return Operation("unitary", self.qubits, (), self.controls, self.unitary.adjoint())
        gate = GATES[self.gate]
        angles = tuple(sign * self.angles[index] for index, sign in gate.inverse_angles)
        return Operation(gate.inverse, self.qubits, angles, self.controls)

    def content(self) -> tuple[object, ...]:
        """Plain data for :func:`qsetu.core.hashing.content_hash`."""
        matrix = None if self.unitary is None else self.unitary.array
        angles = tuple(a.content() if isinstance(a, Nonlinear) else a for a in self.angles)
        return (self.gate, self.qubits, angles, self.controls, matrix)
