"""Races against other simulators: `make peers`, or `python benchmarks/peers.py --suite circuits --sizes 20`.

Needs the extra `bench`; a peer that is not installed is left out. How everything is measured:
docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

# Thread pools are sized when libraries load: the same for everybody, and set before anything is imported.
THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
for _library in ("OMP", "OPENBLAS", "MKL", "QULACS", "QSETU"):
    os.environ[f"{_library}_NUM_THREADS"] = str(THREADS)
os.environ.setdefault("OMP_PROC_BIND", "false")  # Kokkos asks to be told; pinning would pin everybody

from rich.console import Console  # noqa: E402

from race import report, roster, suites  # noqa: E402
from race.families import families  # noqa: E402
from race.timing import Case, Outcome, WrongAnswer, race  # noqa: E402

QUICK = {"sizes": [16], "families": ["ghz", "qft", "random_grid"], "rounds": 3, "budget": 1.0}
SUITES = ("circuits", "batch", "gram", "sampling")


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Race qsetu's native engine against other simulators.")
    parser.add_argument("--suite", default="all", choices=[*SUITES, "all"])
    parser.add_argument("--sizes", metavar="16,20", help="widths, in place of each suite's own")
    parser.add_argument("--families", metavar="qft,ghz", help="of the suite circuits; all when left out")
    parser.add_argument("--rounds", type=int, default=15, help="samples of each candidate, at least 3")
    parser.add_argument("--budget", type=float, default=20.0, help="seconds of rounds for one case")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample and the machine here")
    parser.add_argument("--quick", action="store_true", help="three circuits at 16 qubits, three rounds")
    options = parser.parse_args()
    if options.json and not options.json.parent.is_dir():
        parser.error(f"--json: folder '{options.json.parent}' does not exist; create it first")
    known = families()
    options.families = _list(options.families) if options.families else known
    options.sizes = [int(part) for part in _list(options.sizes)] if options.sizes else None
    if options.quick:
        options.suite = "circuits"
        options.sizes = options.sizes or QUICK["sizes"]
        options.families = [name for name in QUICK["families"] if name in known]
        options.rounds, options.budget = QUICK["rounds"], QUICK["budget"]
    for name in options.families:
        if name not in known:
            parser.error(f"--families: '{name}' is not one of {', '.join(known)}")
    return options


def cases(options: argparse.Namespace) -> Iterator[Case | str]:
    for suite in SUITES if options.suite == "all" else (options.suite,):
        sizes = options.sizes or suites.DEFAULT_SIZES[suite]
        extra = (options.families,) if suite == "circuits" else ()
        yield from getattr(suites, suite)(sizes, *extra, THREADS)


def main() -> int:
    options, start = arguments(), time.perf_counter()
    # A run of an hour that is told to stop finishes its case and shows what it has: an exception could
    # be raised in some library's callback, and be lost.
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: told.append(number))
    console = Console(width=None if sys.stdout.isatty() else 150)
    progress = Console(stderr=True, width=150)
    left_out = [f"{peer}: {reason}" for peer in roster.PEERS if (reason := roster.missing(peer))]
    outcomes: list[Outcome] = []
    failure = 0
    try:
        for case in cases(options):
            if isinstance(case, str):
                left_out.append(case)
                continue
            with progress.status(f"{case.name}, {case.num_qubits} qubits") as status:
                outcomes.append(race(case, options.rounds, options.budget, status.update))
            last = outcomes[-1]
            ratio = f"{last.ratio.value:.2f} times {last.best}" if last.ratio else "no peer"
            passed = time.perf_counter() - start
            line = f"{passed:6.0f} s  {case.name}, {case.num_qubits} qubits: {ratio}"
            progress.print(line, highlight=False, markup=False)
            if told:
                raise KeyboardInterrupt
    except WrongAnswer as error:
        progress.print(f"Wrong answer, so nothing more is timed: {error}")
        failure = 1
    except KeyboardInterrupt:
        progress.print("Interrupted; what was finished follows.")
        failure = 130
    if outcomes:
        report.show(console, outcomes, left_out, THREADS)
        console.print(f"{time.perf_counter() - start:.0f} s in all.")
        if options.json:
            report.write(options.json, report.data(outcomes, left_out, THREADS))
    return failure


if __name__ == "__main__":
    sys.exit(main())
