"""Many models on many blocks: mean ranks, and whether they differ at all."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.experiments.statistics.inputs import as_matrix, leveled

__all__ = ["FriedmanTest", "friedman_test", "rank_rows"]


@dataclass(frozen=True)
class FriedmanTest:
    """Whether K models rank alike on N blocks.

    Attributes:
        mean_ranks: Mean rank of each model, 1 is best, in the order of columns.
        chi_square: Friedman's statistic.
        df: Its degrees of freedom, K - 1.
        p: Its p-value by the chi-square approximation.
        f: Statistic of Iman and Davenport; None where all blocks rank alike, so that it would be infinite.
        f_df: Its degrees of freedom, K - 1 and (K - 1)(N - 1).
        f_p: Its p-value; where all blocks rank alike, the exact probability of that under the hypothesis.
        blocks: N.
    """

    mean_ranks: tuple[float, ...]
    chi_square: float
    df: int
    p: float
    f: float | None
    f_df: tuple[int, int]
    f_p: float
    blocks: int


def friedman_test(
    scores: ArrayLike, *, higher_is_better: bool = True, correct_ties: bool = True
) -> FriedmanTest:
    """Friedman's test with the statistic of Iman and Davenport, which is less conservative.

    Blocks are taken for independent. Datasets are; folds of one dataset share training samples, so for them
    the p-values are too small as a rule.

    Args:
        scores: ``(N, K)``: a block (dataset or fold) a row, a model a column; at least 2 of each.
        higher_is_better: Which end of the scores gets rank 1.
        correct_ties: Divide by the variance that tied ranks leave, as SciPy does; the formula in Demsar does
            not, and is conservative where there are ties.

    Raises:
        ArgumentError: Not such a matrix.

    References: Friedman, J. Am. Stat. Assoc. 32, 675 (1937); Iman and Davenport, Commun. Stat. A 9, 571
    (1980); Demsar, Journal of Machine Learning Research 7, 1 (2006).

    Example:
        >>> from qsetu.experiments.statistics import friedman_test
        >>> test = friedman_test([[0.9, 0.8, 0.7], [0.8, 0.9, 0.7], [0.9, 0.8, 0.6], [0.7, 0.6, 0.5]])
        >>> test.mean_ranks, test.chi_square, round(test.p, 4)
        ((1.25, 1.75, 3.0), 6.5, 0.0388)
    """
    from scipy.stats import chi2, f

    ranks = rank_rows(as_matrix(scores), higher_is_better)
    blocks, models = ranks.shape
    means = ranks.mean(axis=0)
    between = float(((means - (models + 1) / 2) ** 2).sum())
    ties = [np.unique(row, return_counts=True)[1] for row in ranks]
    lost = sum(int((counts**3 - counts).sum()) for counts in ties) if correct_ties else 0
    freedom = models - 1
    other = freedom * (blocks - 1)
    # The largest sum of squares there can be; 0 if every block is one tie.
    most = blocks * models * (models**2 - 1) - lost
    statistic = 12 * blocks**2 * freedom * between / most if most else 0.0
    p = float(chi2.sf(statistic, freedom))
    remaining = blocks * freedom - statistic
    ratio: float | None
    if remaining > 1e-9 * blocks * freedom:
        ratio = (blocks - 1) * statistic / remaining
        f_p = float(f.sf(ratio, freedom, other))
    else:
        ratio = None
        orders = math.factorial(models) // math.prod(math.factorial(int(n)) for n in ties[0])
        f_p = float(orders) ** -(blocks - 1)
    return FriedmanTest(
        tuple(float(mean) for mean in means), statistic, freedom, p, ratio, (freedom, other), f_p, blocks
    )


def rank_rows(scores: NDArray[np.float64], higher_is_better: bool) -> NDArray[np.float64]:
    """Ranks within each row, float64 ``(N, K)``, 1 is best, ties get their mean rank."""
    from scipy.stats import rankdata

    # Blocks may be datasets with scores of very different size.
    clean = np.array([leveled(row, float(np.abs(row).max())) for row in scores])
    return np.asarray(rankdata(-clean if higher_is_better else clean, axis=1))
