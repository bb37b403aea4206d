"""Does the gate see a slower kernel, and stay quiet otherwise? `python benchmarks/planted.py --json FILE`

Builds a copy of this checkout in which the dense 4x4 kernel takes 30 % longer (a clock says how long it took,
and it waits for so much of that), runs the suite `ci` once as a base, ten times unchanged and three times
with the copy, and compares each with the base. Half an hour on a quiet machine; a compiler is needed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from other_version import checkout_copy, install, run_ci
from qsetu.bench import read_record
from qsetu.bench.gate import RunComparison, compare_runs

KERNEL = "src/qsetu/engines/native/csrc/kernels_quads.hpp"
CASES = ("kernels/dense2", "blocks/quantum_volume")  # made of that kernel
PLANTED, UNCHANGED, SLOWER = 0.3, 10, 3

WAIT = """
// Planted: what was done takes so much longer.
struct Longer {
    unsigned long long start = __builtin_ia32_rdtsc();
    ~Longer() {
        const unsigned long long end = __builtin_ia32_rdtsc();
        while (__builtin_ia32_rdtsc() - end < (end - start) * SHARE) {}
    }
};

template <typename T>
struct Quads {"""
# The three ways of the kernel, by where its qubits lie.
WAYS = (
    "static void vector(const Bound<T>& op, T* re, T* im) {",
    "static void mixed(const Bound<T>& op, T* re, T* im) {",
    "static void lane(const Bound<T>& op, T* re, T* im) {",
)


def planted_copy(folder: Path, share: float) -> Path:
    """A copy of the checkout with a slower kernel, installed; the folder to import it from."""
    copy, site = folder / "copy", folder / "site"
    checkout_copy(copy)
    kernel = copy / KERNEL
    kernel.write_text(slower(kernel.read_text(), share))
    install(copy, site)
    return site


def slower(source: str, share: float) -> str:
    """The source of the kernel with a wait planted in each of its ways."""
    head = "\ntemplate <typename T>\nstruct Quads {"
    for text in (head, *WAYS):
        if source.count(text) != 1:
            raise SystemExit(
                f"{KERNEL} has changed: '{text.strip()}' is there {source.count(text)} times, not once"
            )
    source = source.replace(head, WAIT.replace("SHARE", repr(share)))
    for way in WAYS:
        source = source.replace(way, f"{way}\n        const Longer longer;")
    return source


def seen(found: RunComparison) -> dict[str, object]:
    """What is kept of a comparison."""
    return {
        "verdict": found.sentence,
        "exit_code": found.exit_code,
        "slower": {case.name: case.reason for case in found.the("slower")},
        "faster": {case.name: case.reason for case in found.the("faster")},
        "unclear": [case.name for case in found.the("unclear")],
        "time": {case.name: [case.time.value, case.time.low, case.time.high] for case in found.cases},
        "instructions": {case.name: case.instructions for case in found.cases},
        "notes": list(found.notes),
    }


def main() -> int:
    """Base, unchanged runs, slower ones; exit code 0 if every verdict is right."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every comparison here")
    parser.add_argument("--unchanged", type=int, default=UNCHANGED, help="runs of this checkout")
    parser.add_argument("--slower", type=int, default=SLOWER, help="runs of the copy")
    parser.add_argument("--no-count", action="store_true", help="judge by time alone")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep every record here")
    given = parser.parse_args()
    options = ["--no-count"] if given.no_count else []
    console, table = Console(width=130), Table("run", "verdict", "slower", "right")
    kept, right = [], True
    with tempfile.TemporaryDirectory(prefix="qsetu-planted-") as name:
        folder = given.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        console.print("building the copy with a slower kernel")
        site = planted_copy(Path(name), PLANTED)
        run_ci(folder / "base.json", None, options)
        base = read_record(folder / "base.json")
        runs = [("unchanged", None)] * given.unchanged + [("slower", site)] * given.slower
        for number, (kind, where) in enumerate(runs, start=1):
            file = folder / f"{number:02d}-{kind}.json"
            run_ci(file, where, options)
            new = read_record(file)
            found = compare_runs(base, new)
            caught = {case.name for case in found.the("slower")}
            good = not caught if kind == "unchanged" else set(CASES) <= caught
            right = right and good
            kept.append({"run": kind, "right": good, **seen(found)})
            table.add_row(
                f"{number} {kind}", found.sentence, ", ".join(sorted(caught)), "yes" if good else "no"
            )
            console.print(f"{number}/{len(runs)} {kind}: {found.sentence}", highlight=False)
    console.print(table)
    if given.json:
        content = {
            "format": "qsetu-planted",
            "version": 1,
            "planted": PLANTED,
            "kernel": "dense 4x4",
            "started": base.started,
            "machine": base.machine,
            "settings": base.settings,
            "git_commit": base.git_commit,
            "runs": kept,
        }
        given.json.write_text(json.dumps(content, indent=1) + "\n")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
