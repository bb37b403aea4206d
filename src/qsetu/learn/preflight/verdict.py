"""What a number means, in one word and one sentence."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LEVELS", "Verdict"]

LEVELS = ("good", "caution", "problem", "not known")


@dataclass(frozen=True)
class Verdict:
    """One line of a preflight.

    Attributes:
        name: Of the diagnostic.
        level: "good", "caution", "problem", or "not known" where it could not be asked.
        value: The number, written out.
        text: What it means, and what to do.
    """

    name: str
    level: str
    value: str
    text: str

    def __str__(self) -> str:
        return f"{self.name}: {self.level} ({self.value}). {self.text}"
