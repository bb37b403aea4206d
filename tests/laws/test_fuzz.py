"""Fuzzing: any circuit a user can build, at any batch size, gives the oracle's states and gradients.

A short form is part of every run. ``QSETU_FUZZ_EXAMPLES=2000`` (``.ci/run`` sets it) asks for that many
circuits in all; a failure shrinks to the smallest circuit that still fails, printed as one `Case`.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import qsetu
from qsetu import Circuit, PauliSum, param
from qsetu.circuits import GATES
from support import DTYPES, FAST_ENGINES, TOLERANCE, random_unitary, scrambled

pytestmark = [
    pytest.mark.fuzz,
    pytest.mark.skipif("native" not in FAST_ENGINES, reason="native engine not built"),
]

EXAMPLES = int(os.environ.get("QSETU_FUZZ_EXAMPLES", "200"))

# Deterministic in CI: a change is never blamed for an old fault. Elsewhere each run breaks new ground.
COMMON = settings(
    deadline=None,
    database=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    print_blob=False,
)

SLOTS = 3
# Where planners take short cuts: multiples of pi/2 make identities, swaps of roles and sign changes;
# angles near the rounding of single precision must not be taken for zero, nor divided by.
SPECIAL = (0.0, math.pi / 2, math.pi, 2 * math.pi, -math.pi / 2, -math.pi, 4 * math.pi, 1e-4, -1e-7, 1e-12)
COEFFICIENTS = (1.0, -1.0, 2.0, 0.5, -0.3)


@dataclass(frozen=True)
class Gate:
    """One placed gate, as plain data: an angle is a constant and {slot: coefficient}."""

    name: str
    targets: tuple[int, ...]
    controls: tuple[int, ...] = ()
    angles: tuple[tuple[float, dict[int, float]], ...] = ()
    kind: str = ""  # of an arbitrary unitary
    seed: int = 0

    def matrix(self) -> np.ndarray:
        rng, dim = np.random.default_rng(self.seed), 2 ** len(self.targets)
        if self.kind == "permutation":
            return np.eye(dim)[rng.permutation(dim)]
        if self.kind == "diagonal":
            return np.diag(np.exp(1j * rng.uniform(-np.pi, np.pi, dim)))
        if self.kind == "real":
            return np.linalg.qr(rng.normal(size=(dim, dim)))[0]
        return random_unitary(len(self.targets), rng)


@dataclass(frozen=True)
class Case:
    """All that decides one comparison; its repr is what a failure prints."""

    num_qubits: int
    start: str
    gates: tuple[Gate, ...]
    observables: tuple[PauliSum, ...]
    batch: int
    dtype: str

    def circuit(self) -> Circuit:
        # From zeros most gates under controls would do nothing, and a fault in them would stay hidden.
        scrambled_first = self.start == "scrambled"
        circuit = scrambled(self.num_qubits, 5) if scrambled_first else Circuit(self.num_qubits)
        for gate in self.gates:
            if gate.name == "unitary":
                circuit = circuit.unitary(gate.matrix(), gate.targets, controls=gate.controls)
                continue
            angles = [
                sum((c * param(slot) for slot, c in terms.items()), start=0.0 * param(0) + constant)
                for constant, terms in gate.angles
            ]
            circuit = circuit.append(gate.name, gate.targets, angles, controls=gate.controls)
        return circuit

    def weights(self) -> np.ndarray:
        shape = (self.batch, len(self.observables))
        return np.linspace(-1.0, 1.5, self.batch * len(self.observables)).reshape(shape)

    def norm(self) -> float:
        """The most a weighted sum of the observables can be."""
        return max(1.0, sum(2 * abs(c) for o in self.observables for c, _ in o.terms))

    def reach(self) -> float:
        """The most a gradient entry can be: each use of a slot turns the value by its coefficient."""
        uses = (abs(c) for gate in self.gates for _, terms in gate.angles for c in terms.values())
        return self.norm() * max(1.0, sum(uses))


# ---- what is drawn ------------------------------------------------------------------------------------

numbers = st.sampled_from(SPECIAL) | st.floats(-7, 7, allow_nan=False)
# Half of the angles are numbers: the oracle runs the circuit once more for every other one.
slots = st.just({}) | st.dictionaries(st.integers(0, SLOTS - 1), st.sampled_from(COEFFICIENTS), max_size=2)


@st.composite
def gates(draw, num_qubits: int) -> Gate:
    names = ["unitary", *(name for name, gate in GATES.items() if gate.num_qubits <= num_qubits)]
    name = draw(st.sampled_from(names))
    width = draw(st.integers(1, min(3, num_qubits))) if name == "unitary" else GATES[name].num_qubits
    # Mostly few controls; now and then every qubit that is left, up to what the oracle's dense matrix bears.
    most = min(num_qubits, 9) - width
    count = draw(st.integers(0, min(2, most)) | st.integers(0, most))
    order = st.lists(
        st.integers(0, num_qubits - 1), min_size=width + count, max_size=width + count, unique=True
    )
    placed = tuple(draw(order))
    if name == "unitary":
        kind = draw(st.sampled_from(("haar", "real", "diagonal", "permutation")))
        return Gate(name, placed[:width], placed[width:], (), kind, draw(st.integers(0, 99)))
    angles = tuple((draw(numbers), draw(slots)) for _ in GATES[name].angles)
    return Gate(name, placed[:width], placed[width:], angles)


@st.composite
def observables(draw, num_qubits: int) -> tuple[PauliSum, ...]:
    string = st.dictionaries(st.integers(0, num_qubits - 1), st.sampled_from("XYZ"), max_size=num_qubits)
    term = st.tuples(st.sampled_from((1.0, -0.5, 0.25)), string.map(lambda letters: tuple(letters.items())))
    drawn = draw(st.lists(st.lists(term, min_size=1, max_size=3), min_size=1, max_size=2))
    return tuple(PauliSum.from_terms(terms) for terms in drawn)


@st.composite
def cases(draw, low: int, high: int, pieces_at_most: int, batches: tuple[int, ...]) -> Case:
    num_qubits = draw(st.integers(low, high))
    start = draw(st.sampled_from(("zeros", "scrambled", "scrambled", "scrambled")))
    # Lists of lists: a lone list is mostly short, and one of a least length does not shrink.
    pieces = draw(st.lists(st.lists(gates(num_qubits), max_size=8), max_size=pieces_at_most))
    return Case(
        num_qubits,
        start,
        tuple(gate for piece in pieces for gate in piece),
        draw(observables(num_qubits)),
        draw(st.sampled_from(batches)),
        draw(st.sampled_from(DTYPES)),
    )


# ---- laws ---------------------------------------------------------------------------------------------


def assert_close(found: np.ndarray, expected: np.ndarray, allowed: float, what: str) -> None:
    assert found.shape == expected.shape, what
    error = float(np.abs(found - expected).max(initial=0.0))
    assert error <= allowed, f"{what} off by {error:.3g}, allowed {allowed:.3g}"  # NaN fails too


def assert_native_equals_the_oracle(case: Case) -> None:
    circuit, allowed = case.circuit(), TOLERANCE[case.dtype]
    params = np.random.default_rng(1).uniform(-3, 3, (case.batch, circuit.num_params))

    def run(function, *arguments):
        expected = function(circuit, *arguments, engine="reference", dtype="complex128")
        return function(circuit, *arguments, engine="native", dtype=case.dtype), expected

    assert_close(*run(qsetu.statevector, params), allowed, "states")
    values = run(qsetu.expectation, list(case.observables), params)
    assert_close(*values, allowed * case.norm(), "expectations")
    found, expected = run(qsetu.expectation_vjp, list(case.observables), params, case.weights())
    assert_close(found[0], expected[0], allowed * case.norm(), "values beside gradients")
    assert_close(found[1], expected[1], allowed * case.reach(), "gradients")


# Small states live in a few vectors, the middle in a core's cache, gates are fused from 12 qubits on. The
# oracle pays for each qubit and angle, so most circuits are narrow. Batches: none, one, and such as leave a
# rest on any number of threads and lanes.
@settings(COMMON, max_examples=max(1, EXAMPLES * 55 // 100))
@given(cases(1, 5, 5, (0, 1, 2, 3, 5, 17)))
def test_narrow_circuits_equal_the_oracle(case):
    assert_native_equals_the_oracle(case)


@settings(COMMON, max_examples=max(1, EXAMPLES * 30 // 100))
@given(cases(6, 9, 5, (0, 1, 2, 3, 7)))
def test_middling_circuits_equal_the_oracle(case):
    assert_native_equals_the_oracle(case)


@settings(COMMON, max_examples=max(1, EXAMPLES * 15 // 100))
@given(cases(10, 12, 3, (1, 2, 3)))
def test_wide_circuits_equal_the_oracle(case):
    assert_native_equals_the_oracle(case)


# A lone state of 14 qubits and more is cut into blocks and runs in passes; a batch of them does not.
@settings(COMMON, max_examples=max(3, EXAMPLES * 2 // 100))
@given(cases(14, 17, 4, (1, 1, 3)))
def test_blocked_circuits_equal_the_oracle(case):
    assert_native_equals_the_oracle(case)
