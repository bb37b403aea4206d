"""The one sentence a report may say about who did better: what intervals allow, and no more."""

from __future__ import annotations

from qsetu.experiments.metrics import METRICS
from qsetu.experiments.record import Result

__all__ = ["verdict"]


def verdict(result: Result) -> str:
    """Compare the best quantum and the best classical model by mean, without naming a winner.

    Returns:
        One paragraph of plain text, generated from the numbers of ``result``.
    """
    metric = result.metrics()[0]
    name = METRICS[metric].title.lower()
    quantum, classical = result.best("quantum"), result.best("classical")
    if quantum is None or classical is None:
        return "Only one family of models was run, so there is nothing to compare."
    a, b = quantum.summary[metric], classical.summary[metric]
    overlap = min(a.high, b.high) >= max(a.low, b.low)
    first = (
        f"The highest mean {name} is {a.mean:.3f} among the quantum models ({quantum.title}) and "
        f"{b.mean:.3f} among the classical ones ({classical.title})"
    )
    second = (
        f"their intervals, {a.low:.3f} to {a.high:.3f} and {b.low:.3f} to {b.high:.3f}, "
        + ("overlap" if overlap else "do not overlap")
    )  # fmt: skip
    third = (
        "No model is named winner here: both were picked as the best of several, and whether they differ is "
        "a question for a corrected test on paired folds, which this report does not contain."
    )
    return f"{first}; {second}. {third}"
