"""Shared catalogues: content-addressed, append-only, on any folder or store, merged by copying."""

from __future__ import annotations

from qsetu.sharing.catalogue.bundles import bundle_name, dataset_facts, push_bundle
from qsetu.sharing.catalogue.catalogue import Catalogue
from qsetu.sharing.catalogue.lineage import Relative
from qsetu.sharing.catalogue.reading import Contents
from qsetu.sharing.catalogue.refs import AliasState
from qsetu.sharing.catalogue.schema import Alias, CatalogueCard, Entry, FileFact, Withdrawal
from qsetu.sharing.catalogue.searching import find_words
from qsetu.sharing.catalogue.showing import Shown
from qsetu.sharing.catalogue.site import write_site
from qsetu.sharing.catalogue.syncing import Carried, SyncReport, sync
from qsetu.sharing.catalogue.verifying import Finding, VerifyReport

__all__ = [
    "Alias",
    "AliasState",
    "Carried",
    "Catalogue",
    "CatalogueCard",
    "Contents",
    "Entry",
    "FileFact",
    "Finding",
    "Relative",
    "Shown",
    "SyncReport",
    "VerifyReport",
    "Withdrawal",
    "bundle_name",
    "dataset_facts",
    "find_words",
    "push_bundle",
    "sync",
    "write_site",
]
