"""A case by library: whoever was timed at its quickest setting, and what came of the others."""

from __future__ import annotations

from collections.abc import Sequence

from qsetu.bench.records import BenchmarkRecord, CandidateRecord, CaseRecord, FailureRecord

__all__ = ["compared", "family", "libraries", "outcomes", "quickest", "width"]

_WORDS = {"wrong answer": "wrong", "error": "failed", "ended": "crashed"}


def compared(case: CaseRecord) -> CandidateRecord:
    """What peers are held against: ours of something new, where that was timed."""
    return case.the("new") or case.ours


def quickest(case: CaseRecord) -> dict[str, CandidateRecord]:
    """Every peer that was timed, at the setting with the least median."""
    found: dict[str, CandidateRecord] = {}
    for one in case.candidates:
        if one.role == "peer" and (one.who not in found or one.median < found[one.who].median):
            found[one.who] = one
    return found


def libraries(cases: Sequence[CaseRecord]) -> list[str]:
    """Every peer that was timed or dropped anywhere, in the order in which they come up."""
    return list(dict.fromkeys(who for case in cases for who in [*quickest(case), *case.dropped]))


def outcomes(record: BenchmarkRecord, case: CaseRecord) -> dict[str, str]:
    """Why a library has no time in ``case``: "dropped", "wrong", "failed" or "crashed"."""
    found = dict.fromkeys(case.dropped, "dropped")
    for failure in record.failures:
        if failure.case == case.name:
            for who in libraries(record.cases):
                if _is_of(failure, who):
                    found[who] = _WORDS[failure.kind]
    return {who: word for who, word in found.items() if who not in quickest(case)}


def _is_of(failure: FailureRecord, who: str) -> bool:
    """A failure names a candidate, or the adapter that was to make some."""
    told = failure.who.split(" (", 1)[0]
    return told == who or told == who.lower().replace(".", "_")


def width(case: CaseRecord) -> int | None:
    """Its qubits, where it has any."""
    found = case.facts.get("qubits")
    return found if isinstance(found, int) else None


def family(case: CaseRecord) -> str:
    """Its name without the width: what is drawn as one line."""
    widths = {str(case.facts[key]) for key in ("qubits", "width") if key in case.facts}
    return "/".join(part for part in case.name.split("/") if part not in widths) or case.name
