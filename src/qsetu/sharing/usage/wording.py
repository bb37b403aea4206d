"""Amounts in words."""

from __future__ import annotations

from qsetu.sharing.usage.resources import RESOURCES

__all__ = ["amount", "number"]


def amount(resource: str, value: float | int) -> str:
    """Such as "3,600 CPU seconds"."""
    return f"{number(value)} {RESOURCES[resource].words}"


def number(value: float | int) -> str:
    """Such as "3,600", "12.5" or "0.0042": whole, or three digits at least."""
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    if abs(value) < 1:
        return f"{value:.3g}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")
