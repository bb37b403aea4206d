"""qsim, single precision, fusion of 2 to 5 qubits.

Cirq's circuit is translated to qsim's beforehand, and its C++ is called directly: qsimcirq would translate
again, in Python, at each call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cirq
import numpy as np
import qsimcirq
from qsimcirq import qsim

from qsetu import Circuit
from qsetu.bench import Candidate
from qsetu.circuits.operation import Operation

DTYPE = "complex64"
FUSION = (2, 3, 4, 5)

_FIXED = {"x": cirq.X, "y": cirq.Y, "z": cirq.Z, "h": cirq.H, "s": cirq.S, "t": cirq.T, "swap": cirq.SWAP}
_ANGLED: dict[str, Callable[[float], cirq.Gate]] = {
    "rx": cirq.rx,
    "ry": cirq.ry,
    "rz": cirq.rz,
    "p": lambda theta: cirq.ZPowGate(exponent=theta / np.pi),
}
_CONTROLLED = {"x": cirq.CNOT, "z": cirq.CZ}


def _placed(op: Operation) -> cirq.Operation:
    angles = [angle.constant for angle in op.angles]
    # Two-qubit gates of qsim's own can be fused; its controlled gates cannot.
    if len(op.controls) == 1 and len(op.qubits) == 1:
        pair = cirq.LineQubit(op.controls[0]), cirq.LineQubit(op.qubits[0])
        if op.gate in _CONTROLLED:
            return _CONTROLLED[op.gate].on(*pair)
        if op.gate == "p":
            return cirq.CZPowGate(exponent=angles[0] / np.pi).on(*pair)
        full = np.eye(4, dtype=complex)
        full[2:, 2:] = op.matrix(np.zeros(0))
        return cirq.MatrixGate(full).on(*pair)
    if op.gate in _FIXED:
        gate = _FIXED[op.gate]
    elif op.gate in _ANGLED:
        gate = _ANGLED[op.gate](*angles)
    else:
        gate = cirq.MatrixGate(op.matrix(np.zeros(0)))
    # Cirq's first qubit is the most significant bit of the matrix.
    placed = gate.on(*(cirq.LineQubit(q) for q in reversed(op.qubits)))
    return placed.controlled_by(*(cirq.LineQubit(q) for q in op.controls)) if op.controls else placed


def _translated(circuit: Circuit) -> object:
    every = cirq.LineQubit.range(circuit.num_qubits)
    # Identities keep qubits that no gate touches.
    made = cirq.Circuit([cirq.I.on(q) for q in every], [_placed(op) for op in circuit])
    return qsimcirq.QSimCircuit(made).translate_cirq_to_qsim(list(reversed(every)))[0]


def _options(translated: object, fusion: int, threads: int) -> dict[str, object]:
    options = qsimcirq.QSimOptions(max_fused_gate_size=fusion, cpu_threads=threads).as_dict()
    return {**options, "c": translated, "s": 1}


def states(circuit: Circuit, threads: int) -> list[Candidate]:
    translated = _translated(circuit)
    found = []
    for fusion in FUSION:
        options = _options(translated, fusion, threads)
        found.append(
            Candidate(
                "qsim",
                f"fusion {fusion}",
                DTYPE,
                lambda o=options: qsim.qsim_simulate_fullstate(o, 0),
                lambda state: np.asarray(state).view(np.complex64),
            )
        )
    return found


def samples(circuit: Circuit, shots: int, threads: int) -> list[Candidate]:
    translated, found = _translated(circuit), []
    for fusion in FUSION:
        options = _options(translated, fusion, threads)
        found.append(
            Candidate(
                "qsim",
                f"fusion {fusion}",
                DTYPE,
                lambda o=options: qsim.qsim_sample_final(o, shots),
                _indices,
            )
        )
    return found


def _indices(drawn: Sequence[int]) -> np.ndarray:
    return np.asarray(drawn, dtype=np.int64)
