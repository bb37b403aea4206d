"""Folding changes nothing but the number of gates, which it makes what it says."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, QsetuError
from support import random_circuit, random_params, scrambled

SCALES = (1, 1.2, 2, 2.7, 3, 4.4, 5)


def counted(circuit: Circuit, least: int) -> int:
    return sum(len(op.qubits) + len(op.controls) >= least for op in circuit)


@pytest.mark.parametrize(("folding", "least"), list(itertools.product(("global", "gates"), (1, 2))))
def test_folding_keeps_the_unitary_and_reaches_what_it_says(folding, least):
    for seed in range(6):
        circuit = random_circuit(3, 11, seed).cx(0, 1)
        params = random_params(circuit, 2)
        anywhere = scrambled(3, seed)
        expected = qsetu.statevector(anywhere.compose(circuit), params, dtype="complex128")
        gates = counted(circuit, least)
        for scale in SCALES:
            folded = qsetu.fold(circuit, scale, folding=folding, min_qubits=least)
            states = qsetu.statevector(anywhere.compose(folded), params, dtype="complex128")
            np.testing.assert_allclose(states, expected, atol=1e-12)
            reached = counted(folded, least) / gates
            assert abs(reached - scale) <= 1 / gates + 1e-12, "no other scale is nearer"
            if scale in (1, 3, 5):
                assert reached == scale


def test_global_folding_appends_the_inverse_and_the_circuit():
    circuit = random_circuit(2, 5, 1)
    there_and_back = circuit.compose(circuit.inverse()).compose(circuit)
    assert qsetu.fold(circuit, 1) == circuit
    assert qsetu.fold(circuit, 3) == there_and_back
    tail = Circuit.from_operations(2, circuit.operations[-2:])
    assert qsetu.fold(circuit, 1.8) == circuit.compose(tail.inverse()).compose(tail)
    assert qsetu.fold(circuit, 3.8) == there_and_back.compose(tail.inverse()).compose(tail)


def test_gates_are_folded_in_their_places_evenly():
    circuit = Circuit(12)
    for q in range(12):
        circuit = circuit.rx(q + 0.5, q)
    for scale, whole, rest in ((1.5, 0, 3), (3, 1, 0), (4, 1, 6), (2 / 3 + 1, 0, 4)):
        folded = qsetu.fold(circuit, scale, folding="gates")
        runs = [(q, list(group)) for q, group in itertools.groupby(folded, lambda op: op.qubits[0])]
        assert [q for q, _ in runs] == list(range(12))
        for q, ops in runs:
            signs = [op.angles[0].constant / (q + 0.5) for op in ops]
            assert signs == [1 if i % 2 == 0 else -1 for i in range(len(ops))]
        extra = np.cumsum([(len(ops) - 1) // 2 - whole for _, ops in runs])
        assert extra[-1] == rest
        np.testing.assert_array_less(np.abs(extra - np.arange(1, 13) * rest / 12), 1)


def test_only_gates_that_count_are_folded_one_by_one():
    circuit = Circuit(2).h(0).gphase(0.3).cx(0, 1).ry(0.2, 1).cz(1, 0)
    folded = qsetu.fold(circuit, 3, folding="gates", min_qubits=2)
    assert folded.count_ops() == {"h": 1, "gphase": 1, "cx": 3, "ry": 1, "cz": 3}
    assert qsetu.fold(circuit, 2, min_qubits=2).count_ops()["cz"] == 3
    assert qsetu.fold(Circuit(1).x(0).gphase(0.1), 3, folding="gates").count_ops() == {"x": 3, "gphase": 1}


TWO = Circuit(2).h(0).cx(0, 1)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: qsetu.fold("x", 3), "'circuit' must be a qsetu.Circuit"),
        (lambda: qsetu.fold(Circuit(1), 3), "'circuit' must have a gate on at least 1 qubit"),
        (lambda: qsetu.fold(Circuit(1).gphase(1.0), 3), "must have a gate on at least 1"),
        (lambda: qsetu.fold(Circuit(1).h(0), 3, min_qubits=2), "must have a gate on at least 2"),
        (lambda: qsetu.fold(TWO, 0.9), "'scale' must be a finite real number of at least 1.0"),
        (lambda: qsetu.fold(TWO, 1e7), "'scale' must be .* at most 5000000.0"),
        (lambda: qsetu.fold(TWO, 3, folding="local"), "'folding' must be one of gates, global"),
        (lambda: qsetu.fold(TWO, 3, min_qubits=0), "'min_qubits' must be an integer"),
    ],
)
def test_wrong_input_is_named(call, match):
    with pytest.raises(QsetuError, match=match):
        call()
