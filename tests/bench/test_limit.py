"""The figures of benchmarks/limit.py: what they count."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import qsetu
from qsetu.compiler import compile_circuit
from qsetu.engines import get_engine

pytest.importorskip("qsetu.engines.native._native")
ROOT = Path(__file__).parents[2]


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


def test_the_greedy_cut_counts_what_mixes(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from limit import greedy_passes

    assert greedy_passes(layer(15)) == 1
    # In order: H on 0-14; H on 15-19 with RY on 0-9; RY on 10-19. CZ mixes nothing.
    assert greedy_passes(layer(20)) == 3


def test_it_prints_a_row_for_each_circuit():
    out = subprocess.run(
        [sys.executable, "benchmarks/limit.py", "--sizes=16", "--families=random_grid", "--rounds=1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert out.returncode == 0, out.stderr
    assert all(word in out.stdout for word in ("random_grid", "GB/s", "GFlop/s", "Most memory held"))


@pytest.mark.parametrize(
    "wrong", ["--sizes=13", "--sizes=many", "--sizes=", "--families=nonsense", "--rounds=0"]
)
def test_wrong_input_is_named(wrong):
    command = [sys.executable, "benchmarks/limit.py", wrong]
    out = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert out.returncode == 2
    assert wrong.split("=")[0] in out.stderr.splitlines()[-1] and "Traceback" not in out.stderr
