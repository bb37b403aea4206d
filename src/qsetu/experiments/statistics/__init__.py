"""Statistics of experiments: intervals, paired tests, rankings, and the sentences that they allow.

Scores of folds are not independent, since folds share training samples, and there is no unbiased estimate
of the variance of their mean (Bengio and Grandvalet, Journal of Machine Learning Research 5, 1089 (2004)).
What is here is a heuristic, so it was tried where the truth is known exactly, with 5 folds, on 2,000
simulated datasets for each number.

How often 95 % intervals hold the expected accuracy of a logistic regression with pairwise products that
learns an exclusive or of two SNPs among four, in percent:

======  =======  ==========  ====================  =====
people  repeats   corrected  corrected, 4 degrees  plain
======  =======  ==========  ====================  =====
100           1        95.4                  95.4   86.9
100           2        93.0                  97.1   71.6
100           5        91.0                  97.3   51.1
300           1        96.4                  96.4   90.2
300           2        94.7                  97.3   76.1
300           5        92.7                  97.2   51.2
======  =======  ==========  ====================  =====

How often two models that are equally good are called different at 5 %, 200 people; "table" (the majority
label of each joint genotype) changes with few training samples, "nearest mean" does not; in percent:

============  =======  ==========  ====================  =====
model         repeats   corrected  corrected, 4 degrees  plain
============  =======  ==========  ====================  =====
nearest mean        1         2.2                   2.2    6.4
nearest mean        2         2.8                   1.4   19.0
nearest mean        5         4.2                   1.4   42.4
table               1         5.1                   5.1   13.7
table               2         6.6                   3.0   30.4
table               5         9.1                   3.1   52.7
============  =======  ==========  ====================  =====

So one repeat holds what it promises, and is cautious. More repeats need the degrees of freedom of one (the
argument ``df``, folds - 1) for that, in the manner of Bouckaert (Proc. ICML 2003), who calibrates the t
test of 10 times 10 folds to 10 degrees of freedom. The plain t test holds nothing, the less the more
repeats there are.
"""

from qsetu.experiments.statistics.balanced import balanced_accuracy_interval
from qsetu.experiments.statistics.bootstrap import (
    BootstrapInterval,
    bootstrap_difference,
    bootstrap_interval,
)
from qsetu.experiments.statistics.compare import Comparison, comparisons
from qsetu.experiments.statistics.effect_sizes import PairedEffect, cliff_delta, paired_effect
from qsetu.experiments.statistics.exact import McNemar, Proportion, exact_interval, mcnemar
from qsetu.experiments.statistics.intervals import Interval, corrected_interval
from qsetu.experiments.statistics.multiplicity import holm
from qsetu.experiments.statistics.nemenyi import Ranking, nemenyi
from qsetu.experiments.statistics.paired import PairedTest, corrected_paired_test
from qsetu.experiments.statistics.permutation import permutation_p_value
from qsetu.experiments.statistics.ranks import FriedmanTest, friedman_test
from qsetu.experiments.statistics.sentences import (
    bootstrap_sentence,
    comparison_sentence,
    mcnemar_sentence,
)
from qsetu.experiments.statistics.signed_rank import WilcoxonTest, wilcoxon_test

__all__ = [
    "BootstrapInterval",
    "Comparison",
    "FriedmanTest",
    "Interval",
    "McNemar",
    "PairedEffect",
    "PairedTest",
    "Proportion",
    "Ranking",
    "WilcoxonTest",
    "balanced_accuracy_interval",
    "bootstrap_difference",
    "bootstrap_interval",
    "bootstrap_sentence",
    "cliff_delta",
    "comparison_sentence",
    "comparisons",
    "corrected_interval",
    "corrected_paired_test",
    "exact_interval",
    "friedman_test",
    "holm",
    "mcnemar",
    "mcnemar_sentence",
    "nemenyi",
    "paired_effect",
    "permutation_p_value",
    "wilcoxon_test",
]
