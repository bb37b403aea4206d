"""What is done to states that are given, a row each: amplitude damping and measuring, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.pauli import PauliTable

__all__ = ["damp", "measure"]


def damp(
    states: NDArray[Any],
    qubits: NDArray[np.int32],
    gammas: NDArray[np.float64],
    draws: NDArray[np.float64],
) -> NDArray[Any]:
    """Amplitude damping as a quantum trajectory has it: a jump or none, by the state's own probabilities.

    Args:
        states: Amplitudes ``(B, 2^n)``, each row of norm 1 up to rounding.
        qubits: int32 ``(L,)``, damped in this order.
        gammas: float64 ``(L,)``, from 0 to 1.
        draws: float64 ``(B, L)``, from 0 to below 1. A qubit falls to 0 where the draw is below the
            probability of that, gamma times the probability of 1.

    Returns:
        The states after it, ``(B, 2^n)``, of norm 1.
    """
    for place, (qubit, gamma) in enumerate(zip(qubits, gammas, strict=True)):
        parts = states.reshape(len(states), -1, 2, 2 ** int(qubit))
        low, high = parts[:, :, 0], parts[:, :, 1]
        zero, one = _weight(low), _weight(high)
        falls = draws[:, place] * (zero + one) < gamma * one
        # Not 0: who has all its weight in 1 and gamma 1 falls.
        factor = (1 / np.sqrt(np.where(falls, one, zero + (1 - gamma) * one)))[:, None, None]
        kept = np.where(falls, 0.0, np.sqrt(1 - gamma))[:, None, None]
        after = np.empty_like(parts)
        after[:, :, 0] = factor * np.where(falls[:, None, None], high, low)
        after[:, :, 1] = factor * kept * high
        states = after.reshape(states.shape)
    return states


def measure(states: NDArray[Any], observables: PauliTable) -> NDArray[np.float64]:
    """Expectation values ``(B, K)`` of given states ``(B, 2^n)``."""
    values = np.zeros((len(states), observables.count))
    index = np.arange(states.shape[1], dtype=np.uint64)
    for k in range(observables.count):
        for term in range(observables.starts[k], observables.starts[k + 1]):
            x, z = observables.x_masks[term], observables.z_masks[term]
            sign = 1.0 - 2.0 * (np.bitwise_count(index & z) % 2)
            overlap = np.einsum("bi,bi,i->b", states[:, index ^ x].conj(), states, sign)
            turn = 1j ** int(observables.y_counts[term])
            values[:, k] += observables.coefficients[term] * (turn * overlap).real
    return values


def _weight(part: NDArray[Any]) -> NDArray[np.float64]:
    sums: NDArray[np.float64] = np.square(part.real, dtype=np.float64).sum(axis=(1, 2))
    sums += np.square(part.imag, dtype=np.float64).sum(axis=(1, 2))
    return sums
