"""Whether the gradients of a variational model vanish as qubits are added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from qsetu import simulate
from qsetu.circuits import Circuit, PauliSum
from qsetu.core.checks import as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import generator

__all__ = ["GradientScan", "PreflightModel", "gradient_scan"]

Matrix = NDArray[np.float64]
Encode: TypeAlias = Callable[[Matrix], Matrix]
Parts: TypeAlias = tuple[Circuit, Encode, int, Sequence["PauliSum | str"]]

MOST_SIZES = 8


@runtime_checkable
class PreflightModel(Protocol):
    """What a variational model offers to be looked at before it is trained."""

    def preflight_circuit(self, num_features: int) -> Parts:
        """The model's circuit for so many features.

        Returns:
            Four things. The circuit, whose first P_data slots are those of the data, and whose other slots
            are trained. A function from samples ``(N, num_features)`` to the values of the data slots,
            ``(N, P_data)``. P_data. The observables that are measured, Pauli sums or text.

        Raises:
            ValueError: The model cannot have so many features.
        """
        ...


@dataclass(frozen=True, eq=False)
class GradientScan:
    """Variances of derivatives over random angles, for models of S sizes.

    Attributes:
        num_qubits: Sizes, ascending, ``(S,)``.
        largest: Variance by the angle that has the largest, averaged over observables, ``(S,)``.
        mean: Variance averaged over angles and observables, ``(S,)``.
        factor: What ``largest`` is multiplied by for each qubit added, by a fit; None for fewer than 3 sizes.
        draws: How many random points each variance is from.
    """

    num_qubits: NDArray[np.intp]
    largest: Matrix
    mean: Matrix
    factor: float | None
    draws: int


def gradient_scan(
    model: PreflightModel,
    X: NDArray[np.float64],
    *,
    draws: int = 200,
    max_qubits: int = 12,
    seed: int = 0,
    engine: str = "auto",
) -> GradientScan:
    """Var[dC/dtheta] against the number of qubits, angles uniform over the circle, samples drawn from X.

    Models of fewer qubits are those of the first features of X. On a barren plateau the variance falls by a
    constant factor for each qubit added, 1/2 for random circuits, and training finds no slope.

    Args:
        model: Has a method ``preflight_circuit``: see :class:`PreflightModel`.
        X: Samples ``(N, d)``.
        draws: Random points for each size.
        max_qubits: Larger models are looked at up to this size.
        seed: Of angles and samples.
        engine: Engine that simulates the circuits.

    Raises:
        ArgumentError: The model has no circuit of up to ``max_qubits`` qubits for these features, or nothing
            to be trained.

    Reference: McClean et al., Nature Communications 9, 4812 (2018).
    """
    draws = as_int("draws", draws, 2)
    found = {}
    sizes = _sizes(model, X.shape[1], as_int("max_qubits", max_qubits, 1))
    for width, parts in tqdm(sizes, desc="gradients", delay=2, leave=False):
        draw = generator(seed, "preflight", "gradients", width)
        found[parts[0].num_qubits] = _variances(parts, X[:, :width], draws, draw, engine)
    qubits = np.array(sorted(found))
    largest, mean = np.array([found[n] for n in qubits]).T
    factor = None
    if len(qubits) >= 3 and (largest > 0).all():
        factor = float(np.exp(np.polyfit(qubits, np.log(largest), 1)[0]))
    return GradientScan(qubits, largest, mean, factor, draws)


def _sizes(model: PreflightModel, width: int, limit: int) -> list[tuple[int, Parts]]:
    """Numbers of features and circuits, one for each number of qubits."""
    found: dict[int, tuple[int, Parts]] = {}
    for features in range(1, width + 1):
        try:
            parts = model.preflight_circuit(features)
        except ValueError:
            if features == width:
                raise
            continue  # a feature map of fixed width
        qubits = parts[0].num_qubits
        if qubits > limit:
            break
        if qubits > 1 or features == width:
            found.setdefault(qubits, (features, parts))
    if not found:
        rule = f"must have a circuit of at most {limit} qubits for some of these features"
        raise ArgumentError("model", rule, model, "Raise max_qubits.")
    chosen = sorted(found)
    if len(chosen) > MOST_SIZES:
        places = np.unique(np.linspace(0, len(chosen) - 1, MOST_SIZES).round().astype(int))
        chosen = [chosen[place] for place in places]
    return [found[qubits] for qubits in chosen]


def _variances(
    parts: Parts, samples: Matrix, draws: int, draw: np.random.Generator, engine: str
) -> tuple[float, float]:
    circuit, encode, used, observables = parts
    count = circuit.num_params - used
    if count < 1:
        given = Said(f"{circuit.num_params} parameter(s), {used} of the data")
        raise ArgumentError("model", "must have parameters to be trained", given)
    encoded: Any = np.asarray(encode(samples[draw.integers(0, len(samples), draws)]), dtype=np.float64)
    if encoded.shape != (draws, used):
        rule = f"must encode {draws} samples in shape {(draws, used)}"
        raise ArgumentError("model", rule, Said(f"shape {encoded.shape}"))
    angles = draw.uniform(-np.pi, np.pi, (draws, count))
    params = np.hstack([encoded, angles])
    _, slopes = simulate.value_and_grad(circuit, list(observables), params, engine=engine, dtype="complex128")
    variances = slopes[..., used:].var(axis=0)
    return float(variances.max(axis=1).mean()), float(variances.mean())
