"""Cells: the posterior by scipy and quadrature, moments of the counts, classical models below the ceiling."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import logsumexp
from scipy.stats import nbinom, norm
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from genomics.simulators.simulated import blood
from qsetu.core.errors import ArgumentError
from qsetu.genomics.encoders import LogNormalizer
from qsetu.genomics.simulators import cells


def log_probability(counts, mu, phi, dropout):
    r = 1 / phi
    p = (1 - dropout) * nbinom.pmf(counts, r, r / (r + mu)) + dropout * (counts == 0)
    return np.log(p).sum()


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_the_posterior_is_that_by_integration(dropout):
    made = cells(
        12, 15, ["a", "b"], markers=3, depth=80, library_sd=0.6, dispersion=np.linspace(0.1, 1, 15),
        dropout=dropout, prior={"a": 0.3, "b": 0.7}, bayes_samples=10, seed=1,
    )  # fmt: skip
    phi = made.truth["dispersion"]
    found = made.posterior(made.dataset.X)
    for counts, row in zip(made.dataset.X, found, strict=True):
        shift = log_probability(counts, 80 * made.truth["profiles"][0], phi, dropout)
        parts = [
            quad(
                lambda z, share=share, counts=counts, shift=shift: norm.pdf(z)
                * np.exp(log_probability(counts, 80 * np.exp(0.6 * z) * share, phi, dropout) - shift),
                -8, 8, epsabs=0, epsrel=1e-10, limit=200,
            )[0]
            for share in made.truth["profiles"]
        ]  # fmt: skip
        joint = np.array(parts) * [0.3, 0.7]
        np.testing.assert_allclose(row, joint / joint.sum(), rtol=1e-6)


def test_finer_nodes_change_nothing():
    made = cells(200, 200, 4, depth=5000, dispersion=0.1, bayes_samples=10, seed=2)
    finer = dataclasses.replace(made.posterior, step=made.posterior.step / 3)
    np.testing.assert_allclose(made.posterior(made.dataset.X), finer(made.dataset.X), atol=1e-8)


def test_a_fixed_library_needs_no_integral():
    made = cells(30, 10, 2, library_sd=0.0, depth=50, dispersion=0.4, bayes_samples=10, seed=3)
    scores = [
        [log_probability(row, 50 * share, made.truth["dispersion"], 0.0) for share in made.truth["profiles"]]
        for row in made.dataset.X
    ]
    expected = np.exp(scores - logsumexp(scores, axis=1, keepdims=True))
    np.testing.assert_allclose(made.posterior(made.dataset.X), expected, atol=1e-10)
    assert (made.truth["library_size"] == 50).all()


def test_one_gene_gives_the_sum_over_all_counts():
    """With one gene that both types have alike nothing can be told; with two, all counts are summed."""
    alike = cells(5, 1, 2, markers=0, bayes_samples=10, seed=1)
    assert alike.bayes_accuracy == pytest.approx(0.5)
    made = cells(
        5, 2, ["a", "b"], markers=1, depth=6, library_sd=0.0, dispersion=0.5, log2_fold_change=2, seed=4
    )
    counts = np.arange(80)
    exact = 0.0
    grids = []
    for share in made.truth["profiles"]:
        one, two = (nbinom.pmf(counts, 2, 2 / (2 + 6 * p)) for p in share)
        grids.append(np.multiply.outer(one, two))
    exact = np.maximum(*grids).sum() / 2
    assert sum(map(np.sum, grids)) == pytest.approx(2)
    assert abs(made.bayes_accuracy - exact) < 4 * made.bayes_error_of_estimate
    assert 0 < made.bayes_error_of_estimate < 0.01


def test_counts_have_the_moments_they_should():
    made = cells(
        20_000,
        6,
        2,
        markers=2,
        depth=100,
        library_sd=0.0,
        dispersion=0.3,
        dropout=0.2,
        bayes_samples=10,
        seed=5,
    )
    for index, name in enumerate(made.classes):
        mine = made.dataset.X[made.dataset.y == name]
        mu = 100 * made.truth["profiles"][index]
        mean = 0.8 * mu
        variance = 0.8 * (mu + 0.3 * mu**2 + mu**2) - mean**2
        assert (abs(mine.mean(axis=0) - mean) < 4 * np.sqrt(variance / len(mine))).all()
        np.testing.assert_allclose(mine.var(axis=0), variance, rtol=0.12)
    sizes = np.log(
        cells(20_000, 5, 2, markers=1, library_sd=0.4, bayes_samples=10, seed=5).truth["library_size"]
    )
    assert sizes.mean() == pytest.approx(np.log(1000), abs=0.012)
    assert sizes.std() == pytest.approx(0.4, abs=0.01)


def test_markers_are_raised_in_their_type():
    made = cells(3, 50, ["x", "y", "z"], markers=4, log2_fold_change=3, bayes_samples=10, seed=6)
    plain = cells(3, 50, ["x", "y", "z"], markers=0, bayes_samples=10, seed=6).truth["profiles"]
    marked = [gene for one in made.truth["markers"].values() for gene in one]
    assert len(set(marked)) == 12
    np.testing.assert_allclose(plain[0], plain[1])
    for row, name in zip(made.truth["profiles"], made.classes, strict=True):
        factor = row / plain[0]
        own = np.isin(np.arange(50), made.truth["markers"][name])
        np.testing.assert_allclose(factor[own] / factor[~own][0], 8)
        np.testing.assert_allclose(factor[~own], factor[~own][0])
        assert row.sum() == pytest.approx(1)


def test_classical_models_approach_the_ceiling_and_stay_below():
    train, test = blood(4000, "train"), blood(4000, "test")
    X, y, U, v = train.dataset.X, train.dataset.y, test.dataset.X, test.dataset.y
    seen = FunctionTransformer(lambda counts: np.hstack([counts, counts > 0]))
    models = {
        "linear": make_pipeline(seen, StandardScaler(), LogisticRegression(C=0.05, max_iter=100)),
        "log": make_pipeline(LogNormalizer(), StandardScaler(), LogisticRegression(C=0.05, max_iter=100)),
        "forest": RandomForestClassifier(25, min_samples_leaf=5, random_state=0),
    }
    scores = {name: model.fit(X, y).score(U, v) for name, model in models.items()}
    # The right model, its profiles learned: a negative binomial of each gene.
    profiles = np.stack([X[y == name].sum(axis=0) / X[y == name].sum() for name in train.classes])
    learned = dataclasses.replace(train.posterior, profiles=profiles)
    assert abs(learned(U) - test.posterior(U)).max() > 1e-3
    scores["counts"] = (learned.predict(U) == v).mean()
    for score in scores.values():
        error = np.hypot(np.sqrt(score * (1 - score) / 4000), test.bayes_error_of_estimate)
        assert max(test.truth["prior"].values()) + 0.1 < score < test.bayes_accuracy + 4 * error
    assert scores["counts"] > test.bayes_accuracy - 4 * error
    assert test.bayes_accuracy - 0.04 < scores["linear"]
    # Zeros that are dropout stand far off among logarithms.
    assert scores["log"] < test.bayes_accuracy - 0.1


def test_the_posterior_wants_counts():
    made = blood(3)
    for X, rule in (
        (np.zeros((2, 59)), "must have shape"),
        (np.full((2, 60), 0.5), "must be counts"),
        (np.full((2, 60), -1), "must be counts"),
    ):
        with pytest.raises(ArgumentError, match=f"'X' {rule}"):
            made.posterior(X)
