"""From text to openqasm3's syntax tree, and what of the language is refused as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import openqasm3
from openqasm3 import ast

from qsetu.core.errors import QasmError
from qsetu.interop.openqasm.source import Refused, Source

__all__ = ["parse"]

_REFUSED: dict[type, str] = {
    ast.WhileLoop: "a 'while' loop",
    ast.SubroutineDefinition: "a subroutine ('def')",
    ast.ExternDeclaration: "'extern'",
    ast.CalibrationDefinition: "'defcal'",
    ast.CalibrationStatement: "'cal'",
    ast.CalibrationGrammarDeclaration: "'defcalgrammar'",
    ast.Pragma: "a pragma",
    ast.ArrayType: "an array",
    ast.ArrayLiteral: "an array literal",
    ast.ComplexType: "a complex number",
    ast.ImaginaryLiteral: "an imaginary number",
    ast.DurationType: "a duration",
    ast.StretchType: "a stretch",
    ast.DurationLiteral: "a duration",
    ast.DurationOf: "'durationof'",
    ast.SizeOf: "'sizeof'",
}


def parse(source: Source) -> ast.Program:
    """The syntax tree of a program of which we can follow every construct.

    Raises:
        QasmError: Not OpenQASM 3, or constructs that are refused, all of them listed.
    """
    try:
        program = openqasm3.parse(source.text)
    except RecursionError:
        raise source.error(0, "nested too deeply") from None
    except Exception as error:  # the parser raises whatever its parts raise: any of it means bad text
        raise _located(source, error) from None
    refused = list(_refusals(source, program))
    if refused:
        source.refuse(refused)
    return program


def _located(source: Source, error: BaseException) -> QasmError:
    """The parser's error, whose place is in its text or in the token of what caused it."""
    found = re.match(r"L(\d+):C(\d+): (.*)", str(error), re.DOTALL)
    if found:
        return source.error((int(found[1]), int(found[2]) + 1), found[3])
    cause: Any = error
    for _ in range(8):  # causes of causes, and what they hold
        token = getattr(cause, "offendingToken", None)
        if token is not None:
            what = "the end of the text" if token.text == "<EOF>" else repr(token.text)
            return source.error((token.line, token.column + 1), f"unexpected {what}")
        inner = [a for a in getattr(cause, "args", ()) if isinstance(a, BaseException)]
        cause = inner[0] if inner else getattr(cause, "__cause__", None)
        if cause is None:
            break
    return source.error(0, f"cannot be read as OpenQASM 3: {error}")


def _refusals(source: Source, program: ast.Program) -> Iterator[Refused]:
    left: list[Any] = [program]
    while left:
        node = left.pop()
        if isinstance(node, (list, tuple)):
            left.extend(node)
            continue
        if not isinstance(node, ast.QASMNode):
            continue
        what = _what(node)
        if what:
            yield Refused(*source.at(node), what)
        if isinstance(node, (ast.SubroutineDefinition, ast.WhileLoop)):
            continue  # what is inside need not be named, too
        skipped = ("span", "duration") if isinstance(node, (ast.DelayInstruction, ast.Box)) else ("span",)
        left.extend(value for name, value in vars(node).items() if name not in skipped)


def _what(node: ast.QASMNode) -> str | None:
    match node:
        case ast.IODeclaration(io_identifier=ast.IOKeyword.output):
            return "'output'"
        case ast.IODeclaration(type=kind) if not isinstance(kind, (ast.FloatType, ast.AngleType)):
            return "an 'input' that is neither float nor angle"
        case ast.QuantumGate(duration=duration) if duration is not None:
            return "a gate with a duration"
    return _REFUSED.get(type(node))
