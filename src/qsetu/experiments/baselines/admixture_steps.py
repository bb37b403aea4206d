"""Expectation maximization for shares of ancestry, in long steps that never lower the likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

__all__ = ["Calls", "Found", "fit_both", "log_likelihood", "project"]

# Shares and frequencies stay this far from 0 and 1, from where no step would lead away.
EDGE = 1e-5
# Probabilities worked on at once: they stay in cache.
_BLOCK = 2**18
_PROJECT_STEPS = 100
_PROJECT_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Calls:
    """Allele copies of N people at M variants.

    Attributes:
        counted: Copies of the counted allele, ``(N, M)``; 0 where missing.
        others: Copies of the other allele; 0 where missing.
    """

    counted: NDArray[Any]
    others: NDArray[Any]

    def blocks(self) -> list[slice]:
        """Rows to work on at once."""
        number, variants = self.counted.shape
        step = max(1, _BLOCK // variants)
        return [slice(first, first + step) for first in range(0, number, step)]


@dataclass(frozen=True, eq=False)
class Found:
    """Where a start led.

    Attributes:
        shares: ``(N, K)``.
        frequencies: ``(K, M)``.
        log_likelihood: Of these two.
        steps: Long steps taken.
        converged: Whether the likelihood stopped rising.
    """

    shares: NDArray[Any]
    frequencies: NDArray[Any]
    log_likelihood: float
    steps: int
    converged: bool


def fit_both(calls: Calls, shares: NDArray[Any], tol: float, max_iter: int) -> Found:
    """Shares and frequencies of the largest likelihood that is uphill from ``shares``, ``(N, K)``."""
    dtype = calls.counted.dtype
    shares = _inside(shares.astype(dtype))
    weights = shares / shares.sum(axis=0)
    # Frequencies that would be right if everybody were in one population.
    copies = (calls.counted + calls.others).astype(dtype)
    frequencies = np.clip(weights.T @ calls.counted / np.maximum(weights.T @ copies, 1e-6), EDGE, 1 - EDGE)
    start, last = (shares, frequencies), -np.inf
    one, value = _step(calls, *start, True)
    for taken in range(1, max_iter + 1):
        two, _ = _step(calls, *one, False)
        far = _leap(start, one, two)
        after, reached = _step(calls, *far, True)
        if not reached >= value:
            # The leap went downhill; two short steps never do.
            far = two
            after, reached = _step(calls, *far, True)
        start, one, last, value = far, after, value, reached
        if value - last <= tol * abs(value):
            return Found(*start, value, taken, True)
    return Found(*start, value, max_iter, False)


def project(calls: Calls, frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares ``(N, K)`` of the largest likelihood for given frequencies ``(K, M)``, each row by itself."""
    rows = zip(calls.counted, calls.others, strict=True)
    return np.array([_shares_of(counted, others, frequencies) for counted, others in rows])


def _shares_of(
    counted: NDArray[np.float64], others: NDArray[np.float64], frequencies: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Shares ``(K,)`` of one person, by Newton steps that keep them from becoming negative.

    The likelihood less ``n sum(q)``, for the n copies called, is largest where the shares sum to 1 by
    themselves, so that a step is a least-squares problem without negative numbers. (For q times c, the
    likelihood is n log c more.) With the gradient g and minus the second derivatives H, ``H q = g``.
    """
    number, copies = len(frequencies), float((counted + others).sum())
    shares = np.full(number, 1 / number)
    if copies == 0:
        return shares
    opposite = 1 - frequencies
    value = log_likelihood(counted, others, shares @ frequencies)
    for _ in range(_PROJECT_STEPS):
        chance, rest = shares @ frequencies, shares @ opposite
        slope = frequencies @ (counted / chance) + opposite @ (others / rest)
        bend = (frequencies * (counted / chance**2)) @ frequencies.T
        bend += (opposite * (others / rest**2)) @ opposite.T
        bend[np.diag_indices(number)] += 1e-10 * np.trace(bend)
        root = np.linalg.cholesky(bend)
        goal, _ = nnls(root.T, np.linalg.solve(root, slope + bend @ shares - copies))
        move = goal / goal.sum() - shares
        # Half as far until it goes uphill; then nothing is left to gain.
        while np.abs(move).max() > _PROJECT_TOLERANCE:
            reached = log_likelihood(counted, others, (shares + move) @ frequencies)
            if reached > value:
                break
            move /= 2
        else:
            return shares
        shares, value = shares + move, reached
    return shares


def log_likelihood(counted: Any, others: Any, chance: Any) -> float:
    """Of copies of both alleles, given the chance of the counted one; without binomial coefficients."""
    return float((counted * np.log(chance) + others * np.log1p(-chance)).sum(dtype=np.float64))


def _step(
    calls: Calls, shares: NDArray[Any], frequencies: NDArray[Any], likelihood: bool
) -> tuple[tuple[NDArray[Any], NDArray[Any]], float]:
    """One step of both, and (if asked for) the log-likelihood before it."""
    new = np.empty_like(shares)
    up, down = np.zeros_like(frequencies), np.zeros_like(frequencies)
    value = 0.0
    for rows in calls.blocks():
        counted, others, part = calls.counted[rows], calls.others[rows], shares[rows]
        chance = part @ frequencies
        if likelihood:
            value += log_likelihood(counted, others, chance)
        counted = counted / chance
        others = others / (1 - chance)
        new[rows] = part * (counted @ frequencies.T + others @ (1 - frequencies).T)
        up += part.T @ counted
        down += part.T @ others
    up *= frequencies
    down *= 1 - frequencies
    copies = np.maximum(up + down, np.finfo(up.dtype).tiny)
    totals = new.sum(axis=1, keepdims=True)
    # Nothing is known of a person without any call.
    new = np.where(totals > 0, new / np.where(totals > 0, totals, 1), 1 / shares.shape[1])
    return (_inside(new), np.clip(up / copies, EDGE, 1 - EDGE)), value


def _leap(zero: Any, one: Any, two: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Where two steps point to, SQUAREM's third scheme, shares and frequencies with one length."""
    moves = [b - a for a, b in zip(zero, one, strict=True)]
    turns = [c - 2 * b + a for a, b, c in zip(zero, one, two, strict=True)]
    square = [sum(float((part**2).sum(dtype=np.float64)) for part in parts) for parts in (moves, turns)]
    # At least as far as two steps.
    length = -max(1.0, (square[0] / max(square[1], 1e-30)) ** 0.5)
    shares, frequencies = (
        a - 2 * length * move + length**2 * turn for a, move, turn in zip(zero, moves, turns, strict=True)
    )
    return _inside(shares.astype(zero[0].dtype)), np.clip(frequencies, EDGE, 1 - EDGE).astype(zero[1].dtype)


def _inside(shares: NDArray[Any]) -> NDArray[Any]:
    """Shares of at least EDGE (nearly) that sum to 1."""
    kept = np.maximum(shares, EDGE)
    return kept / kept.sum(axis=1, keepdims=True)
