"""Which qubits an entangling layer joins."""

from __future__ import annotations

from itertools import combinations

from qsetu.core.checks import as_choice
from qsetu.core.errors import ArgumentError

__all__ = ["ENTANGLEMENTS", "blocks", "pairs"]

ENTANGLEMENTS = ("linear", "circular", "full", "pairwise", "none")


def pairs(entanglement: str, num_qubits: int) -> tuple[tuple[int, int], ...]:
    """The pairs, in order of application.

    "linear" joins neighbors, "circular" the last and the first as well, "full" every two qubits,
    "pairwise" neighbors in two rounds (0-1, 2-3, ..., then 1-2, 3-4, ...), "none" no two: the
    de-entangled twin.
    """
    return tuple((group[0], group[1]) for group in blocks(entanglement, num_qubits, 2))


def blocks(entanglement: str, num_qubits: int, size: int) -> tuple[tuple[int, ...], ...]:
    """The same for ``size`` qubits at once; each single qubit where ``size`` is 1.

    Raises:
        ArgumentError: An unknown name; "pairwise" for more than two.
    """
    kind = as_choice("entanglement", entanglement, ENTANGLEMENTS)
    if size == 1:
        return tuple((q,) for q in range(num_qubits))
    if kind == "none" or size > num_qubits:
        return ()
    if kind == "full":
        return tuple(combinations(range(num_qubits), size))
    chain = tuple(tuple(range(i, i + size)) for i in range(num_qubits - size + 1))
    if kind == "pairwise":
        if size > 2:
            raise ArgumentError("entanglement", f"must not be 'pairwise' for {size} qubits at once", kind)
        return chain[::2] + chain[1::2]
    if kind == "circular" and num_qubits > size:
        chain += tuple(
            tuple((i + k) % num_qubits for k in range(size)) for i in range(num_qubits - size + 1, num_qubits)
        )
    return chain
