"""Which of many models differ in mean rank, and the groups that do not."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qsetu.experiments.statistics.inputs import as_level, as_matrix
from qsetu.experiments.statistics.ranks import rank_rows

__all__ = ["Ranking", "nemenyi"]


@dataclass(frozen=True)
class Ranking:
    """Mean ranks of K models, and which of them Nemenyi's test tells apart.

    Attributes:
        mean_ranks: Mean rank of each model, 1 is best, in the order of columns.
        order: Columns from best to worst; equal mean ranks in the order of columns.
        critical_difference: Two models differ if their mean ranks do by at least this much.
        p: p-value of each pair, corrected for all pairs, K x K; 1.0 on the diagonal.
        groups: Columns of models that do not differ among themselves, best first: every such group of two or
            more that is not part of a larger one.
        level: Level of significance.
        blocks: N.
    """

    mean_ranks: tuple[float, ...]
    order: tuple[int, ...]
    critical_difference: float
    p: tuple[tuple[float, ...], ...]
    groups: tuple[tuple[int, ...], ...]
    level: float
    blocks: int


def nemenyi(scores: ArrayLike, level: float = 0.05, *, higher_is_better: bool = True) -> Ranking:
    """Nemenyi's test of all pairs of models, to be read only where Friedman's test finds a difference.

    The critical difference is ``q sqrt(K (K + 1) / (6 N))``, where q is the quantile of the studentized range
    of K groups with infinite degrees of freedom, divided by the root of 2. As in :func:`friedman_test`,
    blocks are taken for independent.

    Args:
        scores: ``(N, K)``: a block (dataset or fold) a row, a model a column; at least 2 of each.
        level: Level of significance for all pairs together.
        higher_is_better: Which end of the scores gets rank 1.

    Raises:
        ArgumentError: Not such a matrix, or the level is out of its range.

    References: Nemenyi, Distribution-free multiple comparisons, PhD thesis, Princeton (1963); Demsar, Journal
    of Machine Learning Research 7, 1 (2006).

    Example:
        >>> from qsetu.experiments.statistics import nemenyi
        >>> ranking = nemenyi([[0.9, 0.8, 0.7], [0.8, 0.9, 0.7], [0.9, 0.8, 0.6], [0.7, 0.6, 0.5]])
        >>> ranking.mean_ranks, round(ranking.critical_difference, 3), ranking.groups
        ((1.25, 1.75, 3.0), 1.657, ((0, 1), (1, 2)))
    """
    from scipy.stats import studentized_range

    alpha = as_level(level)
    ranks = rank_rows(as_matrix(scores), higher_is_better)
    blocks, models = ranks.shape
    means = ranks.mean(axis=0)
    error = math.sqrt(models * (models + 1) / (6 * blocks))
    critical = float(studentized_range.ppf(1 - alpha, models, np.inf)) / math.sqrt(2) * error
    gaps = np.abs(means[:, None] - means)
    # Few gaps are distinct, and the distribution is an integral.
    distinct, where = np.unique(gaps.round(12), return_inverse=True)
    tails = np.clip(studentized_range.sf(distinct / error * math.sqrt(2), models, np.inf), 0.0, 1.0)
    p = tails[where.reshape(gaps.shape)]
    np.fill_diagonal(p, 1.0)
    order = tuple(int(model) for model in np.argsort(means, kind="stable"))
    return Ranking(
        tuple(float(mean) for mean in means),
        order,
        critical,
        tuple(tuple(float(value) for value in row) for row in p),
        _groups([float(means[model]) for model in order], order, critical),
        alpha,
        blocks,
    )


def _groups(means: list[float], order: tuple[int, ...], critical: float) -> tuple[tuple[int, ...], ...]:
    """Longest runs of ``order`` whose ends are less than ``critical`` apart; ``means`` is ascending."""
    found, reached = [], 0
    for start in range(len(means)):
        stop = start + 1
        while stop < len(means) and means[stop] - means[start] < critical:
            stop += 1
        if stop > reached and stop - start > 1:
            found.append(order[start:stop])
        reached = max(reached, stop)
    return tuple(found)
