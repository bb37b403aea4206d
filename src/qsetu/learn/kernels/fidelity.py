"""The fidelity of states as a kernel: exact, with shots, and under noise."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from qsetu import measure, noisy
from qsetu.circuits import Circuit, NoiseModel
from qsetu.circuits.readout import read_probabilities
from qsetu.core.checks import as_int, as_seed
from qsetu.core.errors import ArgumentError
from qsetu.core.seeds import derive_seed
from qsetu.learn.feature_maps import FeatureMap
from qsetu.learn.kernels.base import QuantumKernel
from qsetu.learn.kernels.chance import measured
from qsetu.learn.kernels.told import gram
from qsetu.learn.long_runs import progress, tell_if_long

__all__ = ["FidelityKernel", "default_kernel"]

# Pairs that are simulated under noise at once.
PAIRS_AT_ONCE = 256

Matrix = NDArray[np.float64]


class FidelityKernel(QuantumKernel):
    """``K(x, y) = |<psi(x)|psi(y)>|^2``.

    Args:
        feature_map: A :class:`FeatureMap`, or the name of one: see :data:`qsetu.learn.FEATURE_MAPS`.
        bandwidth: Factor applied to the features before encoding, above 0. The setting that matters
            most: too large, and every two samples look equally different (Shaydulin and Wild,
            arXiv:2111.05451).
        shots: None (default) for exact values; else every value is the share of so many shots in which
            the circuit of x, followed by the inverse of that of y, returns to zeros.
        noise: A :class:`qsetu.NoiseModel` that acts in that circuit. Every pair is then a circuit of its own.
            Without shots the values are exact (up to 12 qubits, slow).
        seed: Of the shots. A pair of samples has one value, in whichever matrix it is asked for; under noise
            this holds for pairs that the cache has kept.
        engine: Engine that simulates the circuits.
        dtype: complex128 (default) or complex64. In single precision the last digits of an entry
            depend on which other samples are computed with it.
        cache: "memory" (default) and "disk" keep values, "none" does not: see :class:`QuantumKernel`.

    Reference: Havlicek et al., Nature 567, 209 (2019).

    Example:
        >>> from qsetu.learn import FidelityKernel, ZZFeatureMap
        >>> K = FidelityKernel(ZZFeatureMap(2)).matrix([[0.1, 0.2], [0.3, 0.4]])
        >>> K.shape, K[0, 0]
        ((2, 2), np.float64(1.0))
    """

    def __init__(
        self,
        feature_map: FeatureMap | str = "zz",
        *,
        bandwidth: float = 1.0,
        shots: int | None = None,
        noise: NoiseModel | None = None,
        seed: int = 0,
        engine: str = "auto",
        dtype: DTypeLike = "complex128",
        cache: str = "memory",
    ) -> None:
        self.feature_map = feature_map
        self.bandwidth = bandwidth
        self.shots = shots
        self.noise = noise
        self.seed = seed
        self.engine = engine
        self.dtype = dtype
        self.cache = cache

    @property
    def has_unit_diagonal(self) -> bool:
        """Unless there is noise."""
        return self.noise is None

    @property
    def is_exact(self) -> bool:
        """Unless there are shots or noise."""
        return self.shots is None and self.noise is None

    def _check(self) -> None:
        super()._check()
        if self.shots is not None:
            as_int("shots", self.shots, 1)
        if as_seed("seed", self.seed) is None:
            raise ArgumentError("seed", "must be a whole number, since values are kept", self.seed)
        if self.noise is not None and not isinstance(self.noise, NoiseModel):
            raise ArgumentError("noise", "must be a qsetu.NoiseModel or None", self.noise)

    def _settings(self) -> dict[str, Any]:
        chance = {"shots": self.shots, "noise": self.noise, "seed": None if self.is_exact else int(self.seed)}
        return super()._settings() | chance

    def _values(
        self,
        circuit: Circuit,
        a: Matrix,
        b: Matrix | None,
        a_names: list[bytes],
        b_names: list[bytes] | None,
    ) -> Matrix:
        if self.noise is not None:
            return self._under_noise(circuit, a, b, a_names, b_names)
        values = gram(circuit, a, b, self.engine, self.dtype)
        if self.shots is None:
            return values
        return measured(values, a_names, b_names, self.shots, self.seed)

    # -- under noise -----------------------------------------------------------------------------

    def _under_noise(
        self,
        circuit: Circuit,
        a: Matrix,
        b: Matrix | None,
        a_names: list[bytes],
        b_names: list[bytes] | None,
    ) -> Matrix:
        there_and_back = circuit.compose(circuit.shift_params(circuit.num_params).inverse())
        if b is None:
            rows, columns = np.triu_indices(len(a))
        else:
            rows, columns = (grid.ravel() for grid in np.indices((len(a), len(b))))
        others, other_names = (a, a_names) if b is None else (b, b_names or [])
        values = np.empty(len(rows))
        begun = time.perf_counter()
        with progress("kernel matrix under noise") as report:
            for start in range(0, len(rows), PAIRS_AT_ONCE):
                part = slice(start, start + PAIRS_AT_ONCE)
                params = np.hstack([a[rows[part]], others[columns[part]]])
                first = a_names[rows[start]] + other_names[columns[start]]
                values[part] = self._returned(there_and_back, params, first)
                done = min(len(rows), start + PAIRS_AT_ONCE)
                report(done / len(rows))
                if start == 0:  # nothing predicts noisy circuits as well as the first of them
                    seconds = (time.perf_counter() - begun) * len(rows) / done
                    tell_if_long(f"A kernel matrix of {len(rows):,} noisy circuits", seconds, values.nbytes)
        result = np.empty((len(a), len(others)))
        result[rows, columns] = values
        if b is None:
            result[columns, rows] = values
        return result

    def _returned(self, circuit: Circuit, params: Matrix, name: bytes) -> Matrix:
        """How often each row's circuit ends with zeros."""
        if self.shots is not None:
            seed = derive_seed(int(self.seed), "fidelity kernel", name.hex())
            outcomes = measure.sample(
                circuit,
                params,
                shots=self.shots,
                seed=seed,
                engine=self.engine,
                dtype=self.dtype,
                noise=self.noise,
            )
            return np.asarray((outcomes == 0).mean(axis=1))
        states = noisy.density_matrix(circuit, params, noise=self.noise)
        probabilities = np.einsum("...ii->...i", states).real
        assert self.noise is not None
        return read_probabilities(probabilities, self.noise.readout_errors(circuit.num_qubits))[:, 0]


def default_kernel() -> FidelityKernel:
    """What estimators use that are given no kernel; it suits standardized features."""
    return FidelityKernel("zz", bandwidth=0.2)
