"""Cells and distributions for the tests of gene networks, made without the code under test."""

from __future__ import annotations

from itertools import product

import numpy as np


def states_of(num_genes):
    """All states as tuples, gene 0 changing fastest."""
    return [tuple(reversed(bits)) for bits in product((0, 1), repeat=num_genes)]


def random_distribution(num_genes, seed, lowest=0.0):
    p = np.random.default_rng(seed).dirichlet(np.ones(2**num_genes)) + lowest
    return p / p.sum()


def cells_like(distribution, count=100_000):
    """Cells in which each state is as frequent as a distribution says, up to rounding."""
    num_genes = len(distribution).bit_length() - 1
    times = np.round(count * np.asarray(distribution)).astype(int)
    return np.array([s for s, n in zip(states_of(num_genes), times, strict=True) for _ in range(n)], np.int8)


def frequencies(cells, alpha=0.0):
    """Share of cells in each state after ``alpha`` more in each."""
    states = states_of(cells.shape[1])
    found = [sum(1 for cell in cells.tolist() if tuple(map(int, cell)) == s) + alpha for s in states]
    return np.array(found) / sum(found)


def chain(count=400, num_genes=4, seed=0):
    """Each gene follows the one before; gene 2 does the opposite."""
    rng = np.random.default_rng(seed)
    cells = np.empty((count, num_genes), dtype=np.int8)
    cells[:, 0] = rng.random(count) < 0.3
    for g in range(1, num_genes):
        source = 1 - cells[:, g - 1] if g == 2 else cells[:, g - 1]
        cells[:, g] = np.where(rng.random(count) < 0.7, source, rng.random(count) < 0.6)
    return cells
