"""Classical models of the roster that take genotypes as they are, or whole expression profiles."""

from __future__ import annotations

from typing import Any

from qsetu.core.checks import as_float, as_int
from qsetu.experiments.models.entry import Build, ModelEntry, Parameter, count, fraction, number, positive

__all__ = ["GENETIC_MODELS"]


def _heritability(name: str, value: Any) -> Any:
    return value if value == "reml" else as_float(name, value, low=0.0, high=1.0, open_low=True)


def _mdr(build: Build) -> Any:
    from qsetu.experiments.baselines import MultifactorDimensionalityReduction

    return MultifactorDimensionalityReduction(ploidy=build.ploidy, random_state=build.seed)


def _pairwise(build: Build) -> Any:
    from qsetu.experiments.baselines import PairwiseLogistic

    return PairwiseLogistic(ploidy=build.ploidy, random_state=build.seed)


def _gblup(build: Build) -> Any:
    from qsetu.experiments.baselines import GBLUP

    return GBLUP(ploidy=build.ploidy)


def _shrunken(build: Build) -> Any:
    from qsetu.experiments.baselines import NearestShrunkenCentroid

    return NearestShrunkenCentroid()


GENETIC_MODELS: tuple[ModelEntry, ...] = (
    ModelEntry(
        "mdr",
        "Multifactor dimensionality reduction",
        "classical",
        "classification",
        "genotypes",
        "the set of SNPs whose joint genotypes best tell cases from controls",
        {
            "order": Parameter("order", lambda name, value: as_int(name, value, 1, 3)),
            "folds": Parameter("folds", lambda name, value: as_int(name, value, 2, 50)),
        },
        {"order": (1, 2, 3), "folds": (3, 5, 8, 10)},
        _mdr,
        "Ritchie et al., American Journal of Human Genetics 69, 138 (2001)",
    ),
    ModelEntry(
        "pairwise-logistic",
        "Logistic regression with pairs",
        "classical",
        "classification",
        "genotypes",
        "linear model on genotypes and their products, pairs screened inside the fit",
        {
            "C": Parameter("C", positive),
            "l1_ratio": Parameter("l1_ratio", fraction),
            "max_pairs": Parameter("max_pairs", count),
            "max_iter": Parameter("max_iter", count),
        },
        {"C": (0.01, 0.1, 1.0, 10.0), "max_pairs": (10, 50, 200)},
        _pairwise,
        "Cordell, Nature Reviews Genetics 10, 392 (2009)",
    ),
    ModelEntry(
        "gblup",
        "GBLUP",
        "classical",
        "regression",
        "genotypes",
        "best linear unbiased prediction by genomic relationships",
        {"heritability": Parameter("heritability", _heritability)},
        {"heritability": ("reml", 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)},
        _gblup,
        "VanRaden, Journal of Dairy Science 91, 4414 (2008)",
    ),
    ModelEntry(
        "shrunken-centroid",
        "Nearest shrunken centroid",
        "classical",
        "classification",
        "numbers",
        "the nearest class mean, of genes whose means differ enough",
        {"threshold": Parameter("threshold", number)},
        {"threshold": (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0)},
        _shrunken,
        "Tibshirani et al., PNAS 99, 6567 (2002)",
    ),
)
