"""The gather of a step: a new order of qubits, and X, CX and SWAP with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qsetu.engines.xla.facts import Facts
from qsetu.engines.xla.schedule import Step

__all__ = ["gathers_of"]


def gathers_of(facts: Facts, step: Step, local: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The gather of a step, from new to old index, and its inverse; what a device number adds, too."""
    # Where basis states go, each qubit's bit and 0: that says all of a map that is linear over bits.
    n = len(step.layout)
    forth, back = ([*(1 << q for q in range(n)), 0] for _ in range(2))
    for op in step.swaps:
        forth = _swapped(facts, op, forth)
    for op in reversed(step.swaps):
        back = _swapped(facts, op, back)
    low, here = local // 2, (1 << local) - 1
    images = (_placed(back, step.layout, step.before), _placed(forth, step.before, step.layout))
    old, new = (np.stack(np.divmod(image & here, 1 << low), axis=1) for image in images)
    return old, new


def _swapped(facts: Facts, op: int, states: list[int]) -> list[int]:
    targets, control = facts.targets[op], facts.controls[op]
    if len(targets) == 2:
        a, b = targets
        both = 1 << a | 1 << b
        return [state ^ both if (state >> a ^ state >> b) & 1 else state for state in states]
    flip = 1 << targets[0]
    return [state ^ flip if state & control == control else state for state in states]


def _placed(images: list[int], given: tuple[int, ...], wanted: tuple[int, ...]) -> NDArray[np.int64]:
    """Images of positions: ``given`` is the layout of what is mapped, ``wanted`` of the images."""
    place = np.zeros(len(wanted), dtype=np.int64)
    place[list(wanted)] = np.arange(len(wanted))
    states = np.array([*(images[q] ^ images[-1] for q in given), images[-1]], dtype=np.int64)
    bits: NDArray[np.int64] = states[:, None] >> np.arange(len(wanted)) & 1
    positions: NDArray[np.int64] = (bits << place).sum(axis=1)
    return positions
