"""What users are told of work that takes long: how long, before it starts, and how far it is."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
from numpy.typing import DTypeLike

from qsetu import explanation
from qsetu.circuits import Circuit

__all__ = ["SMALL_WORK", "LongRunWarning", "gram_seconds", "progress", "tell_if_long", "tell_interrupted"]

# From so many seconds on a run is announced, and from so many on it shows how far it is.
ANNOUNCED, SHOWN = 60.0, 2.0
# Below so many amplitudes times operations nobody needs an estimate, which costs milliseconds itself.
SMALL_WORK = 1e10


class LongRunWarning(UserWarning):
    """A fit that is about to start will take minutes."""


def tell_if_long(what: str, seconds: float, memory_bytes: int) -> None:
    """Warn where ``what`` will take more than a minute."""
    if seconds > ANNOUNCED:
        minutes = f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"
        message = (
            f"{what} will take about {minutes} and {memory_bytes / 1e9:.2g} GB. Fewer samples, fewer qubits "
            "or fewer repetitions of the feature map make it shorter; interrupting loses nothing else."
        )
        warnings.warn(message, LongRunWarning, stacklevel=4)


def tell_interrupted(done: int, wanted: int, unit: str) -> None:
    """Warn that a training was stopped by Ctrl-C, and that nothing is lost."""
    message = f"Training interrupted after {done} of {wanted} {unit}; the model keeps what it has learned."
    warnings.warn(message, stacklevel=5)


def gram_seconds(
    circuit: Circuit, rows: int, entries: int, engine: str, dtype: DTypeLike
) -> tuple[float, int]:
    """Estimated seconds and bytes of ``entries`` fidelities between ``rows`` states; 0 where it is little."""
    amplitudes = 2.0**circuit.num_qubits
    if amplitudes * (rows * max(1, len(circuit)) + 8 * entries) < SMALL_WORK:
        return 0.0, 0
    plan = explanation.explain(circuit, rows=max(1, rows), engine=engine, dtype=dtype)
    products = 8 * amplitudes * entries / _flops(np.dtype(dtype).name)
    return plan.seconds + products, plan.memory_bytes + 8 * entries


@lru_cache(maxsize=4)
def _flops(dtype: str) -> float:
    """Floating-point operations a second of a product of matrices here."""
    a = np.ones((512, 512), dtype)
    a @ a  # the library starts its threads
    start = time.perf_counter()
    a @ a
    return 8 * 512**3 / max(time.perf_counter() - start, 1e-6)


@contextmanager
def progress(what: str) -> Iterator[Callable[[float], None]]:
    """A bar that is shown after two seconds; what it gives is called with the share that is done."""
    from tqdm.auto import tqdm

    with tqdm(total=1.0, desc=what, delay=SHOWN, leave=False, bar_format=_BAR) as bar:

        def report(share: float) -> None:
            bar.update(max(0.0, share - bar.n))

        yield report


_BAR = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
