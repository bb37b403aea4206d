"""Qiskit: circuits to and fro."""

from qsetu.interop.qiskit.read import from_qiskit
from qsetu.interop.qiskit.write import to_qiskit

__all__ = ["from_qiskit", "to_qiskit"]
