"""A quick look at speed on this machine: `make bench`, or `python benchmarks/smoke.py --json out.json`.

Every candidate computes the same thing from the same circuit, and is checked before it is timed. Peers
are used the way their own documentation does; they and `native complex128` work in double precision.
A ratio compares a candidate with the native engine of its own precision.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pennylane as qml
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import SparsePauliOp, Statevector
from rich.console import Console
from rich.table import Table

import qsetu
from circuits import hardware_efficient, zz_map, zz_parameters
from qsetu.bench import Timing, compare, measure, record
from qsetu.circuits import ALIASES, GATES
from timings_table import shown

SAMPLES = 64
LAYERS = 4
ROUNDS = 15
BUDGET = 2.0  # seconds of rounds for one case
TOLERANCE = {"complex64": 2e-4, "complex128": 1e-9}  # largest difference from the peer's answer

Answer = Callable[[], np.ndarray]


@dataclass(frozen=True)
class Candidate:
    name: str
    dtype: str
    run: Answer


@dataclass(frozen=True)
class Case:
    name: str
    candidates: tuple[Candidate, ...]


# ---- peers: the same circuit, translated through the gate table --------------------------------------


def in_qiskit(circuit: qsetu.Circuit) -> tuple[QuantumCircuit, ParameterVector]:
    theta = ParameterVector("t", circuit.num_params)
    translated = QuantumCircuit(circuit.num_qubits)
    for op in circuit:
        angles = [a.constant + sum(c * theta[slot] for slot, c in a.terms) for a in op.angles]
        getattr(translated, op.name)(*angles, *op.controls, *op.qubits)
    return translated, theta


def qiskit_states(circuit: qsetu.Circuit, params: np.ndarray) -> Callable[[], Iterator[Statevector]]:
    translated, theta = in_qiskit(circuit)

    def run() -> Iterator[Statevector]:
        return (Statevector(translated.assign_parameters({theta: row})) for row in params)

    return run


def in_pennylane(circuit: qsetu.Circuit, params) -> None:
    # PennyLane's wire 0 is the most significant bit, so wires count backwards.
    top = circuit.num_qubits - 1
    for op in circuit:
        name = ALIASES[op.name].pennylane if op.controls else GATES[op.gate].pennylane
        angles = [a.constant + sum(c * params[..., slot] for slot, c in a.terms) for a in op.angles]
        getattr(qml, name)(*angles, wires=[top - q for q in op.controls + op.qubits])


# ---- cases -------------------------------------------------------------------------------------------


def engines(run: Callable[[str, str], np.ndarray], xla: bool = True) -> list[Candidate]:
    """The candidates of qsetu that can run here; `xla` because it compiles for seconds a circuit."""
    wanted = [("native", "complex64"), ("native", "complex128")] + [("xla", "complex64")] * xla
    found = []
    for engine, dtype in wanted:
        try:
            qsetu.statevector(qsetu.Circuit(1), engine=engine, dtype=dtype)
        except qsetu.QsetuError as error:
            print(f"engine {engine} left out: {error}", file=sys.stderr)
            continue
        found.append(Candidate(f"qsetu {engine}", dtype, lambda e=engine, d=dtype: run(e, d)))
    return found


def forward(num_qubits: int, xla: bool = True) -> Case:
    circuit = hardware_efficient(num_qubits, LAYERS)
    params = np.random.default_rng(1).uniform(-np.pi, np.pi, (SAMPLES, circuit.num_params))
    states = qiskit_states(circuit, params)
    observable = SparsePauliOp.from_sparse_list([("Z", [0], 1.0)], num_qubits)

    @qml.qnode(qml.device("default.qubit", wires=num_qubits))
    def node(values):
        in_pennylane(circuit, values)
        return qml.expval(qml.PauliZ(num_qubits - 1))

    return Case(
        f"expectation, {num_qubits} qubits, {SAMPLES} samples",
        (
            *engines(lambda e, d: qsetu.expectation(circuit, "Z0", params, engine=e, dtype=d), xla),
            Candidate(
                "Qiskit Statevector",
                "complex128",
                lambda: np.array([state.expectation_value(observable).real for state in states()]),
            ),
            Candidate("PennyLane default.qubit", "complex128", lambda: np.asarray(node(params))),
        ),
    )


def gradient(num_qubits: int, xla: bool = True) -> Case:
    circuit = hardware_efficient(num_qubits, LAYERS)
    params = np.random.default_rng(2).uniform(-np.pi, np.pi, (SAMPLES, circuit.num_params))
    device = qml.device("default.qubit", wires=num_qubits)

    # One batched call through back-propagation: its adjoint method takes one sample at a time and was slower.
    @qml.qnode(device, diff_method="backprop")
    def node(values):
        in_pennylane(circuit, values)
        return qml.expval(qml.PauliZ(num_qubits - 1))

    slopes = qml.grad(lambda values: qml.math.sum(node(values)))
    values = qml.numpy.array(params, requires_grad=True)

    return Case(
        f"value_and_grad, {num_qubits} qubits, {SAMPLES} samples, {circuit.num_params} parameters",
        (
            *engines(lambda e, d: qsetu.value_and_grad(circuit, "Z0", params, engine=e, dtype=d)[1], xla),
            Candidate("PennyLane default.qubit", "complex128", lambda: np.asarray(slopes(values))),
        ),
    )


def wide(num_qubits: int) -> Case:
    circuit = hardware_efficient(num_qubits, LAYERS)
    params = np.random.default_rng(3).uniform(-np.pi, np.pi, circuit.num_params)
    states = qiskit_states(circuit, params[None])

    @qml.qnode(qml.device("default.qubit", wires=num_qubits))
    def node(values):
        in_pennylane(circuit, values)
        return qml.state()

    return Case(
        f"statevector, {num_qubits} qubits, {len(circuit)} gates",
        (
            *engines(lambda e, d: qsetu.statevector(circuit, params, engine=e, dtype=d)),
            Candidate("Qiskit Statevector", "complex128", lambda: next(states()).data),
            Candidate("PennyLane default.qubit", "complex128", lambda: np.asarray(node(params))),
        ),
    )


def gram(num_qubits: int, samples: int) -> Case:
    circuit = zz_map(num_qubits)
    params = zz_parameters(np.random.default_rng(4).uniform(0, np.pi, (samples, num_qubits)))
    states = qiskit_states(circuit, params)

    def qiskit() -> np.ndarray:
        rows = np.stack([state.data for state in states()])
        return np.abs(rows.conj() @ rows.T) ** 2

    return Case(
        f"Gram matrix, ZZ map, {num_qubits} qubits, {samples} samples",
        (
            *engines(lambda e, d: qsetu.gram(circuit, params, engine=e, dtype=d)),
            Candidate("Qiskit Statevector and one product", "complex128", qiskit),
        ),
    )


CASES = (
    lambda: forward(8, xla=False),
    lambda: forward(10),
    lambda: gradient(8, xla=False),
    lambda: gradient(10),
    lambda: wide(18),
    lambda: gram(8, 200),
)


# ---- measuring ---------------------------------------------------------------------------------------


def run_case(case: Case) -> list[Timing]:
    dtypes = {f"{c.name}|{c.dtype}": c.dtype for c in case.candidates}

    def check(answers: Mapping[str, np.ndarray]) -> None:
        # The last candidate is a peer, not ours: everybody is held against it.
        *_, expected = answers.values()
        for name, answer in answers.items():
            error = float(np.abs(answer - expected).max())
            if not error <= TOLERANCE[dtypes[name]]:
                raise SystemExit(f"{case.name}: '{name}' is off by {error:.3g}; nothing was timed.")

    calls = {f"{c.name}|{c.dtype}": c.run for c in case.candidates}
    return list(measure(calls, check=check, rounds=ROUNDS, budget=BUDGET))


def add_rows(table: Table, case: Case, timings: list[Timing]) -> None:
    native = {t.name.split("|")[1]: t for t in timings if t.name.startswith("qsetu native|")}
    for index, timing in enumerate(timings):
        name, dtype = timing.name.split("|")
        ratio = ""
        if dtype in native and timing is not native[dtype]:
            r = compare(timing, native[dtype])
            ratio = f"{r.value:.3g} ({r.low:.3g} to {r.high:.3g})"
        table.add_row(
            case.name if index == 0 else "",
            name,
            dtype,
            shown(timing.first),
            shown(timing.median),
            shown(timing.spread),
            ratio,
            end_section=index == len(timings) - 1,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Time qsetu's engines and their peers on this machine.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample and the machine here")
    options = parser.parse_args()
    if options.json and not options.json.parent.is_dir():
        parser.error(f"--json: folder '{options.json.parent}' does not exist; create it first")

    start = time.perf_counter()
    console = Console(width=None if sys.stdout.isatty() else 150)
    table = Table("case", "candidate", "precision", "first call", "median", "IQR", "ratio to native (95 %)")
    done: dict[str, list[Timing]] = {}
    for make in CASES:
        case = make()
        with console.status(case.name):
            done[case.name] = run_case(case)
        add_rows(table, case, done[case.name])
    report = record(done)
    machine = report["machine"]
    versions = ", ".join(f"{p} {machine['packages'][p]}" for p in ("qsetu", "jax", "qiskit", "pennylane"))
    console.print(table)
    console.print(
        f"{machine['cpu']}, {machine['cpus']} CPUs, {machine['system']} {machine['architecture']}, "
        f"Python {machine['python']}, {versions}"
    )
    console.print(
        f"A ratio above 1 is slower than native at its precision. {time.perf_counter() - start:.0f} s in all."
    )
    if options.json:
        partial = options.json.with_name(options.json.name + ".partial")
        partial.write_text(json.dumps(report, indent=1) + "\n")
        partial.replace(options.json)


if __name__ == "__main__":
    main()
