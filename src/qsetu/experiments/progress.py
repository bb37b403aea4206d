"""What the user sees while models are fitted: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

__all__ = ["Watcher", "clock", "watching"]


@dataclass
class Watcher:
    """Hears what is done; this one stays silent.

    Attributes:
        jobs: Pairs of model and split titles that are still to be computed, in order.
        titles: Titles by model name.
        reused: How many more were found in the store.
        workers: How many are computed at once.
    """

    jobs: Sequence[tuple[str, str]]
    titles: dict[str, str]
    reused: int = 0
    workers: int = 1
    spent: dict[str, list[float]] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    done: int = 0

    def __post_init__(self) -> None:
        for name, _ in self.jobs:
            self.left[name] = self.left.get(name, 0) + 1

    def begin(self, name: str, split: str) -> None:
        """A model is about to be fitted."""

    def end(self, name: str, split: str, seconds: float) -> None:
        """It is done, and took so long."""
        self.spent.setdefault(name, []).append(seconds)
        self.left[name] -= 1
        self.done += 1

    def seconds_left(self) -> float | None:
        """Estimate: a model takes what it took before, one not seen yet what the others took."""
        if not self.spent:
            return None
        means = {name: sum(times) / len(times) for name, times in self.spent.items()}
        usual = sum(means.values()) / len(means)
        return sum(count * means.get(name, usual) for name, count in self.left.items()) / self.workers


@dataclass
class _Bar(Watcher):
    progress: Progress | None = None

    def begin(self, name: str, split: str) -> None:
        self._show(f"{self.titles[name]}, {split}")

    def end(self, name: str, split: str, seconds: float) -> None:
        super().end(name, split, seconds)
        assert self.progress is not None
        self.progress.advance(self.progress.task_ids[0])
        if self.workers > 1:
            self._show(f"{self.workers} at once; last: {self.titles[name]}, {split}")

    def _show(self, text: str) -> None:
        assert self.progress is not None
        left = self.seconds_left()
        told = "estimating" if left is None else f"{clock(left)} left"
        self.progress.update(self.progress.task_ids[0], description=text, left=told)


@dataclass
class _Lines(Watcher):
    console: Any = None
    begun: float = field(default_factory=time.monotonic)
    said: float = -math.inf  # so that the first is said at once

    def end(self, name: str, split: str, seconds: float) -> None:
        super().end(name, split, seconds)
        now, last = time.monotonic(), self.done == len(self.jobs)
        # A line every few seconds, and the last: a log should tell that the run lives, not fill a disk.
        if now - self.said < 5 and not last:
            return
        self.said = now
        self.console.print(
            f"{self.done}/{len(self.jobs)} fits of models in {now - self.begun:.0f} s, about "
            f"{self.seconds_left() or 0.0:.0f} s left; last: {self.titles[name]}, {split}, {seconds:.1f} s",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


@contextmanager
def watching(
    jobs: Sequence[tuple[str, str]], titles: dict[str, str], *, reused: int, workers: int, show: bool
) -> Iterator[Watcher]:
    """A watcher for one run: silent, or on standard error a bar (terminal) or plain lines (file, pipe)."""
    if not show:
        yield Watcher(jobs, titles, reused, workers)
        return
    console = Console(stderr=True)
    if reused:
        console.print(
            f"{reused} of {reused + len(jobs)} fits were computed before and are found in the store.",
            highlight=False,
        )
    if not console.is_terminal:
        yield _Lines(jobs, titles, reused, workers, console=console)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<60}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task("starting", total=len(jobs), left="estimating")
        yield _Bar(jobs, titles, reused, workers, progress=progress)


def clock(seconds: float) -> str:
    """``m:ss``, or ``h:mm:ss`` from an hour on."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
