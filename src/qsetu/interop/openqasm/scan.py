"""A first look at OpenQASM text, before a parser sees it: version, includes, and sizes that could hurt."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from qsetu.circuits.circuit import MAX_QUBITS
from qsetu.circuits.measured import MAX_CLBITS
from qsetu.interop.openqasm.source import Source

__all__ = ["KEYWORDS", "MAX_OPERATIONS", "Token", "check", "tokens", "version_of"]

# What is written as text is written out by somebody; a million operations already run for minutes.
MAX_OPERATIONS = 1_000_000
MAX_NESTING = 200
MAX_DIGITS = 1000

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<number>0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+
      |(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)
  | (?P<line>(?:\#?pragma\b|@[^\W\d])[^\n]*)
  | (?P<name>[^\W\d]\w*)
  | (?P<text>"[^"\r\n]*"|'[^'\r\n]*')
  | (?P<sign>\$[0-9]+|\#|@|->|[-+*/%^&|!~=<>:;,.(){}\[\]])
    """,
    re.VERBOSE | re.DOTALL,
)

# Words of the language, which nothing can be called by.
KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        """
        OPENQASM include defcalgrammar def cal defcal gate extern box let break continue if else end return
        for while in switch case default pragma input output const readonly mutable qreg qubit creg bool bit
        int uint float angle complex array void duration stretch gphase inv pow ctrl negctrl durationof
        sizeof delay reset measure barrier true false
        """,
    )
)

INCLUDES = {2: "qelib1.inc", 3: "stdgates.inc"}


class Token(NamedTuple):
    """A word of the program: ``kind`` is number, name, text, sign or line (a pragma or an annotation)."""

    kind: str
    text: str
    offset: int


def tokens(source: Source) -> Iterator[Token]:
    """The words of a program, without comments.

    Raises:
        QasmError: A character that no word starts with; a number that is not finite.
    """
    at = 0
    for found in _TOKEN.finditer(source.text):
        first, after = found.span()
        if first != at:
            break
        at = after
        kind = found.lastgroup
        if kind != "space":
            token = Token(str(kind), found.group(), first)
            if kind == "number" and (len(token.text) > 18 or not token.text.isdecimal()):
                _check_number(source, token)
            elif kind == "name" and not token.text.isascii():
                _check_name(source, token)
            yield token
    if at != len(source.text):
        raise source.error(at, f"unexpected character {source.text[at]!r}")


def _check_number(source: Source, token: Token) -> None:
    if len(token.text) > MAX_DIGITS:
        raise source.error(token.offset, f"a number of {len(token.text):,} characters")
    if token.text[:2].lower() not in ("0x", "0b", "0o") and not math.isfinite(float(token.text)):
        raise source.error(token.offset, f"a number that is not finite: {token.text}")


def _check_name(source: Source, token: Token) -> None:
    try:
        token.text.encode()
    except UnicodeEncodeError as error:
        raise source.error(token.offset + error.start, "a character that is no text") from None


def version_of(source: Source) -> int:
    """2 or 3: what the text says, or what it looks like.

    Raises:
        QasmError: Another version; or no text at all.
    """
    before: list[Token] = []
    for token in tokens(source):
        if token.text == "qreg" and before[:1] and before[0].text != "OPENQASM":
            return 2
        if len(before) < 2:
            before.append(token)
            if len(before) == 1 and token.text == "qreg":
                return 2
        if len(before) == 2 and before[0].text == "OPENQASM":
            if not re.fullmatch(r"[23](\.[0-9]+)?", before[1].text):
                rule = f"OpenQASM version {before[1].text!r}: qsetu reads 2 and 3"
                raise source.error(before[1].offset, rule)
            return int(before[1].text[0])
    if not before:
        raise source.error(0, "no OpenQASM program: the text is empty")
    return 3


def check(source: Source, version: int) -> None:
    """Refuse what no parser should be given: files, registers and nestings out of proportion.

    Raises:
        QasmError: With the place of what is refused.
    """
    depth, statements, qubits, clbits = 0, 0, 0, 0
    last = Token("", "", 0), Token("", "", 0), Token("", "", 0)
    for token in tokens(source):
        if token.kind == "sign":
            if token.text in "([{":
                depth += 1
                if depth > MAX_NESTING:
                    raise source.error(token.offset, f"brackets nested more than {MAX_NESTING} deep")
            elif token.text in ")]}":
                depth = max(0, depth - 1)
            elif token.text == ";":
                statements += 1
                if statements > 2 * MAX_OPERATIONS:
                    raise source.error(token.offset, f"more than {2 * MAX_OPERATIONS:,} statements")
        if last[2].text == "include":
            _check_include(source, token, version)
        if token.kind == "number" and last[2].text == "[":
            # "qreg name[5", "qubit[5": the size of a register.
            kind = last[0].text if last[1].kind == "name" and last[0].kind == "name" else last[1].text
            if kind in ("qreg", "qubit"):
                qubits += _size(source, token, MAX_QUBITS, "qubits")
                if qubits > MAX_QUBITS:
                    raise source.error(token.offset, f"{qubits} qubits; qsetu holds {MAX_QUBITS} at most")
            elif kind in ("creg", "bit"):
                size = _size(source, token, MAX_CLBITS, "classical bits")
                if kind == "creg" or last[0].text in ("", ";"):  # and no part of an expression
                    clbits += size
                if clbits > MAX_CLBITS:
                    raise source.error(token.offset, f"{clbits:,} classical bits; qsetu holds {MAX_CLBITS:,}")
        last = (last[1], last[2], token)


def _check_include(source: Source, token: Token, version: int) -> None:
    name = token.text[1:-1] if token.kind == "text" else token.text
    if name != INCLUDES[version]:
        rule = f"only {INCLUDES[version]!r} can be included: text cannot make qsetu open files"
        raise source.error(token.offset, f"include of {name!r}; {rule}")


def _size(source: Source, token: Token, limit: int, what: str) -> int:
    number = int(token.text.replace("_", ""), 0) if token.text.isalnum() and token.text[:1] != "0" else -1
    if number < 0:
        return 0  # what is no plain number is the reader's to judge
    if number > limit:
        raise source.error(token.offset, f"{token.text} {what}; qsetu holds {limit:,} at most")
    return number
