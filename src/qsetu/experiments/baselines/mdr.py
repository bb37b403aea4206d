"""Multifactor dimensionality reduction: the pair (or triple) of variants whose genotypes tell cases apart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu.core.checks import as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.memory import require_memory
from qsetu.core.seeds import derive_seed
from qsetu.experiments.baselines.classes import read_classes
from qsetu.genomics.datasets.genotypes import MISSING

__all__ = ["MultifactorDimensionalityReduction"]

Array = NDArray[np.float64]


class MultifactorDimensionalityReduction(ClassifierMixin, BaseEstimator):
    """MDR: every combination of ``order`` variants is tried; its genotypes are cells of high or low risk.

    A cell is of high risk if it holds at least as large a share of all cases as of all controls: the
    threshold of balanced accuracy, so that classes count alike. The combination with the largest balanced
    accuracy is taken, as a mean over inner folds, in each of which risks are learned without that fold; of
    equal ones the first. Then risks are learned from all training samples.

    A missing genotype is a genotype of its own, as whether a call fails may depend on the truth; impute first
    if that should not be used. A cell that training did not see is a tie, and ties are of high risk.

    The time grows with the number of combinations: ``M (M - 1) / 2`` pairs of M variants.

    Args:
        order: Variants that are combined, 1 to 3.
        folds: Inner folds, 2 or more; every class must have as many samples.
        ploidy: Copies a person has of each variant: 2, or 1 for inbred lines and haploid genomes.
        random_state: Seed of the folds, an integer.

    Attributes:
        classes_: Two labels, sorted; cases are the second.
        snps_: The chosen columns, int64 ``(order,)``, ascending.
        risks_: Share of cases in each cell, if classes were equally frequent, float64 ``(ploidy + 2,) *
            order``: genotypes 0 to ``ploidy``, then missing. One sample, divided evenly, is added to each
            cell.
        high_risk_: Whether a cell is of high risk, bool, of the same shape.
        cv_score_: Balanced accuracy of the chosen combination, mean over inner folds. It is the largest of
            many, so that of new samples will be smaller.
        consistency_: In how many inner folds it was also the best in what the fold was trained on.

    References: M. D. Ritchie et al., American Journal of Human Genetics 69, 138 (2001); balanced accuracy: D.
    R. Velez et al., Genetic Epidemiology 31, 306 (2007).

    Example:
        >>> import numpy as np
        >>> from qsetu.experiments.baselines import MultifactorDimensionalityReduction
        >>> X = np.random.default_rng(0).integers(0, 3, (200, 6))
        >>> y = (X[:, 1] == 1) ^ (X[:, 4] == 1)  # neither tells anything alone
        >>> MultifactorDimensionalityReduction().fit(X, y).snps_
        array([1, 4])
    """

    classes_: NDArray[Any]

    def __init__(
        self, order: int = 2, *, folds: int = 5, ploidy: int = 2, random_state: int | None = 0
    ) -> None:
        self.order = order
        self.folds = folds
        self.ploidy = ploidy
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> MultifactorDimensionalityReduction:
        """Choose variants and learn risks from genotypes ``(N, M)``, -1 or NaN where missing, and labels.

        Raises:
            ArgumentError: A setting or a genotype is out of range, there are not two classes, or a class has
                fewer samples than there are folds.
            ValueError: The table has a wrong shape or type, with scikit-learn's wording.
        """
        order, folds = as_int("order", self.order, 1, 3), as_int("folds", self.folds, 2)
        as_int("ploidy", self.ploidy, 1, 10)
        genotypes = self._genotypes(X, reset=True)
        classes, codes = read_classes(y, len(genotypes))
        sizes = np.bincount(codes)
        if len(classes) > 2:
            raise ArgumentError("y", "must hold two classes: cases and controls", classes.tolist())
        if sizes.min() < folds:
            rule = f"must hold at least {folds} samples of each class, one a fold"
            raise ArgumentError("y", rule, Said(f"{sizes.min()}"), "Choose fewer folds.")
        if genotypes.shape[1] < order:
            raise ArgumentError(
                "order", f"must be at most {genotypes.shape[1]}, the number of variants", order
            )
        fold = np.zeros(len(codes), np.int64)
        seed = None if self.random_state is None else derive_seed(self.random_state, "qsetu.mdr.folds")
        inner = StratifiedKFold(folds, shuffle=True, random_state=seed)
        for place, (_, test) in enumerate(inner.split(genotypes, codes)):
            fold[test] = place
        self.classes_ = classes
        self.snps_, self.cv_score_, self.consistency_ = _search(genotypes, codes, fold, order)
        cells = np.ravel_multi_index(tuple(genotypes[:, self.snps_].T), (self.ploidy + 2,) * order)
        number = (self.ploidy + 2) ** order
        # Counts weighed by the other class's size: whole numbers, so that ties are ties.
        controls, cases = (
            np.bincount(cells[codes == one], minlength=number) * float(sizes[1 - one]) for one in (0, 1)
        )
        added = sizes.prod() / sizes.sum()
        risks = (cases + added) / ((cases + added) + (controls + added))
        self.risks_ = risks.reshape((self.ploidy + 2,) * order)
        self.high_risk_ = self.risks_ >= 0.5
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Predicted labels ``(N,)`` of genotypes ``(N, M)``."""
        check_is_fitted(self)
        return self.classes_[self.high_risk_[self._cells(X)].astype(np.int64)]

    def predict_proba(self, X: Any) -> Array:
        """Probability of the two classes, each being equally frequent, float64 ``(N, 2)``."""
        check_is_fitted(self)
        found = self.risks_[self._cells(X)]
        return np.column_stack([1 - found, found])

    def decision_function(self, X: Any) -> Array:
        """Log-odds of being a case, float64 ``(N,)``; 0 counts as a case."""
        check_is_fitted(self)
        found = self.risks_[self._cells(X)]
        return np.log(found) - np.log1p(-found)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.positive_only = True  # but for -1, the code of a missing call
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags

    def _cells(self, X: Any) -> tuple[NDArray[np.intp], ...]:
        return tuple(self._genotypes(X, reset=False)[:, self.snps_].T.astype(np.intp))

    def _genotypes(self, X: Any, reset: bool) -> NDArray[np.uint8]:
        """Genotypes 0 to ``ploidy``, and ``ploidy + 1`` where missing."""
        values = validate_data(self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan")
        found = np.where(np.isnan(values) | (values == MISSING), self.ploidy + 1.0, values)
        wrong = (found != np.round(found)) | (found < 0) | ((values > self.ploidy) & (values != MISSING))
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            rule = f"must hold whole numbers from 0 to {self.ploidy}, or {MISSING} or NaN where missing"
            raise ArgumentError("X", rule, Said(f"{values[row, column]} at row {row}, column {column}"))
        return found.astype(np.uint8)


def _search(
    genotypes: NDArray[np.uint8], codes: NDArray[np.int64], fold: NDArray[np.int64], order: int
) -> tuple[NDArray[np.int64], float, int]:
    """The best combination, its mean balanced accuracy over folds, and how many folds' training chose it."""
    folds = int(fold.max()) + 1
    best, chosen = -np.inf, (0,) * order
    training, favorites = np.full(folds, -np.inf), [(0,) * order] * folds
    for prefix, counts in _tables(genotypes, fold * 2 + codes, 2 * folds, order):
        tests = counts.reshape(folds, 2, *counts.shape[1:])
        trained = tests.sum(axis=0) - tests
        sizes = trained[..., 0, :].sum(axis=(2, 3))[:, :, None, None, None]
        high = trained[:, 1] * sizes[:, 0] >= trained[:, 0] * sizes[:, 1]
        score = _balanced(tests, high).mean(axis=0)
        first = genotypes.shape[1] - len(score)
        place = int(score.argmax())
        if score[place] > best:
            best, chosen = float(score[place]), (*prefix, first + place)
        learned = _balanced(trained, high)
        for one, row in enumerate(learned):
            place = int(row.argmax())
            if row[place] > training[one]:
                training[one], favorites[one] = row[place], (*prefix, first + place)
    return np.array(chosen, dtype=np.int64), best, sum(one == chosen for one in favorites)


def _balanced(counts: Array, high: NDArray[np.bool_]) -> Array:
    """Balanced accuracy ``(folds, variants)``, from counts ``(folds, 2, cells, variants, levels)``."""
    cases = np.where(high, counts[:, 1], 0.0).sum(axis=(1, 3))
    controls = np.where(high, 0.0, counts[:, 0]).sum(axis=(1, 3))
    totals = counts.sum(axis=(2, 4))
    return (cases / totals[:, 1] + controls / totals[:, 0]) / 2


def _tables(
    genotypes: NDArray[np.uint8], group: NDArray[np.int64], groups: int, order: int
) -> Iterator[tuple[tuple[int, ...], Array]]:
    """For every ``order - 1`` variants, and all variants after them: how often each cell is in each group.

    Counts are float64 ``(groups, cells of the first variants, later variants, levels)``. They are products
    of indicator matrices, which are exact in float32 up to 16,777,216 samples.
    """
    rows = np.argsort(group, kind="stable")
    genotypes, levels = genotypes[rows], int(genotypes.max()) + 1
    bounds = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])
    number, variants = genotypes.shape
    require_memory(
        5 * number * variants * levels,
        lambda: f"Genotypes of {variants:,} variants",
        lambda free: "Choose fewer variants first.",
    )
    shown = (genotypes[:, :, None] == np.arange(levels)).astype(np.float32).reshape(number, -1)
    for prefix in combinations(range(variants - 1 if order > 1 else variants), order - 1):
        cell = np.zeros(number, np.int64)
        for one in prefix:
            cell = cell * levels + genotypes[:, one]
        inside = (cell[:, None] == np.arange(levels ** (order - 1))).astype(np.float32)
        later = shown[:, (prefix[-1] + 1 if prefix else 0) * levels :]
        parts = [inside[a:b].T @ later[a:b] for a, b in pairwise(bounds)]
        yield prefix, np.stack(parts).reshape(groups, inside.shape[1], -1, levels).astype(np.float64)
