"""Proportions of ancestry: every genome is a mixture of populations with frequencies of their own."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError
from qsetu.core.seeds import generator
from qsetu.experiments.baselines.admixture_steps import Calls, fit_both, log_likelihood, project
from qsetu.genomics.datasets.genotypes import MISSING
from qsetu.genomics.encoders import GenotypeEncoder

__all__ = ["AdmixtureProportions"]

Array = NDArray[np.float64]


class AdmixtureProportions(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """ADMIXTURE's model: shares of K ancestral populations in each genome, by the largest likelihood.

    A person with the shares q carries each allele copy of variant j with the probability ``sum_k q_k p_kj``;
    variants count as independent, and missing calls are left out. Shares and frequencies p are found together
    by expectation maximization in long steps (SQUAREM) that never lower the likelihood. New people get the
    shares of the largest likelihood for the frequencies of training; a person without any call gets equal
    shares.

    The first start is from clusters of the first principal components, further ones are random. Populations
    are in the order of their total share in training, the largest first. In the end, people of training get
    their shares as new ones do.

    Args:
        num_ancestral: Number K of ancestral populations, 2 or more, at most the number of people.
        n_init: How many starts, the best of which counts.
        max_iter: Most long steps, each of three short ones; ConvergenceWarning when they do not suffice.
        tol: Stop when a long step raises the log-likelihood by less than this share of its size.
        ploidy: Copies a person has of each variant: 2, or 1 for inbred lines and haploid genomes.
        random_state: Seed of the starts, an integer.

    Attributes:
        frequencies_: Frequency of the counted allele in each population, float64 ``(K, M)``, kept 1e-5 away
            from 0 and 1.
        proportions_: Shares of training people, float64 ``(N, K)``.
        log_likelihood_: Of all training calls, without binomial coefficients.
        n_iter_: Long steps of the best start.

    References: D. H. Alexander, J. Novembre, K. Lange, Genome Research 19, 1655 (2009); the steps: H. Tang et
    al., Genetic Epidemiology 28, 289 (2005); the acceleration: R. Varadhan, C. Roland, Scandinavian Journal
    of Statistics 35, 335 (2008); shares of new people: Y. Kim et al., Journal of Computational and Graphical
    Statistics 29, 261 (2020).

    Example:
        >>> import numpy as np
        >>> from qsetu.experiments.baselines import AdmixtureProportions
        >>> X = np.repeat([[0, 0, 0, 2, 2, 2], [2, 2, 2, 0, 0, 0]], 5, axis=0)
        >>> AdmixtureProportions(2).fit(X).transform([[1, 1, 1, 1, 1, 1]]).round(2)
        array([[0.5, 0.5]])
    """

    frequencies_: Array

    def __init__(
        self,
        num_ancestral: int = 2,
        *,
        n_init: int = 1,
        max_iter: int = 1000,
        tol: float = 1e-8,
        ploidy: int = 2,
        random_state: int | None = 0,
    ) -> None:
        self.num_ancestral = num_ancestral
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.ploidy = ploidy
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> AdmixtureProportions:
        """Find shares and frequencies from genotypes ``(N, M)``, -1 or NaN where missing; ``y`` is ignored.

        Raises:
            ArgumentError: A setting or a genotype is out of range, or a variant was never called.
            ValueError: The table has a wrong shape or type, with scikit-learn's wording.
        """
        number, starts = as_int("num_ancestral", self.num_ancestral, 2), as_int("n_init", self.n_init, 1)
        most, tol = as_int("max_iter", self.max_iter, 1), as_float("tol", self.tol, low=0.0)
        values = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", ensure_min_samples=2)
        if number > len(values):
            raise ArgumentError(
                "num_ancestral", f"must be at most {len(values)}, the number of people", number
            )
        self._encoder = GenotypeEncoder(ploidy=self.ploidy).fit(values)
        # Half of the precision is enough on the way to the frequencies, and twice as fast.
        calls = self._calls(values, np.float32)
        found = [fit_both(calls, self._start(values, one), tol, most) for one in range(starts)]
        best = max(found, key=lambda one: one.log_likelihood)
        self.n_iter_ = best.steps
        if not best.converged:
            said = f"The likelihood still rose after {most} steps. Increase max_iter, or tol."
            warnings.warn(said, ConvergenceWarning, stacklevel=2)
        calls, frequencies = self._calls(values, np.float64), best.frequencies.astype(np.float64)
        shares = project(calls, frequencies)
        order = np.argsort(-shares.sum(axis=0), kind="stable")
        self.frequencies_, self.proportions_ = frequencies[order], shares[:, order]
        chance = self.proportions_ @ self.frequencies_
        self.log_likelihood_ = log_likelihood(calls.counted, calls.others, chance)
        self._n_features_out = number
        return self

    def transform(self, X: Any) -> Array:
        """Shares of ancestral populations, float64 ``(N, K)``, rows of sum 1; no row depends on another.

        Raises:
            NotFittedError: Before ``fit``.
            ArgumentError: A genotype is out of range.
        """
        check_is_fitted(self)
        values = validate_data(self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan")
        return project(self._calls(values, np.float64), self.frequencies_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True  # but for -1, the code of a missing call
        tags.input_tags.allow_nan = True
        return tags

    def _calls(self, values: Array, dtype: type) -> Calls:
        called = ~(np.isnan(values) | (values == MISSING))
        filled = self._encoder.transform(values)
        return Calls(
            np.where(called, filled, 0).astype(dtype),
            np.where(called, self.ploidy - filled, 0).astype(dtype),
        )

    def _start(self, values: Array, start: int) -> Array:
        """Shares to begin with, ``(N, K)``: mostly a cluster's own, or random."""
        number = int(self.num_ancestral)
        chance = generator(self.random_state, "qsetu.admixture.start", start)
        if start:
            return chance.dirichlet(np.ones(number), len(values))
        seed = int(chance.integers(2**31))
        scaled = GenotypeEncoder(ploidy=self.ploidy, scale="standard").fit_transform(values)
        components = min(number - 1, *scaled.shape)
        with np.errstate(invalid="ignore"):  # shares of variance, where nothing varies
            points = PCA(components, svd_solver="randomized", random_state=seed).fit_transform(scaled)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different people than clusters
            labels = KMeans(number, n_init=10, random_state=seed).fit_predict(points)
        return 0.8 * np.eye(number)[labels] + 0.2 * chance.dirichlet(np.ones(number), len(values))
