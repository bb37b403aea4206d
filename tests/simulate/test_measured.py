"""Circuits that measure on their way, against every sequence of outcomes computed from definitions."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import qsetu
from outcomes import distribution, far, random_measured
from qsetu import Circuit, MeasuredCircuit, branches, param
from qsetu.circuits import Barrier, Condition, If, Measure, Reset
from support import FAST_ENGINES


@pytest.mark.parametrize("seed", range(25))
def test_frequencies_follow_the_outcomes(seed):
    circuit = random_measured(seed)
    params = np.random.default_rng(seed).uniform(-2, 2, (2, circuit.num_params))
    samples = qsetu.sample(circuit, params, shots=40_000, seed=seed)
    assert samples.shape == (2, 40_000)
    for row, drawn in zip(params, samples, strict=True):
        assert far(drawn, distribution(circuit, row)) < 4


@pytest.mark.parametrize("engine", [*FAST_ENGINES, "reference"])
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_every_engine_follows_outcomes(engine, dtype):
    circuit = random_measured(3)
    params = np.random.default_rng(3).uniform(-2, 2, circuit.num_params)
    samples = qsetu.sample(circuit, params, shots=5000, seed=1, engine=engine, dtype=dtype)
    assert far(samples, distribution(circuit, params)) < 4


@pytest.mark.parametrize("most", [1, 2, 5])
def test_rows_that_do_not_fit_together_run_one_after_the_other(most, monkeypatch):
    circuit = random_measured(7)
    params = np.zeros(circuit.num_params)
    monkeypatch.setattr(branches, "AMPLITUDES_AT_ONCE", most << circuit.num_qubits)
    samples = qsetu.sample(circuit, params, shots=20_000, seed=2)
    assert far(samples, distribution(circuit, params)) < 4


def test_shots_repeat_with_a_seed_and_their_order_means_nothing():
    circuit = MeasuredCircuit(1, 2, (*Circuit(1).h(0), Measure(0, 0), *Circuit(1).h(0), Measure(0, 1)))
    first = qsetu.sample(circuit, shots=4000, seed=5)
    assert (qsetu.sample(circuit, shots=4000, seed=5) == first).all()
    assert (qsetu.sample(circuit, shots=4000, seed=6) != first).any()
    halves = first[:2000], first[2000:]
    for half in halves:  # were shots in order of outcomes, one half would have none of two of them
        assert far(half, np.full(4, 0.25)) < 4
    assert abs(np.corrcoef(first[:-1], first[1:])[0, 1]) < 0.06


def test_teleportation_moves_a_state_and_its_expectation():
    angle = 0.7
    gates = Circuit(3).ry(param(0), 0).h(1).cx(1, 2).cx(0, 1).h(0)
    fix = [
        If(Condition((bit,), frozenset({1})), tuple(Circuit(3).append(gate, 2)))
        for bit, gate in ((1, "x"), (0, "z"))
    ]
    circuit = MeasuredCircuit(3, 3, (*gates, Measure(0, 0), Measure(1, 1), *fix, Measure(2, 2)))
    samples = qsetu.sample(circuit, [[angle], [2.1]], shots=50_000, seed=1)
    for drawn, theta in zip(samples, (angle, 2.1), strict=True):
        p = np.sin(theta / 2) ** 2
        assert np.mean(drawn >> 2 & 1) == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / 50_000))


def test_measurements_at_the_end_are_those_of_the_circuit():
    gates = Circuit(3).h(0).cx(0, 1).ry(param(0), 2)
    circuit = MeasuredCircuit(
        3,
        4,
        (
            Reset(1),
            *gates.operations[:2],
            Barrier((0, 1)),
            Measure(0, 3),
            *gates.operations[2:],
            Measure(2, 0),
        ),
    )
    assert circuit.why_dynamic is None and circuit.circuit == gates
    assert circuit.measurements == (Measure(0, 3), Measure(2, 0))
    samples = qsetu.sample(circuit, [0.4], shots=3000, seed=3)
    whole = qsetu.sample(gates, [0.4], shots=3000, seed=3)
    np.testing.assert_array_equal(samples, (whole & 1) << 3 | whole >> 2 & 1)
    np.testing.assert_array_equal(qsetu.statevector(circuit, [0.4]), qsetu.statevector(gates, [0.4]))
    assert qsetu.expectation(circuit, "Z2", [0.4]) == qsetu.expectation(gates, "Z2", [0.4])
    value, slope = qsetu.value_and_grad(circuit, "Z2", [0.4])
    assert slope.shape == (1,) and value == pytest.approx(np.cos(0.4), abs=1e-6)
    noise = qsetu.NoiseModel(qsetu.Depolarizing(0.1))
    assert qsetu.density_matrix(circuit, [0.4], noise=noise).shape == (8, 8)
    assert qsetu.noisy_expectation(circuit, "Z2", [0.4], noise=noise, seed=1).values < value
    assert qsetu.explain(circuit).operations == 3


@pytest.mark.parametrize(
    ("items", "why"),
    [
        ((Measure(0, 0), *Circuit(2).cx(1, 0)), "gate on qubit 0 after its measurement"),
        ((*Circuit(2).h(1), Reset(1)), "reset of qubit 1"),
        ((If(Condition((0,), frozenset({0})), tuple(Circuit(2).h(0))),), "condition on classical bits"),
    ],
)
def test_what_needs_outcomes_is_refused_by_name_where_there_are_none(items, why):
    circuit = MeasuredCircuit(2, 1, items)
    assert why in circuit.why_dynamic
    for call in (
        lambda: qsetu.statevector(circuit),
        lambda: qsetu.expectation(circuit, "Z0"),
        lambda: circuit.circuit,
        lambda: qsetu.sample(circuit, noise=qsetu.NoiseModel()),
    ):
        with pytest.raises(qsetu.QsetuError, match=why):
            call()


def test_a_register_wider_than_a_machine_word_is_compared_bit_by_bit():
    bits = tuple(range(70))
    flip = If(Condition(bits, frozenset({1 << 69})), tuple(Circuit(2).x(1)))
    circuit = MeasuredCircuit(2, 71, (*Circuit(2).x(0), Measure(0, 69), flip, Measure(1, 70)))
    found = qsetu.measure.sample_bits(circuit, shots=3, seed=1)
    assert found.shape == (3, 71) and found.dtype == np.uint8
    assert (found[:, 69:] == 1).all() and not found[:, :69].any()
    with pytest.raises(qsetu.QsetuError, match="62 classical bits"):
        qsetu.sample(circuit)


def test_hundreds_of_measurements_leave_no_state_too_small():
    once = (*Circuit(1).h(0), Measure(0, 0), If(Condition((0,), frozenset({1})), tuple(Circuit(1).x(0))))
    circuit = MeasuredCircuit(1, 2, (*once * 400, *Circuit(1).x(0), Measure(0, 1)))
    samples = qsetu.sample(circuit, shots=20, seed=1)
    assert (samples >> 1 == 1).all() and set(samples & 1) == {0, 1}


@pytest.mark.parametrize(("values", "holds"), [((5,), False), ((5, 1), True), ((), False), ((1, 3), True)])
def test_a_number_that_the_bits_cannot_hold_never_holds(values, holds):
    flip = If(Condition((0, 1), frozenset(values)), tuple(Circuit(2).x(1)))
    circuit = MeasuredCircuit(2, 3, (*Circuit(2).x(0), Measure(0, 0), flip, Measure(1, 2)))
    assert (qsetu.sample(circuit, shots=5) >> 2 == holds).all()


def test_value_semantics():
    circuit = random_measured(11)
    again = MeasuredCircuit(circuit.num_qubits, circuit.num_clbits, circuit.instructions)
    assert again == circuit and hash(again) == hash(circuit) and again.content_hash == circuit.content_hash
    assert pickle.loads(pickle.dumps(circuit)) == circuit
    assert random_measured(12).content_hash != circuit.content_hash
    values = [0.3, -1.2][: circuit.num_params]
    bound = circuit.bind(values)
    assert bound.num_params == 0
    np.testing.assert_allclose(distribution(bound), distribution(circuit, values), atol=1e-12)
    assert sum(circuit.count_ops().values()) >= len(circuit)
    assert "follows outcomes" in repr(circuit)


@pytest.mark.parametrize(
    ("items", "what"),
    [
        ((Measure(2, 0),), "qubit"),
        ((Measure(0, 1),), "clbit"),
        ((Reset(-1),), "qubit"),
        ((Barrier((0, 9)),), "qubit"),
        ((If(Condition((3,), frozenset({1})), ()),), "clbit"),
        ((If(Condition((0,), frozenset({1})), (Measure(5, 0),)),), "qubit"),
        (("measure",), "instructions"),
    ],
)
def test_what_does_not_fit_is_refused(items, what):
    with pytest.raises(qsetu.QsetuError, match=what):
        MeasuredCircuit(2, 1, items)
