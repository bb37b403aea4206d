"""How near one large state comes to what memory allows: `python benchmarks/limit.py --sizes 22,24`.

Two figures for each circuit. Bandwidth efficiency: the bytes that the passes move, over the time they take,
as a share of what a plain copy moves in that time; where it is low, arithmetic is the bound. Pass efficiency:
passes of a plain greedy cut of the circuit, in order, into blocks of as many qubits, over passes taken; above
1 where reordering, and diagonals that need no local qubits, save passes. Beside them, what arithmetic allows
(the rate of a matrix product), and the most memory this process ever held.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from statistics import median

from rich.console import Console
from rich.table import Table

import qsetu
from qsetu.bench.limits import copy_bandwidth, product_rate
from qsetu.compiler import compile_circuit
from qsetu.engines import get_engine
from qsetu.engines.native._native import MIN_BLOCKED_QUBITS
from qsetu.engines.native.engine import thread_count
from qsetu_benchmarks.families import build, families
from qsetu_benchmarks.traffic import greedy_passes

FAMILIES = ("random_grid", "quantum_volume", "qft", "qaoa", "vqe_su2", "graphstate")


def options() -> tuple[list[int], list[str], int]:
    """Sizes, families and rounds from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="22,24", help="numbers of qubits")
    parser.add_argument("--families", default=",".join(FAMILIES), help="as in the suite peers")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each circuit")
    given = parser.parse_args()
    try:
        sizes = [int(part) for part in given.sizes.split(",")]
    except ValueError:
        parser.error(f"--sizes: must be numbers with commas between, such as 22,24; got '{given.sizes}'")
    if min(sizes) < MIN_BLOCKED_QUBITS:
        parser.error(f"--sizes: states below {MIN_BLOCKED_QUBITS} qubits are not cut into blocks")
    if given.rounds < 1:
        parser.error(f"--rounds: must be at least 1, got {given.rounds}")
    chosen, known = given.families.split(","), families()
    for name in chosen:
        if name not in known:
            hint = "those of MQT Bench need the extra bench"
            parser.error(f"--families: '{name}' is not one of {', '.join(known)} ({hint})")
    return sizes, chosen, given.rounds


def main() -> None:
    sizes, chosen, rounds = options()
    threads = thread_count()
    bandwidth, product = copy_bandwidth(threads), product_rate(threads)
    limits = f"a copy moves {bandwidth / 1e9:.1f} GB/s, a matrix product does {product / 1e9:.0f} GFlop/s"
    table = Table(title=f"{threads} threads; {limits}")
    for name in ("circuit", "qubits", "gates", "ms", "passes", "bandwidth efficiency", "pass efficiency"):
        table.add_column(name, justify="left" if name == "circuit" else "right")
    engine = get_engine("native")
    for num_qubits in sizes:
        for family in chosen:
            circuit = build(family, num_qubits).circuit
            qsetu.statevector(circuit)  # compiled, and its memory known to the system
            times = []
            for _ in range(rounds):
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
    console = Console(width=None if sys.stdout.isatty() else 110)
    console.print(table)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    console.print(f"Most memory held: {most / 2**30:.1f} GiB")


if __name__ == "__main__":
    main()
