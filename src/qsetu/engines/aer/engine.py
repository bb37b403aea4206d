"""The Aer engine: what Qiskit Aer computes, asked for as any other engine is."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.pauli import PauliTable
from qsetu.circuits.program import GateProgram
from qsetu.core.errors import ArgumentError, EngineError
from qsetu.engines.base import Engine
from qsetu.engines.threads import one_thread, thread_count

try:
    import qiskit_aer.library as saves
    from qiskit import QuantumCircuit
except ImportError as error:
    raise EngineError(
        f"The aer engine needs Qiskit and Qiskit Aer ({error}). Install them with: pip install qiskit "
        "qiskit-aer (or qiskit-aer-gpu, with an NVIDIA GPU)"
    ) from error

from qsetu.engines.aer.observe import saves_of
from qsetu.engines.aer.simulator import Setting, devices, known_gates, run
from qsetu.engines.aer.writer import Written, write

__all__ = ["ENGINE", "AerEngine"]

# Rows of one run: each costs Aer an object or more. Of states, amplitudes.
ROWS_AT_ONCE = 2**12
AMPLITUDES_AT_ONCE = 2**20
# Circuits of one call that each begin with a state of their own.
PACKS_AT_ONCE = 2**8
# One number a qubit and bond, where nobody knows the bonds before the circuit has run.
_BOND = 64


class AerEngine(Engine):
    """One of Aer's methods, on one of its devices.

    A method of its own is "matrix_product_state", whose memory goes with entanglement and not with the number
    of qubits; "density_matrix" is exact under noise.
    """

    # Aer's own state, its copy in the result, which Qiskit makes double precision, and ours.
    copies = 4

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.mixed = setting.method == "density_matrix"
        whole = setting.method if setting.device == "CPU" else f"{setting.method}:{setting.device.lower()}"
        self.name = "aer" if setting == Setting("statevector") else f"aer:{whole}"

    def with_options(self, options: str) -> AerEngine:
        """The engine of a method, "statevector", or a method on a GPU, "statevector:gpu"."""
        method, _, device = options.partition(":")
        return _engine(Setting(method, device.upper() or "CPU"))

    def threads(self) -> int:
        """As many as the native engine."""
        return thread_count()

    def in_one_thread(self) -> AbstractContextManager[None]:
        """In the block Aer gets one thread."""
        return one_thread()

    def why_not_in_jax(self, platform: str) -> str:
        """It is no part of what JAX compiles."""
        return "JAX cannot call Qiskit Aer. Use engine='native' or engine='xla'."

    # ---- memory and work ---------------------------------------------------------------------------------

    def states_in_flight(self, num_qubits: int, rows: int) -> int:
        """Rows run one after the other."""
        return min(rows, 1)

    def work_bytes(self, num_qubits: int, dtype: np.dtype[Any]) -> int:
        """One state: amplitudes, a matrix of them, or tensors of a state of little entanglement."""
        if self.mixed:
            return int(4**num_qubits * dtype.itemsize)
        if self.setting.method == "matrix_product_state":
            return int(16 * min(2 * max(1, num_qubits) * _BOND**2, 2**num_qubits))
        return int(2**num_qubits * dtype.itemsize)

    def work(self, program: GateProgram) -> float:
        """The number of operations: Aer takes about as long for each."""
        return float(len(program))

    def runs_of_gradient(self, program: GateProgram) -> int:
        """One, and one for every shift."""
        return 1 + sum(len(rule.shifts) for rule in self._written(program).rules)

    # ---- primitives --------------------------------------------------------------------------------------

    def states(self, program: GateProgram, params: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Statevectors ``(B, 2^n)``."""
        self._require_vectors()
        written, size = self._written(program), 2**program.num_qubits
        circuit = written.circuit.copy()
        circuit.append(saves.SaveStatevector(circuit.num_qubits), circuit.qubits, copy=False)
        out = np.empty((len(params), size), dtype=dtype)
        for part, data in self._runs(written, circuit, params, dtype, max(1, AMPLITUDES_AT_ONCE // size)):
            for row, one in zip(range(part.start, part.stop), data, strict=True):
                out[row] = np.asarray(one.statevector)[:size]
        if written.phases:
            out *= written.phase(params).astype(dtype)[:, None]
        return out

    def expectations(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> NDArray[np.float64]:
        """Expectation values ``(B, K)``, all observables in the same run."""
        written = self._written(program)
        return self._values(written, observables, written.numbers(params), dtype)

    def vjp(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        weights: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Values and weighted gradient, by the parameter-shift rule."""
        values, gradients = self.jacobian(program, observables, params, dtype)
        return values, np.einsum("bk,bkp->bp", weights, gradients)

    def jacobian(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Values and the gradient of each: the runs at shifted angles are the same for all observables."""
        written = self._written(program)
        numbers = written.numbers(params)
        values = self._values(written, observables, numbers, dtype)
        gradients = np.zeros((*values.shape, params.shape[1]))
        for group in self._shift_groups(written, len(params)):
            shifted = np.repeat(numbers[None], len(group), axis=0)
            for which, (place, shift, _) in enumerate(group):
                shifted[which, :, place] += shift
            rows = shifted.reshape(-1, numbers.shape[1])
            found = self._values(written, observables, rows, dtype).reshape(len(group), *values.shape)
            for (place, _, weight), value in zip(group, found, strict=True):
                for slot, part in written.angles[place].partials(params).items():
                    gradients[:, :, slot] += np.reshape(part, (-1, 1)) * weight * value
        return values, gradients

    def evolve(
        self, program: GateProgram, params: NDArray[np.float64], states: NDArray[Any], dtype: np.dtype[Any]
    ) -> NDArray[Any]:
        """The program run from given states, as statevectors whatever the method."""
        self._require_vectors()
        setting = Setting("statevector", self.setting.device)
        written = write(program.source, known_gates(setting))
        numbers, factors = written.numbers(params), written.phase(params)
        for packs in _calls(_packs(numbers, max(1, AMPLITUDES_AT_ONCE // states.shape[1]))):
            circuits, binds, norms = [], [], []
            for rows in packs:
                full = _side_by_side(states[rows], written.circuit.num_qubits)
                norms.append(np.linalg.norm(full))
                circuit = QuantumCircuit(len(full).bit_length() - 1)
                # Aer refuses a state whose norm is off by the rounding of single precision.
                circuit.append(saves.SetStatevector(full / norms[-1]), circuit.qubits, copy=False)
                circuit.compose(written.circuit, range(written.circuit.num_qubits), inplace=True)
                circuit.append(saves.SaveStatevector(circuit.num_qubits), circuit.qubits, copy=False)
                circuits.append(circuit)
                binds.extend(written.binds(numbers[rows[:1]]) or [{}])
            options = {"parameter_binds": binds} if written.parameters else {}
            found = run(setting, circuits, dtype, shots=1, **options)
            for rows, norm, one in zip(packs, norms, found, strict=True):
                apart = np.asarray(one.statevector).reshape(-1, 2**written.circuit.num_qubits)
                states[rows] = apart[: len(rows), : states.shape[1]] * (norm * factors[rows, None])
        return states

    # ---- what Aer does better than the defaults ----------------------------------------------------------

    def reduced(
        self,
        program: GateProgram,
        params: NDArray[np.float64],
        subsets: NDArray[np.int32],
        dtype: np.dtype[Any],
    ) -> NDArray[np.complex128]:
        """Reduced density matrices, which every method has without its whole state."""
        written, (count, width) = self._written(program), subsets.shape
        circuit = written.circuit.copy()
        for k, subset in enumerate(subsets.tolist()):
            circuit.append(saves.SaveDensityMatrix(width, label=str(k)), subset, copy=False)
        out = np.empty((len(params), count, 2**width, 2**width), dtype=np.complex128)
        if not count:
            return out
        for part, data in self._runs(written, circuit, params, dtype, ROWS_AT_ONCE):
            for row, one in zip(range(part.start, part.stop), data, strict=True):
                for k in range(count):
                    out[row, k] = np.asarray(getattr(one, str(k)))
        return out

    def sampler(
        self, program: GateProgram, params: NDArray[np.float64], dtype: np.dtype[Any]
    ) -> Callable[[np.random.Generator, int], NDArray[np.int64]]:
        """From the statevector as other engines do; the other methods measure without it."""
        if self.setting.method == "statevector":
            return super().sampler(program, params, dtype)
        written = self._written(program)
        circuit = written.circuit.copy()
        circuit.measure_all()
        binds = written.binds(written.numbers(params))

        def draw(chance: np.random.Generator, shots: int) -> NDArray[np.int64]:
            seed = int(chance.integers(2**31))
            (one,) = run(
                self.setting, circuit, dtype, parameter_binds=binds, shots=shots, seed_simulator=seed
            )
            return as_samples(one.counts, chance)

        return draw

    # ---- inside ------------------------------------------------------------------------------------------

    def _written(self, program: GateProgram) -> Written:
        return write(program.source, known_gates(self.setting))

    def _require_vectors(self) -> None:
        if self.mixed:
            rule = "must be one that holds statevectors: a density matrix is not one"
            hint = "Use engine='aer:statevector' (or 'native'); numbers and samples this engine gives."
            raise ArgumentError("engine", rule, self.name, hint)

    def _runs(
        self,
        written: Written,
        circuit: QuantumCircuit,
        params: NDArray[np.float64],
        dtype: np.dtype[Any],
        at_once: int,
    ) -> Iterator[tuple[slice, list[Any]]]:
        """Rows, so many at once, and what was saved of each."""
        return self._bound(written, circuit, written.numbers(params), dtype, at_once)

    def _shift_groups(self, written: Written, rows: int) -> Iterator[tuple[tuple[int, float, float], ...]]:
        """Angle, shift and weight of every run that a gradient takes, as many as go into one call of Aer."""
        every = (
            (place, shift, weight)
            for place, rule in enumerate(written.rules)
            for shift, weight in rule.shifts
        )
        while group := tuple(itertools.islice(every, max(1, ROWS_AT_ONCE // max(1, rows)))):
            yield group

    def _bound(
        self,
        written: Written,
        circuit: QuantumCircuit,
        numbers: NDArray[np.float64],
        dtype: np.dtype[Any],
        at_once: int,
    ) -> Iterator[tuple[slice, list[Any]]]:
        rows = len(numbers)
        if rows and not written.parameters:  # all alike
            yield slice(0, rows), run(self.setting, circuit, dtype, shots=1) * rows
            return
        for start in range(0, rows, at_once):
            part = slice(start, min(rows, start + at_once))
            yield (
                part,
                run(self.setting, circuit, dtype, shots=1, parameter_binds=written.binds(numbers[part])),
            )

    def _values(
        self,
        written: Written,
        observables: PauliTable,
        numbers: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> NDArray[np.float64]:
        """Expectation values ``(B, K)`` for rows of angles ``(B, A)``."""
        kept = saves_of(observables)
        values = np.tile(kept.constants, (len(numbers), 1))
        if kept.operators:
            circuit = written.circuit.copy()
            kept.append_to(circuit)
            for part, data in self._bound(written, circuit, numbers, dtype, ROWS_AT_ONCE):
                values[part] = [kept.values(one) for one in data]
        return values


def _packs(numbers: NDArray[np.float64], most: int) -> Iterator[NDArray[np.int64]]:
    """Rows with the same angles, at most so many together: one circuit runs them all."""
    if not numbers.size:  # no angle, or no row
        which = np.zeros(len(numbers), dtype=np.int64)
    else:
        which = np.unique(numbers, axis=0, return_inverse=True)[1].reshape(-1)
    order = np.argsort(which, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(which[order])) + 1):
        for start in range(0, len(members), most):
            yield members[start : start + most]


def _calls(packs: Iterable[NDArray[np.int64]]) -> Iterator[list[NDArray[np.int64]]]:
    """Packs that go into one call of Aer, which wants circuits of one width that begin with given states."""
    by_width: dict[int, list[NDArray[np.int64]]] = {}
    for rows in packs:
        by_width.setdefault((len(rows) - 1).bit_length(), []).append(rows)
    for alike in by_width.values():
        for start in range(0, len(alike), PACKS_AT_ONCE):
            yield alike[start : start + PACKS_AT_ONCE]


def _side_by_side(states: NDArray[Any], num_qubits: int) -> NDArray[np.complex128]:
    """States ``(R, 2^n)`` as one, on more qubits: which of them it is, is written above their own bits."""
    rows = 1 << (len(states) - 1).bit_length()
    full = np.zeros((rows, 2**num_qubits), dtype=np.complex128)
    full[: len(states), : states.shape[1]] = states
    return full.reshape(-1)


def as_samples(counts: dict[str, int], chance: np.random.Generator) -> NDArray[np.int64]:
    """Basis states of Aer's counts, ``{"0x3": 7}``, in an order drawn by chance: Aer's is by state."""
    states = np.array([int(state, 16) for state in counts], dtype=np.int64)
    return chance.permutation(np.repeat(states, list(counts.values())))


@lru_cache(maxsize=8)
def _engine(setting: Setting) -> AerEngine:
    if setting == ENGINE.setting:
        return ENGINE
    if setting.device not in devices():
        raise EngineError(
            f"Aer here computes on {', '.join(devices())}, not on a {setting.device}. Install qiskit-aer-gpu "
            "in place of qiskit-aer, or leave ':gpu' away."
        )
    return AerEngine(setting)


ENGINE = AerEngine(Setting("statevector"))
