"""A process that runs cases for :mod:`qsetu.bench.run`: ``python -m qsetu.bench.worker FD``.

It reads one job (JSON) from standard input and writes what happens, a line of JSON a message, to the file
descriptor. What libraries print goes where it always goes. A process of its own gets its threads from the
environment before any library is loaded, and takes nobody along when a library ends it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from qsetu.bench.cases import Entry, LeftOut, Options
from qsetu.bench.discover import find_suite
from qsetu.bench.limits import measure_limits, shares
from qsetu.bench.race import Pace, race
from qsetu.bench.records import CaseRecord, FailureRecord, LimitsRecord

__all__ = ["main", "run_job"]


def main() -> None:
    """Run the job on standard input."""
    # Ctrl-C reaches the whole group of processes: the one that asked decides what becomes of this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as stream:
        run_job(json.load(sys.stdin), stream)
    # Thread pools of a dozen libraries would be torn down in some order now, and some of them hang.
    sys.stdout.flush()
    os._exit(0)


def run_job(job: Mapping[str, Any], stream: TextIO) -> None:
    """Run the cases that ``job`` names; messages go to ``stream``."""

    def tell(kind: str, **content: Any) -> None:
        stream.write(json.dumps({"kind": kind, **content}, allow_nan=False) + "\n")
        stream.flush()

    suite = find_suite(job["suite"], job["cases"])
    options = Options.of(job["options"])
    entries = {entry.name: entry for entry in suite.entries(options)}
    pace = Pace(job["rounds"], job["budget"], job["min_sample"], job["threads"])
    limits = LimitsRecord(**job["limits"]) if job["limits"] else measure_limits(pace.threads)
    tell("limits", record=limits.model_dump(mode="json"))
    for name in job["names"]:
        tell("begin", case=name)
        found = _one(entries[name], pace, limits, tell)
        for failure in found[1]:
            tell("failure", record=failure.model_dump(mode="json"))
        if isinstance(found[0], str):
            tell("left out", reason=found[0])
        elif found[0] is not None:
            tell("done", record=found[0].model_dump(mode="json"))
        tell("end", case=name)


def _one(
    entry: Entry, pace: Pace, limits: LimitsRecord, tell: Any
) -> tuple[CaseRecord | str | None, Iterable[FailureRecord]]:
    """The record of a case, or why there is none; and what went wrong."""
    try:
        case = entry.build()
        outcome = race(entry, case, pace, lambda text: tell("say", case=entry.name, text=text))
    except LeftOut as reason:
        return f"{entry.title}: {reason}", ()
    except (Exception, SystemExit) as error:  # whatever it is, the other cases go on
        what = f"{type(error).__name__}: {error}".strip()[:500]
        return None, [FailureRecord(case=entry.name, who="", kind="error", reason=what)]
    if outcome.record is None:
        return None, outcome.failures
    found = shares(case.traffic, outcome.record.ours.median, limits)
    return outcome.record.model_copy(update={"shares": found}), outcome.failures


if __name__ == "__main__":
    main()
