"""Zero-noise extrapolation: measure with more noise, continue to none.

References: K. Temme, S. Bravyi and J. M. Gambetta, Error mitigation for short-depth quantum circuits, Phys.
Rev. Lett. 119, 180509 (2017); Y. Li and S. C. Benjamin, Phys. Rev. X 7, 021050 (2017); and that of
:mod:`qsetu.mitigation.folding`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from qsetu.circuits.circuit import Circuit
from qsetu.circuits.noise import NoiseModel
from qsetu.circuits.pauli import Observable, PauliSum, as_observables
from qsetu.circuits.readout import as_read
from qsetu.core.checks import as_float_array, as_seed
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import derive_seed
from qsetu.mitigation.fits import Curve, as_curve
from qsetu.mitigation.folding import as_folding
from qsetu.noisy import noisy_expectation
from qsetu.trajectories import as_noise

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ZeroNoiseEstimate", "zero_noise_extrapolation"]


@dataclass(frozen=True, eq=False)
class ZeroNoiseEstimate:
    """Values continued to no noise.

    Attributes:
        values: float64 ``(...)``, extrapolated; NaN where the measured values decide no exponential.
        standard_errors: The same shape, carried over from those of the measured values by the fit. That the
            true curve may be another one is not in them.
        scales: float64 ``(S,)``, the scales reached: counted gates of the folded circuit by those
            of the circuit.
        measured: float64 ``(..., S)``, what was measured at each scale.
        measured_errors: The same shape, standard errors.
        fit: What was fitted.
        degree: Of the polynomial; 1 of an exponential.
        coefficients: float64 ``(..., D)``: of a polynomial, by rising powers of the scale; of an exponential
            ``a + b exp(-c scale)``, ``(b, c)``.
        asymptote: float64 ``(...)``: a.
    """

    values: NDArray[np.float64]
    standard_errors: NDArray[np.float64]
    scales: NDArray[np.float64]
    measured: NDArray[np.float64]
    measured_errors: NDArray[np.float64]
    fit: str
    degree: int
    coefficients: NDArray[np.float64]
    asymptote: NDArray[np.float64]

    def predict(self, scales: ArrayLike) -> NDArray[np.float64]:
        """The fitted curves at ``scales`` ``(T,)``; shape ``(..., T)``."""
        wanted = np.atleast_1d(as_float_array("scales", scales))
        return Curve(self.fit, self.degree).at(self.coefficients, self.asymptote, wanted)

    def refit(
        self, fit: str, *, degree: int | None = None, asymptote: ArrayLike | None = None
    ) -> ZeroNoiseEstimate:
        """The same measured values, continued by another curve; arguments as where they were measured."""
        curve = as_curve(fit, degree, self.scales)
        _forbid_asymptote(curve, asymptote)
        known = self.asymptote if asymptote is None else _as_asymptote(asymptote, self.values.shape)
        return _extrapolated(replace(self, fit=curve.name, degree=curve.degree, asymptote=known))

    def plot(self, index: int | tuple[int, ...] = ()) -> Figure:
        """The measured values with their errors, the curve, and where it meets no noise.

        Args:
            index: Which value, where there are several.

        Returns:
            A figure of matplotlib's, which a notebook shows and ``savefig`` writes. No global state of
            matplotlib is touched.

        Raises:
            ArgumentError: ``index`` does not name one value.
        """
        from qsetu.mitigation.plotting import draw_extrapolation

        place = index if isinstance(index, tuple) else (index,)
        shape = self.values.shape
        if len(place) != len(shape) or not all(-n <= i < n for i, n in zip(place, shape, strict=True)):
            raise ArgumentError("index", f"must name one value of shape {shape}", index)
        return draw_extrapolation(self, place)


def zero_noise_extrapolation(
    circuit: Circuit,
    observable: Observable | Sequence[Observable] | None = None,
    params: ArrayLike | None = None,
    *,
    noise: NoiseModel | None = None,
    run: Callable[[Circuit], Any] | None = None,
    scales: Sequence[float] = (1, 2, 3),
    folding: str = "global",
    min_qubits: int = 1,
    fit: str = "linear",
    degree: int | None = None,
    asymptote: ArrayLike | None = None,
    trajectories: int | None = None,
    seed: int | None = None,
    engine: str = "auto",
    dtype: DTypeLike = np.complex64,
) -> ZeroNoiseEstimate:
    """Expectation values with noise made stronger by folding, continued to no noise.

    Either on the simulator, ``zero_noise_extrapolation(circuit, observable, params, noise=...)``, or on
    anything that measures a circuit, ``zero_noise_extrapolation(circuit, run=...)``.

    Args:
        circuit: The circuit, P parameter slots.
        observable: What :func:`qsetu.noisy_expectation` is asked for: one observable, or K.
        params: Real array ``(..., P)``.
        noise: The noise.
        run: Called once for each scale with the folded circuit; gives values and standard errors, a pair of
            arrays of one shape, or something with ``values`` and ``standard_errors`` as
            :class:`qsetu.NoisyEstimate` and :class:`qsetu.MitigatedEstimate`. They have to be independent:
            a seed that is the same for every scale would make the standard errors wrong.
        scales: Ascending, from 1 on. What is reached is in the result: see :func:`qsetu.fold`.
        folding: "global" or "gates".
        min_qubits: Only gates on at least so many qubits are counted.
        fit: "linear"; "polynomial" of ``degree``; "richardson", the polynomial through all values; or
            "exponential", ``a + b exp(-c scale)``. Least squares, each value weighted by its standard error.
        degree: Of "polynomial"; 2 if None.
        asymptote: The a of "exponential", what is measured of qubits that hold nothing any more. None means
            that of ``observable`` in the fully mixed state, read with the errors of ``noise``, or 0 with
            ``run``.
        trajectories: At each scale; 1000 if None. Not with ``run``.
        seed: For repeatable estimates; each scale draws its own chance. Not with ``run``.
        engine: As in :func:`qsetu.noisy_expectation`. Not with ``run``.
        dtype: As in :func:`qsetu.noisy_expectation`. Not with ``run``.

    Returns:
        Extrapolated values, and all that led to them. Readout errors are not folded, so they stay; in
        ``run`` they can be undone by :func:`qsetu.mitigated_expectation`.

    Raises:
        ArgumentError: Neither or both of ``noise`` and ``run``; too few different scales for the fit; ``run``
            gave something else; or as for :func:`qsetu.fold` and :func:`qsetu.noisy_expectation`.

    Warns:
        UserWarning: Where measured values decide no exponential, because they do not decay.

    Example:
        >>> import qsetu
        >>> noise = qsetu.NoiseModel(one_qubit=qsetu.Depolarizing(0.01))
        >>> circuit = qsetu.Circuit(1).ry(0.3, 0).rx(0.2, 0).ry(-0.1, 0)
        >>> found = qsetu.zero_noise_extrapolation(
        ...     circuit, "Z0", noise=noise, scales=(1, 3, 5), fit="exponential", trajectories=20_000, seed=1
        ... )
        >>> truth = qsetu.expectation(circuit, "Z0")
        >>> bool(abs(found.values - truth) < 3 * found.standard_errors < abs(found.measured[0] - truth))
        True
    """
    plan = as_folding(circuit, folding, min_qubits)
    counts = [plan.foldings(scale) for scale in scales]
    reached = np.array([plan.reached(count) for count in counts])
    curve = as_curve(fit, degree, reached)
    _forbid_asymptote(curve, asymptote)
    known: ArrayLike
    if run is None:
        measure, known = _on_simulator(
            circuit, observable, params, noise, trajectories, seed, engine=engine, dtype=dtype
        )
    else:
        given: dict[str, Any] = {"observable": observable, "params": params, "noise": noise}
        given |= {"trajectories": trajectories, "seed": seed, "engine": None if engine == "auto" else engine}
        given |= {"dtype": None if np.dtype(dtype) == np.complex64 else dtype}
        for name, value in given.items():
            if value is not None:
                raise ArgumentError(name, "must be left out with run, which decides it", value)
        if not callable(run):
            raise ArgumentError("run", "must be a function: circuit to values and standard errors", run)
        measure, known = (lambda place, folded: run(folded)), 0.0
    pairs: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    for place, count in enumerate(counts):
        pairs.append(_as_pair(measure(place, plan.folded(count)), pairs[0][0].shape if pairs else None))
    measured, errors = (np.stack(parts, axis=-1) for parts in zip(*pairs, strict=True))
    ends = _as_asymptote(known if asymptote is None else asymptote, measured.shape[:-1])
    empty = np.empty(0)
    return _extrapolated(
        ZeroNoiseEstimate(empty, empty, reached, measured, errors, curve.name, curve.degree, empty, ends)
    )


def _on_simulator(
    circuit: Circuit,
    observable: Any,
    params: Any,
    noise: Any,
    trajectories: int | None,
    seed: int | None,
    **options: Any,
) -> tuple[Callable[[int, Circuit], Any], NDArray[np.float64]]:
    """What measures at one scale, and what it would read of the fully mixed state."""
    if observable is None or noise is None:
        missing = "observable" if observable is None else "noise"
        raise ArgumentError(missing, "must be given without run", None, "Or give run, which measures.")
    base = as_seed("seed", seed)
    observables, single = as_observables("observable", observable, circuit.num_qubits)
    errors = as_noise(noise).readout_errors(circuit.num_qubits)
    mixed = np.array([_identity(as_read(one, errors) if errors else one) for one in observables])

    def measure(place: int, folded: Circuit) -> Any:
        own = None if base is None else derive_seed(base, "zero-noise", place)
        return noisy_expectation(
            folded,
            observable,
            params,
            noise=noise,
            trajectories=1000 if trajectories is None else trajectories,
            seed=own,
            **options,
        )

    return measure, mixed[0] if single else mixed


def _identity(observable: PauliSum) -> float:
    return sum(coefficient for coefficient, string in observable.terms if not string)


def _as_pair(given: Any, shape: tuple[int, ...] | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if hasattr(given, "values") and hasattr(given, "standard_errors"):
        given = (given.values, given.standard_errors)
    if not isinstance(given, tuple) or len(given) != 2:
        raise ArgumentError("run", "must give a pair, values and standard errors", given)
    # Not ascontiguousarray's (1,) for a number.
    values, errors = (as_float_array("run", part).reshape(np.shape(part)) for part in given)
    if values.shape != errors.shape or (shape is not None and values.shape != shape) or (errors < 0).any():
        rule = "must give values and standard errors (not negative) of one shape, the same at every scale"
        raise ArgumentError("run", rule, Said(f"shapes {values.shape} and {errors.shape}"))
    return values, errors


def _forbid_asymptote(curve: Curve, asymptote: ArrayLike | None) -> None:
    if asymptote is not None and curve.name != "exponential":
        raise ArgumentError("asymptote", f"must be None with fit='{curve.name}'", asymptote)


def _as_asymptote(given: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    ends = as_float_array("asymptote", given).reshape(np.shape(given))
    try:
        return np.broadcast_to(ends, shape)
    except ValueError:
        raise ArgumentError("asymptote", f"must broadcast to {shape}", Said(f"shape {ends.shape}")) from None


def _extrapolated(estimate: ZeroNoiseEstimate) -> ZeroNoiseEstimate:
    shape, curve = estimate.measured.shape[:-1], Curve(estimate.fit, estimate.degree)
    wide = (-1, len(estimate.scales))
    coefficients, errors = curve.fitted(
        estimate.scales,
        estimate.measured.reshape(wide),
        estimate.measured_errors.reshape(wide),
        estimate.asymptote.reshape(-1),
    )
    coefficients = coefficients.reshape(*shape, curve.degree + 1)
    values = curve.at(coefficients, estimate.asymptote, np.zeros(1))[..., 0]
    if np.isnan(values).any():
        where = [tuple(int(i) for i in place) for place in np.argwhere(np.isnan(values))]
        text = f"{len(where)} value(s) are NaN, at {where[:5]}: what was measured decides no exponential."
        hint = "Measure more, at smaller scales, or use .refit('linear')."
        warnings.warn(f"{text} {hint}", UserWarning, stacklevel=3)
    return replace(estimate, values=values, standard_errors=errors.reshape(shape), coefficients=coefficients)
