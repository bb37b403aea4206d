"""Feature maps that write features into amplitudes or basis states."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from qsetu.circuits import Circuit, param
from qsetu.core.checks import as_choice, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.learn.feature_maps.base import FeatureMap

__all__ = ["AmplitudeFeatureMap", "BasisFeatureMap"]

MAX_AMPLITUDE_QUBITS = 12


@dataclass(frozen=True)
class AmplitudeFeatureMap(FeatureMap):
    """Amplitude i of the state is x_i over the norm of x; N features take log2(N) qubits.

    Rotations of one qubit after the other, each chosen by those before it, the most significant first; the
    fidelity of two samples is the squared cosine between them. A factor on the samples changes nothing.

    Args:
        num_features: Number of features, 2 to 4096; filled with zeros to a power of two.
        entanglement: "full" (default), or "none" for product states whose qubits have the same
            probabilities, one by one.

    Reference: Möttönen et al., Quantum Information and Computation 5, 467 (2005).

    Example:
        >>> import qsetu
        >>> from qsetu.learn import AmplitudeFeatureMap
        >>> encoder = AmplitudeFeatureMap(4)
        >>> qsetu.statevector(encoder.circuit, encoder.parameters([[1, 1, 1, -1]])[0]).real.round(3)
        array([ 0.5,  0.5,  0.5, -0.5], dtype=float32)
    """

    entanglement: str = "full"

    def __post_init__(self) -> None:
        hint = (
            f"{MAX_AMPLITUDE_QUBITS} qubits hold {2**MAX_AMPLITUDE_QUBITS} amplitudes; reduce the features."
        )
        as_int("num_features", self.num_features, 2, 2**MAX_AMPLITUDE_QUBITS, hint)
        as_choice("entanglement", self.entanglement, ("full", "none"))
        super().__post_init__()

    @property
    def num_qubits(self) -> int:
        """log2 of the number of features, rounded up."""
        return (self.num_features - 1).bit_length()

    def _build(self) -> Circuit:
        n = self.num_qubits
        circuit = Circuit(n)
        if self.entanglement == "none":
            for q in range(n):
                circuit = circuit.ry(param(n - 1 - q), q)
            return circuit
        slot = 0
        for target in range(n - 1, -1, -1):
            count = 2 ** (n - 1 - target)
            for turn in range(count):
                circuit = circuit.ry(param(slot), target)
                slot += 1
                if count > 1:
                    # The bit in which neighbors of the Gray code differ; at the end the first and last.
                    changed = (~turn & (turn + 1)).bit_length() - 1
                    circuit = circuit.cx(min(target + 1 + changed, n - 1), target)
        return circuit

    def _parameters(self, samples: Any, xp: ModuleType) -> Any:
        n = self.num_qubits
        if xp is np and not samples.any(axis=1).all():
            row = int(np.flatnonzero(~samples.any(axis=1))[0])
            rule = "must hold a number other than 0 in every row, since amplitudes have norm 1"
            raise ArgumentError("X", rule, Said(f"zeros only in row {row}"))
        # Divided by the largest: squares of very large and very small numbers do not overflow.
        samples = samples / xp.maximum(xp.max(xp.abs(samples), axis=1, keepdims=True), 1e-300)
        padded = xp.concatenate([samples, xp.zeros((len(samples), 2**n - self.num_features))], axis=1)
        if self.entanglement == "none":
            return self._marginal_angles(padded**2, xp)
        angles, signed = [], padded
        for _ in range(n):  # from the least significant qubit, which decides signs, up
            even, odd = signed[:, ::2], signed[:, 1::2]
            turns = 2 * _arctan2(odd, even, xp)
            angles.append(_between_gates(turns, xp))
            signed = _root(even**2 + odd**2, xp)
        return xp.concatenate(angles[::-1], axis=1)

    def _marginal_angles(self, weights: Any, xp: ModuleType) -> Any:
        columns = []
        for q in range(self.num_qubits - 1, -1, -1):
            split = weights.reshape(len(weights), 2 ** (self.num_qubits - 1 - q), 2, 2**q).sum(axis=(1, 3))
            columns.append(2 * _arctan2(_root(split[:, 1], xp), _root(split[:, 0], xp), xp))
        return xp.stack(columns, axis=1)


@dataclass(frozen=True)
class BasisFeatureMap(FeatureMap):
    """Each feature, 0 or 1, is the bit of a qubit. The fidelity kernel says whether samples are equal.

    Args:
        num_features: Number of features, one qubit each, 1 to 30.

    Raises:
        ArgumentError: (from ``parameters``) Features other than 0 and 1; also after a bandwidth other than 1.
    """

    def _build(self) -> Circuit:
        circuit = Circuit(self.num_features)
        for q in range(self.num_features):
            circuit = circuit.ry(param(q), q)
        return circuit

    def _parameters(self, samples: Any, xp: ModuleType) -> Any:
        if xp is np and not np.isin(samples, (0.0, 1.0)).all():
            hint = "Round them, use another feature map, or set bandwidth=1."
            found = samples[~np.isin(samples, (0.0, 1.0))][0]
            raise ArgumentError("X", "must hold only 0 and 1 for a BasisFeatureMap", float(found), hint)
        return np.pi * samples


def _arctan2(y: Any, x: Any, xp: ModuleType) -> Any:
    """The angle, 0 at the origin, with a derivative of 0 there."""
    return xp.arctan2(y, xp.where((x == 0) & (y == 0), 1.0, x))


def _root(squares: Any, xp: ModuleType) -> Any:
    """The square root, with a derivative of 0 at 0."""
    return xp.where(squares > 0, xp.sqrt(xp.where(squares > 0, squares, 1.0)), 0.0)


def _between_gates(angles: Any, xp: ModuleType) -> Any:
    """From angles by the number of the controls to angles between CX gates in the order of a Gray code.

    A Walsh-Hadamard transform, by sums and differences rather than a matrix product: so a row's numbers do
    not depend on the rows beside it.
    """
    count = angles.shape[1]
    half = 1
    while half < count:
        parts = angles.reshape(len(angles), count // (2 * half), 2, half)
        even, odd = parts[:, :, 0], parts[:, :, 1]
        angles = xp.stack([even + odd, even - odd], axis=2).reshape(len(angles), count)
        half *= 2
    numbers = np.arange(count)
    return angles[:, numbers ^ (numbers >> 1)] / count
