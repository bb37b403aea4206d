"""From a circuit to the ``QuantumCircuit`` that Aer runs, with a parameter of its own for every open angle.

Angles are computed here, for all rows at once, and reach Aer as bare numbers: Aer would evaluate each
expression of parameters in Python, row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Gate, ParameterVector
from qiskit.circuit.library import UnitaryGate

from qsetu.circuits.affine import Affine
from qsetu.circuits.circuit import Circuit
from qsetu.circuits.nonlinear import Nonlinear
from qsetu.engines.aer.plain import Placed, plain
from qsetu.engines.aer.shifts import Rule, rule_of
from qsetu.qiskit_circuit import as_qiskit

if TYPE_CHECKING:
    from qiskit.circuit import Parameter

__all__ = ["Written", "write", "write_numbers"]


@dataclass(frozen=True, eq=False)
class Written:
    """A circuit as Aer runs it.

    Attributes:
        circuit: On at least one qubit: Aer knows no circuit of none. Without its global phase.
        parameters: One for each of A open angles.
        angles: What each of them is.
        rules: How the gradient by each is made of shifts.
        phases: Whose sum is the global phase.
    """

    circuit: QuantumCircuit
    parameters: tuple[Parameter, ...]
    angles: tuple[Affine | Nonlinear, ...]
    rules: tuple[Rule, ...]
    phases: tuple[Affine | Nonlinear, ...]

    def numbers(self, params: NDArray[np.float64]) -> NDArray[np.float64]:
        """The open angles ``(B, A)`` of parameter rows ``(B, P)``."""
        found = np.empty((len(params), len(self.angles)))
        for place, angle in enumerate(self.angles):
            found[:, place] = angle.evaluate(params)
        return found

    def phase(self, params: NDArray[np.float64]) -> NDArray[np.complex128]:
        """The factor of the global phase, ``(B,)``."""
        total = sum((angle.evaluate(params) for angle in self.phases), np.zeros(len(params)))
        factor: NDArray[np.complex128] = np.exp(1j * total)
        return factor

    def binds(self, numbers: NDArray[np.float64]) -> list[dict[Any, Any]] | None:
        """What ``AerSimulator.run`` takes for rows of angles; None where no angle is open."""
        if not self.parameters:
            return None
        return [dict(zip(self.parameters, numbers.T.tolist(), strict=True))]


@lru_cache(maxsize=128)
def write(circuit: Circuit, known: frozenset[str]) -> Written:
    """``circuit`` in gates of ``known`` names."""
    gates, phases = plain(circuit, known)
    opened = [angle for gate in gates for angle in gate.angles if angle.num_params]
    rules = tuple(
        rule_of(gate, place) for gate in gates for place, angle in enumerate(gate.angles) if angle.num_params
    )
    vector = ParameterVector("t", len(opened))
    made = QuantumCircuit(max(1, circuit.num_qubits))
    free = iter(vector)
    for gate in gates:
        angles = [next(free) if angle.num_params else _number(angle) for angle in gate.angles]
        _append(made, gate, angles, known)
    return Written(made, tuple(vector), tuple(opened), rules, tuple(phases))


def write_numbers(
    circuit: Circuit, known: frozenset[str], after: Callable[[int], Sequence[Any]] = lambda width: ()
) -> QuantumCircuit:
    """A circuit without open angles, gate by gate under the names that noise models know.

    Args:
        circuit: Of numbers.
        known: Names of gates that Aer's method has.
        after: The errors that follow a gate on so many qubits.
    """
    made = QuantumCircuit(max(1, circuit.num_qubits))
    errors = {width: after(width) for width in {len(op.qubits) + len(op.controls) for op in circuit} if width}
    for gate in plain(circuit, known)[0]:
        _append(made, gate, [_number(angle) for angle in gate.angles], known)
        for error in errors[len(gate.qubits)]:
            made.append(error, gate.qubits)
    return made


def _append(made: QuantumCircuit, gate: Placed, angles: list[Any], known: frozenset[str]) -> None:
    if gate.name == "unitary":
        # A copy that can be written to: Aer reads others as if they were transposed.
        matrix = UnitaryGate(np.array(gate.matrix), label=_label(gate), check_input=False)
        made.append(matrix, gate.qubits, copy=False)
    elif gate.name:
        named = Gate(gate.name, len(gate.qubits), angles, label=_label(gate))
        made.append(named, gate.qubits, copy=False)
    else:
        whole = as_qiskit(Circuit.from_operations(made.num_qubits, [gate.source]))
        basis = sorted(known & {"u", "cx", "p", "cp", "h", "ccx"})
        # Qubits that the gate leaves alone are not free for its parts to use.
        parts = transpile(whole, basis_gates=basis, optimization_level=0, qubits_initially_zero=False)
        made.compose(parts, inplace=True)


def _number(angle: Affine | Nonlinear) -> float:
    return float(angle.evaluate(np.empty(0)))


def _label(gate: Placed) -> str | None:
    return None if gate.label == gate.name else gate.label
