"""Known answers of JAX itself, without any circuit: faults that builds of it have had, device by device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.trust.answers import Answer

__all__ = ["ACROSS_DEVICES", "BUILD_CHECKS", "MATVEC", "BuildCheck"]


@dataclass(frozen=True)
class BuildCheck:
    """``run(real, *devices)`` gives (found, expected) on JAX's default device or those given.

    ``real`` is float32 or float64.
    """

    name: str
    run: Callable[..., Answer]


def _matvec(real: Any) -> Answer:
    # A jitted vmap of matrix @ row and a sum. jaxlib 0.10.2 loses low bits on CPU from these sizes on.
    import jax
    import jax.numpy as jnp

    n = 32_769 if real == np.float32 else 16_385
    rows = np.zeros((n, 3), dtype=real)
    rows[:, 0] = np.arange(n)
    matrix = np.eye(3, dtype=real)

    @jax.jit
    def squares(rows: Any) -> Any:
        return jax.vmap(lambda row: jnp.sum((matrix @ row) ** 2))(rows)

    scale = float(n - 1) ** 2  # a power of 2: what is reported is the relative error
    return np.asarray(squares(rows)) / scale, np.arange(n, dtype=np.float64) ** 2 / scale


def _elementwise(real: Any) -> Answer:
    # Sine and cosine are in every rotation, arctan went wrong from 50 elements on (jax-ml/jax#39352), plain
    # arithmetic outside of jit on one GPU (#40633).
    import jax
    import jax.numpy as jnp

    points = np.linspace(-3.0, 3.0, 203).astype(real)
    found: list[NDArray[Any]] = []

    def every(x: Any) -> Any:
        return jnp.sin(x), jnp.cos(x), jnp.arctan(x), jnp.sqrt(x * x + 1), x + 1

    for run in (every, jax.jit(every)):
        found.extend(np.asarray(part, dtype=np.float64) for part in run(jnp.asarray(points)))
    x = points.astype(np.float64)
    expected = [np.sin(x), np.cos(x), np.arctan(x), np.sqrt(x * x + 1), x + 1]
    return np.array(found), np.array(expected * 2)


def _across_devices(real: Any, *devices: Any) -> Answer:
    # Arrays over all devices of a kind, padded and cut piece by piece along two paths into one sum: a fusion
    # that gives both paths one buffer is wrong (jax-ml/jax#39100, from four GPUs on).
    import jax
    import jax.numpy as jnp
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    count, inner, before, after = len(devices), 2, 1, 2
    outer = before + inner + after

    def pad(x: Any) -> Any:
        pieces = [x[inner * k : inner * (k + 1)] for k in range(count)]
        return jnp.concatenate([jnp.pad(piece, (before, after)) for piece in pieces])

    def cut(x: Any) -> Any:
        starts = [outer * k + before for k in range(count)]
        return jnp.concatenate([x[start : start + inner] for start in starts])

    spread = NamedSharding(Mesh(np.array(devices), ("piece",)), PartitionSpec("piece"))  # type: ignore[no-untyped-call]
    short = np.arange(1, inner * count + 1).astype(real)
    padded = np.arange(1, outer * count + 1).astype(real) / 8
    combine = jax.jit(lambda x, z: cut(pad(x) * z) + cut(pad(cut(z))), out_shardings=spread)
    found = combine(jax.device_put(short, spread), jax.device_put(padded, spread))
    middle = padded.reshape(count, outer)[:, before : before + inner].reshape(-1).astype(np.float64)
    scale = float(np.max(short * middle))
    return np.asarray(found) / scale, (short * middle + middle) / scale


MATVEC = BuildCheck("JAX: matrix-vector (jax#39103)", _matvec)
BUILD_CHECKS = (MATVEC, BuildCheck("JAX: elementary functions", _elementwise))
ACROSS_DEVICES = BuildCheck("JAX: across devices (jax#39100)", _across_devices)
