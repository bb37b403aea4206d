"""Diagnostics before training: does a quantum kernel, or a variational model, suit these data?"""

from qsetu.learn.preflight.bandwidths import BandwidthScan, bandwidth_scan
from qsetu.learn.preflight.classical import RBFLikeness, kernel_alignment, rbf_likeness
from qsetu.learn.preflight.geometry import Comparison, geometric_difference, model_complexity
from qsetu.learn.preflight.gradients import GradientScan, PreflightModel, gradient_scan
from qsetu.learn.preflight.report import Preflight
from qsetu.learn.preflight.run import preflight
from qsetu.learn.preflight.shots import ShotsNeeded, shots_needed
from qsetu.learn.preflight.spectrum import Concentration, concentration, effective_rank
from qsetu.learn.preflight.targets import AlignmentTest, alignment_test
from qsetu.learn.preflight.verdict import Verdict

__all__ = [
    "AlignmentTest",
    "BandwidthScan",
    "Comparison",
    "Concentration",
    "GradientScan",
    "Preflight",
    "PreflightModel",
    "RBFLikeness",
    "ShotsNeeded",
    "Verdict",
    "alignment_test",
    "bandwidth_scan",
    "concentration",
    "effective_rank",
    "geometric_difference",
    "gradient_scan",
    "kernel_alignment",
    "model_complexity",
    "preflight",
    "rbf_likeness",
    "shots_needed",
]
