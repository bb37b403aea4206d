"""What an executable is made for, and the arrays that it is given."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np
from jax import lax

from qsetu.engines.xla.angles import Angles
from qsetu.engines.xla.tables import Shape, Tables

__all__ = ["AXIS", "Plan", "as_arrays", "device_number", "make_plan", "numbers_of_step"]

AXIS = "amplitudes"  # of the mesh: which device
# A chunk may have as many amplitudes' worth of matrices, however small the state.
CHUNK_AMPLITUDES = 2**16


class Plan(NamedTuple):
    """What is static: an executable is made for each."""

    shape: Shape
    dtype: str
    precision: str
    chunk: int  # steps whose matrices are built together

    @property
    def real(self) -> np.dtype[Any]:
        """Type of angles."""
        return np.dtype(np.float64 if self.dtype == "complex128" else np.float32)

    def dot(self, a: Any, b: Any, axis_a: int, axis_b: int, batch: tuple[int, ...] = ()) -> Any:
        """Product that contracts an axis of each; every product of the engine goes through here."""
        # On a GPU anything below "highest" may be TF32, which keeps 3 digits of 7.
        return lax.dot_general(a, b, (((axis_a,), (axis_b,)), (batch, batch)), precision=self.precision)


def make_plan(shape: Shape, tables: Tables, dtype: str, precision: str) -> Plan:
    """The plan for these tables: chunks whose matrices take no more room than the state."""
    steps, room = len(tables.steps.block), max(2**shape.local, CHUNK_AMPLITUDES)
    most = max(1, room // numbers_of_step(shape, tables))
    chunk = max(c for c in range(1, steps + 1) if steps % c == 0 and c <= most)
    return Plan(shape, dtype, precision, chunk)


def numbers_of_step(shape: Shape, tables: Tables) -> int:
    """How many numbers parameters make for a step: a matrix, and phases for pairs of halves of an index."""
    pairs = tables.steps.rows.shape[1] * tables.steps.columns.shape[1] if shape.phases else 0
    return int(4**shape.width + pairs)


def as_arrays(tables: Tables, plan: Plan) -> Tables:
    """Tables of the plan's precision, with leading axes ``(chunks, steps of a chunk)``."""

    def chunked(array: Any) -> Any:
        return array.reshape(len(array) // plan.chunk, plan.chunk, *array.shape[1:])

    def angles(given: Angles) -> Angles:
        constant, coefficient = given.constant.astype(plan.real), given.coefficient.astype(plan.real)
        return Angles(chunked(constant), chunked(coefficient), chunked(given.slot))

    return Tables(
        jax.tree.map(chunked, tables.steps),
        angles(tables.gate_angles),
        angles(tables.phase_angles),
        tables.forms.astype(plan.dtype),
    )


def device_number(shape: Shape) -> Any:
    """Which part of a shared state this device has, int32; 0 where one device has all of it."""
    return lax.axis_index(AXIS).astype(np.int32) if shape.spread else np.int32(0)
