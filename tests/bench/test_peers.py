"""The declared suites: circuits arrive whole, peers agree with the oracle, goals mean what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from race_samples import timed_case

import qsetu
from qsetu.bench import Asked, Options, infidelity, run_suite
from qsetu.bench.discover import find_suites
from qsetu.bench.records import RatioRecord
from qsetu_benchmarks import roster, small_qasm
from qsetu_benchmarks.families import build
from qsetu_benchmarks.goals import goals
from qsetu_benchmarks.peers_suite import BATCH_PEERS, GRADIENT_PEERS, STATE_PEERS
from qsetu_benchmarks.roster import adapter, missing

CASES = Path(__file__).parents[2] / "benchmarks" / "qsetu_benchmarks"


def test_circuits_from_qiskit_keep_their_state():
    from qiskit import QuantumCircuit
    from qiskit.circuit.library import MCXGate, PermutationGate, QFTGate
    from qiskit.quantum_info import Statevector

    from qsetu_benchmarks.from_qiskit import converted

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

    from qsetu_benchmarks.from_qiskit import NotUnitary, converted

    circuit = QuantumCircuit(2, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.x(0)
    with pytest.raises(NotUnitary, match="before the end"):
        converted(circuit, 10)


@pytest.mark.parametrize("peer", ["qsim", "aer", "lightning", "qulacs", "scaluq"])
@pytest.mark.parametrize("family", ["random_grid", "quantum_volume", "su4_brickwork"])
def test_peers_agree_with_the_oracle_where_they_are_installed(peer, family):

    if reason := roster.missing(peer):
        pytest.skip(reason)
    circuit = build(family, 5).circuit.x(4, controls=[0, 1, 2]).cp(0.3, 1, 4).rzx(0.2, 3, 0)
    expected = qsetu.statevector(circuit, engine="reference", dtype="complex128")
    for who in roster.adapter(peer).states(circuit, 2):
        assert infidelity(who.answer(who.run()), expected) < 1e-5, who.name
        assert infidelity(who.answer(who.run()), expected) < 1e-5, f"{who.name}, called again"


def test_peers_that_shall_not_take_part_are_passed_over():
    circuit = build("random_grid", 3).circuit
    (shots,) = roster.builders("samples", ("aer",), Options(1), circuit, 10, 1)
    assert len(shots()) == 2
    assert not roster.builders("samples", ("aer",), Options(1, peers=("qsim",)), circuit, 10, 1)


@pytest.mark.parametrize("family", small_qasm.FAMILIES)
@pytest.mark.parametrize("num_qubits", [5, 8])
def test_families_of_qasmbench_are_whole_circuits_and_the_same_every_time(family, num_qubits):
    circuit = small_qasm.FAMILIES[family](num_qubits)
    assert circuit == small_qasm.FAMILIES[family](num_qubits)
    assert circuit.num_qubits == num_qubits
    state = qsetu.statevector(circuit, engine="reference", dtype="complex128")
    assert np.linalg.norm(state) == pytest.approx(1.0)
    assert np.count_nonzero(np.abs(state) > 1e-9) > 2 ** (num_qubits - 2)


def test_a_swap_test_measures_overlap():
    circuit = small_qasm.swap_test(5)
    angles = [op.angles[0].constant for op in circuit if op.name == "ry"]
    pairs = zip(angles[:2], angles[2:], strict=True)
    overlap = np.prod([np.cos((a - b) / 2) for a, b in pairs]) ** 2
    assert qsetu.expectation(circuit, "Z0", dtype="complex128") == pytest.approx(overlap)


def test_goals_are_judged_by_what_they_name():
    cases = [
        raced("circuits/qft/20", 5.0, {"width": 20, "family": "mqt"}),
        raced("circuits/ising/22", 3.5, {"width": 22, "family": "qasmbench"}),
        raced("circuits/quantum_volume/20", 1.5, {"width": 20, "family": "dense"}),
        raced("circuits/ghz/16", 0.9, {"width": 16, "family": "mqt"}),
        raced("batch/forward/8", 21.0, {}, group="batch forward"),
        raced("batch/gradient/8", 19.0, {}, group="batch gradient"),
        raced("gram/zz/10", 101.0, {}),
        raced("sampling/random_grid/24", 2.1, {}),
    ]
    found = {line.goal.split(":")[0].split(",")[0]: line.reached for line in goals(cases)}
    assert found == {
        "circuits of MQT Bench": True,
        "dense random": False,
        "all families": False,
        "no circuit slower than its best peer": False,
        "compilation under a tenth of the run": True,
        "batched forward": True,
        "batched value and gradient": False,
        "batches": False,
        "Gram": True,
        "sampling": True,
    }
    assert "4.18 over 2 cases" in goals(cases)[0].found


def raced(name: str, ratio: float, facts: dict, group: str = "g"):
    """A case whose best peer took `ratio` times as long as ours; the first call took a second."""
    case = timed_case(name, [[1.0]], [[1.0]], facts=facts)
    found = RatioRecord(value=ratio, low=ratio, high=ratio)
    return case.model_copy(update={"ratio": found, "best": "peer", "group": group})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suite", "options"),
    [
        ("smoke", {"only": ("expectation/8",)}),
        ("ci", {"count": False}),
        ("peers", {"sizes": (8,), "only": ("circuits/ising/8", "circuits/random_grid/8", "batch/forward/8")}),
        ("learn", {"only": ("estimators/kernel_ridge",)}),
    ],
    ids=["smoke", "ci", "peers", "learn"],
)
def test_the_quick_form_of_each_suite_is_right_and_timed(suite, options):
    record = run_suite(Asked(suite, quick=True, cases=CASES, **options))
    assert not record.failures
    assert record.cases and all(len(case.ours.samples) == 3 for case in record.cases)
    if suite != "ci":
        assert all(case.ratio.value > 0 for case in record.cases)
    if suite == "peers":
        assert len(record.cases) == 3
        assert any("circuit slower" in goal.goal for goal in record.goals)


def test_no_peer_is_asked_for_what_its_adapter_has_not():
    asked = {"states": STATE_PEERS, "expectations": BATCH_PEERS, "gradients": GRADIENT_PEERS}
    for function, peers in asked.items():
        for peer in peers:
            if missing(peer) is None:
                assert callable(getattr(adapter(peer), function, None)), (peer, function)


def test_the_package_declares_its_suites():
    assert {"smoke", "ci", "peers", "learn", "scaling", "gpu", "interop"} == set(find_suites(CASES))
    for suite in find_suites(CASES).values():
        names = [entry.name for entry in suite.entries(Options(2))]
        assert len(set(names)) == len(names) > 2


def test_suites_are_listed_where_the_native_engine_is_missing(monkeypatch):
    from qsetu_benchmarks import ci

    def missing(name: str):
        raise RuntimeError(f"{name} is not built")

    monkeypatch.setattr(ci, "get_engine", missing)
    assert "compile/new circuit" in {entry.name for entry in ci.SUITE.entries(Options(1))}
