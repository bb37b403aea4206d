"""Who used how much of which machine: an append-only ledger, quotas, reports, imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qsetu.core.lazy import lazy_names

if TYPE_CHECKING:
    from qsetu.sharing.usage.defaults import default_ledger, default_project, default_user
    from qsetu.sharing.usage.entry import Usage
    from qsetu.sharing.usage.ledger import Ledger
    from qsetu.sharing.usage.metering import Meter, metered
    from qsetu.sharing.usage.quotas import Finding, Quota, QuotaDecision, QuotaExceeded
    from qsetu.sharing.usage.resources import RESOURCES, Resource
    from qsetu.sharing.usage.sacct import SacctImport, read_sacct
    from qsetu.sharing.usage.sheets import entries_csv, totals_csv
    from qsetu.sharing.usage.sources import usage_of_iqm, usage_of_result
    from qsetu.sharing.usage.totals import Total

__all__ = [
    "RESOURCES",
    "Finding",
    "Ledger",
    "Meter",
    "Quota",
    "QuotaDecision",
    "QuotaExceeded",
    "Resource",
    "SacctImport",
    "Total",
    "Usage",
    "default_ledger",
    "default_project",
    "default_user",
    "entries_csv",
    "metered",
    "read_sacct",
    "totals_csv",
    "usage_of_iqm",
    "usage_of_result",
]

_HOMES = {
    "defaults": ("default_ledger", "default_project", "default_user"),
    "entry": ("Usage",),
    "ledger": ("Ledger",),
    "metering": ("Meter", "metered"),
    "quotas": ("Finding", "Quota", "QuotaDecision", "QuotaExceeded"),
    "resources": ("RESOURCES", "Resource"),
    "sacct": ("SacctImport", "read_sacct"),
    "sheets": ("entries_csv", "totals_csv"),
    "sources": ("usage_of_iqm", "usage_of_result"),
    "totals": ("Total",),
}


__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
