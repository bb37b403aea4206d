"""Groups from links: whatever is linked, directly or through others, is one group, named by what is in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError
from qsetu.genomics.datasets.base import text_column

__all__ = ["combine_groups", "digests", "linked_groups", "name_groups"]

Rows = NDArray[np.int64]


def linked_groups(keys: Sequence[str] | NDArray[np.str_], left: Rows, right: Rows) -> NDArray[np.str_]:
    """Connected components, each called by the smallest key in it.

    Rows of equal keys are linked, too. A key says what a row holds and not where it stands, so neither groups
    nor their names depend on the order of the rows.

    Args:
        keys: Text ``(N,)``.
        left: Rows at one end of each link, ``(E,)``.
        right: Rows at the other end, ``(E,)``.

    Returns:
        Text ``(N,)``.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    unique, node = np.unique(np.asarray(keys, dtype=np.str_), return_inverse=True)
    if not len(unique):
        return unique
    ends = node[np.asarray(left, np.int64)], node[np.asarray(right, np.int64)]
    graph = coo_matrix((np.ones(len(ends[0]), np.int8), ends), shape=(len(unique), len(unique)))
    count, component = connected_components(graph, directed=False)
    smallest = np.full(count, len(unique))
    np.minimum.at(smallest, component, np.arange(len(unique)))
    return np.asarray(unique[smallest[component[node]]])


def digests(texts: Sequence[str]) -> list[str]:
    """A short name for each text, the same for equal texts: 16 hexadecimal digits of its SHA-256."""
    return [hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts]


def combine_groups(*groups: Any) -> NDArray[np.str_]:
    """Joins groupings: samples that any of them puts together are together, directly or through others.

    Args:
        groups: Groupings, each text ``(N,)`` or None (left out).

    Returns:
        Text ``(N,)``. One grouping is returned as it is; names of several are joined by "|".

    Raises:
        ArgumentError: None was given, or their lengths differ.

    Example:
        >>> from qsetu.genomics.splits import combine_groups
        >>> combine_groups(["a", "a", "b", "c"], ["1", "2", "2", "3"]).tolist()
        ['a|1', 'a|1', 'a|1', 'c|3']
    """
    columns = [text_column("groups", one) for one in groups if one is not None]
    if not columns:
        raise ArgumentError("groups", "must hold one grouping at least", groups)
    sizes = [len(column) for column in columns]
    if len(set(sizes)) > 1:
        raise ArgumentError("groups", "must all have an entry a sample", f"lengths {sizes}")
    if len(columns) == 1:
        return columns[0]
    left, right = [], []
    for column in columns:
        order = np.argsort(column, kind="stable")
        same = np.flatnonzero(column[order][1:] == column[order][:-1])
        left.append(order[same])
        right.append(order[same + 1])
    # A "|" inside a name is escaped, or two different pairs of names could read the same.
    escaped = [[name.replace("\\", "\\\\").replace("|", "\\|") for name in column] for column in columns]
    keys = ["|".join(parts) for parts in zip(*escaped, strict=True)]
    return linked_groups(keys, np.concatenate(left), np.concatenate(right))


def name_groups(names: Any, separator: str = "-", *, regex: str | None = None) -> NDArray[np.str_]:
    """Groups that sample names spell out: the part before the first separator, or what a pattern finds.

    Args:
        names: N sample names.
        separator: What ends the part that names the group; a name without it is its own group.
        regex: Pattern searched in each name instead; its first bracketed part names the group, or the whole
            match.

    Returns:
        Text ``(N,)``.

    Raises:
        ArgumentError: The pattern is none, or does not occur in a name.

    Example:
        >>> from qsetu.genomics.splits import name_groups
        >>> name_groups(["ATRINS-DONOR-521", "ATRINS-NEG-901"]).tolist()
        ['ATRINS', 'ATRINS']
        >>> name_groups(["patient7_t1", "patient7_t2"], regex=r"patient(\\d+)").tolist()
        ['7', '7']
    """
    texts = text_column("names", names).tolist()
    if regex is None:
        if not separator:
            raise ArgumentError("separator", "must not be empty", separator)
        return np.array([text.split(separator, 1)[0] for text in texts], dtype=np.str_)
    try:
        pattern = re.compile(regex)
    except re.error as error:
        raise ArgumentError("regex", f"must be a regular expression ({error})", regex) from None
    found = []
    for place, text in enumerate(texts):
        match = pattern.search(text)
        if match is None or (pattern.groups and match.group(1) is None):
            raise ArgumentError(
                "names", f"must all match {regex!r}; the one at position {place} does not", text
            )
        found.append(match.group(1) if pattern.groups else match.group(0))
    return np.array(found, dtype=np.str_)
