"""Trainable circuits by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qsetu.core.checks import as_choice
from qsetu.core.errors import ArgumentError
from qsetu.learn.ansaetze.base import Ansatz
from qsetu.learn.ansaetze.layered import (
    HardwareEfficientAnsatz,
    RealAmplitudesAnsatz,
    StronglyEntanglingAnsatz,
)
from qsetu.learn.ansaetze.networks import MPSAnsatz, QCNNAnsatz, TreeAnsatz
from qsetu.learn.feature_maps.roster import TWIN

__all__ = ["ANSAETZE", "resolve_ansatz"]

ANSAETZE: dict[str, Callable[..., Ansatz]] = {
    "hardware_efficient": HardwareEfficientAnsatz,
    "real_amplitudes": RealAmplitudesAnsatz,
    "strongly_entangling": StronglyEntanglingAnsatz,
    "qcnn": QCNNAnsatz,
    "mps": MPSAnsatz,
    "tree": TreeAnsatz,
}
# Those that let go of qubits on the way.
_NARROWING = ("qcnn", "mps", "tree")


def resolve_ansatz(ansatz: Any, num_qubits: int, num_layers: int, outputs: int = 1) -> Ansatz:
    """An ansatz given by name becomes one of this size; a given object is checked.

    Args:
        ansatz: An :class:`Ansatz` or a name.
        num_qubits: Of the circuit that it is part of.
        num_layers: For one given by name.
        outputs: How many qubits are to be left at the end, for one given by name that lets go of qubits.
    """
    if isinstance(ansatz, str) and ansatz.startswith(TWIN):
        return resolve_ansatz(ansatz.removeprefix(TWIN), num_qubits, num_layers, outputs).deentangled()
    if isinstance(ansatz, str):
        name = as_choice("ansatz", ansatz, ANSAETZE)
        more = {"keep": outputs} if name in _NARROWING else {}
        return ANSAETZE[name](num_qubits, num_layers, **more)
    if not isinstance(ansatz, Ansatz):
        raise ArgumentError("ansatz", f"must be an Ansatz or one of {', '.join(ANSAETZE)}", ansatz)
    if ansatz.num_qubits != num_qubits:
        raise ArgumentError("ansatz", f"must act on the {num_qubits} qubit(s) of the feature map", ansatz)
    return ansatz
