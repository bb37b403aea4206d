"""The suite `interop`: the same programs of others, with ours in their place or beside it.

QNodes of PennyLane's on its devices and ours, programs of Qiskit's on its primitives and ours, noise beside
Aer's, k-mer counts beside scikit-learn's.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib import import_module
from typing import Any

from qsetu.bench import Bound, Case, Entry, LeftOut, Options, Suite
from qsetu_benchmarks import roster

__all__ = ["SUITE"]

QNODES = (
    ("value", "value", (4, 10, 18)),
    ("gradient", "gradient", (4, 10, 16)),
    ("jit-gradient", "gradient in jax.jit", (4, 10)),
    ("broadcast", "64 rows broadcast", (8,)),
    ("broadcast-gradient", "gradient of 64 rows broadcast", (8,)),
)
PROGRAMS = {
    "estimates": "8 qubits, 100 rows x 2 observables",
    "samples": "8 qubits, 100 rows x 2,000 shots",
    "kernel": "qiskit-machine-learning, fidelity kernel of 12 points, 6 qubits",
    "classifier": "qiskit-machine-learning, VQC on 40 points, 4 qubits, 20 steps",
    "network": "qiskit-machine-learning, EstimatorQNN gradients of 20 points, 6 qubits",
    "dynamic": "12 qubits, 10 measurements followed, 2,000 shots",
}
LEARNING = ("kernel", "classifier", "network")  # programs of qiskit-machine-learning
NOISES = {
    "depolarizing": "depolarizing, p = 0.001 and 0.01",
    "amplitude-damping": "amplitude damping, gamma = 0.001 and 0.01",
}
SEQUENCES, FEWER = 100_000, 2_000
QUICK = ("pennylane/value/4", "pennylane/jit-gradient/4", "qiskit/estimates", "qiskit/dynamic",
         "noise/depolarizing", "encoders/kmers")  # fmt: skip
# JAX decides when it is loaded whether it has double precision, in which all of PennyLane's compute.
DOUBLE = {"JAX_ENABLE_X64": "1"}


def _entries(options: Options) -> Iterator[Entry]:
    for entry in (*_qnodes(options), *_programs(options), *_others(options)):
        if not options.quick or entry.name in QUICK:
            yield entry


def _qnodes(options: Options) -> Iterator[Entry]:
    for kind, title, widths in QNODES:
        for wires in widths:
            build = partial(_case, "pennylane_devices", "", kind, wires, options)
            name = f"pennylane/{kind}/{wires}"
            yield Entry(name, "PennyLane", f"{title}, {wires} qubits", build, "python", environment=DOUBLE)


def _programs(options: Options) -> Iterator[Entry]:
    for name, what in PROGRAMS.items():
        needs = "fidelity_kernel" if name in LEARNING else ""
        build = partial(_case, "qiskit_primitives", needs, name, options)
        yield Entry(f"qiskit/{name}", "Qiskit", f"{name}: {what}", build, "python")


def _others(options: Options) -> Iterator[Entry]:
    for name, what in NOISES.items():
        yield Entry(f"noise/{name}", "noise", what, partial(_case, "noise", "", name, options))
    sequences = FEWER if options.quick else SEQUENCES
    title = f"6-mers of {sequences:,} sequences of 200"
    build = partial(_case, "encoders", "", sequences, options)
    bound: Bound = "memory"
    yield Entry("encoders/kmers", "encoders", title, build, bound)


def _case(module: str, needs: str, *arguments: Any) -> Case:
    if needs and (why := roster.missing(needs)):
        raise LeftOut(why)
    case: Case = import_module(f"qsetu_benchmarks.interop.{module}").build(*arguments)
    return case


def _installed() -> dict[str, str | None]:
    always = dict.fromkeys(("default_qubit", "qiskit", "aer", "sklearn"))
    return {"lightning": roster.missing("lightning"), **always}


SUITE = Suite(
    "interop",
    "QNodes, Qiskit's primitives, noise and k-mers: ours in the place of others",
    _entries,
    rounds=9,
    min_sample=0.005,
    peers=_installed,
)
