"""Passes over a large state, ours and those of a plain cut: what they count."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from qsetu.compiler import compile_circuit
from qsetu.engines import get_engine
from qsetu_benchmarks.traffic import gate_operations, greedy_passes

pytest.importorskip("qsetu.engines.native._native")


def layer(num_qubits: int) -> qsetu.Circuit:
    circuit = qsetu.Circuit(num_qubits)
    for q in range(num_qubits):
        circuit = circuit.h(q)
    for q in range(num_qubits):
        circuit = circuit.cz(q, (q + 1) % num_qubits)
    for q in range(num_qubits):
        circuit = circuit.ry(0.1 + q, q)
    return circuit


def test_passes_are_those_that_the_blocks_need():
    engine = get_engine("native")
    assert engine.passes(compile_circuit(layer(13))) == 0  # stays in cache
    # Two blocks of 15 qubits hold the 20 of RY. CZ needs none of them, and the H are written down.
    assert engine.passes(compile_circuit(layer(20))) == 2


def test_operations_of_gates_by_their_kind():
    of = lambda circuit: gate_operations(circuit) / 2**circuit.num_qubits  # noqa: E731
    empty = qsetu.Circuit(5)
    assert of(empty.ry(0.3, 0)) == of(empty.h(0)) == 8  # real
    assert of(empty.rx(0.3, 0)) == of(empty.u(0.1, 0.2, 0.3, 0)) == 16
    assert of(empty.rz(0.3, 0)) == of(empty.rzz(0.3, 0, 1)) == 6
    assert of(empty.x(0)) == of(empty.cx(0, 1)) == of(empty.swap(0, 1)) == 0
    assert of(empty.unitary(np.eye(4), [0, 1])) == 32
    # A control leaves half of the amplitudes alone.
    assert of(empty.ry(0.3, 0, controls=[1, 2])) == 2
    assert gate_operations(empty.h(0).rz(0.1, 1)) == (8 + 6) * 2**5


def test_the_greedy_cut_counts_what_mixes():
    assert greedy_passes(layer(15)) == 1
    # In order: H on 0-14; H on 15-19 with RY on 0-9; RY on 10-19. CZ mixes nothing.
    assert greedy_passes(layer(20)) == 3
