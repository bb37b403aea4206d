"""Pictures that a bioinformatician expects, each with the numbers behind it."""

from qsetu.genomics.views.balance import class_balance
from qsetu.genomics.views.embedding import sample_map
from qsetu.genomics.views.enrichment import kmer_enrichment
from qsetu.genomics.views.genotypes import genotype_heatmap
from qsetu.genomics.views.logo import sequence_logo
from qsetu.genomics.views.view import View

__all__ = ["View", "class_balance", "genotype_heatmap", "kmer_enrichment", "sample_map", "sequence_logo"]
