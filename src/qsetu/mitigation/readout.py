"""Readout errors undone on average: expectation values, quasi-probabilities, and calibration.

Errors are taken to be independent, one confusion matrix a qubit. Reference: S. Bravyi, S. Sheldon,
A. Kandala, D. C. Mckay and J. M. Gambetta, Mitigating measurement errors in multiqubit experiments, Phys.
Rev. A 103, 042605 (2021).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.circuits.circuit import MAX_QUBITS
from qsetu.circuits.pauli import Observable, PauliSum, as_observables
from qsetu.circuits.readout import ReadoutError
from qsetu.core.checks import as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.memory import require_memory

__all__ = ["MitigatedEstimate", "calibrate_readout", "mitigated_expectation", "mitigated_probabilities"]

# 2**20 probabilities a row take 8 MiB.
MAX_PROBABILITY_QUBITS = 20

# A readout that says less than this about its qubit cannot be undone: the smaller determinant is rounding.
LEAST_CONTRAST = 1e-9

Samples: TypeAlias = "ArrayLike | Mapping[str, int]"
Readout: TypeAlias = "ReadoutError | Sequence[ReadoutError]"


@dataclass(frozen=True, eq=False)
class MitigatedEstimate:
    """Expectation values estimated from shots, readout errors undone.

    Attributes:
        values: float64 ``(...)`` for one observable, ``(..., K)`` for a sequence.
        standard_errors: The same shape, from the spread over shots.
        shots: How many for each value.
    """

    values: NDArray[np.float64]
    standard_errors: NDArray[np.float64]
    shots: int


def mitigated_expectation(
    samples: Samples, observable: Observable | Sequence[Observable], readout: Readout
) -> MitigatedEstimate:
    """Unbiased expectation values of Z strings from misread shots.

    Each letter Z of a string is replaced by the function of the bit read whose average is Z: the inverse
    confusion matrix of that qubit, applied to the observable. The cost is that of the observable's letters
    for each different string read; no matrix larger than 2 x 2 is made.

    Args:
        samples: int64 ``(..., shots)`` as from :func:`qsetu.sample`, at least 2 shots; or one tally of bit
            strings, qubit 0 rightmost, as from :func:`qsetu.counts`.
        observable: A :class:`qsetu.PauliSum` or text such as ``"0.5 Z0 Z1 + Z2"``, letters Z only, or a
            sequence of K. For X or Y, turn the qubit before measuring: ``h``, or ``sdg`` and ``h``.
        readout: One error for all qubits, or a sequence of one for each.

    Returns:
        Means and standard errors over shots. A value may lie outside what the observable can have, by chance;
        averages over experiments are right. The readout errors are taken to be exact: how uncertain they are
        themselves is not in the standard errors. Neither is it that shots of one trajectory are correlated
        (``trajectories`` of :func:`qsetu.sample`).

    Raises:
        ArgumentError: Samples that are no basis states, or fewer than 2; an observable with X or Y, or beyond
            the qubits; errors for another number of qubits; a qubit in the observable whose readout says
            nothing (``p0_to_1 + p1_to_0 = 1``).

    Example:
        >>> import qsetu
        >>> error = qsetu.ReadoutError(p0_to_1=0.05, p1_to_0=0.1)
        >>> ghz = qsetu.Circuit(3).h(0).cx(0, 1).cx(1, 2)
        >>> shots = qsetu.sample(ghz, shots=20_000, seed=1, noise=qsetu.NoiseModel(readout=error))
        >>> raw = qsetu.mitigated_expectation(shots, "Z0 Z2", qsetu.ReadoutError())
        >>> better = qsetu.mitigated_expectation(shots, "Z0 Z2", error)
        >>> print(f"{raw.values:.2f} {better.values:.2f} +- {better.standard_errors:.2f}")
        0.72 1.00 +- 0.01
    """
    errors, width = _as_errors(readout)
    tallies, batch, shots, width = _as_tallies("samples", samples, width, least=2)
    observables, single = as_observables("observable", observable, width)
    functions = {}
    for one in observables:
        for qubit, letter in (factor for _, string in one.terms for factor in string):
            if letter != "Z":
                hint = "Turn the qubit before measuring: h for X, sdg and h for Y; and give Z here."
                raise ArgumentError("observable", "must have the letter Z only", str(one), hint)
            functions[qubit] = _function(errors, qubit)
    estimates = np.empty((len(tallies), 2, len(observables)))
    for row, (states, times) in enumerate(tallies):
        for k, one in enumerate(observables):
            read = _as_function(one, functions, states)
            mean = times @ read / shots
            spread = times @ (read - mean) ** 2 / (shots - 1)
            estimates[row, :, k] = mean, np.sqrt(spread / shots)
    shape = batch if single else (*batch, len(observables))
    return MitigatedEstimate(estimates[:, 0].reshape(shape), estimates[:, 1].reshape(shape), shots)


def mitigated_probabilities(
    samples: Samples, readout: Readout, *, num_qubits: int | None = None, project: bool = False
) -> NDArray[np.float64]:
    """Quasi-probabilities of all bit strings of few qubits, readout errors undone.

    They sum to 1 and are unbiased, but **some may be negative** or above 1, and strings that were never read
    have some too.

    Args:
        samples: int64 ``(..., shots)`` as from :func:`qsetu.sample`, or one tally of bit strings.
        readout: One error for all qubits, or a sequence of one for each.
        num_qubits: n, at most 20; needed where neither a tally nor a sequence of errors says it.
        project: Give the probabilities nearest to the quasi-probabilities in Euclidean distance: none is
            negative, all sum to 1, and they are biased. J. A. Smolin, J. M. Gambetta and G. Smith, Phys. Rev.
            Lett. 108, 070502 (2012).

    Returns:
        float64 ``(..., 2**n)``; bit q of an index is qubit q.

    Raises:
        ArgumentError: As for :func:`mitigated_expectation`; the number of qubits is unknown, contradictory or
            above 20.
        InsufficientMemoryError: The result would not fit in memory.

    Example:
        >>> import qsetu
        >>> read = {"00": 930, "01": 70}
        >>> error = qsetu.ReadoutError(p0_to_1=0.02, p1_to_0=0.05)
        >>> qsetu.mitigated_probabilities(read, error).round(3).tolist()
        [0.967, 0.055, -0.02, -0.001]
        >>> qsetu.mitigated_probabilities(read, error, project=True).round(3).tolist()
        [0.956, 0.044, 0.0, 0.0]
    """
    errors, listed = _as_errors(readout)
    given = listed if num_qubits is None else as_int("num_qubits", num_qubits, 1, MAX_PROBABILITY_QUBITS)
    if listed is not None and given != listed:
        raise ArgumentError("readout", f"must have one error for each of {given} qubit(s)", Said(f"{listed}"))
    if given is None and not isinstance(samples, Mapping):
        hint = "Or give a sequence of readout errors, one for each qubit."
        raise ArgumentError("num_qubits", "must be given with samples and one error for all", None, hint)
    tallies, batch, shots, width = _as_tallies("samples", samples, given, least=1)
    if width > MAX_PROBABILITY_QUBITS:
        hint = "Expectation values have no such limit: qsetu.mitigated_expectation."
        raise ArgumentError(
            "samples", f"must be of at most {MAX_PROBABILITY_QUBITS} qubits here", width, hint
        )
    require_memory(
        8 * 2**width * (3 * len(tallies) + 1),
        lambda: f"Probabilities of {2**width:,} bit strings in {len(tallies)} row(s)",
        lambda free: "Try fewer rows at a time.",
    )
    found = np.zeros((len(tallies), 2**width))
    for row, (states, times) in zip(found, tallies, strict=True):
        row[states] = times / shots
    for qubit in range(width):
        _function(errors, qubit)
        inverse = np.linalg.inv(_error(errors, qubit).confusion)
        parts = found.reshape(len(found), -1, 2, 2**qubit)
        found = np.einsum("wr,bhrl->bhwl", inverse, parts).reshape(len(found), -1)
    return (_nearest_probabilities(found) if project else found).reshape(*batch, -1)


def calibrate_readout(
    zeros: Samples, ones: Samples, *, num_qubits: int | None = None
) -> tuple[ReadoutError, ...]:
    """Readout errors of all qubits from two measured circuits.

    Args:
        zeros: What was read of ``Circuit(n)``, every qubit in 0: samples (all axes are shots) or one tally.
        ones: What was read with an ``x`` on every qubit. The error of that gate counts as one of readout.
        num_qubits: n; needed where no tally says it.

    Returns:
        For each qubit the frequencies of its errors. Each has the standard error ``sqrt(p (1 - p) / shots)``.

    Raises:
        ArgumentError: No samples, or of another number of qubits; the number of qubits is unknown.

    Example:
        >>> import qsetu
        >>> noise = qsetu.NoiseModel(readout=[qsetu.ReadoutError(0.02, 0.05), qsetu.ReadoutError(0.1, 0.2)])
        >>> none, all_ones = qsetu.Circuit(2), qsetu.Circuit(2).x(0).x(1)
        >>> zeros, ones = (qsetu.sample(c, shots=50_000, seed=1, noise=noise) for c in (none, all_ones))
        >>> for error in qsetu.calibrate_readout(zeros, ones, num_qubits=2):
        ...     print(f"{error.p0_to_1:.2f} {error.p1_to_0:.2f}")
        0.02 0.05
        0.10 0.20
    """
    width = None if num_qubits is None else as_int("num_qubits", num_qubits, 1, MAX_QUBITS)
    for given in (zeros, ones):
        if width is None and isinstance(given, Mapping) and given:
            width = len(str(next(iter(given))))
    if width is None:
        raise ArgumentError(
            "num_qubits", "must be given with samples", None, "Or give tallies: qsetu.counts."
        )
    frequencies = []
    for name, given in (("zeros", zeros), ("ones", ones)):
        flat = given if isinstance(given, Mapping) else np.ravel(np.asarray(given))
        ((states, times),), _, shots, _ = _as_tallies(name, flat, width, least=1)
        frequencies.append([times @ (states >> qubit & 1) / shots for qubit in range(width)])
    return tuple(
        ReadoutError(float(risen), float(1 - stayed)) for risen, stayed in zip(*frequencies, strict=True)
    )


def _function(errors: Sequence[ReadoutError] | ReadoutError, qubit: int) -> tuple[float, float]:
    """What bits 0 and 1 of this qubit count for, so that Z comes out on average."""
    error = _error(errors, qubit)
    offset, contrast = error.letter
    if abs(contrast) < LEAST_CONTRAST:
        rule = "must tell 0 from 1 on every qubit asked for (p0_to_1 + p1_to_0 other than 1)"
        raise ArgumentError("readout", rule, Said(f"{error} on qubit {qubit}"))
    return (1 - offset) / contrast, (-1 - offset) / contrast


def _error(errors: Sequence[ReadoutError] | ReadoutError, qubit: int) -> ReadoutError:
    return errors if isinstance(errors, ReadoutError) else errors[qubit]


def _as_function(
    observable: PauliSum, functions: Mapping[int, tuple[float, float]], states: NDArray[np.int64]
) -> NDArray[np.float64]:
    total = np.zeros(len(states))
    for coefficient, string in observable.terms:
        product = np.full(len(states), coefficient)
        for qubit, _ in string:
            product *= np.array(functions[qubit])[states >> qubit & 1]
        total += product
    return total


def _nearest_probabilities(given: NDArray[np.float64]) -> NDArray[np.float64]:
    # What is missing from a sum of 1 is taken evenly from those that stay above 0.
    falling = -np.sort(-given, axis=1)
    excess = (np.cumsum(falling, axis=1) - 1) / np.arange(1, given.shape[1] + 1)
    kept = np.count_nonzero(falling > excess, axis=1)
    nearest: NDArray[np.float64] = np.maximum(given - excess[np.arange(len(given)), kept - 1, None], 0)
    return nearest


def _as_errors(readout: Any) -> tuple[ReadoutError | tuple[ReadoutError, ...], int | None]:
    """The errors, and for how many qubits they are if that is said."""
    if isinstance(readout, ReadoutError):
        return readout, None
    if isinstance(readout, Iterable) and not isinstance(readout, (str, Mapping)):
        listed = tuple(readout)
        if listed and all(isinstance(error, ReadoutError) for error in listed):
            return listed, len(listed)
    raise ArgumentError("readout", "must be a ReadoutError, or a sequence of one for each qubit", readout)


def _as_tallies(
    argument: str, samples: Any, width: int | None, least: int
) -> tuple[list[tuple[NDArray[np.int64], NDArray[np.int64]]], tuple[int, ...], int, int]:
    """For each row the states read and how often; the batch shape, the shots of a row, the qubits."""
    if isinstance(samples, Mapping):
        states, times, width = _read_counts(argument, samples, width)
        tallies, batch, shots = [(states, times)], (), int(times.sum())
    else:
        array = np.asarray(samples)
        limit = 2 ** (MAX_QUBITS if width is None else width)
        if array.dtype.kind not in "iu" or (array.size and not (array.min() >= 0 and array.max() < limit)):
            rule = f"must hold integers from 0 to {limit - 1}, or be counts of bit strings"
            raise ArgumentError(argument, rule, samples)
        if array.ndim == 0:
            raise ArgumentError(argument, "must have an axis of shots, the last", Said("a single number"))
        batch, shots = array.shape[:-1], array.shape[-1]
        rows = array.reshape(-1, shots) if array.size else np.empty((int(np.prod(batch)), shots), np.int64)
        tallies = [np.unique(row.astype(np.int64, copy=False), return_counts=True) for row in rows]
    if shots < least:
        hint = "One shot has no standard error." if least > 1 else ""
        raise ArgumentError(argument, f"must have at least {least} shot(s)", Said(f"{shots}"), hint)
    return tallies, batch, shots, MAX_QUBITS if width is None else width


def _read_counts(
    argument: str, counts: Mapping[Any, Any], width: int | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    for text in counts:
        width = len(text) if isinstance(text, str) and width is None else width
        if not isinstance(text, str) or set(text) - {"0", "1"} or not 1 <= len(text) <= MAX_QUBITS:
            raise ArgumentError(argument, f"must name strings of 1 to {MAX_QUBITS} characters 0 and 1", text)
        if len(text) != width:
            raise ArgumentError(argument, f"must name bit strings of {width} qubit(s)", text)
    times = [as_int(argument, number, 0) for number in counts.values()]
    if width is None:
        raise ArgumentError(argument, "must hold at least one bit string", counts)
    return np.array([int(text, 2) for text in counts]), np.array(times), width
