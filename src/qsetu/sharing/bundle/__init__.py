"""Bundles: one file that holds what is shared and all that is needed to check it."""

from __future__ import annotations

from qsetu.sharing.bundle.archive import MAX_BYTES, Archive, open_archive
from qsetu.sharing.bundle.pack import Packed, pack
from qsetu.sharing.manifest import MANIFEST, DatasetReference, Manifest, Person, Receiver, parse_manifest

__all__ = [
    "MANIFEST",
    "MAX_BYTES",
    "Archive",
    "DatasetReference",
    "Manifest",
    "Packed",
    "Person",
    "Receiver",
    "open_archive",
    "pack",
    "parse_manifest",
]
