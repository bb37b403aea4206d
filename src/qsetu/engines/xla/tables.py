"""A schedule as arrays: what the executor reads. Circuits of one shape of arrays share one executable.

Angles are numbers times parameters, so every table is made once for a circuit, whatever its parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.program import GateProgram
from qsetu.engines.xla.schedule import Schedule, Step

__all__ = ["Angles", "Shape", "Steps", "Tables", "build_tables"]

Integers = NDArray[np.int32]
Reals = NDArray[np.float64]


class Shape(NamedTuple):
    """What an executable is made for, beside the shapes of its arrays."""

    num_qubits: int
    width: int  # qubits of a block
    spread: int  # qubits that number the devices
    moves: bool
    phases: bool
    outer: bool

    @property
    def local(self) -> int:
        """Qubits of the state on one device."""
        return self.num_qubits - self.spread


class Angles(NamedTuple):
    """Angles ``constant + sum_t coefficient[t] * params[slot[t]]``, one for each entry of a table."""

    constant: Reals  # (S, G)
    coefficient: Reals  # (S, G, T)
    slot: Integers  # (S, G, T)


class Steps(NamedTuple):
    """S steps. Gates G to a block, phases of M monomials, made of R and V different halves.

    A monomial is a product of bits: its phase is added where all bits of ``rows[r]`` are 1 in the upper half
    of the index and all of ``columns[v]`` in the lower half.
    """

    exchange: NDArray[np.bool_]  # (S,)
    move: NDArray[np.bool_]  # (S,)
    gather: Integers  # (S, n+1): where the map from new to old index takes each bit, and 0, on a device
    scatter: Integers  # (S, n+1): its inverse
    phase: NDArray[np.bool_]  # (S,)
    rows: Integers  # (S, R)
    columns: Integers  # (S, V)
    monomial: Integers  # (S, M): r * V + v
    block: NDArray[np.bool_]  # (S,)
    gate: Integers  # (S, G), into the forms
    outer: Integers  # (S,): bits of the index above the block that must be 1


class Tables(NamedTuple):
    """What the executor reads.

    The matrix of a gate on its block is ``A + B cos(angle) + C sin(angle)``, with A, B and C in ``forms``.
    """

    steps: Steps
    gate_angles: Angles  # (S, G)
    phase_angles: Angles  # (S, M)
    forms: NDArray[np.complex128]  # (U, 3, 2^width, 2^width)


def build_tables(program: GateProgram, plan: Schedule) -> tuple[Shape, Tables]:
    """Tables of ``program`` as planned."""
    steps = plan.steps
    shape = Shape(
        plan.num_qubits,
        plan.width,
        plan.spread,
        any(step.moves for step in steps),
        any(step.phases for step in steps),
        any(step.outer for step in steps),
    )
    n, count = plan.num_qubits, _roomy(len(steps))
    forms = _Forms(program, plan.width)
    blocks = [[forms.number(op, step) for op in step.block] for step in steps]
    gates = _padded(blocks, count, _roomy)
    monomials = [_monomials(program, step) for step in steps]
    rows, columns, places = _factored(monomials, plan.num_qubits - plan.spread, count)
    gather = np.zeros((count, n + 1), dtype=np.int32)
    scatter = np.zeros((count, n + 1), dtype=np.int32)
    outer = np.zeros(count, dtype=np.int32)
    for s, step in enumerate(steps):
        if step.moves:
            gather[s], scatter[s] = _moved(program, step, shape.local)
        outer[s] = sum(1 << p for p, q in enumerate(step.layout) if step.outer >> q & 1) >> plan.width
    arrays = Steps(
        _flags([step.exchange for step in steps], count),
        _flags([step.moves for step in steps], count),
        gather,
        scatter,
        _flags([bool(step.phases) for step in steps], count),
        rows,
        columns,
        places,
        _flags([bool(step.block) for step in steps], count),
        gates,
        outer,
    )
    return shape, Tables(
        arrays,
        _angles([[_angle_of(program, op) for op in step.block] for step in steps], gates.shape),
        _angles([[term for _, term in step] for step in monomials], places.shape),
        forms.array(),
    )


def _roomy(count: int) -> int:
    """A size from a short list (4, 6, 8, 12, 16, ...): circuits of about one size share what is compiled."""
    size = 4
    while size < count:
        size = size * 3 // 2 if size.bit_count() == 1 else size // 3 * 4
    return size


def _doubled(count: int) -> int:
    """The same for what costs little: 8, 16, 32, ..."""
    return max(8, 1 << (count - 1).bit_length())


def _flags(values: list[bool], count: int) -> NDArray[np.bool_]:
    return np.array(values + [False] * (count - len(values)), dtype=bool)


def _padded(rows: list[list[int]], count: int, room: Callable[[int], int]) -> Integers:
    """Rows of numbers, filled up with 0."""
    width = room(max((len(row) for row in rows), default=0))
    table = np.zeros((count, width), dtype=np.int32)
    for s, row in enumerate(rows):
        table[s, : len(row)] = row
    return table


# ---- angles --------------------------------------------------------------------------------------------


class _Term(NamedTuple):
    constant: float = 0.0
    terms: tuple[tuple[int, float], ...] = ()

    def times(self, factor: float) -> _Term:
        return _Term(factor * self.constant, tuple((slot, factor * c) for slot, c in self.terms))


def _angle_of(program: GateProgram, op: int) -> _Term:
    """Frequency times angle of an operation."""
    low, high = program.angle_start[op], program.angle_start[op + 1]
    slots = program.angle_slot[low:high].tolist()
    coefficients = program.angle_coefficient[low:high].tolist()
    term = _Term(float(program.angle_constant[op]), tuple(zip(slots, coefficients, strict=True)))
    return term.times(float(program.frequency[op]))


def _angles(rows: list[list[_Term]], shape: tuple[int, ...]) -> Angles:
    most = max((len(term.terms) for row in rows for term in row), default=1) or 1
    constant = np.zeros(shape)
    coefficient, slot = np.zeros((*shape, most)), np.zeros((*shape, most), dtype=np.int32)
    for s, row in enumerate(rows):
        for g, term in enumerate(row):
            constant[s, g] = np.remainder(term.constant, 2 * np.pi)  # here, while there are digits enough
            for t, (index, factor) in enumerate(term.terms):
                slot[s, g, t], coefficient[s, g, t] = index, factor
    return Angles(constant, coefficient, slot)


# ---- moves ---------------------------------------------------------------------------------------------


def _moved(program: GateProgram, step: Step, local: int) -> tuple[Integers, Integers]:
    """The gather of a step, from new to old index, and its inverse; what a device number adds, too."""
    # Where basis states go, each qubit's bit and 0: that says all of a map that is linear over bits.
    forth, back = _identity(program.num_qubits), _identity(program.num_qubits)
    for op in step.swaps:
        forth = [_swap(program, op, value) for value in forth]
    for op in reversed(step.swaps):
        back = [_swap(program, op, value) for value in back]
    here = (1 << local) - 1
    return _placed(back, step.layout, step.before) & here, _placed(forth, step.before, step.layout) & here


def _identity(num_qubits: int) -> list[int]:
    """Basis states: one for each qubit, and the last one 0."""
    return [*(1 << q for q in range(num_qubits)), 0]


def _swap(program: GateProgram, op: int, state: int) -> int:
    targets, control = program.operation_targets(op), int(program.control_mask[op])
    if len(targets) == 2:
        a, b = targets
        differ = (state >> a ^ state >> b) & 1
        return state ^ (differ << a | differ << b)
    return state ^ (1 << targets[0]) if state & control == control else state


def _placed(images: list[int], given: tuple[int, ...], wanted: tuple[int, ...]) -> NDArray[np.int64]:
    """Images of positions: ``given`` is the layout of what is mapped, ``wanted`` of the images."""
    zero = images[-1]

    def positions(state: int) -> int:
        return sum(1 << p for p, q in enumerate(wanted) if state >> q & 1)

    columns = [positions(images[q] ^ zero) for q in given]
    return np.array([*columns, positions(zero)], dtype=np.int64)


# ---- phases --------------------------------------------------------------------------------------------

_Monomials = list[tuple[int, _Term]]  # positions whose bits are multiplied, and the phase where all are 1


def _monomials(program: GateProgram, step: Step) -> _Monomials:
    place = {q: p for p, q in enumerate(step.layout)}
    collected: dict[int, list[_Term]] = {}
    for op in step.phases:
        control = 0
        for q in program.operation_controls(op):
            control |= 1 << place[q]
        bits = [1 << place[q] for q in program.operation_targets(op)]
        for chosen, term in _phases_of(program, op):
            mask = control | sum(bit for j, bit in enumerate(bits) if chosen >> j & 1)
            collected.setdefault(mask, []).append(term)
    return [(mask, term) for mask, terms in collected.items() for term in _summed(terms)]


def _summed(terms: list[_Term]) -> list[_Term]:
    """Constants become one term; what depends on parameters stays apart."""
    fixed = sum(term.constant for term in terms if not term.terms)
    return [term for term in terms if term.terms] + ([_Term(fixed)] if fixed else [])


def _phases_of(program: GateProgram, op: int) -> list[tuple[int, _Term]]:
    """The phase of a diagonal operation as a polynomial in the bits of its targets."""
    form = [np.diag(part) for part in program.operation_form(op)]
    angle = _angle_of(program, op)
    if len(form) == 1:
        slope, start = np.zeros(len(form[0])), np.angle(form[0])
    else:
        constant, cosine, sine = form
        # An entry is a constant, or turns with the angle one way or the other: exp(i (start + slope angle)).
        slope = np.where(np.abs(cosine) < 0.5, 0.0, np.sign((sine * cosine.conj()).imag))
        start = np.angle(np.where(slope == 0, constant + cosine, cosine))
    phases = [
        angle.times(float(m))._replace(constant=m * angle.constant + a)
        for m, a in zip(slope, start, strict=True)
    ]
    return [(subset, term) for subset in range(len(phases)) if (term := _moebius(phases, subset)) != _Term()]


def _moebius(phases: list[_Term], subset: int) -> _Term:
    constant = 0.0
    slots: dict[int, float] = {}
    inner = subset
    while True:
        sign = -1.0 if (subset ^ inner).bit_count() & 1 else 1.0
        constant += sign * phases[inner].constant
        for slot, c in phases[inner].terms:
            slots[slot] = slots.get(slot, 0.0) + sign * c
        if not inner:
            break
        inner = (inner - 1) & subset
    return _Term(constant, tuple((slot, c) for slot, c in slots.items() if c))


def _factored(monomials: list[_Monomials], local: int, count: int) -> tuple[Integers, Integers, Integers]:
    """Masks of the upper and of the lower half of an index, and which pair each monomial is."""
    low = local // 2
    uppers, lowers, pairs = [], [], []
    for step in monomials:
        upper: dict[int, int] = {}
        lower: dict[int, int] = {}
        pairs.append(
            [
                (
                    upper.setdefault(mask >> low, len(upper)),
                    lower.setdefault(mask & (1 << low) - 1, len(lower)),
                )
                for mask, _ in step
            ]
        )
        uppers.append(list(upper))
        lowers.append(list(lower))
    rows, columns = _padded(uppers, count, _doubled), _padded(lowers, count, _doubled)
    places = [[r * columns.shape[1] + v for r, v in step] for step in pairs]
    return rows, columns, _padded(places, count, _doubled)


# ---- gates of a block ----------------------------------------------------------------------------------


class _Forms:
    """The different gates of all blocks. Number 0 is the identity, which fills up."""

    def __init__(self, program: GateProgram, width: int) -> None:
        self._program = program
        self._width = width
        self._numbers: dict[tuple[int, ...], int] = {}
        self._parts: list[NDArray[np.complex128]] = [self._spread((np.eye(1),), (), 0)]

    def number(self, op: int, step: Step) -> int:
        place = {q: p for p, q in enumerate(step.layout[: self._width])}
        targets = tuple(place[q] for q in self._program.operation_targets(op))
        control = sum(1 << place[q] for q in self._program.operation_controls(op) if q in place)
        key = (int(self._program.form_start[op]), control, *targets)
        if key not in self._numbers:
            self._numbers[key] = len(self._parts)
            self._parts.append(self._spread(self._program.operation_form(op), targets, control))
        return self._numbers[key]

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
        forms = np.zeros((_doubled(len(self._parts)), *self._parts[0].shape), dtype=np.complex128)
        forms[: len(self._parts)] = self._parts
        return forms
