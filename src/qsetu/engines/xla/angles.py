"""Angles as tables: a constant, and coefficients of parameters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qsetu.circuits.program import GateProgram
from qsetu.engines.xla.sizes import Integers, Reals

__all__ = ["Angles", "Term", "angle_of", "angles_of", "gate_angles"]


class Angles(NamedTuple):
    """Angles ``constant + sum_t coefficient[t] * params[slot[t]]``, one for each entry of a table."""

    constant: Reals  # (S, G)
    coefficient: Reals  # (S, G, T)
    slot: Integers  # (S, G, T)


class Term(NamedTuple):
    """One angle: a constant, and ``(slot, coefficient)`` pairs."""

    constant: float = 0.0
    terms: tuple[tuple[int, float], ...] = ()

    def times(self, factor: float) -> Term:
        """A multiple."""
        return Term(factor * self.constant, tuple((slot, factor * c) for slot, c in self.terms))


def angle_of(program: GateProgram, op: int) -> Term:
    """Frequency times angle of an operation."""
    low, high = program.angle_start[op], program.angle_start[op + 1]
    slots = program.angle_slot[low:high].tolist()
    coefficients = program.angle_coefficient[low:high].tolist()
    term = Term(float(program.angle_constant[op]), tuple(zip(slots, coefficients, strict=True)))
    return term.times(float(program.frequency[op]))


def gate_angles(program: GateProgram, blocks: list[tuple[int, ...]], shape: tuple[int, ...]) -> Angles:
    """Frequency times angle of each operation of each block."""
    terms = np.diff(program.angle_start)
    sizes = [len(block) for block in blocks]
    ops = np.fromiter((op for block in blocks for op in block), dtype=np.int64, count=sum(sizes))
    place = (np.repeat(np.arange(len(blocks)), sizes), np.concatenate([np.arange(0), *map(np.arange, sizes)]))
    constant = np.zeros(shape)
    # Whole turns are taken off here, while there are digits enough.
    constant[place] = np.remainder(program.frequency[ops] * program.angle_constant[ops], 2 * np.pi)
    most = max(1, int(terms[ops].max(initial=0)))
    coefficient, slot = np.zeros((*shape, most)), np.zeros((*shape, most), dtype=np.int32)
    for t in range(most):
        has = terms[ops] > t
        here, chosen = (place[0][has], place[1][has], t), ops[has]
        term = program.angle_start[chosen] + t
        slot[here] = program.angle_slot[term]
        coefficient[here] = program.frequency[chosen] * program.angle_coefficient[term]
    return Angles(constant, coefficient, slot)


def angles_of(rows: list[list[Term]], shape: tuple[int, ...]) -> Angles:
    """A row of angles for each step, filled up with 0."""
    most = max((len(term.terms) for row in rows for term in row), default=1) or 1
    constant = np.zeros(shape)
    coefficient, slot = np.zeros((*shape, most)), np.zeros((*shape, most), dtype=np.int32)
    for s, row in enumerate(rows):
        for g, term in enumerate(row):
            constant[s, g] = np.remainder(term.constant, 2 * np.pi)  # here, while there are digits enough
            for t, (index, factor) in enumerate(term.terms):
                slot[s, g, t], coefficient[s, g, t] = index, factor
    return Angles(constant, coefficient, slot)
