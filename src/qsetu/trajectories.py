"""Noise by quantum trajectories: pure states whose average, over what chance decides, is the noisy state.

Chance that does not look at the state (depolarizing, phase damping) only chooses Pauli gates: these stand in
the circuit as rotations by 0 or pi, so a trajectory is a parameter row of one circuit, and trajectories in
which chance chose alike are run once. Amplitude damping asks the state: the circuit is cut there, and pieces
are run from the states as they are. J. Dalibard, Y. Castin and K. Molmer, Phys. Rev. Lett. 68, 580 (1992).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qsetu.admission import Job
from qsetu.circuits.affine import param
from qsetu.circuits.circuit import Circuit
from qsetu.circuits.noise import AmplitudeDamping, Channel, Depolarizing, NoiseModel, PhaseDamping
from qsetu.circuits.operation import Operation
from qsetu.circuits.pauli import PauliTable
from qsetu.circuits.program import GateProgram
from qsetu.compiler import compile_circuit
from qsetu.core.errors import ArgumentError
from qsetu.core.memory import working_memory
from qsetu.core.seeds import generator

__all__ = [
    "Plan",
    "as_noise",
    "as_noise_plan",
    "portions",
    "trajectory_states",
    "trajectory_values",
]

# Given states that a core's cache can hold are run together; more of them gain nothing.
AMPLITUDES_AT_ONCE = 2**20
ROWS_AT_ONCE = 2**14


class Damping(NamedTuple):
    """Amplitude damping of L qubits, one after the other."""

    qubits: NDArray[np.int32]  # (L,)
    gammas: NDArray[np.float64]  # (L,)
    columns: NDArray[np.int64]  # (L,): which of a trajectory's draws decides


@dataclass(frozen=True, eq=False)
class Plan:
    """A circuit and its noise, taken apart: everything that does not depend on numbers or chance.

    Attributes:
        programs: Pieces of the circuit, one where nothing is damped. Slots ``num_params + 2 s`` and
            ``num_params + 2 s + 1`` turn the Pauli gates X and Z at place s on, by an angle of pi.
        dampings: One after each piece, the last perhaps empty; none where nothing is damped.
        num_params: P, parameter slots of the circuit.
        draws: D, numbers from [0, 1) that chance draws for each trajectory.
        starts: int64 ``(S,)``: place s has the events from ``starts[s]`` to below ``starts[s + 1]``.
        probability: float64 ``(E,)``, of each event.
        happens: int64 ``(E,)``, which draw decides whether it happens.
        letter: int64 ``(E,)``, which draw decides among I, X, Z and XZ; -1 for always Z.
    """

    programs: tuple[GateProgram, ...]
    dampings: tuple[Damping, ...]
    num_params: int
    draws: int
    starts: NDArray[np.int64]
    probability: NDArray[np.float64]
    happens: NDArray[np.int64]
    letter: NDArray[np.int64]

    def paulis(self, draws: NDArray[np.float64]) -> NDArray[np.uint8]:
        """The Pauli gate at each place, X in bit 0 and Z in bit 1, uint8 ``(C, S)``, for draws ``(C, D)``."""
        if not len(self.starts):
            return np.zeros((len(draws), 0), dtype=np.uint8)
        # A last column of 1/2 is what -1 finds: the letter 2, Z.
        letters = np.column_stack([4 * draws, np.full(len(draws), 2.0)]).astype(np.uint8)[:, self.letter]
        letters[draws[:, self.happens] >= self.probability] = 0
        # Up to a phase, Pauli gates multiply by adding their bits.
        return np.bitwise_xor.reduceat(letters, self.starts, axis=1)


def as_noise(noise: Any) -> NoiseModel:
    """``noise``, if it is a :class:`qsetu.NoiseModel`.

    Raises:
        ArgumentError: It is not.
    """
    if not isinstance(noise, NoiseModel):
        hint = "For instance qsetu.NoiseModel(one_qubit=qsetu.Depolarizing(0.001))."
        raise ArgumentError("noise", "must be a NoiseModel", noise, hint)
    return noise


def as_noise_plan(circuit: Circuit, model: NoiseModel) -> Plan | None:
    """The plan, cached; None where no gate has noise."""
    widths = {len(op.qubits) + len(op.controls) for op in circuit.operations}
    return _plan(circuit, model) if any(model.after(width) for width in widths) else None


@lru_cache(maxsize=32)
def _plan(circuit: Circuit, model: NoiseModel) -> Plan:
    writer = _Writer(circuit)
    for op in circuit.operations:
        involved = op.qubits + op.controls
        writer.operation(op)
        for damps, group in itertools.groupby(
            model.after(len(involved)), lambda channel: isinstance(channel, AmplitudeDamping)
        ):
            (writer.damping if damps else writer.paulis)(involved, tuple(group))
    return writer.plan()


class _Writer:
    """Writes a plan, operation by operation."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.pieces: list[tuple[list[Operation], list[tuple[int, float, int]]]] = [([], [])]
        self.damped: set[int] = set()  # in the last piece
        self.starts: list[int] = []
        self.events: list[tuple[float, int, int]] = []
        self.draws = 0

    def draw(self) -> int:
        self.draws += 1
        return self.draws - 1

    def operation(self, op: Operation) -> None:
        # What acts on other qubits may as well come before the damping: so the pieces are few.
        if self.damped.intersection(op.qubits + op.controls):
            self.pieces.append(([], []))
            self.damped.clear()
        self.pieces[-1][0].append(op)

    def damping(self, qubits: tuple[int, ...], channels: tuple[Channel, ...]) -> None:
        for channel in channels:
            assert isinstance(channel, AmplitudeDamping)
            self.pieces[-1][1].extend((qubit, channel.gamma, self.draw()) for qubit in qubits)
        self.damped.update(qubits)

    def paulis(self, qubits: tuple[int, ...], channels: tuple[Channel, ...]) -> None:
        # All qubits are mixed or none is, but each has a letter of its own.
        shared = [self.draw() if isinstance(channel, Depolarizing) else -1 for channel in channels]
        for qubit in qubits:
            slot = self.circuit.num_params + 2 * len(self.starts)
            self.starts.append(len(self.events))
            for channel, decides in zip(channels, shared, strict=True):
                if isinstance(channel, Depolarizing):
                    self.events.append((channel.p, decides, self.draw()))
                elif isinstance(channel, PhaseDamping):
                    self.events.append((channel.flip, self.draw(), -1))
            if max(shared) >= 0:
                self.operation(Operation("rx", (qubit,), (param(slot),)))
            self.operation(Operation("rz", (qubit,), (param(slot + 1),)))

    def plan(self) -> Plan:
        width = self.circuit.num_qubits
        dampings = [
            Damping(*(np.array([place[i] for place in places], dtype=t) for i, t in enumerate(_DAMPING)))
            for _, places in self.pieces
        ]
        probability, happens, letter = zip(*self.events, strict=True) if self.events else ((), (), ())
        return Plan(
            tuple(compile_circuit(Circuit.from_operations(width, ops)) for ops, _ in self.pieces),
            tuple(dampings) if any(len(damping.qubits) for damping in dampings) else (),
            self.circuit.num_params,
            self.draws,
            np.array(self.starts, dtype=np.int64),
            np.array(probability, dtype=np.float64),
            np.array(happens, dtype=np.int64),
            np.array(letter, dtype=np.int64),
        )


_DAMPING = (np.int32, np.float64, np.int64)


def portions(
    job: Job, plan: Plan, row: int, count: int, seed: int | None, *, whole: bool
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """The draws ``(C, D)`` of parameter row ``row``'s trajectories, as many at once as memory allows.

    Trajectory t has the same draws whatever the count and the portions.

    Args:
        job: The admitted request.
        plan: Its plan.
        row: Which parameter row.
        count: How many trajectories.
        seed: The caller's seed.
        whole: Whether whole states are wanted, rather than numbers.

    Yields:
        The first trajectory of a portion, and the draws.
    """
    chance = generator(seed, "trajectories", row)
    size = _at_once(job, plan, count, whole or bool(plan.dampings))
    for start in range(0, count, size):
        yield start, chance.random((min(size, count - start), plan.draws))


def _at_once(job: Job, plan: Plan, count: int, whole: bool) -> int:
    n = job.program.num_qubits
    numbers = 8 * (3 * plan.draws + plan.num_params + 3 * len(plan.starts) + len(plan.probability))
    most = max(AMPLITUDES_AT_ONCE >> n, job.engine.threads() or 1) if whole else ROWS_AT_ONCE
    size = min(count, most)

    def need(rows: int) -> int:
        if whole:
            return rows * (job.engine.state_bytes(n, job.dtype) + numbers)
        states = job.engine.states_in_flight(n, rows)
        return states * job.engine.work_bytes(n, job.dtype) + rows * numbers

    while size > 1 and working_memory(need(size)) < need(size):
        size = (size + 1) // 2
    return size


def trajectory_values(
    job: Job, plan: Plan, row: int, table: PauliTable, draws: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Expectation values ``(C, K)`` of trajectories that chance draws as ``draws`` ``(C, D)``."""
    params, which = _rows(job, plan, row, draws)
    if plan.dampings:
        return job.engine.measure(_damped(job, plan, params, draws), table)
    expanded = plan.programs[0].expand(params)
    return job.engine.expectations(plan.programs[0], table, expanded, job.dtype)[which]


def trajectory_states(
    job: Job, plan: Plan, row: int, draws: NDArray[np.float64]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """States ``(U, 2^n)`` that differ, and which of them each trajectory is in, int64 ``(C,)``."""
    params, which = _rows(job, plan, row, draws)
    if plan.dampings:
        return _damped(job, plan, params, draws), which
    return job.engine.states(plan.programs[0], plan.programs[0].expand(params), job.dtype), which


def _rows(
    job: Job, plan: Plan, row: int, draws: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Parameter rows ``(U, P + 2 S)`` to run, and the one of each trajectory."""
    paulis, which = plan.paulis(draws), np.arange(len(draws))
    if not plan.dampings and not job.engine.compiles_batches:
        # Faster than np.unique, which sorts.
        places: dict[bytes, int] = {}
        which = np.array([places.setdefault(one.tobytes(), len(places)) for one in paulis])
        paulis = paulis[np.unique(which, return_index=True)[1]]
    params = np.empty((len(paulis), plan.num_params + 2 * paulis.shape[1]))
    params[:, : plan.num_params] = job.inputs[row]
    params[:, plan.num_params :: 2] = np.pi * (paulis & 1)
    params[:, plan.num_params + 1 :: 2] = np.pi * (paulis >> 1)
    return params, which


def _damped(job: Job, plan: Plan, params: NDArray[np.float64], draws: NDArray[np.float64]) -> NDArray[Any]:
    states = None
    for program, damping in zip(plan.programs, plan.dampings, strict=True):
        own = np.ascontiguousarray(program.expand(params[:, : program.num_inputs]))
        if states is None:
            states = job.engine.states(program, own, job.dtype)
        else:
            states = job.engine.evolve(program, own, states, job.dtype)
        if len(damping.qubits):
            chance = np.ascontiguousarray(draws[:, damping.columns])
            states = job.engine.damp(states, damping.qubits, damping.gammas, chance)
    assert states is not None  # a plan has at least one piece
    return states
