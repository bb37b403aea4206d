"""Fixed workloads that no change of ours touches: what times of a case are held against.

Two runs of a case on a machine that was slower the second time differ; their ratios to a fixed workload,
timed in the same rounds, do not. There is one for each kind of limit, because a busy neighbor does not slow
arithmetic, memory and the interpreter alike. They are NumPy's and Python's work alone, on one thread.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qsetu.bench.cases import Bound

__all__ = ["VERSION", "reference_work"]

# Goes up whenever a workload below changes: times held against another version mean something else.
VERSION = 1

IN_CACHE = 4096  # complex64: 32 KiB an array
REPEATS = 400
IN_MEMORY = 2**23  # float32: 32 MiB an array, beyond what a core keeps
LOOPS = 20_000


def reference_work(bound: Bound) -> Callable[[], None]:
    """The workload of a kind: a few milliseconds a call."""
    return {"arithmetic": _arithmetic, "memory": _memory, "python": _python}[bound]()


def _arithmetic() -> Callable[[], None]:
    phases = np.exp(1j * np.linspace(0.0, 6.0, IN_CACHE)).astype(np.complex64)
    state, work = np.ones_like(phases), np.empty_like(phases)

    def run() -> None:
        for _ in range(REPEATS):
            np.multiply(state, phases, out=work)
            np.multiply(work, phases, out=state)

    return run


def _memory() -> Callable[[], None]:
    source, target = np.ones(IN_MEMORY, dtype=np.float32), np.zeros(IN_MEMORY, dtype=np.float32)
    return lambda: np.copyto(target, source)


def _python() -> Callable[[], None]:
    def run() -> None:
        kept: dict[tuple[int, int], list[int]] = {}
        for number in range(LOOPS):
            kept.setdefault((number % 97, number % 13), []).append(number)

    return run
