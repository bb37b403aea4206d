"""Gradients against finite differences and the parameter-shift rule."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from qsetu import param
from qsetu.circuits import GATES
from support import FAST_ENGINES, random_circuit, random_observables, random_params, scrambled

ENGINES = [*FAST_ENGINES, "reference"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(4))
def test_gradient_equals_finite_differences(engine, seed):
    circuit = random_circuit(4, 18, seed)
    observables = random_observables(4, seed)
    params = random_params(circuit, 2, seed)
    values, gradients = qsetu.value_and_grad(circuit, observables, params, engine=engine, dtype="complex128")
    assert values.shape == (2, 3)
    assert gradients.shape == (2, 3, circuit.num_params)
    np.testing.assert_allclose(
        values, qsetu.expectation(circuit, observables, params, engine=engine, dtype="complex128"), atol=1e-13
    )
    for slot in range(circuit.num_params):
        step = 1e-6 * np.eye(circuit.num_params)[slot]
        up, down = (
            qsetu.expectation(circuit, observables, params + s, engine=engine, dtype="complex128")
            for s in (step, -step)
        )
        np.testing.assert_allclose(gradients[..., slot], (up - down) / 2e-6, atol=1e-7)


@pytest.mark.parametrize("engine", FAST_ENGINES)
@pytest.mark.parametrize("name", [n for n in GATES if GATES[n].trig])
def test_gradient_equals_parameter_shift(engine, name):
    # Every one-angle gate of the table has two eigenvalues a distance of 1 apart, so the two-term
    # rule with a shift of pi/2 is exact (Schuld et al., Phys. Rev. A 99, 032331).
    gate = GATES[name]
    circuit = scrambled(3, 5).append(name, list(range(gate.num_qubits)), [param(0)]).compose(scrambled(3, 6))
    theta = np.array([0.7])
    shifted = [
        qsetu.expectation(circuit, "X0 Z1 + Y2", theta + s * np.pi / 2, engine=engine, dtype="complex128")
        for s in (1, -1)
    ]
    _, gradient = qsetu.value_and_grad(circuit, "X0 Z1 + Y2", theta, engine=engine, dtype="complex128")
    np.testing.assert_allclose(gradient[0], (shifted[0] - shifted[1]) / 2, atol=1e-13)


@pytest.mark.parametrize("engine", ENGINES)
def test_vjp_is_the_weighted_sum_of_gradients(engine):
    circuit = random_circuit(3, 15, 9)
    observables = random_observables(3, 9)
    params = random_params(circuit, 4, 9)
    weights = np.random.default_rng(9).normal(size=(4, 3))
    values, gradients = qsetu.value_and_grad(circuit, observables, params, engine=engine, dtype="complex128")
    found = qsetu.expectation_vjp(circuit, observables, params, weights, engine=engine, dtype="complex128")
    np.testing.assert_allclose(found[0], values, atol=1e-13)
    np.testing.assert_allclose(found[1], np.einsum("bk,bkp->bp", weights, gradients), atol=1e-12)
