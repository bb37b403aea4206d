"""Readout errors: what a measurement says of a qubit, against what the qubit is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.pauli import PauliSum
from qsetu.core.checks import as_float
from qsetu.core.errors import ArgumentError, Said

__all__ = ["ReadoutError", "as_read", "read_bits", "read_probabilities"]

# A string of w letters with an unequal readout error becomes up to 2**w strings.
MAX_STRINGS = 2**12


@dataclass(frozen=True)
class ReadoutError:
    """A qubit that is measured is read wrongly with these probabilities, independently of all others.

    Args:
        p0_to_1: Probability to read 1 where the qubit was found in 0, from 0 to 1.
        p1_to_0: Probability to read 0 where it was found in 1, from 0 to 1.

    Raises:
        ArgumentError: A probability is not a number from 0 to 1.

    The matrix of Qiskit Aer's ``ReadoutError`` is ``[[1 - p0_to_1, p0_to_1], [p1_to_0, 1 - p1_to_0]]``.
    """

    p0_to_1: float = 0.0
    p1_to_0: float = 0.0

    def __post_init__(self) -> None:
        for name in ("p0_to_1", "p1_to_0"):
            object.__setattr__(self, name, as_float(name, getattr(self, name), low=0.0, high=1.0))

    @property
    def confusion(self) -> NDArray[np.float64]:
        """float64 ``(2, 2)``: entry ``[read, was]`` is the probability to read ``read``."""
        return np.array([[1 - self.p0_to_1, self.p1_to_0], [self.p0_to_1, 1 - self.p1_to_0]])

    @property
    def letter(self) -> tuple[float, float]:
        """``(a, b)``: where a Pauli letter has the expectation value e, it is read as ``a + b e``."""
        return self.p1_to_0 - self.p0_to_1, 1.0 - self.p0_to_1 - self.p1_to_0


def read_probabilities(
    probabilities: NDArray[np.float64], errors: Sequence[ReadoutError]
) -> NDArray[np.float64]:
    """Probabilities ``(..., 2^n)`` of what is read, from those of what is; one error a qubit."""
    batch = probabilities.shape[:-1]
    read = probabilities.reshape(-1, probabilities.shape[-1])
    for qubit, error in enumerate(errors):
        parts = read.reshape(len(read), -1, 2, 2**qubit)
        read = np.einsum("rw,bhwl->bhrl", error.confusion, parts).reshape(read.shape)
    return read.reshape(*batch, -1)


def read_bits(
    samples: NDArray[np.int64], errors: Sequence[ReadoutError], chance: np.random.Generator
) -> NDArray[np.int64]:
    """What is read of basis states ``(S,)``: each bit turned over with its probability."""
    read = samples.copy()
    draws = chance.random((len(samples), len(errors)))  # a row a shot: in portions they are the same
    for qubit, error in enumerate(errors):
        one = (samples >> qubit & 1).astype(bool)
        wrong = draws[:, qubit] < np.where(one, error.p1_to_0, error.p0_to_1)
        read ^= wrong.astype(np.int64) << qubit
    return read


def as_read(observable: PauliSum, errors: Sequence[ReadoutError]) -> PauliSum:
    """The observable whose exact expectation value is what is read of ``observable`` on average.

    Each letter of a string is measured on its own qubit after a change of basis, so it becomes
    ``a + b * letter`` (:attr:`ReadoutError.letter`), and the string the product of these.

    Raises:
        ArgumentError: The product has more than 4096 strings: more than 12 letters of one string are on
            qubits whose two probabilities differ.
    """
    terms: list[tuple[float, list[tuple[int, str]]]] = []
    for coefficient, string in observable.terms:
        unequal = sum(errors[qubit].letter[0] != 0 for qubit, _ in string)
        if 2**unequal > MAX_STRINGS:
            hint = "Use equal probabilities for both errors, or average the bits of qsetu.sample."
            rule = "must have at most 12 letters in a string on qubits with unequal readout errors"
            raise ArgumentError("observable", rule, Said(f"{unequal} of them"), hint)
        products: list[tuple[float, list[tuple[int, str]]]] = [(coefficient, [])]
        for qubit, letter in string:
            a, b = errors[qubit].letter
            kept = [(b * c, [*factors, (qubit, letter)]) for c, factors in products]
            products = kept + [(a * c, factors) for c, factors in products if a]
        terms += products
    return PauliSum.from_terms(terms)
