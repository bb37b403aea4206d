"""Encoders: sequences, genotypes and expression as the numbers that quantum and classical models take."""

from qsetu.genomics.encoders.base import Encoder, SequenceEncoder, TableEncoder
from qsetu.genomics.encoders.bases import OneHotAngleEncoder, SICPOVMEncoder, TwoBitEncoder
from qsetu.genomics.encoders.expression import HighVariance, LogNormalizer
from qsetu.genomics.encoders.genotypes import GenotypeEncoder
from qsetu.genomics.encoders.kmers import FCGREncoder, KmerSpectrum
from qsetu.genomics.encoders.properties import AMINO_ACID_PROPERTIES, EIIP, AminoAcidProperties, EIIPEncoder
from qsetu.genomics.encoders.roster import ENCODERS, EncoderEntry, resolve_encoder
from qsetu.genomics.encoders.weights import PositionWeightMatrix

__all__ = [
    "AMINO_ACID_PROPERTIES",
    "EIIP",
    "ENCODERS",
    "AminoAcidProperties",
    "EIIPEncoder",
    "Encoder",
    "EncoderEntry",
    "FCGREncoder",
    "GenotypeEncoder",
    "HighVariance",
    "KmerSpectrum",
    "LogNormalizer",
    "OneHotAngleEncoder",
    "PositionWeightMatrix",
    "SICPOVMEncoder",
    "SequenceEncoder",
    "TableEncoder",
    "TwoBitEncoder",
    "resolve_encoder",
]
