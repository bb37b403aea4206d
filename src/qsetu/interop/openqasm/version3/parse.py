"""From text to openqasm3's syntax tree, and what of the language is refused as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from antlr4.error.ErrorListener import ErrorListener
from openqasm3 import ast, parser

from qsetu.interop.openqasm.source import Refused, Source
from qsetu.interop.openqasm.version3.plain import Rest, named_pow, take_plain

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
        plain, rest = take_plain(Source(source.name, named_pow(source)))
    except RecursionError:
        raise source.error(0, "nested too deeply") from None
    pieces = Source(source.name, rest.text)
    try:
        program = _parsed(rest.text)
    except RecursionError:
        raise source.error(0, "nested too deeply") from None
    except Exception as error:  # the parser raises whatever its parts raise: any of it means bad text
        line, column, message = _told(error)
        raise source.error(rest.origin(pieces.offset(line, column)), message) from None
    refused = list(_settled(source, program, pieces, rest))
    if refused:
        source.refuse(refused)
    if plain:
        program.statements = sorted([*program.statements, *plain], key=source.at)
    return program


def _parsed(text: str) -> ast.Program:
    """What ``openqasm3.parse`` does, with errors that say where, and without a word on the console."""
    if not text:
        return ast.Program([])
    theirs: Any = parser  # which exports only ``parse``
    lexer = theirs.qasm3Lexer(theirs.InputStream(text))
    made = theirs.qasm3Parser(theirs.CommonTokenStream(lexer))
    for part in (lexer, made):
        part.removeErrorListeners()
        part.addErrorListener(_Raising())
    return theirs.QASMNodeVisitor().visitProgram(made.program())


class _Raising(ErrorListener):  # type: ignore[misc, unused-ignore]
    """Makes the first error of the parser an exception, in the words that openqasm3 has for its own."""

    def syntaxError(self, *told: Any) -> None:
        _, _, line, column, message, _ = told
        raise parser.QASM3ParsingError(f"L{line}:C{column}: {message}")


def _told(error: BaseException) -> tuple[int, int, str]:
    """Line, column (from 0) and text of an error of the parser."""
    found = re.match(r"L(\d+):C(\d+): (.*)", str(error), re.DOTALL)
    if not found:
        return 1, 0, f"cannot be read as OpenQASM 3: {error}"
    message = found[3].replace("<EOF>", "the end of the text")
    return int(found[1]), int(found[2]), message if len(message) < 200 else f"{message[:120]} ..."


def _settled(source: Source, program: ast.Program, pieces: Source, rest: Rest) -> Iterator[Refused]:
    """What is refused; all nodes are told their places in the source."""
    left: list[tuple[Any, bool]] = [(program, False)]
    while left:
        node, is_named = left.pop()
        if isinstance(node, (list, tuple)):
            left.extend((inner, is_named) for inner in node)
            continue
        if not isinstance(node, ast.QASMNode):
            continue
        if node.span is not None:
            line, column = source.place(rest.origin(pieces.offset_of(node)))
            node.span = ast.Span(line, column - 1, line, column - 1)
        what = None if is_named else _what(node)
        if what:
            yield Refused(*source.at(node), what)
        # What is inside of these need not be named, too.
        inside = is_named or isinstance(node, (ast.SubroutineDefinition, ast.WhileLoop))
        timed = isinstance(node, (ast.DelayInstruction, ast.Box))
        for name, value in vars(node).items():
            if name != "span":
                left.append((value, inside or (timed and name == "duration")))


def _what(node: ast.QASMNode) -> str | None:
    match node:
        case ast.IODeclaration(io_identifier=ast.IOKeyword.output):
            return "'output'"
        case ast.IODeclaration(type=kind) if not isinstance(kind, (ast.FloatType, ast.AngleType)):
            return "an 'input' that is neither float nor angle"
        case ast.QuantumGate(duration=duration) if duration is not None:
            return "a gate with a duration"
    return _REFUSED.get(type(node))
