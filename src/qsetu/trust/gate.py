"""The question the door asks before it uses an engine: does it give right numbers here?"""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from qsetu.core.checks import as_choice
from qsetu.core.errors import EngineError
from qsetu.engines import ENGINE_NAMES, ENGINES, Engine, get_engine
from qsetu.trust import store
from qsetu.trust.places import Place, place_in_use
from qsetu.trust.verdict import CheckResult, in_examination, quick_test

__all__ = ["forced_engines", "remember", "sound_engine"]

# What is known in this process: the checks that failed, by engine, kind of device and precision.
_Key = tuple[Engine, str, str, str]
_VERDICTS: dict[_Key, tuple[CheckResult, ...]] = {}
_LOCKS: dict[_Key, threading.Lock] = {}
_WARNED: dict[str, object] = {}


def sound_engine(asked: str, engine: Engine, dtype: np.dtype[Any], params: Any) -> Engine:
    """``engine``, if it passed its self-test where it will compute ``params``; run now at its first use.

    Args:
        asked: The name the caller gave; for "auto" another engine may step in.
        engine: The engine of that name.
        dtype: Precision of the simulation.
        params: NumPy or JAX array, or a tracer; only where it lies is looked at.

    Raises:
        EngineError: It failed, and is not forced.
        ArgumentError: ``QSETU_FORCE_ENGINES`` or another setting is wrong.
    """
    if in_examination():
        return engine
    place = place_in_use(engine, params)
    failures = _failures(engine.examined(), place, dtype)
    if not failures:
        return engine
    trouble = _describe(failures[0], place)
    if forced_engines() & {engine.name, engine.name.partition(":")[0]}:
        _warn_once(
            f"forced {engine.name}",
            f"{trouble} QSETU_FORCE_ENGINES uses it all the same: results may be wrong.",
        )
        return engine
    if asked == "auto" and engine.name == "native" and ENGINES["xla"].why_missing() is None:
        try:
            other = sound_engine("xla", get_engine("xla"), dtype, params)
        except EngineError as error:
            raise EngineError(f"{trouble} Neither is xla sound. {error}") from None
        _warn_once("auto", f"{trouble} engine='auto' means 'xla' in this process. {_ADVICE}")
        return other
    raise EngineError(f"{trouble} {_ADVICE} To use it all the same: QSETU_FORCE_ENGINES={engine.name}.")


def forced_engines() -> frozenset[str]:
    """The engines that ``QSETU_FORCE_ENGINES`` lets through whatever their self-test says."""
    names = [name.strip() for name in os.environ.get("QSETU_FORCE_ENGINES", "").split(",")]
    return frozenset(as_choice("QSETU_FORCE_ENGINES", name, ENGINE_NAMES) for name in names if name)


def remember(place: Place, dtype: str, results: Sequence[CheckResult]) -> None:
    """Make the results of all checks the verdict on their engine, in this process and on disk."""
    engine = results[0].engine
    failures = tuple(result for result in results if not result.passed)
    # What failed to compute may not tomorrow. A good verdict where nothing is compiled saves nothing.
    if any(failure.message for failure in failures) or not (failures or place.device):
        store.forget(engine, place, dtype)
    else:
        store.write(engine, place, dtype, failures)
    _VERDICTS[get_engine(engine), place.platform, place.kind, np.dtype(dtype).char] = failures


def _failures(engine: Engine, place: Place, dtype: np.dtype[Any]) -> tuple[CheckResult, ...]:
    key = (engine, place.platform, place.kind, dtype.char)
    known = _VERDICTS.get(key)
    if known is not None:
        return known
    # One thread tests, the others wait for what it finds.
    with _LOCKS.setdefault(key, threading.Lock()):
        known = _VERDICTS.get(key)
        return _find_out(key, engine, place, dtype) if known is None else known


def _find_out(key: _Key, engine: Engine, place: Place, dtype: np.dtype[Any]) -> tuple[CheckResult, ...]:
    forced_engines()  # a name that is none is an error from the first call on
    known = store.read(engine.name, place, dtype.name)
    # A bad verdict is believed, it may come from the doctor, who looks closer. A good one saves compiling;
    # where nothing is compiled the test is as quick.
    if not (known or (known is not None and place.device is not None)):
        results = quick_test(engine, place, dtype)
        known = tuple(result for result in results if not result.passed)
        if any(failure.message for failure in known):
            return known  # no room on the device, say: the next call tries again
        if place.device is not None:
            store.write(engine.name, place, dtype.name, known)
    _VERDICTS[key] = known
    return known


_ADVICE = (
    "Reinstall with the versions of constraints.txt, then run 'qsetu doctor', which tests afresh; or use "
    "another engine."
)


def _describe(failure: CheckResult, place: Place) -> str:
    what = (
        f"could not compute the known answer '{failure.check}' ({failure.message})"
        if failure.message
        else f"gives wrong numbers: the known answer '{failure.check}' is off by {failure.error:.1e}, "
        f"{failure.tolerance:.0e} is allowed"
    )
    build = ", ".join(f"{name} {version}" for name, version in store.versions(place).items())
    return f"The {failure.engine} engine on {failure.device} in {failure.dtype} {what} ({build})."


def _warn_once(what: str, message: str) -> None:
    mine = object()
    if _WARNED.setdefault(what, mine) is mine:  # of many threads one
        warnings.warn(message, RuntimeWarning, stacklevel=5)
