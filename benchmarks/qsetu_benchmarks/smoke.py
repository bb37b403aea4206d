"""The suite `smoke`: a quick look at this machine, every engine of ours beside Qiskit and PennyLane.

Peers are used the way their own documentation does, and need no extra: they come with qsetu.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

import qsetu
from qsetu.bench import Candidate, Case, Entry, Options, Suite
from qsetu_benchmarks.circuits import hardware_efficient, zz_map, zz_parameters

__all__ = ["SUITE"]

SAMPLES, LAYERS = 64, 4
ALLOWED = {"complex64": 2e-4, "complex128": 1e-9}
Run = Callable[[str, str], np.ndarray]


def _ours(run: Run) -> Candidate:
    return Candidate("qsetu native", "", "complex64", lambda: run("native", "complex64"), role="ours")


def _engines(run: Run, xla: bool) -> Callable[[], Iterable[Candidate]]:
    """Our other ways; `xla` because it compiles for seconds a circuit."""

    def build() -> Iterator[Candidate]:
        yield Candidate(
            "qsetu native", "double", "complex128", lambda: run("native", "complex128"), role="ours"
        )
        if xla:
            yield Candidate("qsetu xla", "", "complex64", lambda: run("xla", "complex64"), role="ours")

    return build


def _qiskit_states(circuit: qsetu.Circuit, params: np.ndarray) -> Callable[[], Iterator]:
    from qiskit.circuit import ParameterVector
    from qiskit.quantum_info import Statevector

    translated = qsetu.to_qiskit(circuit)
    theta = ParameterVector("t", 0) if not circuit.num_params else translated.parameters
    return lambda: (
        Statevector(translated.assign_parameters(dict(zip(theta, row, strict=True)))) for row in params
    )


def _pennylane(circuit: qsetu.Circuit, params) -> None:
    import pennylane as qml

    from qsetu.circuits import ALIASES, GATES

    # PennyLane's wire 0 is the most significant bit, so wires count backwards.
    top = circuit.num_qubits - 1
    for op in circuit:
        name = ALIASES[op.name].pennylane if op.controls else GATES[op.gate].pennylane
        angles = [a.constant + sum(c * params[..., slot] for slot, c in a.terms) for a in op.angles]
        getattr(qml, name)(*angles, wires=[top - q for q in op.controls + op.qubits])


def _peers(options: Options, **makers: Callable[[], Candidate]) -> tuple[Callable[[], list[Candidate]], ...]:
    def one(make: Callable[[], Candidate]) -> Callable[[], list[Candidate]]:
        return lambda: [make()]

    return tuple(one(make) for name, make in makers.items() if options.wants(name))


def _forward(num_qubits: int, xla: bool, options: Options) -> Case:
    import pennylane as qml
    from qiskit.quantum_info import SparsePauliOp

    circuit = hardware_efficient(num_qubits, LAYERS)
    params = np.random.default_rng(1).uniform(-np.pi, np.pi, (SAMPLES, circuit.num_params))
    run: Run = lambda e, d: qsetu.expectation(circuit, "Z0", params, engine=e, dtype=d)  # noqa: E731

    def qiskit() -> Candidate:
        states = _qiskit_states(circuit, params)
        z = SparsePauliOp.from_sparse_list([("Z", [0], 1.0)], num_qubits)
        values = lambda: np.array([state.expectation_value(z).real for state in states()])  # noqa: E731
        return Candidate("Qiskit Statevector", "", "complex128", values)

    def pennylane() -> Candidate:
        @qml.qnode(qml.device("default.qubit", wires=num_qubits))
        def node(values):
            _pennylane(circuit, values)
            return qml.expval(qml.PauliZ(num_qubits - 1))

        return Candidate("PennyLane default.qubit", "", "complex128", lambda: np.asarray(node(params)))

    return _case(run, xla, options, circuit, qiskit=qiskit, default_qubit=pennylane)


def _gradient(num_qubits: int, xla: bool, options: Options) -> Case:
    import pennylane as qml

    circuit = hardware_efficient(num_qubits, LAYERS)
    params = np.random.default_rng(2).uniform(-np.pi, np.pi, (SAMPLES, circuit.num_params))
    run: Run = lambda e, d: qsetu.value_and_grad(circuit, "Z0", params, engine=e, dtype=d)[1]  # noqa: E731

    def pennylane() -> Candidate:
        # One batched call through back-propagation: its adjoint takes one sample at a time and was slower.
        @qml.qnode(qml.device("default.qubit", wires=num_qubits), diff_method="backprop")
        def node(values):
            _pennylane(circuit, values)
            return qml.expval(qml.PauliZ(num_qubits - 1))

        slopes = qml.grad(lambda values: qml.math.sum(node(values)))
        values = qml.numpy.array(params, requires_grad=True)
        return Candidate("PennyLane default.qubit", "", "complex128", lambda: np.asarray(slopes(values)))

    return _case(run, xla, options, circuit, default_qubit=pennylane)


def _wide(num_qubits: int, xla: bool, options: Options) -> Case:
    import pennylane as qml

    circuit = hardware_efficient(num_qubits, LAYERS)
    params = np.random.default_rng(3).uniform(-np.pi, np.pi, circuit.num_params)
    run: Run = lambda e, d: qsetu.statevector(circuit, params, engine=e, dtype=d)  # noqa: E731

    def qiskit() -> Candidate:
        states = _qiskit_states(circuit, params[None])
        return Candidate("Qiskit Statevector", "", "complex128", lambda: next(states()).data)

    def pennylane() -> Candidate:
        @qml.qnode(qml.device("default.qubit", wires=num_qubits))
        def node(values):
            _pennylane(circuit, values)
            return qml.state()

        return Candidate("PennyLane default.qubit", "", "complex128", lambda: np.asarray(node(params)))

    return _case(run, xla, options, circuit, qiskit=qiskit, default_qubit=pennylane)


def _gram(num_qubits: int, samples: int, options: Options) -> Case:
    circuit = zz_map(num_qubits)
    params = zz_parameters(np.random.default_rng(4).uniform(0, np.pi, (samples, num_qubits)))
    run: Run = lambda e, d: qsetu.gram(circuit, params, engine=e, dtype=d)  # noqa: E731

    def qiskit() -> Candidate:
        states = _qiskit_states(circuit, params)

        def matrix() -> np.ndarray:
            rows = np.stack([state.data for state in states()])
            return np.abs(rows.conj() @ rows.T) ** 2

        return Candidate("Qiskit Statevector", "and one product", "complex128", matrix)

    return _case(run, True, options, circuit, qiskit=qiskit)


def _case(
    run: Run, xla: bool, options: Options, circuit: qsetu.Circuit, **peers: Callable[[], Candidate]
) -> Case:
    qsetu.expectation(
        qsetu.Circuit(1), "Z0", engine="native"
    )  # loaded and tested: a first call is the circuit's
    return Case(
        _ours(run),
        (_engines(run, xla), *_peers(options, **peers)),
        allowed=ALLOWED,
        truth=lambda: run("reference", "complex128"),
        facts={"qubits": circuit.num_qubits, "gates": len(circuit)},
    )


def _entries(options: Options) -> Iterator[Entry]:
    declared = (
        ("expectation", 8, f"expectation, 8 qubits, {SAMPLES} samples", lambda: _forward(8, False, options)),
        (
            "expectation",
            10,
            f"expectation, 10 qubits, {SAMPLES} samples",
            lambda: _forward(10, True, options),
        ),
        (
            "gradient",
            8,
            f"value and gradient, 8 qubits, {SAMPLES} samples",
            lambda: _gradient(8, False, options),
        ),
        (
            "gradient",
            10,
            f"value and gradient, 10 qubits, {SAMPLES} samples",
            lambda: _gradient(10, True, options),
        ),
        ("statevector", 18, "statevector, 18 qubits", lambda: _wide(18, True, options)),
        ("gram", 8, "Gram matrix of 200 samples, ZZ map, 8 qubits", lambda: _gram(8, 200, options)),
    )
    for kind, width, title, build in declared:
        if not options.quick or width == 8:
            yield Entry(f"{kind}/{width}", kind, title, build)


def _installed() -> dict[str, str | None]:
    return {"qiskit": None, "default_qubit": None}


SUITE = Suite(
    "smoke",
    "a quick look: every engine of ours beside Qiskit and PennyLane",
    _entries,
    budget=2.0,
    min_sample=0.005,
    peers=_installed,
)
