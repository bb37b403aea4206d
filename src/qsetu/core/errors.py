"""Every error a user can meet derives from :class:`QsetuError` and says what to try next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "ArgumentError",
    "DataError",
    "EngineError",
    "InsufficientMemoryError",
    "OutputError",
    "QasmError",
    "QsetuError",
    "Said",
    "unknown_name",
]


class QsetuError(Exception):
    """Base class of all errors raised on purpose by qsetu."""


class ArgumentError(QsetuError, ValueError):
    """An argument breaks a rule.

    Args:
        argument: Name of the argument as the caller wrote it.
        rule: What holds for every valid value ("must be an integer from 0 to 2").
        given: The offending value, shown by its ``repr``, shortened; a :class:`Said` is shown as it is.
        hint: What to try instead, one sentence. Optional.
    """

    def __init__(self, argument: str, rule: str, given: object, hint: str = "") -> None:
        self.argument = argument
        self.rule = rule
        self.given = given
        self.hint = hint
        tail = f" {hint}" if hint else ""
        shown = str(given) if isinstance(given, Said) else shorten(given)
        super().__init__(f"'{argument}' {rule}; got {shown}.{tail}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        # Exceptions pickle through their args; ours are the four fields, not the finished message.
        shown = self.given if isinstance(self.given, Said) else Said(shorten(self.given))
        return type(self), (self.argument, self.rule, shown, self.hint)


class Said(str):
    """What was given, in words ("shape (2,)"), where the value itself would say less."""


class QasmError(QsetuError, ValueError):
    """OpenQASM text that cannot be read; shows the line, with a caret under the column.

    Args:
        source: Name of the file, ``"<text>"`` for text.
        line: Where, from 1.
        column: Where in the line, from 1.
        message: What is wrong there.
        shown: The line itself, to be shown. Optional.
    """

    def __init__(self, source: str, line: int, column: int, message: str, shown: str = "") -> None:
        self.source = source
        self.line = line
        self.column = column
        self.message = message
        self.shown = shown
        super().__init__(f"{source}:{line}:{column}: {message}{_pointed(shown, column)}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.source, self.line, self.column, self.message, self.shown)


class EngineError(QsetuError, RuntimeError):
    """An engine is missing, was not built, or cannot do what was asked."""


class InsufficientMemoryError(QsetuError, MemoryError):
    """A computation would not fit in memory; raised before anything is allocated."""


class DataError(QsetuError):
    """A dataset file is missing, corrupt, or not the one that was expected."""


class OutputError(QsetuError, OSError):
    """A result cannot be written where it was asked to go."""


def shorten(value: object, limit: int = 120) -> str:
    """``repr`` of ``value`` on one line, cut in the middle when longer than ``limit`` characters."""
    text = " ".join(repr(value).split())
    if len(text) <= limit:
        return text
    half = (limit - 5) // 2
    return f"{text[:half]} ... {text[-half:]}"


def _pointed(line: str, column: int, width: int = 100) -> str:
    """``line`` around ``column`` with a caret below it; what cannot be printed is a question mark."""
    if not line.strip():
        return ""
    first = max(0, column - 1 - width // 2)
    part = line[first : first + width]
    clean = "".join(" " if c.isspace() else c if c.isprintable() else "?" for c in part)
    return f"\n  {clean.rstrip()}\n  {' ' * (column - 1 - first)}^"


def unknown_name(argument: str, given: str, known: Iterable[str]) -> ArgumentError:
    """The error for a name that is not in a roster: lists the roster and guesses what was meant."""
    names = sorted(known)
    close = difflib.get_close_matches(str(given), names, n=1)
    hint = f"Did you mean '{close[0]}'?" if close else ""
    return ArgumentError(argument, f"must be one of {', '.join(names)}", given, hint)
