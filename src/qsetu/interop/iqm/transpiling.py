"""From our circuits to a backend's: native gates, on qubits that are coupled, measured in our order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.admission import Job, admit
from qsetu.circuits.circuit import Circuit
from qsetu.circuits.measured import MeasuredCircuit
from qsetu.core.checks import as_choice, as_int, as_seed
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import derive_seed, fresh_seed, generator
from qsetu.interop.iqm.backends import DEVICE, FAKES, fake_backend
from qsetu.interop.iqm.device import open_device
from qsetu.qiskit_circuit import as_qiskit

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["Prepared", "prepare", "transpile"]


@dataclass(frozen=True)
class Prepared:
    """A request that was checked and transpiled.

    Attributes:
        backend: IQM's backend object.
        circuits: One transpiled circuit a parameter row.
        batch: Shape of the rows.
        seed: What chance derives from.
    """

    backend: Any
    circuits: list[QuantumCircuit]
    batch: tuple[int, ...]
    seed: int

    @property
    def depths(self) -> list[int]:
        """Of the circuits, measurement apart."""
        return [
            made.depth(lambda one: not (one.operation._directive or one.name == "measure"))
            for made in self.circuits
        ]

    @property
    def two_qubit_gates(self) -> list[int]:
        """CZ and MOVE gates of the circuits."""
        return [made.num_nonlocal_gates() for made in self.circuits]

    @property
    def qubits(self) -> tuple[str, ...]:
        """Names of all that a gate or a measurement touches, in the backend's order."""
        used = {
            made.find_bit(qubit).index for made in self.circuits for one in made.data for qubit in one.qubits
        }
        return tuple(self.backend.index_to_qubit_name(index) for index in sorted(used))


def transpile(
    circuit: Circuit | MeasuredCircuit,
    params: ArrayLike | None = None,
    *,
    backend: str = "garnet",
    seed: int | None = None,
    optimization_level: int = 2,
    quantum_computer: str | None = None,
) -> list[QuantumCircuit]:
    """What :func:`run` would run: Qiskit circuits of native gates, one for each parameter row.

    Args:
        circuit: The circuit, n qubits and P parameter slots.
        params: Real array ``(..., P)``.
        backend: As in :func:`run`; "device" asks the server what the machine is made of.
        seed: As in :func:`run`.
        optimization_level: As in :func:`run`.
        quantum_computer: As in :func:`run`.

    Returns:
        Circuits on the backend's qubits; qubit q is measured into classical bit q. Phases that no measurement
        sees are left out.

    Raises:
        ArgumentError: As for :func:`run`.
        EngineError: As for :func:`run`.
    """
    return prepare(circuit, params, backend, seed, optimization_level, quantum_computer).circuits


def prepare(
    circuit: Any, params: Any, backend: Any, seed: Any, optimization_level: Any, quantum_computer: Any
) -> Prepared:
    """The arguments of :func:`run` that say what is run, checked, and what they come to."""
    name = as_choice("backend", backend, (*FAKES, DEVICE))
    base = as_seed("seed", seed)
    level = as_int("optimization_level", optimization_level, 0, 3)
    if quantum_computer is not None and (name != DEVICE or not isinstance(quantum_computer, str)):
        rule = f"must be a name, and only with backend='{DEVICE}'"
        raise ArgumentError("quantum_computer", rule, quantum_computer)
    job = admit(circuit, params, "reference", np.complex128)
    if job.rows == 0:
        raise ArgumentError("params", "must have at least one row", Said(f"shape {job.shape}"))
    if circuit.num_qubits == 0:
        raise ArgumentError("circuit", "must have at least one qubit", circuit)
    target = open_device(quantum_computer) if name == DEVICE else fake_backend(name)
    most = len(target.architecture.qubits)
    if circuit.num_qubits > most:
        hint = "print(qsetu.interop.iqm.backends()) lists others."
        raise ArgumentError(
            "circuit", f"must have at most {most} qubits on '{name}'", circuit.num_qubits, hint
        )
    chosen = fresh_seed() if base is None else base
    return Prepared(target, _transpiled(job.program.source, job, target, chosen, level), job.batch, chosen)


def _transpiled(circuit: Circuit, job: Job, target: Any, seed: int, level: int) -> list[QuantumCircuit]:
    # A machine has no identity gate, and iqm-client refuses one at optimization level 0.
    acting = Circuit.from_operations(circuit.num_qubits, (op for op in circuit if op.gate != "id"))

    def native(row: NDArray[np.float64], layout: list[int] | None) -> tuple[QuantumCircuit, list[int]]:
        return _native(acting.bind(row[: acting.num_params]), target, seed, level, layout)

    layout = None
    if acting.num_params:
        # Where qubits are placed depends on no numbers: rows of a job are alike, and a row of zeros, which
        # may need no coupling at all, does not place the others badly.
        typical = generator(0, "iqm-typical").uniform(-np.pi, np.pi, acting.num_params)
        _, layout = native(typical, None)
    return [native(row, layout)[0] for row in job.inputs]


def _native(
    circuit: Circuit, target: Any, seed: int, level: int, layout: list[int] | None
) -> tuple[QuantumCircuit, list[int]]:
    """One circuit, and on which of the backend's qubits it begins."""
    from iqm.qiskit_iqm.iqm_naive_move_pass import transpile_to_IQM
    from qiskit import ClassicalRegister

    whole = as_qiskit(circuit)
    whole.add_register(ClassicalRegister(circuit.num_qubits, "m"))
    whole.barrier()
    whole.measure(range(circuit.num_qubits), range(circuit.num_qubits))
    chance = derive_seed(seed, "iqm-transpile")
    native = transpile_to_IQM(
        whole, target, initial_layout=layout, optimization_level=level, seed_transpiler=chance
    )
    return _in_place(native, target), [native.layout.initial_layout[qubit] for qubit in whole.qubits]


def _in_place(native: QuantumCircuit, target: Any) -> QuantumCircuit:
    """The circuit with qubit i being the backend's i-th.

    What comes out of iqm-client can have its qubits in another order, and a layout that says which is which.
    It reads the layout when it submits a circuit; Aer, and whoever looks at the circuit, would not.
    """
    from qiskit import QuantumCircuit, QuantumRegister

    layout = native.layout.initial_layout if native.layout is not None else None
    if layout is not None and layout.get_registers() == set(native.qregs):
        places = layout.get_virtual_bits()
    else:
        places = {qubit: index for index, qubit in enumerate(native.qubits)}
    made = QuantumCircuit(QuantumRegister(len(target.physical_qubits), "q"), *native.cregs)
    for one in native.data:
        made.append(one.operation, [places[qubit] for qubit in one.qubits], one.clbits)
    return made
