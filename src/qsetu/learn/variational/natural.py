"""The quantum natural gradient: descent in the geometry of states rather than of angles."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu import simulate
from qsetu.circuits import Circuit

__all__ = ["metric", "natural_gradient"]

Array = NDArray[np.float64]

# Added to the diagonal, since directions that change no state have no length.
DAMPING = 1e-3


def natural_gradient(circuit: Circuit, params: Array, slots: int, gradient: Array, engine: str) -> Array:
    """``gradient`` ``(P,)`` by the last ``slots`` parameters, in the mean geometry of all rows' states."""
    metric_ = metric(circuit, params, slots, engine)
    return np.asarray(np.linalg.solve(metric_ + DAMPING * np.eye(slots), gradient))


def metric(circuit: Circuit, params: Array, slots: int, engine: str = "auto") -> Array:
    """Fubini-Study metric ``Re(<d_i psi|d_j psi> - <d_i psi|psi><psi|d_j psi>)``, the mean over rows.

    Args:
        circuit: The circuit, P parameter slots.
        params: Rows ``(B, P)``.
        slots: How many of the last slots are meant.
        engine: Engine that simulates the circuits.

    Returns:
        ``(slots, slots)``.

    Reference: Stokes et al., Quantum 4, 269 (2020), arXiv:1909.02108.
    """
    data, angles = params[:, : params.shape[1] - slots], params[0, params.shape[1] - slots :]
    return np.asarray(_metric(circuit, str(engine))(angles, data), dtype=np.float64)


@lru_cache(maxsize=16)
def _metric(circuit: Circuit, engine: str) -> Any:
    import jax
    import jax.numpy as jnp

    def parts(angles: Any, data: Any) -> Any:
        rows = jnp.hstack([data, jnp.broadcast_to(angles, (len(data), len(angles)))])
        states = simulate.statevector(circuit, rows, engine=engine)
        return jnp.stack([states.real, states.imag])

    @jax.jit
    def whole(angles: Any, data: Any) -> Any:
        angles, data = angles.astype(jnp.float32), data.astype(jnp.float32)
        real, imag = parts(angles, data)
        slopes = jax.jacfwd(parts)(angles, data)  # (2, B, 2^n, slots)
        state, change = real + 1j * imag, slopes[0] + 1j * slopes[1]
        inner = jnp.einsum("bai,baj->ij", change.conj(), change)
        along = jnp.einsum("ba,bai->bi", state.conj(), change)
        return (inner - jnp.einsum("bi,bj->ij", along.conj(), along)).real / len(data)

    return whole
