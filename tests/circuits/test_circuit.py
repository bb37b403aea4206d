"""Building, comparing, transforming and drawing circuits."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, param
from qsetu.circuits import ALIASES, GATES, Affine, generate_builders
from support import random_circuit

ISSUE_EXAMPLE = Circuit(3).h(0).cx(0, 1).ry(param(0), 2).rz(2 * param(1) + 0.1, 2)


def test_builders_are_fluent_and_leave_the_original_alone():
    first = Circuit(2).h(0)
    second = first.cx(0, 1)
    third = first.x(1)
    assert (len(first), len(second), len(third)) == (1, 2, 2)
    assert ISSUE_EXAMPLE.num_params == 2
    assert [op.name for op in ISSUE_EXAMPLE] == ["h", "cx", "ry", "rz"]
    with pytest.raises(AttributeError, match="immutable"):
        first.num_qubits = 3


def test_every_gate_and_alias_has_a_builder_equal_to_append():
    for name in [*GATES, *ALIASES]:
        gate = GATES[ALIASES[name].gate if name in ALIASES else name]
        controls = ALIASES[name].num_controls if name in ALIASES else 0
        angles = [0.1 * (i + 1) for i in range(gate.num_angles)]
        method = getattr(Circuit(4), name)
        if controls is None:
            built, qubits = method(*angles, [2, 0], 1), [2, 0, 1]
        else:
            qubits = list(range(gate.num_qubits + controls))
            built = method(*angles, *qubits)
        assert built == Circuit(4).append(name, qubits, angles), name


def test_builder_file_is_what_the_gate_table_says(tmp_path):
    written = Path(generate_builders.__file__).with_name("builders.py")
    fresh = tmp_path / "builders.py"
    fresh.write_text(generate_builders.render())
    config = Path(__file__).parents[2] / "pyproject.toml"
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", "--config", config, fresh], check=True)
    assert fresh.read_text() == written.read_text(), "run: python -m qsetu.circuits.generate_builders"


def test_equality_and_hash_follow_content():
    assert Circuit(3).ccx(0, 1, 2) == Circuit(3).x(2, controls=[1, 0]) == Circuit(3).cx(1, 2, controls=[0])
    assert hash(Circuit(3).ccx(0, 1, 2)) == hash(Circuit(3).x(2, controls=[1, 0]))
    assert Circuit(2).h(0) != Circuit(3).h(0)
    assert Circuit(2).rx(param(0), 0) != Circuit(2).rx(param(1), 0)
    matrix = GATES["h"].matrix()
    assert Circuit(1).unitary(matrix, 0) == Circuit(1).unitary(matrix.copy(), [0])
    assert Circuit(2).h(0) != "a circuit"


def test_content_hash_is_equal_in_another_process():
    code = (
        "from qsetu import Circuit, param;"
        "print(Circuit(3).h(0).cx(0,1).ry(param(0),2).rz(2*param(1)+0.1,2).content_hash)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == ISSUE_EXAMPLE.content_hash
    assert ISSUE_EXAMPLE.content_hash != ISSUE_EXAMPLE.h(0).content_hash


def test_pickle_round_trip_and_hostile_pickle():
    circuit = random_circuit(4, 30, 1)
    assert pickle.loads(pickle.dumps(circuit)) == circuit
    bad = object.__new__(Circuit)
    with pytest.raises(qsetu.QsetuError, match="qubit"):
        bad.__setstate__({"num_qubits": 1, "operations": circuit.operations})


def test_long_chains_are_linear_and_do_not_recurse():
    circuit = Circuit(1)
    for _ in range(100_000):
        circuit = circuit.x(0)
    assert len(circuit) == 100_000
    del circuit


def test_affine_arithmetic():
    angle = np.float64(2) * (param(1) - 0.5 * param(0)) / 4 + 1 - param(1) * 0.5
    assert angle == Affine(1.0, ((0, -0.25),))
    assert (3 - param(2)).evaluate(np.array([0, 0, 1.0])) == 2
    assert -param(0) + param(0) == Affine(0.0)
    assert hash(-1.0 * Affine(0.0)) == hash(Affine(0.0))
    with pytest.raises(qsetu.QsetuError, match="slot"):
        param(-1)


def test_shift_compose_remap_bind():
    ansatz = Circuit(2).ry(param(0), 0).cx(0, 1)
    both = ansatz.compose(ansatz.shift_params(1))
    assert both.num_params == 2
    wide = Circuit(4).compose(ansatz, [3, 1])
    assert wide == Circuit(4).ry(param(0), 3).cx(3, 1)
    np.testing.assert_allclose(
        qsetu.statevector(both.bind([0.3, 0.5])), qsetu.statevector(both, [0.3, 0.5]), atol=1e-6
    )


def test_controlled_circuit_acts_only_where_controls_are_one():
    inner = random_circuit(3, 12, 4, num_slots=0)
    lifted = Circuit(4).compose(inner, [0, 1, 2])
    state = qsetu.statevector(Circuit(4).h(3).compose(lifted.controlled([3])), dtype="complex128")
    expected = qsetu.statevector(inner, dtype="complex128")
    np.testing.assert_allclose(state[:8] * np.sqrt(2), np.eye(8)[0], atol=1e-12)
    np.testing.assert_allclose(state[8:] * np.sqrt(2), expected, atol=1e-12)


def test_depth_and_counts():
    circuit = Circuit(3).h(0).h(1).cx(0, 1).x(2).ccx(0, 1, 2).gphase(0.3)
    assert circuit.depth() == 3
    assert circuit.count_ops() == {"h": 2, "cx": 1, "x": 1, "ccx": 1, "gphase": 1}


def test_text_drawing_of_the_issue_example():
    assert [line.rstrip("─ ") for line in ISSUE_EXAMPLE.draw().splitlines()] == [
        "q0: ────H──────────●",
        "                   │",
        "q1: ───────────────⊕",
        "",
        "q2: ──RY(p0)──RZ(2*p1+0.1)",
    ]


@pytest.mark.parametrize("seed", range(6))
def test_drawings_are_complete(seed):
    circuit = random_circuit(5, 30, seed)
    text = circuit.draw(width=120)
    assert max(len(line) for line in text.splitlines()) <= 120
    svg = ElementTree.fromstring(circuit.draw("svg"))
    assert svg.tag.endswith("svg")
    assert "<script" not in circuit._repr_html_()
    for op in circuit:
        if op.angles and op.qubits:
            assert str(op.angles[0]) in text


def test_repr_of_a_short_circuit_builds_it_again():
    rebuilt = eval(repr(ISSUE_EXAMPLE), {"Circuit": Circuit, "param": param})
    assert rebuilt == ISSUE_EXAMPLE


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Circuit(-1), "num_qubits"),
        (lambda: Circuit(2.5), "num_qubits"),
        (lambda: Circuit(63), "num_qubits"),
        (lambda: Circuit(2).h(2), r"'qubit' must be an integer from 0 to 1; got 2\. This circuit has 2"),
        (lambda: Circuit(2).h(-1), "got -1"),
        (lambda: Circuit(2).h(True), "got True"),
        (lambda: Circuit(2).h("0"), "got '0'"),
        (lambda: Circuit(2).cx(1, 1), "distinct.*qubit 1 more than once"),
        (lambda: Circuit(3).x(0, controls=[1, 1]), "qubit 1 more than once"),
        (lambda: Circuit(3).swap(2, 2), "qubit 2 more than once"),
        (lambda: Circuit(2).rx(float("nan"), 0), "'theta' must be a finite real number; got nan"),
        (lambda: Circuit(2).rx("pi", 0), "'theta' must be a number"),
        (lambda: Circuit(2).unitary([[1, 1], [0, 1]], 0), "unitary.*U U"),
        (lambda: Circuit(2).unitary(np.eye(3), 0), "shape"),
        (lambda: Circuit(2).unitary(np.full((2, 2), np.nan), 0), "NaN"),
        (lambda: Circuit(2).unitary("H", 0), "unitary matrix"),
        (lambda: Circuit(2).append("cxx", [0, 1]), "Did you mean"),
        (lambda: Circuit(2).append("cx", [0]), "must name 2"),
        (lambda: Circuit(2).append("rx", [0]), r"1 angle\(s\)"),
        (lambda: Circuit(2).append("swap", [0]), r"2 qubit\(s\)"),
        (lambda: Circuit(2).compose(Circuit(3)), "at most 2 qubits"),
        (lambda: Circuit(2).compose("h"), "must be a Circuit"),
        (lambda: Circuit(2).power(0.5), "exponent"),
        (lambda: Circuit(2).h(0).h(1).power(5_000_001), "at most 10,000,000 operations"),
        (lambda: Circuit(2).ry(param(0), 0).bind([1, 2]), r"shape \(1,\)"),
    ],
)
def test_bad_input_names_the_argument_and_what_was_given(build, message):
    with pytest.raises(qsetu.QsetuError, match=message):
        build()
