"""OpenQASM 2 and 3: text read as circuits, and circuits written as text."""

from qsetu.interop.openqasm.read import from_qasm
from qsetu.interop.openqasm.write import to_qasm

__all__ = ["from_qasm", "to_qasm"]
