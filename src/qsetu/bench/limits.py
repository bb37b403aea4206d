"""What this machine can do at most: moving bytes, and multiplying numbers."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

from qsetu.bench.cases import Traffic
from qsetu.bench.records import LimitsRecord, SharesRecord

__all__ = ["copy_bandwidth", "measure_limits", "product_rate", "shares"]

COPY_BYTES = 2**28  # of each thread; far more than caches hold
PRODUCT_SIZE = 2048


def copy_bandwidth(threads: int, rounds: int = 7, size: int = COPY_BYTES) -> float:
    """Bytes a second that copying moves, read and written, on so many threads; the best of the rounds."""
    arrays = [(np.ones(size // 8), np.zeros(size // 8)) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        return _best(
            2 * size * threads, rounds, lambda: list(pool.map(lambda p: np.copyto(p[1], p[0]), arrays))
        )


def product_rate(threads: int, rounds: int = 7, size: int = PRODUCT_SIZE) -> float:
    """Operations a second of a product of two real matrices in single precision; the best of the rounds."""
    left, right = np.ones((2, size, size), dtype=np.float32)
    with threadpool_limits(threads):
        return _best(2 * size**3, rounds, lambda: left @ right)


def _best(amount: float, rounds: int, call: Callable[[], object]) -> float:
    best = 0.0
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        best = max(best, amount / (time.perf_counter() - start))
    return best


def measure_limits(threads: int) -> LimitsRecord:
    """Both limits, in about a second."""
    return LimitsRecord(copy_bytes=copy_bandwidth(threads, 5), product_flops=product_rate(threads, 5))


def shares(traffic: Traffic | None, seconds: float, limits: LimitsRecord) -> SharesRecord | None:
    """How near a run that took ``seconds`` came to the limits.

    A state that stays in cache moves nothing over the memory bus, and has no share of its bandwidth.
    """
    if traffic is None:
        return None
    in_memory = traffic.passes > 0
    return SharesRecord(
        bandwidth=traffic.bytes / seconds / limits.copy_bytes if in_memory else None,
        passes=traffic.least_passes / traffic.passes if in_memory else None,
        arithmetic=None if traffic.flops is None else traffic.flops / seconds / limits.product_flops,
    )
