"""Observables: real linear combinations of Pauli strings, also as text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_choice, as_float, as_int
from qsetu.core.errors import ArgumentError, Said

__all__ = ["Observable", "PauliSum", "PauliTable", "as_observables"]

PauliString: TypeAlias = "tuple[tuple[int, str], ...]"

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<pauli>[IXYZ])\s*_?(?P<qubit>\d+)"
    r"|(?P<identity>I)|(?P<sign>[+-])|(?P<star>[*@]))"
)


@dataclass(frozen=True)
class PauliSum:
    """A Hermitian observable ``sum_j c_j P_j``; immutable and hashable.

    Attributes:
        terms: ``(coefficient, ((qubit, letter), ...))``; qubits ascending, letters X, Y or Z, equal
            strings merged, zero coefficients dropped, in a canonical order.

    Example:
        >>> from qsetu import PauliSum
        >>> PauliSum.parse("0.5 X0 X1 + Z2") + 2 * PauliSum.parse("Z2")
        PauliSum.parse('0.5 X0 X1 + 3 Z2')
    """

    terms: tuple[tuple[float, PauliString], ...]

    @staticmethod
    def from_terms(terms: Iterable[tuple[float, Iterable[tuple[int, str]]]]) -> PauliSum:
        """Build from ``(coefficient, [(qubit, letter), ...])`` pairs, letters among I, X, Y, Z."""
        merged: dict[PauliString, float] = {}
        for coefficient, factors in terms:
            placed: dict[int, str] = {}
            for qubit, letter in factors:
                index = as_int("qubit", qubit, 0)
                as_choice("letter", letter, ("I", "X", "Y", "Z"))
                if index in placed:
                    rule = "must name each qubit once in a Pauli string"
                    raise ArgumentError("terms", rule, Said(f"qubit {index} twice"))
                placed[index] = letter
            string = tuple((q, placed[q]) for q in sorted(placed) if placed[q] != "I")
            merged[string] = merged.get(string, 0.0) + as_float("coefficient", coefficient)
        kept = sorted((string, c) for string, c in merged.items() if c)
        return PauliSum(tuple((c, string) for string, c in kept))

    @staticmethod
    def parse(text: str) -> PauliSum:
        """Read text such as ``"Z0"``, ``"0.5 X0 X1 + Z2"``, ``"-2*Y3 + 1.5"``.

        A term is an optional number and Pauli letters with a qubit each; a term without a letter is
        a multiple of the identity.

        Raises:
            ArgumentError: The text does not parse; the message points at the column.
        """
        return PauliSum.from_terms(_parse_terms(text))

    @property
    def num_qubits(self) -> int:
        """One more than the highest qubit acted on; 0 for a multiple of the identity."""
        return max((string[-1][0] + 1 for _, string in self.terms if string), default=0)

    def __add__(self, other: PauliSum) -> PauliSum:
        if not isinstance(other, PauliSum):
            return NotImplemented
        return PauliSum.from_terms(self.terms + other.terms)

    def __mul__(self, factor: Any) -> PauliSum:
        if isinstance(factor, PauliSum):
            return NotImplemented
        return PauliSum.from_terms((as_float("factor", factor) * c, string) for c, string in self.terms)

    def __neg__(self) -> PauliSum:
        return self * -1.0

    def __sub__(self, other: PauliSum) -> PauliSum:
        return self + -other

    __rmul__ = __mul__

    def __str__(self) -> str:
        text = " ".join(_format_term(c, string) for c, string in self.terms) or "+ 0"
        return text[2:] if text.startswith("+") else "-" + text[2:]

    def __repr__(self) -> str:
        return f"PauliSum.parse({str(self)!r})"


Observable: TypeAlias = "PauliSum | str"


@dataclass(frozen=True, eq=False)
class PauliTable:
    """K observables as flat arrays, what engines read.

    Pauli string ``P`` maps basis state ``|i>`` to
    ``1j**y_count * (-1)**popcount(i & z_mask) |i ^ x_mask>``.

    Attributes:
        coefficients: float64 ``(T,)``.
        x_masks: uint64 ``(T,)``, bit q set where the string has X or Y on qubit q.
        z_masks: uint64 ``(T,)``, bit q set where the string has Z or Y on qubit q.
        y_counts: int32 ``(T,)``, number of Y letters modulo 4.
        starts: int32 ``(K+1,)``; observable k owns rows ``starts[k]:starts[k+1]``.
    """

    coefficients: NDArray[np.float64]
    x_masks: NDArray[np.uint64]
    z_masks: NDArray[np.uint64]
    y_counts: NDArray[np.int32]
    starts: NDArray[np.int32]

    @property
    def count(self) -> int:
        """K, the number of observables."""
        return len(self.starts) - 1

    @staticmethod
    def build(observables: Sequence[PauliSum]) -> PauliTable:
        """Flatten a sequence of observables."""
        flat = [term for observable in observables for term in observable.terms]
        masks = [
            (
                sum(1 << q for q, letter in string if letter in "XY"),
                sum(1 << q for q, letter in string if letter in "YZ"),
                sum(letter == "Y" for _, letter in string) % 4,
            )
            for _, string in flat
        ]
        sizes = [len(observable.terms) for observable in observables]
        return PauliTable(
            np.array([c for c, _ in flat], dtype=np.float64),
            np.array([x for x, _, _ in masks], dtype=np.uint64),
            np.array([z for _, z, _ in masks], dtype=np.uint64),
            np.array([y for _, _, y in masks], dtype=np.int32),
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
        )


def as_observables(argument: str, value: Any, num_qubits: int) -> tuple[tuple[PauliSum, ...], bool]:
    """One observable or a sequence of them, checked to fit ``num_qubits``.

    Returns:
        The observables and whether a single one was given (so that results drop that axis).
    """
    single = isinstance(value, (str, PauliSum))
    if not single and not (isinstance(value, Iterable) and not isinstance(value, np.ndarray)):
        rule = "must be a PauliSum, text such as '0.5 X0 X1 + Z2', or a sequence of these"
        raise ArgumentError(argument, rule, value)
    observables = tuple(_as_observable(argument, item) for item in ([value] if single else value))
    if not observables:
        raise ArgumentError(argument, "must hold at least one observable", value)
    for observable in observables:
        if observable.num_qubits > num_qubits:
            rule = f"must act on qubits 0 to {num_qubits - 1} of this circuit"
            raise ArgumentError(argument, rule, str(observable), "Qubits count from 0.")
    return observables, single


def _as_observable(argument: str, value: Any) -> PauliSum:
    if isinstance(value, PauliSum):
        return value
    if isinstance(value, str):
        return _parsed(value)
    rule = "must be a PauliSum, text such as '0.5 X0 X1 + Z2', or a sequence of these"
    raise ArgumentError(argument, rule, value)


# The same text comes with every step of a training.
@lru_cache(maxsize=512)
def _parsed(text: str) -> PauliSum:
    return PauliSum.parse(text)


def _format_term(coefficient: float, string: PauliString) -> str:
    letters = " ".join(f"{letter}{qubit}" for qubit, letter in string)
    size = "" if abs(coefficient) == 1 and letters else repr(abs(coefficient)).removesuffix(".0")
    return " ".join(part for part in ("-" if coefficient < 0 else "+", size, letters) if part)


def _parse_terms(text: str) -> list[tuple[float, list[tuple[int, str]]]]:
    if not isinstance(text, str):
        raise ArgumentError("observable", "must be text such as '0.5 X0 X1 + Z2'", text)
    terms: list[tuple[float, list[tuple[int, str]]]] = []
    position, sign, coefficient = 0, 1.0, 1.0
    factors: list[tuple[int, str]] = []
    filled = signed = False
    end = len(text.rstrip())

    def fail(what: str) -> ArgumentError:
        rule = f"must read like '0.5 X0 X1 + Z2' ({what} at column {position + 1})"
        return ArgumentError("observable", rule, text)

    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise fail("unexpected character")
        if match["sign"]:
            if filled:
                terms.append((sign * coefficient, factors))
                sign, coefficient, factors, filled = 1.0, 1.0, [], False
            elif signed:
                raise fail("two signs in a row")
            sign, signed = (-1.0 if match["sign"] == "-" else 1.0), True
        elif match["star"]:
            if not filled:
                raise fail("nothing to multiply")
        else:
            if match["number"]:
                if factors:
                    raise fail("a number after a Pauli letter; letters take their qubit directly, X0")
                coefficient *= float(match["number"])
                if not math.isfinite(coefficient):
                    raise fail("a number too large")
            elif match["pauli"]:
                factors.append((int(match["qubit"]), match["pauli"]))
            filled, signed = True, False
        position = match.end()
    if not filled:
        position = end
        raise fail("a term is missing")
    terms.append((sign * coefficient, factors))
    return terms
