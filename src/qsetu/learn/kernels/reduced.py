"""Kernels of reduced density matrices: what a few qubits at a time show of a state."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from qsetu import measure, simulate
from qsetu.circuits import Circuit
from qsetu.core.checks import as_choice, as_float, as_int
from qsetu.learn.entanglement import ENTANGLEMENTS, blocks
from qsetu.learn.feature_maps import FeatureMap
from qsetu.learn.kernels.base import QuantumKernel
from qsetu.learn.long_runs import gram_seconds, progress, tell_if_long

__all__ = ["LocalKernel", "ProjectedKernel"]

MAX_LOCALITY = 4
AMPLITUDES_AT_ONCE = 2**24
# From so many rows on every engine runs a batch as a batch.
FEWEST_ROWS = 8

Matrix = NDArray[np.float64]


class _ReducedKernel(QuantumKernel, ABC):
    """Kernels that see only groups of ``locality`` qubits."""

    locality: int
    groups: str

    def _check(self) -> None:
        super()._check()
        as_int("locality", self.locality, 1, MAX_LOCALITY)
        as_choice("groups", self.groups, [kind for kind in ENTANGLEMENTS if kind != "none"])

    def _settings(self) -> dict[str, Any]:
        return super()._settings() | {"locality": int(self.locality), "groups": self.groups}

    def _vectors(self, circuit: Circuit, params: Matrix) -> tuple[Matrix, int]:
        """Reduced states as real vectors ``(N, G * 4^k)``, and G: ``Tr(rho sigma)`` is their product."""
        size = min(int(self.locality), circuit.num_qubits)
        groups = list(blocks(self.groups, circuit.num_qubits, size)) or [tuple(range(size))]
        how: dict[str, Any] = {"engine": self.engine, "dtype": self.dtype}
        seconds, memory = gram_seconds(circuit, len(params), 0, self.engine, self.dtype)
        tell_if_long(f"Reduced states of {len(params):,} samples", seconds, memory)
        vectors = np.empty((len(params), 2 * len(groups) * 4**size))
        rows_at_once = max(FEWEST_ROWS, AMPLITUDES_AT_ONCE >> circuit.num_qubits)
        with progress("reduced states") if seconds else nullcontext(lambda share: None) as report:
            for start in range(0, len(params), rows_at_once):
                rows = params[start : start + rows_at_once]
                if size <= 2:
                    rho = measure.reduced_density_matrices(circuit, rows, qubits=groups, **how)
                else:
                    rho = _wide_reductions(circuit, rows, groups, how)
                flat = rho.reshape(len(rho), -1)
                vectors[start : start + len(rows)] = np.concatenate([flat.real, flat.imag], axis=1)
                report((start + len(rows)) / len(params))
        return vectors, len(groups)


class ProjectedKernel(_ReducedKernel):
    """``K(x, y) = exp(-gamma * sum_S |rho_S(x) - rho_S(y)|_F^2)`` over groups S of qubits.

    Args:
        feature_map: A :class:`FeatureMap`, or the name of one: see :data:`qsetu.learn.FEATURE_MAPS`.
        bandwidth: Factor applied to the features before encoding, above 0.
        gamma: Inverse width in the space of reduced states, above 0.
        locality: How many qubits a group holds, 1 to 4.
        groups: Which groups: "linear" (default), "circular", "pairwise" (two qubits) or "full"; for single
            qubits it makes no difference.
        engine: Engine that simulates the circuits.
        dtype: complex128 (default) or complex64. In single precision the last digits of an entry
            depend on which other samples are computed with it.
        cache: "memory" (default) and "disk" keep values, "none" does not: see :class:`QuantumKernel`.

    Reference: Huang et al., Nature Communications 12, 2631 (2021), arXiv:2011.01938.
    """

    def __init__(
        self,
        feature_map: FeatureMap | str = "zz",
        *,
        bandwidth: float = 1.0,
        gamma: float = 1.0,
        locality: int = 1,
        groups: str = "linear",
        engine: str = "auto",
        dtype: DTypeLike = "complex128",
        cache: str = "memory",
    ) -> None:
        self.feature_map = feature_map
        self.bandwidth = bandwidth
        self.gamma = gamma
        self.locality = locality
        self.groups = groups
        self.engine = engine
        self.dtype = dtype
        self.cache = cache

    def _check(self) -> None:
        super()._check()
        as_float("gamma", self.gamma, low=0.0, open_low=True)

    def _settings(self) -> dict[str, Any]:
        return super()._settings() | {"gamma": float(self.gamma)}

    def _values(
        self, circuit: Circuit, a: Matrix, b: Matrix | None, a_names: list[bytes], b_names: list[bytes] | None
    ) -> Matrix:
        left, _ = self._vectors(circuit, a)
        right = left if b is None else self._vectors(circuit, b)[0]
        squares = (left**2).sum(1)[:, None] + (right**2).sum(1)[None, :] - 2 * left @ right.T
        kernel = np.exp(-self.gamma * np.maximum(squares, 0.0))
        if b is None:
            kernel = 0.5 * (kernel + kernel.T)
            np.fill_diagonal(kernel, 1.0)
        return kernel


class LocalKernel(_ReducedKernel):
    """Mean over groups S of qubits of ``Tr(rho_S(x) rho_S(y))``, over its value of x and y with themselves.

    A fidelity of parts: it does not vanish with the number of qubits as that of whole states does, and it
    needs no swap test, since groups of a few qubits are measured one by one.

    Args:
        feature_map: A :class:`FeatureMap`, or the name of one: see :data:`qsetu.learn.FEATURE_MAPS`.
        bandwidth: Factor applied to the features before encoding, above 0.
        locality: How many qubits a group holds, 1 to 4.
        groups: Which groups: "linear" (default), "circular", "pairwise" (two qubits) or "full".
        normalized: Divide by ``sqrt(K(x, x) K(y, y))``, so that every sample has the value 1 with itself.
        engine: Engine that simulates the circuits.
        dtype: complex128 (default) or complex64.
        cache: "memory" (default) and "disk" keep values, "none" does not: see :class:`QuantumKernel`.

    References: Kübler et al., NeurIPS 34 (2021), arXiv:2106.03747; Gentinetta et al., arXiv:2203.00031.
    """

    def __init__(
        self,
        feature_map: FeatureMap | str = "zz",
        *,
        bandwidth: float = 1.0,
        locality: int = 1,
        groups: str = "linear",
        normalized: bool = True,
        engine: str = "auto",
        dtype: DTypeLike = "complex128",
        cache: str = "memory",
    ) -> None:
        self.feature_map = feature_map
        self.bandwidth = bandwidth
        self.locality = locality
        self.groups = groups
        self.normalized = normalized
        self.engine = engine
        self.dtype = dtype
        self.cache = cache

    @property
    def has_unit_diagonal(self) -> bool:
        """Where normalized."""
        return bool(self.normalized)

    def _settings(self) -> dict[str, Any]:
        return super()._settings() | {"normalized": bool(self.normalized)}

    def _values(
        self, circuit: Circuit, a: Matrix, b: Matrix | None, a_names: list[bytes], b_names: list[bytes] | None
    ) -> Matrix:
        left = self._mean_vectors(circuit, a)
        right = left if b is None else self._mean_vectors(circuit, b)
        kernel = left @ right.T
        if b is None:
            kernel = 0.5 * (kernel + kernel.T)
            if self.normalized:
                np.fill_diagonal(kernel, 1.0)
        return np.clip(kernel, 0.0, 1.0)

    def _mean_vectors(self, circuit: Circuit, params: Matrix) -> Matrix:
        vectors, count = self._vectors(circuit, params)
        scale = np.linalg.norm(vectors, axis=1, keepdims=True) if self.normalized else np.sqrt(count)
        return np.asarray(vectors / scale)


def _wide_reductions(
    circuit: Circuit, params: Matrix, groups: Sequence[tuple[int, ...]], how: dict[str, Any]
) -> NDArray[Any]:
    """Reduced states ``(N, G, 2^k, 2^k)`` of groups of three and more, from whole states."""
    n, size = circuit.num_qubits, len(groups[0])
    states = simulate.statevector(circuit, params, **how).reshape(-1, *(2,) * n)
    found = np.empty((len(params), len(groups), 2**size, 2**size), dtype=np.complex128)
    for index, group in enumerate(groups):
        inside = [n - q for q in reversed(group)]  # axis n - q is qubit q
        outside = [axis for axis in range(1, n + 1) if axis not in inside]
        split = states.transpose(0, *inside, *outside).reshape(len(states), 2**size, -1)
        found[:, index] = split @ split.conj().transpose(0, 2, 1)
    return found
