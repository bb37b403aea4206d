"""Gene networks from which genes are active in which cells: a circuit, and the methods beside it."""

from qsetu.problems.gene_network.base import GeneNetwork, JointNetwork
from qsetu.problems.gene_network.circuit import network_circuit
from qsetu.problems.gene_network.compare import NetworkScores, cross_validate_networks
from qsetu.problems.gene_network.correlation import CorrelationNetwork
from qsetu.problems.gene_network.drawing import draw_network
from qsetu.problems.gene_network.forest import ForestNetwork
from qsetu.problems.gene_network.ising import PairwiseIsing
from qsetu.problems.gene_network.joint import ChowLiuTree, EmpiricalStates, IndependentGenes
from qsetu.problems.gene_network.pidc import PIDCNetwork
from qsetu.problems.gene_network.quantum import QuantumGeneNetwork
from qsetu.problems.gene_network.scores import (
    edge_agreement,
    edge_stability,
    log_likelihood,
    pseudo_likelihood,
    shuffled,
    total_variation,
)

__all__ = [
    "ChowLiuTree",
    "CorrelationNetwork",
    "EmpiricalStates",
    "ForestNetwork",
    "GeneNetwork",
    "IndependentGenes",
    "JointNetwork",
    "NetworkScores",
    "PIDCNetwork",
    "PairwiseIsing",
    "QuantumGeneNetwork",
    "cross_validate_networks",
    "draw_network",
    "edge_agreement",
    "edge_stability",
    "log_likelihood",
    "network_circuit",
    "pseudo_likelihood",
    "shuffled",
    "total_variation",
]
