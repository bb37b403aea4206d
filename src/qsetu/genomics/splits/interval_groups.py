"""Groups of intervals: merged blocks and chromosomes, and how far intervals overlap others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError
from qsetu.genomics.datasets.collections import INTERVAL_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["chromosome_groups", "interval_groups", "longest_overlap"]


def interval_groups(intervals: pd.DataFrame, by_strand: bool = True) -> NDArray[np.str_]:
    """Merged blocks: intervals that overlap, directly or through others, are a group. O(N log N).

    Intervals that only touch (the end of one is the start of the next) share no base and are apart.

    Args:
        intervals: A table with the columns ``chromosome``, ``start``, ``end`` and ``strand``.
        by_strand: Whether strands are apart; the other strand of a stretch holds its reverse complement, so
            models that read both strands, or reverse complements, want False. An unknown strand, ".", is one
            of its own.

    Returns:
        Text ``(N,)``, each block by its place: "chr1:100-351(+)".

    Raises:
        ArgumentError: A column is missing, or an interval ends before it starts.

    Example:
        >>> import pandas as pd
        >>> from qsetu.genomics.splits import interval_groups
        >>> rows = [("chr1", 0, 10, "+"), ("chr1", 8, 20, "+"), ("chr1", 9, 12, "-")]
        >>> table = pd.DataFrame(rows, columns=["chromosome", "start", "end", "strand"])
        >>> interval_groups(table).tolist()
        ['chr1:0-20(+)', 'chr1:0-20(+)', 'chr1:9-12(-)']
    """
    chromosome, start, end, strand = _columns(intervals)
    place = _lines(chromosome, strand, by_strand)
    order = np.lexsort((end, start, place))
    start, end, place = start[order], end[order], place[order]
    fresh = np.ones(len(order), bool)
    if len(order) > 1:
        reach = _running_max(end, place)
        fresh[1:] = (place[1:] != place[:-1]) | (start[1:] >= reach[:-1])
    block = np.cumsum(fresh) - 1
    firsts = np.flatnonzero(fresh)
    lasts = np.maximum.reduceat(end, firsts) if len(firsts) else end
    tails = [f"({one})" if by_strand else "" for one in strand[order][firsts]]
    places = zip(chromosome[order][firsts], start[firsts], lasts, tails, strict=True)
    names = np.array([f"{where}:{low}-{high}{tail}" for where, low, high, tail in places], dtype=np.str_)
    groups = np.empty(len(order), dtype=names.dtype if len(names) else np.str_)
    groups[order] = names[block] if len(names) else groups
    return groups


def chromosome_groups(table: pd.DataFrame) -> NDArray[np.str_]:
    """The chromosome of each row, a group each.

    Args:
        table: Intervals or variants, with a column ``chromosome``. "chr1" and "1" are different names: one
            style a table is the reader's job.

    Raises:
        ArgumentError: The column is missing.
    """
    if "chromosome" not in table.columns:
        raise ArgumentError("table", "must have a column 'chromosome'", list(table.columns))
    return table["chromosome"].to_numpy().astype(np.str_)


def longest_overlap(
    queries: pd.DataFrame, targets: pd.DataFrame, *, by_strand: bool = True
) -> NDArray[np.int64]:
    """The longest overlap of each query with any single target, in bases. O((N + M) log M).

    Args:
        queries: Table of N intervals.
        targets: Table of M intervals.
        by_strand: Whether only targets on the same strand count.

    Returns:
        int64 ``(N,)``; 0 where none overlaps.
    """
    asked, given = _columns(queries), _columns(targets)
    number = len(asked[0])
    chromosome, strand = (np.concatenate([asked[i], given[i]]) for i in (0, 3))
    lines = _lines(chromosome, strand, by_strand)
    longest = np.zeros(number, np.int64)
    where, there = lines[:number], lines[number:]
    by_query, by_target = np.argsort(where, kind="stable"), np.argsort(there, kind="stable")
    for value in np.intersect1d(where, there):
        q = by_query[slice(*np.searchsorted(where[by_query], [value, value + 1]))]
        t = by_target[slice(*np.searchsorted(there[by_target], [value, value + 1]))]
        longest[q] = _on_a_line(asked[1][q], asked[2][q], given[1][t], given[2][t])
    return longest


def _on_a_line(
    starts: NDArray[np.int64], ends: NDArray[np.int64], low: NDArray[np.int64], high: NDArray[np.int64]
) -> NDArray[np.int64]:
    # A target inside another one overlaps no query by more than that one does, so it goes; of those left both
    # starts and ends ascend. Then the best is the last that starts before the query, the first that ends
    # after it, or the longest between them: a range maximum, from a table of maxima over 1, 2, 4 ...
    # neighbors.
    order = np.lexsort((-high, low))
    low, high = low[order], high[order]
    reach = np.maximum.accumulate(high)
    kept = np.ones(len(low), bool)
    kept[1:] = high[1:] > reach[:-1]
    low, high = low[kept], high[kept]
    before = np.searchsorted(low, starts, side="right")  # targets from here on start inside or after
    after = np.searchsorted(high, ends, side="left")  # targets from here on end with the query or after it
    best = np.zeros(len(starts), np.int64)
    has = before > 0
    best[has] = np.minimum(high[before[has] - 1], ends[has]) - starts[has]
    has = after < len(low)
    best[has] = np.maximum(best[has], ends[has] - np.maximum(low[after[has]], starts[has]))
    tables = [high - low]
    while (step := 1 << (len(tables) - 1)) * 2 <= len(low):
        tables.append(np.maximum(tables[-1][:-step], tables[-1][step:]))
    inside = np.flatnonzero(after > before)
    level = np.zeros(len(starts), np.int64)
    level[inside] = np.log2(after[inside] - before[inside]).astype(np.int64)
    for power, table in enumerate(tables):
        here = inside[level[inside] == power]
        found = np.maximum(table[before[here]], table[after[here] - (1 << power)])
        best[here] = np.maximum(best[here], found)
    return np.maximum(best, 0)


def _lines(chromosome: NDArray[Any], strand: NDArray[Any], by_strand: bool) -> NDArray[np.int64]:
    """A number for each chromosome, or each strand of each, from 0."""
    import pandas as pd

    codes = pd.factorize(chromosome.astype(object))[0].astype(np.int64)
    if not by_strand:
        return codes
    signs = pd.factorize(strand.astype(object))[0].astype(np.int64)
    return codes * (int(signs.max(initial=0)) + 1) + signs


def _columns(intervals: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    lacking = [name for name in INTERVAL_COLUMNS if name not in intervals.columns]
    if lacking:
        rule = f"must have the columns {', '.join(INTERVAL_COLUMNS)}"
        raise ArgumentError("intervals", rule, list(intervals.columns))
    chromosome, strand = (intervals[name].to_numpy().astype(np.str_) for name in ("chromosome", "strand"))
    start, end = (intervals[name].to_numpy().astype(np.int64) for name in ("start", "end"))
    if (end < start).any():
        row = int(np.flatnonzero(end < start)[0])
        rule = f"must end where they start or later; the one in row {row} does not"
        raise ArgumentError("intervals", rule, f"start {start[row]}, end {end[row]}")
    return chromosome, start, end, strand


def _running_max(values: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
    """Running maximum that starts anew at each place (places ascend)."""
    # One accumulate for all: a place is lifted above everything of the places before it.
    low = int(values.min()) if len(values) else 0
    lift = place * (int(values.max()) - low + 1) if len(values) else place
    return np.maximum.accumulate(values - low + lift) - lift + low
