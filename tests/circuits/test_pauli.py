"""Observables: parsing, algebra, errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsetu import PauliSum, QsetuError

strings = st.dictionaries(st.integers(0, 12), st.sampled_from("XYZ"), max_size=4)
sums = st.lists(
    st.tuples(st.floats(-100, 100).filter(lambda c: abs(c) > 1e-3), strings), min_size=1, max_size=5
).map(lambda terms: PauliSum.from_terms((c, s.items()) for c, s in terms))


@given(sums)
def test_text_round_trip(observable):
    assert PauliSum.parse(str(observable)) == observable


@given(sums, sums)
def test_algebra(a, b):
    assert a + b == b + a
    assert hash(a + b) == hash(b + a)
    assert (a - a).terms == ()
    assert 2 * a == a * 2 == a + a
    assert a * -1 * -1 == -1 * -a == a


def test_readings():
    assert PauliSum.parse("Z0").terms == ((1.0, ((0, "Z"),)),)
    both = PauliSum.parse("0.5 X0 X1 + Z2")
    assert set(both.terms) == {(0.5, ((0, "X"), (1, "X"))), (1.0, ((2, "Z"),))}
    assert PauliSum.parse("-2*Y3 + 1.5e1") == PauliSum.from_terms([(-2, [(3, "Y")]), (15, [])])
    assert PauliSum.parse("X1@X0 - X0 X1").terms == ()
    assert PauliSum.parse("3 I") == PauliSum.from_terms([(3, [])])
    assert PauliSum.parse("I0 Z1") == PauliSum.parse("Z1")
    assert (both.num_qubits, PauliSum.parse("2").num_qubits) == (3, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Z", "column 1"),
        ("X0 +", "a term is missing"),
        ("", "a term is missing"),
        ("X0 X0", "qubit 0 twice"),
        ("0.5 +- Z0", "two signs"),
        ("Q3", "unexpected character at column 1"),
        ("Z0 3", "after a Pauli letter"),
        ("* Z0", "nothing to multiply"),
        ("1e999 Z0", "too large"),
        (7, "text such as"),
    ],
)
def test_bad_text_points_at_the_place(text, message):
    with pytest.raises(QsetuError, match=message):
        PauliSum.parse(text)
