"""The two data sets of a benchmark (Bowles et al., arXiv:2403.07059), drawn as they were drawn there.

All widths come from one generator, one after the other, so all have to be drawn to have one. Splits are 240
training and 60 test rows; labels are -1 and 1.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from sklearn.model_selection import train_test_split

WIDTHS = range(2, 21)
SAMPLES = 300
MANIFOLD = 6


def manifold(draw: np.random.RandomState, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Points of a 6-dimensional manifold in ``width`` features, labelled by a random network on it."""
    into = draw.normal(size=(MANIFOLD, width))
    points = draw.normal(size=(SAMPLES, MANIFOLD))
    shift = 2 * draw.uniform(size=width) - 1
    features = np.tanh(points @ into / np.sqrt(MANIFOLD) - shift)
    hidden = draw.normal(size=(MANIFOLD, MANIFOLD))
    read = draw.normal(size=MANIFOLD)
    scores = np.tanh(points @ hidden.T) @ read / np.sqrt(MANIFOLD)
    return features, np.where(scores < np.median(scores), -1, 1)


def separable(draw: np.random.RandomState, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Points of a cube on both sides of a plane through its center, none close to the plane."""
    points = 2 * draw.rand(2 * SAMPLES, width) - 1
    side = points.sum(axis=1)
    kept = np.abs(side) > 0.02 * width
    return points[kept][:SAMPLES], np.where(side[kept][:SAMPLES] > 0, -1, 1)


SETS: dict[str, tuple[Callable, int]] = {
    "hidden_manifold": (manifold, 3),
    "linearly_separable": (separable, 42),
}


@cache
def published(name: str) -> dict[int, list[np.ndarray]]:
    """X_train, X_test, y_train, y_test for every width."""
    make, seed = SETS[name]
    draw = np.random.RandomState(seed)
    return {width: train_test_split(*make(draw, width), test_size=0.2, random_state=draw) for width in WIDTHS}
