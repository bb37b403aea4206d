"""Our Sampler, Estimator and Backend against Qiskit's own, and inside of the packages that use them."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from outcomes import distribution, far

qiskit = pytest.importorskip("qiskit")

from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile  # noqa: E402
from qiskit.circuit.library import real_amplitudes, zz_feature_map  # noqa: E402
from qiskit.primitives import BackendEstimatorV2, BackendSamplerV2, StatevectorEstimator  # noqa: E402
from qiskit.providers import JobStatus  # noqa: E402
from qiskit.quantum_info import SparsePauliOp, Statevector  # noqa: E402

from qsetu.interop.qiskit import Backend, Estimator, Sampler, estimator, sampler  # noqa: E402

WIDE = SparsePauliOp(["ZIII", "XXYI", "IIII"], [1, 0.5, -0.25])
OBSERVABLES = [WIDE, SparsePauliOp("IYIZ"), {"XIZY": 0.3, "ZZZZ": 1.0}]


def ansatz() -> QuantumCircuit:
    return zz_feature_map(4, reps=1).compose(real_amplitudes(4, reps=1))


def values(circuit: QuantumCircuit, *shape: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(-1, 1, (*shape, circuit.num_parameters))


# -- Estimator --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "observables"),
    [
        ((), WIDE),
        ((), OBSERVABLES),
        ((3,), WIDE),
        ((3,), OBSERVABLES),  # each row with its own
        ((5, 1), OBSERVABLES),  # each row with all
        ((2, 1, 3), [[OBSERVABLES[0]], [OBSERVABLES[1]]]),
    ],
)
def test_estimates_equal_qiskits_own(shape, observables):
    circuit = ansatz()
    pub = (circuit, observables, values(circuit, *shape))
    expected = StatevectorEstimator().run([pub]).result()[0]
    (found,) = Estimator().run([pub]).result()
    assert found.data.evs.shape == expected.data.evs.shape == found.data.shape
    np.testing.assert_allclose(found.data.evs, expected.data.evs, atol=1e-12)
    np.testing.assert_array_equal(found.data.stds, 0)
    assert found.metadata["target_precision"] == 0.0


def test_projectors_are_observables_too():
    circuit = ansatz()
    row = values(circuit)
    state = Statevector(circuit.assign_parameters(row)).data.reshape((2,) * 4)  # the first axis is qubit 3
    kets = {"0": [1, 0], "1": [0, 1], "+": [1, 1], "-": [1, -1], "r": [1, 1j], "l": [1, -1j]}
    for label in ("0II1", "+I-I", "rIIl"):
        kept = state
        for axis, letter in enumerate(label):
            if letter in kets:
                ket = np.array(kets[letter]) / np.linalg.norm(kets[letter])
                moved = np.tensordot(np.outer(ket, ket.conj()), kept, axes=(1, axis))
                kept = np.moveaxis(moved, 0, axis)
        found = Estimator().run([(circuit, {label: 2.0}, row)]).result()[0].data.evs
        assert found == pytest.approx(2 * np.vdot(state, kept).real, abs=1e-12)


def test_pubs_of_a_circuit_are_one_call_of_what_is_asked_and_no_more(monkeypatch):
    circuit, calls = ansatz(), []

    def counted(ours, observables, params, **options):
        calls.append((len(params), len(observables)))
        return qsetu.expectation(ours, observables, params, **options)

    monkeypatch.setattr(estimator, "expectation", counted)
    mine = Estimator()
    rows = values(circuit, 6)
    mine.run([(circuit, WIDE, rows[:2]), (circuit, WIDE, rows[2]), (circuit, WIDE, rows[3:])]).result()
    assert calls == [(6, 1)]
    calls.clear()
    mine.run([(circuit, OBSERVABLES, rows[:3])]).result()
    assert sorted(calls) == [(1, 1)] * 3
    calls.clear()
    mine.run([(circuit, [WIDE, WIDE], rows[:2]), (circuit, [[WIDE]], rows[0])]).result()
    assert calls == [(3, 1)]


def test_precision_is_the_error_of_values():
    circuit = QuantumCircuit(1)
    pub = (circuit, [SparsePauliOp("Z")] * 4000, [], 0.1)
    one, other = (Estimator(seed=3).run([pub]).result()[0].data for _ in range(2))
    np.testing.assert_array_equal(one.evs, other.evs)
    assert np.std(one.evs) == pytest.approx(0.1, rel=0.06) and np.mean(one.evs) == pytest.approx(1, abs=0.01)
    np.testing.assert_array_equal(one.stds, 0.1)
    two = Estimator(seed=3).run([pub, pub], precision=0.5).result()
    assert not np.array_equal(two[0].data.evs, two[1].data.evs)
    assert np.std(Estimator(default_precision=0.2).run([pub[:3]]).result()[0].data.evs) > 0.15


def test_noise_lowers_values_and_says_how_sure_it_is():
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    noisy = Estimator(noise=qsetu.NoiseModel(two_qubit=qsetu.Depolarizing(0.1)), seed=1, trajectories=4000)
    data = noisy.run([(circuit, ["ZZ", "XX"])]).result()[0].data
    assert (np.abs(data.evs - 0.9) < 5 * data.stds).all() and (data.stds > 0).all()


def test_a_circuit_that_changed_in_place_is_read_again():
    mine, circuit = Estimator(), QuantumCircuit(2)
    circuit.x(0)
    change = [
        lambda: circuit.x(0),
        lambda: setattr(circuit, "global_phase", 0.5),
        lambda: circuit.data.__setitem__(0, circuit.data[1]),
        lambda: circuit.h(1),
        circuit.data.pop,
    ]
    for alter in [lambda: None, *change]:
        alter()
        expected = Statevector(circuit).expectation_value(SparsePauliOp("XZ")).real
        for _ in range(2):
            assert mine.run([(circuit, "XZ")]).result()[0].data.evs == pytest.approx(expected, abs=1e-12)


def test_estimator_errors():
    measured = QuantumCircuit(1, 1)
    measured.measure(0, 0)
    measured.x(0)
    with pytest.raises(qsetu.QsetuError, match="gate on qubit 0 after its measurement"):
        Estimator().run([(measured, "Z")]).result()
    looped = QuantumCircuit(1, 1)
    with looped.while_loop((looped.clbits[0], 0)):
        looped.measure(0, 0)
    with pytest.raises(qsetu.QsetuError, match=r"pubs\[1\].*while_loop"):
        Estimator().run([(QuantumCircuit(1), "Z"), (looped, "Z")]).result()
    for wrong in ({"default_precision": -1}, {"seed": -1}, {"trajectories": 1}):
        with pytest.raises(qsetu.QsetuError, match=next(iter(wrong))):
            Estimator(**wrong)


# -- Sampler ----------------------------------------------------------------------------------------


def test_samples_follow_the_state_register_by_register():
    low, high = ClassicalRegister(1, "low"), ClassicalRegister(2, "high")
    circuit = QuantumCircuit(QuantumRegister(3), high, low)
    circuit.ry(0.8, 0)
    circuit.cry(1.3, 0, 1)
    circuit.x(2)
    circuit.measure([0, 1, 2], [low[0], high[1], high[0]])
    data = Sampler(seed=1).run([circuit], shots=20_000).result()[0].data
    probabilities = np.abs(Statevector(circuit.remove_final_measurements(inplace=False)).data) ** 2
    joined = data.high.array[:, 0].astype(int) >> 1 | (data.low.array[:, 0].astype(int) << 1)
    assert (data.high.array[:, 0] & 1 == 1).all()  # qubit 2 is 1
    expected = np.zeros(4)
    for index, probability in enumerate(probabilities):
        expected[(index >> 1 & 1) | (index & 1) << 1] += probability
    assert far(joined, expected) < 4
    assert set(data.high.get_counts()) <= {"01", "11"}


def test_parameter_rows_keep_their_shape_and_place():
    circuit = QuantumCircuit(9)
    angle = qiskit.circuit.Parameter("angle")
    circuit.rx(angle, 8)
    circuit.measure_all()
    rows = np.array([[[0.0], [np.pi], [0.0]], [[np.pi], [0.0], [np.pi]]])
    bits = Sampler().run([(circuit, rows)], shots=7).result()[0].data.meas
    assert bits.shape == (2, 3) and bits.num_shots == 7 and bits.num_bits == 9
    ones = np.array([[bits[i, j].get_counts() for j in range(3)] for i in range(2)])
    assert all(
        counts == {("1" if rows[place][0] else "0") + "0" * 8: 7} for place, counts in np.ndenumerate(ones)
    )


def test_pubs_of_a_circuit_are_one_call(monkeypatch):
    calls = []
    real = sampler.sample_bits

    def counted(circuit, params, **options):
        calls.append((len(params), options["shots"]))
        return real(circuit, params, **options)

    monkeypatch.setattr(sampler, "sample_bits", counted)
    circuit = ansatz()
    circuit.measure_all()
    rows = values(circuit, 5)
    pubs = [(circuit, row) for row in rows] + [(circuit, rows[0], 50)]
    found = Sampler(seed=2).run(pubs, shots=4000).result()
    assert calls == [(5, 4000), (1, 50)]
    for row, result in zip(rows, found, strict=False):
        state = Statevector(circuit.remove_final_measurements(inplace=False).assign_parameters(row))
        assert far(result.data.meas.array[:, 0].astype(int), state.probabilities()) < 4
    assert found[5].data.meas.num_shots == 50 and found[5].metadata["shots"] == 50
    again = Sampler(seed=2).run(pubs, shots=4000).result()
    np.testing.assert_array_equal(again[3].data.meas.array, found[3].data.meas.array)


def test_sampling_follows_outcomes_and_many_bits():
    circuit = QuantumCircuit(2, 70)
    circuit.h(0)
    circuit.measure(0, 69)
    with circuit.if_test((circuit.clbits[69], 1)):
        circuit.x(1)
    circuit.measure(1, 3)
    bits = Sampler(seed=1).run([circuit], shots=4000).result()[0].data.c
    found = bits.to_bool_array(order="little")
    np.testing.assert_array_equal(found[:, 69], found[:, 3])
    assert abs(found[:, 3].mean() - 0.5) < 0.05 and found[:, [0, 1, 2, 4]].sum() == 0


def test_a_circuit_that_measures_nothing_warns():
    with pytest.warns(UserWarning, match=r"pubs\[0\] measures nothing"):
        result = Sampler().run([QuantumCircuit(1)]).result()
    assert len(result[0].data) == 0
    with pytest.raises(qsetu.QsetuError, match="default_shots"):
        Sampler(default_shots=0)


# -- Backend ----------------------------------------------------------------------------------------


def test_backend_counts_memory_and_states():
    backend = Backend()
    circuit = QuantumCircuit(QuantumRegister(2), ClassicalRegister(1, "a"), ClassicalRegister(1, "b"))
    circuit.ry(0.8, 0)
    circuit.x(1)
    circuit.measure([0, 1], [0, 1])
    bell = QuantumCircuit(2, global_phase=0.3)
    bell.h(0)
    bell.cx(0, 1)
    job = backend.run([circuit, bell, circuit], shots=5000, memory=True, seed_simulator=7)
    result = job.result(timeout=60)
    assert job.status() is JobStatus.DONE and result.success and job.backend() is backend
    counts = result.get_counts(0)
    assert set(counts) == {"1 0", "1 1"} and sum(counts.values()) == 5000
    assert counts["1 1"] / 5000 == pytest.approx(np.sin(0.4) ** 2, abs=0.03)
    assert result.get_memory(0).count("1 1") == counts["1 1"]
    assert counts != result.get_counts(2)  # each circuit has chance of its own
    np.testing.assert_allclose(result.get_statevector(1), Statevector(bell), atol=1e-6)
    again = backend.run(circuit, shots=5000, seed_simulator=7).result()
    assert again.get_counts() == counts and "memory" not in again.results[0].data.to_dict()


def test_counts_of_many_bits_name_the_right_ones():
    circuit = QuantumCircuit(2, 19)
    circuit.x([0, 1])
    circuit.measure([0, 1], [1, 17])
    result = Backend().run(circuit, shots=3, memory=True).result()
    bits = "".join("1" if c in (1, 17) else "0" for c in reversed(range(19)))
    assert result.get_counts() == {bits: 3} and result.get_memory() == [bits] * 3


def test_transpiling_for_the_backend_leaves_its_gates_alone():
    backend = Backend(5)
    assert backend.num_qubits == 5 and Backend().num_qubits is None
    circuit = ansatz()
    circuit.measure_all()
    bound = circuit.assign_parameters(values(circuit))
    made = transpile(bound, backend, optimization_level=0)
    counts = backend.run(made, shots=20_000, seed_simulator=1).result().get_counts()
    state = Statevector(bound.remove_final_measurements(inplace=False))
    samples = np.repeat([int(bits, 2) for bits in counts], list(counts.values()))
    assert far(samples, state.probabilities()) < 4
    conditional = QuantumCircuit(1, 1)
    conditional.reset(0)
    with conditional.if_test((conditional.clbits[0], 0)):
        conditional.x(0)
    conditional.measure(0, 0)
    assert transpile(conditional, backend).count_ops()["if_else"] == 1
    assert backend.run(transpile(conditional, backend)).result().get_counts() == {"1": 1024}


def test_qiskits_primitives_run_on_the_backend():
    circuit = ansatz()
    row = values(circuit)
    expected = Statevector(circuit.assign_parameters(row)).expectation_value(WIDE).real
    run = BackendEstimatorV2(backend=Backend(), options={"default_precision": 0.01, "seed_simulator": 1})
    assert run.run([(circuit, WIDE, row)]).result()[0].data.evs == pytest.approx(expected, abs=0.06)
    circuit.measure_all()
    bits = BackendSamplerV2(backend=Backend()).run([(circuit, row)], shots=100).result()[0].data.meas
    assert bits.num_shots == 100


def test_backend_errors():
    backend = Backend()
    with pytest.raises(qsetu.QsetuError, match="open parameters"):
        backend.run(ansatz())
    with pytest.raises(qsetu.QsetuError, match="shotz"):
        backend.run(QuantumCircuit(1), shotz=3)
    with pytest.raises(qsetu.QsetuError, match="shots"):
        backend.run(QuantumCircuit(1), shots=0)
    with pytest.raises(qsetu.QsetuError, match="QuantumCircuit"):
        backend.run(["h 0"])
    wide = QuantumCircuit(62, 1)
    wide.h(0)
    wide.measure(0, 0)
    job = backend.run(wide)
    with pytest.raises(qsetu.QsetuError, match="memory"):
        job.result()
    assert job.status() is JobStatus.ERROR


# -- packages that use them -------------------------------------------------------------------------


def test_qiskit_machine_learning_runs_unchanged():
    pytest.importorskip("qiskit_machine_learning")
    from qiskit_machine_learning.algorithms import VQC
    from qiskit_machine_learning.kernels import FidelityQuantumKernel, FidelityStatevectorKernel
    from qiskit_machine_learning.neural_networks import EstimatorQNN, SamplerQNN
    from qiskit_machine_learning.optimizers import COBYLA
    from qiskit_machine_learning.state_fidelities import ComputeUncompute

    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (8, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    kernel = FidelityQuantumKernel(
        feature_map=zz_feature_map(2), fidelity=ComputeUncompute(Sampler(seed=1, default_shots=20_000))
    ).evaluate(x)
    whole = FidelityStatevectorKernel(feature_map=zz_feature_map(2)).evaluate(x)
    np.testing.assert_allclose(kernel, whole, atol=0.02)
    model = VQC(
        feature_map=zz_feature_map(2, reps=1),
        ansatz=real_amplitudes(2, reps=1),
        optimizer=COBYLA(maxiter=10),
        sampler=Sampler(seed=1),
    )
    assert 0 <= model.fit(x, y).score(x, y) <= 1
    circuit = zz_feature_map(2).compose(real_amplitudes(2, reps=1))
    weights, inputs = list(circuit.parameters)[:4], list(circuit.parameters)[4:]
    parts = {"circuit": circuit, "input_params": inputs, "weight_params": weights}
    exact = {**parts, "default_precision": 0.0}
    theta = rng.uniform(-1, 1, 4)
    ours, theirs = (EstimatorQNN(**exact, estimator=run) for run in (Estimator(), StatevectorEstimator()))
    np.testing.assert_allclose(ours.forward(x, theta), theirs.forward(x, theta), atol=1e-10)
    np.testing.assert_allclose(ours.backward(x, theta)[1], theirs.backward(x, theta)[1], atol=1e-10)
    shares = SamplerQNN(**parts, sampler=Sampler(seed=1)).forward(x, theta)
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_qiskit_algorithms_run_unchanged():
    pytest.importorskip("qiskit_algorithms")
    from qiskit_algorithms import QAOA, VQE, NumPyMinimumEigensolver
    from qiskit_algorithms.optimizers import COBYLA, SLSQP

    energy = SparsePauliOp(["ZZI", "IZZ", "XII", "IXI", "IIX"], [1, 1, 0.5, 0.5, 0.5])
    exact = NumPyMinimumEigensolver().compute_minimum_eigenvalue(energy).eigenvalue
    start = np.random.default_rng(1).uniform(-1, 1, 12)
    found = VQE(Estimator(), real_amplitudes(3), SLSQP(maxiter=60), initial_point=start)
    assert found.compute_minimum_eigenvalue(energy).eigenvalue == pytest.approx(exact, abs=0.05)
    chain = SparsePauliOp(["ZZI", "IZZ"], [1, 1])
    solver = QAOA(Sampler(seed=1), COBYLA(maxiter=8), initial_point=[0.3, 0.4])
    result = solver.compute_minimum_eigenvalue(chain)
    assert -2 <= result.eigenvalue <= 2


def test_distribution_of_a_measured_circuit_is_what_the_sampler_draws():
    from outcomes import random_measured

    circuit = random_measured(5, depth=8)
    circuit = circuit.bind([0.3, -0.8][: circuit.num_params])
    bits = Sampler(seed=4).run([qsetu.to_qiskit(circuit)], shots=20_000).result()[0].data.c
    assert far(bits.array[:, 0].astype(int), distribution(circuit)) < 4
