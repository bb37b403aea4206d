"""The different gates of all blocks, each as matrices on a whole block."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.program import GateProgram
from qsetu.engines.xla.facts import Facts
from qsetu.engines.xla.schedule import Step
from qsetu.engines.xla.sizes import doubled

__all__ = ["Forms"]


class Forms:
    """The different gates of all blocks. Number 0 is the identity, which fills up."""

    def __init__(self, program: GateProgram, facts: Facts, width: int) -> None:
        self._program = program
        self._facts = facts
        self._starts = program.form_start.tolist()
        self._width = width
        self._numbers: dict[tuple[int, ...], int] = {}
        self._parts: list[NDArray[np.complex128]] = [self._spread((np.eye(1),), (), 0)]

    def numbers(self, step: Step) -> list[int]:
        """Of the gates of a step's block."""
        place = {q: p for p, q in enumerate(step.layout[: self._width])}
        inside = [(1 << q, 1 << p) for q, p in place.items()]
        found = []
        for op in step.block:
            targets = tuple([place[q] for q in self._facts.targets[op]])
            mask = self._facts.controls[op]
            control = sum([bit for qubit, bit in inside if mask & qubit]) if mask else 0
            key = (self._starts[op], control, *targets)
            number = self._numbers.get(key)
            if number is None:
                number = self._numbers[key] = len(self._parts)
                self._parts.append(self._spread(self._program.operation_form(op), targets, control))
            found.append(number)
        return found

    def _spread(self, form: tuple[NDArray[Any], ...], targets: tuple[int, ...], control: int) -> NDArray[Any]:
        """A, B and C on the whole block, ``(3, 2^width, 2^width)``."""
        size = 2**self._width
        parts = np.zeros((3, size, size), dtype=np.complex128)
        index = np.arange(size)
        held = index & control == control
        parts[0, index[~held], index[~held]] = 1
        index = index[held]
        here = sum(((index >> t & 1) << j for j, t in enumerate(targets)), start=np.zeros_like(index))
        rest = index & ~sum(1 << t for t in targets)
        for value in range(2 ** len(targets)):
            column = rest | sum((value >> j & 1) << t for j, t in enumerate(targets))
            for part, matrix in zip(parts, form, strict=False):
                part[index, column] = matrix[here, value]
        return parts

    def array(self) -> NDArray[np.complex128]:
        """All of them, ``(U, 3, 2^width, 2^width)``."""
        forms = np.zeros((doubled(len(self._parts)), *self._parts[0].shape), dtype=np.complex128)
        forms[: len(self._parts)] = self._parts
        return forms
