"""What may be said of two models, in words."""

from __future__ import annotations

from collections.abc import Mapping

from qsetu.core.checks import as_int
from qsetu.core.errors import ArgumentError
from qsetu.experiments.statistics.bootstrap import BootstrapInterval
from qsetu.experiments.statistics.compare import Comparison
from qsetu.experiments.statistics.exact import McNemar
from qsetu.experiments.statistics.inputs import as_level

__all__ = ["bootstrap_sentence", "comparison_sentence", "mcnemar_sentence"]


def comparison_sentence(
    comparison: Comparison,
    titles: Mapping[str, str],
    metric_title: str,
    n_samples: int,
    n_folds: int | None = None,
    level: float | None = None,
    higher_is_better: bool = True,
) -> str:
    """One sentence on two models: what the numbers allow, and no more.

    The p-value after Holm's correction decides. The interval is that of this pair alone; where it leaves zero
    out and the p-value does not call the difference significant, a second sentence says why.

    Args:
        comparison: Of :func:`comparisons`.
        titles: Name for people of each model; a model that is not in it is called by its own name.
        metric_title: Name for people of the score, such as "Balanced accuracy".
        n_samples: Samples in the dataset.
        n_folds: Outer folds, which must be as many as were compared; those if not given.
        level: Level of significance, which must be that of the comparison; that if not given.
        higher_is_better: Whether larger scores are better.

    Returns:
        Plain text. A significant difference is told from the side of the better model.

    Raises:
        ArgumentError: ``level`` or ``n_folds`` are not those of the comparison.

    Example:
        >>> import textwrap
        >>> from qsetu.experiments.statistics import comparison_sentence, comparisons
        >>> (found,) = comparisons({"x": [0.8, 0.9, 0.7], "y": [0.7, 0.6, 0.5]}, [("x", "y")], 80, 20)
        >>> text = comparison_sentence(found, {"x": "X", "y": "Y"}, "Accuracy", n_samples=100)
        >>> print(textwrap.fill(text, 100))
        No significant difference in accuracy between X (0.800) and Y (0.600) at 5 %: difference 0.200, 95 %
        interval -0.129 to 0.529, Holm-corrected p = 0.12, n = 100 samples, 3 folds.
    """
    samples = as_int("n_samples", n_samples, 2)
    if n_folds is not None and as_int("n_folds", n_folds, 2) != comparison.folds:
        raise ArgumentError("n_folds", f"must be {comparison.folds}, as in the comparison", n_folds)
    if level is not None and level != comparison.level:
        hint = "The interval and what is significant were computed at that level."
        raise ArgumentError("level", f"must be {comparison.level:g}, as in the comparison", level, hint)
    first, second = titles.get(comparison.a, comparison.a), titles.get(comparison.b, comparison.b)
    means = (comparison.mean_a, comparison.mean_b)
    sign = 1.0
    if comparison.significant and (comparison.difference > 0) != higher_is_better:
        first, second, means, sign = second, first, means[::-1], -1.0
    metric = _in_a_sentence(metric_title)
    x, y = f"{first} ({_number(means[0])})", f"{second} ({_number(means[1])})"
    count = f"n = {samples} samples, {comparison.folds} folds."
    if comparison.low is None or comparison.high is None:
        return (
            f"Nothing can be said about {metric} of {x} and {y}: they differ by "
            f"{_number(comparison.difference)} in every fold, which leaves no spread to test against, {count}"
        )
    if comparison.low == comparison.high == 0:
        return f"No difference in {metric} between {x} and {y}: both score the same in every fold, {count}"
    low, high = sorted((sign * comparison.low, sign * comparison.high))
    numbers = (
        f"difference {_number(sign * comparison.difference)}, {100 * (1 - comparison.level):g} % interval "
        f"{_number(low)} to {_number(high)}, "
        f"Holm-corrected p {_p_value(comparison.p_holm, comparison.level)}, {count}"
    )
    at = f"at {100 * comparison.level:g} %"
    if comparison.significant:
        verb = "scored higher" if higher_is_better else "scored lower, which is better,"
        return f"{x} {verb} in {metric} than {y} {at}: {numbers}"
    text = f"No significant difference in {metric} between {x} and {y} {at}: {numbers}"
    if low > 0 or high < 0:
        text += (
            f" The interval, which leaves out zero, is not adjusted for the {comparison.pairs} comparisons "
            "made; the p-value is, and it decides."
        )
    return text


def mcnemar_sentence(found: McNemar, a: str, b: str, level: float = 0.05) -> str:
    """One sentence on two models' right answers to the same held-out samples.

    Args:
        found: Of :func:`mcnemar`.
        a: Title of the first model.
        b: Title of the second.
        level: Level of significance.

    Returns:
        Plain text. A significant difference is told from the side of the better model.

    Example:
        >>> from qsetu.experiments.statistics import mcnemar, mcnemar_sentence
        >>> print(mcnemar_sentence(mcnemar([True, False, False], [True, False, False]), "X", "Y"))
        On the held-out part, nothing tells X and Y apart: both are right on the same 1 of 3 samples.
    """
    alpha = as_level(level)
    samples = found.both + found.only_a + found.only_b + found.neither
    if found.only_a == found.only_b == 0:
        return (
            f"On the held-out part, nothing tells {a} and {b} apart: both are right on the same "
            f"{found.both} of {samples} samples."
        )
    alone = [(a, found.only_a), (b, found.only_b)]
    significant = found.p < alpha
    if significant and found.only_b > found.only_a:
        alone.reverse()
    (first, one), (second, two) = alone
    x, y = (f"{title} (right on {found.both + more} of {samples})" for title, more in alone)
    numbers = (
        f"{first} alone is right on {one}, {second} alone on {two}, exact McNemar test "
        f"p {_p_value(found.p, alpha)}, n = {samples} samples."
    )
    at = f"at {100 * alpha:g} %"
    if significant:
        return f"On the held-out part, {x} is right more often than {y} {at}: {numbers}"
    told = f"no significant difference in right answers between {x} and {y} {at}"
    return f"On the held-out part, {told}: {numbers}"


def bootstrap_sentence(
    found: BootstrapInterval,
    a: tuple[str, float],
    b: tuple[str, float],
    metric_title: str,
    n_samples: int,
    level: float = 0.05,
    higher_is_better: bool = True,
) -> str:
    """One sentence on two models' scores of the same held-out samples.

    Args:
        found: Of :func:`bootstrap_difference`, of a - b at the confidence 1 - ``level``.
        a: Title and score of the first model.
        b: Title and score of the second.
        metric_title: Name for people of the score.
        n_samples: Held-out samples.
        level: Level of significance.
        higher_is_better: Whether larger scores are better.

    Returns:
        Plain text. A difference whose interval leaves out zero is told from the side of the better model.

    Example:
        >>> import textwrap
        >>> from qsetu.experiments.statistics import BootstrapInterval, bootstrap_sentence
        >>> found = BootstrapInterval(0.1, -0.02, 0.21, 0.06, 40, 2000, "percentile")
        >>> text = bootstrap_sentence(found, ("X", 0.8), ("Y", 0.7), "R squared", n_samples=40)
        >>> print(textwrap.fill(text, 100))
        On the held-out part, no significant difference in R squared between X (0.800) and Y (0.700) at 5 %:
        difference 0.100, 95 % bootstrap interval -0.020 to 0.210, n = 40 samples.
    """
    alpha = as_level(level)
    samples = as_int("n_samples", n_samples, 2)
    metric = _in_a_sentence(metric_title)
    count = f"n = {samples} samples" + (f" in {found.units} groups." if found.units != samples else ".")
    difference, low, high = found.estimate, found.low, found.high
    significant = low > 0 or high < 0
    if low == high:
        x, y = (f"{title} ({_number(score)})" for title, score in (a, b))
        return (
            f"On the held-out part, nothing can be said about {metric} of {x} and {y}: they differ by "
            f"{_number(difference)} in every resample, which leaves no spread to test against, {count}"
        )
    if significant and (difference > 0) != higher_is_better:
        a, b, difference, low, high = b, a, -difference, -high, -low
    x, y = (f"{title} ({_number(score)})" for title, score in (a, b))
    numbers = (
        f"difference {_number(difference)}, {100 * (1 - alpha):g} % bootstrap interval {_number(low)} to "
        f"{_number(high)}, {count}"
    )
    at = f"at {100 * alpha:g} %"
    if significant:
        verb = "scored higher" if higher_is_better else "scored lower, which is better,"
        return f"On the held-out part, {x} {verb} in {metric} than {y} {at}: {numbers}"
    return f"On the held-out part, no significant difference in {metric} between {x} and {y} {at}: {numbers}"


def _in_a_sentence(title: str) -> str:
    """``title`` without its capital, unless it is an acronym ("AUC", "R2")."""
    return title if not title[1:2].islower() else title[:1].lower() + title[1:]


def _number(value: float) -> str:
    """Three decimals; more where these would turn a number that is not zero into zero."""
    for decimals in range(3, 10):
        text = f"{value:.{decimals}f}"
        if float(text) != 0:
            return text
    return "0.000"


def _p_value(p: float, level: float) -> str:
    """Two digits; more where these would put it on the other side of ``level``."""
    if p < 0.001 <= level:
        return "< 0.001"
    for digits in range(2, 17):
        text = f"{p:.{digits}g}"
        if (float(text) < level) == (p < level):
            break
    return f"= {text}"
