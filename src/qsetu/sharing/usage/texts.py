"""Names and notes that a ledger takes: what a person can read, and a terminal can show."""

from __future__ import annotations

import unicodedata
from typing import Any

from qsetu.core.errors import ArgumentError

__all__ = ["MOST_LINE", "MOST_NAME", "as_line", "as_name"]

MOST_NAME = 200
"""Characters of a name."""
MOST_LINE = 4000
"""Characters of a note or of job identifiers."""

# Control characters, halves of characters, line and paragraph separators.
_REFUSED = {"Cc", "Cs", "Zl", "Zp"}
# They turn the direction of what follows, so that a name reads as another one.
_TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def as_name(argument: str, value: Any) -> str:
    """``value`` if it can name a project, user or run; letters of all scripts are kept as they are.

    Raises:
        ArgumentError: No text, empty, too long, with control characters or with space at an end.
    """
    rule = f"must be text of 1 to {MOST_NAME} characters, without control characters and space at its ends"
    if not isinstance(value, str) or not 0 < len(value) <= MOST_NAME or value != value.strip():
        raise ArgumentError(argument, rule, value)
    _refuse_unreadable(argument, value, rule)
    return value


def as_line(argument: str, value: Any) -> str:
    """``value`` if it is one line of text, perhaps empty.

    Raises:
        ArgumentError: No text, too long, or with control characters or line ends.
    """
    rule = f"must be one line of text of at most {MOST_LINE} characters, without control characters"
    if not isinstance(value, str) or len(value) > MOST_LINE:
        raise ArgumentError(argument, rule, value)
    _refuse_unreadable(argument, value, rule)
    return value


def _refuse_unreadable(argument: str, value: str, rule: str) -> None:
    for place, letter in enumerate(value):
        if unicodedata.category(letter) in _REFUSED or letter in _TURNING:
            raise ArgumentError(argument, rule, value, f"Character {place + 1} is U+{ord(letter):04X}.")
