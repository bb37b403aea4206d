"""Error mitigation: noisy values in, values nearer to the truth out, with standard errors that grew."""

from qsetu.mitigation.folding import fold
from qsetu.mitigation.readout import (
    MitigatedEstimate,
    calibrate_readout,
    mitigated_expectation,
    mitigated_probabilities,
)
from qsetu.mitigation.zero_noise import ZeroNoiseEstimate, zero_noise_extrapolation

__all__ = [
    "MitigatedEstimate",
    "ZeroNoiseEstimate",
    "calibrate_readout",
    "fold",
    "mitigated_expectation",
    "mitigated_probabilities",
    "zero_noise_extrapolation",
]
