"""PennyLane's observables as Pauli terms on wire labels; measurements as functions of expectation values."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import pennylane as qml
from numpy.typing import NDArray
from pennylane.measurements import (
    ExpectationMP,
    MeasurementProcess,
    ProbabilityMP,
    VarianceMP,
)
from pennylane.pauli import PauliSentence

from qsetu.circuits.pauli import PauliSum

__all__ = ["PROBABILITY_WIRES", "Reading", "Readings", "TermCache", "pauli_terms", "reading", "specify"]

# ((coefficient, ((label, letter), ...)), ...): hashable, and all there is to know of an observable.
Terms: TypeAlias = "tuple[tuple[float, tuple[tuple[Any, str], ...]], ...]"
# What a measurement needs in the key of a structure: its kind, and terms or labels.
Spec: TypeAlias = "tuple[str, Any]"

# A matrix on k wires has 4^k Pauli strings, a diagonal one 2^k, and so many expectation values has a
# vector of probabilities.
MATRIX_WIRES, DIAGONAL_WIRES, PROBABILITY_WIRES = 4, 8, 6
SQUARE_TERMS = 64  # a variance needs the square, with up to this number of terms squared

_LETTER = {qml.PauliX: "X", qml.PauliY: "Y", qml.PauliZ: "Z"}


class TermCache:
    """The terms of observables that were met before, the same object: a Hamiltonian comes with every call."""

    def __init__(self, size: int = 64) -> None:
        self._size = size
        self._known: OrderedDict[int, tuple[Any, Terms | None]] = OrderedDict()

    def terms(self, observable: Any) -> Terms | None:
        """Pauli terms; None where the observable has none, or too many."""
        letter = _LETTER.get(type(observable))
        if letter is not None:
            return ((1.0, ((observable.wires.labels[0], letter),)),)
        held = self._known.get(id(observable))
        if held is not None:  # and keeps the observable, so that no other one can have its id
            return held[1]
        found = pauli_terms(observable)
        self._known[id(observable)] = (observable, found)
        if len(self._known) > self._size:
            self._known.popitem(last=False)
        return found


def pauli_terms(observable: Any) -> Terms | None:
    """The Pauli terms of an observable; None where it has none, or too many, or is not Hermitian."""
    sentence = observable.pauli_rep
    if sentence is None:
        sentence = _from_matrix(observable)
    return None if sentence is None else _terms(sentence)


def _terms(sentence: PauliSentence) -> Terms | None:
    terms = []
    for word, coefficient in sentence.items():
        try:
            number = complex(qml.math.unwrap([coefficient])[0])
        except TypeError:  # a number that JAX is tracing
            return None
        if abs(number.imag) > 1e-12 * max(1.0, abs(number.real)):
            return None
        terms.append((number.real, tuple(word.items())))
    return tuple(terms)


def _from_matrix(observable: Any) -> PauliSentence | None:
    wires = observable.wires
    projector = isinstance(observable, qml.Projector) and qml.math.ndim(observable.data[0]) == 1
    if projector and len(observable.data[0]) == len(wires) <= DIAGONAL_WIRES:
        diagonal = np.zeros(2 ** len(wires))
        diagonal[int("".join(str(int(bit)) for bit in observable.data[0]), 2)] = 1.0
        return _diagonal(diagonal, wires.labels)
    if not 1 <= len(wires) <= MATRIX_WIRES or not observable.has_matrix:
        return None
    if any(qml.math.is_abstract(number) for number in observable.data):
        return None
    matrix = np.asarray(observable.matrix(wire_order=wires))
    if matrix.ndim != 2 or not np.allclose(matrix, matrix.conj().T):
        return None
    return qml.pauli_decompose(matrix, wire_order=wires, pauli=True, check_hermitian=False)


def _diagonal(values: NDArray[np.float64], labels: tuple[Any, ...]) -> PauliSentence:
    """``diag(values)`` as a sum of strings of Z, the first label the most significant bit."""
    weights = _signs(len(labels)) @ values / len(values)
    strings = {_z_word(index, labels): weight for index, weight in enumerate(weights) if abs(weight) > 1e-15}
    return PauliSentence(strings)


def _z_word(index: int, labels: tuple[Any, ...]) -> Any:
    width = len(labels)
    return qml.pauli.PauliWord({w: "Z" for i, w in enumerate(labels) if index >> (width - 1 - i) & 1})


@lru_cache(maxsize=16)
def _signs(width: int) -> NDArray[np.float64]:
    """``(-1)**popcount(row & column)``: expectation values of strings of Z from probabilities, and back."""
    matrix: NDArray[Any] = np.ones((1, 1))
    for _ in range(width):
        matrix = np.kron([[1.0, 1.0], [1.0, -1.0]], matrix)
    matrix.setflags(write=False)
    return matrix


# -- measurements --------------------------------------------------------------------------------------


def specify(mp: MeasurementProcess, cache: TermCache) -> Spec:
    """What kind of measurement this is: by expectation values, or ("state", labels) by the state itself."""
    kind = type(mp)
    if kind is ExpectationMP or kind is VarianceMP:
        # Without an observable it is a measured value, of deferred measurements or by eigenvalues.
        terms = _of_eigenvalues(mp) if mp.obs is None else cache.terms(mp.obs)
        if terms is not None and (kind is ExpectationMP or len(terms) <= SQUARE_TERMS):
            return ("value" if kind is ExpectationMP else "variance", terms)
    elif kind is ProbabilityMP and mp.obs is None and mp.mv is None and mp.eigvals() is None:
        return ("probabilities", mp.wires.labels)
    return ("state", mp.wires.labels)


def _of_eigenvalues(mp: MeasurementProcess) -> Terms | None:
    values = mp.eigvals()
    if values is None or len(mp.wires) > DIAGONAL_WIRES or qml.math.is_abstract(values):
        return None
    return _terms(_diagonal(np.asarray(values, dtype=np.float64), mp.wires.labels))


@dataclass(frozen=True, eq=False)
class Reading:
    """A measurement as a function of the expectation values ``(..., k)`` of k Pauli sums.

    Attributes:
        kind: "value", "variance" or "probabilities".
        observables: The k Pauli sums; for a variance those of the square and of the observable.
        shape: Shape of the result, for one parameter row.
        matrix: Probabilities from expectation values, ``(2^w, 2^w)``.
    """

    kind: str
    observables: tuple[PauliSum, ...]
    shape: tuple[int, ...] = ()
    matrix: NDArray[np.float64] | None = None

    def finish(self, values: Any) -> Any:
        """The result ``(..., *shape)``; ``values`` may be an array of NumPy or JAX."""
        if self.kind == "value":
            return values[..., 0]
        if self.kind == "variance":
            return values[..., 0] - values[..., 1] ** 2
        return values @ self.matrix

    def slope(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The derivative of the result by the expectation values, ``(..., results, k)``."""
        lead = values.shape[:-1]
        if self.kind == "value":
            return np.ones((*lead, 1, 1))
        if self.kind == "variance":
            return np.stack([np.ones(lead), -2 * values[..., 1]], axis=-1)[..., None, :]
        assert self.matrix is not None
        return np.broadcast_to(self.matrix, (*lead, *self.matrix.shape))


class Readings:
    """The readings of a tape's measurements, None for one that needs the state.

    Attributes:
        each: One for each measurement.
        observables: The observables of all, one after the other.
        spans: Where the observables of each stand among all.
    """

    def __init__(self, each: Iterable[Reading | None]) -> None:
        self.each = tuple(each)
        counts = [len(reading.observables) if reading else 0 for reading in self.each]
        ends = list(itertools.accumulate(counts, initial=0))
        self.observables = tuple([one for reading in self.each if reading for one in reading.observables])
        self.spans = tuple([slice(low, high) for low, high in itertools.pairwise(ends)])


def reading(spec: Spec, qubits: dict[Any, int]) -> Reading | None:
    """How a measurement is read off expectation values, wires renamed; None where it needs the state."""
    kind, content = spec
    if kind == "value":
        return Reading(kind, (_pauli_sum(content, qubits),))
    if kind == "variance":
        sentence = PauliSentence({qml.pauli.PauliWord(dict(word)): c for c, word in content})
        square = _terms(sentence @ sentence)
        assert square is not None
        return Reading(kind, (_pauli_sum(square, qubits), _pauli_sum(content, qubits)))
    if kind == "probabilities":
        labels = content or tuple(sorted(qubits, key=lambda label: -qubits[label]))
        width = len(labels)
        if width > PROBABILITY_WIRES:
            return None
        words = (tuple(_z_word(index, labels).items()) for index in range(2**width))
        strings = tuple(_pauli_sum(((1.0, word),), qubits) for word in words)
        return Reading(kind, strings, (2**width,), _signs(width) / 2**width)
    return None


def _pauli_sum(terms: Iterable[tuple[float, Any]], qubits: dict[Any, int]) -> PauliSum:
    return PauliSum.from_terms(
        (coefficient, [(qubits[label], letter) for label, letter in word]) for coefficient, word in terms
    )
