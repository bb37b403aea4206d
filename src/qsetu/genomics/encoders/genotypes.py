"""Genotypes as numbers, with missing calls filled from training."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import OneToOneFeatureMixin
from sklearn.utils.validation import check_array, check_is_fitted

from qsetu.core.checks import as_choice, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.genomics.datasets.genotypes import MISSING
from qsetu.genomics.encoders.base import StateKind, TableEncoder

__all__ = ["GenotypeEncoder"]


class GenotypeEncoder(OneToOneFeatureMixin, TableEncoder):
    """Copies of the counted allele as numbers, one a variant.

    Missing calls are -1 or NaN. What fills them, and every frequency, is learned in ``fit`` and nowhere else.

    Args:
        model: "additive": the copies, 0 to ``ploidy`` (with fractions, where they were imputed). "dominant":
            1 for any copy, else 0. "recessive": 1 for ``ploidy`` copies, else 0.
        missing: What a missing call becomes: "mean" or "mode" of the variant's numbers in training (of
            equally frequent ones the smallest), or "error".
        scale: "none". "standard": minus the mean m in training, over the deviation that Hardy-Weinberg
            equilibrium gives: ``sqrt(ploidy p (1 - p))`` with ``p = m / ploidy``, that is ``(g - 2p) /
            sqrt(2p(1 - p))`` of diploids; ``sqrt(m (1 - m))`` in the other models. A variant that does not
            vary in training tells
            nothing: 0 in every row to come. "angle": 0 to pi.
        ploidy: Copies a person has of each variant: 2, or 1 for inbred lines and haploid genomes.

    Attributes:
        means_: Mean of the called numbers in training, float64 ``(d,)``.
        fills_: What a missing call becomes, before scaling, float64 ``(d,)``.
        deviations_: What "standard" divides by; 0 for variants that did not vary.

    Reference: N. Patterson, A. L. Price, D. Reich, PLoS Genetics 2, e190 (2006).

    Example:
        >>> from qsetu.genomics.encoders import GenotypeEncoder
        >>> GenotypeEncoder().fit_transform([[0, 2], [1, -1], [2, 1]])
        array([[0. , 2. ],
               [1. , 1.5],
               [2. , 1. ]])
    """

    _allow_nan: ClassVar[bool] = True

    def __init__(
        self,
        model: str = "additive",
        *,
        missing: str = "mean",
        scale: str = "none",
        ploidy: int = 2,
    ) -> None:
        self.model = model
        self.missing = missing
        self.scale = scale
        self.ploidy = ploidy

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True  # but for -1, the code of a missing call
        return tags

    @property
    def state_kind(self) -> StateKind:
        """ "angles" where ``scale`` is "angle", else "numbers"."""
        return "angles" if self.scale == "angle" else "numbers"

    def inverse_transform(self, X: Any) -> Any:
        """Copies of the counted allele, ``(N, d)``; filled calls stay filled, and variants that did not vary
        are what they were.

        Raises:
            NotFittedError: Before ``fit``.
            ArgumentError: The model is not "additive": the others merge genotypes; or the shape is wrong.
        """
        check_is_fitted(self)
        if self.model != "additive":
            raise ArgumentError(
                "model", 'must be "additive" for an inverse: the others merge genotypes', self.model
            )
        values = check_array(X, dtype=[np.float64, np.float32])
        if values.shape[1] != self.n_features_out_:
            raise ArgumentError(
                "X", f"must have {self.n_features_out_} columns", Said(f"shape {values.shape}")
            )
        if self.scale == "angle":
            return values * (self._top() / np.pi)
        return values * self.deviations_ + self.means_ if self.scale == "standard" else values

    def _check_settings(self) -> None:
        as_choice("model", self.model, ("additive", "dominant", "recessive"))
        as_choice("missing", self.missing, ("mean", "mode", "error"))
        as_choice("scale", self.scale, ("none", "standard", "angle"))
        as_int("ploidy", self.ploidy, 1, 127)

    def _top(self) -> int:
        return int(self.ploidy) if self.model == "additive" else 1

    def _learn(self, values: NDArray[Any]) -> None:
        numbers = self._numbers(values)
        called = ~np.isnan(numbers)
        never = np.flatnonzero(~called.any(axis=0))
        if len(never):
            raise ArgumentError(
                "X",
                "must have at least one called genotype of each variant in training",
                Said(
                    f"none in column {never[0]}" + (f" and {len(never) - 1} more" if len(never) > 1 else "")
                ),
                "Drop variants with too many missing calls first.",
            )
        self.n_features_out_ = numbers.shape[1]
        self.means_ = np.nanmean(numbers, axis=0, dtype=np.float64)
        share = self.means_ / self._top()
        # Read from the numbers themselves: the mean of many equal ones may be off by rounding.
        largest = np.nanmax(numbers, axis=0)
        varies = np.nanmin(numbers, axis=0) < largest
        self.deviations_ = np.where(varies, np.sqrt(self._top() * np.clip(share * (1 - share), 0, None)), 0.0)
        self.means_ = np.where(varies, self.means_, largest)
        self.fills_ = _modes(numbers) if self.missing == "mode" else self.means_

    def _encode(self, values: NDArray[Any]) -> NDArray[Any]:
        numbers = self._numbers(values)
        lost = np.isnan(numbers)
        numbers[lost] = np.broadcast_to(self.fills_, numbers.shape)[lost]
        match self.scale:
            case "angle":
                numbers *= np.pi / self._top()
            case "standard":
                varied = self.deviations_ > 0
                away = (numbers - self.means_) / np.where(varied, self.deviations_, 1.0)
                numbers = np.where(varied, away, 0.0).astype(values.dtype)
        return numbers

    def _numbers(self, values: NDArray[Any]) -> NDArray[Any]:
        """The model's number of each genotype, NaN where it is missing; a new array."""
        copies = np.where(values == MISSING, np.nan, values)
        lost = np.isnan(copies)
        if self.missing == "error" and lost.any():
            row, column = np.argwhere(lost)[0]
            hint = 'Set missing="mean" or "mode".'
            raise ArgumentError("X", "must have no missing call", Said(f"row {row}, column {column}"), hint)
        wrong = ~lost & ~((copies >= 0) & (copies <= self.ploidy))
        self._refuse(
            values, wrong, f"must be from 0 to {self.ploidy}, or {MISSING} or NaN where nothing was called"
        )
        if self.model == "additive":
            return copies
        self._refuse(
            values, ~lost & (copies != np.round(copies)), f'must be whole numbers for "{self.model}"'
        )
        threshold = 1 if self.model == "dominant" else self.ploidy
        return np.where(lost, np.nan, copies >= threshold).astype(values.dtype)

    def _refuse(self, values: NDArray[Any], wrong: NDArray[np.bool_], rule: str) -> None:
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise ArgumentError("X", rule, Said(f"{values[row, column]} at row {row}, column {column}"))


def _modes(numbers: NDArray[Any]) -> NDArray[np.float64]:
    """The most frequent number of each column, the smallest of several; NaN counts nothing."""
    modes = np.zeros(numbers.shape[1])
    most = np.zeros(numbers.shape[1], np.int64)
    for value in np.unique(numbers[~np.isnan(numbers)]):
        times = (numbers == value).sum(axis=0)
        modes[times > most] = value
        most = np.maximum(most, times)
    return modes
