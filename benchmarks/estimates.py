"""How good the times of `qsetu.explain` are: `python benchmarks/estimates.py`. Estimated over measured."""

from __future__ import annotations

import time

import numpy as np
from rich.console import Console
from rich.table import Table

import qsetu
from gpu import FAMILIES
from qsetu_benchmarks.circuits import zz_map

CASES = ((8, 256), (12, 64), (16, 1), (20, 1), (22, 1))  # qubits, rows
LARGEST = {"native": 22, "xla": 20}


def fastest(run, rounds: int = 3) -> float:
    run()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return min(taken)


def ratios(engine: str, table: Table) -> np.ndarray:
    found = []
    for family, make in {**FAMILIES, "ZZ map": zz_map}.items():
        for n, rows in (case for case in CASES if case[0] <= LARGEST[engine]):
            circuit = make(n)
            params = np.random.default_rng(1).uniform(-3, 3, (rows, circuit.num_params))
            for gradient in (False, True) if circuit.num_params else (False,):
                ask = qsetu.value_and_grad if gradient else qsetu.expectation
                plan = qsetu.explain(circuit, rows=rows, gradient=gradient, engine=engine)
                real = fastest(lambda: ask(circuit, "Z0", params, engine=engine))  # noqa: B023
                found.append(plan.seconds / real)
                case = f"{family}, {n} qubits, {rows} row(s)" + (", gradient" if gradient else "")
                table.add_row(
                    engine, case, f"{1e3 * plan.seconds:.3g}", f"{1e3 * real:.3g}", f"{found[-1]:.2f}"
                )
    return np.array(found)


def main() -> None:
    console = Console()
    table = Table("engine", "case", "estimated, ms", "measured, ms", "ratio")
    found = {engine: ratios(engine, table) for engine in LARGEST}
    console.print(table)
    for engine, values in found.items():
        within = np.mean((values > 0.5) & (values < 2))
        console.print(
            f"{engine}: {100 * within:.0f} % of {len(values)} cases within a factor of 2; "
            f"from {values.min():.2f} to {values.max():.2f}",
            highlight=False,
        )


if __name__ == "__main__":
    main()
