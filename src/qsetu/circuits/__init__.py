"""What a circuit is: gate table, parameters, circuits, observables, drawing. NumPy only."""

from qsetu.circuits.affine import Affine, param, params
from qsetu.circuits.circuit import Circuit
from qsetu.circuits.gate import Gate
from qsetu.circuits.gates import ALIASES, GATES
from qsetu.circuits.measured import Barrier, Condition, If, Measure, MeasuredCircuit, Reset
from qsetu.circuits.noise import AmplitudeDamping, Depolarizing, NoiseModel, PhaseDamping, ReadoutError
from qsetu.circuits.operation import Operation
from qsetu.circuits.pauli import PauliSum, as_observables
from qsetu.circuits.tally import counts

__all__ = [
    "ALIASES",
    "GATES",
    "Affine",
    "AmplitudeDamping",
    "Barrier",
    "Circuit",
    "Condition",
    "Depolarizing",
    "Gate",
    "If",
    "Measure",
    "MeasuredCircuit",
    "NoiseModel",
    "Operation",
    "PauliSum",
    "PhaseDamping",
    "ReadoutError",
    "Reset",
    "as_observables",
    "counts",
    "param",
    "params",
]
