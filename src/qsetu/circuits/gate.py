"""What is known about one gate, and the matrices that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Alias", "Gate", "Step", "TrigForm", "embed"]

ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class TrigForm:
    """``M(theta) = constant + cosine * cos(f theta) + sine * sin(f theta)``.

    Every gate with one angle has this form, so an engine that knows it knows them all, their
    derivatives included.
    """

    constant: ComplexArray
    cosine: ComplexArray
    sine: ComplexArray
    frequency: float

    def matrix(self, theta: ArrayLike) -> ComplexArray:
        """Matrices of shape ``(..., d, d)`` for angles of shape ``(...)``."""
        angle = self.frequency * np.asarray(theta, dtype=np.float64)[..., None, None]
        return self.constant + self.cosine * np.cos(angle) + self.sine * np.sin(angle)

    def derivative(self, theta: ArrayLike) -> ComplexArray:
        """``dM/dtheta``, shape ``(..., d, d)``."""
        angle = self.frequency * np.asarray(theta, dtype=np.float64)[..., None, None]
        return self.frequency * (self.sine * np.cos(angle) - self.cosine * np.sin(angle))


@dataclass(frozen=True)
class Step:
    """One factor of a gate with several angles, in order of application.

    ``angle`` holds one coefficient for each angle of the defined gate; ``qubits`` and ``controls``
    are positions in the defined gate's qubit list.
    """

    gate: Gate
    angle: tuple[float, ...]
    qubits: tuple[int, ...] = (0,)
    controls: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Gate:
    """All facts about one gate, controls apart (any gate takes any number of controls).

    Attributes:
        name: Key in the table and name of the builder method.
        num_qubits: Number of target qubits.
        summary: What it does, one line.
        angles: Names of the angles, in order.
        fixed: The matrix ``(2^k, 2^k)`` of a gate without angles.
        trig: The matrix of a gate with one angle.
        steps: The factors of a gate with several angles.
        inverse: Name of the inverse gate.
        inverse_angles: For each angle of the inverse, ``(index, sign)`` into this gate's angles.
        qiskit: Class in ``qiskit.circuit.library``.
        pennylane: Operator in ``pennylane`` ("Adjoint(S)" for adjoints), empty where it has none.
        pennylane_sign: Factor from our angles to PennyLane's.
        qasm: Name in OpenQASM 3's ``stdgates.inc`` (or the language), empty where it has none.
    """

    name: str
    num_qubits: int
    summary: str
    angles: tuple[str, ...] = ()
    fixed: ComplexArray | None = None
    trig: TrigForm | None = None
    steps: tuple[Step, ...] = ()
    inverse: str = ""
    inverse_angles: tuple[tuple[int, int], ...] = ()
    qiskit: str = ""
    pennylane: str = ""
    pennylane_sign: int = 1
    qasm: str = ""

    @property
    def num_angles(self) -> int:
        """Number of angles."""
        return len(self.angles)

    def matrix(self, *angles: ArrayLike) -> ComplexArray:
        """The matrix, shape ``(..., 2^k, 2^k)``, for angles that broadcast to shape ``(...)``."""
        if self.fixed is not None:
            return self.fixed
        if self.trig is not None:
            return self.trig.matrix(angles[0])
        product = np.eye(2**self.num_qubits, dtype=np.complex128)
        for step in self.steps:
            product = self._step_matrix(step, angles) @ product
        return product

    def derivatives(self, *angles: ArrayLike) -> tuple[ComplexArray, ...]:
        """``dM/dangle`` for each angle, shapes ``(..., 2^k, 2^k)``."""
        if self.trig is not None:
            return (self.trig.derivative(angles[0]),)
        return tuple(self._product_rule(i, angles) for i in range(self.num_angles))

    @cached_property
    def generator(self) -> ComplexArray | None:
        """Hermitian ``G`` with ``M(theta) = exp(-i theta G)``, for gates with one angle."""
        return None if self.trig is None else 1j * self.trig.derivative(0.0)

    @cached_property
    def is_diagonal(self) -> bool:
        """True when the matrix is diagonal for all angles."""
        return all(not np.any(m - np.diag(np.diag(m))) for m in self._spanning_matrices)

    @cached_property
    def is_real(self) -> bool:
        """True when the matrix is real for all angles."""
        return all(not np.any(m.imag) for m in self._spanning_matrices)

    @cached_property
    def is_permutation(self) -> bool:
        """True when the gate only permutes basis states."""
        m = self.fixed
        if m is None:
            return False
        return bool(np.all((m == 0) | (m == 1)) and np.all(m.sum(axis=0) == 1))

    @cached_property
    def _spanning_matrices(self) -> tuple[ComplexArray, ...]:
        # A property linear in the matrix holds for all angles if it holds for these.
        if self.fixed is not None:
            return (self.fixed,)
        if self.trig is not None:
            return (self.trig.constant, self.trig.cosine, self.trig.sine)
        probes = np.random.default_rng(0).uniform(-3, 3, (4, self.num_angles))
        return tuple(self.matrix(*row) for row in probes)

    def _step_matrix(self, step: Step, angles: Sequence[ArrayLike], derivative: bool = False) -> ComplexArray:
        gate = step.gate
        theta = sum(
            (c * np.asarray(a, dtype=np.float64) for c, a in zip(step.angle, angles, strict=True)),
            start=np.float64(0.0),
        )
        small = gate.derivatives(theta)[0] if derivative else gate.matrix(theta)
        outside = 0.0 if derivative else 1.0
        return embed(small, step.qubits, step.controls, self.num_qubits, outside)

    def _product_rule(self, index: int, angles: Sequence[ArrayLike]) -> ComplexArray:
        dim = 2**self.num_qubits
        total = np.zeros((dim, dim), dtype=np.complex128)
        for position, step in enumerate(self.steps):
            if not step.angle[index]:
                continue
            product = np.eye(dim, dtype=np.complex128)
            for other, factor in enumerate(self.steps):
                product = self._step_matrix(factor, angles, derivative=other == position) @ product
            total = total + step.angle[index] * product
        return total


@dataclass(frozen=True)
class Alias:
    """A named controlled form: ``name`` is ``gate`` under ``num_controls`` controls (None: any number)."""

    name: str
    gate: str
    num_controls: int | None
    qiskit: str = ""
    pennylane: str = ""
    qasm: str = ""


def embed(
    small: ComplexArray, qubits: Sequence[int], controls: Sequence[int], num_qubits: int, outside: float = 1.0
) -> ComplexArray:
    """``small`` acting on ``qubits`` of ``num_qubits``, under ``controls``, as a full matrix.

    ``outside`` is the diagonal value where a control is 0: 1 for a gate, 0 for its derivative.
    Leading axes of ``small`` are kept.
    """
    dim = 2**num_qubits
    full = np.zeros((*small.shape[:-2], dim, dim), dtype=np.complex128)
    for column in range(dim):
        if not all(column >> c & 1 for c in controls):
            full[..., column, column] = outside
            continue
        local_column = sum((column >> q & 1) << i for i, q in enumerate(qubits))
        rest = column & ~sum(1 << q for q in qubits)
        for local_row in range(2 ** len(qubits)):
            row = rest | sum((local_row >> i & 1) << q for i, q in enumerate(qubits))
            full[..., row, column] = small[..., local_row, local_column]
    return full
