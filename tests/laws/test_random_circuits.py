"""Property-based: random circuits from every gate agree with the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qsetu
from support import FAST_ENGINES, TOLERANCE, random_circuit, random_observables, random_params

circuits = st.builds(
    random_circuit,
    num_qubits=st.integers(1, 6),
    num_gates=st.integers(0, 25),
    seed=st.integers(0, 2**32 - 1),
    num_slots=st.integers(0, 4),
)


def assert_equals_the_oracle(circuit, batch, engine, dtype):
    params = random_params(circuit, batch)
    expected = qsetu.statevector(circuit, params, engine="reference", dtype="complex128")
    found = qsetu.statevector(circuit, params, engine=engine, dtype=dtype)
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.skipif("native" not in FAST_ENGINES, reason="native engine not built")
@settings(max_examples=150, deadline=None)
@given(circuits, st.integers(0, 3), st.sampled_from(["complex64", "complex128"]))
def test_native_equals_the_oracle(circuit, batch, dtype):
    assert_equals_the_oracle(circuit, batch, "native", dtype)


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(circuits, st.integers(1, 3), st.sampled_from(["complex64", "complex128"]))
def test_xla_equals_the_oracle(circuit, batch, dtype):
    assert_equals_the_oracle(circuit, batch, "xla", dtype)


@pytest.mark.skipif("native" not in FAST_ENGINES, reason="native engine not built")
@settings(max_examples=40, deadline=None)
@given(circuits)
def test_native_expectations_and_gradients_equal_the_oracle(circuit):
    params = random_params(circuit, 2)
    observables = random_observables(circuit.num_qubits, len(circuit))
    expected = qsetu.value_and_grad(circuit, observables, params, engine="reference", dtype="complex128")
    found = qsetu.value_and_grad(circuit, observables, params, engine="native", dtype="complex128")
    np.testing.assert_allclose(found[0], expected[0], atol=1e-12)
    np.testing.assert_allclose(found[1], expected[1], atol=1e-11)


@settings(max_examples=60, deadline=None)
@given(circuits)
def test_circuit_algebra(circuit):
    assert circuit.inverse().inverse() == circuit
    assert hash(circuit) == hash(qsetu.Circuit.from_operations(circuit.num_qubits, circuit.operations))
    assert circuit.power(2) == circuit.compose(circuit)
    assert circuit.power(-1) == circuit.inverse()
    values = random_params(circuit, 1)[0]
    bound = circuit.bind(values)
    assert bound.num_params == 0
    np.testing.assert_allclose(
        qsetu.statevector(bound, engine="reference"),
        qsetu.statevector(circuit, values, engine="reference"),
        atol=1e-6,
    )


@pytest.mark.skipif("native" not in FAST_ENGINES, reason="native engine not built")
@pytest.mark.parametrize("num_qubits", [14, 16, 17])
def test_large_states_agree_when_gates_are_split_over_threads(num_qubits, monkeypatch):
    circuit = random_circuit(num_qubits, 40, 3)
    params = random_params(circuit, 1)
    monkeypatch.setenv("QSETU_NUM_THREADS", "4")
    found = qsetu.statevector(circuit, params, engine="native", dtype="complex128")
    expected = qsetu.statevector(circuit, params, engine="reference", dtype="complex128")
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
