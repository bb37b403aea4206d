"""Qiskit's Estimator on our engines."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from qiskit.primitives import BaseEstimatorV2, DataBin, PrimitiveJob, PrimitiveResult, PubResult
from qiskit.primitives.containers.estimator_pub import EstimatorPub, EstimatorPubLike

from qsetu.circuits import NoiseModel, PauliSum
from qsetu.core.checks import as_float, as_int, as_seed
from qsetu.core.errors import ArgumentError
from qsetu.core.seeds import generator
from qsetu.interop.qiskit.pubs import Batch, Known, batches
from qsetu.noisy import noisy_expectation
from qsetu.simulate import expectation

__all__ = ["Estimator"]

# Qiskit's letters for projectors, as half the sum of the identity and a signed Pauli letter.
_PROJECTORS = {"0": ("Z", 1), "1": ("Z", -1), "+": ("X", 1), "-": ("X", -1), "r": ("Y", 1), "l": ("Y", -1)}


class Estimator(BaseEstimatorV2):
    """An estimator of Qiskit's primitives (version 2) that runs on qsetu's engines.

    Values are exact, unless a precision is asked for: then each has an error drawn from a normal
    distribution of that width, as so many shots would give. All parameter rows of a PUB run as one batch, and
    so do all PUBs with the same circuit; of a row, only the observables that are asked of it are computed.

    Args:
        default_precision: Standard error of a PUB that does not say which; 0 for exact values.
        seed: Non-negative integer for repeatable errors; None for fresh ones.
        engine: "auto", or an engine's name.
        dtype: Precision of the simulation. complex128, because optimizers that difference values need it.
        noise: What follows each gate, and how readout errs; None for nothing.
        trajectories: With ``noise``, how many for each parameter row.

    Raises:
        ArgumentError: An argument is out of range; when run, a circuit holds what cannot be simulated or
            follows outcomes of measurements.

    Example:
        >>> from qiskit import QuantumCircuit
        >>> from qsetu.interop.qiskit import Estimator
        >>> bell = QuantumCircuit(2)
        >>> _ = bell.h(0), bell.cx(0, 1)
        >>> Estimator().run([(bell, ["ZZ", "IZ"])]).result()[0].data.evs.round(6).tolist()
        [1.0, 0.0]
    """

    def __init__(
        self,
        *,
        default_precision: float = 0.0,
        seed: int | None = None,
        engine: str = "auto",
        dtype: DTypeLike = np.complex128,
        noise: NoiseModel | None = None,
        trajectories: int = 1000,
    ) -> None:
        self.default_precision = as_float("default_precision", default_precision, low=0.0)
        self.seed = as_seed("seed", seed)
        self.engine = engine
        self.dtype = dtype
        self.noise = noise
        self._known = Known()
        self.trajectories = as_int("trajectories", trajectories, 2)

    def run(
        self, pubs: Iterable[EstimatorPubLike], *, precision: float | None = None
    ) -> PrimitiveJob[PrimitiveResult[PubResult]]:
        """Start estimating; ``result()`` of the job waits for it.

        Args:
            pubs: Tuples ``(circuit, observables, parameter values, precision)``, or a list of these.
            precision: For PUBs that do not say which; None means ``default_precision``.

        Returns:
            A job whose result holds, for each PUB, ``evs`` and ``stds``: float64 of the shape to which its
            observables and parameter values broadcast.
        """
        width = self.default_precision if precision is None else as_float("precision", precision, low=0.0)
        job = PrimitiveJob(self._run, [EstimatorPub.coerce(pub, width) for pub in pubs])
        job._submit()
        return job

    def _run(self, pubs: list[EstimatorPub]) -> PrimitiveResult[PubResult]:
        results: list[Any] = [None] * len(pubs)
        known: dict[Any, PauliSum] = {}
        for batch in batches(pubs, self._known):
            wanted = _Wanted(batch, known)
            values, errors = self._values(batch, wanted)
            for (place, pub), which in zip(batch.pubs, wanted.places, strict=True):
                evs, stds = values[which], errors[which]
                if pub.precision:
                    chance = generator(self.seed, "pub", place)
                    evs = evs + chance.normal(0.0, pub.precision, evs.shape)
                    stds = np.hypot(stds, pub.precision)
                metadata = {"target_precision": pub.precision, "circuit_metadata": pub.circuit.metadata}
                results[place] = PubResult(DataBin(evs=evs, stds=stds, shape=evs.shape), metadata=metadata)
        return PrimitiveResult(results, metadata={"version": 2})

    def _values(
        self, batch: Batch[EstimatorPub], wanted: _Wanted
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Values and standard errors, one for each pair of row and observable that is asked for."""
        values = np.empty(len(wanted.pairs))
        errors = np.zeros(len(wanted.pairs))
        for rows, observables, where in wanted.calls():
            params = batch.params[rows]
            if self.noise is None:
                found = expectation(batch.circuit, observables, params, engine=self.engine, dtype=self.dtype)
            else:
                estimate = noisy_expectation(
                    batch.circuit,
                    observables,
                    params,
                    noise=self.noise,
                    trajectories=self.trajectories,
                    seed=self.seed,
                    engine=self.engine,
                    dtype=self.dtype,
                )
                found = estimate.values
                errors[where] = estimate.standard_errors
            values[where] = found
        return values, errors


class _Wanted:
    """Which observables are asked of which row, each pair once.

    Attributes:
        pairs: Number of each pair ``(row, observable)``.
        places: For each PUB, the number of the pair in each of its places.
    """

    def __init__(self, batch: Batch[EstimatorPub], known: dict[Any, PauliSum]) -> None:
        self.observables: dict[PauliSum, int] = {}
        self.pairs: dict[tuple[int, int], int] = {}
        self.places: list[NDArray[np.int64]] = []
        for (place, pub), end in zip(batch.pubs, batch.ends, strict=True):
            shape = pub.parameter_values.shape
            count = int(np.prod(shape, dtype=int))
            rows = np.arange(end - count, end).reshape(shape)
            columns = np.array(
                [self._column(observable, known, place) for observable in _listed(pub.observables)],
                dtype=np.int64,
            ).reshape(pub.observables.shape)
            asked = np.broadcast_arrays(rows, columns)
            numbers = [
                self.pairs.setdefault((int(r), int(c)), len(self.pairs))
                for r, c in zip(asked[0].flat, asked[1].flat, strict=True)
            ]
            self.places.append(np.array(numbers, dtype=np.int64).reshape(asked[0].shape))

    def _column(self, observable: Mapping[str, float], known: dict[Any, PauliSum], place: int) -> int:
        key = tuple(observable.items())
        if key not in known:
            known[key] = _pauli_sum(observable, place)
        return self.observables.setdefault(known[key], len(self.observables))

    def calls(self) -> Iterable[tuple[list[int], list[PauliSum], NDArray[np.int64]]]:
        """Rows of which the same observables are asked, these, and the numbers of their pairs ``(R, K)``."""
        of_row: dict[int, dict[int, int]] = {}
        for (row, column), number in self.pairs.items():
            of_row.setdefault(row, {})[column] = number
        together: dict[tuple[int, ...], list[int]] = {}
        for row, columns in of_row.items():
            together.setdefault(tuple(sorted(columns)), []).append(row)
        roster = list(self.observables)
        for columns_, rows in together.items():
            where = np.array([[of_row[row][column] for column in columns_] for row in rows])
            yield rows, [roster[column] for column in columns_], where


def _listed(observables: Any) -> list[Mapping[str, float]]:
    flat = observables.ravel()
    return [flat[i] for i in range(flat.size)]


def _pauli_sum(observable: Mapping[str, float], place: int) -> PauliSum:
    terms: list[tuple[float, list[tuple[int, str]]]] = []
    for label, coefficient in observable.items():
        number = complex(coefficient)
        if number.imag:
            raise ArgumentError(f"pubs[{place}]", "'s observables must be Hermitian", dict(observable))
        # Qiskit writes qubit 0 rightmost.
        options = [_letters(qubit, letter) for qubit, letter in enumerate(reversed(label))]
        for chosen in itertools.product(*options):
            weight = float(np.prod([factor for factor, _ in chosen]))
            terms.append((number.real * weight, [factor for _, part in chosen for factor in part]))
    return PauliSum.from_terms(terms)


def _letters(qubit: int, letter: str) -> list[tuple[float, list[tuple[int, str]]]]:
    if letter == "I":
        return [(1.0, [])]
    if letter in _PROJECTORS:
        pauli, sign = _PROJECTORS[letter]
        return [(0.5, []), (0.5 * sign, [(qubit, pauli)])]
    return [(1.0, [(qubit, letter)])]
