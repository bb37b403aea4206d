"""Intervals and the one test of a held-out part, on predictions that were written by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import beta, binom
from test_analysis import _model

from qsetu.experiments.held_out import FEWEST, compare_held_out, held_out_interval
from qsetu.experiments.metrics import Prediction, compute_scores
from qsetu.experiments.record import DatasetRecord, FoldRecord, SplitRecord
from qsetu.experiments.spec import EvaluationSpec
from qsetu.experiments.statistics import bootstrap_interval

FOLDS = [0.5, 0.6, 0.7, 0.6, 0.5]
WORSE = [0.4, 0.5, 0.6, 0.5, 0.4]


def data_of(true, labels=("a", "b")) -> DatasetRecord:
    return DatasetRecord(
        name="x",
        title="x",
        kind="expression",
        files={},
        content_sha256="0",
        num_samples=len(true),
        num_features=1,
        num_groups=len(true),
        labels=list(labels),
        counts=[],
        true=list(true),
        ceiling={},
        notes=[],
        card=None,
    )


def splits_of(samples, groups=None, seen=()) -> list[SplitRecord]:
    """A fold that tests ``seen``, and all samples held out, each alone unless groups say otherwise."""
    sizes = {"repeat": 0, "fold": 0, "num_train": 10, "num_train_groups": 10}
    own = list(range(samples)) if groups is None else list(groups)
    return [
        SplitRecord(kind="fold", test=list(seen), **sizes),
        SplitRecord(kind="holdout", test=list(range(samples)), groups=own, **sizes),
    ]


def record_of(true, predicted, metric, label_scores=None) -> FoldRecord:
    fold = _model("m", "quantum", FOLDS).folds[0]
    kept = None if label_scores is None else np.asarray(label_scores)
    scores = compute_scores([metric], np.asarray(true), Prediction(np.asarray(predicted), kept))
    update = {"kind": "holdout", "predicted": list(predicted), "scores": scores}
    return fold.model_copy(update={**update, "label_scores": label_scores})


def rules(metric, **changes) -> EvaluationSpec:
    return EvaluationSpec(metrics=[metric], **changes)


def interval_of(
    true, predicted, metric, groups=None, labels=("a", "b"), seed=0, label_scores=None, **changes
):
    known = splits_of(len(true), groups), data_of(true, labels), rules(metric, **changes), seed
    return held_out_interval(record_of(true, predicted, metric, label_scores), *known)


def answers(*right_of):
    """Labels, and predictions: of each label so many right of so many."""
    true = [label for label, (_, total) in enumerate(right_of) for _ in range(total)]
    says = [
        label if place < right else (label + 1) % len(right_of)
        for label, (right, total) in enumerate(right_of)
        for place in range(total)
    ]
    return true, says


def test_accuracy_of_samples_that_stand_alone_is_exact():
    found = interval_of(*answers((20, 20), (14, 14)), "accuracy")
    assert (found.method, found.units, found.high) == ("exact", 34, 1.0)
    assert found.low == pytest.approx(0.025 ** (1 / 34))  # all right: solve p^34 = 2.5 %
    wider = interval_of(*answers((20, 20), (14, 14)), "accuracy", confidence=0.99)
    assert wider.low == pytest.approx(0.005 ** (1 / 34))


def test_balanced_accuracy_combines_the_limits_of_its_labels():
    found = interval_of(*answers((36, 40), (14, 14)), "balanced_accuracy")
    assert (found.method, found.units) == ("beta", 54)
    grid = np.linspace(0, 1, 4001)
    # The distribution of a sum, by folding the densities; the certain label adds a point at 1.
    low_density = np.convolve(beta.pdf(grid, 36, 5), beta.pdf(grid, 14, 1))
    low = np.linspace(0, 1, 8001)[np.searchsorted(np.cumsum(low_density) / low_density.sum(), 0.025)]
    high = (beta.ppf(0.975, 37, 4) + 1) / 2
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.002)


def test_a_bootstrap_draws_as_many_of_each_label_as_there_are():
    # Pairs of equal samples, drawn together: a mean of two binomials.
    true, says = (np.repeat(values, 2) for values in answers((36, 40), (15, 20)))
    found = interval_of(true.tolist(), says.tolist(), "balanced_accuracy", np.arange(120) // 2)
    steps, chance = [], []
    for i, j in itertools.product(range(41), range(21)):
        steps.append((i / 40 + j / 20) / 2)
        chance.append(binom.pmf(i, 40, 0.9) * binom.pmf(j, 20, 0.75))
    order = np.argsort(steps)
    total = np.cumsum(np.asarray(chance)[order])
    low, high = (np.asarray(steps)[order][np.searchsorted(total, tail)] for tail in (0.025, 0.975))
    assert (found.method, found.units) == ("bootstrap", 60)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.013)  # a step of the rarer label: .025


def test_groups_are_drawn_whole_and_accuracy_of_them_is_not_exact():
    # Twelve people of five samples each, all right or all wrong: no more than twelve coins.
    true = [0] * 60
    says = [0 if place // 5 < 9 else 1 for place in range(60)]
    groups = np.arange(60) // 5
    found = interval_of(true, says, "accuracy", groups)
    assert (found.method, found.units) == ("bootstrap", 12)
    low, high = binom.ppf([0.025, 0.975], 12, 0.75) / 12
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.09)
    alone = interval_of(true, says, "accuracy")
    assert found.high - found.low > 1.5 * (alone.high - alone.low)


def test_groups_that_mix_labels_are_drawn_as_they_come():
    true = [0, 1] * 20
    says = [0, 1] * 10 + [0, 0] * 10
    found = interval_of(true, says, "balanced_accuracy", np.arange(40) // 2)
    direct = bootstrap_interval(lambda x: 0.5 + x.mean() / 2, [[1.0] * 10 + [0.0] * 10], method="percentile")
    assert found.units == 20
    assert (found.low, found.high) == pytest.approx((direct.low, direct.high), abs=0.03)


def test_regression_and_area_under_the_curve_are_scored_from_what_is_kept():
    random = np.random.default_rng(0)
    true = random.normal(size=50)
    says = true + random.normal(size=50)
    found = interval_of(true.tolist(), says.tolist(), "rmse", labels=())
    error = np.sqrt(np.mean((true - says) ** 2))
    assert found.low < error < found.high
    assert found.high - found.low == pytest.approx(3.92 * error / np.sqrt(100), rel=0.25)
    labels = (true > 0).astype(int).tolist()
    given = [[-value, value] for value in says.tolist()]
    guesses = (says > 0).astype(int).tolist()
    area = interval_of(labels, guesses, "roc_auc", label_scores=given)
    assert 0.6 < area.low < area.high < 0.95


def test_all_models_share_their_resamples_and_the_seed_decides_them():
    known = answers((36, 40), (15, 20))
    assert interval_of(*known, "balanced_accuracy") == interval_of(*known, "balanced_accuracy")
    many = {interval_of(*known, "mcc", seed=seed).low for seed in range(4)}
    assert len(many) > 1


@pytest.mark.parametrize(
    ("known", "options"),
    [
        (answers((20, 20), (14, 14)), {}),
        (answers((20, 30), (5, FEWEST - 1)), {}),
        (answers((20, 30), (20, 30)), {"groups": np.arange(60) // 10}),
    ],
    ids=["all right", "a rare label", "few groups"],
)
def test_nothing_is_said_where_a_bootstrap_has_nothing_to_say(known, options):
    assert interval_of(*known, "macro_f1", **options) is None
    enough = answers((20, 30), (5, FEWEST))
    assert interval_of(*enough, "macro_f1").method == "bootstrap"


def test_nothing_is_said_without_groups_without_what_was_scored_or_without_a_held_out_part():
    true, says = answers((25, 30), (20, 30))
    record, data = record_of(true, says, "balanced_accuracy"), data_of(true)
    known = data, rules("balanced_accuracy"), 0
    splits = splits_of(60)
    assert held_out_interval(record, splits, *known) is not None
    assert held_out_interval(record, [splits[0]], *known) is None
    assert held_out_interval(None, splits, *known) is None
    assert held_out_interval(record, [splits[1].model_copy(update={"groups": None})], *known) is None
    network = data.model_copy(update={"true": []})
    assert held_out_interval(record, splits, network, rules("balanced_accuracy"), 0) is None
    other = record.model_copy(update={"scores": {"balanced_accuracy": 0.9}})
    assert held_out_interval(other, splits, *known) is None


def test_intervals_of_balanced_accuracy_hold_the_truth():
    random, held = np.random.default_rng(5), []
    for seed in range(150):
        right = random.binomial([30, 5], [0.98, 0.9])
        found = interval_of(*answers((right[0], 30), (right[1], 5)), "balanced_accuracy", seed=seed)
        held.append(found.low <= 0.94 <= found.high)
    assert np.mean(held) >= 0.94


def test_intervals_over_groups_hold_the_truth_where_those_over_samples_do_not():
    random, held, naive = np.random.default_rng(8), [], []
    groups = np.repeat(np.arange(40), 6)
    for seed in range(40):
        right = np.repeat(random.random(40) < 0.8, 6)
        known = [0] * 240, np.where(right, 0, 1).tolist(), "balanced_accuracy"
        for own, found in ((groups, held), (None, naive)):
            one = interval_of(*known, own, seed=seed)
            found.append(one.low <= 0.8 <= one.high)
    assert np.mean(held) >= 0.87
    assert np.mean(naive) < 0.7


def contender(name, family, folds, true, says, metric="balanced_accuracy"):
    model = _model(name, family, folds, metric=metric)
    return model.model_copy(update={"holdout": record_of(true, says, metric)})


def compared(models, true, metric="balanced_accuracy", groups=None, seen=(), labels=("a", "b"), **changes):
    known = splits_of(len(true), groups, seen), data_of(true, labels), rules(metric, **changes), 0
    return compare_held_out(models, *known)


def test_labels_of_samples_that_stand_alone_are_tested_by_mcnemar():
    true = [0, 1] * 20
    much = [1 - label for label in true[:9]] + true[9:]
    models = [contender("q", "quantum", FOLDS, true, much), contender("c", "classical", FOLDS, true, true)]
    found = compared(models, true)
    assert (found.a, found.b, found.test, found.only_a, found.only_b) == ("q", "c", "mcnemar", 0, 9)
    assert found.p == pytest.approx(2 * 0.5**9)
    assert (found.difference, found.low, found.high, found.significant) == (-9 / 40, None, None, True)
    assert found.sentence == (
        "On the held-out part, C (right on 40 of 40) is right more often than Q (right on 31 of 40) at 5 %: "
        "C alone is right on 9, Q alone on 0, exact McNemar test p = 0.0039, n = 40 samples. These are the "
        "models of either family with the best mean over folds."
    )
    careful = compared(models, true, level=0.001)
    assert not careful.significant
    assert careful.sentence.startswith(
        "On the held-out part, no significant difference in right answers between Q (right on 31 of 40) and C"
    )
    same = compared([models[0], contender("c", "classical", FOLDS, true, much)], true)
    assert (same.p, same.significant) == (1.0, False)
    assert "nothing tells Q and C apart: both are right on the same 31 of 40 samples." in same.sentence


def test_the_pair_is_chosen_by_folds_and_not_by_the_held_out_part():
    true = [0, 1] * 20
    wrong = [1 - label for label in true]
    models = [
        contender("q", "quantum", FOLDS, true, wrong),
        contender("lucky", "quantum", WORSE, true, true),
        contender("c", "classical", WORSE, true, true),
        contender("d", "classical", FOLDS, true, wrong),
    ]
    found = compared(models, true)
    assert (found.a, found.b) == ("q", "d")
    assert "too" not in found.sentence
    assert "best mean over folds, which test these samples, too." in compared(models, true, seen=[3]).sentence
    assert "too" not in compared(models, true, seen=[40]).sentence
    assert compared(models[:2], true) is None


def test_numbers_and_samples_in_groups_are_tested_by_a_shared_bootstrap():
    random = np.random.default_rng(3)
    true = random.normal(size=60)
    near, far = (true + spread * random.normal(size=60) for spread in (0.2, 1.0))
    models = [
        contender("q", "quantum", FOLDS, true.tolist(), far.tolist(), "rmse"),
        contender("c", "classical", FOLDS, true.tolist(), near.tolist(), "rmse"),
    ]
    found = compared(models, true.tolist(), "rmse", labels=())
    assert (found.test, found.p, found.only_a, found.significant) == ("bootstrap", None, None, True)
    assert 0 < found.low < found.difference < found.high
    assert "C (" in found.sentence.split(" scored lower, which is better, in ")[0]
    assert f"{-found.high:.3f} to {-found.low:.3f}, n = 60 samples." in found.sentence
    turned = [
        contender("q", "quantum", FOLDS, true.tolist(), near.tolist(), "rmse"),
        contender("c", "classical", FOLDS, true.tolist(), far.tolist(), "rmse"),
    ]
    other = compared(turned, true.tolist(), "rmse", labels=())
    assert other.significant and (other.low, other.high) == pytest.approx((-found.high, -found.low))
    assert other.sentence == found.sentence.replace("C (", "X (").replace("Q (", "C (").replace("X (", "Q (")
    wide = compared(models, true.tolist(), "rmse", labels=(), level=0.001)
    assert wide.high - wide.low > found.high - found.low
    grouped = compared(models, true.tolist(), "rmse", np.arange(60) // 5, labels=())
    assert "n = 60 samples in 12 groups." in grouped.sentence
    assert compared(models, true.tolist(), "rmse", np.arange(60) // 10, labels=()) is None
    labels = [0, 1] * 20
    says = [0, 1] * 18 + [1, 0] * 2
    pair = [contender("q", "quantum", FOLDS, labels, says), contender("c", "classical", FOLDS, labels, says)]
    tied = compared(pair, labels, groups=np.arange(40) // 2)
    assert (tied.test, tied.significant, tied.difference) == ("bootstrap", False, 0)
    assert "nothing can be said about balanced accuracy of Q" in tied.sentence
