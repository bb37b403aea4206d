"""Overrides of an experiment file: ``key.of.table=value``, the value as in TOML."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from qsetu.core.errors import ArgumentError

__all__ = ["apply_overrides", "parse_override"]


def apply_overrides(data: dict[str, Any], overrides: Mapping[str, Any] | Sequence[str]) -> dict[str, Any]:
    """``data`` with values replaced or added; ``data`` itself is left as it is.

    Raises:
        ArgumentError: An override is not of the form ``key=value``, or its key goes through a value that is
            no table.
    """
    changed = copy.deepcopy(data)
    pairs = overrides.items() if isinstance(overrides, Mapping) else map(parse_override, overrides)
    for key, value in pairs:
        table = changed
        *path, last = key.split(".")
        for part in path:
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                raise ArgumentError("set", f"must name a table: '{part}' in '{key}' is a value", key)
        table[last] = value
    return changed


def parse_override(text: str) -> tuple[str, Any]:
    """Key and value of ``"key.of.table=value"``.

    What is not a TOML value is taken as text, so that quotes need not be protected from the shell:
    ``engine=xla`` means ``engine = "xla"``.

    Raises:
        ArgumentError: There is no ``=``, or an empty key.

    Example:
        >>> from qsetu.experiments.spec.override import parse_override
        >>> parse_override("sizes.default.repeats=5"), parse_override("engine=xla")
        (('sizes.default.repeats', 5), ('engine', 'xla'))
    """
    key, sign, value = text.partition("=")
    parts = [part.strip() for part in key.split(".")]
    if not sign or not all(parts):
        raise ArgumentError("set", "must be of the form key.of.table=value", text)
    try:
        parsed = tomllib.loads(f"value = {value}")
        if set(parsed) != {"value"}:
            raise ValueError
        return ".".join(parts), parsed["value"]
    except ValueError:
        return ".".join(parts), value.strip()
