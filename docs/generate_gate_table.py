"""Writes gates.md from the gate table: `python docs/generate_gate_table.py`. A test compares the two."""

from __future__ import annotations

from pathlib import Path

from qsetu.circuits.gate import Gate
from qsetu.circuits.gates import ALIASES, GATES

PAGE = Path(__file__).with_name("gates.md")

_HEAD = """\
# Gates

This page is written from the gate table by `python docs/generate_gate_table.py`; do not edit it.

Every gate is a method of {py:class}`qsetu.Circuit`: angles first, then qubits, as in `circuit.rx(0.3, 2)`.
Every gate takes `controls=[...]`: any number of further qubits that must be 1 for it to act.
Angles are radians. The first qubit is the least significant bit of the matrix index.
"""


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [_row(head), _row(["---"] * len(head)), *map(_row, rows)]


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _kind(gate: Gate) -> str:
    flags = {"diagonal": gate.is_diagonal, "permutation": gate.is_permutation, "real": gate.is_real}
    return ", ".join(name for name, holds in flags.items() if holds)


def _gate_row(gate: Gate) -> list[str]:
    # A vertical bar would end the table cell.
    summary = gate.summary.rstrip(".").replace("|", "\\|")
    angles = ", ".join(gate.angles)
    return [_code(gate.name), str(gate.num_qubits), angles, summary, _code(gate.inverse), _kind(gate)]


def render() -> str:
    """The text of gates.md."""
    gates = _table(
        ["gate", "qubits", "angles", "what it does", "inverse", "kind"],
        [_gate_row(gate) for gate in GATES.values()],
    )
    names = _table(
        ["gate", "OpenQASM 3", "Qiskit", "PennyLane"],
        [[_code(n) for n in (g.name, g.qasm, g.qiskit, g.pennylane)] for g in GATES.values()],
    )
    aliases = _table(
        ["method", "is", "controls", "OpenQASM 3", "Qiskit", "PennyLane"],
        [
            [
                _code(alias.name),
                _code(alias.gate),
                "any number" if alias.num_controls is None else str(alias.num_controls),
                _code(alias.qasm),
                _code(alias.qiskit),
                _code(alias.pennylane),
            ]
            for alias in ALIASES.values()
        ],
    )
    parts = [
        _HEAD,
        "## The table\n",
        *gates,
        "\n## Controlled forms with a name of their own\n",
        "Controls come before targets, as in `circuit.cx(0, 1)`; a form with any number of controls takes\n"
        "them as a list, as in `circuit.mcx([0, 1, 2], 3)`.\n",
        *aliases,
        "\n## Names elsewhere\n",
        "An empty cell: that gate has no name of its own there.\n",
        *names,
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
