"""The circuit of a gene network and its fit: matrices by hand, slopes, planted angles, the twin."""

from __future__ import annotations

import signal

import numpy as np
import pytest
from network_cases import cells_like, chain, frequencies, random_distribution, states_of

import qsetu
from qsetu.core.errors import ArgumentError
from qsetu.problems.gene_network import (
    IndependentGenes,
    PairwiseIsing,
    QuantumGeneNetwork,
    log_likelihood,
    network_circuit,
    total_variation,
)
from qsetu.problems.gene_network.circuit import StateModel, edges_of
from qsetu.problems.gene_network.quantum import divergence
from qsetu.problems.gene_network.training import descend


def by_hand(own, edges):
    """Probabilities, amplitude by amplitude: each gate turns pairs of states that differ in its target."""
    num_genes = len(own)
    state = {s: float(not any(s)) for s in states_of(num_genes)}

    def turn(angle, target, control=None):
        done = dict(state)
        for s in state:
            if s[target] == 0 and (control is None or s[control] == 1):
                up = (*s[:target], 1, *s[target + 1 :])
                c, d = np.cos(angle / 2), np.sin(angle / 2)
                done[s], done[up] = c * state[s] - d * state[up], d * state[s] + c * state[up]
        state.update(done)

    for g in range(num_genes):
        turn(own[g], g)
    for k in range(num_genes):
        for p in range(num_genes):
            if p != k:
                turn(edges[k][p], p, k)
    return np.array([state[s] ** 2 for s in states_of(num_genes)])


def flat(own, edges):
    return np.concatenate([own, np.asarray(edges)[~np.eye(len(own), dtype=bool)]])


def random_angles(num_genes, seed, spread=2.0):
    rng = np.random.default_rng(seed)
    edges = rng.uniform(-spread, spread, (num_genes, num_genes))
    np.fill_diagonal(edges, 0)
    return rng.uniform(0.5, 2.5, num_genes), edges


@pytest.mark.parametrize("num_genes", [1, 2, 3, 5])
@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_the_circuit_is_the_published_one(num_genes, engine):
    own, edges = random_angles(num_genes, num_genes)
    model = StateModel(network_circuit(num_genes), engine)
    np.testing.assert_allclose(model.probabilities(flat(own, edges)), by_hand(own, edges), atol=1e-12)
    np.testing.assert_array_equal(edges_of(flat(own, edges), num_genes), edges)


def test_an_active_gene_turns_its_target_and_not_the_other_way():
    # Gene 0 is always active; it turns gene 2 fully. Gene 1 is never active.
    angles = flat([np.pi, 0, 0], [[0, 0, np.pi], [0, 0, 0], [0, 0, 0]])
    p = StateModel(network_circuit(3)).probabilities(angles)
    assert p[0b101] == pytest.approx(1)
    silent = flat([0, 0, 0], [[0, 0, np.pi], [0, 0, 0], [0, 0, 0]])
    assert StateModel(network_circuit(3)).probabilities(silent)[0] == pytest.approx(1)


@pytest.mark.parametrize("kind", ["likelihood", "published"])
@pytest.mark.parametrize("num_genes", [1, 2, 4])
def test_slopes_of_the_loss_are_its_differences(kind, num_genes):
    model = StateModel(network_circuit(num_genes))
    angles, observed = flat(*random_angles(num_genes, 7)), random_distribution(num_genes, 5, 0.01)

    def loss(at):
        return divergence(model.probabilities(at), observed, kind, 0.1)

    found = model.pull_back(angles, loss(angles)[1])
    for j in range(len(angles)):
        step = np.zeros(len(angles))
        step[j] = 1e-6
        rise = loss(angles + step)[0] - loss(angles - step)[0]
        assert rise / 2e-6 == pytest.approx(found[j], rel=1e-5, abs=1e-5)


def test_losses_are_their_definitions():
    p, q = random_distribution(2, 0), random_distribution(2, 1)
    assert divergence(p, q, "likelihood", 0.0)[0] == pytest.approx(
        sum(b * np.log(b / a) for a, b in zip(p, q, strict=True))
    )
    # 30 cells and one more in each of 4 states.
    h = (30 * p + 1) / 34
    expected = sum(a * np.log(a / b) for a, b in zip(h, q, strict=True))
    assert divergence(p, q, "published", 4 / 34)[0] == pytest.approx(expected)
    never = np.array([0.5, 0.5, 0.0, 0.0])
    assert divergence(never, never, "likelihood", 0.0)[0] == pytest.approx(0)
    assert np.isfinite(divergence(never, q, "likelihood", 0.0)[0])


@pytest.mark.parametrize("seed", [1, 2])
def test_planted_angles_are_found(seed):
    own, edges = random_angles(5, seed, spread=0.6)
    own = own * 0.6 + 0.5
    p = by_hand(own, edges)
    cells = cells_like(p, 400_000)
    settings = {"penalty": 0.0, "alpha": 0.0, "max_iter": 3000, "tol": 1e-10, "patience": 200}
    model = QuantumGeneNetwork(random_state=0, **settings).fit(cells)
    assert total_variation(model.distribution_, p) < 1e-4
    np.testing.assert_allclose(model.edges_, edges, atol=0.05)
    np.testing.assert_allclose(model.angles_, own, atol=0.05)


def test_what_is_fitted_is_what_the_circuit_gives():
    cells = chain(500)
    model = QuantumGeneNetwork(random_state=0).fit(cells)
    states = qsetu.statevector(model.circuit_, model.parameters_, engine="reference", dtype="complex128")
    np.testing.assert_allclose(model.distribution_, abs(states) ** 2, atol=1e-12)
    np.testing.assert_allclose(model.distribution_, by_hand(model.angles_, model.edges_), atol=1e-12)
    np.testing.assert_array_equal(model.parameters_, flat(model.angles_, model.edges_))
    observed = frequencies(cells, 1.0)
    value = observed @ np.log(observed / model.distribution_)
    spread = model.edges_[~np.eye(4, dtype=bool)]
    assert model.loss_curve_[-1] == pytest.approx(value + 0.005 * (spread**2).mean(), abs=1e-9)
    assert (np.diff(model.loss_curve_) <= 1e-12).all() and model.n_iter_ == len(model.loss_curve_) - 1


def test_a_fit_beats_genes_apart_and_pairs_where_three_matter():
    rng = np.random.default_rng(0)
    cells = rng.random((20_000, 3)) < 0.5
    cells[:, 2] = np.where(rng.random(20_000) < 0.9, cells[:, 0] ^ cells[:, 1], cells[:, 2])
    half = [cells[::2], cells[1::2]]
    models = [m.fit(half[0]) for m in (QuantumGeneNetwork(random_state=0, restarts=4), PairwiseIsing())]
    found, pairs = (log_likelihood(model, half[1]) for model in models)
    assert pairs == pytest.approx(log_likelihood(IndependentGenes().fit(half[0]), half[1]), abs=1e-3)
    assert found > pairs + 0.3


def test_the_fit_cannot_be_improved_by_small_steps():
    cells = chain(500, 3)
    model = QuantumGeneNetwork(random_state=0).fit(cells)
    circuit, observed = StateModel(network_circuit(3)), frequencies(cells, 1.0)

    def loss(at):
        value, _ = divergence(circuit.probabilities(at), observed, "likelihood", 0.0)
        return value + 0.005 * (at[3:] ** 2).mean()

    here = loss(model.parameters_)
    for j in range(9):
        for step in (-1e-2, 1e-2):
            moved = model.parameters_.copy()
            moved[j] += step
            assert loss(moved) > here


@pytest.mark.parametrize("divergence", ["likelihood", "published"])
def test_the_twin_is_the_product_of_marginals(divergence):
    cells = chain(400)
    twin = QuantumGeneNetwork(
        entangled=False, divergence=divergence, train_encoder=False, random_state=0
    ).fit(cells)
    apart = IndependentGenes().fit(cells)
    np.testing.assert_allclose(twin.distribution_, apart.distribution_, atol=1e-12)
    assert not twin.edges_.any() and twin.edges_.shape == (4, 4)
    assert twin.circuit_.num_params == len(twin.parameters_) == 4
    trained = QuantumGeneNetwork(entangled=False, random_state=0).fit(cells)
    np.testing.assert_allclose(trained.distribution_, apart.distribution_, atol=1e-6)


def test_a_fixed_encoder_stays_at_the_shares():
    cells = chain(400)
    model = QuantumGeneNetwork(train_encoder=False, random_state=0).fit(cells)
    shares = IndependentGenes().fit(cells).marginals_
    np.testing.assert_allclose(model.angles_, 2 * np.arcsin(np.sqrt(shares)))
    assert model.loss_curve_[-1] < model.loss_curve_[0] / 2 and np.abs(model.edges_).max() > 0.2


def test_the_published_loss_is_what_falls():
    cells = chain(400)
    model = QuantumGeneNetwork(divergence="published", penalty=0, random_state=0).fit(cells)
    h = (400 * model.distribution_ + 1) / 416
    assert model.loss_curve_[-1] == pytest.approx(h @ np.log(h / frequencies(cells, 1.0)), abs=1e-12)


def test_the_penalty_draws_edges_to_0():
    cells = chain(400)
    sizes = [
        np.abs(QuantumGeneNetwork(penalty=p, random_state=0).fit(cells).edges_).sum()
        for p in (0.0, 0.1, 10.0, 1e6)
    ]
    assert sizes[0] > sizes[1] > sizes[2] > sizes[3] and sizes[3] < 1e-3


def test_with_a_penalty_another_seed_finds_the_same():
    cells = chain(2000, 5)
    first, second = (QuantumGeneNetwork(random_state=seed).fit(cells) for seed in (0, 1))
    np.testing.assert_allclose(first.edges_, second.edges_, atol=1e-2)
    again = QuantumGeneNetwork(random_state=0).fit(cells)
    np.testing.assert_array_equal(first.parameters_, again.parameters_)


def test_restarts_keep_the_lowest():
    cells = cells_like(random_distribution(5, 1), 3000)
    settings = {"penalty": 0.0, "max_iter": 200, "random_state": 1}
    losses = [QuantumGeneNetwork(restarts=n, **settings).fit(cells).loss_curve_[-1] for n in (1, 2, 4)]
    assert losses[0] >= losses[1] >= losses[2] and losses[2] < 0.8 * losses[0]


def test_a_callback_watches_and_ends():
    told = []

    def watch(iteration, loss):
        told.append((iteration, loss))
        return iteration == 3

    model = QuantumGeneNetwork(random_state=0, callback=watch).fit(chain(400))
    assert [i for i, _ in told] == [1, 2, 3]
    assert [loss for _, loss in told] == model.loss_curve_[1:] and model.n_iter_ == 3
    assert QuantumGeneNetwork(random_state=0, max_iter=2).fit(chain(400)).n_iter_ == 2


def test_patience_ends_a_fit_that_gets_nowhere():
    cells = chain(400)
    model = QuantumGeneNetwork(random_state=0, tol=0.5, patience=3).fit(cells)
    # No step of this fit is worth 0.5 nats; no slope is above it either, so both rules say stop.
    assert model.n_iter_ <= 3
    assert QuantumGeneNetwork(random_state=0).fit(cells).n_iter_ > 10


def test_patience_counts_gains_and_not_slopes():
    cells = cells_like(random_distribution(5, 0), 3000)
    settings = {"penalty": 0.0, "tol": 1e-4, "random_state": 0, "max_iter": 2000}
    short, long = (QuantumGeneNetwork(patience=p, **settings).fit(cells) for p in (2, 10**6))
    assert short.n_iter_ < long.n_iter_ and long.loss_curve_[-1] < short.loss_curve_[-1]
    np.testing.assert_array_equal(short.loss_curve_, long.loss_curve_[: short.n_iter_ + 1])


def test_the_best_is_kept_and_not_the_last():
    seen = []

    def evaluate(angles):
        seen.append(angles.copy())
        if len(seen) == 3:
            raise KeyboardInterrupt
        return (5.0, 9.0)[len(seen) - 1], np.ones(2)

    with pytest.warns(UserWarning, match="interrupted after 0"):
        run = descend(evaluate, np.zeros(2), np.array([True, False]), steps=5, tol=1e-9, patience=5)
    assert run.loss == 5 and run.interrupted and run.curve == [5]
    np.testing.assert_array_equal(run.angles, np.zeros(2))


def test_ctrl_c_keeps_the_best():
    told = []

    def interrupt(iteration, loss):
        told.append(iteration)
        if iteration == 4:
            signal.raise_signal(signal.SIGINT)

    cells = chain(400)
    with pytest.warns(UserWarning, match=r"interrupted after 4 of up to 500 iterations"):
        model = QuantumGeneNetwork(random_state=0, restarts=3, callback=interrupt).fit(cells)
    assert model.n_iter_ == 4 and told == [1, 2, 3, 4]  # no restart after it
    same = QuantumGeneNetwork(random_state=0, max_iter=4).fit(cells)
    np.testing.assert_allclose(model.parameters_, same.parameters_)


@pytest.mark.parametrize(
    "cells", [[[0, 0, 0]], [[1, 0, 1]] * 5, [[0, 1, 1], [1, 1, 0]]], ids=["none", "same", "two"]
)
@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_genes_that_never_change_are_no_problem(cells, alpha):
    model = QuantumGeneNetwork(alpha=alpha, random_state=0).fit(cells)
    assert np.isfinite(model.parameters_).all() and np.isfinite(model.distribution_).all()
    assert total_variation(model.distribution_, frequencies(np.array(cells), alpha)) < 0.15


@pytest.mark.parametrize(
    "setting",
    [
        {"divergence": "kl"},
        {"penalty": -1},
        {"restarts": 0},
        {"max_iter": 0},
        {"patience": 0},
        {"tol": 0},
        {"callback": 3},
        {"alpha": 0, "divergence": "published"},
        {"engine": "no such engine"},
    ],
    ids=str,
)
def test_settings_are_checked(setting):
    with pytest.raises(ArgumentError, match=f"'{next(iter(setting))}'"):
        QuantumGeneNetwork(**setting).fit([[0, 1], [1, 0]])
