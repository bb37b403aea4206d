"""Gradients from runs at shifted angles: the general parameter-shift rule, exact for every gate Aer has.

An expectation value, as a function of one angle, is a trigonometric polynomial. Where its frequencies are
w, 2w, ..., Rw, its slope is a sum over 2R shifts (D. Wierichs, J. Izaac, C. Wang and C. Y.-Y. Lin, Quantum
6, 677 (2022), equation 25).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from qsetu.engines.aer.plain import Placed

__all__ = ["Rule", "rule_of"]


class Rule(NamedTuple):
    """The frequencies of an angle: ``unit``, twice that, up to ``most`` times that."""

    unit: float
    most: int

    @property
    def shifts(self) -> tuple[tuple[float, float], ...]:
        """``(shift, weight)`` pairs: the slope is the sum of weight times the value at the shifted angle."""
        return _shifts(self)


@lru_cache(maxsize=8)
def _shifts(rule: Rule) -> tuple[tuple[float, float], ...]:
    made = []
    for index in range(1, 2 * rule.most + 1):
        turn = (2 * index - 1) * math.pi / (2 * rule.most)
        weight = (-1) ** (index - 1) / (4 * rule.most * math.sin(turn / 2) ** 2)
        # The turn and a full turn less are the same point: the one nearer to 0 rounds less.
        turn -= 2 * math.pi if turn > math.pi else 0.0
        made.append((turn / rule.unit, rule.unit * weight))
    return tuple(made)


# A rotation has eigenvalues +1/2 and -1/2; under a control 0 as well. A phase has 0 and 1, controlled or not.
_ROTATION, _CONTROLLED, _AXIS = Rule(1.0, 1), Rule(0.5, 2), Rule(1.0, 2)


def rule_of(gate: Placed, place: int) -> Rule:
    """The rule for angle ``place`` of a gate."""
    kind = gate.name.removeprefix("mc").lstrip("c")
    if kind == "r" and place == 1:
        return _AXIS  # of two rotations by it, about Z
    if len(gate.qubits) > 1 and kind in ("rx", "ry", "rz", "r", "u") and place == 0:
        return _CONTROLLED
    return _ROTATION
