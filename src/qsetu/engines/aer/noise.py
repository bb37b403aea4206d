"""Noise in Aer: its own noise models, and ours where it evolves density matrices.

Qiskit is imported with the first noisy run, not with this module: the door asks it whose model it was given.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.circuit import Circuit
from qsetu.circuits.noise import AmplitudeDamping, Channel, Depolarizing, NoiseModel, ReadoutError
from qsetu.circuits.pauli import PauliTable
from qsetu.core.errors import ArgumentError, Said

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qsetu.engines.aer.engine import AerEngine

__all__ = [
    "density",
    "engine_for",
    "is_aer_noise",
    "noisy_sampler",
    "noisy_values",
    "readout_of",
    "runs_in_aer",
]

# Up to so many qubits a density matrix is what is meant where no method is named.
MOST_EXACT_QUBITS = 12


def is_aer_noise(noise: Any) -> bool:
    """Whether ``noise`` is a noise model of Aer, which is not imported for the question."""
    module = sys.modules.get("qiskit_aer.noise")
    return module is not None and isinstance(noise, module.NoiseModel)


def runs_in_aer(noise: Any, engine: Any) -> bool:
    """Whether Aer puts the noise in: a model of its own always, one of ours into density matrices."""
    if is_aer_noise(noise):
        return True
    return isinstance(noise, NoiseModel) and str(engine).startswith("aer:density_matrix")


def engine_for(engine: Any, num_qubits: int) -> str:
    """The engine that is meant by ``engine`` with a noise model of Aer.

    Raises:
        ArgumentError: It is not Aer's.
    """
    if engine in ("auto", "aer"):
        return "aer:density_matrix" if num_qubits <= MOST_EXACT_QUBITS else "aer:statevector"
    if not str(engine).startswith("aer:"):
        hint = "Other engines take a qsetu.NoiseModel."
        raise ArgumentError("engine", "must be 'auto' or Aer's with a noise model of Aer", engine, hint)
    return str(engine)


def readout_of(noise: Any, num_qubits: int, *, sampled: bool) -> tuple[ReadoutError, ...]:
    """The readout error of each qubit, nothing where all are read as they are.

    Args:
        noise: A model of Aer's, or ours.
        num_qubits: n.
        sampled: Whether bits are measured, rather than expectation values computed.

    Raises:
        ArgumentError: An error of measuring is none of a qubit by itself.
    """
    if isinstance(noise, NoiseModel):
        return noise.readout_errors(num_qubits)
    everywhere, found = ReadoutError(), {}
    for error in noise.to_dict()["errors"]:
        if error["type"] == "roerror":
            matrix = np.asarray(error["probabilities"])
            places = [tuple(places) for places in error.get("gate_qubits", ())]
            if any(len(place) > 1 for place in places):
                rule = "must have readout errors of one qubit each: all qubits are measured one by one"
                raise ArgumentError("noise", rule, Said(f"a readout error of qubits {places[0]}"))
            one = ReadoutError(float(matrix[0, 1]), float(matrix[1, 0]))
            if places:
                found.update({place[0]: one for place in places})
            else:
                everywhere = one
        elif "measure" in error["operations"] and not sampled:
            rule = (
                "must have no quantum error on 'measure' for expectation values: readout errors are included"
            )
            raise ArgumentError("noise", rule, Said("a quantum error on 'measure'"), "Use qsetu.sample.")
    errors = tuple(found.get(qubit, everywhere) for qubit in range(num_qubits))
    return errors if any(error != ReadoutError() for error in errors) else ()


def noisy_values(
    engine: AerEngine,
    circuit: Circuit,
    observables: PauliTable,
    params: NDArray[np.float64],
    noise: Any,
    trajectories: int,
    seeds: Sequence[int],
    dtype: np.dtype[Any],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Expectation values ``(B, K)`` before readout, and their standard errors, 0 where they are exact.

    A density matrix gives them exactly; other methods run ``trajectories`` shots of each row, whose exact
    values are averaged.
    """
    from qsetu.engines.aer.observe import saves_of
    from qsetu.engines.aer.simulator import run

    kept = saves_of(observables)
    values = np.tile(kept.constants, (len(params), 1))
    errors = np.zeros_like(values)
    for row, seed in enumerate(seeds):
        if not kept.operators:
            break
        made = _noisy(engine, circuit.bind(params[row]), noise)
        kept.append_to(made, each_shot=not engine.mixed)
        shots = 1 if engine.mixed else trajectories
        (data,) = run(
            engine.setting, made, dtype, shots=shots, seed_simulator=seed, noise_model=_of_aer(noise)
        )
        found = np.atleast_2d(kept.values(data))
        values[row] = found.mean(axis=0)
        if len(found) > 1:  # one where nothing in the circuit is noisy
            errors[row] = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    return values, errors


def noisy_sampler(
    engine: AerEngine, circuit: Circuit, row: NDArray[np.float64], noise: Any, dtype: np.dtype[Any]
) -> Callable[[np.random.Generator, int], NDArray[np.int64]]:
    """What measures all qubits under noise, Aer's readout errors included; ours are not."""
    from qsetu.engines.aer.engine import as_samples
    from qsetu.engines.aer.simulator import run

    made = _noisy(engine, circuit.bind(row), noise)
    made.measure_all()

    def draw(chance: np.random.Generator, shots: int) -> NDArray[np.int64]:
        seed = int(chance.integers(2**31))
        (data,) = run(
            engine.setting, made, dtype, shots=shots, seed_simulator=seed, noise_model=_of_aer(noise)
        )
        return as_samples(data.counts, chance)

    return draw


def density(
    engine: AerEngine, circuit: Circuit, row: NDArray[np.float64], noise: Any, dtype: np.dtype[Any]
) -> NDArray[np.complex128]:
    """The density matrix of one parameter row, ``(2^n, 2^n)``, before readout."""
    from qiskit_aer.library import SaveDensityMatrix

    from qsetu.engines.aer.simulator import run

    made = _noisy(engine, circuit.bind(row), noise)
    made.append(SaveDensityMatrix(made.num_qubits), made.qubits, copy=False)
    (data,) = run(engine.setting, made, dtype, shots=1, noise_model=_of_aer(noise))
    size = 2**circuit.num_qubits
    return np.asarray(data.density_matrix, dtype=np.complex128)[:size, :size]


def _of_aer(noise: Any) -> Any:
    return None if isinstance(noise, NoiseModel) else noise


def _noisy(engine: AerEngine, circuit: Circuit, noise: Any) -> QuantumCircuit:
    """A circuit of numbers, each gate under the name that noise models know; ours follows each gate."""
    from qsetu.engines.aer.simulator import known_gates
    from qsetu.engines.aer.writer import write_numbers

    known = known_gates(engine.setting)
    if isinstance(noise, NoiseModel):
        return write_numbers(
            circuit, known, lambda width: [_in_aer(one, width) for one in noise.after(width)]
        )
    made = write_numbers(circuit, known)
    names = set(noise.noise_instructions) - {"measure", "reset", "delay"}
    if names and len(made) and not names & {one.operation.label or one.operation.name for one in made}:
        warnings.warn(
            f"The noise model has errors on {', '.join(sorted(names))}, none of which is a gate of this "
            "circuit: it runs without noise. Write the circuit in these gates.",
            RuntimeWarning,
            stacklevel=4,
        )
    return made


def _in_aer(channel: Channel, width: int) -> Any:
    """A channel of ours on ``width`` qubits, as Aer's."""
    from qiskit_aer.noise import amplitude_damping_error, depolarizing_error, phase_damping_error

    if isinstance(channel, Depolarizing):
        return depolarizing_error(channel.p, width)
    if isinstance(channel, AmplitudeDamping):
        single = amplitude_damping_error(channel.gamma)
    else:
        single = phase_damping_error(channel.lam)
    whole = single
    for _ in range(width - 1):
        whole = whole.tensor(single)
    return whole
