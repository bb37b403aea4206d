"""Qiskit's primitives and our own in the same programs.

Each case is a program that uses a sampler, an estimator or a backend of Qiskit's; only that object changes.
Exact answers must agree to 1e-6, and sampled ones within what chance allows. Rivals: Qiskit's statevector
primitives (its default) and Aer's, each as it comes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit.library import real_amplitudes, zz_feature_map
from qiskit.primitives import StatevectorEstimator, StatevectorSampler
from qiskit.quantum_info import SparsePauliOp
from qiskit_aer import AerSimulator
from qiskit_aer.primitives import EstimatorV2, SamplerV2

from qsetu.bench import Candidate, Case, Options, largest_difference
from qsetu.interop.qiskit import Backend, Estimator, Sampler

__all__ = ["CASES", "build"]

PEERS = {"Qiskit": "qiskit", "Aer": "aer"}
SHOTS = 2000


def model(num_qubits: int) -> QuantumCircuit:
    return zz_feature_map(num_qubits, reps=1).compose(real_amplitudes(num_qubits, reps=2))


def rows(circuit: QuantumCircuit, count: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(-1, 1, (count, circuit.num_parameters))


def estimates() -> tuple[Callable[[Any], np.ndarray], dict[str, Any]]:
    circuit = model(8)
    pub = (circuit, [SparsePauliOp("IIIIIIIZ"), SparsePauliOp("XXIIIIII")], rows(circuit, 100)[:, None])
    return (lambda run: run.run([pub]).result()[0].data.evs), estimators()


def samples() -> tuple[Callable[[Any], np.ndarray], dict[str, Any]]:
    circuit = model(8)
    values = rows(circuit, 100)
    circuit.measure_all()

    def program(run: Any) -> np.ndarray:
        bits = run.run([(circuit, values)], shots=SHOTS).result()[0].data.meas
        return bits.array[..., 0].astype(np.float64)

    return program, samplers()


def kernel() -> tuple[Callable[[Any], np.ndarray], dict[str, Any]]:
    from qiskit_machine_learning.kernels import FidelityQuantumKernel
    from qiskit_machine_learning.state_fidelities import ComputeUncompute

    x = np.random.default_rng(2).uniform(-1, 1, (12, 6))

    def program(run: Any) -> np.ndarray:
        fidelity = ComputeUncompute(run)
        return FidelityQuantumKernel(feature_map=zz_feature_map(6), fidelity=fidelity).evaluate(x)

    return program, samplers()


def classifier() -> tuple[Callable[[Any], np.ndarray], dict[str, Any]]:
    from qiskit_machine_learning.algorithms import VQC
    from qiskit_machine_learning.optimizers import COBYLA

    x = np.random.default_rng(3).uniform(-1, 1, (40, 4))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)

    def program(run: Any) -> np.ndarray:
        parts = {"feature_map": zz_feature_map(4, reps=1), "ansatz": real_amplitudes(4, reps=1)}
        trained = VQC(**parts, optimizer=COBYLA(maxiter=20), initial_point=np.full(8, 0.3), sampler=run)
        return np.array([trained.fit(x, y).score(x, y)])

    return program, samplers()


def network() -> tuple[Callable[[Any], np.ndarray], dict[str, Any]]:
    from qiskit_machine_learning.neural_networks import EstimatorQNN

    circuit = model(6)
    weights = [p for p in circuit.parameters if p.name.startswith("θ")]
    inputs = [p for p in circuit.parameters if not p.name.startswith("θ")]
    x = np.random.default_rng(4).uniform(-1, 1, (20, len(inputs)))
    theta = np.random.default_rng(5).uniform(-1, 1, len(weights))

    def program(run: Any) -> np.ndarray:
        net = EstimatorQNN(
            circuit=circuit,
            input_params=inputs,
            weight_params=weights,
            estimator=run,
            default_precision=0.0,
        )
        return net.backward(x, theta)[1]

    return program, estimators()


def dynamic() -> tuple[Callable[[Any], np.ndarray], dict[str, Any]]:
    circuit = QuantumCircuit(12, 12)
    circuit.ry(0.7, range(12))
    for i in range(10):
        circuit.cx(i, i + 1)
        circuit.measure(i, i)
        with circuit.if_test((i, 1)):
            circuit.ry(0.4, i + 1)
    circuit.measure([10, 11], [10, 11])

    def program(run: Any) -> np.ndarray:
        counts = run.run(circuit, shots=SHOTS).result().get_counts()
        return np.repeat([bits.count("1") for bits in counts], list(counts.values())).astype(np.float64)

    return program, {"qsetu": Backend(), "Aer": AerSimulator()}


def estimators() -> dict[str, Any]:
    return {"qsetu": Estimator(), "Qiskit": StatevectorEstimator(), "Aer": EstimatorV2()}


def samplers() -> dict[str, Any]:
    return {"qsetu": Sampler(), "Qiskit": StatevectorSampler(), "Aer": SamplerV2()}


def between_means(found: np.ndarray, expected: np.ndarray) -> float:
    """What is made of shots differs entry by entry, and is compared in its mean."""
    return float(abs(found.mean() - expected.mean())) if found.shape == expected.shape else float("inf")


def standard_errors(found: np.ndarray, expected: np.ndarray) -> float:
    """How many standard errors means over shots (the last axis) are apart, at most."""
    if found.shape != expected.shape:
        return float("inf")
    error = np.sqrt((found.var(axis=-1) + expected.var(axis=-1)) / found.shape[-1])
    apart = np.abs(found.mean(axis=-1) - expected.mean(axis=-1))
    return float(np.max(apart / np.maximum(error, 1e-12), initial=0.0))


# The program, how its answers are compared, and how far they may be apart.
CASES: dict[str, tuple[Callable[[], Any], Callable[[np.ndarray, np.ndarray], float], float]] = {
    "estimates": (estimates, largest_difference, 1e-6),
    "samples": (samples, standard_errors, 6.0),
    "kernel": (kernel, between_means, 0.02),
    "classifier": (classifier, between_means, 1.0),
    "network": (network, largest_difference, 1e-6),
    "dynamic": (dynamic, standard_errors, 6.0),
}


def build(name: str, options: Options) -> Case:
    """A program on each primitive."""
    warnings.simplefilter("ignore")  # rivals deprecate their own arguments
    make, error, apart = CASES[name]
    program, rivals = make()

    def candidate(who: str, role: Any = "peer") -> Candidate:
        # Rivals compute in double precision, and so do our estimators.
        dtype = "complex128" if role == "peer" else np.dtype(rivals[who].dtype).name
        return Candidate(who, "", dtype, lambda: program(rivals[who]), role=role)

    wanted = [who for who in rivals if who in PEERS and options.wants(PEERS[who])]
    return Case(
        candidate("qsetu", "ours"),
        [lambda who=who: [candidate(who)] for who in wanted],
        error,
        {"complex64": apart, "complex128": apart},
        patience=float("inf"),
    )
