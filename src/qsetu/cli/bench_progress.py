"""What the user sees while benchmarks run: a line that changes on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status

from qsetu.bench.records import CaseRecord, FailureRecord
from qsetu.bench.run import Progress
from qsetu.bench.shown import seconds

__all__ = ["watching"]


class _Shown(Progress):
    """On standard error."""

    def __init__(self, console: Console, status: Status | None) -> None:
        self._console, self._status = console, status
        self._start, self._done, self._total = time.monotonic(), 0, 1

    def begin(self, case: str, done: int, total: int) -> None:
        self._done, self._total = done, total
        self.say(case, "")

    def say(self, case: str, text: str) -> None:
        if self._status is not None:
            what = f"{case}: {text}" if case and text else case or text
            self._status.update(f"{self._done}/{self._total} {what}{self._left()}")

    def end(self, case: CaseRecord) -> None:
        ratio = f", {case.best} {case.ratio.value:.3g} times ours" if case.ratio else ""
        self._line(f"{case.name}: {seconds(case.ours.median)}{ratio}")

    def fail(self, failure: FailureRecord) -> None:
        self._line(f"{failure.case}: {failure.who or 'the case'}: {failure.kind}: {failure.reason}", "red")

    def leave_out(self, reason: str) -> None:
        self._line(f"left out: {reason}")

    def _left(self) -> str:
        if not self._done:
            return ""
        left = (time.monotonic() - self._start) / self._done * (self._total - self._done)
        return f" (about {left / 60:.0f} min left)" if left > 90 else f" (about {left:.0f} s left)"

    def _line(self, text: str, style: str = "") -> None:
        passed = time.monotonic() - self._start
        self._console.print(
            f"{passed:6.0f} s  {text}", markup=False, highlight=False, soft_wrap=True, style=style
        )


@contextmanager
def watching() -> Iterator[Progress]:
    """Progress on standard error."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Shown(console, None)
        return
    with console.status("starting") as status:
        yield _Shown(console, status)
