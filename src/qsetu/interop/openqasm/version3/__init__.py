"""OpenQASM 3: parsed by the reference parser, openqasm3, and read from its tree."""

from __future__ import annotations

from qsetu.circuits import Circuit, MeasuredCircuit
from qsetu.core.errors import ArgumentError
from qsetu.interop.openqasm.source import Source
from qsetu.interop.openqasm.version3.parse import parse as parse_text
from qsetu.interop.openqasm.version3.statements import Reader

__all__ = ["read"]


def read(source: Source) -> Circuit | MeasuredCircuit:
    """A program of OpenQASM 3 as a circuit.

    Raises:
        QasmError: With line and column; what cannot be followed is listed, all of it.
    """
    program = parse_text(source)
    reader = Reader(source)
    try:
        return reader.program(program)
    except RecursionError:
        raise source.error(0, "nested too deeply") from None
    except (ArithmeticError, ArgumentError) as error:
        raise source.error(reader.here, str(error)) from None
