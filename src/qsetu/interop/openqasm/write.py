"""From our circuits to OpenQASM text."""

from __future__ import annotations

from qsetu.circuits import Circuit, MeasuredCircuit
from qsetu.core.errors import ArgumentError

__all__ = ["to_qasm"]


def to_qasm(circuit: Circuit | MeasuredCircuit, version: int = 3) -> str:
    """A circuit as OpenQASM text; :func:`from_qasm` reads it back to the same state, global phase included.

    Version 3: slot i becomes ``input float`` parameter i, and the gates of ``stdgates.inc`` are used; others
    are defined in the header. Version 2: circuits without open parameters, with the gates of the original
    ``qelib1.inc`` and a few of later ones (``swap``, ``cswap``, ``sx``, ``sxdg``, ``crx``, ``cry``, ``rxx``,
    ``rzz``); everything else is taken apart. A global phase, for which version 2 has no word, is written as
    ``u1(2*a)`` and ``rz(-2*a)`` of one qubit: exp(i a) for readers, such as Qiskit and qsetu, for whom ``rz``
    has determinant 1, and nothing for those who take it for another ``u1``.

    Args:
        circuit: The circuit.
        version: 2 or 3.

    Returns:
        The text. Numbers are written so that they are read back exactly.

    Raises:
        ArgumentError: Something that the version has no words for; it is named.

    Example:
        >>> import qsetu
        >>> print(qsetu.to_qasm(qsetu.Circuit(2).h(0).ry(2 * qsetu.param(0), 1, controls=[0])))
        OPENQASM 3.0;
        include "stdgates.inc";
        input float p0;
        qubit[2] q;
        h q[0];
        cry(2.0*p0) q[0], q[1];
        <BLANKLINE>
    """
    if not isinstance(circuit, (Circuit, MeasuredCircuit)):
        raise ArgumentError("circuit", "must be a qsetu Circuit or MeasuredCircuit", circuit)
    if version == 3:
        from qsetu.interop.openqasm.write3 import write
    elif version == 2:
        from qsetu.interop.openqasm.write2 import write
    else:
        raise ArgumentError("version", "must be 2 or 3", version)
    return write(circuit)
