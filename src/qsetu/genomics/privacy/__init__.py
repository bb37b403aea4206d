"""What may leave an institution, measured: anonymity of tables, membership risk, leaks in text and files."""

from __future__ import annotations

from qsetu.genomics.privacy.anonymity import Anonymity, k_anonymity
from qsetu.genomics.privacy.diversity import Closeness, Diversity, l_diversity, t_closeness
from qsetu.genomics.privacy.files import scan_bytes, scan_file
from qsetu.genomics.privacy.kinds import LEAK_KINDS, LeakKind, PrivacyFinding
from qsetu.genomics.privacy.membership import MembershipRisk, MembershipScores, membership_risk
from qsetu.genomics.privacy.notebooks import scan_notebook
from qsetu.genomics.privacy.snps import safe_number_of_snps
from qsetu.genomics.privacy.text import find_genotype_leaks

__all__ = [
    "LEAK_KINDS",
    "Anonymity",
    "Closeness",
    "Diversity",
    "LeakKind",
    "MembershipRisk",
    "MembershipScores",
    "PrivacyFinding",
    "find_genotype_leaks",
    "k_anonymity",
    "l_diversity",
    "membership_risk",
    "safe_number_of_snps",
    "scan_bytes",
    "scan_file",
    "scan_notebook",
    "t_closeness",
]
