"""Did this change make qsetu slower? For any CI: `python benchmarks/gate.py --base origin/main`

Builds the other commit beside this checkout, runs the suite `ci` of both in turns on this machine, and
compares. Without --base the record in benchmarks/baselines/ for this kind of machine is the base; where there
is none, the script says how to make one, and exits with 3. Exit codes: 0 nothing is slower, 1 something is, 2
not comparable, 3 no baseline. `--markdown FILE` adds the verdict to a file, such as GitHub's step summary.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from other_version import ROOT, commit_copy, install, run_ci
from qsetu.bench import read_record, write_record
from qsetu.bench.gate import compare_runs
from qsetu.bench.machine import machine_class
from qsetu.bench.ratios import merged
from qsetu.bench.records import BenchmarkRecord
from qsetu.bench.report import render_summary
from qsetu.bench.shown import comparison_table

BASELINES = ROOT / "benchmarks" / "baselines"
TURNS = 2  # of base and new


def joined(records: list[BenchmarkRecord]) -> BenchmarkRecord:
    """Several runs of one version as one: the processes of all."""
    first = records[0]
    cases = []
    for case in first.cases:
        same = [one for record in records for one in record.cases if one.name == case.name]
        cases.append(merged(same) if len(same) == len(records) else case)
    noise = next((record.noise for record in records if record.noise.noisy), first.noise)
    return first.model_copy(update={"cases": cases, "noise": noise})


def raced(commit: str, folder: Path, options: list[str]) -> tuple[BenchmarkRecord, BenchmarkRecord]:
    """The commit and this checkout, in turns."""
    commit_copy(commit, folder / "copy")
    install(folder / "copy", folder / "site")
    found: dict[str, list[BenchmarkRecord]] = {"base": [], "new": []}
    for turn in range(TURNS):
        for kind in ("base", "new") if turn % 2 == 0 else ("new", "base"):
            file = folder / f"{kind}-{turn}.json"
            # Instructions repeat: counted once.
            count = [] if turn == 0 else ["--no-count"]
            run_ci(file, folder / "site" if kind == "base" else None, [*options, *count])
            found[kind].append(read_record(file))
    return joined(found["base"]), joined(found["new"])


def main() -> int:
    """Compare, print, and say it by the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", metavar="COMMIT", help="what to compare with; built here")
    parser.add_argument("--threshold", type=float, default=0.1, help="from where a change of time counts")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="append the verdict here")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write this checkout's record here")
    parser.add_argument(
        "--save", action="store_true", help="make this run the baseline of this kind of machine"
    )
    parser.add_argument("--quick", action="store_true", help="a short form, to try the script itself")
    given = parser.parse_args()
    options, baseline = ["--quick"] if given.quick else [], BASELINES / f"{machine_class()}.json"
    with tempfile.TemporaryDirectory(prefix="qsetu-gate-") as name:
        if given.base:
            base, new = raced(given.base, Path(name), options)
        elif given.save or baseline.exists():
            run_ci(Path(name) / "new.json", None, options)
            new = read_record(Path(name) / "new.json")
            base = new if given.save else read_record(baseline)
        else:
            print(
                f"No baseline for {machine_class()}. Make one: python benchmarks/gate.py --save",
                file=sys.stderr,
            )
            return 3
    if given.json:
        write_record(new, given.json)
    if given.save:
        baseline.parent.mkdir(exist_ok=True)
        # The command that repeats it, not the temporary files of this machine.
        write_record(new.model_copy(update={"command": "python benchmarks/gate.py --save"}), baseline)
        print(f"Baseline: {baseline.relative_to(ROOT)}")
        if new.noise.noisy:
            reasons = "; ".join(new.noise.reasons)
            print(f"It is noisy ({reasons}): take another one on a quiet machine.", file=sys.stderr)
        return 0
    found = compare_runs(base, new, threshold=given.threshold)
    console = Console(width=None if sys.stdout.isatty() else 130)
    if found.cases:
        console.print(comparison_table(found))
    console.print(found.sentence, highlight=False)
    if given.markdown:
        with given.markdown.open("a", encoding="utf-8") as stream:
            stream.write(render_summary(new, found))
    return found.exit_code


if __name__ == "__main__":
    sys.exit(main())
