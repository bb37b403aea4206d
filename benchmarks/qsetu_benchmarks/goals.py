"""What the native engine is asked to reach against other simulators, and whether a run reached it."""

from __future__ import annotations

from collections.abc import Sequence

from qsetu.bench import CaseRecord, GoalRecord, geometric_mean

__all__ = ["goals"]

FIRST_CALL = 0.050  # seconds
COMPILE_SHARE = 0.1

# Widths that the goals speak about.
WIDE, SMALL = (20, 22, 24), (16,)


def goals(cases: Sequence[CaseRecord]) -> list[GoalRecord]:
    """One line for each goal that these cases speak about."""
    raced = [case for case in cases if case.ratio]
    lines: list[GoalRecord] = []

    def mean(goal: str, among: list[CaseRecord], ratio: float) -> None:
        if among:
            found = geometric_mean(among)
            lines.append(_line(goal, f"{found:.2f} over {len(among)} cases", found >= ratio))

    def each(goal: str, among: list[CaseRecord], ratio: float) -> None:
        if among:
            worst = min(among, key=lambda case: case.ratio.value)
            lines.append(
                _line(goal, f"least {worst.ratio.value:.2f}: {worst.title}", worst.ratio.value >= ratio)
            )

    circuits = [case for case in raced if case.name.startswith("circuits/")]
    dense = [case for case in circuits if case.facts["family"] == "dense"]
    sparse = [case for case in circuits if case not in dense]
    wide = [case for case in sparse if case.facts["width"] in WIDE]
    mean("circuits of MQT Bench, QASMBench and random depth 20, 20 to 24 qubits: 4 times", wide, 4)
    mean("dense random, 20 to 24 qubits: 2 times", [c for c in dense if c.facts["width"] in WIDE], 2)
    mean("all families, 16 qubits: 4 times", [c for c in circuits if c.facts["width"] in SMALL], 4)
    each("no circuit slower than its best peer", circuits, 1)
    if circuits:
        worst = max(circuits, key=_compile_share)
        text = f"at most {_compile_share(worst):.1%}: {worst.title}"
        lines.append(
            _line("compilation under a tenth of the run", text, _compile_share(worst) < COMPILE_SHARE)
        )
    batches = [case for case in raced if case.name.startswith("batch/")]
    each("batched forward: 20 times", [c for c in batches if c.group == "batch forward"], 20)
    each("batched value and gradient: 20 times", [c for c in batches if c.group == "batch gradient"], 20)
    if batches:
        worst = max(batches, key=lambda case: case.ours.first)
        text = f"at most {worst.ours.first * 1e3:.0f} ms: {worst.title}"
        lines.append(_line("batches: first call under 50 ms", text, worst.ours.first < FIRST_CALL))
    each("Gram: 100 times", [case for case in raced if case.name.startswith("gram/")], 100)
    each("sampling: 2 times", [case for case in raced if case.name.startswith("sampling/")], 2)
    return lines


def _line(goal: str, found: str, reached: bool) -> GoalRecord:
    return GoalRecord(goal=goal, found=found, reached=bool(reached))


def _compile_share(case: CaseRecord) -> float:
    """What a new circuit costs on top, as a part of the run."""
    new = case.the("new")
    return max(0.0, new.median / case.ours.median - 1) if new else 0.0
