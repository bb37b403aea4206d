"""Noise by trajectories against Qiskit Aer's on this machine: `python benchmarks/noise.py --json out.json`.

The same circuit, noise and number of trajectories, the expectation value of Z0 averaged: Aer with
method="statevector", in single precision as we, on as many threads, and with `save_expectation_value`, so
that neither draws shots. Estimates are random: before anything is timed, each has to lie within five
standard errors of the exact value. Aer's shot branching is left out: with it, averages failed this check.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from qiskit.quantum_info import SparsePauliOp
from qiskit_aer import AerSimulator
from qiskit_aer import noise as aer
from smoke import in_qiskit

import qsetu
from qsetu.bench import compare, measure, record
from qsetu.engines.native.engine import thread_count
from qsetu_benchmarks.circuits import hardware_efficient
from timings_table import shown

QUBITS, LAYERS, TRAJECTORIES = 10, 4, 1000
ROUNDS, BUDGET = 15, 20.0

MODELS = {
    "depolarizing, p = 0.001 and 0.01": qsetu.NoiseModel(qsetu.Depolarizing(0.001), qsetu.Depolarizing(0.01)),
    "amplitude damping, gamma = 0.001 and 0.01": qsetu.NoiseModel(
        qsetu.AmplitudeDamping(0.001), qsetu.AmplitudeDamping(0.01)
    ),
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


def candidates(model: qsetu.NoiseModel) -> dict[str, Callable[[], np.ndarray]]:
    circuit = hardware_efficient(QUBITS, LAYERS)
    params = np.random.default_rng(1).uniform(-np.pi, np.pi, circuit.num_params)
    seeds = itertools.count(1)  # no call repeats another's trajectories

    def ours() -> np.ndarray:
        return qsetu.noisy_expectation(
            circuit,
            "Z0",
            params,
            noise=model,
            trajectories=TRAJECTORIES,
            seed=next(seeds),
            engine="native",
        ).values

    translated, theta = in_qiskit(circuit)
    bound = translated.assign_parameters({theta: params})
    bound.save_expectation_value(SparsePauliOp("Z"), [0])

    def theirs() -> Callable[[], np.ndarray]:
        simulator = AerSimulator(
            method="statevector",
            noise_model=in_aer(model),
            precision="single",
            max_parallel_threads=thread_count(),
            max_parallel_shots=thread_count(),
        )

        def run() -> np.ndarray:
            result = simulator.run(bound, shots=TRAJECTORIES, seed_simulator=next(seeds)).result()
            return np.array(result.data()["expectation_value"])

        return run

    return {
        "qsetu native": ours,
        "Aer statevector": theirs(),
    }


def exact(model: qsetu.NoiseModel) -> tuple[float, float]:
    """The exact value, and the standard error of an estimate."""
    circuit = hardware_efficient(QUBITS, LAYERS)
    params = np.random.default_rng(1).uniform(-np.pi, np.pi, circuit.num_params)
    probabilities = np.diag(qsetu.density_matrix(circuit, params, noise=model)).real
    many = qsetu.noisy_expectation(circuit, "Z0", params, noise=model, trajectories=TRAJECTORIES, seed=0)
    return float(probabilities[::2].sum() - probabilities[1::2].sum()), float(many.standard_errors)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time noisy expectation values here and in Qiskit Aer.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample and the machine here")
    options = parser.parse_args()
    done = {}
    print(f"{QUBITS} qubits, {LAYERS} layers, {TRAJECTORIES} trajectories, {thread_count()} threads")
    for name, model in MODELS.items():
        value, error = exact(model)

        def check(answers, value=value, error=error) -> None:
            for who, answer in answers.items():
                if not abs(float(answer) - value) < 5 * error:
                    raise SystemExit(f"'{who}' says {float(answer)}, not {value}; nothing was timed.")

        timings = list(measure(candidates(model), check=check, rounds=ROUNDS, budget=BUDGET))
        done[name] = timings
        print(name)
        for timing in timings:
            ratio = compare(timing, timings[0])
            apart = f"{ratio.value:.3g} ({ratio.low:.3g} to {ratio.high:.3g}) times ours"
            print(f"  {timing.name:20s} {shown(timing.median):>9s}  IQR {shown(timing.spread):>9s}  {apart}")
    if options.json:
        options.json.write_text(json.dumps(record(done), indent=1) + "\n")


if __name__ == "__main__":
    main()
