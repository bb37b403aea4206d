"""The circuit: an immutable, hashable sequence of operations with named parameter slots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.circuits.affine import Angle, as_angle
from qsetu.circuits.builders import GateBuilders
from qsetu.circuits.gates import ALIASES, GATES
from qsetu.circuits.operation import Operation, UnitaryMatrix
from qsetu.core.checks import as_choice, as_float_array, as_int
from qsetu.core.errors import ArgumentError, Said, shorten, unknown_name
from qsetu.core.hashing import content_hash

__all__ = ["MAX_QUBITS", "Circuit"]

# Basis-state indices are 64-bit integers everywhere; no statevector machine comes near this.
MAX_QUBITS = 62

# A repeated circuit is written out; past this it would fill the memory before anything runs.
MAX_OPERATIONS = 10_000_000


class Circuit(GateBuilders):
    """A static quantum circuit on ``num_qubits`` qubits; every builder returns a new circuit.

    Qubit 0 is the least significant bit of a basis-state index. Numbers that change live in
    parameter slots (:func:`qsetu.param`); running with other numbers never recompiles anything.

    Args:
        num_qubits: From 0 (a lone global phase) to 62.

    Example:
        >>> from qsetu import Circuit, param, statevector
        >>> bell = Circuit(2).h(0).cx(0, 1)
        >>> statevector(bell).round(3).tolist()
        [(0.7070000171661377+0j), 0j, 0j, (0.7070000171661377+0j)]
        >>> Circuit(3).ry(param(0), 2).rz(2 * param(1) + 0.1, 2).num_params
        2
    """

    # A circuit is its parent plus one operation until somebody looks at the sequence: builders stay
    # O(1), and a chain of 100,000 builder calls is not quadratic.
    _parent: Circuit | None
    _last: Operation | None
    _ops: tuple[Operation, ...] | None
    num_qubits: int
    num_params: int

    def __init__(self, num_qubits: int) -> None:
        hint = "A statevector of n qubits holds 2**n amplitudes."
        self._set(as_int("num_qubits", num_qubits, 0, MAX_QUBITS, hint), 0, None, None, ())

    def _set(
        self,
        num_qubits: int,
        num_params: int,
        parent: Circuit | None,
        last: Operation | None,
        ops: tuple[Operation, ...] | None,
    ) -> None:
        fields = {"num_qubits": num_qubits, "num_params": num_params}
        self.__dict__.update(fields, _parent=parent, _last=last, _ops=ops)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"A Circuit is immutable: cannot set '{name}'. Builders return a new circuit.")

    @classmethod
    def from_operations(cls, num_qubits: int, operations: Iterable[Operation]) -> Circuit:
        """A circuit of given operations, each checked against ``num_qubits``."""
        circuit = cls(num_qubits)
        checked = tuple(circuit.checked(op) for op in operations)
        return circuit._replaced(checked)

    def _replaced(self, ops: tuple[Operation, ...], num_qubits: int | None = None) -> Circuit:
        made = object.__new__(Circuit)
        count = max((op.num_params for op in ops), default=0)
        made._set(self.num_qubits if num_qubits is None else num_qubits, count, None, None, ops)
        return made

    # -- building -------------------------------------------------------------------------------

    def append(
        self,
        gate: str,
        qubits: int | Sequence[int],
        angles: Sequence[Angle] = (),
        *,
        controls: Sequence[int] = (),
    ) -> Circuit:
        """Add a gate by name, the general form of every builder method.

        Args:
            gate: A name in the gate table or one of its controlled forms (``"cx"``, ``"ccz"``).
            qubits: For a controlled form the controls come first, as in ``cx(control, target)``.
            angles: Radians, numbers or expressions of :func:`qsetu.param`.
            controls: Further qubits that must be 1 for the gate to act.

        Raises:
            ArgumentError: Unknown gate, wrong number of angles or qubits, a qubit out of range or
                named twice, an angle that is not a finite number.
        """
        listed = [qubits] if isinstance(qubits, (int, np.integer)) else list(qubits)
        if gate in ALIASES:
            alias = ALIASES[gate]
            width = GATES[alias.gate].num_qubits
            split = len(listed) - width
            if alias.num_controls is not None and split != alias.num_controls:
                raise ArgumentError("qubits", f"must name {alias.num_controls + width} for '{gate}'", qubits)
            return self.append(alias.gate, listed[split:], angles, controls=[*listed[:split], *controls])
        if gate not in GATES:
            raise unknown_name("gate", gate, [*GATES, *ALIASES])
        record = GATES[gate]
        if len(angles) != record.num_angles:
            rule = f"must hold {record.num_angles} angle(s) for '{gate}'"
            raise ArgumentError("angles", rule, list(angles))
        named = zip(record.angles, angles, strict=True)
        affine = tuple(as_angle(name, angle) for name, angle in named)
        return self._extended(Operation(gate, tuple(listed), affine, tuple(controls)))

    def unitary(
        self, matrix: ArrayLike, qubits: int | Sequence[int], *, controls: Sequence[int] = ()
    ) -> Circuit:
        """Add an arbitrary unitary ``matrix`` of shape ``(2^k, 2^k)`` on ``k`` qubits.

        ``qubits[0]`` is the least significant bit of the matrix index.

        Raises:
            ArgumentError: The matrix has the wrong shape or is not unitary to 1e-5.
        """
        listed = (qubits,) if isinstance(qubits, (int, np.integer)) else tuple(qubits)
        if not 1 <= len(listed) <= 12:
            rule = "must name 1 to 12 qubits"
            raise ArgumentError("qubits", rule, qubits, "Split a wider unitary into gates.")
        wrapped = UnitaryMatrix(matrix, len(listed))
        return self._extended(Operation("unitary", listed, (), tuple(controls), wrapped))

    def _extended(self, op: Operation) -> Circuit:
        checked = self.checked(op)
        made = object.__new__(Circuit)
        made._set(self.num_qubits, max(self.num_params, checked.num_params), self, checked, None)
        return made

    def checked(self, op: Operation) -> Operation:
        """``op`` with plain integers for qubits and its controls in order, if it fits this circuit.

        Raises:
            ArgumentError: A qubit is out of range or named twice, or there are too many or too few.
        """
        top = self.num_qubits - 1
        hint = f"This circuit has {self.num_qubits} qubit(s), numbered from 0."
        qubits = tuple(as_int("qubit", q, 0, top, hint) for q in op.qubits)
        controls = tuple(sorted(as_int("control", q, 0, top, hint) for q in op.controls))
        expected = GATES[op.gate].num_qubits if op.unitary is None else len(qubits)
        if len(qubits) != expected:
            raise ArgumentError("qubits", f"must name {expected} qubit(s) for '{op.gate}'", qubits)
        if op.unitary is None and len(op.angles) != GATES[op.gate].num_angles:
            rule = f"must hold {GATES[op.gate].num_angles} angle(s) for '{op.gate}'"
            raise ArgumentError("angles", rule, list(op.angles))
        every = qubits + controls
        if len(set(every)) != len(every):
            twice = next(q for q, times in Counter(every).items() if times > 1)
            rule = f"must be distinct, targets and controls together, for '{op.gate}'"
            raise ArgumentError("qubits", rule, Said(f"qubit {twice} more than once in {every}"))
        return Operation(op.gate, qubits, op.angles, controls, op.unitary)

    # -- reading --------------------------------------------------------------------------------

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operations in order of application."""
        if self._ops is None:
            tail: list[Operation] = []
            node: Circuit = self
            while node._ops is None:
                assert node._last is not None and node._parent is not None
                tail.append(node._last)
                node = node._parent
            # Publish the finished tuple before letting go of the parent: another thread may be here.
            self.__dict__["_ops"] = node._ops + tuple(reversed(tail))
            self.__dict__["_parent"] = None
        assert self._ops is not None
        return self._ops

    def __len__(self) -> int:
        return len(self.operations)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Circuit):
            return NotImplemented
        return self.num_qubits == other.num_qubits and self.operations == other.operations

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.num_qubits, self.operations))

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the circuit's content, equal in every process; the key for caches and records."""
        return content_hash("qsetu.circuit.v1", self.num_qubits, [op.content() for op in self])

    def __getstate__(self) -> dict[str, Any]:
        return {"num_qubits": self.num_qubits, "operations": self.operations}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # A pickle is input like any other: what it holds is checked as builders check it.
        made = Circuit.from_operations(state["num_qubits"], state["operations"])
        self._set(made.num_qubits, made.num_params, None, None, made.operations)

    def count_ops(self) -> dict[str, int]:
        """How often each gate occurs, most frequent first; ``cx`` counts apart from ``x``."""
        return dict(Counter(op.name for op in self).most_common())

    def depth(self) -> int:
        """Length of the longest chain of operations that share qubits."""
        level = [0] * self.num_qubits
        for op in self:
            touched = op.qubits + op.controls
            if touched:
                deepest = 1 + max(level[q] for q in touched)
                for q in touched:
                    level[q] = deepest
        return max(level, default=0)

    # -- transforming ---------------------------------------------------------------------------

    def compose(self, other: Circuit, qubits: Sequence[int] | None = None) -> Circuit:
        """This circuit followed by ``other``, whose qubit ``i`` lands on ``qubits[i]``.

        Both share parameter slots; use :meth:`shift_params` to give ``other`` slots of its own.
        """
        if not isinstance(other, Circuit):
            raise ArgumentError("other", "must be a Circuit", other)
        if qubits is None and other.num_qubits > self.num_qubits:
            hint = "Start from the wider circuit, or compose the other way round."
            raise ArgumentError(
                "other", f"must have at most {self.num_qubits} qubits", other.num_qubits, hint
            )
        moved = other if qubits is None else other.remap(qubits, self.num_qubits)
        return self._replaced(self.operations + moved.operations)

    def remap(self, qubits: Sequence[int], num_qubits: int | None = None) -> Circuit:
        """The same circuit with qubit ``i`` renamed ``qubits[i]``, on ``num_qubits`` qubits."""
        if len(qubits) != self.num_qubits:
            raise ArgumentError("qubits", f"must name {self.num_qubits} qubits", list(qubits))
        width = self.num_qubits if num_qubits is None else num_qubits
        places = [as_int("qubits", q, 0, width - 1) for q in qubits]
        if len(set(places)) != len(places):
            raise ArgumentError("qubits", "must be distinct", places)
        moved = (
            Operation(
                op.gate,
                tuple(places[q] for q in op.qubits),
                op.angles,
                tuple(sorted(places[q] for q in op.controls)),
                op.unitary,
            )
            for op in self
        )
        return Circuit(width)._replaced(tuple(moved))

    def shift_params(self, offset: int) -> Circuit:
        """The same circuit with every parameter slot moved up by ``offset``."""
        by = as_int("offset", offset, 0)
        return self._map_angles(lambda angle: angle.shifted(by))

    def bind(self, values: ArrayLike) -> Circuit:
        """The circuit with its slots replaced by numbers, ``values`` of shape ``(P,)``."""
        numbers = as_values(values, self.num_params)
        return self._replaced(tuple(op.bound(numbers) for op in self))

    def inverse(self) -> Circuit:
        """The circuit that undoes this one."""
        return self._replaced(tuple(op.inverse() for op in reversed(self.operations)))

    def power(self, exponent: int) -> Circuit:
        """The circuit repeated ``exponent`` times; a negative exponent repeats the inverse."""
        limit = MAX_OPERATIONS // max(1, len(self))
        hint = f"The result may hold at most {MAX_OPERATIONS:,} operations."
        times = as_int("exponent", exponent, -limit, limit, hint)
        base = self if times >= 0 else self.inverse()
        return self._replaced(base.operations * abs(times))

    def controlled(self, controls: Sequence[int]) -> Circuit:
        """The circuit acting only where every qubit in ``controls`` is 1 (global phase included)."""
        extra = tuple(controls)
        return Circuit.from_operations(
            self.num_qubits,
            (Operation(op.gate, op.qubits, op.angles, op.controls + extra, op.unitary) for op in self),
        )

    def _map_angles(self, change: Any) -> Circuit:
        ops = (
            Operation(op.gate, op.qubits, tuple(change(a) for a in op.angles), op.controls, op.unitary)
            for op in self
        )
        return self._replaced(tuple(ops))

    # -- showing --------------------------------------------------------------------------------

    def draw(self, style: str = "text", *, width: int = 100) -> str:
        """A drawing of the circuit: ``"text"`` (wrapped at ``width`` characters) or ``"svg"``.

        In a notebook a circuit that ends a cell draws itself.
        """
        from qsetu.circuits.drawing import draw_svg, draw_text

        chosen = as_choice("style", style, ("text", "svg"))
        return draw_text(self, as_int("width", width, 20)) if chosen == "text" else draw_svg(self)

    def _repr_html_(self) -> str:
        # A page that a browser can hold; beyond it, the repr says what the circuit is.
        return self.draw("svg") if len(self) <= 400 and self.num_qubits <= 64 else f"<code>{self!r}</code>"

    def __repr__(self) -> str:
        head = f"Circuit({self.num_qubits})"
        if len(self) > 8:
            return (
                f"<Circuit: {self.num_qubits} qubits, {len(self)} operations, depth {self.depth()}, "
                f"{self.num_params} parameters>"
            )
        return head + "".join(_repr_operation(op) for op in self)


def as_values(values: ArrayLike, num_params: int) -> NDArray[np.float64]:
    """One number for each slot, float64 ``(P,)``."""
    numbers = as_float_array("values", values, f"({num_params},)")
    if numbers.shape != (num_params,):
        raise ArgumentError("values", f"must have shape ({num_params},)", Said(f"shape {numbers.shape}"))
    return numbers


def _repr_operation(op: Operation) -> str:
    arguments = [repr(angle) for angle in op.angles] + [str(q) for q in op.qubits]
    if op.unitary is not None:
        arguments = [shorten(op.unitary.array.tolist(), 40), str(list(op.qubits))]
    if op.controls:
        arguments.append(f"controls={list(op.controls)}")
    return f".{op.gate}({', '.join(arguments)})"
