"""Writes ``builders.py`` from the gate table: ``python -m qsetu.circuits.generate_builders``.

Builder methods are source rather than set at import, so that editors complete them and type
checkers see them; a test compares the file with what this module would write.
"""

from __future__ import annotations

from pathlib import Path

from qsetu.circuits.gate import Alias, Gate
from qsetu.circuits.gates import ALIASES, GATES

__all__ = ["render"]

_HEADER = '''"""One builder method for each gate: written by generate_builders.py, do not edit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qsetu.circuits.affine import Angle

if TYPE_CHECKING:
    from qsetu.circuits.circuit import Circuit

__all__ = ["GateBuilders"]


class GateBuilders(ABC):
    """Fluent methods, angles first, then controls, then targets; each returns a new circuit."""

    @abstractmethod
    def append(
        self,
        gate: str,
        qubits: int | Sequence[int],
        angles: Sequence[Angle] = (),
        *,
        controls: Sequence[int] = (),
    ) -> Circuit:
        """Add a gate by name."""
'''


def _method(name: str, angles: tuple[str, ...], qubits: list[str], packed: str, doc: str) -> str:
    parameters = [f"{a}: Angle" for a in angles] + qubits
    given = f"({', '.join(angles)}{',' if len(angles) == 1 else ''})"
    call = f'"{name}", {packed}, {given}, controls=controls'
    signature = ", ".join(["self", *parameters, "*", "controls: Sequence[int] = ()"])
    body = f'    def {name}({signature}) -> Circuit:\n        """{doc}"""\n'
    return body + f"        return self.append({call})\n"


def _gate_method(gate: Gate) -> str:
    names = ["qubit"] if gate.num_qubits == 1 else [f"qubit{i + 1}" for i in range(gate.num_qubits)]
    if gate.name == "cu":
        names = ["control", "target"]
    packed = names[0] if len(names) == 1 else f"({', '.join(names)})"
    return _method(gate.name, gate.angles, [f"{n}: int" for n in names], packed, gate.summary)


def _alias_method(alias: Alias) -> str:
    gate = GATES[alias.gate]
    targets = ["target"] if gate.num_qubits == 1 else [f"target{i + 1}" for i in range(gate.num_qubits)]
    if alias.num_controls is None:
        qubits = ["control_qubits: Sequence[int]", *(f"{t}: int" for t in targets)]
        packed = f"(*control_qubits, {', '.join(targets)})"
        doc = f"{gate.summary.rstrip('.')}, under any number of controls."
    else:
        many = alias.num_controls > 1
        controls = [f"control{i + 1}" if many else "control" for i in range(alias.num_controls)]
        qubits = [f"{n}: int" for n in controls + targets]
        packed = f"({', '.join(controls + targets)})"
        doc = f"{gate.summary.rstrip('.')}, under {alias.num_controls} control{'s' * many}."
    return _method(alias.name, gate.angles, qubits, packed, doc)


def render() -> str:
    """The text of ``builders.py`` (before ruff's formatting)."""
    methods = [_gate_method(g) for g in GATES.values()] + [_alias_method(a) for a in ALIASES.values()]
    return _HEADER + "\n" + "\n".join(methods)


if __name__ == "__main__":
    Path(__file__).with_name("builders.py").write_text(render())
