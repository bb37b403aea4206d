"""qiskit-machine-learning's FidelityStatevectorKernel, on fewer samples.

Its time goes partly with the number of samples (the states) and partly with its square (the overlaps), so the
time for all is more than the time of the part times the ratio of the numbers, which is what is counted here,
and less than that of the square. The first is a lower bound: the ratio shown is one, too.
"""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit_machine_learning.kernels import FidelityStatevectorKernel

from qsetu.bench import Candidate

DTYPE = "complex128"


def gram(num_qubits: int, x: np.ndarray, fewer: int) -> list[Candidate]:
    """Of the ZZ map with two repetitions, `fewer` rows of `x`."""
    features = ParameterVector("x", num_qubits)
    circuit = QuantumCircuit(num_qubits)
    for _ in range(2):
        for q in range(num_qubits):
            circuit.h(q)
            circuit.p(2 * features[q], q)
        for i in range(num_qubits):
            for j in range(i + 1, num_qubits):
                circuit.cx(i, j)
                circuit.p(2 * (np.pi - features[i]) * (np.pi - features[j]), j)
                circuit.cx(i, j)
    kernel = FidelityStatevectorKernel(feature_map=circuit, auto_clear_cache=True)
    part = x[:fewer]
    scale = len(x) / len(part)
    name = f"{len(part)} samples, time x{scale:g}"
    return [Candidate("FidelityStatevectorKernel", name, DTYPE, lambda: kernel.evaluate(part), scale=scale)]
