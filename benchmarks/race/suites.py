"""The cases of the four suites."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

import qsetu
from circuits import hardware_efficient, zz_map, zz_parameters
from qsetu.compiler import lower
from qsetu.engines import get_engine
from race import roster
from race.candidate import Candidate
from race.families import Built, LeftOut, build
from race.timing import Case, infidelity, largest_difference

DTYPE = "complex64"
SAMPLES = 256  # of a batch
LAYERS = 4
GRAM_SAMPLES, GRAM_FEWER = 1000, 100
SHOTS = 10**6
ORACLE_QUBITS = 10  # up to here the reference engine is quick enough to be asked
STATE_PEERS = ("qsim", "aer", "lightning", "qulacs", "scaluq")
BATCH_PEERS = ("default_qubit", "lightning", "qulacs", "scaluq")

Found = Iterator["Case | str"]  # a case, or why there is none


def _new(circuit: qsetu.Circuit) -> Callable[[], object]:
    """A run of a circuit never seen before: lowering, checking, planning and binding come with it."""
    engine, params = get_engine("native"), np.zeros((1, circuit.num_params))
    return lambda: engine.states(lower(circuit), params, np.dtype(DTYPE))


def _builders(function: str, wanted: tuple[str, ...], *arguments: object) -> tuple:
    found = roster.adapters(function, wanted)
    return tuple(lambda m=module: getattr(m, function)(*arguments) for module in found)


def circuits(sizes: list[int], families: list[str], threads: int) -> Found:
    """One state each: the whole statevector is asked of everybody."""
    for num_qubits in sizes:
        seen = set()
        for family in families:
            try:
                built = build(family, num_qubits)
            except LeftOut as reason:
                yield f"{family}, {num_qubits} qubits: left out, {reason}"
                continue
            if built.circuit in seen:
                yield f"{family}, {num_qubits} qubits: left out, equal to another family's circuit"
                continue
            seen.add(built.circuit)
            yield _circuit_case(built, num_qubits, threads)


def _circuit_case(built: Built, width: int, threads: int) -> Case:
    circuit = built.circuit
    small = circuit.num_qubits <= ORACLE_QUBITS
    return Case(
        "circuits",
        built.family,
        built.group,
        width,
        circuit.num_qubits,
        len(circuit),
        Candidate("qsetu", "", DTYPE, lambda: qsetu.statevector(circuit)),
        _new(circuit),
        _builders("states", STATE_PEERS, circuit, threads),
        infidelity,
        {"complex64": 3e-4, "complex128": 3e-4},  # against ours, which is in single precision
        (lambda: qsetu.statevector(circuit, engine="reference", dtype="complex128")) if small else None,
        f"the first {len(circuit)} of {built.cut} gates" if built.cut else "",
    )


def batch(sizes: list[int], threads: int) -> Found:
    """Expectation of Z0 and its gradient, 256 samples of the 4-layer hardware-efficient ansatz."""
    for num_qubits in sizes:
        circuit = hardware_efficient(num_qubits, LAYERS)
        params = np.random.default_rng(1).uniform(-np.pi, np.pi, (SAMPLES, circuit.num_params))
        for function, ours in (
            ("expectations", lambda c, p: qsetu.expectation(c, "Z0", p)),
            ("gradients", lambda c, p: qsetu.value_and_grad(c, "Z0", p)[1]),
        ):
            yield Case(
                "batch",
                "batched forward" if function == "expectations" else "batched value and gradient",
                function,
                num_qubits,
                num_qubits,
                len(circuit),
                Candidate("qsetu", "", DTYPE, lambda run=ours, c=circuit, p=params: run(c, p)),
                None,  # what is run many times is compiled long before
                _builders(function, BATCH_PEERS, circuit, params, threads),
                largest_difference,
                {"complex64": 2e-4, "complex128": 2e-4},
            )


def gram(sizes: list[int], threads: int) -> Found:
    """Fidelity kernel of 1,000 samples, ZZ map with two repetitions."""
    for num_qubits in sizes:
        circuit = zz_map(num_qubits)
        x = np.random.default_rng(4).uniform(0, np.pi, (GRAM_SAMPLES, num_qubits))
        params = zz_parameters(x)
        yield Case(
            "gram",
            f"Gram of {GRAM_SAMPLES:,}, ZZ map",
            "gram",
            num_qubits,
            num_qubits,
            len(circuit),
            Candidate("qsetu", "", DTYPE, lambda c=circuit, p=params: qsetu.gram(c, p)),
            None,
            _builders("gram", ("fidelity_kernel",), num_qubits, x, GRAM_FEWER),
            largest_difference,
            {"complex64": 2e-4, "complex128": 2e-4},
        )


def sampling(sizes: list[int], threads: int) -> Found:
    """A million shots of every qubit of the random depth-20 circuit."""
    for num_qubits in sizes:
        circuit = build("random_grid", num_qubits).circuit
        yield Case(
            "sampling",
            f"{SHOTS:,} shots, random depth 20",
            "sampling",
            num_qubits,
            num_qubits,
            len(circuit),
            Candidate("qsetu", "", DTYPE, lambda c=circuit: qsetu.sample(c, shots=SHOTS, seed=1)),
            None,
            _builders("samples", ("qsim", "aer"), circuit, SHOTS, threads),
            lambda drawn, _, c=circuit: surprise(drawn, c),
            {"complex64": 6.0, "complex128": 6.0},
        )


def surprise(drawn: np.ndarray, circuit: qsetu.Circuit) -> float:
    """How many standard errors the mean probability of the drawn states is from what it should be."""
    if drawn.shape != (SHOTS,):
        return np.inf
    state = qsetu.statevector(circuit)
    p = state.real.astype(np.float64) ** 2 + state.imag.astype(np.float64) ** 2
    mean = (p**2).sum()
    deviation = np.sqrt((p**3).sum() - mean**2)
    return float(abs(p[drawn].mean() - mean) / (deviation / np.sqrt(len(drawn))))


DEFAULT_SIZES = {"circuits": [16, 20, 22, 24], "batch": [8, 10, 12, 14], "gram": [10], "sampling": [24]}
