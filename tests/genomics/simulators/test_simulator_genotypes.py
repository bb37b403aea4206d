"""Epistasis and cohorts: by hand, by enumeration, and classical models against the ceiling."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from genomics.simulators.simulated import people
from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.simulators import (
    PENETRANCE_MODELS,
    epistasis,
    genotype_frequencies,
    heritability,
    marginal_penetrance,
    penetrance_table,
    prevalence,
    scale_penetrance,
)

TABLE = np.array([[0.1, 0.2, 0.3], [0.8, 0.4, 0.5], [0.05, 0.9, 0.0]])
MAF = np.array([0.3, 0.15])


def genotypes(k):
    return list(itertools.product(range(3), repeat=k))


def chance(genotype, maf):
    """Hardy-Weinberg, from two alleles a SNP."""
    ways = {0: 1, 1: 2, 2: 1}
    return np.prod([ways[g] * q**g * (1 - q) ** (2 - g) for g, q in zip(genotype, maf, strict=True)])


def one_hot(dosages, columns):
    """An indicator of each genotype at all the columns together."""
    code = dosages[:, columns].astype(int) @ 3 ** np.arange(len(columns))
    return np.eye(3 ** len(columns))[code]


def test_the_ceiling_is_that_by_hand():
    made = epistasis(10, TABLE, maf=MAF, num_snps=5, seed=1)
    shares = {g: chance(g, MAF) for g in genotypes(2)}
    assert sum(shares.values()) == pytest.approx(1)
    mean = sum(p * TABLE[g] for g, p in shares.items())
    assert made.bayes_accuracy == pytest.approx(
        sum(p * max(TABLE[g], 1 - TABLE[g]) for g, p in shares.items())
    )
    balanced = sum(p * max(TABLE[g] / mean, (1 - TABLE[g]) / (1 - mean)) for g, p in shares.items()) / 2
    assert made.bayes_balanced_accuracy == pytest.approx(balanced)
    spread = sum(p * (TABLE[g] - mean) ** 2 for g, p in shares.items())
    assert made.truth["heritability"] == pytest.approx(spread / (mean * (1 - mean)))
    assert made.truth["prevalence"] == pytest.approx(mean) == prevalence(TABLE, MAF)
    for j, value in itertools.product(range(2), range(3)):
        mine = {g: p for g, p in shares.items() if g[j] == value}
        alone = sum(p * TABLE[g] for g, p in mine.items()) / sum(mine.values())
        assert made.truth["marginal_penetrance"][j, value] == pytest.approx(alone)
    dosages = np.zeros((9, 5), int)
    dosages[:, made.truth["causal"]] = genotypes(2)
    np.testing.assert_allclose(made.posterior(dosages)[:, 0], TABLE.reshape(-1), atol=1e-15)
    controls = epistasis(10, TABLE, maf=MAF, num_snps=5, design="case-control", cases=3, seed=1)
    # Of ten, three are cases: what Bayes' rule makes of the shares among cases and among controls.
    joint = [(0.3 * p * TABLE[g] / mean, 0.7 * p * (1 - TABLE[g]) / (1 - mean)) for g, p in shares.items()]
    assert controls.bayes_accuracy == pytest.approx(sum(map(max, joint)))
    assert controls.bayes_balanced_accuracy == pytest.approx(balanced)
    assert sorted(controls.dataset.y.tolist()) == ["case"] * 3 + ["control"] * 7


def test_the_ceiling_with_gaps_is_that_by_hand():
    made = epistasis(10, TABLE, maf=MAF, num_snps=2, missing=0.2, seed=1)
    total, seen = 0.0, list(itertools.product((0, 1, 2, -1), repeat=2))
    for pattern in seen:
        may_be = [g for g in genotypes(2) if all(a in (b, -1) for a, b in zip(pattern, g, strict=True))]
        rate = np.prod([0.2 if a == -1 else 0.8 for a in pattern])
        sick = sum(chance(g, MAF) * TABLE[g] for g in may_be)
        well = sum(chance(g, MAF) * (1 - TABLE[g]) for g in may_be)
        total += rate * max(sick, well)
        found = made.posterior([[pattern[i] for i in np.argsort(made.truth["causal"])]])[0, 0]
        assert found == pytest.approx(sick / (sick + well))
    assert made.bayes_accuracy == pytest.approx(total)
    many = epistasis(3000, TABLE, maf=MAF, missing=0.2, num_snps=10, seed=1).dataset
    assert abs(many.missing_rate - 0.2) < 4 * np.sqrt(0.16 / 30_000)


def test_genotypes_are_in_equilibrium():
    made = epistasis(20_000, TABLE, maf=MAF, num_snps=6, seed=1)
    q = made.truth["maf"]
    assert np.array_equal(q[made.truth["causal"]], MAF) and ((q >= 0.05) & (q <= 0.5)).all()
    assert made.dataset.allele_frequencies == pytest.approx(q, abs=4 * np.sqrt(0.25 / 40_000))
    for column, expected in zip(made.dataset.dosages.T, genotype_frequencies(q), strict=True):
        counts = np.bincount(column, minlength=3)
        assert (abs(counts - 20_000 * expected) < 4 * np.sqrt(20_000 * expected * (1 - expected))).all()
    correlation = np.corrcoef(made.dataset.dosages.T.astype(float)) - np.eye(6)
    assert abs(correlation).max() < 4.5 / np.sqrt(20_000)


@pytest.mark.parametrize("design", ["population", "case-control"])
def test_disease_follows_the_table(design):
    more = {"cases": 10_000} if design == "case-control" else {}
    made = epistasis(20_000, TABLE, maf=MAF, num_snps=6, causal=[4, 1], design=design, seed=2, **more)
    data, mean = made.dataset, made.truth["prevalence"]
    assert made.truth["causal"].tolist() == [4, 1]
    for g in genotypes(2):
        mine = (data.dosages[:, [4, 1]] == g).all(axis=1)
        f = TABLE[g]
        if design == "case-control":
            f = f / mean / (f / mean + (1 - f) / (1 - mean))
        error = np.sqrt(f * (1 - f) * mine.sum())
        assert abs((data.y[mine] == "case").sum() - f * mine.sum()) <= 4 * error + 1e-9
    cases = (data.y == "case").sum()
    assert cases == 10_000 if design == "case-control" else abs(cases / 20_000 - mean) < 0.015
    # Labels are in no order.
    assert abs((data.y[:10_000] == "case").mean() - cases / 20_000) < 0.02


@pytest.mark.parametrize("name", PENETRANCE_MODELS)
def test_named_models(name):
    table = penetrance_table(name, 2, maf=MAF, low=0.1, high=0.7)
    assert (table.min(), table.max()) == pytest.approx((0.1, 0.7))
    assert np.allclose(table, table.T) or name == "pure"
    flat = np.ptp(marginal_penetrance(table, MAF)) < 1e-12
    assert flat == (name == "pure")
    assert (np.ptp(marginal_penetrance(penetrance_table(name), 0.5)) < 1e-12) == (name in ("pure", "xor"))


def test_named_models_by_hand():
    assert penetrance_table("threshold", low=0.2, high=0.6).tolist() == [
        [0.2] * 3,
        [0.2, 0.6, 0.6],
        [0.2, 0.6, 0.6],
    ]
    np.testing.assert_allclose(penetrance_table("additive", 1, low=0.2, high=0.6), [0.2, 0.4, 0.6])
    np.testing.assert_allclose(penetrance_table("multiplicative", 1, low=0.1, high=0.4), [0.1, 0.2, 0.4])
    assert penetrance_table("xor", 3, low=0, high=1)[1, 1, 1] == 1
    assert penetrance_table("xor", 3, low=0, high=1)[1, 2, 1] == 0
    # Three SNPs: no pair has an effect either.
    table, maf = penetrance_table("pure", 3, maf=[0.1, 0.3, 0.45]), np.array([0.1, 0.3, 0.45])
    for axis, shares in enumerate(genotype_frequencies(maf)):
        assert np.ptp(np.tensordot(table, shares, axes=(axis, 0))) < 1e-12


def test_scaling_reaches_what_was_asked():
    both = scale_penetrance(TABLE, MAF, prevalence=0.3, heritability=0.04)
    assert (prevalence(both, MAF), heritability(both, MAF)) == pytest.approx((0.3, 0.04))
    assert np.corrcoef(both.ravel(), TABLE.ravel())[0, 1] == pytest.approx(1)
    rarer = scale_penetrance(TABLE, MAF, prevalence=0.05)
    assert prevalence(rarer, MAF) == pytest.approx(0.05)
    np.testing.assert_allclose(rarer / rarer[0, 0], TABLE / TABLE[0, 0])
    assert prevalence(scale_penetrance(TABLE, MAF, heritability=0.01), MAF) == pytest.approx(
        prevalence(TABLE, MAF)
    )
    assert heritability(np.array([0.0, 1.0, 0.0]), 0.5) == pytest.approx(1)
    assert heritability(np.full((3, 3), 0.4), 0.2) == pytest.approx(0)
    made = epistasis(5, "pure", maf=MAF, prevalence=0.2, heritability=0.02, pure=True, seed=1)
    assert (made.truth["prevalence"], made.truth["heritability"]) == pytest.approx((0.2, 0.02))


def test_models_of_pairs_approach_the_ceiling_and_models_of_single_snps_do_not():
    train, test = (
        epistasis(n, "xor", heritability=0.3, num_snps=6, seed=7, part=part)
        for n, part in ((20_000, "train"), (20_000, "test"))
    )
    X, y, U, v = train.dataset.dosages, train.dataset.y, test.dataset.dosages, test.dataset.y
    scores = {}
    for pair in itertools.combinations(range(6), 2):
        scores[pair] = LogisticRegression(C=100).fit(one_hot(X, pair), y).score(one_hot(U, pair), v)
    error = np.sqrt(0.25 / len(v))
    best = max(scores, key=scores.get)
    assert best == tuple(sorted(test.truth["causal"]))
    assert test.bayes_accuracy - 4 * error < scores[best] < test.bayes_accuracy + 4 * error
    assert all(score < 0.5 + 4.5 * error for pair, score in scores.items() if pair != best)
    singles = np.hstack([one_hot(X, [j]) for j in range(6)]), np.hstack([one_hot(U, [j]) for j in range(6)])
    assert LogisticRegression().fit(singles[0], y).score(singles[1], v) < 0.5 + 4.5 * error
    # Nine cells of shuffled training labels may happen to go with true test labels: shuffle both.
    y, v = (np.random.default_rng(0).permutation(labels) for labels in (y, v))
    guess = LogisticRegression(C=100).fit(one_hot(X, best), y).score(one_hot(U, best), v)
    assert abs(guess - 0.5) < 4.5 * error


def test_a_table_of_high_and_low_risk_approaches_the_balanced_ceiling():
    """Multifactor dimensionality reduction with the causal SNPs: each genotype by its ratio of cases."""
    train, test = (
        epistasis(20_000, TABLE, maf=MAF, num_snps=4, design="case-control", cases=10_000, seed=8, part=part)
        for part in ("train", "test")
    )
    pair = train.truth["causal"]
    cases = one_hot(train.dataset.dosages, pair)[train.dataset.y == "case"].sum(axis=0)
    controls = one_hot(train.dataset.dosages, pair)[train.dataset.y == "control"].sum(axis=0)
    chosen = np.where(one_hot(test.dataset.dosages, pair) @ (cases > controls), "case", "control")
    score = (chosen == test.dataset.y).mean()
    assert test.bayes_accuracy == pytest.approx(test.bayes_balanced_accuracy)
    error = np.sqrt(score * (1 - score) / 20_000)
    assert test.bayes_accuracy - 4 * error < score < test.bayes_accuracy + 4 * error


def test_a_cohort_has_linkage_and_structure():
    pytest.importorskip("msprime")
    made = people(populations=["africa", "asia"], prior={"africa": 0.25, "asia": 0.75}, split_time=8000)
    data = made.dataset
    assert data.label_counts() == {"asia": 225, "africa": 75}
    assert np.isnan(made.bayes_accuracy) and made.posterior is None and "not known" in made.method
    assert data.metadata["population"].tolist() == data.y.tolist()
    assert np.array_equal(data.phased.sum(axis=2), data.dosages)
    share = data.allele_frequencies
    assert (share >= 0.1).all() and (share <= 0.5).all()
    assert data.variants["position"].is_monotonic_increasing and (data.variants["position"] >= 1).all()
    assert (data.variants["counted"] != data.variants["other"]).all()
    assert set(data.variants["counted"]) <= set("ACGT")
    # Neighbors on the chromosome go together more than those far apart, within one population.
    one = data.dosages[data.y == "asia"].astype(float)
    kept = one[:, one.std(axis=0) > 0]
    r2 = np.corrcoef(kept.T) ** 2
    near, far = np.diag(r2, 1).mean(), r2[np.triu_indices(len(r2), len(r2) // 2)].mean()
    assert near > 2 * far
    # The split shows: frequencies differ more than by sampling.
    split = [data.dosages[data.y == name].mean(axis=0) / 2 for name in ("africa", "asia")]
    alone = people(populations=["one"])
    halves = [alone.dosages[:150].mean(axis=0) / 2 for alone in [alone.dataset]]
    halves.append(alone.dataset.dosages[150:].mean(axis=0) / 2)
    assert abs(split[0] - split[1]).mean() > 3 * abs(halves[0] - halves[1]).mean()
    assert people(seed=3).dataset.content_sha256 == people(seed=3).dataset.content_sha256
    assert people(seed=4).dataset.content_sha256 != people(seed=3).dataset.content_sha256


def test_the_ceiling_of_a_cohort_is_that_of_its_genotypes():
    pytest.importorskip("msprime")
    made = people(model="island", penetrance=TABLE, causal=[3, 17])
    risk = TABLE[tuple(made.dataset.dosages[:, [3, 17]].T)]
    np.testing.assert_allclose(made.truth["risk"], risk)
    assert made.bayes_accuracy == pytest.approx(np.maximum(risk, 1 - risk).mean())
    balanced = np.maximum(risk / risk.sum(), (1 - risk) / (1 - risk).sum()).sum() / 2
    assert made.bayes_balanced_accuracy == pytest.approx(balanced)
    np.testing.assert_allclose(made.posterior(made.dataset.X)[:, 0], risk, atol=1e-12)
    sick = made.dataset.y == "case"
    assert abs(sick.sum() - risk.sum()) < 4 * np.sqrt((risk * (1 - risk)).sum())
    right = made.posterior.predict(made.dataset.X) == made.dataset.y
    error = np.sqrt((risk * (1 - risk)).sum()) / len(risk)
    assert abs(right.mean() - made.bayes_accuracy) < 4 * error
    everyone = np.zeros((9, 30), int)
    everyone[:, [3, 17]] = genotypes(2)
    np.testing.assert_allclose(made.posterior(everyone)[:, 0], TABLE.ravel(), atol=1e-9)
    unseen = np.full((1, 30), -1)
    np.testing.assert_allclose(made.posterior(unseen)[0, 0], risk.mean(), atol=1e-9)
    assert people(penetrance="xor").truth["penetrance"].shape == (3, 3)


def test_people_are_shared_out_as_near_as_can_be():
    pytest.importorskip("msprime")
    made = people(10, populations=["b", "a", "c"], prior={"a": 0.5, "b": 0.33, "c": 0.17})
    assert made.truth["populations"] == {"a": 5, "b": 3, "c": 2}
    assert len(made.dataset) == 10


def test_without_msprime_there_is_a_word(monkeypatch):
    monkeypatch.setitem(sys.modules, "msprime", None)
    with pytest.raises(DataError, match=r"needs the package 'msprime'.*qsetu\[popgen\]"):
        people()


def test_variants_are_named():
    made = epistasis(3, num_snps=4, seed=1).dataset
    assert isinstance(made.variants, pd.DataFrame) and made.variants["id"].is_unique
    with pytest.raises(ArgumentError, match="'X' must have shape"):
        epistasis(3, num_snps=4, seed=1).posterior(np.zeros((2, 3)))
    with pytest.raises(ArgumentError, match="'X' must be 0, 1, 2"):
        epistasis(3, num_snps=4, seed=1).posterior(np.full((2, 4), 3))
