"""The tables of numbers: scores, the held-out part, corrected tests, controls."""

from __future__ import annotations

from collections.abc import Sequence

from qsetu.documents.document import (
    Block,
    Cell,
    Column,
    Paragraph,
    Picture,
    Row,
    Section,
    Table,
    row,
)
from qsetu.experiments.metrics import METRICS
from qsetu.experiments.reading import (
    beside,
    best_first,
    first_metric,
    holdout_split,
    quantum_models,
    seconds_per_thousand,
    spec_of,
)
from qsetu.experiments.record import ComparisonRecord, ModelRecord, Result
from qsetu.experiments.wording import (
    confidence_words,
    control_words,
    duration,
    fold_words,
    inline,
    interval,
    nouns,
    number,
    p_value,
    score,
)

__all__ = ["controls_section", "scores_section", "tests_section"]

_MOST = 20  # rows of a table of tests
_KINDS = {
    "family": "Quantum models against classical ones",
    "deentangled": "Quantum models against themselves without entanglement",
    "rbf": "Quantum models against the RBF kernel on the same features",
}


def scores_section(result: Result, pictures: Sequence[Picture] = ()) -> Section:
    """The main table, its figures, and the held-out part where there is one."""
    blocks: list[Block] = [_main(result), *pictures]
    held = holdout_split(result)
    if held is not None:
        blocks.append(_held_out(result, len(held.test), held.num_train))
    return Section("scores", "Scores", tuple(blocks))


def _main(result: Result) -> Table:
    first, *others = result.metrics()
    held = any(model.holdout for model in result.models)
    columns = [Column("Model"), Column("Family"), Column(METRICS[first].title, True)]
    columns += [Column(f"{confidence_words(result)} interval", True)]
    columns += [Column(METRICS[name].title, True) for name in others]
    columns += [Column(f"Held-out {inline(METRICS[first].title)}", True)] if held else []
    columns += [Column("Time to learn", True), Column("1,000 predictions", True)]
    rows = []
    for model in best_first(result, result.contenders()):
        cells = [
            Cell(model.title, note="warned, see Warnings" if model.warning_count() else ""),
            Cell(model.family, "family"),
            Cell(score(first, model.summary[first].mean), "strong"),
            Cell(interval(first, model.summary[first]), "number"),
        ]
        cells += [Cell(score(name, model.summary[name].mean), "number") for name in others]
        if held:
            cells.append(_held_out_cell(first, model))
        cells.append(Cell(duration(model.seconds), "number"))
        cells.append(Cell(duration(seconds_per_thousand(result, model)), "number"))
        rows.append(row(*cells))
    note = (
        f"Means over {fold_words(result)}, best first; n = {number(result.dataset.num_samples)} "
        f"{nouns(result).samples}. Time to learn: wall time of features, tuning and fitting, all folds "
        "added up. "
    )
    return Table("Scores of every model", tuple(columns), tuple(rows), note + _notes(result))


def _notes(result: Result) -> str:
    told = [
        f"{METRICS[name].title}: {METRICS[name].note}." for name in result.metrics() if METRICS[name].note
    ]
    guessed, possible = [], []
    for name in result.metrics():
        chance, title = METRICS[name].chance, inline(METRICS[name].title)
        if chance is not None:
            guessed.append(f"{title} {score(name, chance(len(result.dataset.labels)))}")
        if name in result.dataset.ceiling:
            possible.append(f"{title} {score(name, result.dataset.ceiling[name])}")
    told += [f"Guessing reaches: {', '.join(guessed)}."] if guessed else []
    told += (
        [f"The best possible classifier of these data reaches: {', '.join(possible)}."] if possible else []
    )
    return " ".join(told)


def _held_out_cell(metric: str, model: ModelRecord) -> Cell:
    if model.holdout is None:
        return Cell("–", "number")
    found = model.holdout_interval
    return Cell(
        score(metric, model.holdout.scores[metric]), "number", note=interval(metric, found) if found else ""
    )


def _held_out(result: Result, tested: int, trained: int) -> Table:
    first, *others = result.metrics()
    rows = [
        row(
            model.title,
            Cell(model.family, "family"),
            Cell(score(first, model.holdout.scores[first]), "strong"),
            Cell(interval(first, model.holdout_interval) if model.holdout_interval else "–", "number"),
            *(Cell(score(name, model.holdout.scores[name]), "number") for name in others),
        )
        for model in best_first(result, result.contenders())
        if model.holdout is not None
    ]
    word = nouns(result).samples
    note = (
        f"Learned once from {number(trained)} {word}, tested once on {number(tested)}. In the order of the "
        f"table above. Intervals are about which {word} were held out, for the models as they were trained: "
        f"{_held_out_method(result)}."
    )
    columns = (
        Column("Model"),
        Column("Family"),
        Column(METRICS[first].title, True),
        Column(f"{confidence_words(result)} interval", True),
        *(Column(METRICS[name].title, True) for name in others),
    )
    return Table("Scores on the held-out part", columns, tuple(rows), note)


def _held_out_method(result: Result) -> str:
    found = [model.holdout_interval for model in result.contenders() if model.holdout is not None]
    known = next((one for one in found if one is not None), None)
    if known is None:
        return "none can be said here"
    if known.method == "exact":
        return "exact, of Clopper and Pearson"
    if known.method == "beta":
        return "those of Clopper and Pearson for each label, combined, which are cautious"
    held = holdout_split(result)
    grouped = held is not None and known.units < len(held.test)
    over = f"{number(known.units)} groups" if grouped else nouns(result).samples
    missing = "; a dash where every resample scores the same" if None in found else ""
    return f"a bootstrap over {over}{missing}"


def tests_section(result: Result) -> Section:
    """Corrected paired tests, and the ranking."""
    blocks: list[Block] = []
    for kind, title in _KINDS.items():
        own = [one for one in result.analysis.comparisons if one.kind == kind]
        if own:
            blocks.append(_comparisons(result, title, own))
    if not blocks:
        blocks.append(
            Paragraph("This result holds no corrected tests: whether models differ was not tested.")
        )
    ranking = result.analysis.ranking
    if ranking is not None:
        titles = {model.name: model.title for model in result.models}
        rows = tuple(
            row(titles.get(name, name), Cell(f"{rank:.2f}", "number"))
            for name, rank in sorted(ranking.mean_ranks.items(), key=lambda item: item[1])
        )
        note = (
            f"Friedman's statistic {ranking.statistic:.3g}, p {_equals(ranking.p)}. Two models differ at "
            f"{100 * ranking.level:g} % if their mean ranks do by at least the critical difference of "
            f"Nemenyi's test, {ranking.critical_difference:.2f}."
        )
        blocks.append(
            Table("Mean ranks over folds", (Column("Model"), Column("Mean rank", True)), rows, note)
        )
    return Section("tests", "Corrected tests", tuple(blocks))


def _equals(p: float) -> str:
    text = p_value(p)
    return text if text.startswith("<") else f"= {text}"


def _comparisons(result: Result, title: str, own: list[ComparisonRecord]) -> Table:
    metric = first_metric(result)
    titles = {model.name: model.title for model in result.models}
    # Of very many, those nearest to a difference, and always all that differ.
    ranked = sorted(own, key=lambda one: (not one.significant, one.p))
    shown = max(_MOST, sum(one.significant for one in own))
    kept = own if len(own) <= shown else ranked[:shown]
    rows = tuple(
        row(
            f"{titles.get(one.a, one.a)} – {titles.get(one.b, one.b)}",
            Cell(_signed(metric.name, one.difference), "number"),
            Cell(_ends(metric.name, one), "number"),
            Cell(p_value(one.p), "number"),
            Cell(p_value(one.p_holm), "number"),
            Cell(p_value(one.p_wilcoxon), "number"),
            Cell("–" if one.effect_size is None else f"{one.effect_size:.2f}", "number"),
            "differ" if one.significant else "not told apart",
        )
        for one in kept
    )
    level = 100 * float(spec_of(result)["evaluation"]["level"])
    columns = (
        Column("First – second"),
        Column(f"Difference of {inline(metric.title)}", True),
        Column(f"{confidence_words(result)} interval", True),
        Column("p", True),
        Column("p, Holm", True),
        Column("p, Wilcoxon", True),
        Column("Effect size", True),
        Column(f"At {level:g} %"),
    )
    note = (
        "Corrected resampled t test of fold scores; Holm's correction is for all pairs of this kind, and "
        "the last column goes by it. The interval is of each pair alone."
    )
    if len(kept) < len(own):
        note += (
            f" Shown are the {len(kept)} of {len(own)} pairs with the smallest p; the others, none of which "
            "differ, are in result.json."
        )
    return Table(title, columns, rows, note)


def _ends(metric: str, one: ComparisonRecord) -> str:
    """The interval; a dash where folds all differ by the same, which leaves no spread to make one of."""
    if one.low is None or one.high is None:
        return "–"
    return f"{_signed(metric, one.low)} to {_signed(metric, one.high)}"


def _signed(metric: str, value: float) -> str:
    text = score(metric, value)
    return text if text.startswith("-") else f"+{text}"


def controls_section(result: Result, pictures: Sequence[Picture] = ()) -> Section:
    """Each quantum model beside its controls, and their figures."""
    metric = first_metric(result)
    rows: list[Row] = []
    for model in quantum_models(result):
        rows.append(
            row(
                Cell(model.title),
                Cell(score(metric.name, model.summary[metric.name].mean), "strong"),
                Cell(interval(metric.name, model.summary[metric.name]), "number"),
                "",
                "",
            )
        )
        for name, words in control_words(result).items():
            one = beside(result, model, name)
            if one is not None:
                rows.append(_control(result, model, one, words))
    if not any(one.quiet for one in rows):
        return Section("controls", "Controls", (Paragraph("No controls were run beside quantum models."),))
    columns = (
        Column("Model, and what stands beside it"),
        Column(metric.title, True),
        Column(f"{confidence_words(result)} interval", True),
        Column("Model minus control", True),
        Column("p, Holm", True),
    )
    note = f"Means over {fold_words(result)}. p is of the corrected paired test, where one was made."
    table = Table("Quantum models beside their controls", columns, tuple(rows), note)
    return Section("controls", "Controls", (table, *pictures))


def _control(result: Result, model: ModelRecord, one: ModelRecord, words: str) -> Row:
    name = first_metric(result).name
    tested = [c for c in result.analysis.comparisons if {c.a, c.b} == {model.name, one.name}]
    return row(
        Cell(words, note=one.title if one.control == "rbf" or one.control is None else ""),
        Cell(score(name, one.summary[name].mean), "number"),
        Cell(interval(name, one.summary[name]), "number"),
        Cell(_signed(name, model.summary[name].mean - one.summary[name].mean), "number"),
        Cell(p_value(tested[0].p_holm) if tested else "–", "number"),
        quiet=True,
    )
