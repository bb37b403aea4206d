"""What a run will use, as far as somebody can say before it starts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from qsetu.core.checks import as_choice
from qsetu.core.errors import ArgumentError
from qsetu.sharing.usage.resources import RESOURCES

__all__ = ["asked_for"]


def asked_for(estimate: Any, amounts: Mapping[str, Any]) -> dict[str, int | None]:
    """The whole numbers of the file for what a run asks for; None for some that nobody knows.

    Every run uses a processor, so CPU seconds that nobody estimated are unknown; all else is 0 unless it is
    asked for.

    Args:
        estimate: None; or numbers by name of resource; or an object with ``seconds`` and ``memory_bytes``,
            such as :func:`qsetu.explain` gives.
        amounts: Numbers by name of resource, which go before those of ``estimate``.

    Raises:
        ArgumentError: An unknown resource, a number that breaks its rule, or an estimate of another kind.
    """
    merged: dict[str, Any] = {"cpu_seconds": None, **_told(estimate), **amounts}
    asked: dict[str, int | None] = {}
    for name, value in merged.items():
        resource = RESOURCES[as_choice("estimate", name, RESOURCES)]
        asked[name] = None if value is None else resource.stored(resource.checked(name, value))
    return asked


def _told(estimate: Any) -> Mapping[str, Any]:
    if estimate is None:
        return {}
    if isinstance(estimate, Mapping):
        return estimate
    seconds, memory = getattr(estimate, "seconds", None), getattr(estimate, "memory_bytes", None)
    if seconds is None and memory is None:
        rule = "must be None, numbers by name of resource, or have 'seconds' or 'memory_bytes'"
        raise ArgumentError("estimate", rule, estimate)
    told: dict[str, Any] = {}
    if seconds is not None:
        time = RESOURCES["cpu_seconds"]
        total = time.checked("estimate.seconds", seconds)
        total += time.checked("estimate.compile_seconds", getattr(estimate, "compile_seconds", 0))
        on_gpu = not str(getattr(estimate, "device", "cpu")).startswith("cpu")
        told["gpu_seconds" if on_gpu else "cpu_seconds"] = total
    if memory is not None:
        whole = isinstance(memory, float) and math.isfinite(memory)
        told["peak_memory_bytes"] = math.ceil(memory) if whole else memory
    return told
