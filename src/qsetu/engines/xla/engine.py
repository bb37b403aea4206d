"""The JAX engine: CPU, GPU or TPU, one device or several, through XLA."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.pauli import PauliTable
from qsetu.circuits.program import GateProgram
from qsetu.core.checks import as_choice
from qsetu.core.errors import EngineError
from qsetu.engines.base import Engine

try:
    import jax
except ImportError as error:
    raise EngineError(f"The xla engine needs JAX ({error}). Install it with: pip install jax") from error

from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from qsetu.engines.double import require_double
from qsetu.engines.gram import Report
from qsetu.engines.xla import derivatives, rows
from qsetu.engines.xla.devices import (
    as_devices,
    block_width,
    default_device,
    free_memory,
    mesh_of,
    rows_at_once,
)
from qsetu.engines.xla.observe import Terms, build_terms
from qsetu.engines.xla.plan import Plan, as_arrays, make_plan, numbers_of_step
from qsetu.engines.xla.rows import Job
from qsetu.engines.xla.schedule import Schedule, schedule
from qsetu.engines.xla.tables import Tables, build_tables

__all__ = ["ENGINE", "PRECISIONS", "XlaEngine"]

# Names of JAX's. On an NVIDIA GPU "default" and "high" may multiply in TF32, which keeps 3 digits of 7.
PRECISIONS = ("highest", "high", "default")


class XlaEngine(Engine):
    """Gate programs as data: circuits whose tables have equal shapes share one executable."""

    name = "xla"
    copies = 3  # state, part worked on, result of the product
    compiles_batches = True

    def __init__(self, devices: tuple[jax.Device, ...] = (), precision: str = "highest") -> None:
        self._devices = devices
        self._precision = precision

    def configured(self, devices: Any = None, precision: Any = None) -> XlaEngine:
        """This engine on other devices, or multiplying in another precision."""
        if devices is None and precision is None:
            return self
        if precision is not None:
            as_choice("precision", precision, PRECISIONS)
        return _engine(() if devices is None else as_devices(devices), precision or self._precision)

    def examined(self) -> XlaEngine:
        """The engine in full precision: what is lost on purpose is no fault."""
        return ENGINE

    @property
    def device(self) -> jax.Device | None:
        """The first of chosen devices that this process has; None where JAX's default is meant."""
        mine = [device for device in self._devices if device.process_index == jax.process_index()]
        return (mine or [*self._devices, None])[0]

    def free_memory(self) -> int | None:
        """Bytes that can still be allocated on the devices; None on a CPU."""
        free = [free_memory(device) for device in self._devices or (self._place(),)]
        return None if None in free else sum(size for size in free if size is not None)

    def states_in_flight(self, num_qubits: int, rows: int) -> int:
        """As many as run at a time."""
        return rows_at_once(self._place(), 3 * 16 << num_qubits, rows)

    def passes(self, program: GateProgram) -> int:
        """How often a state is read and written."""
        return _layout_of(program, self._mesh(program), self._platform(), ordered=False).plan.passes

    def work(self, program: GateProgram) -> float:
        """The passes: they cost about the same, whatever gates they do."""
        return self.passes(program)

    def states(self, program: GateProgram, params: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Statevectors ``(B, 2^n)``."""
        with self._settings(dtype):
            run = self._prepared(program, dtype, len(params), ordered=True)
            states = _states(run.job, run.tables, _reals(run, params))
            if not states.is_fully_addressable:
                raise EngineError(
                    "The devices belong to several processes, none of which has all of a state. Ask for what "
                    "can be told of it (expectation, value_and_grad); or pass a JAX array as params: the "
                    "state is then a JAX array of which each process has a part."
                )
            return np.asarray(states)

    def evolve(
        self, program: GateProgram, params: NDArray[np.float64], states: NDArray[Any], dtype: np.dtype[Any]
    ) -> NDArray[Any]:
        """Statevectors ``(B, 2^n)`` from given ones."""
        with self._settings(dtype):
            run = self._prepared(program, dtype, len(params), ordered=True)
            return np.array(_evolved(run.job, run.tables, _reals(run, params), states.astype(dtype)))

    def expectations(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> NDArray[np.float64]:
        """Expectation values ``(B, K)``."""
        with self._settings(dtype):
            run = self._prepared(program, dtype, len(params))
            terms = _terms(observables, run.layout, run.job.plan)
            values = _expectations(run.job, observables.count, run.tables, terms, _reals(run, params))
            return np.asarray(values).astype(np.float64)

    def vjp(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        weights: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Values and weighted gradient, by the adjoint method."""
        values, gradients = self._gradients(program, observables, params, weights[:, None], dtype)
        return values, gradients[:, 0]

    def jacobian(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Values and the gradient of each: one run forward, and one back for each observable."""
        count = observables.count
        weights = np.broadcast_to(np.eye(count), (len(params), count, count))
        return self._gradients(program, observables, params, weights, dtype)

    def _gradients(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        weights: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        with self._settings(dtype):
            run = self._prepared(program, dtype, len(params))
            terms = _terms(observables, run.layout, run.job.plan)
            found = _gradients(run.job, run.tables, terms, _reals(run, params), _reals(run, weights))
            values, gradients = (np.asarray(array).astype(np.float64) for array in found)
            return values, gradients

    def gram(
        self,
        program: GateProgram,
        left: NDArray[np.float64],
        right: NDArray[np.float64] | None,
        dtype: np.dtype[Any],
        budget: int,
        report: Report | None = None,
    ) -> NDArray[np.float64]:
        """Fidelities on the device, where all states fit there; else in panels, multiplied by NumPy."""
        states = len(left) + (0 if right is None else len(right))
        free = self.free_memory()
        if self._mesh(program) is not None or free is None:
            return super().gram(program, left, right, dtype, budget, report)
        if states * dtype.itemsize << program.num_qubits > free // 4:
            return super().gram(program, left, right, dtype, budget, report)
        with self._settings(dtype):
            run = self._prepared(program, dtype, len(left), ordered=True)
            bras = None if right is None else _reals(run, right)
            kernel = np.asarray(_fidelities(run.job, run.tables, _reals(run, left), bras)).astype(np.float64)
        kernel = np.minimum(kernel, 1.0)
        if right is None:
            kernel = np.triu(kernel, 1)
            kernel = kernel + kernel.T
            np.fill_diagonal(kernel, 1.0)
        return kernel

    # ---- in JAX ------------------------------------------------------------------------------------------

    def why_not_in_jax(self, platform: str) -> str | None:
        """None: it is JAX."""
        return None

    def traced_states(self, program: GateProgram, params: jax.Array, dtype: np.dtype[Any]) -> jax.Array:
        """Statevectors ``(..., 2^n)``; any derivative of any order."""
        require_double(dtype)
        run = self._prepared(program, dtype, _rows_of(params), ordered=True, placed=False)
        states: jax.Array = _traced_states(run.job, run.tables, self._given(run, params))
        return states

    def traced_expectations(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: jax.Array,
        dtype: np.dtype[Any],
        single: bool,
    ) -> jax.Array:
        """Expectation values ``(..., K)``; any derivative of any order."""
        require_double(dtype)
        run = self._prepared(program, dtype, _rows_of(params), placed=False)
        terms = build_terms(observables, run.layout, run.job.plan.shape.local, run.job.plan.real)
        given = self._given(run, params)
        values: jax.Array = _traced_expectations(run.job, observables.count, run.tables, terms, given)
        values = values.astype(params.dtype)
        return values[..., 0] if single else values

    def _given(self, run: _Prepared, params: jax.Array) -> jax.Array:
        """Parameters in the plan's precision, and on the one device that was asked for, if one was."""
        if len(self._devices) == 1:
            params = jax.device_put(params, self._devices[0])
        return params.astype(run.job.plan.real)

    # ---- preparing ---------------------------------------------------------------------------------------

    def _settings(self, dtype: np.dtype[Any]) -> AbstractContextManager[Any]:
        """Double precision and the device are chosen for one call only: no global setting is touched."""
        stack = ExitStack()
        stack.enter_context(jax.enable_x64(dtype == np.complex128))
        if self.device is not None:
            stack.enter_context(jax.default_device(self.device))
        return stack

    def _mesh(self, program: GateProgram) -> Mesh | None:
        return mesh_of(self._devices, program) if len(self._devices) > 1 else None

    def _platform(self) -> str:
        return str(self._place().platform)

    def _place(self) -> jax.Device:
        return self.device or default_device()

    def _prepared(
        self,
        program: GateProgram,
        dtype: np.dtype[Any],
        rows: int,
        *,
        ordered: bool = False,
        placed: bool = True,
    ) -> _Prepared:
        mesh = self._mesh(program)
        made = _layout_of(program, mesh, self._platform(), ordered=ordered)
        plan = make_plan(made.tables[0], made.tables[1], dtype.name, self._precision)
        device = self._place()
        per_row = max(2**plan.shape.local, plan.chunk * numbers_of_step(*made.tables))
        at_once = rows_at_once(device, 3 * dtype.itemsize * per_row, max(1, rows))
        job = Job(plan, at_once, mesh)
        if not placed:
            return _Prepared(job, as_arrays(made.tables[1], plan), made.plan.layout)
        place = device if mesh is None else NamedSharding(mesh, P())
        return _Prepared(
            job, _placed(program, plan, mesh, ordered, place, self._platform()), made.plan.layout
        )


class _Prepared(NamedTuple):
    job: Job
    tables: Tables
    layout: tuple[int, ...]


class _Layout(NamedTuple):
    plan: Schedule
    tables: tuple[Any, Tables]


@lru_cache(maxsize=32)
def _engine(devices: tuple[jax.Device, ...], precision: str) -> XlaEngine:
    return XlaEngine(devices, precision)


# Caches are keyed by identity of programs and tables, which are immutable and themselves cached.
@lru_cache(maxsize=512)
def _layout_of(program: GateProgram, mesh: Mesh | None, platform: str, *, ordered: bool) -> _Layout:
    spread = 0 if mesh is None else mesh.size.bit_length() - 1
    local = program.num_qubits - spread
    plan = schedule(program, block_width(platform, program, local), spread, ordered=ordered)
    return _Layout(plan, build_tables(program, plan))


@lru_cache(maxsize=512)
def _placed(
    program: GateProgram, plan: Plan, mesh: Mesh | None, ordered: bool, place: Any, platform: str
) -> Tables:
    tables = _layout_of(program, mesh, platform, ordered=ordered).tables[1]
    arrays: Tables = jax.device_put(as_arrays(tables, plan), place)
    return arrays


@lru_cache(maxsize=512)
def _terms(table: PauliTable, layout: tuple[int, ...], plan: Plan) -> Terms:
    return build_terms(table, layout, plan.shape.local, plan.real)


def _reals(run: _Prepared, array: NDArray[np.float64]) -> NDArray[Any]:
    return array.astype(run.job.plan.real)


def _rows_of(params: jax.Array) -> int:
    return int(np.prod(params.shape[:-1]))


_states = jax.jit(rows.states, static_argnums=0)
_evolved = jax.jit(rows.evolved, static_argnums=0)
_expectations = jax.jit(
    lambda job, count, tables, terms, params: rows.expectations(job, tables, terms, count, params),
    static_argnums=(0, 1),
)
_gradients = jax.jit(rows.gradients, static_argnums=0)
_fidelities = jax.jit(rows.fidelities, static_argnums=0)
_traced_states = jax.jit(derivatives.states, static_argnums=0)
_traced_expectations = jax.jit(derivatives.expectations, static_argnums=(0, 1))

ENGINE = XlaEngine()
