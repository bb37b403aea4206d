"""The races: circuits arrive whole, a wrong answer ends them, and a small one runs from start to end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import qsetu

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _benchmarks_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))


def test_circuits_from_qiskit_keep_their_state():
    from qiskit import QuantumCircuit
    from qiskit.circuit.library import MCXGate, PermutationGate, QFTGate
    from qiskit.quantum_info import Statevector

    from race.from_qiskit import converted
    from race.timing import infidelity

    circuit = QuantumCircuit(4)
    for q in range(4):
        circuit.u(0.3 + q, 0.2, -0.7 * q, q)
    circuit.append(MCXGate(3, ctrl_state=5), [2, 0, 3, 1])
    circuit.append(QFTGate(3), [3, 1, 0])
    circuit.append(PermutationGate([2, 0, 1]), [0, 1, 3])
    circuit.cu(0.1, 0.2, 0.3, 0.4, 2, 1)
    circuit.rccx(0, 2, 3)
    circuit.append(QuantumCircuit(1, global_phase=0.5).to_gate().control(1), [0, 1])
    expected = Statevector(circuit).data
    circuit.measure_all()
    made, count = converted(circuit, 1000)
    assert count == len(made)
    assert infidelity(qsetu.statevector(made, dtype="complex128"), expected) < 1e-12
    assert len(converted(circuit, 7)[0]) == 7


def test_circuits_that_measure_before_the_end_are_refused():
    from qiskit import QuantumCircuit

    from race.from_qiskit import NotUnitary, converted

    circuit = QuantumCircuit(2, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.x(0)
    with pytest.raises(NotUnitary, match="before the end"):
        converted(circuit, 10)


@pytest.mark.parametrize("peer", ["qsim", "aer", "lightning", "qulacs", "scaluq"])
@pytest.mark.parametrize("family", ["random_grid", "quantum_volume", "su4_brickwork"])
def test_peers_agree_with_the_oracle_where_they_are_installed(peer, family):
    from race import roster
    from race.families import build
    from race.timing import infidelity

    if reason := roster.missing(peer):
        pytest.skip(reason)
    circuit = build(family, 5).circuit.x(4, controls=[0, 1, 2]).cp(0.3, 1, 4).rzx(0.2, 3, 0)
    expected = qsetu.statevector(circuit, engine="reference", dtype="complex128")
    (module,) = roster.adapters("states", (peer,))
    for who in module.states(circuit, 2):
        assert infidelity(who.answer(who.run()), expected) < 1e-5, who.name
        assert infidelity(who.answer(who.run()), expected) < 1e-5, f"{who.name}, called again"


def test_a_wrong_answer_ends_a_race_before_anything_is_timed():
    from race.candidate import Candidate
    from race.timing import Case, WrongAnswer, infidelity, race

    right, wrong, calls = np.array([1, 0j]), np.array([0, 1 + 0j]), []
    peer = Candidate("peer", "", "complex64", lambda: (calls.append("peer"), wrong)[1])
    ours = Candidate("qsetu", "", "complex64", lambda: (calls.append("ours"), right)[1])
    case = Case(
        "circuits", "c", "mqt", 1, 1, 1, ours, None, (lambda: [peer],), infidelity, {"complex64": 1e-4}
    )
    with pytest.raises(WrongAnswer, match="peer is off by 1"):
        race(case, 3, 1.0, lambda line: None)
    assert calls == ["ours", "peer"]


def test_hopeless_peers_and_settings_are_not_timed(monkeypatch):
    from race.candidate import Candidate
    from race.timing import Case, infidelity, race

    now, state = [0.0], np.array([1, 0j])
    monkeypatch.setattr("time.perf_counter", lambda: now[0])

    def taking(name: str, setting: str, seconds: float) -> Candidate:
        def run() -> np.ndarray:
            now[0] += seconds
            return state

        return Candidate(name, setting, "complex64", run)

    peers = [taking("a", "1", 2.0), taking("a", "2", 3.0), taking("b", "", 19.0), taking("c", "", 21.0)]
    case = Case(
        "circuits", "c", "mqt", 1, 1, 1, taking("qsetu", "", 1.0), None, (lambda: peers,), infidelity,
        {"complex64": 1e-4},
    )  # fmt: skip
    from qsetu.bench import measure

    monkeypatch.setattr(
        "race.timing.measure", lambda calls, **options: measure(calls, clock=lambda: now[0], **options)
    )
    outcome = race(case, 3, 1000.0, lambda line: None)
    assert outcome.new is None and outcome.ratio.value == outcome.warm == 2.0
    assert set(outcome.peers) == {"a (1)", "b"}
    assert outcome.dropped == {"c": 10.5}
    assert (outcome.best, outcome.ratio.value) == ("a (1)", 2.0)


@pytest.mark.slow
def test_the_quick_form_runs_from_start_to_end(tmp_path):
    out = subprocess.run(
        [
            sys.executable,
            "benchmarks/peers.py",
            "--quick",
            "--sizes",
            "8",
            "--json",
            str(tmp_path / "races.json"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "150"},
        timeout=300,
    )
    assert out.returncode == 0, out.stderr
    assert "no circuit slower than its best peer" in out.stdout
    data = json.loads((tmp_path / "races.json").read_text())
    assert data["format"] == "qsetu.benchmark"
    assert data["races"] and set(data["races"]) == set(data["cases"])


def test_a_circuit_that_is_raced_once_pays_for_its_compilation(monkeypatch):
    from qsetu.bench import measure
    from race.candidate import Candidate
    from race.timing import Case, infidelity, race

    now, state = [0.0], np.array([1, 0j])
    monkeypatch.setattr("time.perf_counter", lambda: now[0])

    def run(seconds: float):
        now[0] += seconds
        return state

    ours, peer = (
        Candidate(name, "", "complex64", lambda s=s: run(s)) for name, s in (("qsetu", 1.0), ("peer", 6.0))
    )
    allowed = {"complex64": 1e-4}
    case = Case(
        "circuits", "c", "mqt", 1, 1, 1, ours, lambda: run(1.5), (lambda: [peer],), infidelity, allowed
    )  # fmt: skip
    monkeypatch.setattr(
        "race.timing.measure", lambda calls, **options: measure(calls, clock=lambda: now[0], **options)
    )
    outcome = race(case, 3, 1000.0, lambda line: None)
    assert (outcome.warm, outcome.ratio.value, outcome.compile_share) == (6.0, 4.0, 0.5)
    assert set(outcome.peers) == {"peer"}
