"""Saying no before memory is exhausted, while a file of unknown content is read."""

from __future__ import annotations

from qsetu.core.memory import require_memory

__all__ = ["Budget"]

STEP = 16 * 2**20


class Budget:
    """Counts what is held, and asks now and then whether as much again (the final copy) still fits.

    Args:
        what: What is held, a plural subject for the message.
        advice: What to try instead, a sentence.
        step: Bytes between two questions.
    """

    def __init__(self, what: str, advice: str, step: int = STEP) -> None:
        self.held = 0
        self._what = what
        self._advice = advice
        self._step = step
        self._asked = 0

    def add(self, number: int) -> None:
        """Count ``number`` bytes that were kept.

        Raises:
            InsufficientMemoryError: The copy made at the end would not fit any more.
        """
        self.held += number
        if self.held - self._asked >= self._step:
            self._asked = self.held
            self.check(self.held + self._step)

    def check(self, need: int) -> None:
        """Refuse unless ``need`` more bytes are free."""
        require_memory(need, lambda: self._what, lambda free: self._advice)
