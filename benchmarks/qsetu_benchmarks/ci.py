"""The suite `ci`: one case for each kernel and path that a change could slow down, on one thread.

Each is small, so that the whole suite takes minutes, and made of one kind of work, so that a slower kernel is
a slower case. It races against nobody: `qsetu bench compare` holds its ratios to fixed work, and its counts
of instructions, against those of another version. States that go through memory are not counted: planning
them takes minutes under valgrind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import qsetu
from qsetu.bench import Bound, Candidate, Case, Entry, Options, Suite, largest_difference
from qsetu.compiler import lower
from qsetu.engines import get_engine
from qsetu_benchmarks.circuits import hardware_efficient, zz_map, zz_parameters
from qsetu_benchmarks.random_circuits import RANDOM

__all__ = ["SUITE"]

DTYPE = "complex64"
LAYERS = 12
Made = Callable[[], Case]


def _angles(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng([13, seed]).uniform(-np.pi, np.pi, shape)


def _layers(num_qubits: int, add: Callable[[qsetu.Circuit, int, float], qsetu.Circuit]) -> qsetu.Circuit:
    """Superposed qubits, then layers of one kind of gate with random angles."""
    circuit, angles = qsetu.Circuit(num_qubits), iter(_angles(num_qubits, 1000))
    for q in range(num_qubits):
        circuit = circuit.ry(float(next(angles)), q)
    for _ in range(LAYERS):
        for q in range(num_qubits):
            circuit = add(circuit, q, float(next(angles)))
    return circuit


def _state(circuit: qsetu.Circuit) -> Made:
    return _case(lambda engine, dtype: qsetu.statevector(circuit, engine=engine, dtype=dtype), circuit)


def _case(
    run: Callable[[str, str], Any], circuit: qsetu.Circuit, allowed: float = 3e-4, asks: bool = True
) -> Made:
    """A case of the native engine, held against the reference engine where that is quick."""

    def build() -> Case:
        qsetu.expectation(qsetu.Circuit(1), "Z0", engine="native")
        return Case(
            Candidate("qsetu", "", DTYPE, lambda: run("native", DTYPE), role="ours"),
            error=_in_what_was_asked,
            allowed={DTYPE: allowed},
            truth=(lambda: np.asarray(run("reference", "complex128"))) if asks else None,
            facts={"qubits": circuit.num_qubits, "gates": len(circuit)},
        )

    return build


def _one_state(num_qubits: int) -> Iterator[tuple[str, Made]]:
    """Gates of one kind on a state that stays in a core's cache."""
    ring = lambda q: (q + 1) % num_qubits  # noqa: E731
    rng = np.random.default_rng(5)
    unitary = lambda size: np.linalg.qr(rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size)))[0]  # noqa: E731
    kinds: dict[str, Callable[[qsetu.Circuit, int, float], qsetu.Circuit]] = {
        "rx": lambda c, q, a: c.rx(a, q).cx(q, ring(q)),
        "ry": lambda c, q, a: c.ry(a, q).cz(q, ring(q)),
        "dense1": lambda c, q, a: c.unitary(unitary(2), [q]).cz(q, ring(q)),
        "dense2": lambda c, q, a: c.unitary(unitary(4), [q, ring(q)]),
        "phases": lambda c, q, a: c.cp(a, q, ring(q)).rzz(a, q, (q + 2) % num_qubits).h(q),
        "toffoli": lambda c, q, a: c.x(q, controls=[ring(q), (q + 2) % num_qubits]).ry(a, q),
    }
    for name, add in kinds.items():
        yield f"kernels/{name}", _state(_layers(num_qubits, add))


def _in_what_was_asked(found: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference in those rows that the expected answer has."""
    return largest_difference(expected, found)


def _asked(rows: np.ndarray, engine: str) -> np.ndarray:
    """All rows; of the reference engine, which takes its time, the first two."""
    return rows[:2] if engine == "reference" else rows


def _batches() -> Iterator[tuple[str, Made]]:
    for width, rows in ((6, 512), (10, 64), (13, 8)):
        circuit = hardware_efficient(width, 4)
        params = _angles(width, rows, circuit.num_params)

        def forward(e: str, d: str, c: qsetu.Circuit = circuit, p: np.ndarray = params) -> np.ndarray:
            return qsetu.expectation(c, "Z0", _asked(p, e), engine=e, dtype=d)

        def gradient(e: str, d: str, c: qsetu.Circuit = circuit, p: np.ndarray = params) -> np.ndarray:
            return qsetu.value_and_grad(c, "Z0", _asked(p, e), engine=e, dtype=d)[1]

        yield f"batch/forward/{width}", _case(forward, circuit, 2e-4)
        yield f"batch/gradient/{width}", _case(gradient, circuit, 5e-4)


def _measures() -> Iterator[tuple[str, Made]]:
    feature_map = zz_map(8)
    rows = zz_parameters(np.random.default_rng(4).uniform(0, np.pi, (150, 8)))
    yield "gram/8", _case(lambda e, d: qsetu.gram(feature_map, rows, engine=e, dtype=d), feature_map, 5e-4)
    circuit = hardware_efficient(14, 1)
    params = _angles(14, circuit.num_params)
    terms = " + ".join(
        f"{'XYZ'[k % 3]}{k % 14} {'ZXY'[k % 3]}{(3 * k + 1) % 14}"
        for k in range(40)
        if k % 14 != (3 * k + 1) % 14
    )
    yield (
        "observables/14",
        _case(lambda e, d: qsetu.expectation(circuit, terms, params, engine=e, dtype=d), circuit, 2e-3),
    )
    random = RANDOM["random_grid"][1](14)
    # Draws of another engine are others; that they are right is told by tests.
    yield (
        "sampling/14",
        _case(
            lambda e, d: qsetu.sample(random, shots=100_000, seed=1, engine=e, dtype=d), random, asks=False
        ),
    )


def _large() -> Iterator[tuple[str, Made]]:
    """States that are cut into blocks, and go through memory."""
    for name in ("random_grid", "quantum_volume"):
        circuit = RANDOM[name][1](18)
        yield (
            f"blocks/{name}",
            _case(lambda e, d, c=circuit: qsetu.statevector(c, engine=e, dtype=d), circuit, asks=False),
        )


def _python() -> Iterator[tuple[str, Made]]:
    """What is bound by Python: a circuit never seen before, a tiny call, building."""
    circuit = hardware_efficient(12, 3)
    params = _angles(3, 1, circuit.num_params)
    fresh = lambda e, d: get_engine(e).states(lower(circuit), params, np.dtype(d))  # noqa: E731
    yield "compile/new circuit", _case(fresh, circuit, asks=False)
    tiny = qsetu.Circuit(2).ry(qsetu.param(0), 0).cx(0, 1)
    angle = np.array([0.3])

    def calls(engine: str, dtype: str) -> np.ndarray:
        return np.array([qsetu.expectation(tiny, "Z0", angle, engine=engine, dtype=dtype) for _ in range(20)])

    yield "door/small calls", _case(calls, tiny)
    yield "circuits/building", _case(lambda e, d: np.array([len(hardware_efficient(12, 3))]), circuit)


def _entries(options: Options) -> Iterator[Entry]:
    groups: tuple[tuple[Bound, Iterator[tuple[str, Made]]], ...] = (
        ("arithmetic", _one_state(13)),
        ("arithmetic", _batches()),
        ("arithmetic", _measures()),
        ("memory", _large()),
        ("python", _python()),
    )
    for bound, made in groups:
        for name, build in made:
            if not options.quick or name in ("kernels/rx", "batch/forward/10", "door/small calls"):
                yield Entry(name, name.split("/")[0], name, build, bound, counted=bound != "memory")


SUITE = Suite(
    "ci",
    "one case for each kernel and path, on one thread: did this change make it slower?",
    _entries,
    rounds=25,
    budget=1.0,
    min_sample=0.004,
    processes=5,
    threads=1,
    counts=True,
)
