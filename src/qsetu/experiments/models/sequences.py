"""Classical models of the roster that take sequences as they are."""

from __future__ import annotations

from typing import Any

from qsetu.core.checks import as_int
from qsetu.experiments.models.entry import (
    Build,
    ModelEntry,
    Parameter,
    choice,
    count,
    flag,
    fraction,
    positive,
)

__all__ = ["SEQUENCE_MODELS"]


def _word(name: str, value: Any) -> int:
    return as_int(name, value, 1, 12)


def _order(name: str, value: Any) -> int:
    return as_int(name, value, 0, 1)


def _spectrum(build: Build) -> Any:
    from qsetu.experiments.baselines import KmerSpectrumSVC

    return KmerSpectrumSVC(alphabet=build.alphabet)


def _weighted_degree(build: Build) -> Any:
    from qsetu.experiments.baselines import WeightedDegreeSVC

    return WeightedDegreeSVC(alphabet=build.alphabet)


def _position_weights(build: Build) -> Any:
    from qsetu.experiments.baselines import PositionWeightClassifier

    return PositionWeightClassifier(alphabet=build.alphabet)


def _centroid(build: Build) -> Any:
    from qsetu.experiments.baselines import KmerNearestCentroid

    return KmerNearestCentroid(alphabet=build.alphabet)


def _cnn(build: Build) -> Any:
    from qsetu.experiments.baselines import SmallCNN

    return SmallCNN(alphabet=build.alphabet, random_state=build.seed)


_C = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)

SEQUENCE_MODELS: tuple[ModelEntry, ...] = (
    ModelEntry(
        "kmer-spectrum-svm",
        "k-mer spectrum SVM",
        "classical",
        "classification",
        "sequences",
        "support vector machine on how often each k-mer occurs",
        {
            "k": Parameter("k", _word),
            "C": Parameter("C", positive),
            "reverse_complement": Parameter("reverse_complement", flag),
            "mismatches": Parameter("mismatches", lambda name, value: as_int(name, value, 0, 1)),
        },
        {"k": (2, 3, 4, 5, 6), "C": _C},
        _spectrum,
        "Leslie, Eskin and Noble, Pacific Symposium on Biocomputing 7, 564 (2002)",
    ),
    ModelEntry(
        "weighted-degree-svm",
        "Weighted-degree SVM",
        "classical",
        "classification",
        "sequences",
        "support vector machine on k-mers at the same position, for windows of equal length",
        {
            "degree": Parameter("degree", lambda name, value: as_int(name, value, 1, 200)),
            "C": Parameter("C", positive),
        },
        {"degree": (1, 2, 4, 8, 16), "C": _C},
        _weighted_degree,
        "Raetsch and Sonnenburg, in Kernel Methods in Computational Biology (2004)",
    ),
    ModelEntry(
        "position-weights",
        "Position weight matrices",
        "classical",
        "classification",
        "sequences",
        "likelihood of each class by the letters (order 0) or letter pairs (order 1) at each position",
        {"pseudocount": Parameter("pseudocount", positive), "order": Parameter("order", _order)},
        {"pseudocount": (0.1, 0.3, 1.0, 3.0, 10.0, 30.0), "order": (0, 1)},
        _position_weights,
        "Stormo et al., Nucleic Acids Research 10, 2997 (1982); Zhang and Marr, CABIOS 9, 499 (1993)",
    ),
    ModelEntry(
        "kmer-centroid",
        "k-mer nearest centroid",
        "classical",
        "classification",
        "sequences",
        "the class whose mean k-mer profile is nearest",
        {"k": Parameter("k", _word), "metric": Parameter("metric", choice("cosine", "euclidean"))},
        {"k": (2, 3, 4, 5, 6, 7), "metric": ("cosine", "euclidean")},
        _centroid,
    ),
    ModelEntry(
        "small-cnn",
        "Small convolutional network",
        "classical",
        "classification",
        "sequences",
        "one or two layers of learned motifs, for windows of equal length",
        {
            "filters": Parameter("filters", count),
            "window": Parameter("window", count),
            "layers": Parameter("layers", count),
            "dropout": Parameter("dropout", fraction),
            "learning_rate": Parameter("learning_rate", positive),
            "max_epochs": Parameter("max_epochs", count),
        },
        {"filters": (16, 32, 64), "window": (5, 9), "learning_rate": (1e-3, 3e-3)},
        _cnn,
        "Alipanahi et al., Nature Biotechnology 33, 831 (2015)",
    ),
)
