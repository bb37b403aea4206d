"""Expectation values of Pauli sums, and what they make of a state.

Terms that flip the same qubits share one product ``conj(state[i ^ x]) state[i]``; their signs are products of
one sign for each half of the index, so a group of terms is a matrix product.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import NDArray

from qsetu.circuits.pauli import PauliTable
from qsetu.engines.xla.executor import picked
from qsetu.engines.xla.plan import AXIS, Plan, device_number
from qsetu.engines.xla.sizes import halves
from qsetu.engines.xla.tables import Shape

__all__ = ["Terms", "applied", "build_terms", "values_of"]

# Terms to a group: enough to fill a product, few enough that a lone term wastes little.
GROUP = 8


class Terms(NamedTuple):
    """Q groups of G terms, which flip the same positions; weights of 0 fill up.

    A term's value is ``real * Re(s) + imaginary * Im(s)``, where
    ``s = sum_i (-1)^|i & z| conj(state[i ^ x]) state[i]``.
    """

    flip: NDArray[np.int32]  # (Q, 2): x on the upper and on the lower half of a device's index
    far: NDArray[np.int32]  # (Q,): x on the positions that number the devices
    upper: NDArray[np.int32]  # (Q, G): z on the upper half of the index, devices included
    lower: NDArray[np.int32]  # (Q, G)
    real: NDArray[np.float64]  # (Q, G)
    imaginary: NDArray[np.float64]  # (Q, G)
    owner: NDArray[np.int32]  # (Q, G): which observable


def build_terms(table: PauliTable, layout: tuple[int, ...], local: int, real: np.dtype[Any]) -> Terms:
    """The terms of observables on a state whose position p is qubit ``layout[p]``."""

    def placed(mask: int) -> int:
        return sum(1 << p for p, q in enumerate(layout) if mask >> q & 1)

    owners = np.repeat(np.arange(table.count), np.diff(table.starts))
    by_flip: dict[int, list[int]] = {}
    for term, x in enumerate(table.x_masks.tolist()):
        by_flip.setdefault(placed(x), []).append(term)
    groups = [
        (x, terms[start : start + GROUP])
        for x, terms in by_flip.items()
        for start in range(0, len(terms), GROUP)
    ] or [(0, [])]
    low, count = local // 2, len(groups)
    terms = Terms(
        np.array([halves(x & (1 << local) - 1, low) for x, _ in groups], dtype=np.int32),
        np.array([x >> local for x, _ in groups], dtype=np.int32),
        np.zeros((count, GROUP), dtype=np.int32),
        np.zeros((count, GROUP), dtype=np.int32),
        np.zeros((count, GROUP), dtype=real),
        np.zeros((count, GROUP), dtype=real),
        np.zeros((count, GROUP), dtype=np.int32),
    )
    for g, (_, members) in enumerate(groups):
        for j, term in enumerate(members):
            z = placed(int(table.z_masks[term]))
            terms.upper[g, j], terms.lower[g, j] = halves(z, low)
            turn = (1, 1j, -1, -1j)[int(table.y_counts[term])]
            terms.real[g, j] = table.coefficients[term] * turn.real
            terms.imaginary[g, j] = -table.coefficients[term] * turn.imag
            terms.owner[g, j] = owners[term]
    return terms


def values_of(plan: Plan, terms: Terms, count: int, state: Any) -> Any:
    """Expectation values ``(count,)``."""

    def add(values: Any, group: Terms) -> Any:
        above, below = _signs(plan, group)
        bra = _flipped(plan, group, state).conj()
        product = (bra * state).reshape(above.shape[1], below.shape[1])
        real, imaginary = (
            jnp.sum(above * plan.dot(below, part, 1, 1), axis=1) for part in (product.real, product.imag)
        )
        return values.at[group.owner].add(group.real * real + group.imaginary * imaginary), None

    values, _ = lax.scan(add, jnp.zeros(count, plan.real), terms)
    return lax.psum(values, AXIS) if plan.shape.spread else values


def applied(plan: Plan, terms: Terms, weights: Any, state: Any) -> Any:
    """``sum_k weights[k] O_k |state>``."""

    def add(total: Any, group: Terms) -> Any:
        above, below = _signs(plan, group)
        share = weights[group.owner][:, None]
        real = plan.dot(above, share * group.real[:, None] * below, 0, 0)
        imaginary = plan.dot(above, share * -group.imaginary[:, None] * below, 0, 0)
        return total + _flipped(plan, group, lax.complex(real, imaginary).reshape(-1) * state), None

    return lax.scan(add, jnp.zeros_like(state), terms)[0]


def _signs(plan: Plan, group: Terms) -> tuple[Any, Any]:
    """Signs of both halves of the index, ``(G, 2^(local-low))`` and ``(G, 2^low)``."""
    local = plan.shape.local
    low = local // 2
    upper = device_number(plan.shape) << (local - low) | jnp.arange(2 ** (local - low), dtype=np.int32)
    lower = jnp.arange(2**low, dtype=np.int32)

    def signs(masks: Any, index: Any) -> Any:
        return 1 - 2 * (lax.population_count(masks[:, None] & index) & 1).astype(plan.real)

    return signs(group.upper, upper), signs(group.lower, lower)


def _flipped(plan: Plan, group: Terms, state: Any) -> Any:
    """``state[i ^ x]``."""
    shape = plan.shape
    low = shape.local // 2
    upper = jnp.arange(2 ** (shape.local - low), dtype=np.int32) ^ group.flip[0]
    lower = jnp.arange(2**low, dtype=np.int32) ^ group.flip[1]
    flips = jnp.any(group.flip != 0)
    state = lax.cond(flips, lambda x: picked(shape, x, upper[:, None], lower), lambda x: x, state)
    for bit in range(shape.spread):
        state = lax.cond(group.far >> bit & 1 != 0, _partner(shape, bit), lambda x: x, state)
    return state


def _partner(shape: Shape, bit: int) -> Callable[[Any], Any]:
    """What the device has whose number differs in this bit."""
    pairs = [(device, device ^ 1 << bit) for device in range(2**shape.spread)]
    return lambda x: lax.ppermute(x, AXIS, pairs)
