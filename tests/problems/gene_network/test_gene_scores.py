"""Scores, controls, agreement of edges, folds, and the picture."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from network_cases import chain, frequencies, states_of
from scipy.stats import spearmanr

from qsetu.core.errors import ArgumentError
from qsetu.problems.gene_network import (
    ChowLiuTree,
    CorrelationNetwork,
    EmpiricalStates,
    ForestNetwork,
    IndependentGenes,
    PIDCNetwork,
    cross_validate_networks,
    draw_network,
    edge_agreement,
    edge_stability,
    log_likelihood,
    pseudo_likelihood,
    shuffled,
    total_variation,
)


@pytest.mark.parametrize("model", [EmpiricalStates(), ChowLiuTree(), CorrelationNetwork()], ids=repr)
def test_the_pseudo_likelihood_is_its_definition(model):
    known, held = chain(200, 3, seed=0), chain(60, 3, seed=1)
    model.fit(known)
    product = 1.0
    for cell in held:
        for g in range(3):
            on = model.conditionals([cell])[0, g]
            product *= on if cell[g] else 1 - on
    assert pseudo_likelihood(model, held) == pytest.approx(product ** (1 / 180))


def test_the_pseudo_likelihood_by_hand():
    # States 00, 01, 11 by 1/4, 1/4, 1/2 (the right letter is gene 0).
    cells = np.array([[0, 0], [1, 0], [1, 1], [1, 1]])
    model = EmpiricalStates(alpha=0).fit(cells)
    given = [(1 / 2, 1), (1 / 2, 1 / 3), (1, 2 / 3), (1, 2 / 3)]
    assert pseudo_likelihood(model, cells) == pytest.approx(np.prod(given) ** (1 / 8))
    assert log_likelihood(model, cells) == pytest.approx((2 * np.log(1 / 4) + 2 * np.log(1 / 2)) / 4)
    assert pseudo_likelihood(model, [[0, 1]]) == 0  # 01 was held for impossible, 11 was not
    assert log_likelihood(model, [[0, 1]]) == -np.inf


def test_who_has_no_score_says_so():
    with pytest.raises(ArgumentError, match="edges only"):
        pseudo_likelihood(PIDCNetwork().fit(chain()), chain())
    with pytest.raises(ArgumentError, match="'network' must have a distribution; got ForestNetwork"):
        log_likelihood(ForestNetwork(trees=1).fit(chain()), chain())


def test_total_variation_is_the_largest_difference_of_an_event():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(8), 2)
    best = max(abs(sum(p[i] - q[i] for i in range(8) if event >> i & 1)) for event in range(256))
    assert total_variation(p, q) == pytest.approx(best)
    assert total_variation([1, 0], [0, 1]) == 1 and total_variation(p, p) == 0


@pytest.mark.parametrize(
    ("p", "q", "said"),
    [
        ([0.5, 0.6], [1, 0], "'p' must be probabilities"),
        ([1.5, -0.5], [1, 0], "'p' must be probabilities"),
        ([1, 0], [[1, 0]], "'q' must be probabilities"),
        ([1, 0], [1, 0, 0], "'q' must have the shape of p"),
        ([1, 0], [np.nan, 1], "'q' must be"),
    ],
    ids=["sum", "negative", "matrix", "length", "nan"],
)
def test_distributions_are_checked(p, q, said):
    with pytest.raises(ArgumentError, match=said):
        total_variation(p, q)


def test_a_shuffle_keeps_shares_and_nothing_else():
    cells = chain(4000)
    before = cells.copy()
    mixed = shuffled(cells, 0)
    np.testing.assert_array_equal(cells, before)
    np.testing.assert_array_equal(mixed.sum(axis=0), cells.sum(axis=0))
    assert mixed.dtype == cells.dtype and mixed.shape == cells.shape
    correlations = np.corrcoef(mixed.T)[~np.eye(4, dtype=bool)]
    assert np.abs(correlations).max() < 0.06 < np.abs(np.corrcoef(cells.T)[0, 1])
    np.testing.assert_array_equal(mixed, shuffled(cells, 0))
    assert (mixed != shuffled(cells, 1)).any()
    # Genes are not moved together: twins come apart.
    twins = shuffled(np.column_stack([cells[:, 0]] * 2), 3)
    assert (twins[:, 0] != twins[:, 1]).any()
    with pytest.raises(ArgumentError, match=r"'X' must have shape \(N, G\)"):
        shuffled([1, 0], 0)
    with pytest.raises(ArgumentError, match="'seed'"):
        shuffled(cells, -1)


def test_agreement_is_spearmans():
    rng = np.random.default_rng(0)
    tables = [rng.normal(size=(4, 4)).round(1) for _ in range(3)]
    found = edge_agreement(tables)
    apart = ~np.eye(4, dtype=bool)
    for a in range(3):
        for b in range(3):
            expected = spearmanr(np.abs(tables[a][apart]), np.abs(tables[b][apart])).statistic
            assert found[a, b] == pytest.approx(expected)
    assert edge_stability(tables) == pytest.approx((found[0, 1] + found[0, 2] + found[1, 2]) / 3)
    assert edge_stability([tables[0], -tables[0]]) == 1  # strength, not sign
    changed = tables[0] + np.diag([9, 8, 7, 6])
    assert edge_stability([tables[0], changed]) == 1  # nor the diagonal


@pytest.mark.parametrize(
    ("edges", "said"),
    [
        ([np.eye(3)], "at least two"),
        ([np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2)], "must all have shape"),
        ([np.arange(6).reshape(2, 3)] * 2, "two genes or more"),
        ([np.ones((1, 1))] * 2, "two genes or more"),
        ([np.zeros((3, 3)), np.arange(9).reshape(3, 3)], "must differ within each fit"),
        ([np.full((2, 2), np.nan)] * 2, "finite"),
    ],
    ids=["one", "shapes", "oblong", "gene", "equal", "nan"],
)
def test_edges_are_checked(edges, said):
    with pytest.raises(ArgumentError, match=said):
        edge_agreement(edges)


def test_folds_hold_cells_out_and_leave_models_alone():
    cells = chain(203, 3)
    models = {
        "apart": IndependentGenes(),
        "tree": ChowLiuTree(),
        "states": EmpiricalStates(),
        "pidc": PIDCNetwork(),
        "forest": ForestNetwork(trees=3, random_state=0),
        "values": ForestNetwork(target="values", trees=3, random_state=0),
    }
    scores = cross_validate_networks(models, cells, folds=4, seed=1)
    assert list(scores) == list(models) and not hasattr(models["tree"], "edges_")
    again = cross_validate_networks(models, cells, folds=4, seed=1)
    np.testing.assert_array_equal(scores["forest"].pseudo_likelihood, again["forest"].pseudo_likelihood)
    other = cross_validate_networks({"tree": ChowLiuTree()}, cells, folds=4, seed=2)["tree"]
    assert (scores["tree"].pseudo_likelihood != other.pseudo_likelihood).any()
    assert scores["tree"].pseudo_likelihood.shape == scores["tree"].log_likelihood.shape == (4,)
    assert scores["tree"].pseudo_likelihood.mean() > scores["apart"].pseudo_likelihood.mean()
    assert scores["tree"].stability == edge_stability(scores["tree"].edges)
    assert scores["apart"].stability is None and scores["apart"].edges.shape == (4, 3, 3)
    assert scores["states"].edges is None and scores["states"].stability is None
    assert scores["pidc"].pseudo_likelihood is None and scores["pidc"].log_likelihood is None
    assert scores["values"].pseudo_likelihood is None and scores["forest"].log_likelihood is None


class Spy(EmpiricalStates):
    """Remembers what it was fitted to and asked for."""

    known: list = []  # noqa: RUF012
    asked: list = []  # noqa: RUF012

    def fit(self, X, y=None):
        self.known.append(np.asarray(X))
        return super().fit(X)

    def score_samples(self, X):
        self.asked.append(np.asarray(X))
        return super().score_samples(X)


def test_every_cell_is_held_out_once():
    Spy.known, Spy.asked = [], []
    # 32 cells, all different.
    cells = np.array(states_of(5))
    cross_validate_networks({"spy": Spy()}, cells, folds=5)
    together = np.concatenate(Spy.asked)
    assert sorted(map(tuple, together)) == sorted(map(tuple, cells))
    assert sorted(len(part) for part in Spy.asked) == [6, 6, 6, 7, 7]
    for known, asked in zip(Spy.known, Spy.asked, strict=True):
        assert {*map(tuple, known)} | {*map(tuple, asked)} == {*map(tuple, cells)}
        assert not {*map(tuple, known)} & {*map(tuple, asked)}


def test_folds_are_checked():
    for setting in ({"folds": 1}, {"folds": 5}, {"seed": -1}):
        with pytest.raises(ArgumentError, match=f"'{next(iter(setting))}'"):
            cross_validate_networks({}, chain(4), **{"folds": 2, **setting})
    with pytest.raises(ArgumentError, match="'X'"):
        cross_validate_networks({}, [0, 1])
    assert frequencies(chain(4)).sum() == 1


# -- the picture ------------------------------------------------------------------------------------

GENES = ["A", "B", "C"]
EDGES = np.array([[7.0, 2.0, 0.0], [0.0, 0.0, -1.0], [0.1, 0.0, 0.0]])


def arrows(edges, **settings):
    axes = Figure().add_subplot()
    draw_network(axes, edges, GENES, **settings)
    return axes, [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]


def test_width_color_and_line_say_strength_and_sign():
    axes, drawn = arrows(EDGES)
    assert [text.get_text() for text in axes.texts] == GENES
    weak, lowering, raising = drawn  # strongest last, on top; the diagonal is left out
    assert weak.get_linewidth() < lowering.get_linewidth() < raising.get_linewidth()
    assert mpl.colors.to_hex(raising.get_edgecolor()) != mpl.colors.to_hex(lowering.get_edgecolor())
    assert raising.get_linestyle() != lowering.get_linestyle()
    assert type(raising.get_arrowstyle()) is not type(lowering.get_arrowstyle())
    # From regulator to target.
    places = {text.get_text(): text.get_position() for text in axes.texts}
    assert [tuple(end) for end in raising._posA_posB] == [places["A"], places["B"]]
    assert [tuple(end) for end in lowering._posA_posB] == [places["B"], places["C"]]


def test_weak_edges_can_be_left_out():
    assert len(arrows(EDGES, least=0.3)[1]) == 2
    assert len(arrows(EDGES, least=1)[1]) == 1


def test_symmetric_edges_are_lines_once():
    _, drawn = arrows(EDGES + EDGES.T)
    assert len(drawn) == 3
    heads = {type(patch.get_arrowstyle()).__name__ for patch in drawn}
    assert heads == {"Curve"}


def test_no_edges_draw_genes_alone():
    axes, drawn = arrows(np.zeros((3, 3)))
    assert not drawn and len(axes.texts) == 3


def test_a_picture_is_checked():
    with pytest.raises(ArgumentError, match="'genes' must hold 3 names"):
        draw_network(Figure().add_subplot(), EDGES, ["A"])
    with pytest.raises(ArgumentError, match="'edges'"):
        draw_network(Figure().add_subplot(), EDGES[:2], GENES)
    with pytest.raises(ArgumentError, match="'least'"):
        draw_network(Figure().add_subplot(), EDGES, GENES, least=2)
