"""States, distributions in closed form, and the order of genes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from network_cases import cells_like, chain, frequencies, random_distribution, states_of
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

from qsetu.core.errors import ArgumentError
from qsetu.problems.gene_network import (
    ChowLiuTree,
    CorrelationNetwork,
    EmpiricalStates,
    ForestNetwork,
    IndependentGenes,
    PairwiseIsing,
    PIDCNetwork,
    QuantumGeneNetwork,
)
from qsetu.problems.gene_network.states import conditional_table, every_state, state_numbers

# scikit-learn's checks feed real numbers, which `binarize` and `bins` make levels of. None is exempted.
ROSTER = [
    EmpiricalStates(binarize=0.0),
    IndependentGenes(binarize=0.0),
    ChowLiuTree(binarize=0.0),
    PairwiseIsing(binarize=0.0, max_iter=5),
    QuantumGeneNetwork(binarize=0.0, max_iter=2, random_state=0),
    QuantumGeneNetwork(binarize=0.0, max_iter=2, random_state=0, entangled=False),
    ForestNetwork(binarize=0.0, trees=2, random_state=0),
    ForestNetwork(target="values", trees=2, random_state=0),
    CorrelationNetwork(binarize=0.0),
    CorrelationNetwork(method="partial", binarize=0.0),
    PIDCNetwork(bins=3),
]
JOINT = [
    EmpiricalStates(),
    IndependentGenes(),
    ChowLiuTree(),
    PairwiseIsing(),
    QuantumGeneNetwork(random_state=0),
]
JOINT_IDS = [type(model).__name__ for model in JOINT]


@parametrize_with_checks(ROSTER)
def test_networks_are_scikit_learn_estimators(estimator, check):
    check(estimator)


def test_gene_0_is_the_least_significant_bit():
    assert state_numbers(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1]], bool)).tolist() == [
        1,
        2,
        4,
        5,
    ]
    assert [tuple(row) for row in every_state(3).astype(int)] == states_of(3)
    cells = np.array([[1, 0, 0]] * 6 + [[0, 0, 1]] * 3 + [[1, 1, 0]])
    assert EmpiricalStates(alpha=0).fit(cells).distribution_.tolist() == [0, 0.6, 0, 0.1, 0.3, 0, 0, 0]


@pytest.mark.parametrize("alpha", [0.0, 1.0, 0.5])
def test_the_histogram_is_the_smoothed_one(alpha):
    cells = chain(50, 3)
    found = EmpiricalStates(alpha=alpha).fit(cells)
    np.testing.assert_allclose(found.distribution_, frequencies(cells, alpha), atol=1e-15)
    assert found.edges_ is None


@pytest.mark.parametrize("num_genes", [1, 2, 4])
def test_conditionals_are_ratios_of_two_states(num_genes):
    p = random_distribution(num_genes, num_genes)
    table, states = conditional_table(p), states_of(num_genes)
    for s, state in enumerate(states):
        for g in range(num_genes):
            on = states.index((*state[:g], 1, *state[g + 1 :]))
            off = states.index((*state[:g], 0, *state[g + 1 :]))
            assert table[s, g] == pytest.approx(p[on] / (p[on] + p[off]))


def test_what_is_impossible_either_way_is_a_coin():
    table = conditional_table(np.array([0.25, 0.75, 0.0, 0.0]))
    assert table.tolist() == [[0.75, 0], [0.75, 0], [0.5, 0], [0.5, 0]]


@pytest.mark.parametrize("model", JOINT, ids=JOINT_IDS)
def test_a_distribution_is_one_and_cells_are_looked_up_in_it(model):
    cells = chain(300, 4)
    model.fit(cells)
    assert model.distribution_.shape == (16,)
    assert model.distribution_.sum() == pytest.approx(1, abs=1e-12)
    assert (model.distribution_ >= 0).all()
    states = [states_of(4).index(tuple(map(int, cell))) for cell in cells]
    np.testing.assert_allclose(model.score_samples(cells), np.log(model.distribution_[states]))
    assert model.score(cells) == pytest.approx(np.log(model.distribution_[states]).mean())
    np.testing.assert_array_equal(model.conditionals(cells), conditional_table(model.distribution_)[states])
    if model.edges_ is not None:
        assert model.edges_.shape == (4, 4) and not model.edges_.diagonal().any()


@pytest.mark.parametrize("model", JOINT, ids=JOINT_IDS)
def test_bool_int8_and_thresholds_say_the_same(model):
    cells = chain(100, 3)
    expected = model.fit(cells).distribution_.copy()
    np.testing.assert_array_equal(model.fit(cells.astype(bool)).distribution_, expected)
    values = np.where(cells, 2.5, -1.0)
    other = type(model)(**{**model.get_params(), "binarize": 0.0}).fit(values)
    np.testing.assert_array_equal(other.distribution_, expected)
    np.testing.assert_array_equal(other.conditionals(values), model.conditionals(cells))


@pytest.mark.parametrize("alpha", [0.0, 2.0])
def test_independent_genes_are_the_product_of_marginals(alpha):
    cells = chain(200, 3)
    model = IndependentGenes(alpha=alpha).fit(cells)
    p = frequencies(cells, alpha)
    share = [sum(p[s] for s, state in enumerate(states_of(3)) if state[g]) for g in range(3)]
    np.testing.assert_allclose(model.marginals_, share)
    expected = [
        np.prod([m if x else 1 - m for m, x in zip(share, state, strict=True)]) for state in states_of(3)
    ]
    np.testing.assert_allclose(model.distribution_, expected)
    assert not model.edges_.any()


def every_tree(num_genes):
    """All spanning trees, each as pairs."""
    pairs = list(combinations(range(num_genes), 2))
    for chosen in combinations(pairs, num_genes - 1):
        reached = {0}
        for _ in range(num_genes):
            reached |= {v for pair in chosen for v in pair if set(pair) & reached}
        if len(reached) == num_genes:
            yield chosen


def tree_distribution(p, tree, num_genes):
    """Gene 0 by its marginal, then along the tree each gene given the one it was reached from."""
    states = states_of(num_genes)

    def chance(**fixed):
        return sum(
            p[s] for s, state in enumerate(states) if all(state[int(g[1:])] == v for g, v in fixed.items())
        )

    result = []
    for state in states:
        value, reached = chance(g0=state[0]), [0]
        while len(reached) < num_genes:
            a, b = next(
                (a, b) for i, j in tree for a, b in ((i, j), (j, i)) if a in reached and b not in reached
            )
            value *= chance(**{f"g{a}": state[a], f"g{b}": state[b]}) / chance(**{f"g{a}": state[a]})
            reached.append(b)
        result.append(value)
    return np.array(result)


@pytest.mark.parametrize("seed", range(4))
def test_the_tree_is_the_likeliest_of_all(seed):
    p = random_distribution(4, seed, lowest=0.02)
    cells = cells_like(p, 3000)
    model = ChowLiuTree(alpha=0).fit(cells)
    p = frequencies(cells)
    trees = list(every_tree(4))
    assert len(trees) == 16
    scores = {tree: p @ np.log(tree_distribution(p, tree, 4)) for tree in trees}
    best = max(scores, key=scores.get)
    assert tuple(sorted(model.tree_)) == best
    np.testing.assert_allclose(model.distribution_, tree_distribution(p, best, 4), atol=1e-12)
    assert model.score(cells) == pytest.approx(scores[best])


def test_a_tree_is_weighted_by_mutual_information():
    cells = np.array([[0, 0, 0]] * 3 + [[1, 1, 0]] * 3 + [[0, 1, 1], [1, 0, 1]])
    model = ChowLiuTree(alpha=0).fit(cells)
    assert model.tree_[0] == (0, 1)
    # By hand: 3/8 each where they agree, 1/8 where not, halves apart.
    assert model.edges_[0, 1] == pytest.approx(0.75 * np.log(1.5) + 0.25 * np.log(0.5))
    np.testing.assert_array_equal(model.edges_, model.edges_.T)
    assert np.count_nonzero(np.triu(model.edges_)) <= 2 and len(model.tree_) == 2


def test_equal_edges_go_to_the_lower_genes():
    cells = np.array([[0, 0, 0]] * 5 + [[1, 1, 1]] * 5)
    assert ChowLiuTree().fit(cells).tree_ == ((0, 1), (0, 2))


def test_a_tree_of_genes_that_never_change_is_certain():
    model = ChowLiuTree(alpha=0).fit(np.array([[1, 0, 1]] * 4))
    assert model.distribution_[0b101] == 1 and model.distribution_.sum() == 1


@pytest.mark.parametrize("model", JOINT, ids=JOINT_IDS)
def test_bad_input_is_told(model):
    with pytest.raises(NotFittedError):
        type(model)().conditionals([[0, 1]])
    with pytest.raises(ArgumentError, match=r"'X' must hold only 0 and 1; got 2\.0\. Set binarize"):
        model.fit([[0, 2], [1, 0]])
    with pytest.raises(ValueError, match="NaN"):
        model.fit([[0, np.nan], [1, 0]])
    with pytest.raises(ArgumentError, match="at most 12 genes"):
        model.fit(np.zeros((3, 13)))
    with pytest.raises(ArgumentError, match="'alpha'"):
        type(model)(alpha=-1).fit([[0, 1], [1, 0]])
    with pytest.raises(ArgumentError, match="'binarize'"):
        type(model)(binarize="high").fit([[0, 1], [1, 0]])
    fitted = type(model)().fit([[0, 1], [1, 0]])
    with pytest.raises(ValueError, match="features"):
        fitted.conditionals([[0, 1, 1]])
