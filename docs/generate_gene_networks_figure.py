"""Draws the figure of docs/gene-networks.md and prints its numbers.

Run `python docs/generate_gene_networks_figure.py`.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from qsetu.genomics import load_dataset
from qsetu.problems.gene_network import (
    ChowLiuTree,
    CorrelationNetwork,
    EmpiricalStates,
    ForestNetwork,
    IndependentGenes,
    PairwiseIsing,
    PIDCNetwork,
    QuantumGeneNetwork,
    cross_validate_networks,
    draw_network,
    edge_stability,
)

PUBLISHED = {"divergence": "published", "train_encoder": False, "penalty": 0.0}
DRAWN = {
    "circuit: angles": QuantumGeneNetwork(random_state=0),
    "GENIE3: importances": ForestNetwork(random_state=0),
    "partial correlations": CorrelationNetwork(method="partial"),
}
COMPARED = {
    "independent genes": IndependentGenes(),
    "circuit, de-entangled twin": QuantumGeneNetwork(entangled=False, random_state=0),
    "Chow-Liu tree": ChowLiuTree(),
    "pairwise Ising model": PairwiseIsing(),
    "logistic regressions, partial correlations": CorrelationNetwork(method="partial"),
    "GENIE3": ForestNetwork(random_state=0),
    "PIDC": PIDCNetwork(),
    "circuit": QuantumGeneNetwork(random_state=0),
    "circuit, no penalty": QuantumGeneNetwork(penalty=0.0, random_state=0),
    "circuit, loss and first layer as published": QuantumGeneNetwork(**PUBLISHED, random_state=0),
    "histogram of the states": EmpiricalStates(),
}


def draw(cells: np.ndarray, genes: list[str]) -> None:
    figure, axes = plt.subplots(1, 3, figsize=(12, 4.2), layout="constrained")
    for axis, (name, network) in zip(axes, DRAWN.items(), strict=True):
        draw_network(axis, network.fit(cells).edges_, genes, least=0.35)
        axis.set_title(name, fontsize=11)
    path = Path(__file__).parent / "images" / "gene-networks.png"
    figure.savefig(path, dpi=110, metadata={"Software": None})


def compare(cells: np.ndarray) -> None:
    for name, score in cross_validate_networks(COMPARED, cells).items():
        shown = [None if a is None else a.mean() for a in (score.pseudo_likelihood, score.log_likelihood)]
        columns = (
            "-" if a is None else f"{a:.{n}f}"
            for a, n in zip([*shown, score.stability], (4, 4, 2), strict=True)
        )
        print(f"| {name} | {' | '.join(columns)} |")
    forward, backward = (QuantumGeneNetwork(random_state=0).fit(c).edges_ for c in (cells, cells[:, ::-1]))
    print(f"circuit, genes in reverse order: {edge_stability([forward, backward[::-1, ::-1]]):.2f}")
    for name, network in DRAWN.items():
        print(f"circuit and {name}: {edge_stability([forward, network.fit(cells).edges_]):.2f}")


def main() -> None:
    data = load_dataset("quantumgrn-lcl/raw")
    cells = data.values > 0
    draw(cells, data.gene_names.tolist())
    compare(cells)


if __name__ == "__main__":
    main()
