"""How scripts here print what they have timed."""

from __future__ import annotations

from collections.abc import Sequence

from qsetu.bench import Timing, compare

__all__ = ["print_timings", "shown"]


def shown(seconds: float) -> str:
    """A time in the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.1e} s"


def print_timings(title: str, timings: Sequence[Timing]) -> None:
    """A line for each candidate; the first is ours, and the others are shown as multiples of it."""
    print(title)
    width = max(len(timing.name) for timing in timings)
    for timing in timings:
        ratio = compare(timing, timings[0])
        apart = f"{ratio.value:.3g} ({ratio.low:.3g} to {ratio.high:.3g}) times ours"
        median, spread = shown(timing.median), shown(timing.spread)
        print(f"  {timing.name:{width}s} {median:>9s}  IQR {spread:>9s}  {apart}")
