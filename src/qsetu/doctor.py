"""Is this installation sound? Known answers on every engine, device and precision, through the door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu import measure, simulate
from qsetu.circuits import Circuit
from qsetu.core.checks import as_choice
from qsetu.engines import ENGINE_NAMES, ENGINES, get_engine
from qsetu.trust import gate
from qsetu.trust.answers import SMALL_ANSWERS, KnownAnswer
from qsetu.trust.jax_build import ACROSS_DEVICES, BUILD_CHECKS
from qsetu.trust.large_answers import LARGE_ANSWERS
from qsetu.trust.places import Place, at, places_of
from qsetu.trust.store import as_plain
from qsetu.trust.verdict import TOLERANCE, CheckResult, examination, examine, run_build_check

__all__ = ["CHECKS", "CheckResult", "KnownAnswer", "as_plain", "remember", "run_checks"]

CHECKS = (*SMALL_ANSWERS, *LARGE_ANSWERS)


@dataclass(frozen=True)
class _AskDoor:
    """Asks as a user does."""

    engine: str
    dtype: str

    def states(self, circuit: Circuit, params: NDArray[np.float64]) -> NDArray[Any]:
        return simulate.statevector(circuit, params, engine=self.engine, dtype=self.dtype)

    def values(self, circuit: Circuit, observables: list[str], params: NDArray[np.float64]) -> NDArray[Any]:
        return simulate.expectation(circuit, observables, params, engine=self.engine, dtype=self.dtype)

    def value_and_grad(
        self, circuit: Circuit, observable: str, params: NDArray[np.float64]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        return simulate.value_and_grad(circuit, observable, params, engine=self.engine, dtype=self.dtype)

    def reduced(self, circuit: Circuit, params: NDArray[np.float64]) -> NDArray[Any]:
        return measure.reduced_density_matrices(circuit, params, engine=self.engine, dtype=self.dtype)

    def samples(self, circuit: Circuit, shots: int) -> NDArray[np.int64]:
        return measure.sample(circuit, shots=shots, seed=1, engine=self.engine, dtype=self.dtype)


def run_checks(
    engines: tuple[str, ...] | None = None, devices: tuple[str, ...] | None = None
) -> list[CheckResult]:
    """Run every known answer afresh, whatever is remembered.

    Args:
        engines: Names of engines, with their options where they have any; None means all that are installed,
            without options.
        devices: Names of devices, "cpu" for engines that know none, otherwise those of JAX, such as "cpu:0"
            and "gpu:1"; None means all.

    Returns:
        A result for each engine, device, precision and check. For xla there are checks of JAX itself among
        them, and where several devices of a kind are visible, some over all of them.

    Raises:
        ArgumentError: No engine, or none of the devices, has such a name.
    """
    if engines is None:
        names = tuple(name for name, entry in ENGINES.items() if entry.why_missing() is None)
    else:
        names = tuple(as_choice("engines", name, ENGINE_NAMES) for name in engines)
    places = {name: places_of(name) for name in names}
    if devices is not None:
        known = {place.name for found in places.values() for place in found}
        for device in devices:
            as_choice("devices", device, sorted(known))
    with examination():
        return [
            result
            for name in names
            for result in _on_engine(name, [p for p in places[name] if devices is None or p.name in devices])
        ]


def remember(results: list[CheckResult]) -> None:
    """Make ``results`` of all checks what the door goes by, in this process and, on disk, in later ones."""
    for engine in dict.fromkeys(result.engine for result in results):
        kinds: dict[tuple[str, str], list[Place]] = {}
        for place in places_of(engine):
            kinds.setdefault((place.platform, place.kind), []).append(place)
        for places in kinds.values():
            names = {place.name for place in places}
            for dtype in TOLERANCE:
                # One bad device of a kind spoils the kind.
                found = [r for r in results if (r.engine, r.dtype) == (engine, dtype) and r.device in names]
                if found:
                    gate.remember(places[0], dtype, found)


def _on_engine(engine: str, places: list[Place]) -> Iterator[CheckResult]:
    for place in places:
        for dtype in TOLERANCE:
            with at(place):
                if place.device is not None:
                    for build in BUILD_CHECKS:
                        run = partial(run_build_check, build, dtype)
                        yield examine(engine, place.name, dtype, build.name, run)
                for check in CHECKS:
                    if get_engine(engine).mixed and not check.any_state:
                        continue
                    ask = _AskDoor(engine, dtype)
                    yield examine(engine, place.name, dtype, check.name, partial(check.run, ask))
    for platform in dict.fromkeys(place.platform for place in places):
        together = [place for place in places if place.platform == platform]
        if len(together) > 1:
            yield from _across(engine, platform, together)


def _across(engine: str, platform: str, places: list[Place]) -> Iterator[CheckResult]:
    for dtype in TOLERANCE:
        run = partial(run_build_check, ACROSS_DEVICES, dtype, *(place.device for place in places))
        yield examine(engine, f"{len(places)} x {platform}", dtype, ACROSS_DEVICES.name, run)
