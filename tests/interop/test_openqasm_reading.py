"""Gates of OpenQASM, and what their words mean: held against definitions, not against ourselves."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, param
from qsetu.circuits import ALIASES, GATES, Affine, Barrier, Measure, Operation
from support import scrambled

qiskit = pytest.importorskip("qiskit")
openqasm3 = pytest.importorskip("openqasm3")

from qsetu.interop.openqasm.version3.library import BUILT_IN, standard_gates  # noqa: E402

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'


def read(body: str, head: str = HEAD):
    return qsetu.from_qasm(head + body)


def state(circuit, params=()) -> np.ndarray:
    return qsetu.statevector(circuit, params, engine="reference", dtype="complex128")


def angles_of(expression: str, before: str = "") -> Affine:
    (op,) = read(f"{before} qubit q; rx({expression}) q;")
    return op.angles[0]


# -- gates ------------------------------------------------------------------------------------------


def official(name: str) -> str:
    """The definition of a gate in the standard's own library, and all that it is made of."""
    folder = Path(qiskit.__file__).parent / "qasm" / "libs" / "stdgates.inc"
    return folder.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(standard_gates()))
def test_standard_gates_are_what_the_library_defines(name):
    gate = standard_gates()[name]
    angles = ", ".join(str(0.4 + 0.7 * i) for i in range(gate.num_angles))
    qubits = ", ".join(f"q[{i}]" for i in range(gate.num_qubits))
    others = "".join(f"ry({0.3 + i}) q[{i}]; cx q[{i}], q[{i + 1}];" for i in range(3))
    # Under a control every phase counts.
    called = f"qubit[4] q; {others} ctrl @ {name}({angles}) q[3], {qubits};"
    text = official(name)
    if name == "CX":
        # Its definition there, a controlled U(pi, 0, pi), has a phase that the CX of version 2, which it is
        # meant to be, has not.
        text = text.replace("gate CX a, b { ctrl @ U(π, 0, π) a, b; }", "gate CX a, b { ctrl @ x a, b; }")
    if name == "sx":
        # A root of more than one gate is not read; of the gate X, which this is, it is.
        text = text.replace("gate sx a { pow(0.5) @ x a; }", "gate sx a { rx(pi/2) a; gphase(pi/4); }")
        text = "\n".join(
            [line for line in text.splitlines() if "gate sx" not in line] + [_line(text, "gate sx")]
        )
    defined = read(called, text)
    np.testing.assert_allclose(state(defined), state(read(called)), atol=1e-12)


def _line(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(start))


def test_the_library_has_every_gate_of_the_table_that_names_one():
    named = {gate.qasm for gate in GATES.values()} | {alias.qasm for alias in ALIASES.values()}
    assert named - {""} <= {*standard_gates(), *BUILT_IN}
    text = official("all")
    assert {line.split()[1].split("(")[0] for line in text.splitlines() if line.startswith("gate")} == set(
        standard_gates()
    )


def test_u_is_what_the_specification_says():
    theta, phi, lam = 0.7, 0.4, -1.1
    e = np.exp(1j * np.array([theta, phi, lam, phi + lam]))
    matrix = 0.5 * np.array(
        [[1 + e[0], -1j * e[2] * (1 - e[0])], [1j * e[1] * (1 - e[0]), e[3] * (1 + e[0])]]
    )
    found = read(f"qubit q; U({theta}, {phi}, {lam}) q;", "")
    np.testing.assert_allclose(state(found), matrix[:, 0], atol=1e-12)
    found = read(f"qubit q; U(pi, 0, pi) q; gphase(-pi/2); U({theta}, {phi}, {lam}) q;", "")
    np.testing.assert_allclose(state(found), matrix[:, 1], atol=1e-12)


MODIFIED = [
    ("ctrl @ x q[0], q[1]", Circuit(4).cx(0, 1)),
    ("negctrl @ x q[0], q[1]", Circuit(4).x(0).cx(0, 1).x(0)),
    ("ctrl(3) @ h q[3], q[1], q[0], q[2]", Circuit(4).h(2, controls=[0, 1, 3])),
    ("ctrl @ negctrl @ x q[0], q[1], q[2]", Circuit(4).x(1).ccx(0, 1, 2).x(1)),
    ("negctrl(2) @ ctrl @ y q[2], q[1], q[0], q[3]", Circuit(4).x(2).x(1).y(3, controls=[0, 1, 2]).x(1).x(2)),
    ("inv @ s q[1]", Circuit(4).sdg(1)),
    ("inv @ ctrl @ t q[1], q[0]", Circuit(4).tdg(0, controls=[1])),
    ("pow(3) @ t q[2]", Circuit(4).t(2).t(2).t(2)),
    ("pow(-2) @ t q[2]", Circuit(4).sdg(2)),
    ("pow(0) @ h q[2]", Circuit(4)),
    ("pow(2.0) @ sx q[2]", Circuit(4).x(2)),
    ("ctrl @ pow(2) @ inv @ t q[3], q[2]", Circuit(4).sdg(2, controls=[3])),
    ("pow(0.5) @ x q[1]", Circuit(4).sx(1)),
    ("pow(0.5) @ z q[1]", Circuit(4).s(1)),
    ("pow(-0.25) @ z q[1]", Circuit(4).tdg(1)),
    ("pow(0.5) @ sdg q[1]", Circuit(4).tdg(1)),
    ("pow(0.5) @ y q[1]", Circuit(4).unitary(0.5 * np.array([[1 + 1j, -1 - 1j], [1 + 1j, 1 + 1j]]), 1)),
    (
        "ctrl @ pow(1/4.0) @ x q[2], q[1]",
        Circuit(4)
        .p(math.pi / 4, 2, controls=[])
        .h(1)
        .p(math.pi / 4, 1, controls=[2])
        .h(1)
        .p(-math.pi / 4, 2),
    ),
    ("pow(0.3) @ rx(0.5) q[0]", Circuit(4).rx(0.15, 0)),
    ("pow(0.5) @ ctrl @ p(1.0) q[0], q[3]", Circuit(4).cp(0.5, 0, 3)),
    ("pow(1.5) @ gphase(0.4)", Circuit(4).gphase(0.6)),
    ("ctrl(2) @ gphase(0.4) q[1], q[2]", Circuit(4).cp(0.4, 1, 2)),
    ("ctrl @ swap q[0], q[2], q[3]", Circuit(4).cswap(0, 2, 3)),
    ("cu(0.1, 0.2, 0.3, 0.4) q[2], q[1]", Circuit(4).cu(0.1, 0.2, 0.3, 0.4, 2, 1)),
]


@pytest.mark.parametrize("text, expected", MODIFIED, ids=[text for text, _ in MODIFIED])
def test_modifiers(text, expected):
    start = "qubit[4] q;" + "".join(f"ry({0.3 + i}) q[{i}]; rz({i - 0.4}) q[{i}];" for i in range(4))
    before = Circuit(4)
    for i in range(4):
        before = before.ry(0.3 + i, i).rz(i - 0.4, i)
    found = read(f"{start} {text};")
    np.testing.assert_allclose(state(found), state(before.compose(expected)), atol=1e-12)


def test_definitions_of_gates():
    found = read("""
        const float k = 2.0;
        gate twist(a, b) x1, x2 { rx(a/k) x1; cp(a*b) x2, x1; gphase(b); barrier x1; }
        gate outer(a) x1, y, z1 {
            twist(a + 1, sin(a)) z1, x1; inv @ twist(a, 1) y, x1;
            for int i in [1:2] { rz(i*a) y; }
        }
        input float t;
        qubit[4] q;
        ctrl @ outer(t) q[3], q[0], q[1], q[2];
        outer(0.25) q[2], q[1], q[0];
    """)
    t = param(0)

    def twist(c, a, b, x1, x2, controls):
        return (
            c.rx(a / 2, x1, controls=controls)
            .p(a * b, x1, controls=[x2, *controls])
            .gphase(b, controls=controls)
        )

    def outer(c, a, sine, x1, y, z1, controls):
        c = twist(c, a + 1, sine, z1, x1, controls)
        c = (
            c.gphase(-1, controls=controls)
            .p(-1 * a, y, controls=[x1, *controls])
            .rx(-1 * a / 2, y, controls=controls)
        )
        return c.rz(a, y, controls=controls).rz(2 * a, y, controls=controls)

    expected = outer(Circuit(4), t, t.sin(), 0, 1, 2, [3])
    expected = outer(expected, 0.25, math.sin(0.25), 2, 1, 0, [])
    assert [item for item in found if isinstance(item, Barrier)] == [
        Barrier((2,)),
        Barrier((1,)),
        Barrier((0,)),
        Barrier((1,)),
    ]
    gates = Circuit.from_operations(4, [item for item in found if isinstance(item, Operation)])
    start = scrambled(4, 1)
    np.testing.assert_allclose(
        state(start.compose(gates), [0.8]), state(start.compose(expected), [0.8]), atol=1e-12
    )


def test_broadcasting():
    found = read("qubit[3] a; qubit[3] b; qubit c; h a; cx a, b; cx c, b; ccx a, c, b;")
    expected = Circuit(7).h(0).h(1).h(2)
    for i in range(3):
        expected = expected.cx(i, 3 + i)
    for i in range(3):
        expected = expected.cx(6, 3 + i)
    for i in range(3):
        expected = expected.ccx(i, 6, 3 + i)
    assert found == expected


def test_parts_and_names_of_registers():
    found = read("""
        const int n = 4;
        qubit[n] q; qreg r[2]; qubit one; bit[3] c; creg d[2];
        let e = q[1:3]; let f = r ++ q[{0, 2}] ++ e[0:1]; let g = c[{2, 0}] ++ d;
        x e[0]; y f[3]; z q[-1]; h q[3:-2:0]; s e[-2:-1]; t f[5];
        measure q -> g;
        g[0] = measure one;
        bit late = measure r[1];
    """)
    expected = Circuit(7).x(1).y(2).z(3).h(3).h(1).s(2).s(3).t(2)
    measured = [Measure(0, 2), Measure(1, 0), Measure(2, 3), Measure(3, 4), Measure(6, 2), Measure(5, 5)]
    assert list(found) == [*expected, *measured]
    assert found.registers == (("c", (0, 1, 2)), ("d", (3, 4)), ("late", (5,)))


def test_inputs_are_slots_in_order_of_declaration():
    found = read("input float b; input float[64] unused; input angle a; qubit q; rx(a) q; ry(b) q;")
    assert found == Circuit(1).rx(param(2), 0).ry(param(0), 0)


ANGLES = [
    ("a + 2*b - 0.5", lambda a, b: a + 2 * b - 0.5),
    ("-(a - b)/3", lambda a, b: -(a - b) / 3),
    ("-a**2", lambda a, b: -(a**2)),
    ("2**a**b", lambda a, b: 2 ** (a**b)),
    ("a*b/(1 + a**2)", lambda a, b: a * b / (1 + a**2)),
    ("sin(a) + cos(b)*tan(a)", lambda a, b: np.sin(a) + np.cos(b) * np.tan(a)),
    (
        "arcsin(a/9) + arccos(b/9) + arctan(a)",
        lambda a, b: np.arcsin(a / 9) + np.arccos(b / 9) + np.arctan(a),
    ),
    ("exp(a) - log(b + 3) + sqrt(a + 5)", lambda a, b: np.exp(a) - np.log(b + 3) + np.sqrt(a + 5)),
    ("pow(a + 5, b)", lambda a, b: (a + 5) ** b),
    ("1/a", lambda a, b: 1 / a),
    ("pi*a - τ + euler + ℇ + π", lambda a, b: np.pi * a - 2 * np.pi + 2 * np.e + np.pi),
]


@pytest.mark.parametrize("text, expected", ANGLES, ids=[text for text, _ in ANGLES])
def test_expressions_of_inputs(text, expected):
    values = np.array([0.7, 1.3])
    found = angles_of(text, "input float a; input float b;").evaluate(values)
    assert float(found) == pytest.approx(float(expected(*values)), abs=1e-14)


NUMBERS = [
    ("-2**2", -4),
    ("2**-1", 0.5),
    ("2**3**2", 512),
    ("7 % 4", 3),
    ("mod(7.5, 2)", 1.5),
    ("8/4", 2),
    ("3/2.0", 1.5),
    ("1 << 4 >> 1", 8),
    ("6 & 3 | 8 ^ 1", 11),
    ("(1 < 2) + (2 <= 1)", 1),
    ("floor(2.7) + ceiling(2.2)", 5),
    ("sqrt(2)", 2**0.5),
    ("pow(2, 10)", 1024),
    ("0x1F + 0b11 + 0o7", 41),
    ("1_000", 1000),
    ("n*k", 7.5),
    ("-n", -3),
    ("int(2.9)", 2),
    ("float(n)/2", 1.5),
    ("uint[4](7)", 7),
    ("bool(2) + 0", 1),
    ("1e-3", 1e-3),
    (".5", 0.5),
    ("2.", 2),
    ("true + 1", 2),
    ("arccos(0)", math.pi / 2),
    ("log(euler)", 1),
    ("half", 0.5),
    ("!false + 0", 1),
    ("v", 5),
]


@pytest.mark.parametrize("text, expected", NUMBERS, ids=[text for text, _ in NUMBERS])
def test_expressions_of_constants(text, expected):
    before = "const int n = 3; const float k = 2.5; const angle half = 1/2.0; int v = 1; v += 2*n; v = v - 2;"
    assert angles_of(text, before).constant == pytest.approx(expected, abs=1e-15)
