"""What a circuit that fits on no single machine would take over nodes: an extrapolation on paper."""

from __future__ import annotations

from dataclasses import dataclass

import qsetu
from qsetu.circuits import GATES, Operation
from qsetu.core.errors import ArgumentError

__all__ = ["AMPLITUDE", "ARCHER2", "Extrapolation", "Node", "exchanges", "extrapolated"]

AMPLITUDE = 8  # bytes of complex64
# Qubits that a gate touches, and those among them that it mixes.
Touched = tuple[set[int], set[int]]


@dataclass(frozen=True)
class Node:
    """A node of a cluster.

    Attributes:
        memory: Bytes.
        network: Bytes a second that it sends, while as many arrive.
        usable: Share of the memory that states and their buffers may take.
        speed: How many times as fast it computes as the machine whose cost an amplitude and gate is used.
    """

    memory: float
    network: float
    usable: float = 0.9
    speed: float = 1.0


# A standard node of ARCHER2 (docs.archer2.ac.uk, user guide, hardware): 256 GB, two ports of 100 Gb/s. Its
# 128 cores are faster than most machines that this is measured on; by how much has to be measured there.
ARCHER2 = Node(memory=256e9, network=25e9)


@dataclass(frozen=True)
class Extrapolation:
    """What a circuit would take.

    Attributes:
        nodes: A power of two.
        state_bytes: Of the whole state.
        node_bytes: In each node, with the buffer that an exchange is received in.
        exchanges: Times that all nodes change amplitudes with all others.
        compute: Seconds of gates.
        network: Seconds of exchanges.
    """

    nodes: int
    state_bytes: float
    node_bytes: float
    exchanges: int
    compute: float
    network: float

    @property
    def seconds(self) -> float:
        """Gates and exchanges, one after the other."""
        return self.compute + self.network


def extrapolated(circuit: qsetu.Circuit, seconds_each: float, node: Node = ARCHER2) -> Extrapolation:
    """Nodes, memory and time of one run of `circuit`.

    Args:
        circuit: Of any width: nothing of it runs.
        seconds_each: Measured cost of a gate on an amplitude.
        node: All nodes are alike.

    It takes for granted that a gate on an amplitude costs on each node what it cost where it was measured,
    over `node.speed`; that a node keeps its part of the state and as much again to receive an exchange in,
    where there are several nodes; that all links run at full rate at the same time, and neither latency nor
    waiting costs anything; and that computing waits for exchanges.
    """
    n = circuit.num_qubits
    state = float(AMPLITUDE * 2**n)
    nodes = 1
    while _held(state, nodes) > node.usable * node.memory:
        nodes *= 2
    shared = nodes.bit_length() - 1
    times = exchanges(circuit, n - shared) if shared else 0
    return Extrapolation(
        nodes=nodes,
        state_bytes=state,
        node_bytes=_held(state, nodes),
        exchanges=times,
        compute=seconds_each * len(circuit) * 2.0**n / nodes / node.speed,
        # All but the part that stays leaves each node.
        network=times * (1 - 1 / nodes) * state / nodes / node.network,
    )


def _held(state: float, nodes: int) -> float:
    return state / nodes * (1 if nodes == 1 else 2)


def exchanges(circuit: qsetu.Circuit, local: int) -> int:
    """How often qubits that number nodes change places with local ones.

    Between two exchanges everything runs that can: a gate waits where it mixes a qubit that numbers nodes, or
    shares a qubit with one that waits. Each time, the qubits that are mixed again latest go. The state starts
    as |0...0>, so that any qubits can be local at first.
    """
    left = [(set(op.qubits) | set(op.controls), _mixes(op)) for op in circuit]
    widest = max((len(mixed) for _, mixed in left), default=0)
    if widest > local:
        raise ArgumentError("local", f"must be at least {widest}, the widest gate of the circuit", local)
    times = -1
    while left or times < 0:
        left = _waiting(left, _mixed_first(left, local))
        times += 1
    return times


def _mixes(op: Operation) -> set[int]:
    """Qubits whose amplitudes a gate mixes: phases and controls cost no exchange."""
    return set() if op.unitary is None and GATES[op.gate].is_diagonal else set(op.qubits)


def _mixed_first(left: list[Touched], local: int) -> set[int]:
    """The `local` qubits that are mixed first, fewer where no more are."""
    seen: dict[int, None] = {}
    for _, mixed in left:
        seen.update(dict.fromkeys(sorted(mixed)))
    return set(list(seen)[:local])


def _waiting(left: list[Touched], here: set[int]) -> list[Touched]:
    """Gates that cannot run while only `here` is local."""
    blocked: set[int] = set()
    kept = []
    for touched, mixed in left:
        if touched & blocked or not mixed <= here:
            blocked |= touched
            kept.append((touched, mixed))
    return kept
