"""Passes over a large state, ours and those of a plain cut: what they count."""

from __future__ import annotations

import pytest

import qsetu
from qsetu.compiler import compile_circuit
from qsetu.engines import get_engine
from qsetu_benchmarks.traffic import greedy_passes

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


def test_the_greedy_cut_counts_what_mixes():
    assert greedy_passes(layer(15)) == 1
    # In order: H on 0-14; H on 15-19 with RY on 0-9; RY on 10-19. CZ mixes nothing.
    assert greedy_passes(layer(20)) == 3
