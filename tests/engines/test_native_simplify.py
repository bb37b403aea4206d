"""The native engine's rewrites of a circuit change nothing: engine(rewrite(c)) = oracle(c)."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from support import TOLERANCE, random_params

pytest.importorskip("qsetu.engines.native._native")


def gadgets(num_qubits: int, seed: int) -> qsetu.Circuit:
    """Diagonals between CX, inverses beside each other, and the same with something in the way."""
    rng = np.random.default_rng(seed)
    circuit = qsetu.Circuit(num_qubits)
    for q in range(num_qubits):
        circuit = circuit.ry(0.3 + q, q)
    for step in range(30):
        a, b, c = (int(q) for q in rng.choice(num_qubits, 3, replace=False))
        theta = qsetu.param(step % 5)
        inner = [
            lambda x, b=b, theta=theta: x.rz(theta, b),
            lambda x, b=b, theta=theta: x.p(2 * theta + 0.1, b),
            lambda x, b=b, c=c, theta=theta: x.rzz(theta, b, c),
            lambda x, b=b, c=c, theta=theta: x.cx(c, b).rz(theta, b).cx(c, b),
            lambda x, b=b, c=c: x.cz(b, c),
            lambda x, b=b: x.t(b),
            lambda x, b=b, theta=theta: x.ry(theta, b),  # no diagonal
            lambda x, a=a, b=b, theta=theta: x.rz(theta, b).h(a),  # the control is not left alone
            lambda x, a=a, b=b, c=c, theta=theta: x.rz(theta, b).cx(c, a),
            lambda x, a=a, b=b, theta=theta: x.cp(theta, a, b),
            lambda x: x,
        ][int(rng.integers(11))]
        outer = [
            lambda x, a=a, b=b: x.cx(a, b),
            lambda x, b=b: x.h(b),
            lambda x, b=b: x.x(b),
            lambda x, a=a, b=b: x.swap(a, b),
            lambda x, a=a, b=b, c=c: x.ccx(a, c, b),
        ][int(rng.integers(5)) if step % 2 else 0]
        circuit = outer(inner(outer(circuit)))
        if step % 6 == 0:
            circuit = circuit.s(a).sdg(a).cx(a, b).cx(b, a)  # the first two go, the others do not
    return circuit


@pytest.mark.parametrize("rows", [1, 8])
@pytest.mark.parametrize(("num_qubits", "seed"), [(3, 0), (4, 1), (5, 2), (5, 3), (6, 4)])
def test_rewriting_changes_no_answer(num_qubits, seed, rows):
    circuit = gadgets(num_qubits, seed)
    params = random_params(circuit, rows, seed)
    observables = ["Z0", f"X0 Y{num_qubits - 1} + 0.5 Z1"]
    states = qsetu.statevector(circuit, params, engine="reference", dtype="complex128")
    values, slopes = qsetu.value_and_grad(circuit, observables, params, engine="reference")
    for dtype, allowed in TOLERANCE.items():
        how = {"engine": "native", "dtype": dtype}
        np.testing.assert_allclose(qsetu.statevector(circuit, params, **how), states, rtol=0, atol=allowed)
        found = qsetu.value_and_grad(circuit, observables, params, **how)
        np.testing.assert_allclose(found[0], values, rtol=0, atol=3 * allowed)
        np.testing.assert_allclose(found[1], slopes, rtol=0, atol=50 * allowed)


def test_a_circuit_and_its_inverse_leave_nothing():
    circuit = qsetu.Circuit(4)
    for q in range(4):
        circuit = circuit.h(q).t(q).cx(q, (q + 1) % 4).swap(q, (q + 2) % 4)
    state = qsetu.statevector(circuit.compose(circuit.inverse()), engine="native")
    # No rounding: there was nothing to compute.
    np.testing.assert_array_equal(state, np.eye(1, 16, dtype=np.complex64)[0])
