"""The PennyLane device, lightning.qubit and default.qubit: `python benchmarks/pennylane_devices.py`.

Every case is one QNode, word for word the same for all three, called as a user calls it: what PennyLane
does in Python before and after is part of each time. All compute in double precision; lightning.qubit and
qsetu.qubit differentiate by the adjoint method, default.qubit by backpropagation, the best that each has.
Answers are compared before anything is timed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pennylane as qml
from pennylane import numpy as pnp

from qsetu.bench import measure, record, rest
from timings_table import print_timings

DEVICES = ("qsetu.qubit", "lightning.qubit", "default.qubit")
LAYERS, ROWS = 4, 64
ROUNDS, BUDGET = 15, 20.0

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


CASES: dict[str, tuple[Callable[[str, int], Call], int]] = {
    "value, 4 qubits": (forward, 4),
    "value, 10 qubits": (forward, 10),
    "value, 18 qubits": (forward, 18),
    "gradient, 4 qubits": (gradient, 4),
    "gradient, 10 qubits": (gradient, 10),
    "gradient, 16 qubits": (gradient, 16),
    "gradient in jax.jit, 4 qubits": (compiled_gradient, 4),
    "gradient in jax.jit, 10 qubits": (compiled_gradient, 10),
    f"{ROWS} rows broadcast, 8 qubits": (broadcast, 8),
    f"gradient of {ROWS} rows broadcast, 8 qubits": (broadcast_gradient, 8),
}


def check(answers: Mapping[str, Any]) -> None:
    for name, answer in answers.items():
        if not np.allclose(answer, answers[DEVICES[0]], atol=1e-8):
            raise SystemExit(f"{name} gives another answer than {DEVICES[0]}; nothing was timed.")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time PennyLane's devices and qsetu's.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample and the machine here")
    parser.add_argument("--only", default="", metavar="TEXT", help="only cases with this in their name")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"samples of each (default {ROUNDS})")
    options = parser.parse_args()
    chosen = {name: case for name, case in CASES.items() if options.only in name}
    if not chosen:
        parser.error(f"no case has '{options.only}' in its name; there are: {'; '.join(CASES)}")
    jax.config.update("jax_enable_x64", True)
    done = {}
    for name, (make, wires) in chosen.items():
        calls = {device: make(device, wires) for device in DEVICES}
        timings = list(measure(calls, check=check, rounds=options.rounds, budget=BUDGET, before=rest))
        done[name] = timings
        print_timings(name, timings)
    if options.json:
        options.json.write_text(json.dumps(record(done), indent=1) + "\n")


if __name__ == "__main__":
    main()
