"""All algorithms of MQT Bench, 4 to 12 qubits, through ``from_qiskit``, against Qiskit's own states."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from outcomes import distribution, far

benchmarks = pytest.importorskip("mqt.bench")
names = pytest.importorskip("mqt.bench.benchmarks").get_available_benchmark_names()
quantum_info = pytest.importorskip("qiskit.quantum_info")

SIZES = range(4, 13)
# Algorithms that have no circuit of these sizes: Shor's from 18 qubits on, the codes by 13s and 17s.
LARGER = {"shor", "seven_qubit_steane_code", "shors_nine_qubit_code"}
# They follow outcomes: there is no final state.
DYNAMIC = {"dynamic_qft", "ghz_dynamic", "iqpe"}


def circuits(name):
    for size in SIZES:
        try:
            yield size, benchmarks.get_benchmark(name, benchmarks.BenchmarkLevel.ALG, size)
        except ValueError as error:  # a multiplier of 5 qubits, say; the message states the rule
            assert any(word in str(error) for word in ("qubits", "circuit_size")), error


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(names) - DYNAMIC))
def test_states_equal_qiskits(name):
    count = 0
    for size, theirs in circuits(name):
        count += 1
        circuit = qsetu.from_qiskit(theirs)
        assert circuit.num_qubits == theirs.num_qubits
        values = np.random.default_rng(size).uniform(-1, 1, len(theirs.parameters))
        bound = theirs.assign_parameters(values).remove_final_measurements(inplace=False)
        expected = quantum_info.Statevector(bound).data
        found = qsetu.statevector(circuit, values, dtype="complex128")
        np.testing.assert_allclose(found, expected, atol=1e-10, err_msg=f"{size} qubits")
    assert bool(count) == (name not in LARGER)


@pytest.mark.parametrize("name", sorted(DYNAMIC))
def test_outcomes_of_dynamic_circuits(name):
    assert name in names
    for size, theirs in circuits(name):
        circuit = qsetu.from_qiskit(theirs)
        assert circuit.why_dynamic
        samples = qsetu.sample(circuit, shots=4000, seed=size)
        if size <= 6:  # the oracle follows all outcomes one by one
            assert far(samples, distribution(circuit)) < 4
