"""What may leave an institution, measured."""

from __future__ import annotations

from qsetu.genomics.privacy.anonymity import Anonymity, k_anonymity
from qsetu.genomics.privacy.diversity import Closeness, Diversity, l_diversity, t_closeness
from qsetu.genomics.privacy.membership import MembershipRisk, MembershipScores, membership_risk
from qsetu.genomics.privacy.snps import safe_number_of_snps

__all__ = [
    "Anonymity",
    "Closeness",
    "Diversity",
    "MembershipRisk",
    "MembershipScores",
    "k_anonymity",
    "l_diversity",
    "membership_risk",
    "safe_number_of_snps",
    "t_closeness",
]
