"""Where the files of a catalogue lie: a folder, any location of fsspec's, or a web address."""

from __future__ import annotations

from qsetu.sharing.catalogue.storage.base import Absent, Store
from qsetu.sharing.catalogue.storage.opening import open_store

__all__ = ["Absent", "Store", "open_store"]
