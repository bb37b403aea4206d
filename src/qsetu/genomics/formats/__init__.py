"""Your own data in one call each: the field's formats, read strictly."""

from qsetu.genomics.formats.alleles import AlleleReport, align_alleles
from qsetu.genomics.formats.cutting import read_interval_sequences
from qsetu.genomics.formats.door import read
from qsetu.genomics.formats.fasta import FastaRecord, iter_fasta, read_fasta
from qsetu.genomics.formats.fastq import FastqRecord, iter_fastq, read_fastq
from qsetu.genomics.formats.h5ad import read_h5ad
from qsetu.genomics.formats.intervals import read_intervals
from qsetu.genomics.formats.plink import read_plink
from qsetu.genomics.formats.sequence_table import read_sequence_table
from qsetu.genomics.formats.table import read_table
from qsetu.genomics.formats.vcf import iter_vcf, read_vcf

__all__ = [
    "AlleleReport",
    "FastaRecord",
    "FastqRecord",
    "align_alleles",
    "iter_fasta",
    "iter_fastq",
    "iter_vcf",
    "read",
    "read_fasta",
    "read_fastq",
    "read_h5ad",
    "read_interval_sequences",
    "read_intervals",
    "read_plink",
    "read_sequence_table",
    "read_table",
    "read_vcf",
]
