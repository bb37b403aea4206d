"""What is counted: processor, GPU and QPU seconds, shots, memory; each with its unit and its whole number."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from qsetu.core.checks import as_choice, as_float, as_int
from qsetu.core.errors import ArgumentError, Said

__all__ = ["MOST_COUNT", "MOST_SECONDS", "RESOURCES", "Resource", "resource_named"]

MOST_SECONDS = 1e12
"""Of one amount: a million cores for eleven days."""
MOST_COUNT = 2**63 - 1
"""Of one amount of shots or bytes: what SQLite holds in a number."""

_MICRO = 10**6


@dataclass(frozen=True)
class Resource:
    """Something that is used up, or that a run needs.

    In the file an amount is a whole number, of microseconds where it is a time: sums of whole numbers are
    exact, in any order, and a correction takes away what it should to the last digit.

    Attributes:
        name: As arguments, columns and quotas call it; the unit is in it.
        words: For sentences, in the plural.
        is_time: Whether amounts are seconds; others are counts.
        per_run: Whether a quota limits each run alone, for it is not used up.
    """

    name: str
    words: str
    is_time: bool = False
    per_run: bool = False

    def checked(self, argument: str, value: Any, *, negative: bool = False) -> float | int:
        """``value`` in this resource's unit, rounded to microseconds where it is a time.

        Args:
            argument: What the caller calls it.
            value: Seconds, or a count.
            negative: Whether it may be below zero, as in corrections.

        Raises:
            ArgumentError: It is no number, NaN, too large, or negative.
        """
        if self.is_time:
            return self.shown(self.stored(_seconds(argument, value, negative)))
        return _count(argument, value, negative)

    def stored(self, value: float | int) -> int:
        """The whole number that stands in the file for a checked ``value``."""
        # Exact: a float times a million is not.
        return round(Fraction(value) * _MICRO) if self.is_time else int(value)

    def shown(self, stored: int) -> float | int:
        """The amount in this resource's unit for the whole number in the file."""
        return stored / _MICRO if self.is_time else stored


def _seconds(argument: str, value: Any, negative: bool) -> float:
    rule = f"must be a number of seconds from {'-1e12' if negative else '0'} to 1e12"
    if isinstance(value, (bool, str, bytes)):
        raise ArgumentError(argument, rule, value)
    try:
        return as_float(argument, value, low=-MOST_SECONDS if negative else 0.0, high=MOST_SECONDS)
    except OverflowError:
        raise ArgumentError(argument, rule, Said("a number beyond all floats")) from None


def _count(argument: str, value: Any, negative: bool) -> int:
    # Python refuses to print integers of thousands of digits, also in an error message.
    if isinstance(value, int) and value.bit_length() > 200:
        rule = f"must be an integer of at most {MOST_COUNT}"
        raise ArgumentError(argument, rule, Said(f"an integer of {value.bit_length()} bits"))
    return as_int(argument, value, -MOST_COUNT if negative else 0, MOST_COUNT)


RESOURCES: dict[str, Resource] = {
    one.name: one
    for one in (
        Resource("cpu_seconds", "CPU seconds", is_time=True),
        Resource("gpu_seconds", "GPU seconds", is_time=True),
        Resource("qpu_seconds", "QPU seconds", is_time=True),
        Resource("shots", "shots"),
        Resource("peak_memory_bytes", "bytes of memory", per_run=True),
    )
}
"""By name. A core, or a GPU, that is held for a second is one second of it."""


def resource_named(name: Any) -> Resource:
    """The resource called ``name``.

    Raises:
        ArgumentError: There is none; the message lists them and guesses.
    """
    return RESOURCES[as_choice("resource", name, RESOURCES)]
