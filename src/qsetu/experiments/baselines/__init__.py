"""Classical baselines: the strongest simple method known for each kind of data, as scikit-learn estimators.

Each takes a dataset's own ``X``: texts, genotypes or numbers, the same rows that quantum models get.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qsetu.experiments.baselines.admixture import AdmixtureProportions
    from qsetu.experiments.baselines.gblup import GBLUP
    from qsetu.experiments.baselines.kmer_centroid import KmerNearestCentroid
    from qsetu.experiments.baselines.kmer_svc import KmerSpectrumSVC
    from qsetu.experiments.baselines.mdr import MultifactorDimensionalityReduction
    from qsetu.experiments.baselines.pairwise_logistic import PairwiseLogistic
    from qsetu.experiments.baselines.position_weights import PositionWeightClassifier
    from qsetu.experiments.baselines.shrunken_centroid import NearestShrunkenCentroid
    from qsetu.experiments.baselines.small_cnn import SmallCNN
    from qsetu.experiments.baselines.small_mlp import SmallMLP
    from qsetu.experiments.baselines.weighted_degree import WeightedDegreeSVC

__all__ = [
    "GBLUP",
    "AdmixtureProportions",
    "KmerNearestCentroid",
    "KmerSpectrumSVC",
    "MultifactorDimensionalityReduction",
    "NearestShrunkenCentroid",
    "PairwiseLogistic",
    "PositionWeightClassifier",
    "SmallCNN",
    "SmallMLP",
    "WeightedDegreeSVC",
]

# Lazy: whoever wants a linear model of genotypes should not wait for JAX.
_HOMES = {
    "AdmixtureProportions": "admixture",
    "GBLUP": "gblup",
    "KmerNearestCentroid": "kmer_centroid",
    "KmerSpectrumSVC": "kmer_svc",
    "MultifactorDimensionalityReduction": "mdr",
    "NearestShrunkenCentroid": "shrunken_centroid",
    "PairwiseLogistic": "pairwise_logistic",
    "PositionWeightClassifier": "position_weights",
    "SmallCNN": "small_cnn",
    "SmallMLP": "small_mlp",
    "WeightedDegreeSVC": "weighted_degree",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'qsetu.experiments.baselines' has no attribute '{name}'")
    value = getattr(importlib.import_module(f"qsetu.experiments.baselines.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
