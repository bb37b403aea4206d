"""Ancestry of simulated people with known shares; steps and shares against loops and a general optimizer."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import check_estimator

from qsetu.core.errors import ArgumentError
from qsetu.experiments.baselines import AdmixtureProportions
from qsetu.experiments.baselines import admixture_steps as steps
from qsetu.genomics import load_dataset


def people(number=150, variants=1500, populations=3, seed=0, ploidy=2, missing=0.0):
    """Shares from a Dirichlet, frequencies from Balding and Nichols with F = 0.2."""
    rng = np.random.default_rng(seed)
    base = rng.uniform(0.1, 0.9, variants)
    P = rng.beta(base * 4, (1 - base) * 4, (populations, variants))
    Q = rng.dirichlet([0.4] * populations, number)
    X = rng.binomial(ploidy, Q @ P).astype(np.int8)
    X[rng.random(X.shape) < missing] = -1
    return X, Q, P


def calls_of(X, ploidy=2):
    X = X.astype(float)
    return steps.Calls(np.where(X < 0, 0, X), np.where(X < 0, 0, ploidy - X))


def likelihood(X, Q, P, ploidy=2):
    F = Q @ P
    terms = X * np.log(F) + (ploidy - X) * np.log(1 - F)
    return terms[X >= 0].sum()


@pytest.mark.parametrize(("ploidy", "missing"), [(2, 0.0), (2, 0.1), (1, 0.0)])
def test_known_shares_are_found(ploidy, missing):
    X, Q, P = people(ploidy=ploidy, missing=missing)
    model = AdmixtureProportions(3, ploidy=ploidy, tol=1e-7).fit(X[:100])
    away = ((model.frequencies_[:, None] - P) ** 2).mean(axis=2)
    rows, columns = linear_sum_assignment(away)
    assert np.sqrt(away[rows, columns]).max() < 0.15
    limit = 0.06 if ploidy == 2 else 0.09
    assert np.sqrt(np.mean((model.proportions_ - Q[:100][:, columns]) ** 2)) < limit
    later = model.transform(X[100:])
    assert np.sqrt(np.mean((later - Q[100:][:, columns]) ** 2)) < limit
    np.testing.assert_allclose(later.sum(axis=1), 1)
    assert (later >= 0).all()
    np.testing.assert_allclose(model.transform(X[:100]), model.proportions_, atol=1e-6)
    assert (np.diff(model.proportions_.sum(axis=0)) <= 0).all()
    found = likelihood(X[:100], model.proportions_, model.frequencies_, ploidy)
    assert model.log_likelihood_ == pytest.approx(found, rel=1e-12)
    assert model.get_feature_names_out().tolist() == [f"admixtureproportions{k}" for k in range(3)]


def step_by_loops(X, Q, P, ploidy):
    N, K, M = len(Q), len(P), P.shape[1]
    q, up, down = np.zeros((N, K)), np.zeros((K, M)), np.zeros((K, M))
    for i in range(N):
        for j in range(M):
            if X[i, j] < 0:
                continue
            chance = sum(Q[i, k] * P[k, j] for k in range(K))
            for k in range(K):
                a = X[i, j] * Q[i, k] * P[k, j] / chance
                b = (ploidy - X[i, j]) * Q[i, k] * (1 - P[k, j]) / (1 - chance)
                q[i, k] += a + b
                up[k, j] += a
                down[k, j] += b
    return q / q.sum(axis=1, keepdims=True), up / (up + down)


@pytest.mark.parametrize("block", [1, 37, 2**18])
@pytest.mark.parametrize("ploidy", [1, 2])
def test_a_step_is_that_of_the_definition(block, ploidy, monkeypatch):
    monkeypatch.setattr(steps, "_BLOCK", block)
    X, Q, P = people(11, 9, ploidy=ploidy, missing=0.2, seed=3)
    Q, P = 0.9 * Q + 0.1 / 3, 0.9 * P + 0.05
    (shares, frequencies), value = steps._step(calls_of(X, ploidy), Q, P, True)
    expected = step_by_loops(X, Q, P, ploidy)
    np.testing.assert_allclose(shares, steps._inside(expected[0]), atol=1e-12)
    np.testing.assert_allclose(frequencies, np.clip(expected[1], steps.EDGE, 1 - steps.EDGE), atol=1e-12)
    assert value == pytest.approx(likelihood(X, Q, P, ploidy))


def test_the_likelihood_never_falls(monkeypatch):
    X, _, _ = people(40, 200, seed=4)
    seen = []
    real = steps._step

    def watched(calls, shares, frequencies, asked):
        found = real(calls, shares, frequencies, asked)
        seen.append((found[1], shares) if asked else None)
        return found

    monkeypatch.setattr(steps, "_step", watched)
    start = np.random.default_rng(0).dirichlet([1, 1, 1], 40)
    found = steps.fit_both(calls_of(X), start, 1e-9, 400)
    values = [one[0] for one in seen if one is not None]
    kept = np.maximum.accumulate(values)
    assert found.converged
    assert found.log_likelihood == values[-1] == pytest.approx(kept[-1], rel=1e-12)
    assert found.log_likelihood == pytest.approx(likelihood(X, found.shares, found.frequencies))
    # Short steps alone take many more.
    place = (start, steps.fit_both(calls_of(X), start, 1e9, 1).frequencies)
    for _ in range(3 * found.steps):
        place, value = real(calls_of(X), *place, True)
    assert found.log_likelihood > value


def test_shares_of_the_largest_likelihood():
    X, _, P = people(12, 60, 4, seed=5, missing=0.1)
    P = np.clip(P, 1e-3, 1 - 1e-3)
    found = steps.project(calls_of(X), P)
    for row, shares in zip(X, found, strict=True):
        best = minimize(
            lambda q, row=row: -likelihood(row[None], q[None], P),
            np.full(4, 0.25),
            bounds=[(0, 1)] * 4,
            constraints={"type": "eq", "fun": lambda q: q.sum() - 1},
            method="SLSQP",
            options={"ftol": 1e-12, "maxiter": 500},
        )
        assert likelihood(row[None], shares[None], P) >= -best.fun - 1e-6
        np.testing.assert_allclose(shares, best.x, atol=2e-3)


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_gained_by_moving_shares(seed):
    """At the largest likelihood no population has a slope above n, the copies called; those used have n."""
    rng = np.random.default_rng(seed)
    populations, variants = rng.integers(2, 6), rng.integers(2, 12)
    P = np.clip(rng.beta(0.05, 0.05, (populations, variants)), steps.EDGE, 1 - steps.EDGE)
    X = rng.integers(0, 3, (1, variants))
    (shares,) = steps.project(calls_of(X), P)
    slopes = P @ (X[0] / (shares @ P)) + (1 - P) @ ((2 - X[0]) / (1 - shares @ P))
    assert slopes.max() <= 2 * variants * (1 + 1e-4)
    np.testing.assert_allclose(shares @ slopes, 2 * variants)
    np.testing.assert_allclose(slopes[shares > 1e-3], 2 * variants, rtol=1e-2)


def test_a_leap_lands_where_even_steps_would_end():
    rng = np.random.default_rng(1)
    Q, P = rng.dirichlet([5, 5, 5], 8), rng.uniform(0.3, 0.7, (3, 6))
    away = rng.normal(size=(8, 3)) * 0.01
    away -= away.mean(axis=1, keepdims=True)
    lift = rng.normal(size=(3, 6)) * 0.01
    path = [(Q + share * away, P + share * lift) for share in (1.0, 0.8, 0.64)]
    shares, frequencies = steps._leap(*path)
    np.testing.assert_allclose(shares, Q, atol=1e-12)
    np.testing.assert_allclose(frequencies, P, atol=1e-12)
    # Where the path turns by much, a leap is two steps.
    path = [(Q + share * away, P + share * lift) for share in (1.0, -0.5, 0.1)]
    shares, frequencies = steps._leap(*path)
    np.testing.assert_allclose(shares, path[2][0], atol=1e-12)
    np.testing.assert_allclose(frequencies, path[2][1], atol=1e-12)


def test_people_without_calls_and_more_populations_than_variants():
    X, _, _ = people(30, 40, seed=6)
    X[3] = -1
    model = AdmixtureProportions(3).fit(X)
    np.testing.assert_allclose(model.proportions_[3], 1 / 3, atol=1e-6)
    np.testing.assert_allclose(model.transform(np.full((1, 40), -1)), 1 / 3)
    few = AdmixtureProportions(4).fit(X[:, :2])
    assert np.isfinite(few.transform(X[:, :2])).all()
    alike = AdmixtureProportions(2).fit(np.ones((5, 3)))
    np.testing.assert_allclose(alike.frequencies_, 0.5, atol=1e-6)


def test_missing_calls_are_left_out():
    X, _, _ = people(60, 300, seed=7)
    model = AdmixtureProportions(3).fit(X)
    hidden = X.astype(float)
    hidden[:, 100:] = np.nan
    few = steps.project(calls_of(X[:, :100]), model.frequencies_[:, :100])
    np.testing.assert_allclose(model.transform(hidden), few, atol=1e-6)


def test_more_starts_are_not_worse():
    X, _, _ = people(40, 60, 5, seed=0)
    one, four, again = (AdmixtureProportions(5, n_init=starts).fit(X) for starts in (1, 4, 4))
    assert four.log_likelihood_ > one.log_likelihood_ + 0.05
    np.testing.assert_array_equal(again.frequencies_, four.frequencies_)
    other = AdmixtureProportions(5, random_state=1).fit(X)
    assert other.log_likelihood_ != one.log_likelihood_


def test_too_few_steps_are_told():
    X, _, _ = people(40, 100)
    with pytest.warns(ConvergenceWarning, match="still rose after 1 steps"):
        AdmixtureProportions(3, max_iter=1).fit(X)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_ancestral": 1}, "'num_ancestral' must be"),
        ({"num_ancestral": 41}, "'num_ancestral' must be at most 40"),
        ({"n_init": 0}, "'n_init' must be"),
        ({"max_iter": 0}, "'max_iter' must be"),
        ({"tol": -1}, "'tol' must be"),
        ({"ploidy": 1}, "'X' must be from 0 to 1"),
    ],
)
def test_what_is_refused(settings, message):
    with pytest.raises(ArgumentError, match=message):
        AdmixtureProportions(**settings).fit(people(40, 50)[0])


def test_scikit_learn_checks_pass():
    # Dosages above 2 are what scikit-learn's data have; hence the ploidy.
    reason = "negative genotypes are refused in words of our own"
    expected = {"check_positive_only_tag_during_fit": reason}
    check_estimator(AdmixtureProportions(ploidy=100), expected_failed_checks=expected, on_skip=None)


def test_continents_are_told_apart(data_folder):
    data = load_dataset("hapmap3-1kg/hapmap3")
    rows = np.concatenate([np.flatnonzero(data.y == name)[:25] for name in ("CEU", "CHB", "YRI")])
    few = data.take_variants(np.arange(0, data.num_features, 10)).take(rows)
    shares = AdmixtureProportions(3, tol=1e-6).fit_transform(few.X)
    main = {name: set(shares[few.y == name].argmax(axis=1)) for name in ("CEU", "CHB", "YRI")}
    assert all(len(one) == 1 for one in main.values())
    assert len(set.union(*main.values())) == 3
