"""Drawings of circuits: text for terminals, SVG for notebooks and pages."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from qsetu.circuits.circuit import Circuit
    from qsetu.circuits.operation import Operation

__all__ = ["draw_svg", "draw_text"]

_SHORT = {"rx": "RX", "ry": "RY", "rz": "RZ", "sdg": "S†", "tdg": "T†", "sx": "√X", "sxdg": "√X†"}


class _Placed(NamedTuple):
    operation: Operation
    column: int
    top: int  # first wire the symbol covers, 0-based
    bottom: int


def _place(circuit: Circuit) -> tuple[list[_Placed], int]:
    """Give every operation the earliest column in which all wires it spans are free."""
    free = [0] * max(1, circuit.num_qubits)
    placed = []
    for op in circuit:
        wires = op.qubits + op.controls or tuple(range(circuit.num_qubits)) or (0,)
        top, bottom = min(wires), max(wires)
        column = max(free[top : bottom + 1])
        free[top : bottom + 1] = [column + 1] * (bottom + 1 - top)
        placed.append(_Placed(op, column, top, bottom))
    return placed, max(free, default=0)


def _label(op: Operation) -> str:
    if op.gate == "unitary":
        return "U"
    name = _SHORT.get(op.gate, op.gate.upper() if len(op.gate) <= 2 else op.gate)
    angles = ", ".join(str(angle) for angle in op.angles)
    return f"{name}({angles})" if angles else name


def _symbols(op: Operation) -> dict[int, str]:
    """What stands on each wire: a control dot, a target sign, or a box label."""
    symbols = dict.fromkeys(op.controls, "●")
    if not op.qubits and op.controls:
        # A phase on controls only: written beside the last of them.
        symbols[op.controls[-1]] = f"●({op.angles[0]})"
    elif op.gate == "swap":
        symbols.update(dict.fromkeys(op.qubits, "×"))
    elif op.gate == "x" and op.controls:
        symbols[op.qubits[0]] = "⊕"
    elif op.gate == "z" and op.controls:
        symbols[op.qubits[0]] = "●"
    else:
        label = _label(op)
        many = len(op.qubits) > 1
        symbols.update({q: f"{label}:{i}" if many else label for i, q in enumerate(op.qubits)})
    return symbols


def draw_text(circuit: Circuit, width: int = 100) -> str:
    """One line for each qubit, one between them for vertical connections, wrapped at ``width``."""
    placed, depth = _place(circuit)
    count = circuit.num_qubits
    cells: list[dict[int, str]] = [{} for _ in range(depth)]
    joins: list[set[int]] = [set() for _ in range(depth)]
    phases = [op for op in circuit if not op.qubits and not op.controls]
    for item in placed:
        if item.operation in phases:
            continue
        cells[item.column].update(_symbols(item.operation))
        joins[item.column].update(range(item.top, item.bottom))
        for wire in range(item.top, item.bottom + 1):
            cells[item.column].setdefault(wire, "┼")
    kept = [c for c in range(depth) if cells[c]]
    sizes = {c: max(len(text) for text in cells[c].values()) for c in kept}
    names = [f"q{q}: " for q in range(count)]
    margin = max((len(name) for name in names), default=0)
    lines: list[str] = [f"global phase: {' + '.join(str(op.angles[0]) for op in phases)}"] if phases else []
    for part in _wrap(kept, sizes, width - margin):
        if lines and count:
            lines.append("")
        for q in range(count):
            symbols = "".join("─" + cells[c].get(q, "").center(sizes[c], "─") + "─" for c in part)
            lines.append((names[q].rjust(margin) + "─" + symbols).rstrip())
            if q + 1 < count:
                gap = "".join(" " + ("│" if q in joins[c] else "").center(sizes[c]) + " " for c in part)
                lines.append((" " * (margin + 1) + gap).rstrip())
    return "\n".join(lines)


def _wrap(columns: list[int], sizes: dict[int, int], width: int) -> list[list[int]]:
    parts: list[list[int]] = [[]]
    used = 1
    for column in columns:
        if parts[-1] and used + sizes[column] + 2 > width:
            parts.append([])
            used = 1
        parts[-1].append(column)
        used += sizes[column] + 2
    return parts


# -- SVG ---------------------------------------------------------------------------------------------

_ROW, _BOX, _PAD, _CHAR = 40, 28, 14, 7.2
_INK, _FILL, _WIRE = "#1f2a44", "#e8eefc", "#8c96ab"


def draw_svg(circuit: Circuit) -> str:
    """A self-contained SVG image with a white background; no script, no external font."""
    placed, depth = _place(circuit)
    widths = [float(_BOX)] * depth
    for item in placed:
        longest = max((len(text) for text in _symbols(item.operation).values()), default=0)
        if not item.operation.qubits and not item.operation.controls:
            longest = len(_label(item.operation))
        widths[item.column] = max(widths[item.column], 10 + _CHAR * longest)
    left = 46.0
    centers = [left + sum(widths[:c]) + _PAD * c + widths[c] / 2 for c in range(depth)]
    right = left + sum(widths) + _PAD * depth
    height = _ROW * max(1, circuit.num_qubits) + 12
    body = [_wires(circuit.num_qubits, left, right)]
    body += [_svg_operation(item, centers[item.column], widths[item.column]) for item in placed]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{right + 12:.0f}" height="{height}" '
        f'viewBox="0 0 {right + 12:.0f} {height}" role="img" aria-label="quantum circuit" '
        'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12">'
        f'<rect width="100%" height="100%" fill="#ffffff" rx="6"/>{"".join(body)}</svg>'
    )


def _y(wire: int) -> float:
    return 6 + _ROW * (wire + 0.5)


def _wires(count: int, left: float, right: float) -> str:
    return "".join(
        f'<text x="10" y="{_y(q) + 4}" fill="{_INK}">q{q}</text>'
        f'<line x1="{left - 10}" y1="{_y(q)}" x2="{right}" y2="{_y(q)}" stroke="{_WIRE}"/>'
        for q in range(count)
    )


def _svg_operation(item: _Placed, x: float, width: float) -> str:
    op = item.operation
    parts = []
    if item.bottom > item.top and (op.qubits or op.controls):
        ends = f'y1="{_y(item.top)}" x2="{x}" y2="{_y(item.bottom)}"'
        parts.append(f'<line x1="{x}" {ends} stroke="{_INK}" stroke-width="1.5"/>')
    symbols = _symbols(op) or {item.top: _label(op)}
    parts += [_svg_symbol(text, x, _y(wire), width) for wire, text in symbols.items()]
    return "".join(parts)


def _svg_symbol(text: str, x: float, y: float, width: float) -> str:
    dot = f'<circle cx="{x}" cy="{y}" r="4.5" fill="{_INK}"/>'
    if text == "●":
        return dot
    if text.startswith("●"):
        return dot + f'<text x="{x + 8}" y="{y - 6}" fill="{_INK}" font-size="10">{escape(text[1:])}</text>'
    if text == "×":
        lines = f"M{x - 6} {y - 6}L{x + 6} {y + 6}M{x - 6} {y + 6}L{x + 6} {y - 6}"
        return f'<path d="{lines}" stroke="{_INK}" stroke-width="2"/>'
    if text == "⊕":
        cross = f"M{x - 11} {y}H{x + 11}M{x} {y - 11}V{y + 11}"
        return (
            f'<circle cx="{x}" cy="{y}" r="11" fill="#ffffff" stroke="{_INK}" stroke-width="1.5"/>'
            f'<path d="{cross}" stroke="{_INK}" stroke-width="1.5"/>'
        )
    half = width / 2
    return (
        f'<rect x="{x - half}" y="{y - _BOX / 2}" width="{width}" height="{_BOX}" rx="4" '
        f'fill="{_FILL}" stroke="{_INK}"/>'
        f'<text x="{x}" y="{y + 4}" text-anchor="middle" fill="{_INK}">{escape(text)}</text>'
    )
