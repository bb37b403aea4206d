"""Qiskit Aer: method statevector, single precision, fusion on (its default above 13 qubits; forced here)."""

from __future__ import annotations

import numpy as np
import qiskit
import qiskit.circuit.library as library
from qiskit_aer import AerSimulator

from qsetu import Circuit
from qsetu.bench import Candidate
from qsetu.circuits import GATES
from qsetu.circuits.operation import Operation

DTYPE = "complex64"
FUSION = (3, 5)


def _gate(op: Operation) -> qiskit.circuit.Gate:
    if op.unitary is not None:
        made = library.UnitaryGate(op.unitary.array)
    elif op.gate == "z" and len(op.controls) > 2:
        return library.MCPhaseGate(np.pi, len(op.controls))  # Aer has no multi-controlled Z
    else:
        made = getattr(library, GATES[op.gate].qiskit)(*(angle.constant for angle in op.angles))
    return made.control(len(op.controls)) if op.controls else made


def _translated(circuit: Circuit) -> qiskit.QuantumCircuit:
    made = qiskit.QuantumCircuit(circuit.num_qubits)
    for op in circuit:
        made.append(_gate(op), op.controls + op.qubits)
    # Only what Aer has no kernel for is replaced: level 0 optimizes nothing.
    return qiskit.transpile(made, AerSimulator(method="statevector"), optimization_level=0)


def _simulator(fusion: int, threads: int) -> AerSimulator:
    return AerSimulator(
        method="statevector",
        precision="single",
        fusion_enable=True,
        fusion_threshold=1,
        fusion_max_qubit=fusion,
        max_parallel_threads=threads,
        statevector_parallel_threshold=10,
    )


def states(circuit: Circuit, threads: int) -> list[Candidate]:
    made, found = _translated(circuit), []
    made.save_statevector()
    for fusion in FUSION:
        simulator = _simulator(fusion, threads)
        found.append(
            Candidate(
                "Aer",
                f"fusion {fusion}",
                DTYPE,
                lambda s=simulator: s.run(made).result().data()["statevector"],
                lambda state: np.asarray(state.data),
            )
        )
    return found


def samples(circuit: Circuit, shots: int, threads: int) -> list[Candidate]:
    made, found = _translated(circuit), []
    made.measure_all()
    for fusion in FUSION:
        simulator = _simulator(fusion, threads)
        found.append(
            Candidate(
                "Aer",
                f"fusion {fusion}",
                DTYPE,
                lambda s=simulator: s.run(made, shots=shots).result().data()["counts"],
                _indices,
            )
        )
    return found


def _indices(counts: dict[str, int]) -> np.ndarray:
    keys = np.fromiter((int(key, 16) for key in counts), dtype=np.int64, count=len(counts))
    return np.repeat(keys, np.fromiter(counts.values(), dtype=np.int64, count=len(counts)))
