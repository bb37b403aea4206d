"""Where an engine computes: one place for native and reference, every device that JAX can see for xla."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from qsetu.engines import Engine
from qsetu.jax_inputs import is_jax

__all__ = ["Place", "at", "outside_traces", "place_in_use", "places_of"]


@dataclass(frozen=True)
class Place:
    """A device, or the processor for an engine that knows no devices.

    Attributes:
        name: "cpu", or of JAX's devices "cpu:0", "gpu:1".
        platform: "cpu", "gpu" or "tpu".
        kind: What the maker calls it. A verdict on one device holds for all of its kind.
        device: JAX's device; None where JAX has no part in it.
        packages: What computes there, beside Python, NumPy and qsetu: names of distributions, versions of
            which belong to a verdict.
    """

    name: str
    platform: str
    kind: str
    device: Any = None
    packages: tuple[str, ...] = ()


_PROCESSOR = Place("cpu", "cpu", "cpu")
_AER = {
    name: Place(name, name, name, packages=("qiskit", "qiskit-aer", "qiskit-aer-gpu"))
    for name in ("cpu", "gpu")
}


def places_of(engine: str) -> tuple[Place, ...]:
    """All places where the engine of that name computes, of every backend that is present."""
    if engine != "xla":
        return (_outside_jax(engine),)
    from jax.extend.backend import backends

    found = {_of_device(device) for client in backends().values() for device in client.local_devices()}
    return tuple(sorted(found, key=lambda place: (place.platform, place.device.id)))


def place_in_use(engine: Engine, params: Any) -> Place:
    """Where the engine will compute with ``params``: a chosen device, theirs, or JAX's default."""
    if engine.name != "xla":
        return _outside_jax(engine.name)
    if engine.device is not None:
        return _of_device(engine.device)
    import jax

    if is_jax(params) and not isinstance(params, jax.core.Tracer):
        return _of_device(min(params.sharding.addressable_devices, key=lambda device: device.id))
    from qsetu.engines.xla.devices import default_device

    return _of_device(default_device())


def _outside_jax(engine: str) -> Place:
    base, *options = engine.split(":")
    return _AER["gpu" if "gpu" in options else "cpu"] if base == "aer" else _PROCESSOR


@lru_cache(maxsize=256)
def _of_device(device: Any) -> Place:
    return Place(f"{device.platform}:{device.id}", device.platform, device.device_kind, device)


@contextmanager
def at(place: Place) -> Iterator[None]:
    """What JAX computes in the block from NumPy arrays, it computes there."""
    if place.device is None:
        yield
        return
    import jax

    with jax.default_device(place.device):
        yield


def outside_traces(place: Place, function: Any) -> Any:
    """``function()``, where no transformation of JAX that the caller stands in can reach it.

    Traces and the settings of ``with`` blocks (``jax.disable_jit``, a default precision) belong to a thread,
    so another thread sees neither.
    """
    if place.device is None:
        return function()
    import threading

    result: list[Any] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            result.append(function())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=work, name="qsetu self-test", daemon=True)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]
