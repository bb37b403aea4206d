"""Double precision inside JAX is the user's switch; this says so where it is off."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from qsetu.core.errors import ArgumentError

__all__ = ["require_double"]


def require_double(dtype: np.dtype[Any]) -> None:
    """Raise where JAX would silently make single precision of ``dtype``."""
    if jax.dtypes.canonicalize_dtype(dtype) != dtype:
        raise ArgumentError(
            "dtype",
            "must be complex64 here while JAX computes in single precision",
            dtype.name,
            "Switch double precision on with jax.config.update('jax_enable_x64', True).",
        )
