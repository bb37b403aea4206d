"""Kernel values already computed, pair by pair, so that no pair is ever computed twice.

A grid search asks for the same pairs again and again: for each C, and, in other rows and columns, for each
fold. So what is kept is not matrices but values between samples, found again by what the samples hold.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qsetu.core.files import cache_folder

__all__ = ["CacheInfo", "PairStore", "clear_kernel_cache", "digests", "kernel_cache_info", "pair_store"]

LIMIT_BYTES = 2**30
DISK_LIMIT_BYTES = 4 * 2**30
FORMAT = "qsetu-kernel-values 1"
# What is missing falls into rectangles; more of them than this are filled as one.
MOST_RECTANGLES = 12

Matrix = NDArray[np.float64]
# Values between the rows named by two lists of positions; the same list twice means a symmetric matrix.
Compute = Callable[[NDArray[np.intp], "NDArray[np.intp] | None"], Matrix]


@dataclass(frozen=True)
class CacheInfo:
    """What the store of kernel values has done.

    Attributes:
        computed: Kernel values computed.
        reused: Kernel values found.
        tables: Matrices held: of each kernel one for every set of samples that share none with the others.
        bytes: Memory held.
    """

    computed: int
    reused: int
    tables: int
    bytes: int


class _Table:
    """Values between the samples of one kernel."""

    def __init__(self) -> None:
        self.places: dict[bytes, int] = {}
        self.values: Matrix = np.empty((0, 0))
        self.known = np.zeros((0, 0), dtype=bool)

    @property
    def size(self) -> int:
        return self.values.nbytes + self.known.nbytes

    def find(self, names: list[bytes]) -> NDArray[np.intp]:
        """Places of samples; new ones get new places."""
        found = np.array([self.places.setdefault(name, len(self.places)) for name in names], dtype=np.intp)
        if len(self.places) > len(self.values):
            self._grow(max(len(self.places), min(2 * len(self.values), len(self.places) + 1000)))
        return found

    def _grow(self, size: int) -> None:
        old = len(self.values)
        values, known = np.empty((size, size)), np.zeros((size, size), dtype=bool)
        values[:old, :old], known[:old, :old] = self.values, self.known
        self.values, self.known = values, known


class PairStore:
    """Values of kernels between samples, in memory and, where asked for, on disk.

    Args:
        limit: Bytes of memory; the kernels not used for longest are forgotten first.
    """

    def __init__(self, limit: int = LIMIT_BYTES) -> None:
        self.limit = limit
        self.computed = 0
        self.reused = 0
        # By kernel, and the first sample of each: those not used for longest come first.
        self._tables: OrderedDict[tuple[str, bytes], _Table] = OrderedDict()
        self._read: set[str] = set()
        self._lock = threading.RLock()

    def matrix(
        self, key: str, left: list[bytes], right: list[bytes] | None, compute: Compute, on_disk: bool = False
    ) -> Matrix:
        """Values ``(N, M)`` of the kernel ``key`` between samples named by digests.

        Args:
            key: Content hash of all that the kernel's values depend on, but for the samples.
            left: Digests of N samples.
            right: Digests of M samples; None means ``left``.
            compute: Called for what is missing, with positions in ``left`` and ``right``.
            on_disk: Also read and write the user's cache folder.
        """
        asked = set(left) | set(right or ())
        if 9 * len(asked) ** 2 > self.limit:
            self.computed += len(left) * len(left if right is None else right)
            rows = np.arange(len(left))
            return compute(rows, None if right is None else np.arange(len(right)))
        with self._lock:
            table, name = self._table(key, asked, left[0] if left else b"", on_disk)
            before = self.computed
            rows = table.find(left)
            columns = rows if right is None else table.find(right)
            self._fill(table, rows, columns, right is None, compute)
            self.reused += max(0, len(rows) * len(columns) - (self.computed - before))
            result = table.values[np.ix_(rows, columns)]
            if on_disk and self.computed > before:
                _save(name, table)
            self._forget()
        return result

    def _table(
        self, key: str, asked: set[bytes], first: bytes, on_disk: bool
    ) -> tuple[_Table, tuple[str, bytes]]:
        """The table of this kernel that knows most of these samples; a new one where none knows any."""
        if on_disk and key not in self._read:
            self._read.add(key)
            for name, table in _load_all(key):
                self._tables.setdefault(name, table)
        known = {
            name: len(asked & table.places.keys()) for name, table in self._tables.items() if name[0] == key
        }
        name = max(known, key=known.__getitem__, default=(key, first))
        joined = 0
        if name in self._tables:
            joined = len(asked | self._tables[name].places.keys())
        if not known.get(name) or 9 * joined**2 > self.limit:
            name = (key, first)
            self._tables[name] = _Table()
        self._tables.move_to_end(name)
        return self._tables[name], name

    def _fill(
        self, table: _Table, rows: NDArray[np.intp], columns: NDArray[np.intp], same: bool, compute: Compute
    ) -> None:
        """Compute what is missing, one rectangle of positions after the other."""
        for turn in range(MOST_RECTANGLES + 1):
            missing = ~table.known[np.ix_(rows, columns)]
            needy = np.flatnonzero(missing.any(axis=1))
            if not len(needy):
                return
            if turn < MOST_RECTANGLES:
                pattern = missing[needy[0]]
                chosen = needy[(missing[needy] == pattern).all(axis=1)]
            else:
                pattern, chosen = missing.any(axis=0), needy
            wanted = np.flatnonzero(pattern)
            chosen, wanted = _once(rows, chosen), _once(columns, wanted)
            square = same and np.array_equal(chosen, wanted)
            block = compute(chosen, None if square else wanted)
            self.computed += len(chosen) * (len(chosen) + 1) // 2 if square else block.size
            for a, b, part in (
                (rows[chosen], columns[wanted], block),
                (columns[wanted], rows[chosen], block.T),
            ):
                table.values[np.ix_(a, b)] = part
                table.known[np.ix_(a, b)] = True
            if not square:  # a sample on both sides: what was computed twice is to be one number
                shared = np.intersect1d(rows[chosen], columns[wanted])
                both_ways = table.values[np.ix_(shared, shared)]
                table.values[np.ix_(shared, shared)] = 0.5 * (both_ways + both_ways.T)

    def _forget(self) -> None:
        while sum(table.size for table in self._tables.values()) > self.limit and len(self._tables) > 1:
            self._tables.popitem(last=False)

    def info(self) -> CacheInfo:
        """Counts so far."""
        with self._lock:
            held = sum(table.size for table in self._tables.values())
            return CacheInfo(self.computed, self.reused, len(self._tables), held)

    def clear(self) -> None:
        """Forget all values in memory, and start counting again."""
        with self._lock:
            self._tables.clear()
            self._read.clear()
            self.computed = self.reused = 0


@cache
def pair_store() -> PairStore:
    """The store of this process."""
    return PairStore()


def kernel_cache_info() -> CacheInfo:
    """How many kernel values were computed and how many found again, in this process."""
    return pair_store().info()


def clear_kernel_cache(disk: bool = False) -> None:
    """Forget all kernel values in memory, and, if asked to, those on disk."""
    pair_store().clear()
    folder = cache_folder("kernels")
    if disk and folder is not None and folder.is_dir():
        for file in folder.glob("*.npz"):
            file.unlink(missing_ok=True)


def digests(samples: NDArray[np.float64]) -> list[bytes]:
    """What each row holds, as 16 bytes; -0.0 counts as 0.0."""
    rows = np.ascontiguousarray(samples + 0.0, dtype="<f8")
    return [hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in rows]


def _once(places: NDArray[np.intp], positions: NDArray[np.intp]) -> NDArray[np.intp]:
    """Positions without those whose sample has been named before."""
    _, first = np.unique(places[positions], return_index=True)
    return positions[np.sort(first)]


# -- on disk ------------------------------------------------------------------------------------------


def _file(name: tuple[str, bytes]) -> Path | None:
    folder = cache_folder("kernels")
    return None if folder is None else folder / f"{name[0]}-{name[1].hex()}.npz"


def _load_all(key: str) -> Iterator[tuple[tuple[str, bytes], _Table]]:
    """All tables of a kernel on disk that are whole."""
    folder = cache_folder("kernels")
    for path in sorted(folder.glob(f"{key}-*.npz")) if folder is not None else ():
        table = _load(path)
        if table is not None and table.places:
            yield (key, next(iter(table.places))), table


def _load(path: Path) -> _Table | None:
    """What is on disk; nothing where it is not whole."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as found:
            said, names = str(found["format"]), found["names"]
            values, known = found["values"], found["known"]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError):
        return None
    count = len(names)
    if said != FORMAT or names.dtype != np.uint8 or names.shape != (count, 16):
        return None
    if values.shape != (count, count) or known.shape != (count, count) or known.dtype != bool:
        return None
    if values.dtype != np.float64 or not np.isfinite(values[known]).all():
        return None
    table = _Table()
    table.places = {row.tobytes(): place for place, row in enumerate(names)}
    table.values, table.known = values, known
    return table if len(table.places) == count else None


def _save(name: tuple[str, bytes], table: _Table) -> None:
    """Write all values, with those that another process has written meanwhile; a full disk is no error."""
    path = _file(name)
    if path is None:
        return
    other = _load(path)
    if other is not None and not set(other.places) <= set(table.places):
        names = list(other.places)
        places = table.find(names)
        new = other.known & ~table.known[np.ix_(places, places)]
        rows, columns = np.nonzero(new)
        table.values[places[rows], places[columns]] = other.values[rows, columns]
        table.known[places[rows], places[columns]] = True
    count = len(table.places)
    known = table.known[:count, :count]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_room(path.parent)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as stream:
            try:
                np.savez(
                    stream,
                    format=np.array(FORMAT),
                    names=np.frombuffer(b"".join(table.places), dtype=np.uint8).reshape(count, 16),
                    values=np.where(known, table.values[:count, :count], 0.0),
                    known=known,
                )
                stream.flush()
                Path(stream.name).replace(path)
            except BaseException:
                Path(stream.name).unlink(missing_ok=True)
                raise
    except OSError:
        return


def _make_room(folder: Path) -> None:
    """Remove the oldest files while there are too many bytes."""
    files = sorted(folder.glob("*.npz"), key=lambda file: file.stat().st_mtime)
    total = sum(file.stat().st_size for file in files)
    for file in files:
        if total <= DISK_LIMIT_BYTES:
            return
        total -= file.stat().st_size
        file.unlink(missing_ok=True)
