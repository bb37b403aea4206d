"""Labels and groups of samples, however the caller has them, and sentences about names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from qsetu.core.errors import ArgumentError, DataError

__all__ = ["Describing", "chosen", "listed", "per_sample", "repeated_note"]

Describing = str | Mapping[Any, Any] | Sequence[Any] | Callable[[str], Any] | None
"""A regular expression with one group, name to text, a text for each sample, or a function of the header."""


def per_sample(argument: str, spec: Any, names: list[str], headers: list[str]) -> list[str] | None:
    """A text for each sample, by what the caller gave.

    Args:
        argument: "labels" or "groups".
        spec: None; a function of a header; a regular expression with one group, searched in headers; a
            mapping (or pandas Series) from names; or as many texts as there are samples.
        names: N names.
        headers: N headers (for samples without headers: the names).

    Raises:
        ArgumentError: ``spec`` is none of these, fails, or has another length.
        DataError: A sample has no entry; says which.
    """
    if spec is None:
        return None
    if isinstance(spec, str):
        return _by_pattern(argument, spec, headers)
    if callable(spec):
        return _by_function(argument, spec, headers)
    if hasattr(spec, "to_dict"):
        index = getattr(spec, "index", None)
        if index is None or not hasattr(spec, "name"):
            raise ArgumentError(argument, "must be one column, a Series, not a table", type(spec).__name__)
        if not index.is_unique:
            raise ArgumentError(argument, "must name each sample once", "a Series with repeated names")
        spec = spec.to_dict()
    if isinstance(spec, Mapping):
        lacking = [name for name in names if name not in spec]
        if lacking:
            raise DataError(
                f"'{argument}' has no entry for {len(lacking)} of {len(names)} samples: {listed(lacking)}. "
                "Add them, or leave these samples out."
            )
        return _texts(argument, (spec[name] for name in names), names)
    try:
        entries = list(spec)
    except TypeError:
        rule = "must be a regular expression, a mapping, a function or a text for each sample"
        raise ArgumentError(argument, rule, spec) from None
    if len(entries) != len(names):
        raise ArgumentError(
            argument, f"must have {len(names)} entries, one a sample", f"{len(entries)} entries"
        )
    return _texts(argument, entries, names)


def _by_pattern(argument: str, pattern: str, headers: list[str]) -> list[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        rule = f"must be a regular expression ({error})"
        raise ArgumentError(argument, rule, pattern) from None
    if compiled.groups != 1:
        rule = "must be a regular expression with one group, the part in parentheses"
        raise ArgumentError(argument, rule, pattern, r"For 'OR977086_DENV3' try r'_(DENV\d)'.")
    found = [compiled.search(header) for header in headers]
    lacking = [
        header for header, match in zip(headers, found, strict=True) if match is None or match[1] is None
    ]
    if lacking:
        raise DataError(
            f"The expression {pattern!r} given as '{argument}' matches not in {len(lacking)} of "
            f"{len(headers)} headers: {listed(lacking)}."
        )
    return [match[1] for match in found if match is not None]


def _by_function(argument: str, function: Callable[[str], Any], headers: list[str]) -> list[str]:
    entries = []
    for header in headers:
        try:
            entries.append(function(header))
        except Exception as error:
            rule = "must be a function that takes every header"
            given = f"{type(error).__name__} ({error}) for header {header!r}"
            raise ArgumentError(argument, rule, given) from error
    return _texts(argument, entries, headers)


def _texts(argument: str, entries: Iterable[Any], names: Sequence[str]) -> list[str]:
    texts = []
    for entry, name in zip(entries, names, strict=True):
        # NaN is what a table has where nothing was entered.
        if entry is None or entry != entry:
            raise DataError(f"'{argument}' has nothing for sample '{name}'.")
        texts.append(str(entry))
    return texts


def chosen(samples: Any, names: list[str], where: str) -> list[int]:
    """Positions of the samples called ``samples``, in that order; all for None.

    Raises:
        ArgumentError: A name is unknown or given twice.
    """
    if samples is None:
        return list(range(len(names)))
    if isinstance(samples, str):
        raise ArgumentError("samples", "must be several names", samples, "Put a single one in a list.")
    try:
        wanted = [str(name) for name in samples]
    except TypeError:
        raise ArgumentError("samples", "must be several names", samples) from None
    place = {name: i for i, name in enumerate(names)}
    unknown = [name for name in wanted if name not in place]
    if unknown or not wanted:
        rule = f"must name samples of {where}"
        hint = f"It has {listed(names)}."
        raise ArgumentError("samples", rule, unknown, hint)
    if len(set(wanted)) < len(wanted):
        twice = next(name for name, number in Counter(wanted).items() if number > 1)
        raise ArgumentError("samples", "must name each sample once", twice)
    return [place[name] for name in wanted]


def listed(names: Sequence[Any], limit: int = 5) -> str:
    """The first few of ``names``, and how many more there are."""
    shown = ", ".join(f"'{name}'" for name in names[:limit])
    return shown + (f" and {len(names) - limit} more" if len(names) > limit else "")


def repeated_note(names: Sequence[str], what: str) -> list[str]:
    """A sentence about names that occur more than once, if there are any."""
    twice = [name for name, number in Counter(names).items() if number > 1]
    return [f"{len(twice)} name(s) of {what} occur more than once: {listed(twice)}."] if twice else []
