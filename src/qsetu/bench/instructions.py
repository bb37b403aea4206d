"""Instructions of a call, counted by valgrind: a figure that no neighbor on the machine disturbs.

One process under valgrind builds every case and runs it until it is warm. Then, for each case, it forks
twice: one copy makes a few calls and ends, the other makes more. What the two were counted differs by those
calls. Valgrind emulates a processor without AVX-512, so what is counted is the way that AVX2 takes.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qsetu.bench.cases import Options
from qsetu.bench.discover import find_suite
from qsetu.bench.machine import thread_variables

__all__ = ["count_here", "count_instructions", "counter"]

FEW, MANY = 1, 3
WARM = 1
OUT, CALLS = "out", "calls.json"


def counter() -> str | None:
    """What counts here, with its version; None without valgrind."""
    if shutil.which("valgrind") is None:
        return None
    done = subprocess.run(["valgrind", "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def count_instructions(
    suite: str, cases: str | Path | None, options: Options, names: Sequence[str], timeout: float = 600.0
) -> dict[str, int]:
    """Instructions of one warm call of ours on one thread, by case, where they could be counted."""
    with tempfile.TemporaryDirectory(prefix="qsetu-count-") as folder:
        job = {
            "suite": suite,
            "cases": None if cases is None else str(cases),
            "options": {**asdict(options), "threads": 1},
            "names": list(names),
            "folder": folder,
        }
        command = [
            "valgrind",
            "--tool=cachegrind",
            "--cache-sim=no",
            f"--cachegrind-out-file={folder}/{OUT}.%p",
            f"--log-file={folder}/log.%p",
            sys.executable,
            "-c",
            "from qsetu.bench.instructions import count_here; count_here()",
        ]
        # Hashes of strings decide the order of sets, and so what is done.
        environment = {**os.environ, **thread_variables(1), "PYTHONHASHSEED": "0"}
        with contextlib.suppress(subprocess.TimeoutExpired):  # what was counted until then counts
            subprocess.run(
                command, input=json.dumps(job).encode(), env=environment, timeout=timeout, check=False
            )
        return _counts(Path(folder))


def _counts(folder: Path) -> dict[str, int]:
    try:
        calls = json.loads((folder / CALLS).read_text())
    except (OSError, ValueError):
        return {}
    found = {}
    for name, (few, many) in calls.items():
        totals = [_total(folder / f"{OUT}.{process}") for process in (few, many)]
        if totals[0] is not None and totals[1] is not None:
            found[name] = round((totals[1] - totals[0]) / (MANY - FEW))
    return found


def _total(file: Path) -> int | None:
    """Instructions of a process, from the file that cachegrind left."""
    try:
        with file.open() as lines:
            return next((int(line.split()[1]) for line in lines if line.startswith("summary:")), None)
    except (OSError, ValueError):
        return None


def count_here() -> None:
    """Under valgrind: build, warm, fork."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that asked ends this one
    job: Mapping[str, Any] = json.load(sys.stdin)
    suite = find_suite(job["suite"], job["cases"])
    entries = {entry.name: entry for entry in suite.entries(Options.of(job["options"]))}
    folder, calls = Path(job["folder"]), {}
    for name in job["names"]:
        try:
            run = entries[name].build().ours.run
            for _ in range(WARM):
                run()
        except Exception:  # reported where it is timed
            continue
        gc.collect()
        gc.disable()
        calls[name] = [_forked(run, count) for count in (FEW, MANY)]
        gc.enable()
        (folder / CALLS).write_text(json.dumps(calls))
    os._exit(0)


def _forked(run: Any, count: int) -> int:
    """Process number of a copy that made ``count`` calls and ended."""
    process = os.fork()
    if process == 0:
        for _ in range(count):
            run()
        os._exit(0)
    os.waitpid(process, 0)
    return process
