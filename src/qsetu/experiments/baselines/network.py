"""A small convolutional network on letters, as functions of JAX arrays: compiled once for a shape."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CHUNK", "first_weights", "logits_of", "train_step"]

# Rows that are predicted at once; the last ones are filled up, so that their number never recompiles.
CHUNK = 256

Weights = dict[str, NDArray[np.float32]]


def first_weights(
    chance: np.random.Generator,
    letters: int,
    length: int,
    classes: int,
    *,
    filters: int,
    window: int,
    layers: int,
    pool: int,
    hidden: int,
) -> Weights:
    """Normal weights of He's variance, and zeros for offsets."""

    def normal(*shape: int) -> NDArray[np.float32]:
        inputs = int(np.prod(shape[:-1]))
        return chance.normal(0, np.sqrt(2 / inputs), shape).astype(np.float32)

    found: Weights = {}
    before = letters
    for layer in range(layers):
        found[f"filters_{layer}"] = normal(window, before, filters)
        found[f"offsets_{layer}"] = np.zeros(filters, np.float32)
        length, before = max(1, length // pool), filters
    found["dense"], found["dense_offset"] = normal(length * filters, hidden), np.zeros(hidden, np.float32)
    found["last"], found["last_offset"] = normal(hidden, classes), np.zeros(classes, np.float32)
    return found


def _forward(weights: Any, inputs: Any, pool: int, key: Any, dropout: Any) -> Any:
    """Logits ``(n, classes)`` of letters ``(n, length, letters)``; a key means that dropout is on."""
    import jax
    import jax.numpy as jnp

    def dropped(values: Any, number: int) -> Any:
        if key is None:
            return values
        kept = jax.random.bernoulli(jax.random.fold_in(key, number), 1 - dropout, values.shape)
        return jnp.where(kept, values / (1 - dropout), 0)

    now, layer = inputs, 0
    while f"filters_{layer}" in weights:
        now = jax.lax.conv_general_dilated(
            now, weights[f"filters_{layer}"], (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC")
        )
        now = jax.nn.relu(now + weights[f"offsets_{layer}"])
        wide = min(pool, now.shape[1])
        kept = now[:, : now.shape[1] // wide * wide]
        now = kept.reshape(now.shape[0], -1, wide, now.shape[2]).max(axis=2)
        layer += 1
    now = dropped(now.reshape(now.shape[0], -1), 0)
    now = dropped(jax.nn.relu(now @ weights["dense"] + weights["dense_offset"]), 1)
    return now @ weights["last"] + weights["last_offset"]


@lru_cache(maxsize=8)
def logits_of(pool: int) -> Any:
    """``(weights, inputs) -> logits``, compiled."""
    import jax

    return jax.jit(lambda weights, inputs: _forward(weights, inputs, pool, None, 0.0))


@lru_cache(maxsize=8)
def train_step(pool: int) -> tuple[Any, Any]:
    """Adam's first state of weights, and one compiled step of it.

    The step takes weights, state, inputs ``(n, length, letters)``, classes ``(n,)``, sample weights ``(n,)``,
    a key, its number, and rate, decay and dropout, all of which are arguments: no setting compiles anew.
    """
    import jax
    import jax.numpy as jnp
    import optax

    adam = optax.scale_by_adam()

    def loss(weights: Any, inputs: Any, classes: Any, samples: Any, key: Any, dropout: Any) -> Any:
        logits = _forward(weights, inputs, pool, key, dropout)
        found = optax.softmax_cross_entropy_with_integer_labels(logits, classes)
        return (found * samples).sum() / jnp.maximum(samples.sum(), 1e-9)

    @jax.jit
    def step(
        weights: Any,
        state: Any,
        inputs: Any,
        classes: Any,
        samples: Any,
        key: Any,
        number: Any,
        rate: Any,
        decay: Any,
        dropout: Any,
    ) -> Any:
        slopes = jax.grad(loss)(weights, inputs, classes, samples, jax.random.fold_in(key, number), dropout)
        moves, state = adam.update(slopes, state)
        weights = jax.tree.map(lambda value, move: value - rate * (move + decay * value), weights, moves)
        return weights, state

    return jax.jit(adam.init), step
