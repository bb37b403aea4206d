"""OpenQASM 2, parsed by Qiskit's reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import qiskit.qasm2
from qiskit.exceptions import QiskitError

from qsetu.circuits import Circuit, MeasuredCircuit
from qsetu.core.errors import ArgumentError, QasmError
from qsetu.interop.openqasm.scan import MAX_OPERATIONS, Token, tokens
from qsetu.interop.openqasm.source import Refused, Source
from qsetu.interop.qiskit import from_qiskit

__all__ = ["read"]


def read(source: Source) -> Circuit | MeasuredCircuit:
    """A program of OpenQASM 2 as a circuit.

    Gates that the paper's ``qelib1.inc`` lacks and later ones have (``swap``, ``sx``, ``rxx`` ...) are known,
    unless the text defines them itself.

    Raises:
        QasmError: With line and column.
    """
    defined = _check_sizes(source)
    known = [gate for gate in qiskit.qasm2.LEGACY_CUSTOM_INSTRUCTIONS if gate.name not in defined]
    try:
        theirs = qiskit.qasm2.loads(source.text, include_path=(), custom_instructions=known)
    except QiskitError as error:
        raise _located(source, str(error.message)) from None
    except (ArithmeticError, ValueError, TypeError, RecursionError) as error:
        raise source.error(0, f"cannot be read: {error}") from None
    try:
        return from_qiskit(theirs)
    except ArgumentError as error:
        raise _refused(source, error) from None
    except (QiskitError, ArithmeticError, ValueError, TypeError, RecursionError) as error:
        raise source.error(0, f"cannot be read: {error}") from None


def _located(source: Source, message: str) -> QasmError:
    """Qiskit's error, whose text starts with ``<input>:line,column:``, columns from 0."""
    found = re.match(r"<input>:(\d+),(\d+): *(.*)", message.strip("'\" "), re.DOTALL)
    if not found:
        return source.error(0, message)
    return source.error((int(found[1]), int(found[2]) + 1), found[3])


def _refused(source: Source, error: ArgumentError) -> QasmError:
    """What Qiskit can hold and we cannot follow, found in the text by its name."""
    names = str(error.given).split(", ")
    found = []
    for token in tokens(source):
        if token.kind == "name" and token.text in names:
            names.remove(token.text)
            found.append(Refused(*source.place(token.offset), f"'{token.text}'"))
    if not found:
        return source.error(0, str(error))
    try:
        source.refuse(found)
    except QasmError as listed:
        return listed


class _Sizes:
    """How many operations a program has once all gates are taken apart."""

    def __init__(self) -> None:
        self.gates: dict[str, int] = {}
        self.registers: dict[str, int] = {}
        self.total = 0

    def statement(self, words: list[Token], gate: str | None) -> None:
        texts = [word.text for word in words]
        if texts[:1] == ["if"] and ")" in texts:
            texts = texts[texts.index(")") + 1 :]
        match texts:
            case ["qreg" | "creg", name, "[", size, "]"] if size.isdecimal():
                self.registers[name] = int(size)
            case [called, *operands] if gate is not None:
                # One for the call itself: definitions that do nothing can double, too.
                self.gates[gate] = min(self.gates[gate] + 1 + self.gates.get(called, 0), 10**18)
            case [called, *operands]:
                pairs = pairwise([*operands, ""])
                whole = max((self.registers.get(a, 1) for a, b in pairs if b != "["), default=1)
                self.total += (1 + self.gates.get(called, 0)) * whole


def _check_sizes(source: Source) -> set[str]:
    """The names of gates that are defined; an error where they would unfold into too many operations."""
    sizes = _Sizes()
    gate = None
    for words, end in _statements(source):
        if end == "{":
            name = words[1].text if len(words) > 1 and words[0].text == "gate" else None
            if name is not None:
                sizes.gates[name] = 0
                gate = name
        elif end == "}":
            gate = None
        elif words:
            sizes.statement(words, gate)
            if sizes.total > MAX_OPERATIONS:
                raise source.error(words[0].offset, f"more than {MAX_OPERATIONS:,} operations")
    return set(sizes.gates)


def _statements(source: Source) -> Iterator[tuple[list[Token], str]]:
    words: list[Token] = []
    for token in tokens(source):
        if token.text in (";", "{", "}"):
            yield words, token.text
            words = []
        else:
            words.append(token)
