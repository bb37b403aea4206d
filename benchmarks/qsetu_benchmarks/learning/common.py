"""What all cases share: data, sizes, and what is compiled once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

SAMPLES, QUBITS = 200, 6
EPOCHS, BATCH, RATE = 5, 25, 0.05

Call = Callable[[], Any]


def data(qubits: int = QUBITS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.uniform(-0.5, 0.5, (SAMPLES, qubits))
    numbers = np.sin(4 * X[:, 0]) + X[:, 1] * X[:, 2]
    return X, numbers, (numbers > 0).astype(int)


KEPT: dict[str, Any] = {}


def compiled(name: str, make: Call) -> Any:
    """What is compiled once and used by every sample."""
    if name not in KEPT:
        KEPT[name] = make()
    return KEPT[name]
