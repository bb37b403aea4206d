"""Trainable circuits."""

from qsetu.learn.ansaetze.base import Ansatz
from qsetu.learn.ansaetze.layered import (
    HardwareEfficientAnsatz,
    RealAmplitudesAnsatz,
    StronglyEntanglingAnsatz,
)
from qsetu.learn.ansaetze.networks import MPSAnsatz, QCNNAnsatz, TreeAnsatz
from qsetu.learn.ansaetze.roster import ANSAETZE, resolve_ansatz

__all__ = [
    "ANSAETZE",
    "Ansatz",
    "HardwareEfficientAnsatz",
    "MPSAnsatz",
    "QCNNAnsatz",
    "RealAmplitudesAnsatz",
    "StronglyEntanglingAnsatz",
    "TreeAnsatz",
    "resolve_ansatz",
]
