"""The goals, and whether a run reached them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from race.timing import Outcome

FIRST_CALL = 0.050  # seconds
COMPILE_SHARE = 0.1

# Widths that the goals speak about.
WIDE, SMALL = (20, 22, 24), (16,)


@dataclass(frozen=True)
class Verdict:
    goal: str
    found: str
    reached: bool


def geometric_mean(outcomes: list[Outcome]) -> float:
    return float(np.exp(np.mean([np.log(o.ratio.value) for o in outcomes if o.ratio])))


def asked(outcome: Outcome) -> float:
    """The least ratio that this case alone has to reach."""
    return {"batch": 20.0, "gram": 100.0, "sampling": 2.0}.get(outcome.case.suite, 1.0)


def verdicts(outcomes: list[Outcome]) -> list[Verdict]:
    """One line for each goal that these outcomes speak about."""
    raced = [o for o in outcomes if o.ratio]
    lines: list[Verdict] = []

    def least(goal: str, among: list[Outcome], ratio: float) -> None:
        if among:
            mean = geometric_mean(among)
            lines.append(Verdict(goal, f"{mean:.2f} over {len(among)} cases", mean >= ratio))

    def each(goal: str, among: list[Outcome], ratio: float) -> None:
        if among:
            worst = min(among, key=lambda o: o.ratio.value)
            text = f"least {worst.ratio.value:.2f}: {worst.case.name}, {worst.case.num_qubits} qubits"
            lines.append(Verdict(goal, text, worst.ratio.value >= ratio))

    circuits = [o for o in raced if o.case.suite == "circuits"]
    sparse = [o for o in circuits if o.case.group in ("mqt", "random")]
    dense = [o for o in circuits if o.case.group == "dense"]
    wide = [o for o in sparse if o.case.width in WIDE]
    least("MQT Bench and random depth 20, 20 to 24 qubits: 4 times", wide, 4)
    least("dense random, 20 to 24 qubits: 2 times", [o for o in dense if o.case.width in WIDE], 2)
    least("all families, 16 qubits: 4 times", [o for o in circuits if o.case.width in SMALL], 4)
    each("no circuit slower than its best peer", circuits, 1)
    if circuits:
        worst = max(circuits, key=lambda o: o.compile_share)
        text = f"at most {worst.compile_share:.1%}: {worst.case.name}, {worst.case.num_qubits} qubits"
        lines.append(
            Verdict("compilation under a tenth of the run", text, worst.compile_share < COMPILE_SHARE)
        )
    batches = [o for o in raced if o.case.suite == "batch"]
    each("batched forward: 20 times", [o for o in batches if o.case.group == "expectations"], 20)
    each("batched value and gradient: 20 times", [o for o in batches if o.case.group == "gradients"], 20)
    if batches:
        worst = max(batches, key=lambda o: o.first)
        text = f"at most {worst.first * 1e3:.0f} ms: {worst.case.name}, {worst.case.num_qubits} qubits"
        lines.append(Verdict("batches: first call under 50 ms", text, worst.first < FIRST_CALL))
    each("Gram: 100 times", [o for o in raced if o.case.suite == "gram"], 100)
    each("sampling: 2 times", [o for o in raced if o.case.suite == "sampling"], 2)
    return lines
