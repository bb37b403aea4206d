"""What a report says first: the sentences of the analysis or, without one, what the means are."""

from __future__ import annotations

from qsetu.experiments.reading import first_metric
from qsetu.experiments.record import ModelRecord, Result
from qsetu.experiments.wording import confidence_words, fold_words, inline, interval, nouns, number, score

__all__ = ["conclusion"]


def conclusion(result: Result) -> list[str]:
    """Sentences in plain text, none of which claims more than the analysis does.

    Args:
        result: What was computed.

    Returns:
        The sentences of the analysis; where it has none, the best mean of each family, and that nothing was
        tested.
    """
    if result.analysis.sentences:
        return list(result.analysis.sentences)
    metric = first_metric(result)
    quantum, classical = result.best("quantum"), result.best("classical")
    if quantum is None or classical is None:
        return ["Only one family of models was run, so there is nothing to compare."]
    word = "highest" if metric.higher_is_better else "lowest"
    return [
        f"The {word} mean {inline(metric.title)} is {_told(metric.name, quantum)} among the quantum models "
        f"and {_told(metric.name, classical)} among the classical ones ({confidence_words(result)} "
        f"intervals, n = {number(result.dataset.num_samples)} {nouns(result).samples}, "
        f"{fold_words(result)}).",
        "No model is named winner: each is the best of several, and this result holds no corrected test of "
        "whether they differ.",
    ]


def _told(metric: str, model: ModelRecord) -> str:
    summary = model.summary[metric]
    return f"{score(metric, summary.mean)} ({model.title}; {interval(metric, summary)})"
