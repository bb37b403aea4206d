"""The statements that long programs are full of, read without the reference parser, which is slow.

Calls of gates, measurements and resets outside of all blocks become the nodes that openqasm3 would make of
them (a test holds both against each other); the rest of the text is left to openqasm3, in its place.
"""

from __future__ import annotations

import bisect
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from openqasm3 import ast

from qsetu.interop.openqasm.scan import KEYWORDS, Token, tokens
from qsetu.interop.openqasm.source import Source

__all__ = ["POW", "Rest", "named_pow", "take_plain"]

POW = "ᵖow"
_MODIFIERS = {name: ast.GateModifierName[name] for name in ("inv", "ctrl", "negctrl")}
_STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
_BINARY = {sign: ast.BinaryOperator[sign] for sign in _STRENGTH}
_MINUS = ast.UnaryOperator["-"]
# What an opening brace follows where it begins a set and no block.
_BEFORE_SETS = ("in", "[", "=", "(", ",", "+", "{")


_Node = TypeVar("_Node", bound=ast.QASMNode)


class _Other(Exception):
    """A statement that is not plain."""


@dataclass
class Rest:
    """The text that is left, a line for each piece of it.

    Attributes:
        text: All pieces.
        pieces: Where a piece starts in ``text``, and where in the source.
    """

    text: str
    pieces: list[tuple[int, int]]

    def origin(self, offset: int) -> int:
        """Where in the source a character of ``text`` is from."""
        start, source = self.pieces[max(0, bisect.bisect_right(self.pieces, (offset, sys.maxsize)) - 1)]
        return source + offset - start


def named_pow(source: Source) -> str:
    """The text with :data:`POW` for ``pow`` where that is a function and no modifier.

    The grammar of openqasm3 has forgotten the function, which the language has.
    """
    text = source.text
    if "pow" not in text:
        return text
    words = list(tokens(source))
    open_: list[int] = []
    for position, word in enumerate(words):
        if word.text == "(":
            open_.append(position)
        elif word.text == ")" and open_:
            name = words[open_.pop() - 1]
            following = words[position + 1].text if position + 1 < len(words) else ""
            if name.text == "pow" and following != "@":
                text = text[: name.offset] + POW + text[name.offset + len(POW) :]
    return text


def take_plain(source: Source) -> tuple[list[ast.Statement], Rest]:
    """The plain statements, and what remains."""
    found: list[ast.Statement] = []
    parts: list[str] = []
    pieces: list[tuple[int, int]] = []
    size, at = 0, 0

    def keep(end: int) -> None:
        nonlocal size
        part = source.text[at:end]
        if next(tokens(Source("", part)), None):
            pieces.append((size, at))
            parts.append(part)
            size += len(part) + 1

    for words in _statements(source):
        try:
            node = _Parser(source, words).statement()
        except _Other:
            continue
        found.append(node)
        keep(words[0].offset)
        at = words[-1].offset + 1
    keep(len(source.text))
    return found, Rest("\n".join(parts), pieces or [(0, 0)])


def _statements(source: Source) -> Iterator[list[Token]]:
    """The words of each statement that ends with a semicolon outside of all blocks."""
    words: list[Token] = []
    closing: list[bool] = []  # of the braces that are open, which are blocks
    for token in tokens(source):
        if token.kind == "line" and token.text[0] != "@":
            continue  # a pragma is a statement of its own
        words.append(token)
        if token.text == "{":
            before = words[-2].text if len(words) > 1 else ""
            closing.append(before not in _BEFORE_SETS)
        elif token.text == "}":
            if closing and closing.pop() and not closing:
                words = []
        elif token.text == ";" and not closing:
            yield words
            words = []


class _Parser:
    """Reads one statement."""

    def __init__(self, source: Source, words: Sequence[Token]) -> None:
        self.source = source
        self.words = words
        self.at = 0

    def statement(self) -> ast.Statement:
        first = self.words[0]
        if first.kind != "name":
            raise _Other
        if first.text == "measure":
            return self.placed(self.arrow(), first)
        if first.text == "reset":
            self.at = 1
            made: ast.Statement = ast.QuantumReset(self.operand())
            self.take(";")
            return self.placed(made, first)
        modifiers = []
        while self.look().text in _MODIFIERS:
            modifiers.append(self.modifier())
        name = self.name()
        if not modifiers and self.look().text in ("=", "["):
            self.at = 0
            return self.placed(self.assignment(), first)
        call = ast.QuantumGate(modifiers, name, [], [])
        if self.look().text == "(":
            self.take("(")
            call.arguments = self.arguments()
        call.qubits = [self.operand()]
        while self.look().text == ",":
            self.at += 1
            call.qubits.append(self.operand())
        self.take(";")
        return self.placed(call, first)

    def arrow(self) -> ast.Statement:
        self.at = 1
        measured = self.placed(ast.QuantumMeasurement(self.operand()), self.words[0])
        self.take("->")
        target = self.operand()
        self.take(";")
        return ast.QuantumMeasurementStatement(measured, target)

    def assignment(self) -> ast.Statement:
        target = self.operand()
        self.take("=")
        first = self.take("measure")
        measured = self.placed(ast.QuantumMeasurement(self.operand()), first)
        self.take(";")
        return ast.QuantumMeasurementStatement(measured, target)

    def modifier(self) -> ast.QuantumGateModifier:
        first = self.look()
        self.at += 1
        argument = None
        if self.look().text == "(" and first.text != "inv":
            self.take("(")
            argument = self.expression(0)
            self.take(")")
        self.take("@")
        return self.placed(ast.QuantumGateModifier(_MODIFIERS[first.text], argument), first)

    # -- words -----------------------------------------------------------------------------------

    def look(self) -> Token:
        if self.at >= len(self.words):
            raise _Other
        return self.words[self.at]

    def take(self, text: str) -> Token:
        token = self.look()
        if token.text != text:
            raise _Other
        self.at += 1
        return token

    def name(self) -> ast.Identifier:
        token = self.look()
        if token.kind != "name" or token.text in KEYWORDS:
            raise _Other
        self.at += 1
        return self.placed(ast.Identifier(token.text), token)

    def placed(self, node: _Node, token: Token) -> _Node:
        line, column = self.source.place(token.offset)
        node.span = ast.Span(line, column - 1, line, column - 1)
        return node

    def operand(self) -> ast.Identifier | ast.IndexedIdentifier:
        first = self.look()
        name = self.name()
        if self.look().text != "[":
            return name
        self.at += 1
        token = self.look()
        index = self.literal()
        if not isinstance(index, ast.IntegerLiteral):
            raise _Other
        self.take("]")
        if self.look().text == "[":
            raise _Other
        return self.placed(ast.IndexedIdentifier(name, [[self.placed(index, token)]]), first)

    # -- expressions -----------------------------------------------------------------------------

    def arguments(self) -> list[ast.Expression]:
        """Expressions up to the bracket that is open."""
        made: list[ast.Expression] = []
        while self.look().text != ")":
            made.append(self.expression(0))
            if self.look().text != ")":
                self.take(",")
        self.take(")")
        return made

    def expression(self, strength: int) -> ast.Expression:
        """An expression whose operators all bind more than ``strength``."""
        first = self.look()
        left = self.primary()
        while True:
            sign = self.sign()
            binding = _STRENGTH.get(sign, 0)
            if binding <= strength:
                return left
            self.at += len(sign)
            # Powers are taken from the right.
            right = self.expression(binding - 1 if sign == "**" else binding)
            left = self.placed(ast.BinaryExpression(_BINARY[sign], left, right), first)

    def sign(self) -> str:
        text = self.look().text
        if text == "*" and self.words[self.at + 1].text == "*":
            # Two words of ours, one of the language; apart they are no power.
            if self.words[self.at + 1].offset != self.words[self.at].offset + 1:
                raise _Other
            return "**"
        return text

    def primary(self) -> ast.Expression:
        token = self.look()
        if token.text == "-":
            self.at += 1
            return self.placed(ast.UnaryExpression(_MINUS, self.expression(3)), token)
        if token.text == "(":
            self.at += 1
            inner = self.expression(0)
            self.take(")")
            return inner
        if token.kind == "number":
            return self.placed(self.literal(), token)
        name = self.name()
        if self.look().text != "(":
            return name
        self.at += 1
        return self.placed(ast.FunctionCall(name, self.arguments()), token)

    def literal(self) -> ast.Expression:
        token = self.look()
        following = self.words[self.at + 1 : self.at + 2]
        glued = following and following[0].offset == token.offset + len(token.text)
        if token.kind != "number" or "_" in token.text or (glued and following[0].kind in ("name", "number")):
            raise _Other  # "3ns", "0x1F", "1_000": rare enough
        self.at += 1
        if token.text.isdecimal():
            return ast.IntegerLiteral(int(token.text))
        if token.text[:2].lower() in ("0x", "0b", "0o"):
            raise _Other
        return ast.FloatLiteral(float(token.text))
