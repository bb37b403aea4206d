"""k-mers of sequences, counted in blocks of rows.

What bounds it: a dense table is written once (N * D * 4 bytes: 1.6 GB for 100,000 sequences and all 6-mers);
letters are read once (a byte each). So a block's counters (8 bytes each) should stay in cache until they are
written out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qsetu.core.memory import require_memory
from qsetu.genomics.encoders.letters import LetterCodes, letter_shares

__all__ = ["KmerCounter"]

BLOCK_LETTERS = 2**17
BLOCK_SHARES = 2**20


@dataclass(frozen=True, eq=False)
class KmerCounter:
    """Counts of k-mers, a row a sequence.

    Attributes:
        k: Letters a k-mer.
        size: Letters of the alphabet that stand for themselves.
        columns: The column of each k-mer, int64 ``(size**k,)``; None for its own number, in which the first
            letter counts most.
        num_columns: Number of columns.
        mismatches: 1 if a window counts for all k-mers that differ in at most one letter, 0 if for its own
            only.
        share: Whether a window with ambiguous letters counts for all that it may be, in equal shares of 1;
            else it counts nothing.
    """

    k: int
    size: int
    columns: NDArray[np.int64] | None
    num_columns: int
    mismatches: int = 0
    share: bool = False

    def blocks(self, letters: LetterCodes) -> Iterator[tuple[int, int]]:
        """Ranges of rows to work on at once."""
        start = 0
        while start < len(letters):
            full = int(np.searchsorted(letters.offsets, letters.offsets[start] + BLOCK_LETTERS, "right")) - 1
            stop = max(start + 1, full)
            yield start, stop
            start = stop

    def entries(
        self, letters: LetterCodes, first: int, last: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """What is not 0 in rows ``first`` to ``last`` (not included): row less ``first``, column, count."""
        places, more, weights = self._places(letters, first, last)
        if len(more):
            found, which = np.unique(np.concatenate([places, more]), return_inverse=True)
            counts = np.bincount(which, np.concatenate([np.ones(len(places)), weights])).astype(np.float64)
        else:
            places.sort()
            starts = np.flatnonzero(np.diff(places, prepend=-1))
            found, counts = places[starts], np.diff(starts, append=len(places)).astype(np.float64)
        rows: NDArray[np.int64] = found // self.num_columns
        return rows, found - rows * self.num_columns, counts

    def _places(
        self, letters: LetterCodes, first: int, last: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Row * num_columns + column of every clean window; then those of shares, and the shares."""
        offsets = letters.offsets[first : last + 1] - letters.offsets[first]
        codes = letters.codes[letters.offsets[first] : letters.offsets[last]]
        none = np.zeros(0, np.int64), np.zeros(0)
        if len(codes) < self.k:
            return np.zeros(0, np.int64), *none
        count = len(codes) - self.k + 1
        kmers = np.zeros(count, np.int64)
        for j in range(self.k):
            kmers *= self.size
            kmers += codes[j : j + count]
        rows = np.repeat(np.arange(last - first), np.diff(offsets))[:count]
        inside = self._inside(offsets, len(codes))[:count]
        unsure = codes >= self.size
        if not unsure.any():
            return self._put(rows[inside], kmers[inside]), *none
        seen = np.concatenate([[0], np.cumsum(unsure)])
        clean = seen[self.k :] == seen[: -self.k]
        places = self._put(rows[inside & clean], kmers[inside & clean])
        if not self.share:
            return places, *none
        return places, *self._shares(codes, np.flatnonzero(inside & ~clean), rows, letters)

    def _inside(self, offsets: NDArray[np.int64], total: int) -> NDArray[np.bool_]:
        """Which positions start a window that ends in the same sequence."""
        inside = np.ones(total, bool)
        for back in range(1, self.k):
            # In a sequence shorter than that, this is the end of the one before, where none starts either.
            inside[offsets[1:] - back] = False
        return inside

    def _put(self, rows: NDArray[np.int64], kmers: NDArray[np.int64]) -> NDArray[np.int64]:
        if self.mismatches:
            kmers = self._neighbors(kmers)
            rows = np.repeat(rows, kmers.shape[1])
            kmers = kmers.reshape(-1)
        if self.columns is not None:
            kmers = self.columns[kmers]
        return rows * self.num_columns + kmers

    def _neighbors(self, kmers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Each k-mer and those that differ from it in one letter, ``(n, 1 + k * (size - 1))``."""
        found = [kmers]
        for j in range(self.k):
            step = self.size**j
            digit = kmers // step % self.size
            found += [kmers + ((digit + s) % self.size - digit) * step for s in range(1, self.size)]
        return np.stack(found, axis=1)

    def _shares(
        self,
        codes: NDArray[np.uint8],
        starts: NDArray[np.int64],
        rows: NDArray[np.int64],
        letters: LetterCodes,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Windows with ambiguous letters, as weighted k-mers; equal windows of a row are taken together."""
        shares = letter_shares(letters.alphabet)
        windows = np.lib.stride_tricks.sliding_window_view(codes, self.k)[starts]
        known = (shares.sum(axis=1) > 0)[windows].all(axis=1)
        keyed = np.column_stack([rows[starts[known]], windows[known]])
        keyed, times = np.unique(keyed, axis=0, return_counts=True)
        options = (shares > 0).sum(axis=1)[keyed[:, 1:]].prod(axis=1, dtype=np.float64)
        if len(options):
            # A window of nothing but N is every k-mer at once: 4**k entries of six numbers.
            require_memory(
                int(options.max()) * 48,
                lambda: f"All {self.k}-mers that one window of ambiguous letters may be",
                lambda free: 'Set ambiguous="skip", or choose a smaller k.',
            )
        places, weights = [np.zeros(0, np.int64)], [np.zeros(0)]
        begin = 0
        while begin < len(keyed):
            room = np.searchsorted(np.cumsum(options[begin:]), BLOCK_SHARES, "right")
            end = begin + max(1, int(room))
            where, kmers, weight = (
                keyed[begin:end, 0],
                np.zeros(end - begin, np.int64),
                times[begin:end] * 1.0,
            )
            index = np.arange(begin, end)
            for j in range(self.k):
                table = shares[keyed[index, 1 + j]]
                which, letter = np.nonzero(table)
                where, index = where[which], index[which]
                kmers = kmers[which] * self.size + letter
                weight = weight[which] * table[which, letter]
            put = self._put(where, kmers)
            places.append(put)
            weights.append(np.repeat(weight, len(put) // max(1, len(weight))))
            begin = end
        return np.concatenate(places), np.concatenate(weights)
