"""The PennyLane device beside lightning.qubit and default.qubit.

Every case is one QNode, word for word the same for all three, called as a user calls it: what PennyLane
does in Python before and after is part of each time. All compute in double precision; lightning.qubit and
qsetu.qubit differentiate by the adjoint method, default.qubit by backpropagation, the best that each has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pennylane as qml
from pennylane import numpy as pnp

from qsetu.bench import Candidate, Case, Options
from qsetu_benchmarks import roster

__all__ = ["CASES", "build"]

# Device, and what has to be wanted and installed for it.
PEERS = {"lightning.qubit": "lightning", "default.qubit": "default_qubit"}
OURS = "qsetu.qubit"
LAYERS, ROWS = 4, 64
ALLOWED = {"complex128": 1e-8}

Call = Callable[[], Any]


def ansatz(weights: Any, wires: int) -> None:
    for layer in range(LAYERS):
        for wire in range(wires):
            qml.RY(weights[layer, wire, 0], wires=wire)
            qml.RZ(weights[layer, wire, 1], wires=wire)
        for wire in range(wires - 1):
            qml.CNOT(wires=[wire, wire + 1])


def weights(wires: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(-np.pi, np.pi, (LAYERS, wires, 2))


def value(device: str, wires: int, **how: Any) -> qml.QNode:
    def circuit(numbers: Any) -> Any:
        ansatz(numbers, wires)
        return qml.expval(qml.Z(0) @ qml.Z(wires - 1))

    return qml.QNode(circuit, qml.device(device, wires=wires), **how)


def forward(device: str, wires: int) -> Call:
    node, numbers = value(device, wires), weights(wires)
    return lambda: node(numbers)


def gradient(device: str, wires: int) -> Call:
    slope, numbers = qml.grad(value(device, wires)), pnp.array(weights(wires))
    return lambda: slope(numbers)


def compiled_gradient(device: str, wires: int) -> Call:
    import jax

    slope = jax.jit(jax.value_and_grad(value(device, wires, interface="jax")))
    numbers = jax.numpy.array(weights(wires))
    return lambda: np.asarray(slope(numbers)[1].block_until_ready())


def classifier(device: str, wires: int) -> qml.QNode:
    def circuit(inputs: Any, numbers: Any) -> Any:
        for wire in range(wires):
            qml.RX(inputs[..., wire], wires=wire)
        ansatz(numbers, wires)
        return qml.expval(qml.Z(0))

    return qml.QNode(circuit, qml.device(device, wires=wires))


def broadcast(device: str, wires: int) -> Call:
    node, numbers = classifier(device, wires), weights(wires)
    inputs = np.random.default_rng(2).uniform(-1, 1, (ROWS, wires))
    return lambda: node(inputs, numbers)


def broadcast_gradient(device: str, wires: int) -> Call:
    node, numbers = classifier(device, wires), pnp.array(weights(wires))
    inputs = np.random.default_rng(2).uniform(-1, 1, (ROWS, wires))
    slope = qml.grad(lambda numbers: qml.math.sum(node(inputs, numbers) ** 2))
    return lambda: slope(numbers)


# What each is called with.
CASES: dict[str, Callable[[str, int], Call]] = {
    "value": forward,
    "gradient": gradient,
    "jit-gradient": compiled_gradient,
    "broadcast": broadcast,
    "broadcast-gradient": broadcast_gradient,
}


def build(kind: str, wires: int, options: Options) -> Case:
    """A QNode on each device."""

    def candidate(device: str, role: Any = "peer") -> Candidate:
        return Candidate(device, "", "complex128", CASES[kind](device, wires), role=role)

    wanted = [
        device
        for device, peer in PEERS.items()
        if options.wants(peer) and (peer != "lightning" or not roster.missing(peer))
    ]
    return Case(
        candidate(OURS, "ours"),
        [lambda device=device: [candidate(device)] for device in wanted],
        allowed=ALLOWED,
        patience=float("inf"),  # all three are told, however slow
        facts={"qubits": wires},
    )
