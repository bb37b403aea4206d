"""Gene networks of the roster: each gene's state from the others of its cell."""

from __future__ import annotations

from typing import Any

from qsetu.experiments.models.entry import Build, ModelEntry, Parameter, choice, count, number, positive

__all__ = ["NETWORK_MODELS"]


def _quantum(build: Build) -> Any:
    from qsetu.problems.gene_network import QuantumGeneNetwork

    return QuantumGeneNetwork(engine=build.engine, random_state=build.seed)


def _independent(build: Build) -> Any:
    from qsetu.problems.gene_network import IndependentGenes

    return IndependentGenes()


def _tree(build: Build) -> Any:
    from qsetu.problems.gene_network import ChowLiuTree

    return ChowLiuTree()


def _ising(build: Build) -> Any:
    from qsetu.problems.gene_network import PairwiseIsing

    return PairwiseIsing()


def _states(build: Build) -> Any:
    from qsetu.problems.gene_network import EmpiricalStates

    return EmpiricalStates()


def _forest(build: Build) -> Any:
    from qsetu.problems.gene_network import ForestNetwork

    return ForestNetwork(random_state=build.seed)


def _correlation(build: Build) -> Any:
    from qsetu.problems.gene_network import CorrelationNetwork

    return CorrelationNetwork()


def _pidc(build: Build) -> Any:
    from qsetu.experiments.baselines.partners import PartnerLogistic

    return PartnerLogistic()


_ALPHA = {"alpha": Parameter("alpha", positive)}
# Cells added to every state before frequencies are taken (Laplace).
_ALPHAS = (0.01, 0.03, 0.1, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0)

NETWORK_MODELS: tuple[ModelEntry, ...] = (
    ModelEntry(
        "quantum-network",
        "Quantum gene network",
        "quantum",
        "network",
        "numbers",
        "a qubit a gene, its rotations and controlled rotations fitted to the states of cells",
        {
            **_ALPHA,
            "penalty": Parameter("penalty", number),
            "divergence": Parameter("divergence", choice("likelihood", "published")),
            "restarts": Parameter("restarts", count),
            "max_iter": Parameter("max_iter", count),
        },
        {"penalty": (0.0, 0.01, 0.03, 0.1, 0.3), "alpha": (0.1, 1.0, 10.0)},
        _quantum,
        "Roman-Vicharra and Cai, npj Quantum Information 9, 67 (2023)",
    ),
    ModelEntry(
        "independent-genes",
        "Independent genes",
        "classical",
        "network",
        "numbers",
        "each gene by its own frequency: what any network must beat",
        _ALPHA,
        {"alpha": _ALPHAS},
        _independent,
    ),
    ModelEntry(
        "chow-liu-tree",
        "Chow-Liu tree",
        "classical",
        "network",
        "numbers",
        "the best distribution in which every gene depends on one other",
        _ALPHA,
        {"alpha": _ALPHAS},
        _tree,
        "Chow and Liu, IEEE Trans. Inf. Theory 14, 462 (1968)",
    ),
    ModelEntry(
        "pairwise-ising",
        "Pairwise Ising model",
        "classical",
        "network",
        "numbers",
        "the distribution of largest entropy with the observed pairs",
        {**_ALPHA, "l1": Parameter("l1", number), "l2": Parameter("l2", number)},
        {"l2": (0.0, 0.001, 0.01, 0.1), "alpha": (0.1, 1.0, 10.0)},
        _ising,
        "Schneidman et al., Nature 440, 1007 (2006)",
    ),
    ModelEntry(
        "empirical-states",
        "Frequencies of all states",
        "classical",
        "network",
        "numbers",
        "the histogram of training cells: what the sample says, with nothing assumed",
        _ALPHA,
        {"alpha": _ALPHAS},
        _states,
    ),
    ModelEntry(
        "forest-network",
        "Forest network (GENIE3)",
        "classical",
        "network",
        "numbers",
        "a random forest for each gene on the others",
        {
            **_ALPHA,
            "trees": Parameter("trees", count),
            "max_features": Parameter("max_features", choice("sqrt", "all")),
            "min_leaf": Parameter("min_leaf", count),
        },
        {"max_features": ("sqrt", "all"), "min_leaf": (1, 3, 10, 30, 100, 300)},
        _forest,
        "Huynh-Thu et al., PLoS ONE 5, e12776 (2010)",
    ),
    ModelEntry(
        "correlation-network",
        "Correlation network",
        "classical",
        "network",
        "numbers",
        "edges by correlation; each gene by logistic regression on all others",
        {
            "method": Parameter("method", choice("pearson", "partial")),
            "C": Parameter("C", positive),
        },
        {"method": ("pearson", "partial"), "C": (0.001, 0.003, 0.01, 0.1, 1.0, 10.0)},
        _correlation,
    ),
    ModelEntry(
        "pidc-network",
        "PIDC network",
        "classical",
        "network",
        "numbers",
        "edges by unique information; each gene by logistic regression on its strongest partners",
        {"partners": Parameter("partners", count), "C": Parameter("C", positive)},
        {"partners": (1, 2, 3, 4), "C": (0.01, 0.1, 1.0)},
        _pidc,
        "Chan, Stumpf and Babtie, Cell Systems 5, 251 (2017)",
    ),
)
