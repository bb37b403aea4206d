"""k-anonymity, l-diversity and t-closeness, against tables worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsetu.core.errors import ArgumentError
from qsetu.genomics.privacy import k_anonymity, l_diversity, t_closeness

PEOPLE = pd.DataFrame(
    {
        "age": ["20s", "20s", "20s", "30s", "30s", "40s", "40s", "40s", "40s"],
        "sex": ["F", "F", "F", "M", "M", "F", "F", "F", "M"],
        "diagnosis": ["a", "b", "c", "a", "a", "a", "a", "b", "c"],
    }
)
"""Classes: (20s, F) 3 with abc; (30s, M) 2 with aa; (40s, F) 3 with aab; (40s, M) 1 with c."""


def test_k_by_hand():
    found = k_anonymity(PEOPLE, ["age", "sex"], wanted_k=3)
    assert (found.k, found.num_classes, found.num_rows) == (1, 4, 9)
    assert found.sizes == {1: 1, 2: 1, 3: 2}
    assert found.at_risk == 3
    assert found.max_risk == 1.0 and found.mean_risk == pytest.approx(4 / 9)
    assert found.smallest["size"].tolist() == [1, 2, 3, 3]
    assert k_anonymity(PEOPLE, "sex").sizes == {3: 1, 6: 1}
    assert k_anonymity(PEOPLE, "sex").at_risk == 3
    assert k_anonymity(PEOPLE, "age").k == 2


def test_l_by_hand():
    def l_of(kind, **more):
        return l_diversity(PEOPLE, ["age", "sex"], "diagnosis", kind, **more).per_class.tolist()

    entropy = np.exp(-(2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3)))
    assert l_of("distinct") == [3, 1, 2, 1]
    assert l_of("entropy") == pytest.approx([3, 1, entropy, 1])
    # abc, c = 2: 1 < 2 (1 + 1 + 1), 2 (1 + 1), 2 (1): l = 3. aab: 2 < 2 * 3, not < 2 * 1: l = 1.
    assert l_of("recursive", c=2) == [3, 1, 1, 1]
    assert l_of("recursive", c=2.1) == [3, 1, 2, 1]
    # With c = 1 a class of one value is not even 1-diverse.
    assert l_of("recursive", c=1) == [2, 0, 1, 0]
    found = l_diversity(PEOPLE, ["age", "sex"], "diagnosis")
    assert found.l == 1 and found.uniform_rows == 3
    assert found.worst["l"].tolist() == [1, 1, 2, 3]
    assert found.worst["size"].tolist() == [2, 1, 3, 3]


def test_t_as_published():
    """The salaries of Li, Li and Venkatasubramanian (2007): 0.375 and 0.167."""
    table = pd.DataFrame({"class": [1, 1, 1, 2, 2, 2, 3, 3, 3], "salary": [3, 4, 5, 6, 11, 8, 7, 9, 10]})
    found = t_closeness(table, "class", "salary")
    assert found.per_class[:2] == pytest.approx([0.375, 1 / 6])
    assert found.ordered and found.t == pytest.approx(0.375)
    shuffled = t_closeness(table.sample(frac=1, random_state=3), "class", "salary")
    assert sorted(shuffled.per_class) == pytest.approx(sorted(found.per_class))
    unordered = t_closeness(table, "class", "salary", ordered=False)
    assert unordered.per_class == pytest.approx([2 / 3] * 3)


def test_missing_values_are_a_value_of_their_own():
    table = pd.DataFrame(
        {"age": [1.0, np.nan, np.nan, 1.0], "place": ["x", None, np.nan, "x"], "s": [1, 2, 2, None]}
    )
    found = k_anonymity(table, ["age", "place"])
    assert found.sizes == {2: 2}
    assert l_diversity(table, ["age", "place"], "s").per_class.tolist() == [2, 1]
    with pytest.raises(ArgumentError, match="ordered=False"):
        t_closeness(table, "age", "s")
    assert t_closeness(table, "age", "s", ordered=False).t == 0.5


def test_values_of_the_smallest_classes_are_masked_unless_asked_for():
    masked = k_anonymity(PEOPLE, ["age", "sex"])
    assert "40s" not in masked.smallest.to_string() and "40s" not in str(masked) + masked._repr_html_()
    assert k_anonymity(PEOPLE, ["age", "sex"], show_values=True).smallest.iloc[0].tolist() == ["40s", "M", 1]
    for function in (l_diversity, t_closeness):
        arguments = (PEOPLE, ["age", "sex"], "diagnosis")
        assert "40s" not in function(*arguments).worst.to_string()
        assert "40s" in function(*arguments, show_values=True).worst.to_string()


@given(
    rows=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([1, 2, None]), st.integers(0, 2)), min_size=1
    )
)
def test_laws(rows):
    table = pd.DataFrame(rows, columns=["x", "y", "s"])
    fine, coarse = k_anonymity(table, ["x", "y"]), k_anonymity(table, "x")
    counts = pd.Series([str(row[:2]) for row in rows]).value_counts()
    assert fine.k == counts.min() and fine.num_classes == len(counts)
    assert sum(size * number for size, number in fine.sizes.items()) == len(rows)
    assert fine.k <= coarse.k and fine.mean_risk >= coarse.mean_risk
    assert fine.mean_risk <= fine.max_risk <= 1
    distinct = l_diversity(table, ["x", "y"], "s")
    entropy = l_diversity(table, ["x", "y"], "s", "entropy")
    assert (entropy.per_class <= distinct.per_class + 1e-9).all() and entropy.l >= 1 - 1e-12
    assert (l_diversity(table, ["x", "y"], "s", "recursive").per_class <= distinct.per_class).all()
    for ordered in (True, False):
        near = t_closeness(table, ["x", "y"], "s", ordered=ordered)
        assert 0 <= near.t <= 1 + 1e-12
    assert t_closeness(table.assign(all=1), "all", "s").t == pytest.approx(0, abs=1e-12)


def test_many_columns_do_not_overflow():
    draw = np.random.default_rng(0)
    table = pd.DataFrame(draw.integers(0, 2000, (2000, 12)))
    table.columns = [f"c{i}" for i in range(12)]
    doubled = pd.concat([table, table], ignore_index=True)
    assert k_anonymity(doubled, list(table.columns)).sizes == {2: 2000}


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ((PEOPLE, []), "quasi_identifiers"),
        ((PEOPLE, ["age", "age"]), "quasi_identifiers"),
        ((PEOPLE, ["zip"]), "quasi_identifiers"),
        ((PEOPLE[:0], ["age"]), "table"),
        (([[1]], ["age"]), "table"),
        ((pd.DataFrame({"a": [[1], [2]]}), ["a"]), "table"),
        ((pd.DataFrame([[1, 2]], columns=["a", "a"]), ["a"]), "quasi_identifiers"),
    ],
)
def test_wrong_tables_are_named(arguments, argument):
    with pytest.raises(ArgumentError) as caught:
        k_anonymity(*arguments)
    assert caught.value.argument == argument


def test_wrong_sensitive_columns_are_named():
    for arguments in ((["age"], "age"), (["age"], "zip"), (["age"], "diagnosis", "other")):
        with pytest.raises(ArgumentError):
            l_diversity(PEOPLE, *arguments)
    big = pd.DataFrame({"a": range(8000), "b": range(8000)})
    with pytest.raises(ArgumentError, match="Bin"):
        l_diversity(big, "a", "b")


def test_they_show_themselves():
    shown = str(k_anonymity(PEOPLE, "sex"))
    assert "k" in shown and "highest risk" in shown
    assert "l (recursive, c = 2)" in str(l_diversity(PEOPLE, "sex", "diagnosis", "recursive", c=2))
    assert "diagnosis (categories)" in str(t_closeness(PEOPLE, "sex", "diagnosis"))
    for one in (l_diversity(PEOPLE, "sex", "diagnosis"), t_closeness(PEOPLE, "sex", "diagnosis")):
        assert one._repr_html_().startswith("<table>")
