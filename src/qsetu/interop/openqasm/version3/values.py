"""What names of a program stand for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from openqasm3 import ast

__all__ = ["Bits", "Definition", "Entry", "Qubits", "Scope", "Word"]


@dataclass(frozen=True)
class Qubits:
    """A register of qubits or a part of one; ``single`` if it is one qubit and no register."""

    indices: tuple[int, ...]
    single: bool = False


@dataclass(frozen=True)
class Bits:
    """Classical bits, the least significant first; ``single`` if it is one bit and no register."""

    indices: tuple[int, ...]
    single: bool = False


@dataclass(frozen=True, eq=False)
class Word:
    """What classical bits hold: an integer, or an array of them (one for each case), of ``width`` bits.

    Without a sign, arithmetic keeps to ``width`` bits; with one, the width grows.
    """

    value: Any
    width: int
    is_signed: bool = False


@dataclass(eq=False)
class Definition:
    """A gate that the program defines.

    Attributes:
        node: Its definition.
        scope: What its body can see beside its arguments.
        size: A lower bound of what it unfolds into.
    """

    node: ast.QuantumGateDefinition
    scope: Scope
    size: int


@dataclass(eq=False)
class Entry:
    """What a name stands for.

    Attributes:
        value: A number, an angle, :class:`Qubits`, :class:`Bits` or :class:`Definition`.
        kind: "const", "input", "variable", "register" or "gate".
        type: The type of a number, as it was declared.
        depth: How many conditions on measurements it was declared within.
    """

    value: Any
    kind: str
    type: ast.ClassicalType | None = None
    depth: int = 0


@dataclass(eq=False)
class Scope:
    """Names, and the scope around. The body of a gate sees no more than constants and gates of it."""

    parent: Scope | None = None
    is_gate: bool = False
    names: dict[str, Entry] = field(default_factory=dict)

    def find(self, name: str) -> Entry | None:
        """What ``name`` stands for here."""
        scope: Scope | None = self
        sealed = False
        while scope is not None:
            entry = scope.names.get(name)
            if entry is not None and (not sealed or entry.kind in ("const", "gate")):
                return entry
            sealed = sealed or scope.is_gate
            scope = scope.parent
        return None

    def gate_width(self) -> int | None:
        """How many qubits the gate has that is being defined here; None outside of definitions."""
        scope: Scope | None = self
        while scope is not None and not scope.is_gate:
            scope = scope.parent
        if scope is None:
            return None
        return sum(isinstance(entry.value, Qubits) for entry in scope.names.values())
