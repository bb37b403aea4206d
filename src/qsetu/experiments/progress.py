"""What the user sees while models are fitted: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

__all__ = ["Watcher", "watching"]


@dataclass
class Watcher:
    """Hears what is being fitted; this one stays silent.

    Attributes:
        models: Titles by model name, in the order they are fitted in every fold.
        folds: Number of outer folds.
    """

    models: dict[str, str]
    folds: int
    spent: dict[str, list[float]] = field(default_factory=dict)
    begun: float = 0.0

    def begin(self, model: str, fold: int) -> None:
        """``model`` is about to be fitted in outer fold ``fold``, counted from 0."""
        self.begun = time.monotonic()

    def end(self, model: str, fold: int) -> None:
        """It is done."""
        self.spent.setdefault(model, []).append(time.monotonic() - self.begun)

    def seconds_left(self) -> float | None:
        """Estimate, once every model has been fitted at least once: each takes what it took before."""
        if len(self.spent) < len(self.models):
            return None
        return sum((self.folds - len(t)) * sum(t) / len(t) for t in self.spent.values())


@dataclass
class _Bar(Watcher):
    progress: Progress | None = None

    def begin(self, model: str, fold: int) -> None:
        super().begin(model, fold)
        assert self.progress is not None
        left = self.seconds_left()
        self.progress.update(
            self.progress.task_ids[0],
            description=f"{self.models[model]}, fold {fold + 1}/{self.folds}",
            left="estimating" if left is None else f"{clock(left)} left",
        )

    def end(self, model: str, fold: int) -> None:
        super().end(model, fold)
        assert self.progress is not None
        self.progress.advance(self.progress.task_ids[0])


@dataclass
class _Lines(Watcher):
    console: Console = field(default_factory=Console)

    def end(self, model: str, fold: int) -> None:
        super().end(model, fold)
        if model == list(self.models)[-1]:
            last = sum(seconds[-1] for seconds in self.spent.values())
            left = self.seconds_left() or 0.0
            self.console.print(
                f"fold {fold + 1}/{self.folds}: {len(self.models)} models tuned and fitted in {last:.1f} s, "
                f"about {left:.0f} s left",
                highlight=False,
            )


@contextmanager
def watching(models: dict[str, str], folds: int, show: bool) -> Iterator[Watcher]:
    """A watcher for one run: silent, or on standard error a bar (terminal) or plain lines (file, pipe)."""
    if not show:
        yield Watcher(models, folds)
        return
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(models, folds, console=console)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<50}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task("starting", total=len(models) * folds, left="estimating")
        yield _Bar(models, folds, progress=progress)


def clock(seconds: float) -> str:
    """``m:ss``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
