"""How each registered dataset is read: one function a dataset, from checked files to a dataset."""

from __future__ import annotations

from collections.abc import Callable

from qsetu.genomics.datasets import Dataset, FileCollection
from qsetu.genomics.loaders import expression, genotypes, other, sequences, viruses
from qsetu.genomics.storage import Source

__all__ = ["LOADERS"]

LOADERS: dict[str, Callable[[Source], Dataset | FileCollection]] = {
    "1000genomes-lct": genotypes.lactase_region,
    "bacterial-promoters": sequences.bacterial_promoters,
    "colon-alon": expression.colon,
    "dengue-serotypes": viruses.dengue,
    "genomic-benchmarks": other.genomic_benchmarks,
    "golub-leukemia": expression.golub,
    "hapmap3-1kg": genotypes.hapmap_and_1000_genomes,
    "hiv1-protease": sequences.protease,
    "hiv1-subtypes": viruses.hiv1,
    "influenza-ha": viruses.influenza,
    "miyazawa-jernigan": other.contact_energies,
    "pbmc68k-reduced": expression.pbmc,
    "qasmbench": other.files,
    "qml-benchmarks-results": other.files,
    "quantumgrn-lcl": expression.lymphoblastoid_cells,
    "reference-genomes": viruses.reference_genomes,
    "rna-structures": other.rna_structures,
    "sars-cov-2-2020": viruses.sars_cov_2,
    "tf-motifs": other.motifs,
    "uci-promoters": sequences.promoters,
    "uci-splice": sequences.splice,
    "vcf-parser-traps": genotypes.parser_traps,
    "wheat-cimmyt": genotypes.wheat,
}
