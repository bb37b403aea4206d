"""Choosing basis states by their probabilities, without a scan for each shot.

A state is cut into blocks of 4096 amplitudes. A draw finds its block among the running sums of the
blocks' probabilities, and its amplitude among the running sums inside that block; blocks that no draw
falls into are never looked at again. All sums are float64: in single precision the tail of a long
running sum is lost. What comes on top of the state is one number a block and a few a draw.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["choose"]

BLOCK = 2**12


def choose(state: NDArray[Any], draws: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each draw the first basis state where the running sum of probabilities exceeds draw * total.

    Args:
        state: Amplitudes ``(2^n,)``, not all 0.
        draws: float64 ``(S,)``, from 0 to below 1.

    Returns:
        int64 ``(S,)``, in the order of the draws; never a state of probability 0.
    """
    blocks = state.reshape(-1, min(BLOCK, len(state)))
    sums = np.array([_probabilities(block).sum() for block in blocks])
    ends = np.cumsum(sums)
    points = draws * ends[-1]
    # A rounded point may lie at the very end: it belongs to the last block with anything in it.
    places = np.minimum(np.searchsorted(ends, points, side="right"), np.flatnonzero(sums)[-1])
    order = np.argsort(places, kind="stable")
    found = np.empty(len(draws), dtype=np.int64)
    occupied, first = np.unique(places[order], return_index=True)
    for place, members in zip(occupied, np.split(order, first)[1:], strict=True):
        weights = _probabilities(blocks[place])
        inside = points[members] - (ends[place - 1] if place else 0.0)
        chosen = np.searchsorted(np.cumsum(weights), inside, side="right")
        # The block's own running sum may end an ulp before the sum that led here.
        found[members] = place * blocks.shape[1] + np.minimum(chosen, np.flatnonzero(weights)[-1])
    return found


def _probabilities(amplitudes: NDArray[Any]) -> NDArray[np.float64]:
    probabilities: NDArray[np.float64] = np.square(amplitudes.real, dtype=np.float64)
    probabilities += np.square(amplitudes.imag, dtype=np.float64)
    return probabilities
