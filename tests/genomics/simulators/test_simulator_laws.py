"""Laws that every simulator keeps: its classifier reaches its ceiling, is calibrated, and all repeats."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from genomics.simulators.simulated import ROSTER

TEST = 8000


@pytest.fixture(scope="module", params=ROSTER, ids=str)
def made(request):
    return ROSTER[request.param](TEST, part="test")


def probabilities(made):
    return made.posterior(made.dataset.X)


def test_the_classifier_reaches_the_ceiling(made):
    right = made.posterior.predict(made.dataset.X) == made.dataset.y
    error = np.hypot(np.sqrt(right.mean() * (1 - right.mean()) / TEST), made.bayes_error_of_estimate)
    assert abs(right.mean() - made.bayes_accuracy) < 4 * error
    assert made.bayes_accuracy > max(made.truth["prior"].values()) - 1e-12
    assert 0.5 < made.bayes_accuracy < 1


def test_equal_weights_reach_the_balanced_ceiling(made):
    prior = np.array([made.truth["prior"][name] for name in made.classes])
    chosen = made.classes[(probabilities(made) / prior).argmax(axis=1)]
    y = made.dataset.y
    recalls = np.array([(chosen[y == name] == name).mean() for name in made.classes])
    counts = np.array([(y == name).sum() for name in made.classes])
    error = np.sqrt((recalls * (1 - recalls) / counts).sum()) / len(counts)
    error = np.hypot(error, made.bayes_balanced_error_of_estimate)
    assert balanced_accuracy_score(y, chosen) == pytest.approx(recalls.mean())
    assert abs(recalls.mean() - made.bayes_balanced_accuracy) < 4 * error


def test_the_posterior_is_calibrated(made):
    P = probabilities(made)
    assert P.shape == (TEST, len(made.classes)) and (P >= 0).all()
    np.testing.assert_allclose(P.sum(axis=1), 1)
    for column, name in zip(P.T, made.classes, strict=True):
        # In each tenth of the probabilities, as many are of the class as the probabilities say.
        for tenth in np.array_split(np.argsort(column, kind="stable"), 10):
            expected, variance = column[tenth].sum(), (column[tenth] * (1 - column[tenth])).sum()
            assert abs((made.dataset.y[tenth] == name).sum() - expected) < 4.5 * np.sqrt(variance) + 1


def test_the_mean_of_the_largest_posterior_is_the_ceiling(made):
    largest = probabilities(made).max(axis=1)
    error = np.hypot(largest.std() / np.sqrt(TEST), made.bayes_error_of_estimate)
    assert abs(largest.mean() - made.bayes_accuracy) < 4 * error + 1e-12


def test_classes_come_with_their_prior(made):
    assert made.classes.tolist() == sorted(made.truth["prior"])
    counts = made.dataset.label_counts()
    for name, share in made.truth["prior"].items():
        assert abs(counts[name] - share * TEST) <= 4 * np.sqrt(share * (1 - share) * TEST)


def test_shuffled_labels_are_guessed_by_chance(made):
    y = np.random.default_rng(0).permutation(made.dataset.y)
    chosen = made.posterior.predict(made.dataset.X)
    chance = sum((y == name).mean() * (chosen == name).mean() for name in made.classes)
    assert abs((chosen == y).mean() - chance) < 4 * np.sqrt(chance * (1 - chance) / TEST)


@pytest.mark.parametrize("name", ROSTER)
def test_seeds_repeat_and_parts_differ(name):
    make = ROSTER[name]
    one, same, other, part = make(40), make(40), make(40, seed=4), make(40, part="test")
    assert one.dataset.content_sha256 == same.dataset.content_sha256
    assert one.bayes_accuracy == same.bayes_accuracy == part.bayes_accuracy
    assert np.array_equal(one.posterior(other.dataset.X), same.posterior(other.dataset.X))
    for different in (other, part):
        assert np.any(one.dataset.X != different.dataset.X)
    assert np.array_equal(one.posterior(part.dataset.X), part.posterior(part.dataset.X))
    assert not set(one.dataset.sample_names) & set(part.dataset.sample_names)


@pytest.mark.parametrize("name", sorted(set(ROSTER) - {"case_control", "splice", "donors"}))
def test_more_samples_leave_the_first_as_they_are(name):
    few, many = ROSTER[name](30).dataset, ROSTER[name](70).dataset
    assert np.array_equal(few.X, many.X[:30]) and np.array_equal(few.y, many.y[:30])


@pytest.mark.parametrize("name", ["splice", "donors"])
def test_more_sequences_leave_the_first_as_they_are(name):
    few, many = ROSTER[name](30).dataset, ROSTER[name](70).dataset
    assert few.X.tolist() == many.X[:30].tolist() and few.y.tolist() == many.y[:30].tolist()


@pytest.mark.parametrize("name", ROSTER)
def test_results_travel_and_describe_themselves(name):
    made = ROSTER[name](20)
    twin = pickle.loads(pickle.dumps(made))
    assert np.array_equal(twin.posterior(made.dataset.X), made.posterior(made.dataset.X))
    assert made.dataset.notes and made.title in made.card and f"{made.bayes_accuracy:.4f}" in made.card
    assert made.method.startswith(("exact", "Monte Carlo over"))
    assert (made.bayes_error_of_estimate == 0) == (made.method == "exact")
    assert made.title in repr(made)
    drawn = ROSTER[name](5, seed=None)
    assert drawn.truth["seed"] != ROSTER[name](5, seed=None).truth["seed"]
    again = ROSTER[name](5, seed=drawn.truth["seed"])
    assert drawn.dataset.content_sha256 == again.dataset.content_sha256
