"""Honest splits: what must not straddle them, splitters that heed it, and a report on any split."""

from qsetu.genomics.splits.homology import aligned_identity, homology_groups
from qsetu.genomics.splits.interval_groups import chromosome_groups, interval_groups, longest_overlap
from qsetu.genomics.splits.kmers import shared_kmer_pairs
from qsetu.genomics.splits.leakage import leakage_between, leakage_report
from qsetu.genomics.splits.linking import combine_groups, name_groups
from qsetu.genomics.splits.people import alike_groups, identity_by_state, king_kinship, relatedness_groups
from qsetu.genomics.splits.report import Finding, LeakageReport
from qsetu.genomics.splits.sequence_groups import (
    duplicate_groups,
    hamming_groups,
    hamming_pairs,
    shared_kmer_groups,
)
from qsetu.genomics.splits.splitters import (
    GroupStratifiedKFold,
    LeaveOneGroupOut,
    OfficialSplit,
    RepeatedGroupStratifiedKFold,
    train_test_split_by_group,
)
from qsetu.genomics.splits.suggested import suggested_groups

__all__ = [
    "Finding",
    "GroupStratifiedKFold",
    "LeakageReport",
    "LeaveOneGroupOut",
    "OfficialSplit",
    "RepeatedGroupStratifiedKFold",
    "aligned_identity",
    "alike_groups",
    "chromosome_groups",
    "combine_groups",
    "duplicate_groups",
    "hamming_groups",
    "hamming_pairs",
    "homology_groups",
    "identity_by_state",
    "interval_groups",
    "king_kinship",
    "leakage_between",
    "leakage_report",
    "longest_overlap",
    "name_groups",
    "relatedness_groups",
    "shared_kmer_groups",
    "shared_kmer_pairs",
    "suggested_groups",
    "train_test_split_by_group",
]
