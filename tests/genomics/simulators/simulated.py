"""Roster of simulators that the laws sweep."""

from __future__ import annotations

import numpy as np

from qsetu.genomics.simulators import cells, cohort, epistasis, planted_motif, splice_sites

PWM = np.array([[0.7, 0.1, 0.05, 0.6], [0.1, 0.1, 0.85, 0.2], [0.1, 0.1, 0.05, 0.1], [0.1, 0.7, 0.05, 0.1]])
AT_RICH = (0.35, 0.15, 0.2, 0.3)


def motif(n, part="", seed=3, **more):
    return planted_motif(
        n, 30, "TGACTCA", mutation=0.1, background=AT_RICH, strand="both", bayes_samples=20_000,
        prior={"motif": 0.4, "background": 0.6}, seed=seed, part=part, **more,
    )  # fmt: skip


def short_motif(n, part="", seed=3):
    return planted_motif(n, 6, PWM, background=AT_RICH, seed=seed, part=part)


def placed_motif(n, part="", seed=3):
    return planted_motif(n, 20, PWM, position=5, seed=seed, part=part)


def splice(n, part="", seed=3, **more):
    return splice_sites(n, decoys=0.6, background=AT_RICH, bayes_samples=20_000, seed=seed, part=part, **more)


def donors(n, part="", seed=3):
    return splice_sites(n, window=14, prior={"EI": 0.3, "N": 0.7}, decoys=1.0, seed=seed, part=part)


def xor(n, part="", seed=3):
    return epistasis(n, "xor", heritability=0.3, seed=seed, part=part)


def gaps(n, part="", seed=3):
    return epistasis(
        n, "threshold", maf=[0.3, 0.4, 0.2], prevalence=0.15, missing=0.15, seed=seed, part=part, num_snps=8
    )


def case_control(n, part="", seed=3):
    return epistasis(
        n, "pure", maf=[0.2, 0.35], prevalence=0.1, heritability=0.05, pure=True, design="case-control",
        cases=int(0.4 * n), seed=seed, part=part,
    )  # fmt: skip


def blood(n, part="", seed=3, **more):
    return cells(
        n, 60, ["B", "T", "NK"], prior={"B": 0.2, "T": 0.5, "NK": 0.3}, dropout=0.1, library_sd=0.5,
        log2_fold_change=1.3, bayes_samples=6_000, seed=seed, part=part, **more,
    )  # fmt: skip


def two_types(n, part="", seed=3):
    return cells(n, 12, 2, markers=1, depth=60, library_sd=0.0, dispersion=0.2, seed=seed, part=part)


ROSTER = {
    one.__name__: one
    for one in (
        motif, short_motif, placed_motif, splice, donors, xor, gaps, case_control, blood, two_types,
    )
}  # fmt: skip


def people(n=300, seed=3, **more):
    return cohort(n, sequence_length=2e5, num_snps=30, min_maf=0.1, seed=seed, **more)
