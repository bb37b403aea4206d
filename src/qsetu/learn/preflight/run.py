"""Everything there is to know about a kernel or a model and its data before anything is trained."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array, check_random_state, check_X_y, column_or_1d, resample
from sklearn.utils.multiclass import check_classification_targets

from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError
from qsetu.learn.feature_maps import AmplitudeFeatureMap, BasisFeatureMap, resolve_feature_map
from qsetu.learn.kernel_models import KernelModel
from qsetu.learn.kernels import (
    FidelityKernel,
    ProjectedKernel,
    QuantumKernel,
    TrainableKernel,
    default_kernel,
    repair_kernel,
    target_matrix,
)
from qsetu.learn.preflight import judge
from qsetu.learn.preflight.bandwidths import BandwidthScan, bandwidth_scan
from qsetu.learn.preflight.classical import classical_kernels, rbf_likeness
from qsetu.learn.preflight.geometry import REGULARIZATION, compare_with_classical
from qsetu.learn.preflight.gradients import PreflightModel, gradient_scan
from qsetu.learn.preflight.report import Preflight
from qsetu.learn.preflight.shots import ShotsNeeded, projected_variances, shots_needed
from qsetu.learn.preflight.spectrum import concentration, effective_rank
from qsetu.learn.preflight.targets import alignment_test, is_regression

__all__ = ["preflight"]

FEWEST_SAMPLES = 4
Matrix = NDArray[np.float64]


def preflight(
    kernel_or_model: Any,
    X: ArrayLike,
    y: ArrayLike | None = None,
    *,
    bandwidths: Sequence[float] | None = None,
    regularization: float = REGULARIZATION,
    precision: float = 0.1,
    permutations: int = 200,
    draws: int = 200,
    max_qubits: int = 12,
    max_samples: int = 500,
    random_state: Any = 0,
) -> Preflight:
    """Whether a quantum kernel or a variational model suits data, told before it is trained.

    Nothing here is fitted, and no number is a score: what looks good can still lose to a classical model.
    Give training data only, as the kernel will see them (scaled, reduced).

    Args:
        kernel_or_model: A quantum kernel, an estimator that has one, or a variational model with a method
            ``preflight_circuit``: see :class:`qsetu.learn.preflight.PreflightModel`.
        X: Samples ``(N, d)``, at least 4.
        y: Labels of any type, or numbers, ``(N,)``; None leaves out what needs them.
        bandwidths: To be scanned; None means 1/256 to 4 times the kernel's own. Empty means no scan.
        regularization: Added to the diagonal of matrices that are inverted, whose mean eigenvalue is 1: see
            :func:`qsetu.learn.preflight.geometric_difference`.
        precision: Standard error of a measured value over the spread of values, for the number of shots.
        permutations: How often labels are shuffled, for the p-value of the alignment.
        draws: Random angles for each size, for the variance of gradients.
        max_qubits: Size up to which gradients are looked at.
        max_samples: Of more rows, so many are drawn at random, each class by its share.
        random_state: Seed, generator or None, as in scikit-learn.

    Returns:
        All numbers, with a verdict each; it prints as a table, and has a ``figure()``.

    Raises:
        ValueError: NaN, too few samples, one class, shapes that do not agree; scikit-learn's wording.
        ArgumentError: Neither a kernel nor a model; settings out of range.

    Example:
        >>> from sklearn.datasets import make_moons
        >>> from qsetu.learn import FidelityKernel, preflight
        >>> X, y = make_moons(60, noise=0.1, random_state=0)
        >>> found = preflight(FidelityKernel("zz", bandwidth=0.4), X, y)
        >>> found["target alignment"].level
        'good'
    """
    as_float("regularization", regularization, low=0.0)
    as_int("permutations", permutations, 1)
    limit = as_int("max_samples", max_samples, FEWEST_SAMPLES)
    samples, labels = _checked(X, y)
    seeds = check_random_state(random_state)
    seed = int(seeds.randint(2**31))
    given = len(samples)
    if given > limit:
        stratify = None if labels is None or is_regression(labels) else labels
        rows = resample(
            np.arange(given), replace=False, n_samples=limit, stratify=stratify, random_state=seed
        )
        rows = np.sort(rows)
        samples, labels = samples[rows], None if labels is None else labels[rows]
    kernel = _kernel_of(kernel_or_model)
    if kernel is None:
        return _of_model(kernel_or_model, samples, given, draws, max_qubits, seed)
    return _of_kernel(
        kernel, samples, labels, given, bandwidths, regularization, precision, permutations, seed
    )


def _checked(X: ArrayLike, y: ArrayLike | None) -> tuple[Matrix, NDArray[Any] | None]:
    if y is None:
        return check_array(X, dtype=np.float64, ensure_min_samples=FEWEST_SAMPLES, input_name="X"), None
    samples, labels = check_X_y(X, y, dtype=np.float64, ensure_min_samples=FEWEST_SAMPLES)
    labels = column_or_1d(labels)
    if is_regression(labels):
        if labels.min() == labels.max():
            raise ValueError("The target y must not be constant.")
        return samples, labels
    check_classification_targets(labels)
    if len(np.unique(labels)) < 2:
        raise ValueError("The number of classes has to be greater than one; got 1 class")
    return samples, labels


def _kernel_of(given: Any) -> QuantumKernel | None:
    for found in (given, getattr(given, "kernel_", None), getattr(given, "kernel", None)):
        if isinstance(found, QuantumKernel):
            return found
    if isinstance(given, KernelModel):
        return default_kernel()  # as a fit would take
    if isinstance(given, type) or not isinstance(given, PreflightModel):
        rule = "must be a quantum kernel, an estimator with one, or a model with 'preflight_circuit'"
        raise ArgumentError("kernel_or_model", rule, given)
    return None


def _of_model(
    model: PreflightModel, samples: Matrix, given: int, draws: int, max_qubits: int, seed: int
) -> Preflight:
    engine = getattr(model, "engine", "auto")
    gradients = gradient_scan(model, samples, draws=draws, max_qubits=max_qubits, seed=seed, engine=engine)
    num_qubits = model.preflight_circuit(samples.shape[1])[0].num_qubits
    largest = int(gradients.num_qubits[-1])
    notes: tuple[str, ...] = ()
    if largest < num_qubits:
        notes = (f"gradients looked at up to {largest} qubits (max_qubits={max_qubits})",)
    return Preflight(
        title=type(model).__name__,
        num_samples=len(samples),
        num_given=given,
        num_features=samples.shape[1],
        num_qubits=num_qubits,
        concentration=None,
        effective_rank=None,
        alignment=None,
        comparison=None,
        shots=None,
        rbf=None,
        bandwidths=None,
        gradients=gradients,
        verdicts=(judge.judge_gradients(gradients),),
        notes=notes,
    )


def _of_kernel(
    kernel: QuantumKernel,
    samples: Matrix,
    labels: NDArray[Any] | None,
    given: int,
    bandwidths: Sequence[float] | None,
    regularization: float,
    precision: float,
    permutations: int,
    seed: int,
) -> Preflight:
    size = len(samples)
    encoder = resolve_feature_map(kernel.feature_map, samples.shape[1])
    repair = repair_kernel(kernel.matrix(samples))
    matrix = repair.matrix
    is_fidelity = isinstance(kernel, FidelityKernel | TrainableKernel)
    found = concentration(matrix, encoder.num_qubits if is_fidelity else None)
    rank = effective_rank(matrix)
    aligned = None if labels is None else alignment_test(matrix, labels, permutations=permutations, seed=seed)
    target = None if labels is None else target_matrix(labels)
    comparison = compare_with_classical(matrix, list(classical_kernels(samples)), target, regularization)
    shots = _shots(kernel, samples, matrix, encoder.num_qubits, precision)
    likeness = rbf_likeness(matrix, samples)
    scan = _scan(kernel, encoder, samples, labels, bandwidths)
    return Preflight(
        title=" ".join(str(kernel).split()),
        num_samples=size,
        num_given=given,
        num_features=samples.shape[1],
        num_qubits=encoder.num_qubits,
        concentration=found,
        effective_rank=rank,
        alignment=aligned,
        comparison=comparison,
        shots=shots,
        rbf=likeness,
        bandwidths=scan,
        gradients=None,
        verdicts=(
            judge.judge_concentration(found),
            judge.judge_rank(rank, size),
            judge.judge_alignment(aligned),
            judge.judge_difference(comparison),
            judge.judge_complexity(comparison, size),
            judge.judge_shots(shots, size, getattr(kernel, "shots", None)),
            judge.judge_rbf(likeness, rank, size),
            judge.judge_bandwidths(scan),
        ),
        notes=(str(repair),) if repair.acted else (),
        matrix=matrix,
    )


def _shots(
    kernel: QuantumKernel, samples: Matrix, matrix: Matrix, num_qubits: int, precision: float
) -> ShotsNeeded | None:
    if isinstance(kernel, FidelityKernel | TrainableKernel):
        if getattr(kernel, "shots", None) is not None:
            matrix = copy.copy(kernel).set_params(shots=None).matrix(samples)
        return shots_needed(matrix, precision=precision)
    if isinstance(kernel, ProjectedKernel):
        variances = projected_variances(matrix, float(kernel.gamma), int(kernel.locality))
        strings = (4 ** int(kernel.locality) - 1) * max(1, num_qubits - int(kernel.locality) + 1)
        return shots_needed(
            matrix,
            precision=precision,
            variances=variances,
            measured="expectation value",
            count=strings * len(samples),
        )
    return None


def _scan(
    kernel: QuantumKernel,
    encoder: object,
    samples: Matrix,
    labels: NDArray[Any] | None,
    bandwidths: Sequence[float] | None,
) -> BandwidthScan | None:
    scaled = not isinstance(encoder, AmplitudeFeatureMap | BasisFeatureMap)
    if not scaled or (bandwidths is not None and not len(bandwidths)):
        return None
    return bandwidth_scan(kernel, samples, labels, bandwidths)
