"""From numbers to verdicts: every threshold is here."""

from __future__ import annotations

import math

from qsetu.learn.preflight.bandwidths import BandwidthScan
from qsetu.learn.preflight.classical import RBFLikeness
from qsetu.learn.preflight.geometry import Comparison
from qsetu.learn.preflight.gradients import GradientScan
from qsetu.learn.preflight.shots import ShotsNeeded
from qsetu.learn.preflight.spectrum import Concentration
from qsetu.learn.preflight.targets import AlignmentTest
from qsetu.learn.preflight.verdict import Verdict

__all__ = [
    "judge_alignment",
    "judge_bandwidths",
    "judge_complexity",
    "judge_concentration",
    "judge_difference",
    "judge_gradients",
    "judge_rank",
    "judge_rbf",
    "judge_shots",
]

NO_LABELS = "No labels were given."


def _level(value: float, problem: float, caution: float) -> str:
    """Small is bad."""
    return "problem" if value < problem else "caution" if value < caution else "good"


def judge_concentration(found: Concentration) -> Verdict:
    """Values that differ by less than 0.01 are concentrated, by less than 0.03 nearly so."""
    spread = math.sqrt(found.variance)
    shown = f"mean {found.mean:.3g}, sd {spread:.3g}"
    level = _level(spread, 0.01, 0.03)
    if level == "good":
        text = "Values differ from pair to pair."
    elif found.mean > 0.9:
        text = "All samples look alike; raise the bandwidth."
    elif found.haar_mean is not None and found.mean < 3 * found.haar_mean:
        text = f"Samples look like random states, whose mean is {found.haar_mean:.2g}; lower the bandwidth."
    else:
        text = "Values of different pairs hardly differ; try another bandwidth or feature map."
    return Verdict("concentration", level, shown, text)


def judge_rank(rank: float, size: int) -> Verdict:
    """Above 0.9 N a kernel knows samples only by themselves; below 2 it sees one direction."""
    share = rank / size
    shown = f"{rank:.3g} of {size}"
    if rank < 1.5:
        return Verdict(
            "effective rank", "problem", shown, "The kernel sees one direction; raise the bandwidth."
        )
    if share > 0.5:
        level = "problem" if share > 0.9 else "caution"
        text = "Nearly every sample is a direction of its own, so little carries over; lower the bandwidth."
        return Verdict("effective rank", level, shown, text)
    return Verdict("effective rank", "good", shown, "Samples share directions, so something can carry over.")


def judge_alignment(found: AlignmentTest | None) -> Verdict:
    """Agreement with labels has to be larger than with shuffled ones: p below 0.05, and by 0.02 and more."""
    if found is None:
        return Verdict("target alignment", "not known", "-", NO_LABELS)
    shown = f"{found.centered:.3f}, shuffled {found.expected:.3f}, p = {found.p_value:.2g}"
    if found.p_value > 0.05:
        text = "No closer to the labels than to shuffled ones; try another feature map or bandwidth."
        return Verdict("target alignment", "problem", shown, text)
    if found.centered < found.expected + 0.02:
        text = "Related to the labels, but weakly; try other bandwidths."
        return Verdict("target alignment", "caution", shown, text)
    return Verdict("target alignment", "good", shown, "Samples of one class are more alike than others.")


def judge_difference(found: Comparison) -> Verdict:
    """Against sqrt(N): below half of it there is little room for an advantage."""
    share = found.difference / found.limit
    shown = f"g = {found.difference:.3g}, sqrt(N) = {found.limit:.3g}"
    if share >= 0.5:
        text = "Far from every classical kernel tried: there are labels that it fits better."
        return Verdict("geometric difference", "good", shown, text)
    how = "does not do much worse" if share >= 0.15 else "does about as well"
    text = f"Whatever the labels, {found.closest} {how}; expect no advantage over it."
    return Verdict("geometric difference", "caution", shown, text)


def judge_complexity(found: Comparison, size: int) -> Verdict:
    """The labels should cost the quantum kernel less than the best classical one, and less than N."""
    if found.complexity is None or found.classical_complexity is None:
        return Verdict("model complexity", "not known", "-", NO_LABELS)
    shown = f"s = {found.complexity:.3g}, classical {found.classical_complexity:.3g}"
    if found.complexity > size:
        text = f"More than N = {size}: it misses part of these labels; try another bandwidth or feature map."
        return Verdict("model complexity", "caution", shown, text)
    if found.complexity < 0.9 * found.classical_complexity:
        text = "These labels are simpler for it than for every classical kernel tried."
        return Verdict("model complexity", "good", shown, text)
    text = f"{found.simplest} fits these labels with no more effort; compare with it."
    return Verdict("model complexity", "caution", shown, text)


def judge_shots(found: ShotsNeeded | None, size: int, given: int | None) -> Verdict:
    """10,000 shots are common, a million are not."""
    if found is None:
        return Verdict("shots", "not known", "-", "No rule is known here for the shots of such a kernel.")
    if math.isinf(found.needed):
        text = "All values are equal, and no number of shots tells them apart."
        return Verdict("shots", "problem", "infinite", text)
    shown = f"{found.needed:,.0f} each, {found.total:.2g} in all"
    level = "good" if found.needed <= 10_000 else "caution" if found.needed <= 1_000_000 else "problem"
    text = f"For each {found.measured} that a machine measures for {size} samples."
    if given is not None and given < found.needed:
        level = "problem" if given < found.needed / 100 else "caution" if level == "good" else level
        text = f"For each {found.measured}; the kernel has {given:,}."
    elif level != "good":
        text += " Simulation needs none; on a machine try a projected kernel or a lower bandwidth."
    return Verdict("shots", level, shown, text)


def judge_rbf(found: RBFLikeness, rank: float, size: int) -> Verdict:
    """Above 0.98 it is an RBF kernel for most purposes."""
    shown = f"{found.alignment:.3f} at gamma={found.gamma:.3g}"
    if found.alignment <= 0.98:
        return Verdict("RBF-likeness", "good", shown, "No RBF kernel is the same.")
    if rank > 0.9 * size:
        text = "The kernel is RBF-like, both being nearly the identity; ask again at a lower bandwidth."
    else:
        text = "The kernel is RBF-like: expect what SVC(kernel='rbf') gives with this gamma."
    return Verdict("RBF-likeness", "caution", shown, text)


def judge_bandwidths(found: BandwidthScan | None) -> Verdict:
    """The kernel's alignment should be within a tenth of the best."""
    if found is None:
        text = "Not asked, or the feature map takes no other bandwidth."
        return Verdict("bandwidth", "not known", "-", text)
    shown = f"{found.given:.3g}, recommended {found.recommended:.3g}"
    if found.recommended == found.given:
        return Verdict("bandwidth", "good", shown, "The best of those tried.")
    if found.alignments is None:
        text = "Values differ most there."
        return Verdict("bandwidth", "caution", shown, text)
    at = {float(c): float(a) for c, a in zip(found.bandwidths, found.alignments, strict=True)}
    here, there = at[found.given], at[found.recommended]
    text = f"Alignment {there:.3f} instead of {here:.3f}; tune it inside cross-validation."
    if found.recommended in (found.bandwidths[0], found.bandwidths[-1]):
        text += " It is the last one tried: look further."
    level = "good" if here > 0.9 * there else "caution" if here > 0.5 * there else "problem"
    return Verdict("bandwidth", level, shown, text)


def judge_gradients(found: GradientScan) -> Verdict:
    """A factor near 1/2 for each qubit is that of random circuits."""
    last = f"Var = {found.largest[-1]:.2g} at {found.num_qubits[-1]} qubits"
    if found.factor is None:
        level = "problem" if found.largest[-1] < 1e-6 else "not known"
        text = (
            "Fewer than 3 sizes, so no trend." if level != "problem" else "Gradients vanish at random angles."
        )
        return Verdict("gradient variance", level, last, text)
    shown = f"x {found.factor:.2f} for each qubit; {last}"
    level = _level(found.factor, 0.65, 0.8)
    if level == "good":
        text = "Gradients do not vanish exponentially in these sizes."
    else:
        text = "A barren plateau: use fewer layers, local observables, or start from small angles."
    return Verdict("gradient variance", level, shown, text)
