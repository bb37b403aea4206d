"""All encoders by name: docs, experiment files and tests read this table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qsetu.core.errors import unknown_name
from qsetu.genomics.encoders.base import Encoder
from qsetu.genomics.encoders.bases import OneHotAngleEncoder, SICPOVMEncoder, TwoBitEncoder
from qsetu.genomics.encoders.expression import HighVariance, LogNormalizer
from qsetu.genomics.encoders.genotypes import GenotypeEncoder
from qsetu.genomics.encoders.kmers import FCGREncoder, KmerSpectrum
from qsetu.genomics.encoders.properties import AminoAcidProperties, EIIPEncoder
from qsetu.genomics.encoders.weights import PositionWeightMatrix

__all__ = ["ENCODERS", "EncoderEntry", "resolve_encoder"]

InputKind = Literal["DNA", "RNA", "protein", "genotypes", "expression"]

_NUCLEIC: tuple[InputKind, ...] = ("DNA", "RNA")
_SEQUENCES: tuple[InputKind, ...] = ("DNA", "RNA", "protein")


@dataclass(frozen=True)
class EncoderEntry:
    """One encoder of the roster.

    Attributes:
        make: The class.
        title: One line for people.
        reference: Whom it is from.
        inputs: What it takes.
        qubits: How many qubits its numbers want, in words.
        any_length: Whether sequences may differ in length.
        needs_labels: Whether ``fit`` needs labels.
        invertible: Whether it has ``inverse_transform``.
    """

    make: type[Encoder]
    title: str
    reference: str
    inputs: tuple[InputKind, ...]
    qubits: str
    any_length: bool = False
    needs_labels: bool = False
    invertible: bool = False


ENCODERS: dict[str, EncoderEntry] = {
    "two-bit": EncoderEntry(
        TwoBitEncoder, "two bits a base", "by convention", _NUCLEIC, "2 a base", invertible=True
    ),
    "one-hot": EncoderEntry(
        OneHotAngleEncoder,
        "an angle for each letter at each position",
        "by convention",
        _SEQUENCES,
        "4 a base, 20 an amino acid",
        invertible=True,
    ),
    "sic-povm": EncoderEntry(
        SICPOVMEncoder,
        "one of four tetrahedral states of a qubit a base",
        "arXiv:2503.05465",
        _NUCLEIC,
        "1 a base",
        invertible=True,
    ),
    "eiip": EncoderEntry(
        EIIPEncoder,
        "electron-ion interaction potential of each base, or its spectrum",
        "Nair, Sreenadhan, Bioinformation 1, 197 (2006)",
        _NUCLEIC,
        "1 a base; L // 2 + 1 for a spectrum; 1 for period three",
        invertible=True,
    ),
    "kmer-spectrum": EncoderEntry(
        KmerSpectrum,
        "how often each k-mer occurs",
        "Leslie et al., Pacific Symposium on Biocomputing 7, 564 (2002)",
        _SEQUENCES,
        "2k; 2k - 1 canonical for odd k; ceil(log2 20^k) for proteins",
        any_length=True,
    ),
    "fcgr": EncoderEntry(
        FCGREncoder,
        "k-mer counts as a picture, by the chaos game",
        "Jeffrey, Nucleic Acids Research 18, 2163 (1990)",
        _NUCLEIC,
        "2k",
        any_length=True,
    ),
    "weight-matrix": EncoderEntry(
        PositionWeightMatrix,
        "log-odds of each class by its position weight matrix",
        "Stormo et al., Nucleic Acids Research 10, 2997 (1982)",
        _SEQUENCES,
        "1 a class",
        needs_labels=True,
    ),
    "amino-acid-properties": EncoderEntry(
        AminoAcidProperties,
        "hydropathy, volume, charge and polarity of each amino acid",
        "Kyte, Doolittle (1982); Grantham (1974)",
        ("protein",),
        "4 an amino acid",
        invertible=True,
    ),
    "genotype": EncoderEntry(
        GenotypeEncoder,
        "copies of an allele, with missing calls filled",
        "Patterson, Price, Reich, PLoS Genetics 2, e190 (2006)",
        ("genotypes",),
        "1 a variant",
        invertible=True,
    ),
    "log-normalize": EncoderEntry(
        LogNormalizer,
        "log of counts relative to each cell's total",
        "Wolf et al., Genome Biology 19, 15 (2018)",
        ("expression",),
        "1 a gene",
    ),
    "high-variance": EncoderEntry(
        HighVariance,
        "the genes that vary most in training",
        "by convention",
        ("expression",),
        "1 a gene kept",
        invertible=True,
    ),
}
"""All encoders; a name here is what experiment files say."""


def resolve_encoder(name: str) -> type[Encoder]:
    """The class of the encoder called ``name``.

    Raises:
        ArgumentError: There is none of that name; lists them and guesses.

    Example:
        >>> from qsetu.genomics.encoders import resolve_encoder
        >>> resolve_encoder("fcgr")(k=2).fit(["ACGT"]).num_qubits
        4
    """
    if name not in ENCODERS:
        raise unknown_name("encoder", name, ENCODERS)
    return ENCODERS[name].make
