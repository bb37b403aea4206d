"""The circuits of the races: families of MQT Bench and QASMBench, and random ones of three kinds."""

from __future__ import annotations

from dataclasses import dataclass

from qsetu import Circuit
from qsetu.bench import LeftOut
from qsetu_benchmarks import small_qasm
from qsetu_benchmarks.random_circuits import RANDOM

# Longer circuits are cut after this many gates: the first part of a circuit is a circuit too, and a
# peer that takes minutes for one run cannot be timed.
MOST_GATES = 2000

# A family that exists for some widths only is run at the widest that is no more than this much narrower.
NARROWER = 3


@dataclass(frozen=True)
class Built:
    """A circuit of a family, its group ("mqt", "qasmbench", "random", "dense"), its gates if cut."""

    family: str
    group: str
    circuit: Circuit
    cut: int = 0


def families() -> list[str]:
    """Every family: random ones, those of QASMBench, and what the installed MQT Bench has."""
    try:
        from mqt.bench.benchmarks import get_available_benchmark_names
    except ImportError:
        return [*small_qasm.FAMILIES, *RANDOM]
    return [*get_available_benchmark_names(), *small_qasm.FAMILIES, *RANDOM]


def build(family: str, num_qubits: int) -> Built:
    """The circuit of `family` with at most `num_qubits` qubits; raises LeftOut."""
    if family in RANDOM:
        group, make = RANDOM[family]
        return Built(family, group, make(num_qubits))
    if family in small_qasm.FAMILIES:
        return Built(family, "qasmbench", small_qasm.FAMILIES[family](num_qubits))
    from mqt.bench import get_benchmark_alg

    from qsetu_benchmarks.from_qiskit import NotUnitary, converted

    for width in range(num_qubits, max(1, num_qubits - NARROWER - 1), -1):
        try:
            made = get_benchmark_alg(family, width)
        except ValueError as error:
            refusal = str(error)
            continue
        try:
            circuit, total = converted(made, MOST_GATES)
        except NotUnitary as error:
            raise LeftOut(f"no unitary core: {error}") from None
        if circuit.num_qubits < num_qubits - NARROWER:
            raise LeftOut(f"has {circuit.num_qubits} qubits, whatever is asked for")
        return Built(family, "mqt", circuit, total if total > MOST_GATES else 0)
    raise LeftOut(f"none from {num_qubits - NARROWER} to {num_qubits} qubits: {refusal}")
