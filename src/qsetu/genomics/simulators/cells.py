"""Single-cell counts: negative binomial, with types that differ in marker genes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_float, as_float_array, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import generator
from qsetu.genomics.datasets import ExpressionDataset
from qsetu.genomics.simulators.base import Posterior, Simulated, monte_carlo_ceiling
from qsetu.genomics.simulators.checks import as_prior, as_simulation_seed, class_indices, sample_names

__all__ = ["CellPosterior", "cells"]

_REACH = 7.0  # standard deviations of the log library size that are integrated over, on either side


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class CellPosterior(Posterior):
    """Exact posterior of :func:`cells` from counts alone: the library size is integrated out.

    The integral over the normal log library size is taken by the trapezoid rule, which converges
    exponentially here; ``step`` is set by how sharply the counts tell the size.

    Attributes:
        profiles: Expected share of each gene in each type, float64 ``(C, G)``.
        dispersion: phi of the variance ``mu + phi mu^2``, float64 ``(G,)``.
        depth: Median library size.
        library_sd: Standard deviation of the log library size.
        dropout: Chance that a count is set to 0.
        step: Distance of the nodes, in log library size; 0 with a single one.
    """

    profiles: NDArray[np.float64]
    dispersion: NDArray[np.float64]
    depth: float
    library_sd: float
    dropout: float
    step: float

    def read(self, X: Any) -> NDArray[np.float64]:
        """Counts, float64 ``(N, G)``."""
        counts = as_float_array("X", X, "(N, G)")
        genes = self.profiles.shape[1]
        if counts.ndim != 2 or counts.shape[1] != genes:
            raise ArgumentError("X", f"must have shape (N, {genes})", Said(f"shape {counts.shape}"))
        if counts.size and (counts.min() < 0 or (counts != np.round(counts)).any()):
            raise ArgumentError("X", "must be counts: whole numbers from 0", X, "Not normalized ones.")
        return counts

    def log_likelihoods(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """``log P(counts | type)``, float64 ``(N, C)``, up to what no type and no size changes."""
        slopes, offsets, constants = self._tables
        scores = values @ slopes + (values > 0) @ offsets + constants
        scores = scores.reshape(len(values), len(self.profiles), -1)
        largest = scores.max(axis=2)
        return np.asarray(largest + np.log(np.exp(scores - largest[:, :, None]).sum(axis=2)))

    @cached_property
    def _tables(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """What a count, a count above 0, and nothing at all add; a column for each type and node.

        A count x > 0 has ``log(1 - d) + x log(mu / (mu + r)) + r log(r / (mu + r))`` up to terms in x and r
        alone, with r = 1 / phi and dropout d; a count of 0 has ``log(d + (1 - d) (r / (mu + r))^r)``.
        """
        nodes, weights = self._nodes
        mu = self.depth * self.profiles[:, None, :] * np.exp(nodes)[None, :, None]
        r = 1 / self.dispersion
        none = -r * np.log1p(mu / r)
        kept = np.log1p(-self.dropout)
        zero = np.logaddexp(kept + none, np.log(self.dropout)) if self.dropout else none
        slopes = -np.log1p(r / mu)
        offsets = kept + none - zero
        constants = zero.sum(axis=2) + np.log(weights)
        genes = mu.shape[2]
        return slopes.reshape(-1, genes).T, offsets.reshape(-1, genes).T, constants.reshape(-1)

    @property
    def _nodes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if not self.library_sd:
            return np.zeros(1), np.ones(1)
        number = int(np.ceil(_REACH * self.library_sd / self.step))
        nodes = np.asarray(np.arange(-number, number + 1) * self.step, np.float64)
        weights = np.exp(-0.5 * (nodes / self.library_sd) ** 2)
        return nodes, weights / weights.sum()


def cells(
    n: int,
    genes: int = 100,
    types: int | Sequence[str] = 3,
    *,
    markers: int = 5,
    log2_fold_change: float = 1.0,
    depth: float = 1000.0,
    library_sd: float = 0.3,
    dispersion: float | Sequence[float] | NDArray[np.float64] = 0.5,
    dropout: float = 0.0,
    prior: Mapping[str, float] | None = None,
    bayes_samples: int = 20_000,
    seed: int | None = None,
    part: str = "",
) -> Simulated:
    """Counts of genes in cells of several types.

    Every gene has a share of expression, drawn log-normal; each type has markers of its own, whose share is
    raised by the fold change (then shares sum to one again). A cell of library size s has counts with mean
    ``mu = s * share``, gamma-Poisson (negative binomial) with variance ``mu + dispersion * mu^2``,
    independent between genes. The classifier sees counts and not s, so its ceiling is that of counts alone.

    Args:
        n: Number of cells.
        genes: Number of genes.
        types: Names of the types, or how many ("type-0", ...); at least 2.
        markers: Marker genes of each type; no gene marks two.
        log2_fold_change: Log2 of the factor on a marker's share; negative for less.
        depth: Median library size, in counts, before dropout.
        library_sd: Standard deviation of the log (base e) library size; 0 for the same in every cell.
        dispersion: Above 0; for all genes, or ``(genes,)``.
        dropout: Chance that a count is set to 0 whatever it is, from 0 and below 1.
        prior: P(type) by name; equal if not given.
        bayes_samples: Cells for the ceiling.
        seed: Seed; the same seed gives the same first cells for any ``n``.
        part: Another part is another sample from the same distribution (same genes, same markers), such as
            "train" and "test".

    Returns:
        Data (counts as float64), ceiling and classifier; ``truth`` has ``profiles`` ``(C, G)``, ``markers``
        of each type, and ``library_size`` of each cell.

    Raises:
        ArgumentError: An argument breaks a rule; says which.

    Example:
        >>> from qsetu.genomics.simulators import cells
        >>> made = cells(4, genes=30, types=["B", "T"], seed=1)
        >>> made.dataset.X.shape, made.posterior(made.dataset.X).shape
        ((4, 30), (4, 2))

    References: L. Zappia, B. Phipson, A. Oshlack, Genome Biology 18, 174 (2017), for cells simulated by
    gamma-Poisson counts.
    """
    n, number = as_int("n", n, 1), as_int("genes", genes, 1)
    seed = as_simulation_seed(seed)
    classes = _types(types)
    each = as_int("markers", markers, 0, number // len(classes), "No gene marks two types.")
    change = as_float("log2_fold_change", log2_fold_change, low=-30, high=30)
    size = as_float("depth", depth, low=0, open_low=True)
    spread = as_float("library_sd", library_sd, low=0)
    phi = _dispersion(dispersion, number)
    lost = as_float("dropout", dropout, low=0, high=1)
    if lost == 1:
        raise ArgumentError("dropout", "must be below 1", dropout)
    shares = as_prior(prior, classes)
    samples = as_int("bayes_samples", bayes_samples, 1)

    base = np.exp(generator(seed, "cells", "shares").normal(size=number))
    marked = generator(seed, "cells", "markers").permutation(number)[: each * len(classes)]
    profiles = np.tile(base, (len(classes), 1))
    own = np.sort(marked.reshape(len(classes), each), axis=1)
    profiles[np.arange(len(classes))[:, None], own] *= 2.0**change
    profiles /= profiles.sum(axis=1, keepdims=True)
    profiles.setflags(write=False)
    posterior = CellPosterior(
        classes=classes,
        prior=shares,
        profiles=profiles,
        dispersion=phi,
        depth=size,
        library_sd=spread,
        dropout=lost,
        step=_step(spread, phi, size * profiles, lost),
    )
    names = ("cells", part)
    labels = class_indices(generator(seed, *names, "labels"), n, shares)
    streams = [generator(seed, *names, what) for what in ("library", "rates", "counts", "dropout")]
    counts, library = _draw(posterior, labels, streams)
    dataset = ExpressionDataset(
        sample_names=sample_names(n, part),
        values=counts,
        gene_names=np.array([f"gene-{i}" for i in range(number)]),
        labels=classes[labels],
        part=part,
        notes=(
            "Counts are negative binomial given type and library size, independent between genes.",
            f"Library sizes are log-normal, median {size:g}, standard deviation of the log {spread:g}.",
            f"Each type has {each} markers of its own, log2 fold change {change:g}; "
            f"dropout {100 * lost:.3g} %.",
            "The ceiling is that of a classifier that sees counts only, not the true library size.",
        ),
    )
    truth = {
        "profiles": profiles,
        "markers": {str(name): tuple(row.tolist()) for name, row in zip(classes, own, strict=True)},
        "dispersion": phi,
        "library_size": library,
        "prior": dict(zip(classes.tolist(), shares.tolist(), strict=True)),
        "seed": seed,
    }

    def draw(index: int, many: int, random: np.random.Generator) -> NDArray[np.float64]:
        return _draw(posterior, np.full(many, index), [random] * 4)[0]

    ceiling = monte_carlo_ceiling(posterior, draw, samples, seed, "cells")
    title = f"Single-cell counts of {len(classes)} types, {number} genes"
    return Simulated(
        title=title, dataset=dataset, classes=classes, posterior=posterior, truth=truth, **ceiling.fields()
    )


def _draw(
    model: CellPosterior, labels: NDArray[np.int64], randoms: list[np.random.Generator]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Counts ``(N, G)`` and library sizes ``(N,)``."""
    sizes, rates, counts, dropout = randoms
    library = model.depth * np.exp(model.library_sd * sizes.standard_normal(len(labels)))
    mu = library[:, None] * model.profiles[labels]
    rate = rates.gamma(np.broadcast_to(1 / model.dispersion, mu.shape)) * mu * model.dispersion
    found = counts.poisson(rate).astype(np.float64)
    if model.dropout:
        found[dropout.random(found.shape) < model.dropout] = 0.0
    return found, library


def _types(types: int | Sequence[str]) -> NDArray[np.str_]:
    if isinstance(types, str):
        raise ArgumentError("types", "must be several names, or how many types", types)
    if isinstance(types, Sequence):
        names = sorted(str(name) for name in types)
        if len(names) < 2 or len(set(names)) < len(names):
            raise ArgumentError("types", "must be at least two different names", types)
        return np.array(names)
    number = as_int("types", types, 2)
    width = len(str(number - 1))
    return np.array([f"type-{i:0{width}}" for i in range(number)])


def _dispersion(value: Any, genes: int) -> NDArray[np.float64]:
    phi = as_float_array("dispersion", value, f"({genes},) or a number")
    if np.ndim(value) == 0:
        phi = np.full(genes, float(phi[0]))
    if phi.shape != (genes,):
        rule = f"must be a number, or {genes} of them, one a gene"
        raise ArgumentError("dispersion", rule, Said(f"shape {phi.shape}"))
    if phi.min() <= 0:
        raise ArgumentError("dispersion", "must be above 0", value, "Nearly Poisson: 1e-6.")
    return phi


def _step(spread: float, phi: NDArray[np.float64], mu: NDArray[np.float64], dropout: float) -> float:
    """Half the width to which counts can tell the log library size, from its Fisher information."""
    if not spread:
        return 0.0
    # At the largest library integrated over, mu / (1 + phi mu) a gene; a lost count tells nothing.
    most = mu * np.exp(min(_REACH * spread, 50.0))
    information = (most / (1 + phi * most)).sum(axis=1).max() * (1 - dropout)
    return float(0.5 / np.sqrt(information + 1 / spread**2))
