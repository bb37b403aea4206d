"""The suite `scaling`: what it concludes from points, by hand, and that it runs from start to end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from race_samples import timed_case

import qsetu
from qsetu.bench import Asked, Options, run_suite
from qsetu.core.errors import ArgumentError
from qsetu_benchmarks import scaling
from qsetu_benchmarks.circuits import hardware_efficient
from qsetu_benchmarks.scaling.findings import cost_of_a_gate, findings, on_paper
from qsetu_benchmarks.scaling.nodes import ARCHER2, Node, exchanges, extrapolated

CASES = Path(__file__).parents[2] / "benchmarks" / "qsetu_benchmarks"


def point(axis: str, series: str, value: int, seconds: float, memory: int | None = None, **facts):
    facts = {"qubits": 10, "gates": 100, "engine": "native", **facts}
    case = timed_case(
        f"{axis}/{series}/{value}",
        [[seconds] * 3],
        [[1.0] * 3],
        facts={"axis": axis, "series": series, "value": value, **facts},
    )
    ours = case.ours.model_copy(update={"memory_bytes": memory})
    return case.model_copy(update={"candidates": [ours, *case.candidates[1:]]})


def found(about: str, cases) -> dict[str, float]:
    return {one.what: one.value for one in findings(cases) if one.about == about}


def test_exponents_of_each_axis_are_those_of_its_points():
    cases = [
        *(point("qubits", "f", n, 1e-9 * 2.0 ** (0.9 * n)) for n in (20, 16, 18)),
        *(point("depth", "native", d, 1e-3 * d**1.1) for d in (10, 100, 1000)),
        *(point("rows", "values", r, 1e-3 * r**0.5) for r in (1, 4, 16)),
        *(point("threads", "state", t, 8 * t**-0.75) for t in (1, 2, 4)),
        *(point("rows", "too few", r, 1.0) for r in (1, 4)),
    ]
    exponents = found("exponents", cases)
    assert exponents == pytest.approx(
        {
            "f, 16 to 20 qubits: time ~ 2^(a n): a": 0.9,
            "native, 10 to 1000 layers: time ~ layers^b: b": 1.1,
            "values, 1 to 16 rows: time ~ rows^c: c": 0.5,
            "state, 1 to 4 threads: time ~ threads^-d: d": 0.75,
        }
    )
    assert found("threads", cases) == pytest.approx({"state: 4 threads": 4**0.75})


def test_weak_scaling_is_of_time_for_a_gate():
    cases = [
        point("devices", "gpu", 1, 1.0, gates=100),
        point("devices", "gpu", 2, 1.5, gates=120, qubits=11),
    ]
    assert found("weak scaling", cases) == pytest.approx({"2 devices (gpu), 11 qubits": 0.8})


def test_predictions_are_held_against_what_was_measured():
    state = 2**23 * 8
    cases = [
        point("explain", "a", 1, 2.0, predicted_seconds=1.0, predicted_bytes=10),
        point("explain", "b", 2, 1.0, predicted_seconds=3.0, predicted_bytes=10),
        point("explain", "c", 3, 1.0, 5, predicted_seconds=1.0, predicted_bytes=10),
        point("explain", "d", 3, 1.0, state // 4, predicted_seconds=1.0, predicted_bytes=state),
        point("explain", "e", 3, 4.0, engine="xla", predicted_seconds=1.0, predicted_bytes=10),
        point("devices", "f", 3, 99.0),
    ]
    assert found("explain", cases) == {
        "native: predicted time off by": 1.5,
        "native: predicted memory off by": 4.0,
        "xla: predicted time off by": 4.0,
    }
    line = next(one for one in findings(cases) if one.what == "native: predicted time off by")
    assert "of 4, 75% within 2; at worst 3.00: explain/b/2" in line.found


def test_memory_is_told_of_large_states_alone():
    cases = [
        point("qubits", "f", n, 1.0, memory, qubits=n)
        for n, memory in ((12, 2**30), (22, 8 * 2**22), (23, 12 * 2**23))
    ]
    assert found("memory", cases) == {"peak over the size of the state": 1.5}


def test_extrapolation_by_hand():
    # 2^8 amplitudes of 8 bytes, twice, are 4,096 bytes: 128 in each of 32 nodes, 64 in each of 64.
    circuit = qsetu.Circuit(8)
    for q in range(8):
        circuit = circuit.ry(0.1, q)
    it = extrapolated(circuit, 1e-3, Node(memory=100.0, network=100.0, usable=1.0, speed=2.0))
    assert (it.nodes, it.state_bytes, it.node_bytes) == (64, 2048.0, 64.0)
    # Two qubits of eight are local at a time: three exchanges of 63/64 of 32 bytes.
    assert it.exchanges == 3
    assert it.compute == pytest.approx(1e-3 * 8 * 256 / 64 / 2)
    assert it.network == pytest.approx(3 * 63 / 64 * 32 / 100)
    assert it.seconds == it.compute + it.network
    one = extrapolated(circuit, 1e-3, Node(memory=2048.0, network=100.0, usable=1.0))
    assert (one.nodes, one.exchanges, one.network, one.node_bytes) == (1, 0, 0.0, 2048.0)
    assert extrapolated(circuit, 1e-3, Node(memory=2276.0, network=100.0)).nodes == 1
    assert extrapolated(circuit, 1e-3, Node(memory=2275.0, network=100.0)).nodes > 1


@pytest.mark.parametrize(
    ("gates", "local", "times"),
    [
        (lambda c: c.h(0).h(1).cz(1, 3).cp(0.2, 2, 3), 2, 0),  # phases and controls cost nothing
        (lambda c: c.h(0).h(1).cx(3, 0), 2, 0),
        (lambda c: c.h(0).h(1).cx(0, 3), 2, 1),
        (lambda c: c.h(0).h(1).h(2).h(3), 2, 1),
        (lambda c: c.h(0).h(1).h(2).cx(2, 0).h(0), 2, 1),
        (lambda c: c.h(0).h(1).h(2).h(0).h(1), 2, 1),  # what runs out of turn needs no exchange of its own
        (lambda c: c.h(0).h(1).h(2).h(3).cx(2, 0).h(1), 2, 2),
        (lambda c: c, 2, 0),
    ],
    ids=["phases", "controls", "target", "layer", "behind", "turn", "back", "empty"],
)
def test_exchanges_are_those_that_mixing_needs(gates, local, times):
    assert exchanges(gates(qsetu.Circuit(4)), local) == times


def test_a_gate_wider_than_a_node_is_refused():
    with pytest.raises(ArgumentError, match="'local' must be at least 2"):
        exchanges(qsetu.Circuit(3).swap(0, 1), 1)


def test_large_sizes_are_told_from_the_widest_state_and_called_paper():
    cases = [
        point("qubits", "hardware-efficient", n, 1e-9 * 48 * 2**n, qubits=n, gates=48) for n in (20, 22, 16)
    ]
    assert cost_of_a_gate(cases, "hardware-efficient")[0] == pytest.approx(1e-9)
    lines = on_paper(cases)
    assert [line.what.split(", ")[1] for line in lines] == [f"{n} qubits" for n in (36, 38, 40, 42, 44)]
    assert {line.about for line in lines} == {"extrapolation on paper"}
    assert all(line.how.startswith("nothing of this ran") for line in lines)
    circuit = hardware_efficient(40, 4)
    it = extrapolated(circuit, 1e-9, ARCHER2)
    assert lines[2].value == pytest.approx(it.seconds)
    assert it.compute == pytest.approx(1e-9 * len(circuit) * 2**40 / it.nodes)
    assert it.node_bytes <= 0.9 * 256e9 < 2 * it.node_bytes
    # A state that stays in a cache says nothing about memory.
    assert not on_paper(cases[2:])


def test_threads_are_an_axis_of_processes_of_their_own():
    entries = {e.name: e for e in scaling.SUITE.entries(Options(6)) if e.name.startswith("threads/")}
    assert {e.threads for e in entries.values()} == {1, 2, 4, 6}
    assert all(e.name.endswith(f"/{e.threads}") for e in entries.values())
    assert len({e.name for e in entries.values()}) == 8


@pytest.mark.slow
def test_the_quick_form_runs_and_concludes():
    record = run_suite(Asked("scaling", quick=True, threads=2, cases=CASES))
    assert not record.failures
    axes = {case.facts["axis"] for case in record.cases}
    assert axes == {"qubits", "depth", "rows", "threads", "devices", "explain"}
    for case in record.cases:
        if case.facts["axis"] == "threads":
            assert case.threads == case.facts["value"]
        else:
            assert case.threads == 2
        assert np.isfinite(case.ours.error)
    about = {one.about for one in record.findings}
    assert about == {"exponents", "threads", "compiling", "weak scaling", "explain"}


def test_devices_are_pretended_on_top_of_the_flags_that_were_set(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--one")
    (entry, *_) = (e for e in scaling.SUITE.entries(Options(2)) if e.name.startswith("devices/"))
    assert entry.environment["XLA_FLAGS"] == "--one --xla_force_host_platform_device_count=8"
