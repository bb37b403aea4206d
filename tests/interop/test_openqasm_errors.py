"""Bad and hostile OpenQASM: every error says where, and nothing else ever escapes."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import qsetu
from outcomes import random_measured
from qsetu.core.errors import ArgumentError, QasmError
from support import random_circuit

pytest.importorskip("qiskit")
pytest.importorskip("openqasm3")

TWO = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
THREE = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'

# Text, and where in it the error is, from 1.
WRONG = [
    (TWO + "qreg q[2];\n  foo q[0];", 4, 3, "foo"),
    (TWO + "qreg q[2];\ncx q[0],q[2];", 4, 11, "out-of-range"),
    (TWO + "qreg q[2];\ncx q[0],q[0];", 4, 1, "duplicate"),
    (TWO + "qreg q[2];\nrx(0.1,0.2) q[0];", 4, 1, "1 parameter"),
    (TWO + "qreg q[2];\ncx q[0];", 4, 1, "2 q"),
    (TWO + "qreg q[2];\nrx(pi*) q[0];", 4, 7, "missing operand"),
    (TWO + "qreg q[2]\nh q[0];", 4, 1, "needed ';'"),
    (TWO + "qreg q[1];\nmeasure q[0] -> c[0];", 4, 17, "'c' is not defined"),
    (TWO + "opaque magic q;\nqreg q[1];\nmagic q[0];", 3, 8, "magic"),
    ('OPENQASM 2.0;\n include "/etc/hostname";', 2, 10, "include"),
    ('OPENQASM 2.0;\ninclude "../x";', 2, 9, "include"),
    ('OPENQASM 2.0;\ninclude "stdgates.inc";', 2, 9, "include"),
    ('OPENQASM 3.0;\ninclude "/etc/hostname";', 2, 9, "include"),
    ('OPENQASM 3.0;\ninclude "qelib1.inc";', 2, 9, "include"),
    ('OPENQASM 3.0;\ninclude /* to */ "stdgates.inc/../../x";', 2, 18, "include"),
    ("OPENQASM 3.0;\ninclude 'x.inc';", 2, 9, "include"),
    (THREE + "qubit[2] q;\n  foo q[0];", 4, 3, "'foo' is not defined"),
    (THREE + "qubit[2] q;\ncx q[0], q[2];", 4, 12, "index 2 is out of range"),
    (THREE + "qubit[2] q;\ncx q[0], q[-3];", 4, 12, "index -3 is out of range"),
    (THREE + "qubit[2] q;\nx q[0:2];", 4, 5, "out of a register of 2"),
    (THREE + "qubit[2] q;\ncx q[1], q[1];", 4, 1, "same qubit twice"),
    (THREE + "qubit[2] q;\nctrl @ cx q[1], q[0], q[1];", 4, 1, "same qubit twice"),
    (THREE + "qubit[2] q;\nrx(0.1, 0.2) q[0];", 4, 1, r"takes 1 angle\(s\), got 2"),
    (THREE + "qubit[2] q;\ncx q[0];", 4, 1, r"2 qubit\(s\), got 1"),
    (THREE + "qubit[2] q;\nrx(a) q[0];", 4, 4, "'a' is not defined"),
    (THREE + "qubit[2] q;\nrx(pi*) q[0];", 4, 7, "expecting|viable|extraneous|mismatched"),
    (THREE + "qubit[2] q\nh q[0];", 4, 1, "expecting|missing|viable|mismatched"),
    (THREE + "qubit[2] q;\nqubit[3] r;\ncx q, r;", 5, 1, "different sizes: 2, 3"),
    (THREE + "qubit[2] q;\nbit[3] c;\nc = measure q;", 5, 1, r"2 qubit\(s\) measured into 3"),
    (THREE + "qubit[2] q;\nqubit q;", 4, 7, "declared twice"),
    (THREE + "qubit[2] q;\nlet q = q;", 4, 5, "declared twice"),
    (THREE + "gate g a { x a; }\n gate g a { y a; }", 4, 7, "defined twice"),
    (THREE + "gate x a { y a; }", 3, 6, "defined twice"),
    (THREE + "gate g(t) a, a { y a; }", 3, 14, "named twice"),
    (THREE + "qubit q;\ngate g a { x q; }\ng q;", 4, 14, "'q' is not defined"),
    (THREE + "const int[4] n = 9;", 3, 1, "9 does not fit"),
    (THREE + "qubit q;\nx q", 4, 4, "end of the text"),
    (THREE + "qubit q;\nrx(1/0) q;", 4, 4, "cannot be computed"),
    (THREE + "qubit q;\nrx(log(-1)) q;", 4, 4, "cannot be computed"),
    (THREE + "qubit q;\nrx(exp(1000)) q;", 4, 4, "cannot be computed"),
    (THREE + "qubit q;\nrx((-2)**0.5) q;", 4, 4, "no real number"),
    (THREE + "qubit q;\nrx(7/2) q;", 4, 4, "7.0/2"),
    (THREE + "qubit q;\nrx(-7 % 2) q;", 4, 4, "remainder"),
    (THREE + "qubit q;\nctrl(0) @ x q;", 4, 1, "'ctrl' with 0"),
    (THREE + "qubit q;\nbreak;", 4, 1, "outside loop"),
    (THREE + "qubit q;\nfor int i in [0:0:3] { x q; }", 4, 15, "step 0"),
    (THREE + "const int n = 1;\nn = 2;", 4, 1, "cannot be assigned"),
    ("qubit q;\n\n\tx q;", 3, 2, "stdgates.inc"),
    (THREE + "qubit q; ?", 3, 10, "unexpected character"),
    (THREE + "qubit q; \x00", 3, 10, "unexpected character"),
    (THREE + "qubit q; \ud800", 3, 10, "unexpected character|no text"),
    ("", 1, 1, "empty"),
    ("  \n// nothing\n", 1, 1, "empty"),
]


@pytest.mark.parametrize("text, line, column, said", WRONG)
def test_errors_say_where(text, line, column, said, capfd):
    with pytest.raises(QasmError, match=said) as error:
        qsetu.from_qasm(text)
    assert (error.value.line, error.value.column) == (line, column), str(error.value)
    shown = str(error.value).split("\n")
    assert shown[0].startswith(f"<text>:{line}:{column}: ")
    if len(shown) > 1:
        assert shown[-1].index("^") == column + 1
    assert capfd.readouterr() == ("", "")


def test_an_error_shows_its_line_and_can_be_pickled():
    with pytest.raises(QasmError) as error:
        qsetu.from_qasm(THREE + "qubit[2] q;\n\tcx q[0], q[5];")
    shown = str(error.value).split("\n")
    assert shown[1:] == ["   cx q[0], q[5];", "              ^"]
    assert isinstance(error.value, ValueError) and isinstance(error.value, qsetu.QsetuError)
    again = pickle.loads(pickle.dumps(error.value))
    assert str(again) == str(error.value) and again.message == error.value.message
    with pytest.raises(QasmError) as error:
        qsetu.from_qasm(THREE + "qubit q;" + " " * 5000 + "foo q;" + " " * 5000)
    shown = str(error.value).split("\n")
    assert max(map(len, shown)) < 200
    assert shown[1][shown[2].index("^") :].startswith("foo q;")


REFUSED = {
    "while (true) { }": "while",
    "def f(qubit q) { }": "def",
    "extern f(int) -> int;": "extern",
    'defcalgrammar "openpulse";': "defcalgrammar",
    "cal { x }": "cal",
    "defcal x $0 { y }": "defcal",
    "output bit out;": "output",
    "duration d = 3ns;": "duration",
    "stretch s;": "stretch",
    "array[int[8], 2] v;": "array",
    "complex[float] z;": "complex",
    "input int n;": "neither float nor angle",
    "pragma keep going": "pragma",
    "rx(0.1)[5ns] q[0];": "gate with a duration",
    "int k = sizeof(q);": "sizeof",
    "c[0] = 1;": "assignment to bits",
    "bit[2] full = 3;": "does not start as 0",
    "if (c[0]) { n = 2; }": "assignment that depends on a measurement",
    "n = int(c);": "depends on a measurement",
    "rx(c[0]*pi) q[0];": "depends on a measurement",
    "for int i in [0:1] { if (c[0]) break; }": "'break' that depends on a measurement",
    "if (c[0]) end;": "'end' that depends on a measurement",
    "pow(0.3) @ h q[0];": r"'pow\(0.3\)' of h",
    "pow(0.5) @ rx(7.0) q[0];": r"'pow\(0.5\)' of rx",
    "pow(0.5) @ p(-4.0) q[0];": r"'pow\(0.5\)' of p",
    "rx(floor(t)) q[0];": "'floor' of an input",
    "rx(t % 2) q[0];": "'%' of an input",
    "if (t > 1) x q[0];": "'>' of an input",
    "for bit b in c { x q[0]; }": "a loop over",
    "x $0;": "both physical and declared",
    "n = measure q[0];": "something other than bits",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_followed_is_named(text):
    head = THREE + "input float t; qubit[2] q; bit[2] c; int n = 0;\n"
    with pytest.raises(QasmError, match=REFUSED[text]) as error:
        qsetu.from_qasm(head + text)
    assert error.value.line == 4
    assert f"(line 4, column {error.value.column})" in str(error.value)


def test_all_that_cannot_be_followed_is_listed():
    text = THREE + "qubit q; bit c;\nwhile (c) { x q; }\ndef f() { }\noutput bit d;\nf();\npragma x\n"
    with pytest.raises(QasmError) as error:
        qsetu.from_qasm(text)
    for line, what in ((4, "while"), (5, "def"), (6, "output"), (8, "pragma")):
        assert what in str(error.value) and f"line {line}, column 1" in str(error.value)
    text = THREE + "qubit q; bit c;\npow(0.3) @ h q;\nc = 1;\nif (c) { end; }\nfoo q;"
    with pytest.raises(QasmError) as error:
        qsetu.from_qasm(text)
    for line, what in ((4, r"pow(0.3)"), (5, "assignment"), (6, "end")):
        assert what in str(error.value) and f"line {line}, column" in str(error.value)


def doubling(head, call, count=40):
    lines = [f"gate g{i + 1} a {{ {call.format(i)} {call.format(i)} }}" for i in range(count)]
    return f"{head}\ngate g0 a {{ {'U(0,0,0) a;'} }}\n" + "\n".join(lines)


def hostile():
    """What is built to take all time and memory there is."""
    deep = 100_000
    yield from (
        "qreg q[1000000000];",
        "OPENQASM 2.0; creg c[1000000000];",
        "qubit[1000000000] q;",
        "bit[1000000000] c;",
    )
    yield from (
        "const int n = 1000000000; qubit[n] q;",
        "const int n = 1000000000; bit[n] c;",
        "const int n = 63; qubit[n] q;",
    )
    yield "".join(f"qubit[60] q{i}; " for i in range(100))
    yield "".join(f"bit[9999] c{i}; " for i in range(100_000))
    yield "OPENQASM 2.0; " + "".join(f"creg c{i}[9999]; " for i in range(1000))
    yield "OPENQASM 2.0; " + "".join(f"qreg q{i}[62]; " for i in range(1000))
    yield "for int i in [0:1000000000000] { }"
    yield "for int i in [0:1000000000000000000000000] { }"
    yield "for int i in [0:1000] { for int j in [0:1000] { for int k in [0:1000] { } } }"
    yield doubling("OPENQASM 3.0; qubit q;", "g{} a;") + "g40 q;"
    yield doubling("OPENQASM 2.0; qreg q[1];", "g{} a;") + "g40 q[0];"
    yield doubling("OPENQASM 2.0; qreg q[1];", "g{} a;").replace("U(0,0,0) a;", "") + "g40 q[0];"
    yield doubling("OPENQASM 3.0; qubit q;", "g{} a;").replace("U(0,0,0) a;", "") + "g40 q;"
    yield doubling("OPENQASM 3.0; qubit q; const int n = 2;", "pow(n) @ g{} a;", 25) + "g25 q;"
    powers = "".join(f"gate g{i + 1}(t) a {{ g{i}(t+1) a; g{i}(t+2) a; }}\n" for i in range(60))
    yield "OPENQASM 3.0; qubit q; gate g0(t) a { }\n" + powers + "g60(0) q;"
    million = "for int i in [0:999999]"
    yield f"gate g a {{ {million} {{ U(0,0,0) a; }} }} gate h a {{ {million} {{ g a; }} }} qubit q; h q;"
    yield from (
        "qubit q; pow(1000000000) @ U(0,0,0) q;",
        "qubit q; pow(1000) @ pow(1000) @ pow(1000) @ U(0,0,0) q;",
    )
    yield from ("qubit q; pow(-10**18) @ gphase(1);", "qubit q; ctrl(1000000000) @ gphase(1) q;")
    for version in ("OPENQASM 2.0; qreg q[1];", "OPENQASM 3.0; qubit[1] q;"):
        yield f"{version} U({'(' * deep}1{')' * deep},0,0) q[0];"
        yield f"{version} U({'-' * deep}1,0,0) q[0];" + "x" * 10
        yield f"{version} U(0{'+1' * deep},0,0) q[0], q[0];"
        yield f"{version} U({'sin(' * deep}1{')' * deep},0,0) q[0];"
        yield f"{version} U(1{'^2' * 1000},0,0) q[0]; x"
        yield f"{version} U(1e999,0,0) q[0];"
        yield f"{version} U({'9' * 100_000},0,0) q[0];"
        yield f"{version} U({'9' * 900},0,0) q[0];"
        yield f"{version} gate g a " + "{" * deep
        yield f"{version} {'if (c == 1) ' * 2000} U(0,0,0) q[0];"
        yield f"{version} q[{'[' * deep}"
        yield f"{version} \x00"
        yield f"{version} /*"
        yield f'{version} include "'
    yield from (
        "const int n = 2**2**2**2**2**2**2;",
        "const int n = 1 << 10**12;",
        "const int n = 10**(10**10);",
        "const float f = 10.0**400;",
    )
    yield "bit[16] a; qubit q;" + "if (a < 5) gphase(1);" * 3000 + "foo q;"
    yield "bit[10000] a; qubit q; if (a < 5) gphase(1);"
    yield "qubit q; " + "if (true) { " * 150 + "}" * 150 + "foo q;"
    yield "qubit q; int x = 3; " + "x = x * x; " * 200
    yield "let a = b;" * 1000
    yield "bit[3] c; switch (c) { case 0:9 { } }"
    yield "OPENQASM 3.0\n;" * 1000
    yield "\x7fELF\x01\x01" + "\x80" * 100
    yield "{" * 199 + "}" * 199 + "foo;"


@pytest.mark.parametrize("number", range(len(list(hostile()))))
def test_hostile_text_ends_in_an_error(number):
    with pytest.raises((QasmError, ArgumentError)):
        qsetu.from_qasm(list(hostile())[number])


def test_binary_files_are_no_programs(tmp_path):
    rng = np.random.default_rng(1)
    for number in range(20):
        path = tmp_path / f"{number}.qasm"
        path.write_bytes(rng.bytes(2000) if number else b"OPENQASM 2.0;\nqreg q[1];\n\xff\n")
        with pytest.raises(QasmError) as error:
            qsetu.from_qasm(path)
        if not number:
            assert (error.value.line, error.value.column) == (3, 1)
    (tmp_path / "marked.qasm").write_bytes(b"\xef\xbb\xbfOPENQASM 3.0; qubit q;")
    assert qsetu.from_qasm(tmp_path / "marked.qasm") == qsetu.Circuit(1)


SEEDS = [
    THREE
    + """input float t; const int n = 2; gate g(a, b) x1, y1 { rx(a/b) x1; ctrl @ U(a, 0, pi) x1, y1; }
    qubit[n] q; bit[3] c; let e = q[0:1] ++ q[{0}]; g(t, 2.5) q[0], q[1]; negctrl @ pow(2) @ x q[1], q[0];
    for int i in [0:1] { h q[i]; } c[0] = measure q[0]; if (c == 2 || !c[1]) { x q[0]; } else { reset q; }
    switch (c) { case 1, 2 { y q[0]; } default { } } barrier q; delay[3ns] q[1]; measure q -> c[1:2];""",
    TWO
    + """qreg q[3]; creg c[2]; gate g(a,b) x1,y1 { rx(a/b) x1; cx x1,y1; U(a,0,pi) y1; }
    opaque m(a) q; g(0.1,-2.5) q[0],q[1]; u3(pi/2,sin(0.3),-1e-3) q[2]; barrier q; measure q[0] -> c[0];
    if (c == 2) cx q[0],q[1]; reset q[1]; swap q[0],q[2]; h q;""",
]
TEXT_OF_WORDS = """
    OPENQASM 3.0 2.0 ; , ( ) [ ] { } + - * / ** % ^ == != < && || ! ~ -> = @ : ++ q c e t n i 0 1 2 -1 1.5 1e9
    99999999999999999999 pi x cx U gate if else for in switch case default while def qubit bit qreg creg
    measure reset barrier let input const int float ctrl inv pow gphase true end break box delay 3ns
    "stdgates.inc" include $0 "01" // /* # pragma @a '
"""
WORDS = [*TEXT_OF_WORDS.split(), "\x00", "\u03c0", "\ud800", "\n"]


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(300))
def test_nothing_but_our_errors_escapes(seed):
    rng = np.random.default_rng(seed)
    text = SEEDS[seed % 2]
    if seed % 5 == 4:
        made = random_circuit(2, 5, seed) if seed % 2 else random_measured(seed, depth=4)
        text = qsetu.to_qasm(made)
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(len(text)))
        size = int(rng.integers(1, 12))
        word = str(rng.choice(WORDS)) * int(rng.choice([1, 1, 1, 2, 50]))
        kind = rng.integers(4)
        if kind == 0:
            text = text[:at] + text[at + size :]
        elif kind == 1:
            text = f"{text[:at]} {word} {text[at:]}"
        elif kind == 2:
            text = f"{text[:at]} {word} {text[at + size :]}"
        else:
            text = text[:at] + text[at : at + 8 * size] * 2 + text[at + size :]
    try:
        made = qsetu.from_qasm(text)
    except qsetu.QsetuError as error:
        if isinstance(error, QasmError):
            assert 1 <= error.line <= text.count("\n") + 2
            assert error.column >= 1
    else:
        assert isinstance(made, (qsetu.Circuit, qsetu.MeasuredCircuit))
        for version in (2, 3):
            try:
                qsetu.from_qasm(qsetu.to_qasm(made, version))
            except QasmError as error:
                raise AssertionError("what we write we must read") from error
            except qsetu.QsetuError:
                assert version == 2
