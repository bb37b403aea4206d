"""The gate table: the one source of gate facts.

Engines, builders, converters, drawings, tests and docs derive from :data:`GATES` and
:data:`ALIASES`; a gate added here is built, documented and tested by existing.

Conventions: angles in radians; the first qubit a gate is applied to is the least significant bit
of its matrix index (Qiskit's order); ``R_P(theta) = exp(-i theta/2 P)``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qsetu.circuits.gate import Alias, ComplexArray, Gate, Step, TrigForm

__all__ = ["ALIASES", "GATES"]


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


# Named, because gates with several angles are products of these.
_RX = _one_angle("rx", _rotation(_X), "Rotation about X.", qiskit="RXGate", pennylane="RX", qasm="rx")
_RY = _one_angle("ry", _rotation(_Y), "Rotation about Y.", qiskit="RYGate", pennylane="RY", qasm="ry")
_RZ = _one_angle("rz", _rotation(_Z), "Rotation about Z.", qiskit="RZGate", pennylane="RZ", qasm="rz")
_P = _one_angle(
    "p",
    _phase([[0, 0], [0, 1]]),
    "Phase exp(i theta) on |1>.",
    qiskit="PhaseGate",
    pennylane="PhaseShift",
    qasm="p",
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
    _RX,
    _RY,
    _RZ,
    _P,
    Gate(
        "r",
        1,
        "Rotation by theta about cos(phi) X + sin(phi) Y.",
        angles=("theta", "phi"),
        steps=(Step(_RZ, (0, -1)), Step(_RX, (1, 0)), Step(_RZ, (0, 1))),
        inverse="r",
        inverse_angles=((0, -1), (1, 1)),
        qiskit="RGate",
    ),
    Gate(
        "u",
        1,
        "General one-qubit gate P(phi) RY(theta) P(lam).",
        angles=("theta", "phi", "lam"),
        steps=(Step(_P, (0, 0, 1)), Step(_RY, (1, 0, 0)), Step(_P, (0, 1, 0))),
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
            Step(_P, (0, 0, 0, 1), (0,)),
            Step(_P, (0, 0, 1, 0), (1,), (0,)),
            Step(_RY, (1, 0, 0, 0), (1,), (0,)),
            Step(_P, (0, 1, 0, 0), (1,), (0,)),
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
