"""Which pairs of qubits an entangling layer joins."""

from __future__ import annotations

from qsetu.core.checks import as_choice

__all__ = ["ENTANGLEMENTS", "pairs"]

ENTANGLEMENTS = ("linear", "circular", "full", "none")


def pairs(entanglement: str, num_qubits: int) -> tuple[tuple[int, int], ...]:
    """The pairs, in order of application.

    "linear" joins neighbors, "circular" the last and the first as well, "full" every two qubits,
    "none" no two: the de-entangled twin.
    """
    kind = as_choice("entanglement", entanglement, ENTANGLEMENTS)
    if kind == "none":
        return ()
    if kind == "full":
        return tuple((i, j) for i in range(num_qubits) for j in range(i + 1, num_qubits))
    chain = tuple((i, i + 1) for i in range(num_qubits - 1))
    return chain + (((num_qubits - 1, 0),) if kind == "circular" and num_qubits > 2 else ())
