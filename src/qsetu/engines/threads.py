"""How many threads engines that have threads of their own use: one setting for all of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from qsetu.core.checks import as_int
from qsetu.core.machine import cpu_count

__all__ = ["one_thread", "thread_count"]

_IN_ONE_THREAD: ContextVar[bool] = ContextVar("qsetu_in_one_thread", default=False)


def thread_count() -> int:
    """Threads an engine uses: ``QSETU_NUM_THREADS``, else every CPU this process may run on."""
    text = os.environ.get("QSETU_NUM_THREADS", "").strip()
    if text:
        asked = as_int("QSETU_NUM_THREADS", int(text) if text.isdecimal() else text, 1, 1024)
        return 1 if _IN_ONE_THREAD.get() else asked
    return 1 if _IN_ONE_THREAD.get() else cpu_count()


@contextmanager
def one_thread() -> Iterator[None]:
    """In the block the calling thread works alone."""
    token = _IN_ONE_THREAD.set(True)
    try:
        yield
    finally:
        _IN_ONE_THREAD.reset(token)
