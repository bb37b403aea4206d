"""Estimators of qsetu.learn beside their peers: `python benchmarks/learn.py`.

Each case is one estimator, fitted and asked to predict. Peers do the same work: the same circuit on the same
samples, the same optimizer, batches and steps, at the best settings that they document. Answers are compared
before anything is timed. scikit-learn's classical counterpart stands beside them for scale: its answers are
its own. Kernel values are not cached here, neither ours nor theirs.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from learning import kernels, trained
from learning.common import BATCH, EPOCHS, QUBITS, SAMPLES, Call
from qsetu.bench import measure, record
from timings_table import print_timings

ROUNDS, BUDGET = 9, 30.0

TRAINED = f"{{}} qubits, {EPOCHS} epochs of batches of {BATCH}"
TRAINED_MODELS = (
    ("classifier", trained.variational_classifier),
    ("regressor", trained.variational_regressor),
)

# What each is, and how far our answers and those of peers may be apart; None where the task is not the same.
CASES: dict[str, tuple[Callable[[], dict[str, Call]], str, float | None]] = {
    "kernel_classifier": (kernels.kernel_classifier, f"{SAMPLES} samples, {QUBITS} qubits, ZZ map", 1e-3),
    "kernel_regressor": (kernels.kernel_regressor, f"{SAMPLES} samples, {QUBITS} qubits, ZZ map", 1e-3),
    "kernel_ridge": (kernels.kernel_ridge, f"{SAMPLES} samples, {QUBITS} qubits, ZZ map", 1e-6),
    "one_class": (kernels.one_class, f"{SAMPLES} samples, {QUBITS} qubits, ZZ map", 1e-3),
    "gaussian_process": (kernels.gaussian_process, f"{SAMPLES} samples, {QUBITS} qubits, ZZ map", None),
    "clustering": (kernels.clustering, f"{SAMPLES} samples, {QUBITS} qubits, ZZ map", None),
    **{
        f"{name}_{qubits}": (partial(make, qubits), f"{TRAINED.format(qubits)}, {SAMPLES} samples", 1e-3)
        for name, make in TRAINED_MODELS
        for qubits in (6, 10, 14)
    },
    "layer": (trained.layer, "64 samples, 8 qubits, value and gradients, compiled by JAX", 1e-4),
    "autoencoder": (
        trained.autoencoder,
        f"{SAMPLES} samples, 8 qubits, {EPOCHS} epochs of batches of {BATCH}",
        1e-3,
    ),
    "iqp_generator": (trained.iqp_generator, "10 bits, 55 angles, 50 steps", 1e-3),
    "trained_kernel": (trained.trained_kernel, "6 qubits, 30 steps of batches of 50", 2e-3),
    "kernel_grid": (
        kernels.kernel_grid,
        "1,000 samples, 10 qubits, 8 bandwidths x 6 penalties x 5 folds",
        None,
    ),
}


def check(answers: dict[str, Any], apart: float | None) -> None:
    """Peers that do the same work give the same numbers."""
    if apart is None:
        return
    first = np.asarray(answers["qsetu"])
    for who, answer in answers.items():
        off = float(np.abs(np.asarray(answer) - first).max())
        if who != "scikit-learn" and off > apart:
            raise SystemExit(f"'{who}' is off by {off}; nothing was timed.")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time estimators beside their peers.")
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], help="all, if none is named")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample and the machine here")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # few epochs do not converge, which is no news
    done = {}
    for name in options.cases or CASES:
        make, what, apart = CASES[name]
        timings = list(
            measure(
                make(),
                check=lambda answers, apart=apart: check(answers, apart),
                rounds=ROUNDS,
                budget=BUDGET,
            )
        )
        done[name] = timings
        print_timings(f"{name}: {what}", timings)
    if options.json:
        options.json.write_text(json.dumps(record(done), indent=1) + "\n")


if __name__ == "__main__":
    main()
