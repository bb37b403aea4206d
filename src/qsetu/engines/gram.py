"""Fidelity matrices from statevectors, within a memory budget.

Every entry is an inner product of two states, so the matrix is one matrix product, and where both
sides are the same only its upper half is computed. The product is NumPy's, hence the BLAS library's.

Memory: one side is held as a *panel* of A states while the other streams past in *tiles* of T, each
tile one call of the engine. When the whole panel side fits, every state is computed once. Otherwise
there are several panels, and the other side is computed anew for each:

    symmetric, N states:           N (1 + (N/A - 1) / 2) states in all
    N against M states, N <= M:    N + M ceil(N/A)

so the panel gets nearly all of the budget, and tiles only what the product needs to run at full speed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Report", "fidelities"]

States = Callable[[NDArray[np.float64]], NDArray[Any]]
# Told the share of all entries that is done, from 0 to 1.
Report = Callable[[float], None]

# Rows that a product needs to run at full speed, and entries of one product: 40 bytes each are in use.
TILE_ROWS = 128
PRODUCT_ENTRIES = 2**18
# A tile of small states is at least this many amplitudes: a call of an engine is not free.
TILE_AMPLITUDES = 2**19


def fidelities(
    states: States,
    left: NDArray[np.float64],
    right: NDArray[np.float64] | None,
    amplitudes: int,
    dtype: np.dtype[Any],
    copies: int,
    budget: int,
    threads: int | None,
    report: Report | None = None,
) -> NDArray[np.float64]:
    """The matrix ``|<psi(left_i)|psi(right_j)>|^2``.

    Args:
        states: Parameter rows ``(B, P)`` to statevectors ``(B, 2^n)``.
        left: Parameter rows ``(N, P)``.
        right: Parameter rows ``(M, P)``; None means ``left``, and the result is exactly symmetric
            with a unit diagonal.
        amplitudes: 2^n.
        dtype: Of the states, complex64 or complex128.
        copies: How many arrays of the size of its result a call of ``states`` has alive.
        budget: Bytes of statevectors alive at once, as far as one state and one call for one state
            fit. The result and at most 10 MiB for products come on top.
        threads: Threads for the product; None leaves the BLAS library's setting.
        report: Told after each block what share of the entries is done.

    Returns:
        float64 ``(N, M)``, entries from 0 to 1.
    """
    kernel = np.empty((len(left), len(left if right is None else right)))
    room = budget // (amplitudes * dtype.itemsize)
    panel, tile = panel_and_tile(room, copies, amplitudes)

    done = 0

    def fill(a: NDArray[Any], b: NDArray[Any], out: NDArray[np.float64]) -> None:
        nonlocal done
        _multiply(a, b, out)
        if report is not None:
            done += out.size
            total = kernel.size if right is not None else (len(left) * (len(left) + 1)) // 2
            report(min(1.0, done / total))

    def hold(rows: NDArray[np.float64]) -> NDArray[Any]:
        """Many states at once; in tiles where a single call would need more than the budget."""
        if len(rows) <= max(tile, room // copies):
            return states(rows)
        held = np.empty((len(rows), amplitudes), dtype=dtype)
        for piece in _pieces(0, len(rows), tile):
            held[piece] = states(rows[piece])
        return held

    def bras(rows: NDArray[np.float64]) -> NDArray[Any]:
        """A tile of states, conjugated. To be used where it is made: no name may keep it alive."""
        part = states(rows)
        return np.conjugate(part, out=part if part.flags.writeable else None)

    with _blas_threads(threads):
        if right is None:
            for piece in _pieces(0, len(left), panel):
                kets = hold(left[piece])
                block = kernel[piece, piece]
                # In low strips: of each, what lies left of the diagonal is the only work done twice.
                for rows in _pieces(0, len(kets), min(tile, TILE_ROWS)):
                    fill(np.conjugate(kets[rows]), kets[rows.start :], block[rows, rows.start :])
                for rest in _pieces(piece.stop, len(left), tile):
                    fill(kets, bras(left[rest]), kernel[piece, rest])
                del kets  # before the next panel is computed
            _mirror(kernel)
        else:
            # The smaller side is held: where it fits, no state is computed twice.
            columns_held = len(right) < len(left)
            held, streamed = (right, left) if columns_held else (left, right)
            for piece in _pieces(0, len(held), panel):
                kets = hold(held[piece])
                for rest in _pieces(0, len(streamed), tile):
                    if columns_held:
                        fill(bras(streamed[rest]), kets, kernel[rest, piece])
                    else:
                        fill(kets, bras(streamed[rest]), kernel[piece, rest])
                del kets
    return kernel


def panel_and_tile(room: int, copies: int, amplitudes: int) -> tuple[int, int]:
    """Rows of a panel and of a tile, where ``room`` states fit: ``panel + copies * tile <= room``.

    At least one row each, whatever the room.
    """
    wanted = max(TILE_ROWS, TILE_AMPLITUDES // amplitudes)
    tile = max(1, min(wanted, room // (8 * copies)))
    return max(1, room - copies * tile), tile


def _pieces(start: int, stop: int, size: int) -> Iterator[slice]:
    for low in range(start, stop, size):
        yield slice(low, min(stop, low + size))


def _multiply(a: NDArray[Any], b: NDArray[Any], out: NDArray[np.float64]) -> None:
    """``out[i, j] = |sum_k a[i, k] b[j, k]|^2``, squared in double precision; one of a, b is conjugated."""
    height = max(1, min(len(a), TILE_ROWS))
    for rows in _pieces(0, len(a), height):
        for columns in _pieces(0, len(b), PRODUCT_ENTRIES // height):
            overlap = a[rows] @ b[columns].T
            target = out[rows, columns]
            np.square(overlap.real, out=target, dtype=np.float64)
            target += np.square(overlap.imag, dtype=np.float64)
            np.minimum(target, 1.0, out=target)  # rounding


def _mirror(kernel: NDArray[np.float64]) -> None:
    """The upper half onto the lower one, and the unit diagonal; block by block, for the cache's sake."""
    for rows in _pieces(0, len(kernel), TILE_ROWS):
        square = kernel[rows, rows]
        upper = np.triu(square, 1)
        np.add(upper, upper.T, out=square)
        for columns in _pieces(rows.stop, len(kernel), TILE_ROWS):
            kernel[columns, rows] = kernel[rows, columns].T
    np.fill_diagonal(kernel, 1.0)


def _blas_threads(threads: int | None) -> AbstractContextManager[Any]:
    return nullcontext() if threads is None else _blas().limit(limits=threads, user_api="blas")


@lru_cache(maxsize=1)
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
