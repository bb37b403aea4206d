"""Circuits that measure: measurements, resets, barriers, and what depends on outcomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

from numpy.typing import ArrayLike

from qsetu.circuits.circuit import MAX_QUBITS, Circuit, as_values
from qsetu.circuits.operation import Operation
from qsetu.core.checks import as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.hashing import content_hash

__all__ = ["Barrier", "Condition", "If", "Instruction", "Measure", "MeasuredCircuit", "Reset"]

# Outcomes are kept a byte a bit; this many for each shot is still nothing beside a state.
MAX_CLBITS = 10_000


@dataclass(frozen=True, slots=True)
class Measure:
    """Measure ``qubit`` in the computational basis, write the outcome to ``clbit``."""

    qubit: int
    clbit: int


@dataclass(frozen=True, slots=True)
class Reset:
    """Bring ``qubit`` to |0>, whatever it was entangled with."""

    qubit: int


@dataclass(frozen=True, slots=True)
class Barrier:
    """Changes nothing in a simulation; kept, because compilers for machines heed it."""

    qubits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether the number in some classical bits is among ``values``.

    Attributes:
        clbits: The first is the number's least significant bit.
        values: The numbers for which it holds.
    """

    clbits: tuple[int, ...]
    values: frozenset[int]


@dataclass(frozen=True, slots=True)
class If:
    """``then`` where ``condition`` holds, else ``otherwise``."""

    condition: Condition
    then: tuple[Instruction, ...]
    otherwise: tuple[Instruction, ...] = ()


Instruction: TypeAlias = "Operation | Measure | Reset | Barrier | If"


@dataclass(frozen=True, repr=False)
class MeasuredCircuit:
    """A circuit that measures, such as those of Qiskit and OpenQASM often are.

    Every function of the door takes one whose measurements all come last, as if it were its ``circuit``;
    :func:`qsetu.sample` takes all of them, and gives classical bits.

    Attributes:
        num_qubits: From 0 to 62.
        num_clbits: Classical bits, from 0 to 10,000. All are 0 at first.
        instructions: In order of application.
        registers: Names of groups of classical bits, each with its bits, the least significant first.

    Raises:
        ArgumentError: An instruction does not fit the qubits and bits.

    Example:
        >>> import qsetu
        >>> from qsetu.circuits import Measure, MeasuredCircuit, Reset
        >>> bell = qsetu.Circuit(2).h(0).cx(0, 1)
        >>> again = MeasuredCircuit(2, 2, (*bell, Measure(0, 0), Reset(0), Measure(0, 1)))
        >>> shots = qsetu.sample(again, shots=1000, seed=1)
        >>> sorted(qsetu.counts(shots, 2))
        ['00', '01']
    """

    num_qubits: int
    num_clbits: int
    instructions: tuple[Instruction, ...]
    registers: tuple[tuple[str, tuple[int, ...]], ...] = ()

    def __post_init__(self) -> None:
        as_int("num_qubits", self.num_qubits, 0, MAX_QUBITS)
        as_int("num_clbits", self.num_clbits, 0, MAX_CLBITS)
        object.__setattr__(self, "instructions", tuple(self._checked(self.instructions)))
        for _, clbits in self.registers:
            self._clbits(clbits)

    def _checked(self, instructions: Iterable[Any]) -> Iterator[Instruction]:
        empty = Circuit(self.num_qubits)
        for item in instructions:
            match item:
                case Operation():
                    yield empty.checked(item)
                case Measure(qubit, clbit):
                    (found,) = self._clbits((clbit,))
                    yield Measure(self._qubit(qubit), found)
                case Reset(qubit):
                    yield Reset(self._qubit(qubit))
                case Barrier(qubits):
                    yield Barrier(tuple(map(self._qubit, qubits)))
                case If(condition, then, otherwise):
                    bits = self._clbits(condition.clbits)
                    yield If(
                        replace(condition, clbits=bits),
                        tuple(self._checked(then)),
                        tuple(self._checked(otherwise)),
                    )
                case _:
                    rule = "must hold Operation, Measure, Reset, Barrier or If"
                    raise ArgumentError("instructions", rule, item)

    def _qubit(self, qubit: Any) -> int:
        hint = f"This circuit has {self.num_qubits} qubit(s), numbered from 0."
        return as_int("qubit", qubit, 0, self.num_qubits - 1, hint)

    def _clbits(self, clbits: Iterable[Any]) -> tuple[int, ...]:
        hint = f"This circuit has {self.num_clbits} classical bit(s), numbered from 0."
        return tuple(as_int("clbit", c, 0, self.num_clbits - 1, hint) for c in clbits)

    def __iter__(self) -> Iterator[Instruction]:
        return iter(self.instructions)

    def __len__(self) -> int:
        return len(self.instructions)

    @cached_property
    def num_params(self) -> int:
        """P, one more than the highest parameter slot used."""
        operations = (item for item in walk(self.instructions) if isinstance(item, Operation))
        return max((op.num_params for op in operations), default=0)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the content, equal in every process."""
        return content_hash(
            "qsetu.measured.v1",
            self.num_qubits,
            self.num_clbits,
            [_content(item) for item in self.instructions],
            self.registers,
        )

    @cached_property
    def why_dynamic(self) -> str | None:
        """What makes its outcomes depend on measurements within the circuit; None where nothing does."""
        return _split(self.instructions)[2]

    @cached_property
    def circuit(self) -> Circuit:
        """The unitary part, all that comes before the last measurements.

        Raises:
            ArgumentError: Something else depends on a measurement; names it.
        """
        operations, _, why = _split(self.instructions)
        if why is not None:
            hint = "Use qsetu.sample, which follows the outcomes."
            raise ArgumentError("circuit", "must measure nothing before its end here", Said(why), hint)
        return Circuit.from_operations(self.num_qubits, operations)

    @cached_property
    def measurements(self) -> tuple[Measure, ...]:
        """The measurements at the end, in order: of a qubit that nothing happens to afterwards."""
        return _split(self.instructions)[1]

    def bind(self, values: ArrayLike) -> MeasuredCircuit:
        """The circuit with its slots replaced by numbers, ``values`` of shape ``(P,)``."""

        numbers = as_values(values, self.num_params)

        def bound(items: tuple[Instruction, ...]) -> Iterator[Instruction]:
            for item in items:
                if isinstance(item, If):
                    yield replace(item, then=tuple(bound(item.then)), otherwise=tuple(bound(item.otherwise)))
                else:
                    yield item.bound(numbers) if isinstance(item, Operation) else item

        return replace(self, instructions=tuple(bound(self.instructions)))

    def count_ops(self) -> dict[str, int]:
        """How often each gate and instruction occurs, most frequent first, branches included."""
        names = (
            item.name if isinstance(item, Operation) else type(item).__name__.lower()
            for item in walk(self.instructions)
        )
        return dict(Counter(names).most_common())

    def __repr__(self) -> str:
        kind = "follows outcomes" if self.why_dynamic else "measured at the end"
        return (
            f"<MeasuredCircuit: {self.num_qubits} qubits, {self.num_clbits} classical bits, "
            f"{len(self)} instructions, {self.num_params} parameters, {kind}>"
        )


def walk(instructions: Iterable[Instruction]) -> Iterator[Instruction]:
    """All instructions, those inside of branches after what they are in."""
    for item in instructions:
        yield item
        if isinstance(item, If):
            yield from walk(item.then)
            yield from walk(item.otherwise)


def _split(
    instructions: tuple[Instruction, ...],
) -> tuple[list[Operation], tuple[Measure, ...], str | None]:
    """Gates, measurements at the end, and what comes in the way of running the gates alone."""
    operations: list[Operation] = []
    measured: dict[int, list[Measure]] = {}
    touched: set[int] = set()
    for position, item in enumerate(instructions):
        where = f"(instruction {position})"
        if isinstance(item, If):
            return operations, (), f"a condition on classical bits {where}"
        if isinstance(item, Reset) and item.qubit in touched:
            return operations, (), f"a reset of qubit {item.qubit}, which is no longer |0> {where}"
        if isinstance(item, Measure):
            touched.add(item.qubit)
            measured.setdefault(item.qubit, []).append(item)
        if isinstance(item, Operation):
            involved = item.qubits + item.controls
            for qubit in involved:
                if qubit in measured:
                    return operations, (), f"a gate on qubit {qubit} after its measurement {where}"
            touched.update(involved)
            operations.append(item)
    return operations, tuple(item for item in instructions if isinstance(item, Measure)), None


def _content(item: Instruction) -> tuple[object, ...]:
    match item:
        case Operation():
            return ("gate", *item.content())
        case Measure(qubit, clbit):
            return ("measure", qubit, clbit)
        case Reset(qubit):
            return ("reset", qubit)
        case Barrier(qubits):
            return ("barrier", qubits)
        case If(condition, then, otherwise):
            inside = [[_content(one) for one in branch] for branch in (then, otherwise)]
            return ("if", condition.clbits, sorted(condition.values), *inside)
