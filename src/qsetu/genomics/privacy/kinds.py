"""What counts as a leak: every kind in one table, with an example that must be found."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["LEAK_KINDS", "SEVERITIES", "LeakKind", "PrivacyFinding"]

SEVERITIES = ("leak", "caution", "note")
"""Leak: must not leave. Caution: look at it. Note: could not be read."""


@dataclass(frozen=True)
class LeakKind:
    """One kind of finding.

    Attributes:
        name: Its name.
        severity: The highest it is given; less where a rule says so.
        description: What was seen, as the words after "holds".
        rule: When it is found, and when it is only a caution.
        examples: Invented texts in which it is found, at ``severity``.
    """

    name: str
    severity: str
    description: str
    rule: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class PrivacyFinding:
    """Something that should not leave, and where; never the thing itself.

    Attributes:
        kind: A key of ``LEAK_KINDS``.
        severity: "leak", "caution" or "note".
        source: Name of the text or file, as given.
        line: Line of the first occurrence, from 1; 0 for a file as a whole.
        column: Column of the first occurrence, from 1; 0 for a file as a whole.
        number: How often it occurs (rows, for rows).
        excerpt: The shape of the first occurrence, every letter and digit an asterisk.
        sentence: What was found, in words.
    """

    kind: str
    severity: str
    source: str
    line: int
    column: int
    number: int
    excerpt: str
    sentence: str

    def __str__(self) -> str:
        where = f"{self.source or '<text>'}:{self.line}:{self.column}" if self.line else self.source
        return f"{where}: {self.severity}: {self.sentence}"


def _tabs(*fields: str) -> str:
    return "\t".join(fields)


def _lines(*rows: str) -> str:
    return "\n".join(rows)


# Examples are put together here, so that this file itself holds none.
_READ = "ACGTTGCAAC" * 3
_DOSAGES = " ".join("0120100210" * 2)

_KINDS = (
    LeakKind(
        "vcf-header",
        "caution",
        "the header of a VCF file",
        "a ##fileformat line, or a line of columns from #CHROM to ALT without samples",
        ("##" + "fileformat=VCFv4.2", "#CHROM " + "POS ID REF ALT QUAL FILTER INFO"),
    ),
    LeakKind(
        "vcf-samples",
        "leak",
        "a VCF header that names samples",
        "a line of columns from #CHROM with FORMAT and at least one sample after it",
        (_tabs("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", "p1"),),
    ),
    LeakKind(
        "vcf-row",
        "leak",
        "rows of a VCF file with genotypes",
        "a GT format followed by a genotype",
        (
            _tabs("1", "12345", ".", "A", "G", "50", "PASS", ".", "GT", "0/1"),
            _tabs("X", "12345", ".", "A", "G", "50", "PASS", ".", "GT:DP", "1:30"),
        ),
    ),
    LeakKind(
        "genotype-calls",
        "leak",
        "genotypes written as allele numbers",
        "four or more in a row, such as phased or unphased pairs of 0 to 3",
        (" ".join(["0/1", "0/0"] * 2), ", ".join(["0|1", "1|1"] * 2)),
    ),
    LeakKind(
        "dosage-matrix",
        "leak",
        "a matrix of allele counts",
        "three or more consecutive rows of equally many (20 or more) values that are all 0, 1, 2, -1 or "
        "missing, with 0, 1 and 2 all among them; shortened by an ellipsis, 5 values are enough. A caution "
        "for one or two such rows (they could be class labels), and for narrower matrices from 5 columns. "
        "Tables of 0 and 1 alone are never found: they are labels or bit strings far more often",
        (
            _lines(*[_DOSAGES] * 3),
            _lines(*[f"[0 1 2 ... 0 {i} 1]" for i in (0, 1, 2)]),
            _lines(*["0120100210" * 3] * 3),
        ),
    ),
    LeakKind(
        "snp-table",
        "leak",
        "a table with variants as columns and genotypes below",
        "two or more rs numbers in a line, and at least as many genotypes in the next",
        (_lines(" ".join(["who", "rs111111", "rs222222"]), "a 0 2"),),
    ),
    LeakKind(
        "letter-genotypes",
        "leak",
        "genotypes written as letters",
        "eight or more pairs of bases in a row, not all different (all different are names of 2-mers)",
        (" ".join(["AA", "AG", "GG", "CT"] * 2), ",".join(["A/A", "A/G"] * 4)),
    ),
    LeakKind(
        "rs-genotype",
        "leak",
        "genotypes beside their rs numbers",
        "an rs number followed or preceded by a genotype, in prose, tables or rows of the consumer services; "
        "a caution for two different letters that may be the alleles of the variant (A/G), for one letter, "
        "and for words such as heterozygous. A list of rs numbers alone is never found",
        (
            "rs12913832" + ": GG",
            "rs4988235" + " is CT",
            _tabs(*["rs4477212", "1", "82154"], "AA"),
            _tabs(*["rs4477212", "1", "82154"], "A", "A"),
            '"rs4988235"' + ': "CT"',
            "GG" + " at rs12913832",
        ),
    ),
    LeakKind(
        "ped-row",
        "leak",
        "rows of a PLINK ped file",
        "six leading columns of a person, then six or more single alleles",
        (" ".join(["F1", "P1", "0", "0", "1", "2"]) + " A A G T C C",),
    ),
    LeakKind(
        "fam-row",
        "leak",
        "rows of a PLINK fam file",
        "exactly six columns: family, person, father, mother, sex, phenotype, the person not a small number",
        (" ".join(["FAM1", "PERSON1", "0", "0", "2", "-9"]),),
    ),
    LeakKind(
        "sample-id",
        "leak",
        "identifiers of people's samples",
        "identifiers in the manner of the 1000 Genomes and Coriell, TCGA, TARGET, GTEx and EGA",
        ("HG" + "99999", "NA" + "99999", "TCGA-" + "ZZ-9999-01A", "GTEX-" + "ZZZZ9", "EGAN" + "0" * 11),
    ),
    LeakKind(
        "restricted-accession",
        "leak",
        "accessions of GISAID, whose terms forbid passing sequences on",
        "an EPI_ISL accession; accessions of GenBank are public and never found",
        ("EPI_ISL_" + "999999",),
    ),
    LeakKind(
        "person-ids",
        "leak",
        "a column that identifies people",
        "a column named as an identifier of a person (eid, IID, FID, sample_id, patient_id ...) with two or "
        "more rows below; a caution with one",
        (_lines("sample_id,score", "z1,0.5", "z2,0.7"), _lines("eid" + "\tx", "1000001\t3", "1000002\t4")),
    ),
    LeakKind(
        "person-table",
        "leak",
        "a table with a row a person",
        "three columns of personal traits (age, sex, zip, diagnosis ...), or one beside an identifier, with "
        "five or more rows below; a caution with fewer",
        (_lines("age,sex,zip", *[f"{i},F,1000" for i in range(30, 36)]),),
    ),
    LeakKind(
        "fastq-record",
        "leak",
        "sequencing reads with qualities, which may be human",
        "the four lines of a FASTQ record, 15 bases or more",
        (_lines("@read1", _READ, "+", "I" * len(_READ)),),
    ),
    LeakKind(
        "sam-record",
        "leak",
        "aligned sequencing reads, which may be human",
        "the eleven columns of a SAM record, or a read group that names its sample",
        (
            _tabs("read1", "0", "chr1", "100", "60", "30M", "*", "0", "0", _READ, "I" * len(_READ)),
            _tabs("@RG", "ID:1", "SM:somebody"),
        ),
    ),
    LeakKind(
        "sam-header", "caution", "the header of a SAM file", "its lines @HD, @SQ, @PG", ("@HD\tVN:1.6",)
    ),
    LeakKind("alignment-file", "leak", "aligned reads (BAM or CRAM)", "the first bytes of a file"),
    LeakKind("variant-file", "leak", "variants with samples (BCF or BGEN)", "the first bytes of a file"),
    LeakKind("genotype-file", "leak", "genotypes (PLINK bed or pgen)", "the first bytes of a file"),
    LeakKind(
        "opaque-file",
        "caution",
        "a binary format whose content is not read (HDF5 and h5ad, pickle, zip, Parquet, SQLite, NumPy ...)",
        "the first bytes of a file, or a byte of value 0 among them",
    ),
    LeakKind(
        "not-read", "note", "something that could not be read", "images, packed files that are too large"
    ),
)

LEAK_KINDS = MappingProxyType({kind.name: kind for kind in _KINDS})
"""Every kind of finding, by name."""
