"""What every simulator gives: data, the best possible classifier of such data, and how good it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import generator
from qsetu.genomics.datasets import Dataset

__all__ = ["Ceiling", "Posterior", "Simulated", "exact_ceiling", "monte_carlo_ceiling", "normalized"]

_CHUNK = 4096


@dataclass(frozen=True, eq=False, kw_only=True)
class Posterior(ABC):
    """The Bayes classifier of a simulator: calling it with samples gives P(class | sample).

    Attributes:
        classes: Labels in sorted order, text ``(C,)``.
        prior: P(class), float64 ``(C,)``.
    """

    classes: NDArray[np.str_]
    prior: NDArray[np.float64]

    def __call__(self, X: Any) -> NDArray[np.float64]:
        """P(class | sample) under the distribution that the samples are drawn from.

        Args:
            X: N samples as in the dataset's ``X``.

        Returns:
            float64 ``(N, C)``; the columns are in the order of ``classes``, each row sums to one.

        Raises:
            ArgumentError: A sample has a wrong shape, or cannot occur in any class.
        """
        return normalized(self.log_likelihoods(self.read(X)), self.prior)

    def predict(self, X: Any) -> NDArray[np.str_]:
        """The most probable class of each sample, text ``(N,)``; ties go to the first class."""
        return np.asarray(self.classes[self(X).argmax(axis=1)])

    @abstractmethod
    def read(self, X: Any) -> Any:
        """Samples as the numbers that :meth:`log_likelihoods` takes, checked."""

    @abstractmethod
    def log_likelihoods(self, values: Any) -> NDArray[np.float64]:
        """``log P(sample | class)``, float64 ``(N, C)``, up to a constant for each sample."""


@final
@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Simulated:
    """Simulated data with a known answer.

    Attributes:
        title: What was simulated, in a line.
        dataset: The samples with their labels; its ``notes`` are the assumptions.
        classes: Labels in sorted order, text ``(C,)``.
        bayes_accuracy: Accuracy that the best possible classifier has on average; NaN where it is not known.
        bayes_balanced_accuracy: The largest balanced accuracy (mean recall) that any classifier has on
            average. It is reached by the classifier that takes all classes for equally frequent.
        bayes_error_of_estimate: Standard error of ``bayes_accuracy``; 0.0 where it is exact.
        bayes_balanced_error_of_estimate: The same of ``bayes_balanced_accuracy``.
        method: "exact", or "Monte Carlo over n samples", and under which condition.
        posterior: The Bayes classifier itself, a callable from samples to P(class | sample); None where it is
            not known.
        truth: What the samples were made with: parameters, places, and the seed that repeats them.
    """

    title: str
    dataset: Dataset
    classes: NDArray[np.str_]
    bayes_accuracy: float
    bayes_balanced_accuracy: float
    bayes_error_of_estimate: float
    bayes_balanced_error_of_estimate: float
    method: str
    posterior: Posterior | None
    truth: Mapping[str, Any]

    def __post_init__(self) -> None:
        for value in self.truth.values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def card(self) -> str:
        """Title, ceiling and assumptions as text, a line each."""
        ceiling = f"Bayes accuracy {self.bayes_accuracy:.4f}"
        if self.bayes_error_of_estimate:
            ceiling += f" +- {self.bayes_error_of_estimate:.4f}"
        lines = [self.title, f"{ceiling} ({self.method}).", *self.dataset.notes]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"Simulated({self.title}: {self.dataset._size()}, Bayes accuracy {self.bayes_accuracy:.4f})"


@dataclass(frozen=True)
class Ceiling:
    """The largest accuracies there are.

    Attributes:
        accuracy: The largest accuracy.
        balanced: The largest balanced accuracy.
        error: Standard error of ``accuracy``.
        balanced_error: Standard error of ``balanced``.
        method: How they were computed.
    """

    accuracy: float
    balanced: float
    error: float = 0.0
    balanced_error: float = 0.0
    method: str = "exact"

    def fields(self) -> dict[str, Any]:
        """The same under the names that :class:`Simulated` has for them."""
        return {
            "bayes_accuracy": self.accuracy,
            "bayes_balanced_accuracy": self.balanced,
            "bayes_error_of_estimate": self.error,
            "bayes_balanced_error_of_estimate": self.balanced_error,
            "method": self.method,
        }


def normalized(log_likelihoods: NDArray[np.float64], prior: ArrayLike) -> NDArray[np.float64]:
    """Probabilities of the classes, float64 ``(N, C)``, from log-likelihoods of the same shape.

    Raises:
        ArgumentError: A sample has probability zero in every class.
    """
    joint = log_likelihoods + np.log(np.asarray(prior, np.float64))
    largest = joint.max(axis=1, keepdims=True, initial=-np.inf)
    impossible = np.flatnonzero(~np.isfinite(largest[:, 0]))
    if len(impossible):
        rule = "must be samples that can occur in a class of this simulator"
        raise ArgumentError("X", rule, Said(f"one with probability 0 in all of them, row {impossible[0]}"))
    joint = np.exp(joint - largest)
    return np.asarray(joint / joint.sum(axis=1, keepdims=True))


def exact_ceiling(likelihoods: NDArray[np.float64], prior: NDArray[np.float64]) -> Ceiling:
    """The ceiling from the probabilities of everything that can occur.

    Args:
        likelihoods: ``P(sample | class)`` of every possible sample, ``(S, C)``; each column sums to one.
        prior: P(class), ``(C,)``.
    """
    balanced = likelihoods.max(axis=1).sum() / len(prior)
    return Ceiling(float((likelihoods * prior).max(axis=1).sum()), float(balanced))


def monte_carlo_ceiling(
    posterior: Posterior,
    draw: Callable[[int, int, np.random.Generator], Any],
    samples: int,
    seed: int,
    *names: str,
) -> Ceiling:
    """The ceiling as the mean of the largest posterior probability over samples of each class.

    A mean of probabilities has a smaller error than a share of right answers, and as many samples of each
    class (weighted by the prior) serve both accuracies.

    Args:
        posterior: The Bayes classifier.
        draw: Function of a class (its number), how many, and a generator; gives samples as ``posterior.read``
            does.
        samples: How many in all; at least two of each class are drawn.
        seed: Seed.
        names: Purpose of the stream.
    """
    number = len(posterior.classes)
    each = max(2, -(-samples // number))
    equal = np.full(number, 1 / number)
    means, variances = np.zeros((2, number)), np.zeros((2, number))
    for index, label in enumerate(posterior.classes):
        random = generator(seed, *names, "bayes", str(label))
        largest: list[NDArray[np.float64]] = []
        for start in range(0, each, _CHUNK):
            found = posterior.log_likelihoods(draw(index, min(_CHUNK, each - start), random))
            largest.append(np.stack([normalized(found, p).max(axis=1) for p in (posterior.prior, equal)]))
        values = np.concatenate(largest, axis=1)
        means[:, index], variances[:, index] = values.mean(axis=1), values.var(axis=1, ddof=1)
    weights = np.stack([posterior.prior, equal])
    accuracy, balanced = (means * weights).sum(axis=1)
    error, balanced_error = np.sqrt((variances * weights**2).sum(axis=1) / each)
    method = f"Monte Carlo over {each * number} samples"
    return Ceiling(float(accuracy), float(balanced), float(error), float(balanced_error), method)
