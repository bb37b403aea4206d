"""Whether two results are of one experiment, and two records of a fold the same; what differs, in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from qsetu.core.errors import shorten
from qsetu.experiments.record import FoldRecord, ModelRecord, Result
from qsetu.experiments.store import Mismatch, same_numbers

__all__ = ["check_one_experiment", "check_same_fold"]

# What a size may differ in between results that add up; what it changes beyond, identities tell.
FREE = frozenset({"repeats", "first_repeat", "preflight", "max_samples", "settings", "skip"})


def check_one_experiment(a: Result, b: Result) -> None:
    """Refuse results that were not made by one experiment.

    Raises:
        Mismatch: Data, labels, seed, settings, code, engine or models differ; the message says which first.
    """
    start = f"Results of different runs do not add up ({a.experiment} and {b.experiment}):"
    for what, left, right in _differences(a, b):
        raise Mismatch(f"{start} {what}: {left} and {right}.")
    if a.identity != b.identity:
        # Which samples are grouped is in the identity and not in the record.
        raise Mismatch(
            f"{start} identity: {a.identity[:12]} and {b.identity[:12]}; what differs is not in the records "
            "(groups of samples, for instance)."
        )


def _differences(a: Result, b: Result) -> Iterator[tuple[str, str, str]]:
    """What differs, the causes before what follows from them."""
    looks: dict[str, Callable[[Result], Any]] = {
        "task": lambda one: one.task,
        "data": lambda one: one.dataset.content_sha256[:12],
        "labels": lambda one: list(one.dataset.labels),
        "number of samples": lambda one: one.dataset.num_samples,
        "labels or targets of the samples": lambda one: one.dataset.true,
        "seed": lambda one: one.seed,
        "code": lambda one: one.provenance.code[:12],
        "engine": lambda one: one.provenance.engine,
    }
    for what, look in looks.items():
        if look(a) != look(b):
            yield what, shorten(look(a)), shorten(look(b))
    yield from _tables("settings: split", a.spec["split"], b.spec["split"])
    yield from _tables("settings: evaluation", a.spec["evaluation"], b.spec["evaluation"])
    sizes = [_size(one) for one in (a, b)]
    yield from _tables("settings: size", *sizes)
    names = [{model.name for model in one.models} for one in (a, b)]
    if names[0] != names[1]:
        only = [sorted(names[0] - names[1]), sorted(names[1] - names[0])]
        yield "models", f"the first alone has {only[0]}", f"the other alone has {only[1]}"
    for model in a.models:
        yield from _models(model, b)
    yield from _steps(a, b)


def _size(result: Result) -> dict[str, Any]:
    size: Any = result.spec["sizes"][result.size]  # type: ignore[index,call-overload]
    return {key: value for key, value in size.items() if key not in FREE}


def _tables(where: str, a: Any, b: Any) -> Iterator[tuple[str, str, str]]:
    for key in sorted({*a, *b}):
        if a.get(key) != b.get(key):
            yield f"{where}.{key}", shorten(a.get(key)), shorten(b.get(key))


def _models(model: ModelRecord, other: Result) -> Iterator[tuple[str, str, str]]:
    try:
        same = other.model(model.name)
    except KeyError:
        return
    looks: dict[str, Callable[[ModelRecord], Any]] = {
        "model": lambda one: one.model,
        "settings": lambda one: one.settings,
        "control": lambda one: one.control,
        "number of configurations": lambda one: one.configurations,
        "configurations": lambda one: [tried.configuration for tried in one.folds[0].tried],
    }
    for what, look in looks.items():
        if look(model) != look(same):
            yield f"models: {model.name}: {what}", shorten(look(model)), shorten(look(same))


def _steps(a: Result, b: Result) -> Iterator[tuple[str, str, str]]:
    for model in a.models:
        left, right = (_steps_of(one, model.name) for one in (a, b))
        if left != right:
            yield f"models: {model.name}: features", shorten(left), shorten(right)


def _steps_of(result: Result, name: str) -> Any:
    try:
        features: Any = result.model(name).features
    except KeyError:
        return None
    tables: Any = result.spec["features"]
    return tables[features]["steps"] if features in tables else features


def check_same_fold(where: str, a: FoldRecord, b: FoldRecord, tolerance: float) -> None:
    """Refuse two records of one fold that say different numbers.

    Args:
        where: The model and the fold, for the message.
        a: One.
        b: The other.
        tolerance: How far scores may differ, and which share of the predictions; 0 wants equal numbers.

    Raises:
        Mismatch: They differ by more.
    """
    if same_numbers(a, b):
        return
    for what, left, right in _fold_differences(a, b, tolerance):
        raise Mismatch(
            f"{where} was computed twice and came out differently: {what}: {left} and {right}. Other "
            "processors and libraries round differently: a tolerance lets such results add up."
        )
    if not tolerance:  # a kind of number that is not looked at above
        raise Mismatch(f"{where} was computed twice and came out differently.")


def _fold_differences(a: FoldRecord, b: FoldRecord, tolerance: float) -> Iterator[tuple[str, str, str]]:
    if a.seed != b.seed:
        yield "seed", str(a.seed), str(b.seed)
    if a.scores.keys() != b.scores.keys():
        yield "scores", str(sorted(a.scores)), str(sorted(b.scores))
    for name in a.scores.keys() & b.scores.keys():
        yield from _number(name, a.scores[name], b.scores[name], tolerance)
    yield from _number("tuning score", a.tuning_score, b.tuning_score, tolerance)
    tried = [[one.configuration for one in record.tried] for record in (a, b)]
    if tried[0] != tried[1]:
        yield "configurations", shorten(tried[0]), shorten(tried[1])
    else:
        for left, right in zip(a.tried, b.tried, strict=True):
            yield from _number(f"score of {left.configuration}", left.score, right.score, tolerance)
    if tolerance == 0 and a.configuration != b.configuration:
        yield "chosen configuration", shorten(a.configuration), shorten(b.configuration)
    points = [[(one.share, one.num_train) for one in record.curve] for record in (a, b)]
    if points[0] != points[1]:
        yield "learning curve", shorten(points[0]), shorten(points[1])
    else:
        for one, two in zip(a.curve, b.curve, strict=True):
            for name in one.scores:
                where = f"{name} at {one.share:g} of the training part"
                yield from _number(where, one.scores[name], two.scores.get(name, math.inf), tolerance)
    yield from _values("predictions", a.predicted, b.predicted, tolerance)
    first, second = ([value for row in record.edges or () for value in row] for record in (a, b))
    yield from _values("edges", first, second, tolerance)


def _number(what: str, a: float, b: float, tolerance: float) -> Iterator[tuple[str, str, str]]:
    if abs(a - b) > tolerance * (1 + 1e-9):  # 0.3 - 0.2 is not more than 0.1
        yield what, repr(a), repr(b)


def _values(
    what: str, a: Sequence[float], b: Sequence[float], tolerance: float
) -> Iterator[tuple[str, str, str]]:
    """Labels differ when they are not equal; real numbers when they are further apart than ``tolerance``."""
    if len(a) != len(b):
        yield f"number of {what}", str(len(a)), str(len(b))
        return
    other = [not _same(x, y, tolerance) for x, y in zip(a, b, strict=True)]
    if sum(other) > tolerance * len(other):
        place = other.index(True)
        told = f"{what} ({sum(other)} of {len(other)} differ, number {place} the first)"
        yield told, repr(a[place]), repr(b[place])


def _same(a: float, b: float, tolerance: float) -> bool:
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)
