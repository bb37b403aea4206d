"""PennyLane Lightning (lightning.qubit), single precision; tapes built and preprocessed beforehand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pennylane as qml
from pennylane.tape import QuantumScript

from qsetu import Circuit
from qsetu.bench import Candidate
from qsetu.circuits import ALIASES, GATES
from qsetu.circuits.operation import Operation

DTYPE = "complex64"
# Gates that Lightning has kernels for, with and without controls; any other becomes its matrix.
_NATIVE = {"x", "y", "z", "h", "s", "t", "rx", "ry", "rz", "p", "swap", "rxx", "ryy", "rzz"}


def _placed(op: Operation, values: np.ndarray, top: int) -> qml.operation.Operator:
    angles = [float(angle.evaluate(values)) for angle in op.angles]
    # PennyLane's wire 0 is the most significant bit, so wires count backwards.
    wires, controls = [top - q for q in op.qubits], [top - q for q in op.controls]
    if op.name in ALIASES and ALIASES[op.name].pennylane:
        return getattr(qml, ALIASES[op.name].pennylane)(*angles, wires=controls + wires)
    if op.gate in _NATIVE:
        made = getattr(qml, GATES[op.gate].pennylane)(*angles, wires=wires)
    else:
        made = qml.QubitUnitary(op.matrix(values), wires=list(reversed(wires)))
    return qml.ctrl(made, controls) if controls else made


class _Prepared:
    """Tapes as the device wants them, and what it does with them."""

    def __init__(
        self, circuit: Circuit, rows: np.ndarray, measured: qml.measurements.MeasurementProcess, slopes: bool
    ):
        top = circuit.num_qubits - 1
        self.device = qml.device("lightning.qubit", wires=circuit.num_qubits, c_dtype=np.complex64)
        tapes = [QuantumScript([_placed(op, row, top) for op in circuit], [measured]) for row in rows]
        for tape in tapes if slopes else ():
            tape.trainable_params = list(range(len(tape.get_parameters(trainable_only=False))))
        wanted = qml.devices.ExecutionConfig(gradient_method="adjoint" if slopes else None)
        self.config = self.device.setup_execution_config(wanted)
        self.tapes, _ = self.device.preprocess_transforms(self.config)(tuple(tapes))

    def run(self) -> Sequence[object]:
        return self.device.execute(self.tapes, self.config)

    def slopes(self) -> Sequence[object]:
        return self.device.execute_and_compute_derivatives(self.tapes, self.config)[1]


def states(circuit: Circuit, threads: int) -> list[Candidate]:
    prepared = _Prepared(circuit, np.zeros((1, 0)), qml.state(), slopes=False)
    return [Candidate("Lightning", "", DTYPE, lambda: prepared.run()[0])]


def expectations(circuit: Circuit, params: np.ndarray, threads: int) -> list[Candidate]:
    """Of Z on qubit 0, one tape a sample."""
    z = qml.expval(qml.PauliZ(circuit.num_qubits - 1))
    prepared = _Prepared(circuit, params, z, slopes=False)
    return [Candidate("Lightning", "", DTYPE, prepared.run)]


def gradients(circuit: Circuit, params: np.ndarray, threads: int) -> list[Candidate]:
    """Of Z on qubit 0, by Lightning's adjoint method."""
    z = qml.expval(qml.PauliZ(circuit.num_qubits - 1))
    prepared = _Prepared(circuit, params, z, slopes=True)
    return [Candidate("Lightning", "adjoint", DTYPE, prepared.slopes)]
