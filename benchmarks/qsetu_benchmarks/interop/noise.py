"""Noise by trajectories beside Qiskit Aer's.

The same circuit, noise and number of trajectories, the expectation value of Z0 averaged: Aer with
method="statevector", in single precision as we, on as many threads, and with `save_expectation_value`, so
that neither draws shots. Estimates are random: each has to lie within five standard errors of the exact
value. Aer's shot branching is left out: with it, averages failed this check.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from qiskit.quantum_info import SparsePauliOp
from qiskit_aer import AerSimulator
from qiskit_aer import noise as aer

import qsetu
from qsetu.bench import Candidate, Case, Options
from qsetu_benchmarks.circuits import hardware_efficient

__all__ = ["build"]

QUBITS, LAYERS, TRAJECTORIES = 10, 4, 1000
ERRORS = 5.0  # standard ones

MODELS = {
    "depolarizing": qsetu.NoiseModel(qsetu.Depolarizing(0.001), qsetu.Depolarizing(0.01)),
    "amplitude-damping": qsetu.NoiseModel(qsetu.AmplitudeDamping(0.001), qsetu.AmplitudeDamping(0.01)),
}


def in_aer(model: qsetu.NoiseModel) -> aer.NoiseModel:
    theirs = aer.NoiseModel(basis_gates=["ry", "rz", "cx"])
    for names, width in ((["ry", "rz"], 1), (["cx"], 2)):
        for channel in model.after(width):
            if isinstance(channel, qsetu.Depolarizing):
                error = aer.depolarizing_error(channel.p, width)
            else:
                one = aer.amplitude_damping_error(channel.gamma)
                error = one if width == 1 else one.tensor(one)
            theirs.add_all_qubit_quantum_error(error, names)
    return theirs


def build(name: str, options: Options) -> Case:
    """Both, on as many threads."""
    model = MODELS[name]
    circuit = hardware_efficient(QUBITS, LAYERS)
    params = np.random.default_rng(1).uniform(-np.pi, np.pi, circuit.num_params)
    seeds = itertools.count(1)  # no call repeats another's trajectories
    how: dict[str, Any] = {"noise": model, "trajectories": TRAJECTORIES}

    def ours() -> np.ndarray:
        seed = next(seeds)
        return qsetu.noisy_expectation(circuit, "Z0", params, seed=seed, engine="native", **how).values

    def theirs() -> list[Candidate]:
        translated = qsetu.to_qiskit(circuit)
        bound = translated.assign_parameters(dict(zip(translated.parameters, params, strict=True)))
        bound.save_expectation_value(SparsePauliOp("Z"), [0])
        simulator = AerSimulator(
            method="statevector",
            noise_model=in_aer(model),
            precision="single",
            max_parallel_threads=options.threads,
            max_parallel_shots=options.threads,
        )

        def run() -> np.ndarray:
            result = simulator.run(bound, shots=TRAJECTORIES, seed_simulator=next(seeds)).result()
            return np.array(result.data()["expectation_value"])

        return [Candidate("Aer", "statevector", "complex64", run)]

    probabilities = np.diag(qsetu.density_matrix(circuit, params, noise=model)).real
    exact = float(probabilities[::2].sum() - probabilities[1::2].sum())
    error = float(qsetu.noisy_expectation(circuit, "Z0", params, seed=0, **how).standard_errors)
    return Case(
        Candidate("qsetu native", "", "complex64", ours, role="ours"),
        [theirs] if options.wants("aer") else [],
        lambda found, expected: float(abs(found - expected)) / error,
        {"complex64": ERRORS},
        truth=lambda: np.array(exact),
        facts={"qubits": QUBITS, "gates": len(circuit), "trajectories": TRAJECTORIES, "exact": exact},
    )
