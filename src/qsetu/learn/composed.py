"""Encoding and trainable circuit in turn: the circuit of variational models."""

from __future__ import annotations

from qsetu.circuits import Circuit
from qsetu.core.checks import as_int
from qsetu.core.errors import ArgumentError
from qsetu.learn.ansaetze import Ansatz
from qsetu.learn.feature_maps import FeatureMap

__all__ = ["composed"]


def composed(feature_map: FeatureMap, ansatz: Ansatz, reuploads: int = 1) -> Circuit:
    """``reuploads`` times: the encoding, then the ansatz.

    The data keep the slots of the encoding, which come first, each time they enter; every ansatz has slots
    of its own behind them.

    Args:
        feature_map: The encoding, with D slots.
        ansatz: The trainable circuit, with A slots, on the qubits of the encoding.
        reuploads: How often both are applied, from 1 to 1000 (Perez-Salinas et al., Quantum 4, 226 (2020)).

    Returns:
        A circuit with ``D + reuploads * A`` slots.

    Raises:
        ArgumentError: The two act on different numbers of qubits, or ``reuploads`` is out of range.

    Example:
        >>> from qsetu.learn import AngleFeatureMap, RealAmplitudesAnsatz
        >>> from qsetu.learn.composed import composed
        >>> print(composed(AngleFeatureMap(1), RealAmplitudesAnsatz(1), reuploads=2).draw())
        q0: ──RY(p0)──RY(p1)──RY(p2)──RY(p0)──RY(p3)──RY(p4)─
    """
    encoding, block = feature_map.circuit, ansatz.circuit
    if ansatz.num_qubits != feature_map.num_qubits:
        rule = f"must act on the {feature_map.num_qubits} qubit(s) of the feature map"
        raise ArgumentError("ansatz", rule, ansatz)
    circuit = Circuit(feature_map.num_qubits)
    for turn in range(as_int("reuploads", reuploads, 1, 1000)):
        offset = encoding.num_params + turn * ansatz.num_params
        circuit = circuit.compose(encoding).compose(block.shift_params(offset))
    return circuit
