"""qsetu as a PennyLane device: ``qml.device("qsetu.qubit", wires=n)``."""

from qsetu.interop.pennylane.device import QsetuQubit

__all__ = ["QsetuQubit"]
