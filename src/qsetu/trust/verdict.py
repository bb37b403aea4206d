"""What became of known answers on one engine, device and precision, and how they are run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import QsetuError
from qsetu.engines import Engine
from qsetu.trust.answers import GRADIENT, SMALL_ANSWERS, Answer, KnownAnswer
from qsetu.trust.ask import AskEngine
from qsetu.trust.jax_build import MATVEC, BuildCheck
from qsetu.trust.large_answers import DENSE
from qsetu.trust.places import Place, at, outside_traces

__all__ = [
    "TOLERANCE",
    "CheckResult",
    "examination",
    "examine",
    "in_examination",
    "quick_test",
    "run_build_check",
]

# Largest absolute error allowed: far above rounding, far below any wrong formula or TF32.
TOLERANCE = {"complex64": 1e-5, "complex128": 1e-12}


_EXAMINING: ContextVar[bool] = ContextVar("qsetu_examining", default=False)


@contextmanager
def examination() -> Iterator[None]:
    """In the block, and in its thread alone, the door lets every engine through: it is being examined."""
    token = _EXAMINING.set(True)
    try:
        yield
    finally:
        _EXAMINING.reset(token)


def in_examination() -> bool:
    """Whether an engine is being examined in this thread, so that what is asked of it needs no verdict."""
    return _EXAMINING.get()


@dataclass(frozen=True)
class CheckResult:
    """What became of one known answer on one engine, device and precision.

    Attributes:
        engine: Engine name.
        device: Where it ran: "cpu", or one of JAX's devices, "cpu:0", "gpu:1".
        dtype: "complex64" or "complex128".
        check: Name of the known answer.
        error: Largest absolute error; infinite when the computation failed or gave what is no number.
        tolerance: What was allowed.
        message: The failure, if the computation raised one.
    """

    engine: str
    device: str
    dtype: str
    check: str
    error: float
    tolerance: float
    message: str = ""

    @property
    def passed(self) -> bool:
        """True when the error is a number within the tolerance."""
        return self.error <= self.tolerance


def examine(
    engine: str,
    device: str,
    dtype: str,
    check: str,
    run: Callable[[], Answer],
    let_pass: tuple[type[Exception], ...] = (),
) -> CheckResult:
    """The result of one check; an exception is one, too, but for those in ``let_pass``."""
    allowed = TOLERANCE[dtype]
    try:
        found, expected = run()
        error = _largest_error(np.asarray(found), np.asarray(expected))
    except let_pass:
        raise
    except Exception as failure:
        text = " ".join(f"{type(failure).__name__}: {failure}".split())[:300]  # of JAX they can be pages
        return CheckResult(engine, device, dtype, check, float("inf"), allowed, text)
    return CheckResult(engine, device, dtype, check, error, allowed)


def _largest_error(found: NDArray[Any], expected: NDArray[Any]) -> float:
    if found.shape != expected.shape:
        raise ValueError(f"the result has shape {found.shape}, not {expected.shape}")
    error = float(np.max(np.abs(found - expected)))
    return error if np.isfinite(error) else float("inf")


def run_build_check(check: BuildCheck, dtype: str, *devices: Any) -> Answer:
    """A check of JAX in the real precision that belongs to ``dtype``."""
    import jax

    with jax.enable_x64(dtype == "complex128"):
        return check.run(np.float64 if dtype == "complex128" else np.float32, *devices)


def quick_test(engine: Engine, place: Place, dtype: np.dtype[Any]) -> tuple[CheckResult, ...]:
    """The part of the known answers that is cheap enough for an engine's first use in a process.

    Raises:
        QsetuError: A setting of the engine is wrong, which says nothing about its numbers.
    """

    def all_of_it() -> tuple[CheckResult, ...]:
        with examination(), at(place), engine.in_one_thread():
            return tuple(
                examine(engine.name, place.name, dtype.name, name, run, let_pass=(QsetuError,))
                for name, run in _quick_checks(engine, place, dtype)
            )

    results: tuple[CheckResult, ...] = outside_traces(place, all_of_it)
    return results


def _quick_checks(
    engine: Engine, place: Place, dtype: np.dtype[Any]
) -> Iterator[tuple[str, Callable[[], Answer]]]:
    chosen: tuple[KnownAnswer, ...] = SMALL_ANSWERS
    if place.device is not None:
        # A circuit is compiled, for a second: one of them, and where TF32 exists the one that shows it.
        yield MATVEC.name, partial(run_build_check, MATVEC, dtype.name)
        chosen = (GRADIENT,) if place.platform == "cpu" else (GRADIENT, DENSE)
    ask = AskEngine(engine, dtype)
    for answer in chosen:
        if answer.any_state or not engine.mixed:
            yield answer.name, partial(answer.run, ask)
