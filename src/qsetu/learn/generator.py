"""A generative model of bit strings: an IQP circuit trained by maximum mean discrepancy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu.circuits import Circuit
from qsetu.core.checks import as_choice, as_float, as_int
from qsetu.core.errors import ArgumentError
from qsetu.core.seeds import generator
from qsetu.learn.descent import descend
from qsetu.learn.iqp import IQPModel, subsets_up_to
from qsetu.learn.walsh import hamming_weights, walsh

__all__ = ["IQPGenerator"]

Array = NDArray[np.float64]

MAX_BITS = 20
# Of covariances of bits written as 1 and -1. Angles in proportion to covariances are what the reference
# suggests; this factor began nearest to the data in trials with Markov chains and mixtures of 6 to 10 bits.
PAIR_SCALE = 0.5
INITIALS = ("data", "random")


class IQPGenerator(DensityMixin, BaseEstimator):
    """Learns the distribution of bit strings, such as genotype panels, and draws new ones.

    The model is what a measurement finds after H on every qubit, ``exp(i theta_S Z_S)`` for every set S of up
    to ``locality`` qubits, and H again. It is trained by Adam on the squared maximum mean discrepancy (MMD)
    between model and data, with a mixture of Gaussian kernels of the Hamming distance. Nothing is sampled in
    training: the MMD is a weighted sum over all products of bits, ``sum_a w_a (<Z_a>_model - <Z_a>_data)^2``,
    and it and its gradient are exact. A step takes eight Walsh-Hadamard transforms of ``2^d`` numbers,
    however many angles and samples there are.

    Args:
        locality: Largest set of qubits with an angle of its own, at least 1 (which gives independent bits).
        bandwidths: Of the kernels ``exp(-|x - y|^2 / (2 s^2))``, each above 0. None chooses those whose terms
            compare 1, 2 and 4 bits at a time on average, though no more than a quarter of all.
        initial: Angles to start from. "data": for single bits those that give their means, for pairs angles
            in proportion to their covariances; "random": small ones.
        steps: Gradient steps.
        learning_rate: Adam's step size.
        binarize: None means that samples must be of 0 and 1; a number, that features above it count as 1.
        random_state: Seed of initial angles.

    Attributes:
        weights_: Angles of the sets, radians.
        subsets_: The sets of qubits; feature q is qubit q.
        circuit_: The circuit, with a slot for each set, for instance for ``qsetu.sample``.
        bandwidths_: Bandwidths used.
        loss_curve_: Squared MMD to the data before each step.
        n_iter_: Number of steps.

    References: Recio-Armengol et al., arXiv:2503.02934; Liu and Wang, Phys. Rev. A 98, 062324 (2018); Rudolph
    et al., npj Quantum Information 10, 116 (2024).

    Example:
        >>> import numpy as np
        >>> from qsetu.learn.generator import IQPGenerator
        >>> first = np.random.default_rng(0).integers(0, 2, (200, 1))
        >>> X = np.hstack([first, first, 1 - first])
        >>> model = IQPGenerator(random_state=0).fit(X)
        >>> model.probabilities()[[0b011, 0b100]].sum().round(2)
        np.float64(0.97)
        >>> model.sample(2, random_state=1).shape
        (2, 3)
    """

    def __init__(
        self,
        *,
        locality: int = 2,
        bandwidths: Sequence[float] | None = None,
        initial: str = "data",
        steps: int = 300,
        learning_rate: float = 0.05,
        binarize: float | None = None,
        random_state: Any = None,
    ) -> None:
        self.locality = locality
        self.bandwidths = bandwidths
        self.initial = initial
        self.steps = steps
        self.learning_rate = learning_rate
        self.binarize = binarize
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: Any = None) -> IQPGenerator:
        """Train on samples ``(N, d)`` of up to 20 bits; ``y`` is ignored.

        Raises:
            ValueError: NaN or a wrong shape, with scikit-learn's wording; numbers other than 0 and 1, unless
                ``binarize`` says what they mean; settings out of range.
        """
        samples = validate_data(self, X, dtype=np.float64)
        width = samples.shape[1]
        if width > MAX_BITS:
            hint = "The exact model holds 2^d probabilities: choose features, or model blocks of them apart."
            raise ArgumentError("X", f"must have at most {MAX_BITS} features", width, hint)
        steps = as_int("steps", self.steps, 1)
        rate = as_float("learning_rate", self.learning_rate, low=0.0, open_low=True)
        as_choice("initial", self.initial, INITIALS)
        bits = self._as_bits(samples)
        self.subsets_ = subsets_up_to(width, as_int("locality", self.locality, 1))
        self.bandwidths_ = self._as_bandwidths(width)
        model = IQPModel(width, self.subsets_)
        kernel = hamming_weights(width, self.bandwidths_)
        data = walsh(_frequencies(bits))

        self.weights_, self.loss_curve_ = descend(
            lambda angles, batch: discrepancy(model, angles, kernel, data),
            self._start(bits),
            lambda: [(None,)],  # all data at once: they enter by their frequencies alone
            epochs=steps,
            rate=rate,
            name="IQP generator",
        )
        self.n_iter_ = len(self.loss_curve_)
        return self

    @property
    def circuit_(self) -> Circuit:
        """The circuit, with a slot for each set of ``subsets_``."""
        check_is_fitted(self)
        return IQPModel(self.n_features_in_, self.subsets_).circuit

    def probabilities(self) -> Array:
        """The probability of every bit string, ``(2**d,)``; bit q of an index is feature q."""
        check_is_fitted(self)
        return IQPModel(self.n_features_in_, self.subsets_).probabilities(self.weights_)

    def sample(self, n_samples: int = 1, random_state: Any = None) -> NDArray[np.uint8]:
        """Draw from the model.

        Args:
            n_samples: How many, at least 1.
            random_state: Seed; None for fresh samples.

        Returns:
            Bits, uint8 ``(n_samples, d)``.
        """
        check_is_fitted(self)
        count = as_int("n_samples", n_samples, 1)
        ends = np.cumsum(self.probabilities())
        points = check_random_state(random_state).random_sample(count) * ends[-1]
        drawn = np.searchsorted(ends, points, side="right")
        return (drawn[:, None] >> np.arange(self.n_features_in_) & 1).astype(np.uint8)

    def score_samples(self, X: ArrayLike) -> Array:
        """The logarithm of the probability of each sample, ``(N,)``; minus infinity for what cannot be."""
        bits = self._bits_to_fit(X)
        with np.errstate(divide="ignore"):
            return np.log(self.probabilities()[_indices(bits)])

    def score(self, X: ArrayLike, y: Any = None) -> float:
        """Minus the squared MMD between the model and samples ``(N, d)``; ``y`` is ignored.

        The better the higher. Of N samples of the model itself it is below 0 by no more than 1/N on average.
        """
        bits = self._bits_to_fit(X)
        kernel = hamming_weights(self.n_features_in_, self.bandwidths_)
        return -float(kernel @ walsh(self.probabilities() - _frequencies(bits)) ** 2)

    def _bits_to_fit(self, X: ArrayLike) -> NDArray[np.intp]:
        check_is_fitted(self)
        return self._as_bits(validate_data(self, X, reset=False, dtype=np.float64))

    def _as_bits(self, samples: Array) -> NDArray[np.intp]:
        if self.binarize is not None:
            return (samples > as_float("binarize", self.binarize)).astype(np.intp)
        allowed = (samples == 0) | (samples == 1)
        if not allowed.all():
            hint = "Set binarize to a number above which features count as 1, or encode X first."
            raise ArgumentError("X", "must hold only 0 and 1", float(samples[~allowed][0]), hint)
        return samples.astype(np.intp)

    def _as_bandwidths(self, width: int) -> tuple[float, ...]:
        if self.bandwidths is None:
            flips = sorted({min(0.25, bits / width) for bits in (1, 2, 4)})
            return tuple(float(np.sqrt(-0.5 / np.log1p(-2 * p))) for p in flips)
        rule = "must be a sequence of one or more numbers above 0, or None"
        given = list(self.bandwidths) if np.iterable(self.bandwidths) else []
        if not given:
            raise ArgumentError("bandwidths", rule, self.bandwidths)
        return tuple(as_float("bandwidths", s, low=0.0, open_low=True) for s in given)

    def _start(self, bits: NDArray[np.intp]) -> Array:
        seed = int(check_random_state(self.random_state).randint(2**31))
        noise = generator(seed, "iqp", "initial").normal(0.0, 1.0, len(self.subsets_))
        if self.initial == "random":
            return 0.1 * noise
        means = bits.mean(axis=0)
        spins = 1.0 - 2.0 * bits
        covariances = (spins.T @ spins) / len(bits) - np.outer(1 - 2 * means, 1 - 2 * means)
        # A little noise: where all angles of a bit are 0 its gradient is 0 too.
        angles = 0.01 * noise
        for slot, group in enumerate(self.subsets_):
            if len(group) == 1:
                angles[slot] += np.arcsin(np.sqrt(means[group[0]]))
            elif len(group) == 2:
                angles[slot] += PAIR_SCALE * covariances[group]
        return angles


def discrepancy(model: IQPModel, angles: Array, kernel: Array, data: Array) -> tuple[float, Array]:
    """The squared MMD and its gradient by the angles.

    Args:
        model: The model.
        angles: One for each set.
        kernel: Eigenvalues of the kernel, ``(2^d,)``.
        data: Means of all products of bits (as 1 and -1) in the data, ``(2^d,)``.
    """
    run = model.run(angles)
    difference = walsh(run.probabilities) - data
    return float(kernel @ difference**2), model.pull_back(run, 2 * walsh(kernel * difference))


def _indices(bits: NDArray[np.intp]) -> NDArray[np.intp]:
    return bits @ (1 << np.arange(bits.shape[1], dtype=np.intp))


def _frequencies(bits: NDArray[np.intp]) -> Array:
    counts = np.bincount(_indices(bits), minlength=2 ** bits.shape[1])
    return counts / len(bits)
