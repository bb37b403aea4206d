"""How near one large state comes to what memory allows: `python benchmarks/limit.py --sizes 22,24`.

Two figures for each circuit. Bandwidth efficiency: the bytes that the passes move, over the time they take,
as a share of what a plain copy moves in that time; where it is low, arithmetic is the bound. Pass efficiency:
passes of a plain greedy cut of the circuit, in order, into blocks of as many qubits, over passes taken; above
1 where reordering, and diagonals that need no local qubits, save passes.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table

import qsetu
from qsetu.circuits import GATES
from qsetu.compiler import compile_circuit
from qsetu.engines import get_engine
from qsetu.engines.native.engine import thread_count
from race.families import build

FAMILIES = ("random_grid", "quantum_volume", "qft", "qaoa", "vqe_su2", "graphstate")
BLOCK_QUBITS = 15  # of complex64: 256 KiB
COPY_BYTES = 2**28  # of each thread; far more than caches hold


def copy_bandwidth(threads: int, rounds: int = 7) -> float:
    """Bytes a second that copying moves, read and written, on so many threads."""
    arrays = [(np.ones(COPY_BYTES // 8), np.zeros(COPY_BYTES // 8)) for _ in range(threads)]
    best = 0.0
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(rounds):
            start = time.perf_counter()
            list(pool.map(lambda pair: np.copyto(pair[1], pair[0]), arrays))
            best = max(best, 2 * COPY_BYTES * threads / (time.perf_counter() - start))
    return best


def greedy_passes(circuit: qsetu.Circuit) -> int:
    """Blocks of gates, in order, that mix no more than BLOCK_QUBITS qubits together."""
    passes, block = 1, set()
    for op in circuit:
        mixes = set() if op.unitary is None and GATES[op.gate].is_diagonal else set(op.qubits)
        if len(block | mixes) > BLOCK_QUBITS:
            passes, block = passes + 1, set()
        block |= mixes
    return passes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="22,24", help="numbers of qubits")
    parser.add_argument("--families", default=",".join(FAMILIES), help="as of peers.py")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each circuit")
    arguments = parser.parse_args()
    threads = thread_count()
    bandwidth = copy_bandwidth(threads)
    table = Table(title=f"{threads} threads; a copy moves {bandwidth / 1e9:.1f} GB/s")
    for name in ("circuit", "qubits", "gates", "ms", "passes", "bandwidth efficiency", "pass efficiency"):
        table.add_column(name, justify="left" if name == "circuit" else "right")
    engine = get_engine("native")
    for num_qubits in map(int, arguments.sizes.split(",")):
        for family in arguments.families.split(","):
            circuit = build(family, num_qubits).circuit
            qsetu.statevector(circuit)  # compiled, and its memory known to the system
            times = []
            for _ in range(arguments.rounds):
                start = time.perf_counter()
                qsetu.statevector(circuit)
                times.append(time.perf_counter() - start)
            passes = engine.passes(compile_circuit(circuit))
            # The first pass only writes.
            moved = (2 * passes - 1) * 8 * 2**circuit.num_qubits
            table.add_row(
                family,
                str(circuit.num_qubits),
                f"{len(circuit):,}",
                f"{1e3 * median(times):.3g}",
                str(passes),
                f"{moved / median(times) / bandwidth:.0%}",
                f"{greedy_passes(circuit) / passes:.2g}",
            )
    Console().print(table)


if __name__ == "__main__":
    main()
