"""The suite `learn`: estimators beside their peers, and an experiment from end to end.

Peers do the same work: the same circuit on the same samples, the same optimizer, batches and steps, at the
best settings that they document. scikit-learn's classical counterpart stands beside them for scale: its
answers are its own. Kernel values are not cached here, neither ours nor theirs.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from qsetu.bench import Candidate, Case, Entry, Options, Suite
from qsetu_benchmarks import roster
from qsetu_benchmarks.learning.common import BATCH, EPOCHS, QUBITS, SAMPLES, Call

__all__ = ["SUITE"]

# Names that the modules here give their candidates, and what has to be wanted for them.
PEERS = {"qiskit-ml": "fidelity_kernel", "PennyLane": "default_qubit"}
KERNEL = f"{SAMPLES} samples, {QUBITS} qubits, ZZ map"
TRAINED = f"{EPOCHS} epochs of batches of {BATCH}, {SAMPLES} samples"
# Widths at which training is timed.
WIDTHS = (6, 10, 14)

# Module and function, what it is, and how far answers may be apart; None where the task is not the same.
CASES: dict[str, tuple[str, str, str, float | None]] = {
    "kernel_classifier": ("kernels", "kernel_classifier", KERNEL, 1e-3),
    "kernel_regressor": ("kernels", "kernel_regressor", KERNEL, 1e-3),
    "kernel_ridge": ("kernels", "kernel_ridge", KERNEL, 1e-6),
    "one_class": ("kernels", "one_class", KERNEL, 1e-3),
    "gaussian_process": ("kernels", "gaussian_process", KERNEL, None),
    "clustering": ("kernels", "clustering", KERNEL, None),
    "layer": ("trained", "layer", "64 samples, 8 qubits, value and gradients, compiled by JAX", 1e-4),
    "autoencoder": ("trained", "autoencoder", f"8 qubits, {TRAINED}", 1e-3),
    "iqp_generator": ("trained", "iqp_generator", "10 bits, 55 angles, 50 steps", 1e-3),
    "trained_kernel": ("trained", "trained_kernel", "6 qubits, 30 steps of batches of 50", 2e-3),
    "kernel_grid": ("kernels", "kernel_grid", "1,000 samples, 10 qubits, 8 x 6 settings, 5 folds", None),
}  # fmt: skip
QUICK = ("kernel_classifier", "kernel_ridge", "variational_classifier/6")


def _entries(options: Options) -> Iterator[Entry]:
    for name, (module, function, what, apart) in CASES.items():
        if not options.quick or name in QUICK:
            yield _entry(f"estimators/{name}", f"{name}: {what}", options, module, function, apart)
    for kind in ("variational_classifier", "variational_regressor"):
        for width in options.sizes or WIDTHS:
            if not options.quick or f"{kind}/{width}" in QUICK:
                title = f"{kind}: {width} qubits, {TRAINED}"
                yield _entry(f"training/{kind}/{width}", title, options, "trained", kind, 1e-3, width)
    if not options.quick:
        yield Entry(
            "experiments/epistasis", "experiment", "the experiment epistasis, quick size", _experiment
        )


def _entry(
    name: str, title: str, options: Options, module: str, function: str, apart: float | None, *arguments: int
) -> Entry:
    build = partial(_case, options, module, function, apart, *arguments)
    return Entry(name, name.split("/")[0], title, build)


def _case(options: Options, module: str, function: str, apart: float | None, *arguments: int) -> Case:
    if roster.missing("fidelity_kernel") is not None:
        from qsetu.bench import LeftOut

        raise LeftOut(f"its peers are missing: {roster.missing('fidelity_kernel')}")
    warnings.simplefilter(
        "ignore"
    )  # few epochs do not converge, which is no news; this process runs races only
    calls: dict[str, Call] = getattr(import_module(f"qsetu_benchmarks.learning.{module}"), function)(
        *arguments
    )
    candidates = []
    for who, run in calls.items():
        if who in PEERS and not options.wants(PEERS[who]):
            continue
        same = apart is not None and who != "scikit-learn"
        role: Any = "ours" if who == "qsetu" else "peer" if same or who in PEERS else "scale"
        candidates.append(Candidate(who, "", "complex64", run, _numbers, role=role))
    ours, *others = candidates
    allowed = float("inf") if apart is None else apart
    return Case(
        ours,
        tuple(_one(who) for who in others),
        allowed={"complex64": allowed, "complex128": allowed},
        facts={"qubits": arguments[0]} if arguments else {},
    )


def _numbers(found: Any) -> np.ndarray:
    return np.asarray(found, dtype=float)


def _one(who: Candidate) -> Callable[[], list[Candidate]]:
    return lambda: [who]


def _experiment() -> Case:
    """A whole experiment on simulated data, without its report: folds, tuning, controls, statistics."""
    from qsetu.experiments import compute, load_spec

    spec = load_spec("epistasis")

    def run() -> list[float]:
        result = compute(spec, size="quick", store=None)
        return [fold.scores[spec.evaluation.metrics[0]] for model in result.models for fold in model.folds]

    return Case(Candidate("qsetu", "", "complex64", run, _numbers, role="ours"))


SUITE = Suite("learn", "estimators and an experiment beside their peers", _entries, rounds=9, budget=30.0)
