"""Which operations run in which step. NumPy only; no number of a parameter is needed.

A step reads and writes the state once or a few times, in this order, each part only where there is work:

    exchange   qubits that number the devices change places with qubits of the state on each device
    move       one gather: a new order of the qubits, and X, CX and SWAP with it
    phases     one multiplication by exp(i phase): diagonal operations on any qubits
    block      one matrix product on the ``width`` lowest positions, whose result leaves them on top

so after a block all other qubits have come down by ``width`` positions, and the next ones are in place. An
operation may be taken out of turn when it commutes with all that is left behind: both act diagonally on every
qubit they share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from qsetu.circuits.program import GateProgram

__all__ = ["Schedule", "Step", "schedule"]

# What parts of a step cost, in blocks; measured on a CPU, near enough on others.
MOVE_COST = 0.7
PHASES_COST = 1.5
# A step without phases is taken while it gains this share of what one with phases would: they wait for more.
PATIENCE = 0.5
# How far ahead of the first operation left a step may look.
LOOK_AHEAD = 64
LOOK_AHEAD_PER_QUBIT = 16

_X = np.array([[0, 1], [1, 0]])
_SWAP = np.eye(4)[[0, 2, 1, 3]]


@dataclass(frozen=True)
class Step:
    """One step. ``layout[p]`` is the qubit at position p after exchange and move, before the block.

    Attributes:
        before: Layout that the step finds, after an exchange if it has one.
        layout: Layout when phases and block run.
        exchange: Whether the positions that number devices change places with the highest of a device.
        swaps: Operations done by the move, in order: X, CX and SWAP.
        phases: Diagonal operations.
        block: Operations of the matrix, in order.
        outer: Controls that are not in the block, a mask of qubits; only of a block of one operation.
    """

    before: tuple[int, ...]
    layout: tuple[int, ...]
    exchange: bool = False
    swaps: tuple[int, ...] = ()
    phases: tuple[int, ...] = ()
    block: tuple[int, ...] = ()
    outer: int = 0

    @property
    def moves(self) -> bool:
        """Whether the step gathers."""
        return self.layout != self.before or bool(self.swaps)


@dataclass(frozen=True)
class Schedule:
    """All steps, and the layout that the last one leaves.

    ``layout`` has a position for every qubit; the highest ``spread`` of them number the devices.
    """

    num_qubits: int
    width: int
    spread: int
    steps: tuple[Step, ...]
    layout: tuple[int, ...]

    @property
    def passes(self) -> int:
        """How often the state is read and written."""
        return sum(step.moves + bool(step.phases) + bool(step.block) + step.exchange for step in self.steps)


@dataclass(frozen=True)
class _Operations:
    """What the choice needs to know of each operation: masks of qubits."""

    mixed: list[int]  # qubits on which it is not diagonal
    read: list[int]  # qubits on which it is
    swaps: list[bool]  # X, CX or SWAP
    after: list[int]  # linked list of what is left, which shrinks; the last entry is the head


def _operations(program: GateProgram) -> _Operations:
    known: dict[tuple[int, int], bool] = {}
    mixed, read, swaps = [], [], []
    starts, targets = program.target_start.tolist(), program.targets.tolist()
    controls, diagonal = program.control_mask.tolist(), program.diagonal.tolist()
    frequencies, forms = program.frequency.tolist(), program.form_start.tolist()
    for index, (low, high) in enumerate(pairwise(starts)):
        acted = 0
        for q in targets[low:high]:
            acted |= 1 << q
        mixed.append(0 if diagonal[index] else acted)
        read.append(controls[index] | (acted if diagonal[index] else 0))
        key = (forms[index], high - low)
        if key not in known:
            form = program.operation_form(index)[0]
            known[key] = not frequencies[index] and (np.array_equal(form, _X) or np.array_equal(form, _SWAP))
        one_control = controls[index] & (controls[index] - 1) == 0 if high - low == 1 else not controls[index]
        swaps.append(known[key] and one_control)
    return _Operations(mixed, read, swaps, [*range(1, len(mixed) + 1), 0])


def schedule(program: GateProgram, width: int, spread: int = 0, *, ordered: bool = False) -> Schedule:
    """The steps of ``program``.

    Args:
        program: What to run.
        width: Qubits of a block, at most those of one device's state.
        spread: How many qubits number the devices, 2^spread of them: few enough for ``devices.mesh_of``.
        ordered: Whether the last step leaves qubit q at position q.
    """
    scheduler = _Scheduler(program, width, spread)
    scheduler.run()
    if ordered:
        scheduler.order()
    return Schedule(program.num_qubits, width, spread, tuple(scheduler.steps), scheduler.layout)


@dataclass(frozen=True)
class _Choice:
    """A step as it might be."""

    swaps: tuple[int, ...] = ()
    phases: tuple[int, ...] = ()
    block: tuple[int, ...] = ()
    qubits: int = 0
    moves: bool = False

    @property
    def gain(self) -> float:
        """Operations for what they cost."""
        taken = len(self.swaps) + len(self.phases) + len(self.block)
        cost = MOVE_COST * self.moves + PHASES_COST * bool(self.phases) + bool(self.block)
        return taken / cost if taken else 0.0


class _Scheduler:
    def __init__(self, program: GateProgram, width: int, spread: int) -> None:
        self.n = program.num_qubits
        self.local = self.n - spread  # positions of one device's state
        self.width, self.spread = width, spread
        self.ops = _operations(program)
        self.layout = tuple(range(self.n))
        self.steps: list[Step] = []
        self.limit = LOOK_AHEAD + LOOK_AHEAD_PER_QUBIT * self.n

    def run(self) -> None:
        head = len(self.ops.mixed)
        while self.ops.after[head] != head:
            self.step()

    def order(self) -> None:
        wanted = tuple(range(self.n))
        here, away, top = self.layout[: self.local], self.layout[self.local :], wanted[self.local :]
        if away != top:
            if set(away) & set(top):
                # One of a device's places, but perhaps another's: all come here first.
                self._exchange(tuple(q for q in here if q not in top)[: self.spread])
            self._exchange(top)
        if self.layout != wanted:
            self.steps.append(Step(self.layout, wanted))
            self.layout = wanted

    def step(self) -> None:
        choices = self._choices()
        best = max(choices, key=lambda choice: choice.gain)
        patient = max((c for c in choices if not c.phases), key=lambda choice: choice.gain)
        if patient.gain >= PATIENCE * best.gain:
            best = patient
        if best.gain:
            self._emit(best)
        elif not self._wide():
            self._exchange(self._wanted_last(self.layout[: self.local]))

    # ---- choosing ------------------------------------------------------------------------------------

    def _choices(self) -> list[_Choice]:
        window = self._mask(self.layout[: self.width])
        choices = []
        swaps = self._take_swaps(frozenset())
        for moved in ((), swaps) if swaps else ((),):
            gone = frozenset(moved)
            for phases in {(), self._take_phases(gone)}:
                left_out = gone.union(phases)
                if not moved:
                    choices.append(_Choice((), phases, self._take_inside(left_out, window), window))
                block, qubits = self._take_grown(left_out)
                choices.append(_Choice(moved, phases, block, qubits, moves=True))
        return choices

    def _mask(self, qubits: tuple[int, ...]) -> int:
        return sum(1 << q for q in qubits)

    def _take_swaps(self, gone: frozenset[int]) -> tuple[int, ...]:
        away = self._mask(self.layout[self.local :])
        swaps, mixed = self.ops.swaps, self.ops.mixed
        return self._scan(gone, lambda op: swaps[op] and not mixed[op] & away)

    def _take_phases(self, gone: frozenset[int]) -> tuple[int, ...]:
        mixed = self.ops.mixed
        return self._scan(gone, lambda op: not mixed[op])

    def _take_inside(self, gone: frozenset[int], window: int) -> tuple[int, ...]:
        outside = ~window
        mixed, read = self.ops.mixed, self.ops.read
        return self._scan(gone, lambda op: not (mixed[op] | read[op]) & outside)

    def _scan(self, gone: frozenset[int], wanted: Callable[[int], bool]) -> tuple[int, ...]:
        """Every operation that is wanted and free to go first."""
        mixed, read, after = self.ops.mixed, self.ops.read, self.ops.after
        head = len(mixed)
        closed = 0  # qubits that something left behind mixes
        held = 0  # qubits that something left behind reads: they may be read, not mixed
        everything = 2**self.n - 1
        taken = []
        op, budget = after[head], self.limit
        while op != head and budget and closed != everything:
            if op not in gone:
                m, r = mixed[op], read[op]
                if not ((m | r) & closed or m & held) and wanted(op):
                    taken.append(op)
                else:
                    closed |= m
                    held |= r
                budget -= 1
            op = after[op]
        return tuple(taken)

    def _take_grown(self, gone: frozenset[int]) -> tuple[tuple[int, ...], int]:
        """A block whose qubits are found on the way: operations on several qubits bring them in."""
        mixed, read, after = self.ops.mixed, self.ops.read, self.ops.after
        head = len(mixed)
        closed = held = inside = 0
        everything = 2**self.n - 1
        away = self._mask(self.layout[self.local :])
        taken: list[int] = []
        waiting: dict[int, list[int]] = {}  # operations on one qubit that is not in yet
        op, budget = after[head], self.limit
        while op != head and budget and closed != everything:
            if op in gone:
                op = after[op]
                continue
            m, r = mixed[op], read[op]
            acted = m | r
            free = not (acted & closed or m & held) and not acted & away
            if free and not acted & ~inside:
                taken.append(op)
            elif free and not acted & (acted - 1):
                waiting.setdefault(acted, []).append(op)
            elif free and (inside | acted).bit_count() <= self.width:
                taken += self._let_in(waiting, acted & ~inside)
                inside |= acted
                taken.append(op)
            else:
                closed |= m
                held |= r
            budget -= 1
            op = after[op]
        while waiting and inside.bit_count() < self.width:
            most = max(waiting, key=lambda qubit: len(waiting[qubit]))
            taken += waiting.pop(most)
            inside |= most
        return tuple(taken), inside

    @staticmethod
    def _let_in(waiting: dict[int, list[int]], qubits: int) -> list[int]:
        let_in = []
        for qubit in [q for q in waiting if q & qubits]:
            let_in += waiting.pop(qubit)
        return let_in

    # ---- doing ---------------------------------------------------------------------------------------

    def _emit(self, choice: _Choice, outer: int = 0) -> None:
        layout = self._with_lowest(choice.qubits) if choice.moves else self.layout
        block = tuple(sorted(choice.block))
        self.steps.append(Step(self.layout, layout, False, choice.swaps, choice.phases, block, outer))
        self._remove({*choice.swaps, *choice.phases, *choice.block})
        if block:
            here, away = layout[: self.local], layout[self.local :]
            layout = here[self.width :] + here[: self.width] + away
        self.layout = layout

    def _with_lowest(self, qubits: int) -> tuple[int, ...]:
        """A layout with these qubits in the block; all others keep their order."""
        here = self.layout[: self.local]
        chosen = [q for q in here if qubits >> q & 1]
        others = [q for q in here if not qubits >> q & 1]
        return (*chosen, *others, *self.layout[self.local :])

    def _remove(self, ops: set[int]) -> None:
        after = self.ops.after
        place, left = len(after) - 1, len(ops)
        while left:
            following = after[place]
            if following in ops:
                after[place] = after[following]
                left -= 1
            else:
                place = following

    def _wide(self) -> bool:
        """The first operation left, controls and all, where no block holds all of its qubits."""
        op = self.ops.after[-1]
        mixed, read = self.ops.mixed[op], self.ops.read[op]
        if mixed & self._mask(self.layout[self.local :]):
            return False
        inside = mixed
        for qubit in (q for q in self.layout[: self.local] if read >> q & 1):
            if inside.bit_count() < self.width:
                inside |= 1 << qubit
        self._emit(_Choice(block=(op,), qubits=inside, moves=True), outer=read & ~inside)
        return True

    def _exchange(self, leaving: tuple[int, ...]) -> None:
        """The qubits of the devices come here, others take their places, in this order."""
        here, away = self.layout[: self.local], self.layout[self.local :]
        lower = tuple(q for q in here if q not in leaving)
        self.steps.append(Step(self.layout, (*lower, *leaving, *away)))
        swapped = (*lower, *away, *leaving)
        self.steps.append(Step(swapped, swapped, exchange=True))
        self.layout = swapped

    def _wanted_last(self, here: tuple[int, ...]) -> tuple[int, ...]:
        """Of these, as many as the devices number, those that are mixed last."""
        mixed, after = self.ops.mixed, self.ops.after
        head = len(mixed)
        waiting = set(here)
        op, order = after[head], []
        while op != head and len(waiting) > self.spread:
            for qubit in [q for q in waiting if mixed[op] >> q & 1]:
                waiting.discard(qubit)
                order.append(qubit)
            op = after[op]
        last = [*order, *sorted(waiting)][-self.spread :]
        return tuple(sorted(last))
