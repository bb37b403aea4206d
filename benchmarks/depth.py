"""Compiling does not grow with depth: `python benchmarks/depth.py`. Seconds of the xla engine's first calls.

12 qubits; layers of RY and RZ on all, with parameters of their own, and a chain of CX. Preparing is Python
(lowering, schedule, tables); compiling is XLA alone; another circuit has the same gates and one more.
"""

from __future__ import annotations

import time

import numpy as np
from rich.console import Console
from rich.table import Table

import qsetu
from qsetu.compiler import lower
from qsetu.engines.xla.devices import block_width, default_device
from qsetu.engines.xla.schedule import schedule
from qsetu.engines.xla.tables import build_tables

QUBITS = 12


def layered(depth: int) -> qsetu.Circuit:
    circuit = qsetu.Circuit(QUBITS)
    for layer in range(depth):
        for q in range(QUBITS):
            slot = 2 * (layer * QUBITS + q)
            circuit = circuit.ry(qsetu.param(slot), q).rz(qsetu.param(slot + 1), q)
        for q in range(QUBITS - 1):
            circuit = circuit.cx(q, q + 1)
    return circuit


def seconds(run) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> None:
    table = Table("layers", "gates", "asked", "prepare", "compile", "warm", "another circuit, first call")
    qsetu.expectation(layered(1), "Z0", np.zeros(2 * QUBITS), engine="xla")  # imports, self-test
    width = block_width(default_device().platform, lower(layered(1)), QUBITS)
    for depth in (10, 100, 1000):
        circuit = layered(depth)
        params = np.random.default_rng(1).uniform(-3, 3, circuit.num_params)
        other = circuit.x(0)

        def prepare(circuit=circuit) -> None:
            program = lower(circuit)
            build_tables(program, schedule(program, width))

        for asked, ask in (("value", qsetu.expectation), ("gradient", qsetu.value_and_grad)):
            preparing = seconds(prepare)
            first = seconds(lambda: ask(circuit, "Z0", params, engine="xla"))  # noqa: B023
            warm = min(seconds(lambda: ask(circuit, "Z0", params, engine="xla")) for _ in range(3))  # noqa: B023
            known = preparing if asked == "value" else 0.0  # the second time, tables are at hand
            another = seconds(lambda: ask(other, "Z0", params, engine="xla"))  # noqa: B023
            figures = (preparing, first - warm - known, warm, another)
            table.add_row(str(depth), str(len(circuit)), asked, *(f"{value:.3f}" for value in figures))
    Console().print(table)


if __name__ == "__main__":
    main()
