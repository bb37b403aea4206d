"""Kernel values as so many shots would find them: the same pair of samples always finds the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

__all__ = ["measured"]

_MASK = np.uint64(0xFFFFFFFFFFFFFFFF)


def measured(
    values: NDArray[np.float64],
    left: list[bytes],
    right: list[bytes] | None,
    shots: int,
    seed: int,
) -> NDArray[np.float64]:
    """``values`` ``(N, M)``, each replaced by the share of ``shots`` that show it.

    The count of a pair is binomial, drawn by a number that is a hash of the two samples and the seed. So a
    pair has one value, whoever asks for it, in whichever order and matrix.

    Args:
        values: Probabilities.
        left: Digests of N samples.
        right: Digests of M samples; None means ``left``.
        shots: Number of shots for each pair.
        seed: Of the draw.
    """
    a = _numbers(left)[:, None]
    b = (_numbers(left) if right is None else _numbers(right))[None, :]
    start = _mixed(np.uint64(seed) ^ np.uint64(0x9E3779B97F4A7C15))
    draws = _mixed(_mixed(np.minimum(a, b) ^ start) + np.maximum(a, b))
    # The middle of one of 2^53 equal parts of the unit interval.
    uniform = ((draws >> np.uint64(11)).astype(np.float64) + 0.5) / 2**53
    if right is not None:
        return np.asarray(binom.ppf(uniform, shots, np.clip(values, 0.0, 1.0)) / shots)
    result = np.empty_like(values)
    upper = np.triu_indices(len(values))
    result[upper] = binom.ppf(uniform[upper], shots, np.clip(values[upper], 0.0, 1.0)) / shots
    result.T[upper] = result[upper]
    return result


def _numbers(digests: list[bytes]) -> NDArray[np.uint64]:
    return np.frombuffer(b"".join(digests), dtype="<u8").reshape(-1, 2)[:, 0].astype(np.uint64)


def _mixed(numbers: NDArray[np.uint64] | np.uint64) -> NDArray[np.uint64]:
    """SplitMix64's finalizer (Steele, Lea, Flood, OOPSLA 2014): all bits of a number depend on all."""
    with np.errstate(over="ignore"):
        z = np.asarray(numbers, dtype=np.uint64) & _MASK
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
