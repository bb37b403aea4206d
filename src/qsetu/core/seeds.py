"""Randomness by name: one seed, and a derived stream for every purpose, replayable alone."""

from __future__ import annotations

import secrets

import numpy as np

from qsetu.core.hashing import content_hash

__all__ = ["derive_seed", "fresh_seed", "generator"]


def derive_seed(seed: int, *names: str | int) -> int:
    """A 32-bit seed for the purpose named by ``names``, the same on every machine.

    Different names give independent streams, so adding a new consumer of randomness never changes
    the numbers another one draws.
    """
    return int(content_hash("qsetu.seed.v1", seed, list(names))[:8], 16)


def fresh_seed() -> int:
    """An unpredictable 32-bit seed, for callers that gave none and want theirs recorded."""
    return secrets.randbits(32)


def generator(seed: int | None, *names: str | int) -> np.random.Generator:
    """A NumPy generator for the purpose named by ``names`` (fresh entropy when ``seed`` is None)."""
    return np.random.default_rng(derive_seed(fresh_seed() if seed is None else seed, *names))
