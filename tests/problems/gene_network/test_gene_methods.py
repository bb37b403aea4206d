"""GENIE3, PIDC and correlations, each against its definition."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from network_cases import cells_like, chain, frequencies, random_distribution, states_of
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression

from qsetu.core.errors import ArgumentError
from qsetu.problems.gene_network import CorrelationNetwork, ForestNetwork, PIDCNetwork

# -- forests ----------------------------------------------------------------------------------------


def whole(**settings):
    """A forest of one tree that sees everything."""
    return ForestNetwork(trees=1, max_features="all", bootstrap=False, random_state=0, **settings)


@pytest.mark.parametrize("alpha", [0.0, 1.0, 3.0])
def test_one_full_tree_is_the_table_of_conditionals(alpha):
    cells = cells_like(random_distribution(3, 0, 0.05), 500)
    model = whole(alpha=alpha).fit(cells)
    counts = {s: int((cells == s).all(axis=1).sum()) for s in states_of(3)}
    for state in states_of(3):
        for g in range(3):
            on, off = (counts[(*state[:g], x, *state[g + 1 :])] for x in (1, 0))
            assert min(on, off) > 0
            expected = (on + alpha) / (on + off + 2 * alpha)
            assert model.conditionals([state])[0, g] == pytest.approx(expected)


@pytest.mark.parametrize("target", ["activity", "values"])
def test_importances_are_those_of_a_forest_of_all_cells(target):
    # Distinct cells with weights must give what scikit-learn makes of the cells themselves.
    cells = chain(600, 4)
    if target == "values":
        cells = cells * np.random.default_rng(0).integers(1, 4, cells.shape)
    found = whole(target=target).fit(cells).edges_
    assert not found.diagonal().any()
    for g in range(4):
        others = [k for k in range(4) if k != g]
        kind = RandomForestRegressor if target == "values" else RandomForestClassifier
        forest = kind(1, max_features=None, bootstrap=False, random_state=0).fit(
            cells[:, others], cells[:, g]
        )
        gains = forest.estimators_[0].tree_.compute_feature_importances(normalize=False)
        p = cells[:, g].mean()
        impurity = cells[:, g].var() if target == "values" else 1 - p**2 - (1 - p) ** 2
        np.testing.assert_allclose(found[others, g], gains / impurity, atol=2e-3)
        # Which of two equal splits is taken is chance; what all of them gain is not.
        assert found[:, g].sum() == pytest.approx(gains.sum() / impurity, abs=2e-3)


@pytest.mark.parametrize(("features", "tolerance"), [("all", 0.05), ("sqrt", 0.1)])
def test_a_forest_is_one_of_bootstraps(features, tolerance):
    cells = chain(500, 4)
    ours = ForestNetwork(trees=100, max_features=features, random_state=0, alpha=0).fit(cells)
    for g in (1, 2):
        others = [k for k in range(4) if k != g]
        peer = RandomForestClassifier(
            100, max_features=None if features == "all" else "sqrt", random_state=0
        ).fit(cells[:, others], cells[:, g])
        expected = peer.predict_proba(cells[:, others])[:, 1]
        # States of three cells are drawn so differently that only the mean of all cells is near.
        assert ((ours.conditionals(cells)[:, g] - expected) ** 2).mean() < 0.02**2
        assert {tree.max_features for tree in ours.forests_[g]} == {peer.estimators_[0].max_features}
        gains = [tree.tree_.compute_feature_importances(normalize=False) for tree in peer.estimators_]
        p = cells[:, g].mean()
        expected = np.mean(gains, axis=0) / (2 * p * (1 - p))
        np.testing.assert_allclose(ours.edges_[others, g], expected, atol=tolerance)


def test_the_regulator_is_the_row():
    # Gene 1 is 0 or 1 by gene 0, whose other values gene 1 does not tell.
    rng = np.random.default_rng(0)
    first = rng.integers(0, 6, 3000)
    cells = np.column_stack([first, (first >= 3).astype(int), rng.integers(0, 2, 3000)])
    edges = ForestNetwork(target="values", trees=20, max_features="all", random_state=0).fit(cells).edges_
    assert edges[0, 1] > 0.99 and 0.7 < edges[1, 0] < 0.9 and edges[2].max() < 0.1


def test_forests_repeat_themselves_and_differ_by_seed():
    cells = chain(200)
    first, again, other = (ForestNetwork(trees=5, random_state=s).fit(cells).edges_ for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_leaves_hold_enough_cells():
    cells = chain(400)
    model = whole(min_leaf=50).fit(cells)
    for (tree,) in model.forests_:
        leaves = tree.tree_.children_left == -1
        assert 50 <= tree.tree_.weighted_n_node_samples[leaves].min() < 200
    with pytest.raises(ArgumentError, match="'min_leaf' must be at most half"):
        whole(min_leaf=201).fit(cells)


@pytest.mark.parametrize("constant", [0, 1])
def test_a_gene_that_never_changes_is_as_certain_as_smoothing_lets_it(constant):
    cells = np.column_stack([chain(100, 2), np.full(100, constant)])
    model = whole().fit(cells)
    assert not model.edges_[:, 2].any() and not model.edges_[2].any()
    given = model.conditionals(cells)[:, 2]
    assert ((given > 0.9) if constant else (given < 0.1)).all() and 0 < given.min() < given.max() + 1e-9 < 1
    values = np.column_stack([chain(100, 2), np.full(100, 0.1)])
    assert not whole(target="values").fit(values).edges_[:, 2].any()


def test_values_have_no_conditionals():
    model = ForestNetwork(target="values", trees=2, random_state=0).fit(3.5 * chain(50))
    assert not model.gives_probabilities and ForestNetwork().gives_probabilities
    with pytest.raises(ArgumentError, match="'target' must be 'activity' for conditionals"):
        model.conditionals(chain(50))


@pytest.mark.parametrize(
    "setting",
    [{"target": "x"}, {"max_features": "log2"}, {"trees": 0}, {"min_leaf": 0}, {"alpha": -1}],
    ids=str,
)
def test_forest_settings_are_checked(setting):
    with pytest.raises(ArgumentError, match=f"'{next(iter(setting))}'"):
        ForestNetwork(**setting).fit([[0, 1], [1, 0]])


# -- partial information decomposition --------------------------------------------------------------


def pidc_by_definition(cells):
    """Proportional unique contributions by loops over genes and levels, with shares counted cell by cell."""
    cells = [tuple(map(int, cell)) for cell in cells]
    genes = range(len(cells[0]))
    levels = range(max(max(cell) for cell in cells) + 1)

    def share(**fixed):
        return sum(all(c[int(g[1:])] == v for g, v in fixed.items()) for c in cells) / len(cells)

    def specific(target, value, source):
        total = 0.0
        for other in levels:
            joint = share(**{f"g{target}": value, f"g{source}": other})
            if joint:
                given_source = joint / share(**{f"g{source}": other})
                total += (
                    joint
                    / share(**{f"g{target}": value})
                    * (np.log(1 / share(**{f"g{target}": value})) - np.log(1 / given_source))
                )
        return total

    def mutual(a, b):
        return sum(share(**{f"g{b}": v}) * specific(b, v, a) for v in levels if share(**{f"g{b}": v}))

    def redundancy(target, a, b):
        return sum(
            share(**{f"g{target}": v}) * min(specific(target, v, a), specific(target, v, b))
            for v in levels
            if share(**{f"g{target}": v})
        )

    result = np.zeros((len(genes), len(genes)))
    for x in genes:
        for y in genes:
            for z in genes:
                if len({x, y, z}) == 3 and mutual(x, y) > 1e-12:
                    alone = mutual(x, y) - redundancy(y, x, z) + mutual(y, x) - redundancy(x, y, z)
                    result[x, y] += alone / mutual(x, y)
    return result


@pytest.mark.parametrize(("num_genes", "levels", "seed"), [(3, 2, 0), (4, 2, 1), (4, 3, 2), (3, 4, 3)])
def test_contributions_are_their_definition(num_genes, levels, seed):
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, levels, (60, num_genes))
    cells[:40, 1] = (cells[:40, 0] + (rng.random(40) < 0.2)) % levels
    found = PIDCNetwork(weights="puc").fit(cells)
    np.testing.assert_allclose(found.edges_, pidc_by_definition(cells), atol=1e-9)
    np.testing.assert_array_equal(found.edges_, found.puc_)


def test_a_copy_is_unique_and_a_shared_cause_is_not():
    rng = np.random.default_rng(0)
    # All 8 combinations of three coins, so that they are independent exactly; gene 3 is a copy of gene 0.
    coins = np.array(states_of(3))
    cells = np.column_stack([coins, coins[:, 0]])
    puc = PIDCNetwork(weights="puc").fit(cells).puc_
    # Neither of two third genes tells anything of it, in either direction: all of it is unique, 2 times 2.
    assert puc[0, 3] == pytest.approx(4)
    assert puc[0, 1] == puc[1, 2] == 0
    three = np.column_stack([coins[:, 0]] * 3)
    np.testing.assert_allclose(PIDCNetwork(weights="puc").fit(three).puc_, 0, atol=1e-12)
    assert not PIDCNetwork().fit(three).edges_.any() and rng is not None


def test_what_rounding_leaves_of_independence_is_nothing():
    # Every combination once: independent, with shares that binary fractions cannot hold.
    cells = np.array([(a, b, c) for a in range(3) for b in range(5) for c in range(7)])
    assert not PIDCNetwork(weights="puc").fit(cells).puc_.any()


def test_confidence_is_the_rank_among_both_genes():
    cells = chain(500, 5)
    model = PIDCNetwork().fit(cells)
    puc = model.puc_
    for x, y in permutations(range(5), 2):
        of_x = np.mean([puc[x, z] <= puc[x, y] for z in range(5) if z != x])
        of_y = np.mean([puc[y, z] <= puc[y, x] for z in range(5) if z != y])
        assert model.edges_[x, y] == pytest.approx(of_x + of_y if puc[x, y] > 0 else 0.0)
    assert (puc == 0).sum() > 5  # the diagonal has five
    neighbors = {tuple(sorted(p)) for p in zip(*np.nonzero(model.edges_ >= 1.99), strict=True)}
    assert neighbors and neighbors <= {(0, 1), (1, 2), (2, 3), (3, 4)}


def test_bins_are_of_equal_width():
    values = np.array([[0.0, 5], [0.9, 5], [1.1, 5], [2.9, 5], [3.0, 5]]) @ np.diag([1, 1])
    rng = np.random.default_rng(0)
    third = rng.integers(0, 2, (5, 1))
    found = PIDCNetwork(bins=3, weights="puc").fit(np.hstack([values, third, values[:, :1]]))
    levels = np.hstack([np.array([[0], [0], [1], [2], [2]]), np.zeros((5, 1)), 2 * third])
    expected = PIDCNetwork(weights="puc").fit(np.hstack([levels, levels[:, :1]]))
    np.testing.assert_array_equal(found.puc_, expected.puc_)
    assert found.puc_[0, 3] > 0


def test_pidc_has_edges_only():
    model = PIDCNetwork().fit(chain(100))
    assert not model.gives_probabilities
    with pytest.raises(ArgumentError, match="must give probabilities; got PIDCNetwork: edges only"):
        model.conditionals(chain(100))


@pytest.mark.parametrize("bad", [-1.0, 0.5, 256.0], ids=str)
def test_pidc_wants_levels(bad):
    with pytest.raises(ArgumentError, match=r"'X' must hold levels.*Set bins"):
        PIDCNetwork().fit([[0, 1], [1, bad]])
    with pytest.raises(ArgumentError, match="'bins'"):
        PIDCNetwork(bins=1).fit([[0, 1], [1, 0]])
    with pytest.raises(ArgumentError, match="'weights'"):
        PIDCNetwork(weights="mi").fit([[0, 1], [1, 0]])


# -- correlations -----------------------------------------------------------------------------------


def test_correlations_are_numpys():
    cells = chain(300)
    edges = CorrelationNetwork().fit(cells).edges_
    expected = np.corrcoef(cells.T)
    apart = ~np.eye(4, dtype=bool)
    np.testing.assert_allclose(edges[apart], expected[apart], atol=1e-12)
    assert not edges.diagonal().any() and edges[1, 2] < 0


def test_partial_correlations_are_those_of_residuals():
    cells = chain(300).astype(float)
    edges = CorrelationNetwork(method="partial").fit(cells).edges_
    for i, j in permutations(range(4), 2):
        rest = np.column_stack([np.ones(300), np.delete(cells, [i, j], axis=1)])
        left = [cells[:, k] - rest @ np.linalg.lstsq(rest, cells[:, k], rcond=None)[0] for k in (i, j)]
        assert edges[i, j] == pytest.approx(np.corrcoef(*left)[0, 1], abs=1e-9)
    assert not edges.diagonal().any()


def test_conditionals_are_logistic_regressions():
    cells = chain(300)
    model = CorrelationNetwork(C=0.5).fit(cells)
    for g in range(4):
        others = np.delete(cells, g, axis=1)
        peer = LogisticRegression(C=0.5, tol=1e-10, max_iter=2000).fit(others, cells[:, g])
        np.testing.assert_allclose(
            model.conditionals(cells)[:, g], peer.predict_proba(others)[:, 1], atol=1e-5
        )
        assert model.coef_[g, g] == 0
        np.testing.assert_allclose(np.delete(model.coef_[:, g], g), peer.coef_[0], atol=1e-4)


@pytest.mark.parametrize("method", ["pearson", "partial"])
@pytest.mark.parametrize(("alpha", "expected"), [(1.0, 101 / 102), (0.0, 1.0)])
def test_a_constant_or_repeated_gene_is_no_problem(method, alpha, expected):
    pair = chain(100, 2)
    cells = np.column_stack([pair, np.ones(100), pair[:, 0]])
    model = CorrelationNetwork(method=method, alpha=alpha).fit(cells)
    assert np.isfinite(model.edges_).all() and not model.edges_[2].any() and np.abs(model.edges_).max() <= 1
    assert model.edges_[0, 3] == pytest.approx(1)
    # Where its copy is known, a gene has nothing left to share.
    assert model.edges_[0, 1] == 0 if method == "partial" else model.edges_[0, 1] > 0.4
    np.testing.assert_allclose(model.conditionals(cells)[:, 2], expected, atol=1e-9)
    assert frequencies(cells).sum() == pytest.approx(1)


def test_correlation_settings_are_checked():
    for setting in ({"method": "spearman"}, {"C": 0}, {"alpha": -1}):
        with pytest.raises(ArgumentError, match=f"'{next(iter(setting))}'"):
            CorrelationNetwork(**setting).fit([[0, 1], [1, 0]])
    with pytest.raises(ArgumentError, match="must hold only 0 and 1"):
        CorrelationNetwork().fit([[0, 3], [1, 0]])
