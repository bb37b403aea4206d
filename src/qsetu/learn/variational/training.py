"""The training loop: batches, optimizer, early stopping, callbacks, interruption that loses nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError
from qsetu.learn.long_runs import tell_interrupted

__all__ = ["OPTIMIZERS", "Step", "TrainingState", "Values", "optimizer_of", "train"]

Array = NDArray[np.float64]
# Circuit angles, and the weights and offsets of the linear layer.
Values = tuple[Array, Array, Array]
# From values and the rows of a batch: loss and gradients.
Step = Callable[[Values, NDArray[np.intp]], tuple[float, Values]]

OPTIMIZERS = ("adam", "adamw", "nadam", "rmsprop", "sgd", "qng")


@dataclass(frozen=True)
class TrainingState:
    """What a callback is told after each epoch.

    Attributes:
        epoch: Epochs done in this fit, from 1.
        epochs: Epochs to be done at most.
        loss: Mean loss of the epoch's batches.
        gradient_norm: Mean Euclidean norm of the gradient by the circuit's angles.
        validation_score: Score of the samples set aside; None without early stopping.
        seconds: Since the fit began.
        seconds_left: Estimated, if no epoch is spared.
    """

    epoch: int
    epochs: int
    loss: float
    gradient_norm: float
    validation_score: float | None
    seconds: float
    seconds_left: float


@dataclass
class History:
    """What a fit has seen, an entry an epoch."""

    losses: list[float]
    gradient_norms: list[float]
    scores: list[float]
    best_score: float = -np.inf


def optimizer_of(given: Any, learning_rate: float) -> Any:
    """An optax optimizer: by name, or as it is given. "qng" changes gradients before plain descent.

    Raises:
        ArgumentError: Neither a known name nor a ``GradientTransformation``.
    """
    import optax

    if isinstance(given, str) and given in OPTIMIZERS:
        return getattr(optax, "sgd" if given == "qng" else given)(learning_rate)
    if isinstance(given, optax.GradientTransformation):
        return given
    rule = f"must be an optax.GradientTransformation or one of {', '.join(OPTIMIZERS)}"
    raise ArgumentError("optimizer", rule, given)


def train(
    values: Values,
    step: Step,
    order: Callable[[], NDArray[np.intp]],
    *,
    optimizer: Any,
    batch_size: int,
    epochs: int,
    score: Callable[[Values], float] | None,
    patience: int,
    tolerance: float,
    callbacks: tuple[Callable[[TrainingState], Any], ...],
) -> tuple[Values, History]:
    """Improve ``values`` epoch by epoch.

    Stops early when the validation score, or without one the loss, has not improved by ``tolerance`` for
    ``patience`` epochs; when a callback returns True; on Ctrl-C, with a warning. With a validation score the
    best values are given back, else the last.

    Args:
        values: Start.
        step: Loss and gradients of a batch.
        order: The samples in a new order.
        optimizer: Of optax.
        batch_size: Samples of a step.
        epochs: At most.
        score: Validation score, greater is better; None without early stopping.
        patience: Epochs without improvement; 0 never stops.
        tolerance: What counts as improvement.
        callbacks: Told after each epoch.
    """
    from tqdm.auto import tqdm

    start_state, update = _compiled(optimizer)
    state = start_state(values)
    history = History([], [], [])
    best, stale = values, 0
    begun = time.perf_counter()
    try:
        with tqdm(total=epochs, desc="training", unit="epoch", delay=2, leave=False) as bar:
            for epoch in range(1, epochs + 1):
                losses, norms, count = 0.0, 0.0, 0
                for batch in _batches(order(), batch_size):
                    loss, gradients = step(values, batch)
                    changed, state = update(gradients, state, values)
                    values = _as_arrays(changed)
                    losses += loss * len(batch)
                    norms += float(np.linalg.norm(gradients[0])) * len(batch)
                    count += len(batch)
                history.losses.append(losses / count)
                history.gradient_norms.append(norms / count)
                if score is not None:
                    history.scores.append(score(values))
                merit = history.scores[-1] if score is not None else -history.losses[-1]
                # Any better one is kept, but only a clear improvement is progress.
                stale = 0 if merit > history.best_score + tolerance else stale + 1
                if merit > history.best_score:
                    history.best_score, best = merit, values
                bar.update()
                bar.set_postfix(loss=f"{history.losses[-1]:.4g}", refresh=False)
                seconds = time.perf_counter() - begun
                told = TrainingState(
                    epoch,
                    epochs,
                    history.losses[-1],
                    history.gradient_norms[-1],
                    history.scores[-1] if score is not None else None,
                    seconds,
                    seconds / epoch * (epochs - epoch),
                )
                # Each of them is told, also where the first wants to stop.
                answers = [callback(told) for callback in callbacks]
                if any(answer is True for answer in answers) or (patience and stale >= patience):
                    break
    except KeyboardInterrupt:
        if not history.losses:
            raise
        tell_interrupted(len(history.losses), epochs, "epochs")
    return (best if score is not None else values), history


def _batches(order: NDArray[np.intp], size: int) -> Iterator[NDArray[np.intp]]:
    for start in range(0, len(order), size):
        yield order[start : start + size]


def _as_arrays(values: Any) -> Values:
    angles, weights, offsets = (np.asarray(value, dtype=np.float64) for value in values)
    return angles, weights, offsets


@lru_cache(maxsize=32)
def _compiled(optimizer: Any) -> tuple[Any, Any]:
    # Cached: a second fit with the same optimizer and shapes compiles nothing.
    import jax
    import optax

    @jax.jit
    def update(gradients: Any, state: Any, values: Any) -> Any:
        changes, state = optimizer.update(gradients, state, values)
        return optax.apply_updates(values, changes), state

    return optimizer.init, update
