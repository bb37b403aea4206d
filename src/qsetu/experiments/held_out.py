"""What a held-out part says: intervals of its scores, and one test that was chosen without looking at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.seeds import derive_seed
from qsetu.experiments.metrics import METRICS, Metric, Prediction
from qsetu.experiments.reading import best_of
from qsetu.experiments.record import (
    DatasetRecord,
    FoldRecord,
    HoldoutComparison,
    HoldoutInterval,
    ModelRecord,
    SplitRecord,
)
from qsetu.experiments.spec import EvaluationSpec
from qsetu.experiments.statistics import (
    BootstrapInterval,
    Proportion,
    balanced_accuracy_interval,
    bootstrap_interval,
    bootstrap_sentence,
    exact_interval,
    mcnemar,
    mcnemar_sentence,
)

__all__ = ["FEWEST", "compare_held_out", "held_out_interval"]

FEWEST = 8
"""Samples of a label, or groups, below which no bootstrap interval is given.

Simulated, 2,000 times each, how often bootstrap intervals of balanced accuracy at 95 % hold the truth: 93 %
with 20 and 14 samples of two labels, 86 % with 30 and 10, 77 % with 30 and 5, where a label of which none was
taken for another looks as if it never were. (Balanced accuracy of samples that stand alone has a better one.)
"""


def held_out_interval(
    record: FoldRecord | None,
    splits: Sequence[SplitRecord],
    data: DatasetRecord,
    evaluation: EvaluationSpec,
    seed: int,
) -> HoldoutInterval | None:
    """Interval of one model's held-out score on the first metric.

    It is about which samples were held out: the model is taken as trained. Accuracy of samples that stand
    alone gets the exact interval of Clopper and Pearson, balanced accuracy one that combines those of the
    labels. Every other score gets the percentiles of a bootstrap over samples, as many of each label as there
    are, or over groups where samples are grouped.

    Args:
        record: The model on the held-out part; None where there is none.
        splits: Of the run.
        data: The samples.
        evaluation: Metrics and confidence.
        seed: Of the run; all models are scored on the same resamples.

    Returns:
        None where nothing can be said: for networks, with fewer than ``FEWEST`` groups or samples of a label,
        and where every resample scores the same, such as all right.
    """
    held = None if record is None else _read(record, splits, data)
    if record is None or held is None:
        return None
    metric, units = METRICS[evaluation.metrics[0]], held.units
    if metric.name == "accuracy" and held.alone:
        exact = exact_interval(int((held.true == held.values).sum()), units, evaluation.confidence)
        return HoldoutInterval(
            metric=metric.name, low=exact.low, high=exact.high, method="exact", units=units
        )
    if metric.name == "balanced_accuracy" and held.alone:
        limits = _balanced(held, evaluation.confidence, seed)
        if not np.isclose(limits.share, record.scores[metric.name], rtol=1e-9):
            return None
        return HoldoutInterval(
            metric=metric.name, low=limits.low, high=limits.high, method="beta", units=units
        )
    if held.fewest < FEWEST:
        return None
    found = _bootstrap(held, lambda rows: held.score(metric, rows), evaluation.confidence, seed)
    # A record that does not keep what was scored (of an older version) has no interval.
    if found.low == found.high or not np.isclose(found.estimate, record.scores[metric.name], rtol=1e-9):
        return None
    return HoldoutInterval(
        metric=metric.name, low=found.low, high=found.high, method="bootstrap", units=units
    )


def compare_held_out(
    models: Sequence[ModelRecord],
    splits: Sequence[SplitRecord],
    data: DatasetRecord,
    evaluation: EvaluationSpec,
    seed: int,
) -> HoldoutComparison | None:
    """The quantum and the classical model with the best means over folds, tested once on the held-out part.

    One pair, so nothing is corrected for. Labels of samples that stand alone are tested by McNemar's exact
    test, which is about right answers, whatever the metric; numbers, and samples in groups, by the interval
    of the difference in the first metric over resamples that both share.

    Args:
        models: All models and controls, with their folds.
        splits: Of the run.
        data: The samples.
        evaluation: Metrics and level.
        seed: Of the run.

    Returns:
        None without a held-out part, for networks, with one family, and with too few groups or samples.
    """
    metric = METRICS[evaluation.metrics[0]]
    pair = [best_of(models, family, metric) for family in ("quantum", "classical")]
    records = [model.holdout for model in pair if model is not None and model.holdout is not None]
    helds = [_read(record, splits, data) for record in records]
    found = [held for held in helds if held is not None]
    if len(found) < 2:
        return None
    told = _tested(pair[0], pair[1], found[0], found[1], metric, evaluation, seed)  # type: ignore[arg-type]
    if told is None:
        return None
    held_out = next(split for split in splits if split.kind == "holdout")
    seen = {place for split in splits if split.kind == "fold" for place in split.test}
    also = ", which test these samples, too" if seen & set(held_out.test) else ""
    why = f"These are the models of either family with the best mean over folds{also}."
    return told.model_copy(update={"sentence": f"{told.sentence} {why}"})


@dataclass(frozen=True, eq=False)
class _Held:
    """One model on the held-out part.

    Attributes:
        true: Labels or numbers ``(N,)``.
        values: What the model says.
        scores: What it gave each label; None where that is not kept.
        groups: Group numbers.
        strata: Label of each sample; None for numbers, and where a group has several labels.
    """

    true: NDArray[Any]
    values: NDArray[Any]
    scores: NDArray[np.float64] | None
    groups: NDArray[np.int64]
    strata: NDArray[Any] | None

    @property
    def units(self) -> int:
        """Groups; samples where each is alone in its own."""
        return len(np.unique(self.groups))

    @property
    def alone(self) -> bool:
        """Whether each sample is alone in its group."""
        return self.units == len(self.true)

    @property
    def fewest(self) -> int:
        """Groups of the rarest stratum."""
        if self.strata is None:
            return self.units
        _, first = np.unique(self.groups, return_index=True)
        return int(np.unique(self.strata[first], return_counts=True)[1].min())

    def score(self, metric: Metric, rows: NDArray[np.int64]) -> float:
        """The score of some samples, which may come several times."""
        scores = None if self.scores is None else self.scores[rows]
        return metric.compute(self.true[rows], Prediction(self.values[rows], scores))


def _read(record: FoldRecord, splits: Sequence[SplitRecord], data: DatasetRecord) -> _Held | None:
    """What is known of a held-out part; None for networks, and where groups were not recorded."""
    split = next((split for split in splits if split.kind == "holdout"), None)
    if split is None or split.groups is None or not data.true:
        return None
    true, groups = np.asarray(data.true)[split.test], np.asarray(split.groups)
    pure = len({*zip(split.groups, true.tolist(), strict=True)}) == len(set(split.groups))
    scores = None if record.label_scores is None else np.asarray(record.label_scores)
    return _Held(true, np.asarray(record.predicted), scores, groups, true if data.labels and pure else None)


def _balanced(held: _Held, confidence: float, seed: int) -> Proportion:
    labels = np.unique(held.true)
    totals = [int((held.true == label).sum()) for label in labels]
    correct = [int(((held.true == label) & (held.values == label)).sum()) for label in labels]
    return balanced_accuracy_interval(correct, totals, confidence, seed=derive_seed(seed, "held-out"))


def _bootstrap(
    held: _Held, statistic: Callable[[NDArray[np.int64]], float], confidence: float, seed: int
) -> BootstrapInterval:
    return bootstrap_interval(
        statistic,
        [np.arange(len(held.true))],
        held.groups,
        strata=held.strata,
        confidence=confidence,
        method="percentile",
        seed=derive_seed(seed, "held-out"),
    )


def _tested(
    a: ModelRecord,
    b: ModelRecord,
    first: _Held,
    second: _Held,
    metric: Metric,
    evaluation: EvaluationSpec,
    seed: int,
) -> HoldoutComparison | None:
    level, samples = evaluation.level, len(first.true)
    if first.alone and metric.task == "classification":
        exact = mcnemar(first.true == first.values, second.true == second.values)
        return HoldoutComparison(
            a=a.name,
            b=b.name,
            test="mcnemar",
            difference=(exact.only_a - exact.only_b) / samples,
            low=None,
            high=None,
            only_a=exact.only_a,
            only_b=exact.only_b,
            p=exact.p,
            significant=exact.p < level,
            sentence=mcnemar_sentence(exact, a.title, b.title, level),
        )
    if first.fewest < FEWEST:
        return None
    every = np.arange(samples)
    found = _bootstrap(
        first, lambda rows: first.score(metric, rows) - second.score(metric, rows), 1 - level, seed
    )
    return HoldoutComparison(
        a=a.name,
        b=b.name,
        test="bootstrap",
        difference=found.estimate,
        low=found.low,
        high=found.high,
        only_a=None,
        only_b=None,
        p=None,
        significant=found.low < found.high and (found.low > 0 or found.high < 0),
        sentence=bootstrap_sentence(
            found,
            (a.title, first.score(metric, every)),
            (b.title, second.score(metric, every)),
            metric.title,
            samples,
            level,
            metric.higher_is_better,
        ),
    )
