"""What is concluded from scores that were written by hand."""

from __future__ import annotations

import pytest

from qsetu.experiments.analysis import analyze
from qsetu.experiments.record import ModelRecord, SplitRecord, Summary

SPLITS = [
    SplitRecord(kind="fold", repeat=0, fold=i, num_train=80, num_train_groups=80, test=list(range(20)))
    for i in range(5)
]


def _model(name, family, scores, control=None, control_of=None, model="elastic-net", metric="accuracy"):
    from qsetu.experiments.statistics import corrected_interval

    folds = [
        {
            "kind": "fold",
            "repeat": 0,
            "fold": i,
            "seed": 0,
            "scores": {metric: score},
            "configuration": {},
            "tuning_score": 0.0,
            "tried": [],
            "curve": [],
            "feature_seconds": 0,
            "tune_seconds": 0,
            "fit_seconds": 0,
            "predict_seconds": 0,
            "cpu_seconds": 0,
            "predicted": [],
            "warnings": [],
        }
        for i, score in enumerate(scores)
    ]
    found = corrected_interval(scores, 80, 20)
    return ModelRecord(
        name=name,
        title=name.upper(),
        model=model,
        family=family,
        features="f",
        control=control,
        control_of=control_of,
        settings={},
        configurations=1,
        fits=1,
        folds=folds,
        holdout=None,
        summary={metric: Summary(mean=found.mean, low=found.low, high=found.high, std=found.std)},
        confusion=None,
    )


def _analyze(models, **more):
    return analyze(models, SPLITS, metric="accuracy", level=0.05, num_samples=100, **more)


LOW, HIGH = [0.50, 0.52, 0.51, 0.49, 0.50], [0.90, 0.91, 0.89, 0.92, 0.90]
NOISY = [0.4, 0.7, 0.5, 0.8, 0.6]


def test_pairs_are_every_quantum_against_every_classical_and_controls_apart():
    models = [
        _model("q", "quantum", NOISY),
        _model("q+deentangled", "quantum", NOISY[::-1], "deentangled", "q"),
        _model("q+permutation", "quantum", LOW, "permutation", "q"),
        _model("r", "classical", NOISY[1:] + NOISY[:1], "rbf", "q", model="rbf-svm"),
        _model("c", "classical", LOW),
    ]
    found = _analyze(models)
    assert [(c.kind, c.a, c.b) for c in found.comparisons] == [
        ("family", "q", "r"),
        ("family", "q", "c"),
        ("deentangled", "q", "q+deentangled"),
        ("rbf", "q", "r"),
    ]
    assert set(found.ranking.mean_ranks) == {"q", "r", "c"}
    assert found.sentences[0].startswith("Of 2 comparisons between a quantum and a classical model, none")
    assert "The quantum model beside its twin without entanglement" in " ".join(found.sentences)


@pytest.mark.parametrize(
    ("quantum", "classical", "ahead"), [(HIGH, LOW, "1 in favor"), (LOW, HIGH, "0 in favor")]
)
def test_a_clear_difference_is_told_from_the_side_of_the_better(quantum, classical, ahead):
    found = _analyze([_model("q", "quantum", quantum), _model("c", "classical", classical)])
    (comparison,) = found.comparisons
    assert comparison.significant and comparison.p_holm < 0.001
    assert comparison.difference == pytest.approx(sum(quantum) / 5 - sum(classical) / 5)
    assert "1 is significant" in found.sentences[0] and ahead in found.sentences[0]
    better = "Q" if quantum is HIGH else "C"
    assert found.sentences[1].startswith(f"{better} (0.904) scored higher in accuracy")
    assert len(found.sentences) == 2  # and it is not told twice
    assert found.ranking is None


def test_lower_is_better_where_the_metric_says_so():
    models = [
        _model("q", "quantum", LOW, model="ridge", metric="rmse"),
        _model("c", "classical", HIGH, model="ridge", metric="rmse"),
    ]
    found = analyze(models, SPLITS, metric="rmse", level=0.05, num_samples=100)
    assert "1 in favor of the quantum model" in found.sentences[0]
    assert found.sentences[1].startswith("Q (0.504) scored lower, which is better,")


def test_repeats_do_not_count_as_more_folds():
    twice = [*SPLITS, *[split.model_copy(update={"repeat": 1}) for split in SPLITS]]
    scores = [0.60, 0.66, 0.58, 0.67, 0.61], [0.52, 0.56, 0.56, 0.57, 0.55]
    once = analyze(
        [_model("q", "quantum", scores[0]), _model("c", "classical", scores[1])],
        SPLITS,
        metric="accuracy",
        level=0.05,
        num_samples=100,
    ).comparisons[0]
    both = analyze(
        [_model("q", "quantum", scores[0] * 2), _model("c", "classical", scores[1] * 2)],
        twice,
        metric="accuracy",
        level=0.05,
        num_samples=100,
    ).comparisons[0]
    # The same scores again shrink the variance a little; with 9 degrees p would fall far more.
    assert 0.5 * once.p < both.p < once.p


def test_permuted_labels_above_guessing_raise_an_alarm():
    models = [
        _model("q", "quantum", HIGH),
        _model("q+permutation", "quantum", HIGH, "permutation", "q"),
        _model("c", "classical", HIGH),
    ]
    found = analyze(
        [
            m.model_copy(
                update={
                    "summary": {"balanced_accuracy": m.summary["accuracy"]},
                    "folds": [
                        f.model_copy(update={"scores": {"balanced_accuracy": f.scores["accuracy"]}})
                        for f in m.folds
                    ],
                }
            )
            for m in models
        ],
        SPLITS,
        metric="balanced_accuracy",
        level=0.05,
        num_samples=100,
        num_labels=2,
    )
    assert any(s.startswith("Something is wrong: Q+PERMUTATION scores 0.904") for s in found.sentences)
    quiet = _analyze([models[0], _model("q+permutation", "quantum", NOISY, "permutation", "q"), models[2]])
    assert not any("wrong" in sentence for sentence in quiet.sentences)


def test_the_ceiling_is_told_beside_the_best():
    models = [_model("q", "quantum", LOW), _model("c", "classical", NOISY)]
    found = _analyze(models, ceiling={"accuracy": 0.75, "mcc": 0.5})
    assert found.sentences[-1].startswith(
        "The best possible accuracy on these data is 0.750; the best mean here is 0.600"
    )


def test_one_family_alone_is_not_compared():
    found = _analyze([_model("c", "classical", LOW), _model("d", "classical", HIGH)])
    assert found.sentences == ["Only one family of models was run, so there is nothing to compare."]
