"""Simulated data with a known answer: the Bayes classifier of each, and the accuracy that none exceeds."""

from qsetu.genomics.simulators.base import Posterior, Simulated
from qsetu.genomics.simulators.cells import cells
from qsetu.genomics.simulators.cohort import cohort
from qsetu.genomics.simulators.epistasis import epistasis
from qsetu.genomics.simulators.motifs import motif_probabilities, planted_motif
from qsetu.genomics.simulators.penetrance import (
    PENETRANCE_MODELS,
    genotype_frequencies,
    heritability,
    marginal_penetrance,
    penetrance_table,
    prevalence,
    scale_penetrance,
)
from qsetu.genomics.simulators.site_model import SiteModel, estimate_weights
from qsetu.genomics.simulators.splice import default_acceptor, default_donor, splice_sites

__all__ = [
    "PENETRANCE_MODELS",
    "Posterior",
    "Simulated",
    "SiteModel",
    "cells",
    "cohort",
    "default_acceptor",
    "default_donor",
    "epistasis",
    "estimate_weights",
    "genotype_frequencies",
    "heritability",
    "marginal_penetrance",
    "motif_probabilities",
    "penetrance_table",
    "planted_motif",
    "prevalence",
    "scale_penetrance",
    "splice_sites",
]
