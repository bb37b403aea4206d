"""From OpenQASM text to circuits of ours."""

from __future__ import annotations

from pathlib import Path

from qsetu.circuits import Circuit, MeasuredCircuit
from qsetu.interop.openqasm.scan import check, version_of
from qsetu.interop.openqasm.source import load

__all__ = ["from_qasm"]


def from_qasm(source: str | Path) -> Circuit | MeasuredCircuit:
    """OpenQASM 2 or 3 as a circuit; no phase is lost, and qubits are numbered in order of declaration.

    The version is what the text says; where it says none, 2 if it declares a ``qreg``, else 3. ``input``
    parameters of OpenQASM 3 become parameter slots in order of declaration. Nothing but the standard library
    of gates can be included, so text from elsewhere opens no files.

    Args:
        source: A file, or text. A str that has no line end and no semicolon may name a file.

    Returns:
        A :class:`qsetu.Circuit`; where there are classical bits, resets or barriers, a
        :class:`qsetu.MeasuredCircuit`.

    Raises:
        QasmError: The text is no OpenQASM, or has what cannot be simulated: with line and column.
        ArgumentError: ``source`` is neither text nor a readable file.

    Example:
        >>> import qsetu
        >>> text = 'include "stdgates.inc"; input float t; qubit[2] q; h q[0]; crx(2 * t) q[0], q[1];'
        >>> qsetu.from_qasm(text)
        Circuit(2).h(0).rx(2.0 * param(0), 1, controls=[0])
    """
    text = load(source)
    version = version_of(text)
    check(text, version)
    if version == 2:
        from qsetu.interop.openqasm.version2 import read
    else:
        from qsetu.interop.openqasm.version3 import read
    return read(text)
