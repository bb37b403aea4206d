"""Genotypes with disease by a penetrance table: unlinked variants in Hardy-Weinberg equilibrium."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.checks import as_choice, as_float, as_float_array, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import generator
from qsetu.genomics.datasets import GenotypeDataset
from qsetu.genomics.datasets.genotypes import MISSING
from qsetu.genomics.simulators.base import Posterior, Simulated, exact_ceiling
from qsetu.genomics.simulators.checks import as_simulation_seed, pick, sample_names
from qsetu.genomics.simulators.penetrance import (
    as_maf,
    genotype_frequencies,
    heritability,
    joint_frequencies,
    marginal_penetrance,
    resolve_penetrance,
    scale_penetrance,
)
from qsetu.genomics.simulators.penetrance import prevalence as prevalence_of

__all__ = ["GenotypePosterior", "epistasis"]

CASE_CONTROL = np.array(["case", "control"])


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class GenotypePosterior(Posterior):
    """Exact posterior by the table of causal genotypes; other SNPs tell nothing.

    Attributes:
        causal: Columns of the causal SNPs, int64 ``(k,)``.
        num_snps: Columns in all.
        likelihoods: P(what is seen at the causal SNPs | class), ``(C, *(4,) * k)``; index 3 of an axis is a
            genotype that was not called, whose probability is the sum over what it may be.
    """

    causal: NDArray[np.int64]
    num_snps: int
    likelihoods: NDArray[np.float64]

    def read(self, X: Any) -> NDArray[np.int64]:
        """Dosages of the causal SNPs, int64 ``(N, k)``, 3 where nothing was called."""
        dosages = np.asarray(X)
        if dosages.ndim != 2 or dosages.shape[1] != self.num_snps:
            raise ArgumentError("X", f"must have shape (N, {self.num_snps})", Said(f"shape {dosages.shape}"))
        codes = dosages[:, self.causal].astype(np.float64)
        if not np.isin(codes, (MISSING, 0, 1, 2)).all():
            raise ArgumentError("X", f"must be 0, 1, 2 or {MISSING} (not called) at the causal SNPs", X)
        return np.where(codes == MISSING, 3, codes).astype(np.int64)

    def log_likelihoods(self, values: NDArray[np.int64]) -> NDArray[np.float64]:
        """``log P(causal genotypes | class)``, float64 ``(N, C)``."""
        with np.errstate(divide="ignore"):
            tables = np.log(self.likelihoods)
        return np.asarray(tables[(slice(None), *values.T)].T)


def epistasis(
    n: int,
    penetrance: ArrayLike | str = "xor",
    *,
    maf: ArrayLike = 0.5,
    num_snps: int = 20,
    num_causal: int | None = None,
    other_maf: tuple[float, float] = (0.05, 0.5),
    causal: ArrayLike | None = None,
    prevalence: float | None = None,
    heritability: float | None = None,
    pure: bool = False,
    design: Literal["population", "case-control"] = "population",
    cases: int | None = None,
    missing: float = 0.0,
    seed: int | None = None,
    part: str = "",
) -> Simulated:
    """Cases and controls whose disease depends on the genotype at k SNPs together.

    Args:
        n: Number of people.
        penetrance: P(case | genotype), ``(3,) * k``; or a model that
            :func:`~qsetu.genomics.simulators.penetrance_table` knows, from 0.1 to 0.9.
        maf: Minor allele frequencies of the causal SNPs, in (0, 0.5]: a number or ``(k,)``.
        num_snps: SNPs in all; the others tell nothing.
        num_causal: k for a named model; as many as ``maf`` has, else 2, if not given.
        other_maf: The others' frequencies are uniform between these two.
        causal: Columns of the causal SNPs, ``(k,)``; drawn if not given.
        prevalence: Scale the table to this P(case) in the population.
        heritability: Scale the table to this broad-sense heritability.
        pure: Refuse a table with which a causal SNP alone has an effect.
        design: "population": who is a case is drawn by penetrance. "case-control": fixed numbers of cases
            and controls, each drawn from the genotypes of the cases or controls of the population.
        cases: Number of cases of a case-control design; half of n if not given.
        missing: Chance of each genotype not to be called, whatever it is; the ceiling is that of the data
            with these gaps.
        seed: Seed; in a population the same seed gives the same first people for any ``n``.
        part: Another part is another sample from the same distribution (same SNPs, same frequencies), such as
            "train" and "test".

    Returns:
        Data (labels "case" and "control"), exact ceiling and classifier. ``truth`` has, among others,
        ``causal``, ``penetrance`` (as scaled), ``prevalence``, ``heritability`` and
        ``marginal_penetrance``.

    Raises:
        ArgumentError: An argument breaks a rule; says which.

    Example:
        >>> from qsetu.genomics.simulators import epistasis
        >>> made = epistasis(500, "xor", maf=0.5, heritability=0.25, seed=1)
        >>> made.bayes_accuracy, made.truth["heritability"]
        (0.75, 0.25)
        >>> made.truth["marginal_penetrance"].round(6)
        array([[0.5, 0.5, 0.5],
               [0.5, 0.5, 0.5]])
    """
    n = as_int("n", n, 1)
    seed = as_simulation_seed(seed)
    table, frequencies = resolve_penetrance(penetrance, maf, num_causal)
    table = scale_penetrance(table, frequencies, prevalence=prevalence, heritability=heritability)
    alone = marginal_penetrance(table, frequencies)
    if pure and np.ptp(alone) > 1e-9:
        rule = "must leave each causal SNP without an effect of its own when pure=True"
        said = Said(f"marginal penetrance from {alone.min():.4g} to {alone.max():.4g}")
        raise ArgumentError("penetrance", rule, said, 'The model "pure" does, at any maf; "xor" at 0.5.')
    k, size = table.ndim, as_int("num_snps", num_snps, table.ndim)
    columns = _columns(causal, k, size, seed)
    every = _all_frequencies(other_maf, size, columns, frequencies, seed)
    gaps = as_float("missing", missing, low=0, high=1)
    as_choice("design", design, ("population", "case-control"))
    joint = joint_frequencies(frequencies)
    overall = prevalence_of(table, frequencies)
    if not 0 < overall < 1:
        rule = "must leave both cases and controls"
        raise ArgumentError("penetrance", rule, Said(f"a prevalence of {overall:g}"))
    given = np.stack([joint * table / overall, joint * (1 - table) / (1 - overall)])

    names = ("epistasis", part)
    dosages = pick(generator(seed, *names, "genotypes").random((n, size)), genotype_frequencies(every))
    if design == "population":
        if cases is not None:
            raise ArgumentError("cases", "must not be given in a population design", cases)
        share = overall
        sick = generator(seed, *names, "phenotypes").random(n) < table[tuple(dosages[:, columns].T)]
        labels = np.where(sick, 0, 1)
    else:
        number = as_int("cases", n // 2 if cases is None else cases, 1, n - 1)
        share = number / n
        labels = generator(seed, *names, "order").permutation(np.repeat([0, 1], [number, n - number]))
        uniform = generator(seed, *names, "causal").random(n)
        drawn = pick(uniform, given.reshape(2, -1)[labels])
        dosages[:, columns] = np.stack(np.unravel_index(drawn, joint.shape), axis=1)
    lost = generator(seed, *names, "missing").random((n, size)) < gaps
    dosages[lost] = MISSING

    prior = np.array([share, 1 - share])
    posterior = GenotypePosterior(
        classes=CASE_CONTROL,
        prior=prior,
        causal=columns,
        num_snps=size,
        likelihoods=seen_likelihoods(given),
    )
    ceiling = exact_ceiling(
        (posterior.likelihoods * _pattern_shares(k, gaps)).reshape(2, -1).T, posterior.prior
    )
    dataset = GenotypeDataset(
        sample_names=sample_names(n, part),
        dosages=dosages.astype(np.int8),
        variants=_variants(size),
        labels=CASE_CONTROL[labels],
        part=part,
        notes=(
            "SNPs are unlinked and in Hardy-Weinberg equilibrium in the population.",
            f"Disease depends on {k} causal SNP(s) through a penetrance table, and on nothing else.",
            f"Design: {design}, P(case) {share:.4g}; prevalence in the population {overall:.4g}.",
            f"{100 * gaps:.3g} % of genotypes are missing, completely at random.",
        ),
    )
    truth = {
        "causal": columns,
        "penetrance": table,
        "maf": every,
        "prevalence": overall,
        "heritability": _heritability(table, frequencies),
        "marginal_penetrance": alone,
        "prior": {"case": share, "control": 1 - share},
        "seed": seed,
    }
    title = f"Epistasis of {k} among {size} SNPs"
    return Simulated(
        title=title,
        dataset=dataset,
        classes=CASE_CONTROL,
        posterior=posterior,
        truth=truth,
        **ceiling.fields(),
    )


def seen_likelihoods(given: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(genotypes | class), ``(C, *(3,) * k)``, with a fourth entry on each axis: the sum over the three."""
    for axis in range(1, given.ndim):
        given = np.concatenate([given, given.sum(axis=axis, keepdims=True)], axis=axis)
    return given


def _pattern_shares(k: int, missing: float) -> NDArray[np.float64]:
    """P(exactly these of the causal genotypes are called), float64 ``(4,) * k``."""
    shares = np.ones(())
    for _ in range(k):
        shares = np.multiply.outer(shares, np.array([1 - missing] * 3 + [missing]))
    return shares


# The argument of the same name hides the function.
_heritability = heritability


def _columns(causal: ArrayLike | None, k: int, size: int, seed: int) -> NDArray[np.int64]:
    if causal is None:
        return np.sort(generator(seed, "epistasis", "causal").permutation(size)[:k])
    columns = np.asarray(causal)
    rule = f"must be {k} different columns below {size}"
    if columns.shape != (k,) or columns.dtype.kind not in "iu" or len(np.unique(columns)) != k:
        raise ArgumentError("causal", rule, causal)
    if columns.min() < 0 or columns.max() >= size:
        raise ArgumentError("causal", rule, causal)
    return np.asarray(columns, np.int64)


def _all_frequencies(
    between: tuple[float, float],
    size: int,
    columns: NDArray[np.int64],
    causal: NDArray[np.float64],
    seed: int,
) -> NDArray[np.float64]:
    low, high = as_maf("other_maf", as_float_array("other_maf", between, "(2,)"), 2)
    if low > high:
        raise ArgumentError("other_maf", "must be two frequencies, the smaller first", between)
    every = low + (high - low) * generator(seed, "epistasis", "frequencies").random(size)
    every[columns] = causal
    return np.asarray(every)


def _variants(size: int) -> Any:
    import pandas as pd

    return pd.DataFrame(
        {
            "id": [f"snp-{i}" for i in range(size)],
            "chromosome": "0",
            "position": 0,
            "counted": "G",
            "other": "A",
        }
    )
