"""The gate table: the one source of gate facts.

Engines, builders, converters, drawings, tests and docs derive from :data:`GATES` and
:data:`ALIASES`; a gate added here is built, documented and tested by existing.

Conventions: angles in radians; the first qubit a gate is applied to is the least significant bit
of its matrix index (Qiskit's order); ``R_P(theta) = exp(-i theta/2 P)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ALIASES", "GATES", "Alias", "Gate", "Step", "TrigForm"]

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

    gate: str
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
        gate = GATES[step.gate]
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


def _array(rows: Any) -> ComplexArray:
    array = np.array(rows, dtype=np.complex128)
    array.setflags(write=False)
    return array


_I, _X, _Y, _Z = (
    _array([[1, 0], [0, 1]]),
    _array([[0, 1], [1, 0]]),
    _array([[0, -1j], [1j, 0]]),
    _array([[1, 0], [0, -1]]),
)
_R = np.sqrt(0.5)
_T = np.exp(0.25j * np.pi)


def _rotation(pauli: Any) -> TrigForm:
    eye = np.eye(len(pauli), dtype=np.complex128)
    return TrigForm(_array(0 * eye), _array(eye), _array(-1j * pauli), 0.5)


def _phase(projector: Any) -> TrigForm:
    one = _array(projector)
    return TrigForm(_array(np.eye(len(one)) - one), one, _array(1j * one), 1.0)


def _fixed(
    name: str,
    matrix: Any,
    summary: str,
    inverse: str = "",
    qiskit: str = "",
    pennylane: str = "",
    qasm: str = "",
) -> Gate:
    array = _array(matrix)
    return Gate(
        name,
        int(np.log2(len(array))),
        summary,
        fixed=array,
        inverse=inverse or name,
        qiskit=qiskit,
        pennylane=pennylane,
        qasm=qasm,
    )


def _one_angle(
    name: str,
    form: TrigForm,
    summary: str,
    sign: int = 1,
    qiskit: str = "",
    pennylane: str = "",
    qasm: str = "",
) -> Gate:
    return Gate(
        name,
        int(np.log2(len(form.constant))),
        summary,
        angles=("theta",),
        trig=form,
        inverse=name,
        inverse_angles=((0, -1),),
        qiskit=qiskit,
        pennylane=pennylane,
        pennylane_sign=sign,
        qasm=qasm,
    )


# np.kron(b, a) acts with `a` on the first listed qubit (least significant) and `b` on the second.
_TABLE = (
    _fixed("id", _I, "Identity.", qiskit="IGate", pennylane="Identity", qasm="id"),
    _fixed("x", _X, "Pauli X (bit flip).", qiskit="XGate", pennylane="PauliX", qasm="x"),
    _fixed("y", _Y, "Pauli Y.", qiskit="YGate", pennylane="PauliY", qasm="y"),
    _fixed("z", _Z, "Pauli Z (phase flip).", qiskit="ZGate", pennylane="PauliZ", qasm="z"),
    _fixed("h", _R * (_X + _Z), "Hadamard.", qiskit="HGate", pennylane="Hadamard", qasm="h"),
    _fixed("s", [[1, 0], [0, 1j]], "Square root of Z.", "sdg", qiskit="SGate", pennylane="S", qasm="s"),
    _fixed(
        "sdg",
        [[1, 0], [0, -1j]],
        "Inverse of S.",
        "s",
        qiskit="SdgGate",
        pennylane="Adjoint(S)",
        qasm="sdg",
    ),
    _fixed("t", [[1, 0], [0, _T]], "Fourth root of Z.", "tdg", qiskit="TGate", pennylane="T", qasm="t"),
    _fixed(
        "tdg",
        [[1, 0], [0, _T.conjugate()]],
        "Inverse of T.",
        "t",
        qiskit="TdgGate",
        pennylane="Adjoint(T)",
        qasm="tdg",
    ),
    _fixed(
        "sx",
        0.5 * (_I + _X) + 0.5j * (_I - _X),
        "Square root of X.",
        "sxdg",
        qiskit="SXGate",
        pennylane="SX",
        qasm="sx",
    ),
    _fixed(
        "sxdg",
        0.5 * (_I + _X) - 0.5j * (_I - _X),
        "Inverse of SX.",
        "sx",
        qiskit="SXdgGate",
        pennylane="Adjoint(SX)",
    ),
    _one_angle("rx", _rotation(_X), "Rotation about X.", qiskit="RXGate", pennylane="RX", qasm="rx"),
    _one_angle("ry", _rotation(_Y), "Rotation about Y.", qiskit="RYGate", pennylane="RY", qasm="ry"),
    _one_angle("rz", _rotation(_Z), "Rotation about Z.", qiskit="RZGate", pennylane="RZ", qasm="rz"),
    _one_angle(
        "p",
        _phase([[0, 0], [0, 1]]),
        "Phase exp(i theta) on |1>.",
        qiskit="PhaseGate",
        pennylane="PhaseShift",
        qasm="p",
    ),
    Gate(
        "r",
        1,
        "Rotation by theta about cos(phi) X + sin(phi) Y.",
        angles=("theta", "phi"),
        steps=(Step("rz", (0, -1)), Step("rx", (1, 0)), Step("rz", (0, 1))),
        inverse="r",
        inverse_angles=((0, -1), (1, 1)),
        qiskit="RGate",
    ),
    Gate(
        "u",
        1,
        "General one-qubit gate P(phi) RY(theta) P(lam).",
        angles=("theta", "phi", "lam"),
        steps=(Step("p", (0, 0, 1)), Step("ry", (1, 0, 0)), Step("p", (0, 1, 0))),
        inverse="u",
        inverse_angles=((0, -1), (2, -1), (1, -1)),
        qiskit="UGate",
        pennylane="U3",
        qasm="U",
    ),
    Gate(
        "cu",
        2,
        "Controlled exp(i gamma) U(theta, phi, lam); the first qubit is the control.",
        angles=("theta", "phi", "lam", "gamma"),
        steps=(
            Step("p", (0, 0, 0, 1), (0,)),
            Step("p", (0, 0, 1, 0), (1,), (0,)),
            Step("ry", (1, 0, 0, 0), (1,), (0,)),
            Step("p", (0, 1, 0, 0), (1,), (0,)),
        ),
        inverse="cu",
        inverse_angles=((0, -1), (2, -1), (1, -1), (3, -1)),
        qiskit="CUGate",
        qasm="cu",
    ),
    _fixed(
        "swap",
        [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]],
        "Exchange two qubits.",
        qiskit="SwapGate",
        pennylane="SWAP",
        qasm="swap",
    ),
    _fixed(
        "iswap",
        [[1, 0, 0, 0], [0, 0, 1j, 0], [0, 1j, 0, 0], [0, 0, 0, 1]],
        "Exchange with phase i.",
        "iswapdg",
        qiskit="iSwapGate",
        pennylane="ISWAP",
    ),
    _fixed(
        "iswapdg",
        [[1, 0, 0, 0], [0, 0, -1j, 0], [0, -1j, 0, 0], [0, 0, 0, 1]],
        "Inverse of iSWAP.",
        "iswap",
        pennylane="Adjoint(ISWAP)",
    ),
    _fixed(
        "ecr",
        _R * (np.kron(_I, _X) - np.kron(_X, _Y)),
        "Echoed cross-resonance.",
        qiskit="ECRGate",
        pennylane="ECR",
    ),
    _one_angle(
        "rxx", _rotation(np.kron(_X, _X)), "Ising XX rotation.", qiskit="RXXGate", pennylane="IsingXX"
    ),
    _one_angle(
        "ryy", _rotation(np.kron(_Y, _Y)), "Ising YY rotation.", qiskit="RYYGate", pennylane="IsingYY"
    ),
    _one_angle(
        "rzz", _rotation(np.kron(_Z, _Z)), "Ising ZZ rotation.", qiskit="RZZGate", pennylane="IsingZZ"
    ),
    _one_angle(
        "rzx", _rotation(np.kron(_X, _Z)), "Rotation about Z (first) and X (second).", qiskit="RZXGate"
    ),
    _one_angle(
        "gphase",
        _phase([[1]]),
        "Global phase exp(i theta); under controls, a phase on them.",
        sign=-1,
        qiskit="GlobalPhaseGate",
        pennylane="GlobalPhase",
        qasm="gphase",
    ),
)

GATES: dict[str, Gate] = {gate.name: gate for gate in _TABLE}

_ALIASES = (
    Alias("cx", "x", 1, "CXGate", "CNOT", "cx"),
    Alias("cy", "y", 1, "CYGate", "CY", "cy"),
    Alias("cz", "z", 1, "CZGate", "CZ", "cz"),
    Alias("ch", "h", 1, "CHGate", "CH", "ch"),
    Alias("cs", "s", 1, "CSGate"),
    Alias("csdg", "sdg", 1, "CSdgGate"),
    Alias("csx", "sx", 1, "CSXGate"),
    Alias("crx", "rx", 1, "CRXGate", "CRX", "crx"),
    Alias("cry", "ry", 1, "CRYGate", "CRY", "cry"),
    Alias("crz", "rz", 1, "CRZGate", "CRZ", "crz"),
    Alias("cp", "p", 1, "CPhaseGate", "ControlledPhaseShift", "cp"),
    Alias("cswap", "swap", 1, "CSwapGate", "CSWAP", "cswap"),
    Alias("ccx", "x", 2, "CCXGate", "Toffoli", "ccx"),
    Alias("ccz", "z", 2, "CCZGate", "CCZ"),
    Alias("mcx", "x", None),
    Alias("mcz", "z", None),
    Alias("mcp", "p", None),
)

ALIASES: dict[str, Alias] = {alias.name: alias for alias in _ALIASES}
