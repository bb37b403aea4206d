"""The C++ side refuses what its kernels could not trust, and answers Ctrl-C."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from qsetu import Circuit, param
from qsetu.circuits.pauli import PauliSum, PauliTable
from qsetu.compiler import lower

native = pytest.importorskip("qsetu.engines.native._native")
engine = pytest.importorskip("qsetu.engines.native.engine")

ROOT = Path(__file__).parents[2]
PROGRAM = lower(Circuit(3).h(0).ccx(0, 1, 2).ry(2 * param(0), 1).u(0.1, param(1), 0.2, 2))


def changed(**fields):
    return dataclasses.replace(PROGRAM, **fields)


def edited(name, index, value):
    array = getattr(PROGRAM, name).copy()
    array[index] = value
    return changed(**{name: array})


def short(name):
    return changed(**{name: getattr(PROGRAM, name)[:-1]})


def wide(num_targets):
    """One diagonal operation on that many qubits."""
    one = lower(Circuit(num_targets).z(0))
    return dataclasses.replace(
        one,
        targets=np.arange(num_targets, dtype=np.int32),
        target_start=np.array([0, num_targets], dtype=np.int32),
        constants=np.zeros(4**12, dtype=np.complex128),
    )


# Every rule of csrc/program.cpp, and programs that break it.
MALFORMED = {
    "number of qubits out of range": [changed(num_qubits=-1), changed(num_qubits=41), changed(num_qubits=63)],
    "negative number of parameters": [changed(num_params=-1)],
    "per-operation arrays differ in length": [
        short(name) for name in ("control_mask", "diagonal", "form_start", "angle_constant", "frequency")
    ],
    "target offsets": [
        edited("target_start", 0, 1),
        edited("target_start", 1, 9),
        edited("target_start", 2, 0),
        edited("target_start", 1, -1),
        edited("target_start", -1, 99),
        short("target_start"),
        short("targets"),
    ],
    "angle offsets": [edited("angle_start", -1, 7), edited("angle_start", 0, -1), short("angle_start")],
    "angle arrays differ in length": [changed(angle_coefficient=PROGRAM.angle_coefficient[:0])],
    "parameter slot out of range": [
        edited("angle_slot", 0, 2),
        edited("angle_slot", 0, -1),
        changed(num_params=0),
    ],
    "control qubit out of range": [edited("control_mask", 1, 1 << 50), edited("control_mask", 1, 1 << 3)],
    "target qubit out of range": [edited("targets", 0, 3), edited("targets", 0, -1)],
    "qubit used twice in one operation": [
        edited("targets", 1, 0)
    ],  # the Toffoli's target is its control, too
    "too many target qubits": [wide(13)],
    "angle not finite": [
        edited("angle_constant", 0, np.nan),
        edited("angle_constant", 0, np.inf),
        edited("frequency", 2, np.inf),
    ],
    "a fixed matrix has no parameter": [edited("frequency", 2, 0.0)],
    "matrix outside the constants": [
        edited("form_start", 0, 10**9),
        edited("form_start", 0, -1),
        edited("form_start", 0, 2**63 - 1),
        changed(constants=PROGRAM.constants[:5]),
        wide(12),  # 4^12 numbers would do for a matrix of frequency 0 at the start, not one further on
    ],
}
MALFORMED["matrix outside the constants"][-1].form_start[0] = 1


@pytest.mark.parametrize(
    ("rule", "program"), [(rule, program) for rule, programs in MALFORMED.items() for program in programs]
)
def test_malformed_programs_are_refused(rule, program):
    with pytest.raises(ValueError, match=f"malformed gate program: {rule}"):
        engine._compiled(program)


TABLE = PauliTable.build([PauliSum.parse("Z0 + 0.5 X1"), PauliSum.parse("Y2")])


def table_with(**fields):
    return dataclasses.replace(TABLE, **fields)


MALFORMED_TABLES = {
    "observable arrays differ in length": [
        table_with(**{name: getattr(TABLE, name)[:-1]})
        for name in ("coefficients", "x_masks", "z_masks", "y_counts")
    ],
    "observable offsets": [
        table_with(starts=np.array(starts, dtype=np.int32)) for starts in ([], [0], [1, 3], [0, 4, 3], [0, 2])
    ],
    "observable acts on a qubit out of range": [
        table_with(x_masks=TABLE.x_masks + np.uint64(8)),
        table_with(z_masks=TABLE.z_masks + np.uint64(1 << 63)),
    ],
    "observable phase out of range": [
        table_with(y_counts=TABLE.y_counts + np.int32(4)),
        table_with(y_counts=TABLE.y_counts - np.int32(9)),
    ],
}


@pytest.mark.parametrize(
    ("rule", "table"), [(rule, table) for rule, tables in MALFORMED_TABLES.items() for table in tables]
)
def test_malformed_observables_are_refused(rule, table):
    program, made = engine._compiled(PROGRAM), engine._table(table)
    columns = max(0, len(table.starts) - 1)
    params, values = np.zeros((1, 2)), np.zeros((1, columns))
    with pytest.raises(ValueError, match=f"malformed gate program: {rule}"):
        native.expectations_complex64(program, made, params, values, 1)
    with pytest.raises(ValueError, match=f"malformed gate program: {rule}"):
        native.vjp_complex64(program, made, params, np.ones((1, columns)), values, np.zeros((1, 2)), 1)


def test_every_rule_of_the_source_is_broken_above():
    source = (ROOT / "src/qsetu/engines/native/csrc/program.cpp").read_text()
    calls = re.findall(r"(?:require|check_offsets)\([^;]*?\"([^\"]+)\"\);", source)
    assert set(calls) == {*MALFORMED, *MALFORMED_TABLES}


def test_wrong_array_types_and_shapes_are_refused():
    program = engine._compiled(PROGRAM)
    out = np.zeros((1, 8), dtype=np.complex64)
    native.states(program, np.zeros((1, 2)), out, 1)
    with pytest.raises(ValueError, match="params has the wrong shape"):
        native.states(program, np.zeros((1, 3)), out, 1)
    with pytest.raises(ValueError, match="out has the wrong shape"):
        native.states(program, np.zeros((2, 2)), out, 1)
    with pytest.raises(TypeError):
        native.states(program, np.zeros((1, 2)), np.zeros((1, 8)), 1)
    with pytest.raises(TypeError):
        native.states(program, np.zeros((1, 2)), out[:, ::2], 1)
    table = engine._table(PauliTable.build([PauliSum.parse("Z7")]))
    with pytest.raises(ValueError, match="observable acts on a qubit out of range"):
        native.expectations_complex64(program, table, np.zeros((1, 2)), np.zeros((1, 1)), 1)


def test_what_is_measured_must_fit_too():
    program = engine._compiled(PROGRAM)
    params = np.zeros((1, 2))
    table = engine._table(PauliTable.build([PauliSum.parse("Z0"), PauliSum.parse("X1")]))
    native.jacobian_complex64(program, table, params, np.zeros((1, 2)), np.zeros((1, 4)), 1)
    with pytest.raises(ValueError, match="gradients has the wrong shape"):
        native.jacobian_complex64(program, table, params, np.zeros((1, 2)), np.zeros((1, 2)), 1)
    with pytest.raises(ValueError, match="values has the wrong shape"):
        native.jacobian_complex64(program, table, params, np.zeros((1, 1)), np.zeros((1, 4)), 1)

    def reduced(subsets, columns):
        subsets = np.array(subsets, dtype=np.int32)
        native.reduced_complex128(program, subsets, params, np.zeros((1, columns), dtype=np.complex128), 1)

    reduced([[0, 1], [2, 0]], 32)
    for bad, columns, message in [
        ([[0]], 16, "out has the wrong shape"),
        ([[3]], 4, "out of range"),
        ([[-1]], 4, "out of range"),
        ([[1, 1]], 16, "used twice"),
        ([[0, 1, 2]], 64, "subsets have the wrong shape"),
    ]:
        with pytest.raises(ValueError, match=message):
            reduced(bad, columns)

    state, draws = np.ones(4, dtype=np.complex64), np.zeros(3)
    native.choose_complex64(state, draws, np.zeros(3, dtype=np.int64), 1)
    for size in (0, 3):
        with pytest.raises(ValueError, match="state has the wrong shape"):
            native.choose_complex64(np.ones(size, dtype=np.complex64), draws, np.zeros(3, dtype=np.int64), 1)
    with pytest.raises(ValueError, match="found has the wrong shape"):
        native.choose_complex64(state, draws, np.zeros(2, dtype=np.int64), 1)
    # Not a state at all, yet nothing outside of it is touched.
    for nonsense in (0.0, np.nan):
        found = np.full(3, -1, dtype=np.int64)
        native.choose_complex64(np.full(4, nonsense, dtype=np.complex64), draws, found, 1)
        assert found.min() >= 0
        assert found.max() < 4


@pytest.mark.parametrize("name", ["baseline", "avx2", "avx512"])
def test_every_instruction_set_measures_the_same(name):
    code = textwrap.dedent("""
        import itertools, sys
        import numpy as np, qsetu
        from qsetu.engines import get_engine
        from qsetu.engines.sampling import choose
        sys.path[:0] = ["tests", "tests/laws"]
        from support import TOLERANCE, random_circuit, random_params
        from test_observables import roster
        for width in range(1, 9):
            circuit = random_circuit(width, 25, width)
            params = random_params(circuit, 2)
            sums = list(roster(width).values())
            scale = 1 + np.array([sum(abs(c) for c, _ in o.terms) for o in sums])
            values = qsetu.expectation(circuit, sums, params, engine="reference") / scale
            weights = np.ones(values.shape)
            pulled = qsetu.expectation_vjp(circuit, sums, params, weights, engine="reference")
            pairs = list(itertools.permutations(range(width), 2))
            for dtype, allowed in TOLERANCE.items():
                found = qsetu.expectation(circuit, sums, params, engine="native", dtype=dtype) / scale
                np.testing.assert_allclose(found, values, rtol=0, atol=allowed)
                found = qsetu.expectation_vjp(circuit, sums, params, weights, engine="native", dtype=dtype)
                np.testing.assert_allclose(found[1], pulled[1], rtol=0, atol=30 * allowed * scale.sum())
                for qubits in (None, pairs or None):
                    found, expected = (
                        qsetu.reduced_density_matrices(circuit, params, qubits=qubits, engine=e, dtype=dtype)
                        for e in ("native", "reference")
                    )
                    np.testing.assert_allclose(found, expected, rtol=0, atol=allowed)
                state = qsetu.statevector(circuit, params[0], engine="native", dtype=dtype)
                draws = np.random.default_rng(1).random(1000)
                np.testing.assert_array_equal(get_engine("native").choose(state, draws), choose(state, draws))
    """)
    out = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "QSETU_SIMD": name},
        cwd=ROOT,
        timeout=300,
    )
    assert out.returncode == 0, out.stderr


@pytest.mark.parametrize("name", ["baseline", "avx2", "avx512"])
def test_every_instruction_set_gives_the_same_states(name):
    # A set this processor lacks falls back to the best it has.
    code = textwrap.dedent("""
        import sys
        import numpy as np, qsetu
        sys.path.insert(0, "tests")
        from support import TOLERANCE, random_circuit, random_observables, random_params
        for seed in range(40):
            circuit = random_circuit(1 + seed % 9, 25, seed)
            params = random_params(circuit, 3)
            observables = random_observables(circuit.num_qubits, seed)
            expected = qsetu.statevector(circuit, params, engine="reference", dtype="complex128")
            slopes = qsetu.value_and_grad(circuit, observables, params, engine="reference")
            for dtype, allowed in TOLERANCE.items():
                found = qsetu.statevector(circuit, params, engine="native", dtype=dtype)
                np.testing.assert_allclose(found, expected, rtol=0, atol=allowed)
            found = qsetu.value_and_grad(circuit, observables, params, engine="native", dtype="complex128")
            np.testing.assert_allclose(found[0], slopes[0], atol=1e-11)
            np.testing.assert_allclose(found[1], slopes[1], atol=1e-11)
    """)
    out = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "QSETU_SIMD": name},
        cwd=ROOT,
        timeout=300,
    )
    assert out.returncode == 0, out.stderr


def test_unknown_instruction_set_is_refused():
    code = "import qsetu; qsetu.statevector(qsetu.Circuit(1).h(0), engine='native')"
    out = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "QSETU_SIMD": "sse9"},
    )
    assert out.returncode != 0
    assert "'QSETU_SIMD' must be one of" in out.stderr


@pytest.mark.slow
def test_interrupt_stops_a_long_run():
    code = textwrap.dedent("""
        import numpy as np, qsetu
        circuit = qsetu.Circuit(22)
        for layer in range(2000):
            circuit = circuit.ry(qsetu.param(0), layer % 22).cx(layer % 22, (layer + 1) % 22)
        qsetu.statevector(qsetu.Circuit(2).h(0), engine="native")
        print("started", flush=True)
        qsetu.statevector(circuit, [0.1], engine="native")
        print("finished", flush=True)
    """)
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout.readline().strip() == "started"
    try:
        child.wait(timeout=0.7)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert "KeyboardInterrupt" in err
    assert "finished" not in out
