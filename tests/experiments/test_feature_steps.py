"""Feature steps one by one: what they compute, are told and refuse, and how they read."""

from __future__ import annotations

import numpy as np
import pytest

from qsetu.core.errors import ArgumentError
from qsetu.experiments.steps import STEPS, StepContext, build_steps, check_steps, describe_step, step_names
from qsetu.genomics.encoders import ENCODERS

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 4)) * [1.0, 2.0, 5.0, 0.5] + [0.0, 1.0, -3.0, 2.0]
NEW = 3 * RNG.normal(size=(10, 4))


def fitted(*steps, context=None, y=None):
    return build_steps(steps, context or StepContext()).fit(X, y)


# ---- what they compute ----------------------------------------------------------------------------------


def test_standardize_takes_mean_and_variance_of_training():
    found = fitted({"step": "standardize"}).transform(NEW)
    np.testing.assert_allclose(found, (NEW - X.mean(axis=0)) / X.std(axis=0))


@pytest.mark.parametrize("whiten", [None, False, True])
def test_pca_projects_on_the_directions_of_largest_variance(whiten):
    step = {"step": "pca", "components": 2} | ({} if whiten is None else {"whiten": whiten})
    found = fitted(step).transform(NEW)
    _, widths, directions = np.linalg.svd(X - X.mean(axis=0))
    expected = (NEW - X.mean(axis=0)) @ directions[:2].T
    if whiten:
        expected /= widths[:2] / np.sqrt(len(X) - 1)
    np.testing.assert_allclose(np.abs(found), np.abs(expected))


def test_rescale_goes_from_low_to_high_and_clips():
    found = fitted({"step": "rescale", "low": -1.0, "high": 2.0})
    np.testing.assert_allclose(found.transform(X).min(axis=0), -1)
    np.testing.assert_allclose(found.transform(X).max(axis=0), 2)
    low, high = X.min(axis=0), X.max(axis=0)
    expected = np.clip(-1 + 3 * (NEW - low) / (high - low), -1, 2)
    np.testing.assert_allclose(found.transform(NEW), expected)
    assert (expected == 2).any() and (expected == -1).any()


def test_normalize_divides_by_the_length_of_each_sample():
    expected = NEW / np.sqrt((NEW**2).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(fitted({"step": "normalize"}).transform(NEW), expected)


@pytest.mark.parametrize("threshold", [0.0, 0.5])
def test_active_is_what_lies_above_the_threshold(threshold):
    found = fitted({"step": "active", "threshold": threshold}).transform([[-1.0, 0.0, 0.5, 0.6]])
    assert found.tolist() == [[0, 0, float(threshold == 0), 1]]


@pytest.mark.parametrize(
    ("task", "kept"), [("classification", [1]), ("regression", [3]), ("network", [3])], ids=str
)
def test_select_scores_labels_as_labels_and_numbers_as_numbers(task, kept):
    y = np.repeat([0, 1, 2], 10)
    values = np.random.default_rng(1).normal(size=(30, 4))
    values[:, 1] += 4.0 * (y == 1)
    values[:, 3] += y
    steps = build_steps([{"step": "select", "keep": 1}], StepContext(task=task)).fit(values, y)
    np.testing.assert_array_equal(steps.transform(NEW), NEW[:, kept])


def test_steps_follow_one_another_each_fitted_on_what_the_one_before_gave():
    steps = [{"step": "standardize"}, {"step": "pca", "components": 3}, {"step": "standardize"}]
    both = fitted(*steps)
    assert [name for name, _ in both.steps] == ["0-standardize", "1-pca", "2-standardize"]
    np.testing.assert_allclose(both.transform(X).std(axis=0), 1)


# ---- what they are told of the data ---------------------------------------------------------------------


def test_encoders_are_told_the_alphabet():
    step = {"step": "kmer-spectrum", "k": 1}
    for alphabet, texts in (("RNA", ["ACGU", "UUUU"]), ("protein", ["MKWV", "LLLL"])):
        made = build_steps([step], StepContext(alphabet=alphabet)).fit(texts)
        assert made[0].alphabet == alphabet and made[0].k == 1
    assert build_steps([step], StepContext())[0].alphabet == "DNA"


@pytest.mark.parametrize("ploidy", [1, 2])
def test_genotypes_are_told_how_many_copies_there_are(ploidy):
    steps = [{"step": "genotype"}, {"step": "standardize"}]
    assert build_steps(steps, StepContext(ploidy=ploidy))[0].ploidy == ploidy
    admixture = {"step": "admixture", "ancestral": 3, "markers": 50}
    thinned, people = build_steps([admixture], StepContext(ploidy=ploidy))[0]
    assert (thinned.keep, people.num_ancestral, people.ploidy) == (50, 3, ploidy)
    thinned, _ = build_steps([{"step": "admixture", "ancestral": 3}], StepContext())[0]
    assert thinned.keep == 2000


# ---- what they refuse -----------------------------------------------------------------------------------

SELECT = {"step": "select", "keep": 2}
REFUSED = [
    ("numbers", [{"step": "pca", "components": 4097}], r"0\.components' must be an integer from 1 to 4096"),
    ("numbers", [SELECT, {"step": "pca", "components": 0}], r"'f\.1\.components' must be an integer"),
    ("numbers", [{"step": "pca", "components": 2, "whiten": 1}], r"0\.whiten' must be true or false"),
    ("numbers", [{"step": "pca"}], r"0\.components' must be given"),
    ("numbers", [{"step": "select", "keep": 0}], r"0\.keep' must be an integer of at least 1"),
    ("numbers", [{"step": "select", "keep": 2, "kep": 3}], r"'f\.0\.kep' must be one of keep"),
    ("numbers", [{"step": "rescale", "low": 0.0}], r"0\.high' must be given"),
    ("numbers", [{"step": "rescale", "low": 1, "high": 0}], r"0\.high' must be above low, which is 1; got 0"),
    ("numbers", [{"step": "rescale", "low": 1.0, "high": 1.0}], r"0\.high' must be above low"),
    ("numbers", [{"step": "active", "threshold": float("nan")}], r"0\.threshold' must be a finite"),
    ("numbers", [{"keep": 2}], r"'f\.0\.step' must name a step"),
    ("numbers", [SELECT, {"step": "selekt"}], r"'f\.1\.step' must be one of .*Did you mean 'select'"),
    ("numbers", [{"step": "fgcr"}], "Did you mean 'fcgr'"),
    ("numbers", [{"step": "one-hot"}], r"takes numbers; 'one-hot' takes sequences"),
    ("numbers", [{"step": "genotype"}], r"takes numbers; 'genotype' takes genotypes"),
    ("numbers", [{"step": "admixture", "ancestral": 2}], r"takes numbers; 'admixture' takes genotypes"),
    ("genotypes", [SELECT], r"takes genotypes; 'select' takes numbers"),
    ("sequences", [{"step": "standardize"}], r"takes sequences; 'standardize' takes numbers"),
    ("sequences", [{"step": "one-hot"}, {"step": "one-hot"}], r"'f\.1\.step' must be a step that takes num"),
    ("genotypes", [{"step": "admixture", "ancestral": 0}], r"0\.ancestral' must be an integer from 1"),
    ("genotypes", [{"step": "genotype", "ploidy": 1}], r"'f\.0\.ploidy' must be one of"),
    ("sequences", [{"step": "one-hot", "alphabet": "RNA"}], r"'f\.0\.alphabet' must be one of"),
    ("sequences", [{"step": "kmer-spectrum", "k": 2, "sparse": True}], r"'f\.0\.sparse' must be one of"),
    ("sequences", [{"step": "kmer-spectrum", "k": 0}], r"'f\.0\.k' must be an integer from 1"),
    (
        "genotypes",
        [{"step": "genotype", "model": "additiv"}],
        r"'f\.0\.model' must be.*Did you mean 'additive'",
    ),
]


@pytest.mark.parametrize(("kind", "steps", "message"), REFUSED, ids=[str(i) for i in range(len(REFUSED))])
def test_what_is_refused_is_told_with_its_place(kind, steps, message):
    with pytest.raises(ArgumentError, match=message):
        check_steps(steps, kind, "f")


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        ("numbers", [{"step": "pca", "components": 4096, "whiten": True}]),
        ("numbers", [{"step": "log-normalize"}, SELECT, {"step": "rescale", "low": 0, "high": 1}]),
        ("genotypes", [{"step": "admixture", "ancestral": 2}, {"step": "standardize"}]),
        (
            "sequences",
            [{"step": "kmer-spectrum", "k": 3, "normalize": "l2"}, {"step": "active", "threshold": 0}],
        ),
    ],
    ids=["pca", "expression", "genotypes", "sequences"],
)
def test_what_follows_what_it_takes_is_accepted(kind, steps):
    check_steps(steps, kind, "f")


# ---- how they read --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (SELECT, "the 2 features with the highest F value (all, where there are fewer)"),
        ({"step": "pca", "components": 8}, "8 principal components"),
        ({"step": "rescale", "low": 0.0, "high": 3.25}, "from 0 to 3.25, clipped"),
        (
            {"step": "admixture", "ancestral": 5},
            "proportions of 5 ancestral populations, from 2000 variants at most",
        ),
        ({"step": "active", "threshold": 0.5}, "1 above 0.5, else 0"),
        ({"step": "fcgr", "k": 4}, "k-mer counts as a picture, by the chaos game (k 4)"),
        ({"step": "genotype"}, "copies of an allele, with missing calls filled"),
    ],
    ids=lambda value: value["step"] if isinstance(value, dict) else "",
)
def test_a_step_in_words(step, words):
    assert describe_step(step) == words


def test_every_step_has_a_name_of_its_own_and_a_title():
    assert step_names() == sorted({*STEPS, *ENCODERS})
    assert not set(STEPS) & set(ENCODERS)
    assert {"pca", "one-hot"} <= set(step_names())
