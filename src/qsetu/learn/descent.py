"""Training by Adam, for models whose gradient is a function of NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.learn.long_runs import tell_interrupted

__all__ = ["batches_of", "descend"]

Array = NDArray[np.float64]


def descend(
    evaluate: Callable[[Array, Any], tuple[float, Array]],
    start: Array,
    batches: Callable[[], Iterable[Any]],
    *,
    epochs: int,
    rate: float,
    name: str,
) -> tuple[Array, list[float]]:
    """Adam (Kingma and Ba, arXiv:1412.6980) for ``epochs`` passes over what ``batches`` gives.

    Args:
        evaluate: Loss and gradient ``(P,)`` at weights ``(P,)`` on a batch.
        start: Weights to start from, ``(P,)``.
        batches: Called before each epoch.
        epochs: Number of passes.
        rate: Step size.
        name: What the progress bar says, which is shown after two seconds.

    Returns:
        Weights, and the mean loss of each epoch's batches before their steps, weighted by their lengths.
        After Ctrl-C, with a warning, what there is by then.
    """
    from tqdm.auto import tqdm

    begin, update = _adam(rate)
    weights = np.array(start, dtype=np.float64)
    state = begin(weights.astype(np.float32))
    curve = []
    try:
        for _ in tqdm(range(epochs), desc=name, unit="epoch", delay=2, leave=False):
            losses, sizes = [], []
            for batch in batches():
                loss, slope = evaluate(weights, batch)
                change, state = update(slope.astype(np.float32), state)
                weights = weights + np.asarray(change, dtype=np.float64)
                losses.append(loss)
                sizes.append(len(batch))
            curve.append(float(np.average(losses, weights=sizes)))
    except KeyboardInterrupt:
        if not curve:
            raise
        tell_interrupted(len(curve), epochs, "epochs")
    return weights, curve


def batches_of(count: int, size: int, chance: np.random.Generator) -> list[NDArray[np.intp]]:
    """The numbers below ``count`` in random order, cut into batches."""
    order = chance.permutation(count)
    return [order[i : i + size] for i in range(0, count, size)]


@lru_cache(maxsize=16)
def _adam(rate: float) -> tuple[Any, Any]:
    # Cached: a second fit with the same step size and as many weights compiles nothing.
    import jax
    import optax

    optimizer = optax.adam(rate)
    return optimizer.init, jax.jit(optimizer.update)
