"""Classical control in OpenQASM, and the part of the parser that is ours: what words mean, by definition."""

from __future__ import annotations

import itertools
import os

import numpy as np
import pytest

import qsetu
from outcomes import distribution
from qsetu import Circuit, MeasuredCircuit
from qsetu.circuits import Affine, Barrier, If, Measure, Operation, Reset
from qsetu.core.errors import QasmError
from support import scrambled

qiskit = pytest.importorskip("qiskit")
openqasm3 = pytest.importorskip("openqasm3")

from qsetu.interop.openqasm.source import Source  # noqa: E402
from qsetu.interop.openqasm.version3 import parse  # noqa: E402
from qsetu.interop.openqasm.version3.plain import take_plain  # noqa: E402

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'


def read(body: str, head: str = HEAD):
    return qsetu.from_qasm(head + body)


def state(circuit, params=()) -> np.ndarray:
    return qsetu.statevector(circuit, params, engine="reference", dtype="complex128")


def angles_of(expression: str, before: str = "") -> Affine:
    (op,) = read(f"{before} qubit q; rx({expression}) q;")
    return op.angles[0]


# -- classical control ------------------------------------------------------------------------------

CONDITIONS = [
    ("c == 2", lambda c, d: c == 2),
    ("c != 2", lambda c, d: c != 2),
    ("c < 2", lambda c, d: c < 2),
    ("c <= 2", lambda c, d: c <= 2),
    ("c > d", lambda c, d: c > d),
    ("3 >= c", lambda c, d: c <= 3),
    ("c[0]", lambda c, d: c & 1),
    ("!c[1]", lambda c, d: not c & 2),
    ("~c[1]", lambda c, d: not c & 2),
    ("c[0] == 1", lambda c, d: c & 1),
    ("c[1] == false", lambda c, d: not c & 2),
    ("c[0] != d[1]", lambda c, d: (c & 1) != d >> 1),
    ("c == 1 || d == 2", lambda c, d: c == 1 or d == 2),
    ("c[0] && !d[0]", lambda c, d: c & 1 and not d & 1),
    ("(c & d) == 1", lambda c, d: (c & d) == 1),
    ("(c | d) != 3", lambda c, d: (c | d) != 3),
    ("(c ^ 1) < d", lambda c, d: (c ^ 1) < d),
    ("~c == d", lambda c, d: (~c & 7) == d),
    ('c == "101"', lambda c, d: c == 5),
    ("c", lambda c, d: c),
    ("!c", lambda c, d: not c),
    ("c == 77", lambda c, d: False),
    ("c < -1", lambda c, d: False),
    ("c[{2, 0}] == 2", lambda c, d: (c >> 2 | (c & 1) << 1) == 2),
    ("int[5](c)*int[5](d) - 7 < -4", lambda c, d: c * d - 7 < -4),
    ("uint[4](c) - 1 > 14", lambda c, d: c == 0),
    ("uint[4](c) + 1 == d", lambda c, d: c + 1 == d),
    ("int[5](c) - 1 < 0", lambda c, d: c == 0),
    ("c << 1 == 2", lambda c, d: (c << 1 & 7) == 2),
    ("bool(d) && c >> 2 == 1", lambda c, d: d and c >> 2 == 1),
    ("e == 3", lambda c, d: (c >> 1 & 1 | (d & 1) << 1) == 3),
    ("n == 3 && c[2]", lambda c, d: c & 4),
    ("c == n", lambda c, d: c == 3),
    ("c == 2**100", lambda c, d: False),
    ("d == d", lambda c, d: True),
]


def holds(items, bits: int) -> bool:
    """Whether the flip of qubit 0 is done, of what classical bits decide."""
    flipped = False
    for item in items:
        if isinstance(item, If):
            number = sum((bits >> b & 1) << i for i, b in enumerate(item.condition.clbits))
            flipped ^= holds(item.then if number in item.condition.values else item.otherwise, bits)
        else:
            flipped ^= item == Operation("x", (0,))
    return flipped


@pytest.mark.parametrize("text, expected", CONDITIONS, ids=[text for text, _ in CONDITIONS])
def test_conditions(text, expected):
    head = "const int n = 3; qubit[2] q; bit[3] c; bit[2] d; let e = c[{1}] ++ d[0:0];"
    found = read(f"{head} if ({text}) x q[0];")
    other = read(f"{head} if ({text}) {{}} else x q[0];")
    for c, d in itertools.product(range(8), range(4)):
        bits = c | d << 3
        assert holds(found, bits) == bool(expected(c, d)), (c, d)
        assert holds(other, bits) != bool(expected(c, d)), (c, d)


def test_conditions_on_wide_registers():
    found = read(
        "qubit q; bit[100] c; if (c == 3) x q; if (c != 1267650600228229401496703205375) x q;"
        "if (c == 2**99) x q;"
    )
    assert [sorted(item.condition.values) for item in found] == [[3], [2**100 - 1], [2**99]]
    assert [bool(item.then) for item in found] == [True, False, True]
    with pytest.raises(QasmError, match="100 bits"):
        read("qubit q; bit[100] c; if (c < 3) x q;")


def test_switch():
    text = "switch (c) { case 0, 3 { x q; } case 2 { x q; x q; } %s }"
    for default in ("", "default { x q; }"):
        found = read("qubit q; bit[3] c;" + text % default)
        for c in range(8):
            assert holds(found, c) == (c in (0, 3) or (bool(default) and c != 2))
    assert read(
        "qubit q; const int n = 2; switch (n) { case 1 { y q; } case 2 { x q; } default { z q; } }"
    ) == Circuit(1).x(0)
    assert read("qubit q; const int n = 4; switch (n) { case 1 { y q; } default { z q; } }") == Circuit(1).z(
        0
    )


def test_loops():
    found = read("""
        const int n = 3; qubit[n] q; int k = 0;
        for int i in [0:n - 1] { for uint j in {2, 0} { if (i == j) continue; cx q[i], q[j]; } k += i; }
        for float f in {0.5, 1.5} rx(f) q[0];
        for int i in [2:-1:0] { if (i == 0) break; z q[i]; }
        for int i in [3:2] x q[0];
        if (k == 3) { h q[0]; } else { y q[0]; }
        rz(k) q[1];
    """)
    expected = Circuit(3).cx(0, 2).cx(1, 2).cx(1, 0).cx(2, 0).rx(0.5, 0).rx(1.5, 0).z(2).z(1).h(0).rz(3.0, 1)
    assert found == expected


def test_what_happens_to_qubits():
    found = read(
        "qubit[2] q; bit[2] c; reset q; barrier q; barrier; barrier q[1]; delay[5ns] q[1]; c = measure q;"
        "box { x q[0]; } { y q[1]; }"
    )
    assert list(found) == [
        Reset(0),
        Reset(1),
        Barrier((0, 1)),
        Barrier((0, 1)),
        Barrier((1,)),
        Operation("id", (1,)),
        Measure(0, 0),
        Measure(1, 1),
        Operation("x", (0,)),
        Operation("y", (1,)),
    ]
    assert read("qubit q; x q; end; y q;") == Circuit(1).x(0)
    assert read("x $1; cx $0, $1;") == Circuit(2).x(1).cx(0, 1)
    unnamed = read("qubit[2] q; measure q; bit c = measure q[0];")
    assert [name for name, _ in unnamed.registers] == ["unnamed", "c"] and unnamed.num_clbits == 3


def test_teleportation_ends_where_it_should():
    found = read("""
        qubit[3] q; bit[2] c; bit out;
        ry(0.7) q[0]; rz(0.2) q[0];
        h q[1]; cx q[1], q[2];
        cx q[0], q[1]; h q[0];
        c = measure q[0:1];
        if (c[1]) x q[2];
        if (c[0]) z q[2];
        rz(-0.2) q[2]; ry(-0.7) q[2];
        out = measure q[2];
    """)
    exact = distribution(found)
    assert exact[4:].sum() == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(exact[:4], 0.25, atol=1e-12)


def test_versions_are_told_apart():
    assert qsetu.from_qasm("qreg q[1]; U(0.1,0.2,0.3) q[0];") == Circuit(1).u(0.1, 0.2, 0.3, 0)
    assert qsetu.from_qasm("// qreg\nqubit q; gphase(0.1);") == Circuit(1).gphase(0.1)
    assert qsetu.from_qasm("OPENQASM 3.1; qreg q[1]; gphase(0.1);") == Circuit(1).gphase(0.1)
    assert qsetu.from_qasm("OPENQASM 2;\nqreg q[1]; CX q[0], q[0];".replace("CX q[0], q[0];", "")) == Circuit(
        1
    )
    assert qsetu.from_qasm('/* nothing */ include "stdgates.inc";') == Circuit(0)
    for text in ("OPENQASM 4.0;", "OPENQASM 1.0;", "OPENQASM two;"):
        with pytest.raises(QasmError, match="reads 2 and 3"):
            qsetu.from_qasm(text)


def test_files_and_text(tmp_path, monkeypatch):
    path = tmp_path / "bell.qasm"
    path.write_text("OPENQASM 3.0;\nqubit q;\nfoo q;\n", encoding="utf-8")
    for given in (path, str(path)):
        with pytest.raises(QasmError) as error:
            qsetu.from_qasm(given)
        assert (error.value.source, error.value.line, error.value.column) == ("bell.qasm", 3, 1)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain").write_text("qubit q; gphase(0.5);", encoding="utf-8")
    assert qsetu.from_qasm("plain") == Circuit(1).gphase(0.5)
    for given, said in (
        (tmp_path / "none", "No such file"),
        ("none.qasm", "No such file"),
        (tmp_path, "readable"),
        (3, "Path"),
        (b"qubit q;", "Path"),
    ):
        with pytest.raises(qsetu.QsetuError, match=said):
            qsetu.from_qasm(given)
    if os.getuid():
        path.chmod(0)
        with pytest.raises(qsetu.QsetuError, match="denied"):
            qsetu.from_qasm(path)


def test_gates_that_a_text_of_version_2_defines_are_its_own():
    head = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
    own = (
        "gate swap a,b { h a; } gate rzz(t) a,b { rz(2*t) a; } qreg q[2]; swap q[0],q[1]; rzz(0.3) q[1],q[0];"
    )
    assert qsetu.from_qasm(head + own) == Circuit(2).h(0).rz(0.6, 1)
    known = "qreg q[5]; creg c[2]; swap q[0],q[1]; sx q[0]; rxx(0.1) q[0],q[1]; cu1(0.2) q[1],q[0];"
    known += "c4x q[0],q[1],q[2],q[3],q[4]; if (c == 2) x q[1];"
    found = qsetu.from_qasm(head + known)
    assert isinstance(found, MeasuredCircuit) and found.count_ops()["if"] == 1
    gates = Circuit.from_operations(5, [item for item in found if isinstance(item, Operation)])
    expected = Circuit(5).swap(0, 1).sx(0).rxx(0.1, 0, 1).cp(0.2, 1, 0).mcx([0, 1, 2, 3], 4)
    start = scrambled(5, 1)
    np.testing.assert_allclose(state(start.compose(gates)), state(start.compose(expected)), atol=1e-10)


# -- the part of the parser that is ours ------------------------------------------------------------

PLAIN = [
    "x q;",
    "cx q[0],q[1] ;",
    "rx(pi) q[2];",
    "u3(a,-b,+ c) q;",
    "rx(-a**b*2/3 - -1) q;",
    "rx(2**-1*3) q;",
    "rx(2**3**a) q;",
    "rx(a-b-c+d*e/f*g) q;",
    "rx(-2**2) q;",
    "rx(--a) q;",
    "rx(((a))) q;",
    "rx(sin(a+1)*pow(2,b)) q;",
    "rx() q;",
    "inv @ x q;",
    "ctrl @ inv @ ctrl(2) @ x a, b, c, d;",
    "negctrl(n+1) @ h q[3];",
    "c[0] = measure q[1];",
    "c = measure q;",
    "measure q -> c;",
    "measure q[0] -> c[1];",
    "reset q;",
    "reset q[4];",
    "rx(1.5e-3) q;",
    "rx(.5 + 1.) q;",
    "rx(1e3) q;",
    "rx(a * b ** c ** d / e) q;",
    "rx(-a*b) q;",
    "rx(-a**-b) q;",
    "rx(f()) q;",
    "rx(0.1,) q;",
    "rx(1\n+2)\nq\n[0]\n;",
    "ü q; π q;",
]
OTHER = [
    "qubit q;",
    "if (c) x q;",
    "if (c) { x q; } else y q;",
    "for int i in {1, 2} x q;",
    "for int i in {1, 2} { x q; } y q;",
    "let a = q[{0, 1}]; x a;",
    "gate g(a) q { rx(a) q; } g(1) q;",
    "measure q;",
    "barrier q, r;",
    "delay[3ns] q; x q;",
    "rx(1 < 2) q;",
    "gphase(a) ;",
    "pow(2) @ x q;",
    "x q[0:2];",
    "x q[{1}];",
    "x q[i];",
    "x q[0][1];",
    "rx(1ns) q;",
    "rx(0x1F) q; rx(1_0) q;",
    "rx(a % b) q;",
    "rx(!a) q;",
    "c = 1;",
    "c[0] = d;",
    "box { x q; } x q;",
    "switch (c) { case 1 { x q; } default { y q; } } x q;",
    "@note of mine; x q;\nx q;",
    "pragma what; x q;\nx q;",
    "const float f = 1; x q;",
    "input float f; x q;",
    "bit[2] c = measure q; x q;",
    "while (c) { x q; } x q;",
    "def f(qubit q) -> bit { return measure q; } x q;",
    "{ x q; { y q; } z q; } x q;",
    "rx(a)[2ns] q;",
    "x $0; cx $0, q;",
    "array[int[8], 2] a = {1, 2}; x q;",
    'include "stdgates.inc"; x q;',
    "OPENQASM 3.0; x q;",
    "rx(a) q; // x q;\n/* y q; */ z q;",
    "cal { x q; } x q;",
]


@pytest.mark.parametrize("text", [*PLAIN, *OTHER])
def test_plain_statements_are_what_the_reference_parser_says(text):
    expected = None
    try:
        expected = openqasm3.parse(text)
    except Exception:
        assert text in PLAIN
    source = Source("<text>", text)
    found, rest = take_plain(source)
    if expected is None:
        return  # what is no program is refused by us when it is run, or by the parser
    assert bool(found) == (text in PLAIN) or text in OTHER
    parsed = parse._parsed(rest.text)
    list(parse._settled(source, parsed, Source("", rest.text), rest))
    parsed.statements = sorted([*parsed.statements, *found], key=source.at)
    assert parsed == expected
    if text in PLAIN:
        assert len(found) == len(expected.statements)


def test_texts_of_writers_are_plain_and_the_same():
    from support import random_circuit

    for seed in range(4):
        text = qsetu.to_qasm(random_circuit(4, 30, seed))
        source = Source("<text>", text)
        found, rest = take_plain(source)
        assert len(found) > 20
        expected = openqasm3.parse(text)
        by_place = {(s.span.start_line, s.span.start_column): s for s in expected.statements}
        for node in found:
            assert by_place[node.span.start_line, node.span.start_column] == node
        assert len(parse._parsed(rest.text).statements) + len(found) == len(expected.statements)
