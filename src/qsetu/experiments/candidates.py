"""Which configurations tuning tries: a list as written, then draws from a grid without repetition."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qsetu.core.seeds import generator
from qsetu.experiments.models.entry import ModelEntry

if TYPE_CHECKING:
    from qsetu.experiments.spec.tables import ModelSpec

__all__ = ["candidates", "num_candidates"]

Configuration = dict[str, Any]


def candidates(model: ModelSpec, entry: ModelEntry, budget: int, seed: int) -> tuple[Configuration, ...]:
    """The first ``budget`` configurations of a model.

    Those of the file come first, in their order; the rest are drawn from its grid, or the roster's, without
    repetition. The same seed draws the same order for any budget, so a larger budget tries what a smaller
    one did, and more.

    Args:
        model: The model's table in the experiment file.
        entry: The model in the roster.
        budget: How many.
        seed: Of the run.
    """
    found = _distinct(model.configurations)
    grid = _grid(model, entry)
    if not found and not grid:
        return ({},)  # everything is fixed: one model, tried once
    if len(found) < budget and grid:
        keys, values = tuple(grid), tuple(grid.values())
        sizes = [len(column) for column in values]
        for number in generator(seed, "space", entry.name).permutation(math.prod(sizes)).tolist():
            places = _places(number, sizes)
            drawn = {key: column[i] for key, column, i in zip(keys, values, places, strict=True)}
            if not _holds(found, drawn):
                found.append(drawn)
            if len(found) == budget:
                break
    return tuple(found[:budget])


def num_candidates(model: ModelSpec, entry: ModelEntry) -> int:
    """How many different configurations a model has."""
    found = _distinct(model.configurations)
    grid = _grid(model, entry)
    if not grid:
        return max(1, len(found))
    columns = [_distinct_values(column) for column in grid.values()]
    inside = sum(
        set(c) == set(grid) and all(_holds(column, c[k]) for k, column in zip(grid, columns, strict=True))
        for c in found
    )
    return len(found) - inside + math.prod(map(len, columns))


def _grid(model: ModelSpec, entry: ModelEntry) -> Mapping[str, Sequence[Any]]:
    if model.space is not None:
        return {key: _distinct_values(values) for key, values in model.space.items()}
    if model.configurations:
        return {}
    # What the file fixes is not tuned.
    return {key: values for key, values in entry.space.items() if key not in model.settings}


def _distinct(configurations: Sequence[Mapping[str, Any]]) -> list[Configuration]:
    found: list[Configuration] = []
    for configuration in configurations:
        if not _holds(found, dict(configuration)):
            found.append(dict(configuration))
    return found


def _distinct_values(values: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if not _holds(found, value):
            found.append(value)
    return found


def _holds(values: Sequence[Any], value: Any) -> bool:
    """Whether ``value`` is among ``values``; 1, 1.0 and true are three different settings."""
    return any(_typed(one) == _typed(value) for one in values)


def _typed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return sorted((key, _typed(one)) for key, one in value.items())
    return f"{type(value).__name__} {value!r}"


def _places(number: int, sizes: Sequence[int]) -> list[int]:
    """``number`` in the mixed radix of ``sizes``."""
    places = []
    for size in reversed(sizes):
        number, place = divmod(number, size)
        places.append(place)
    return places[::-1]
