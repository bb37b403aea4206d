"""Names of registers in OpenQASM text: those of the circuit, where the language allows them."""

from __future__ import annotations

import re
from collections.abc import Collection

from qsetu.circuits import Circuit, MeasuredCircuit
from qsetu.interop.openqasm.scan import KEYWORDS

__all__ = ["classical_registers", "free_name"]

# Functions and constants, and gates that are there without a definition.
_TAKEN = {
    *("pi", "tau", "euler", "opaque", "U", "CX", "sin", "cos", "tan", "exp", "ln", "log", "sqrt", "arcsin"),
    *("arccos", "arctan", "mod", "ceiling", "floor", "popcount", "rotl", "rotr", "real", "imag"),
}


def free_name(wanted: str, taken: Collection[str]) -> str:
    """``wanted``, changed as little as needed to be a name that nothing else has."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", wanted)
    if not re.match(r"[a-z]", name):  # OpenQASM 2 wants a small letter first
        name = name[:1].lower() + name[1:] if name[:1].isalpha() else f"c{name}"
    while name in taken or name in KEYWORDS or name in _TAKEN:
        name += "_"
    return name


def classical_registers(
    circuit: Circuit | MeasuredCircuit, taken: Collection[str]
) -> list[tuple[str, tuple[int, ...]]]:
    """Registers that hold each classical bit once, in order; those of the circuit where they do that.

    Bits in no register get registers of their own. Registers that overlap, or are in another order than
    their bits, are written as one.
    """
    if isinstance(circuit, Circuit) or not circuit.num_clbits:
        return []
    given = sorted(circuit.registers, key=lambda item: item[1])
    order = [bit for _, bits in given for bit in bits]
    whole = all(bits == tuple(range(bits[0], bits[0] + len(bits))) for _, bits in given if bits)
    if len(set(order)) != len(order) or order != sorted(order) or not whole:
        given = []
    made: list[tuple[str, tuple[int, ...]]] = []
    names = set(taken) | {name for name, _ in given}
    at = 0
    for name, bits in [*((n, b) for n, b in given if b), ("", (circuit.num_clbits,))]:
        if bits[0] > at:  # a gap
            free = free_name("c", names)
            names.add(free)
            made.append((free, tuple(range(at, bits[0]))))
        if name:
            kept = free_name(name, {*taken, *(used for used, _ in made)})
            names.add(kept)
            made.append((kept, bits))
            at = bits[-1] + 1
    return made
