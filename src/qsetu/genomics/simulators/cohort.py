"""Genotypes of people whose ancestors are simulated: linked variants, several populations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.checks import as_choice, as_float, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import derive_seed, generator
from qsetu.genomics.datasets import GenotypeDataset
from qsetu.genomics.extras import needed
from qsetu.genomics.simulators.base import Ceiling, Simulated, exact_ceiling
from qsetu.genomics.simulators.checks import as_prior, as_simulation_seed, sample_names
from qsetu.genomics.simulators.epistasis import CASE_CONTROL, GenotypePosterior, seen_likelihoods
from qsetu.genomics.simulators.penetrance import MOST_CAUSAL, resolve_penetrance

__all__ = ["cohort"]


def cohort(
    n: int,
    *,
    populations: Sequence[str] = ("north", "south"),
    prior: Mapping[str, float] | None = None,
    model: Literal["split", "island"] = "split",
    split_time: float = 2000.0,
    migration_rate: float = 1e-4,
    population_size: float = 10_000.0,
    sequence_length: float = 1e6,
    recombination_rate: float = 1e-8,
    mutation_rate: float = 1e-8,
    num_snps: int = 100,
    min_maf: float = 0.05,
    penetrance: ArrayLike | str | None = None,
    num_causal: int | None = None,
    causal: ArrayLike | None = None,
    seed: int | None = None,
) -> Simulated:
    """People of several populations at one stretch of a chromosome, by the coalescent (needs msprime).

    Without ``penetrance`` the labels are the populations. No formula gives the best accuracy for these, so
    the ceiling is NaN and there is no posterior.

    With ``penetrance`` the labels are "case" and "control", drawn for each person by the genotype at the
    causal SNPs. The ceiling is conditional on these people's genotypes: it is the exact accuracy of the best
    rule for a person taken from them at random, whose phenotype is drawn anew. Linked SNPs tell of disease
    only through the causal ones, and so do not raise it.

    Args:
        n: Number of people, diploid.
        populations: Names; one for no structure.
        prior: Share of people from each population; numbers of people are fixed, as near as can be. Equal if
            not given.
        model: "split": all populations come from one, ``split_time`` ago. "island": they have always
            exchanged migrants, at ``migration_rate`` for each pair.
        split_time: Generations.
        migration_rate: Share of a population that comes from one other, a generation.
        population_size: Diploid size of each population, and of the ancestral one.
        sequence_length: Letters of the stretch.
        recombination_rate: Per letter and generation.
        mutation_rate: Per letter and generation.
        num_snps: SNPs to keep, drawn from those with two alleles and the frequency asked for.
        min_maf: Smallest minor allele frequency among these people, from 0 to 0.5.
        penetrance: P(case | genotype), ``(3,) * k``, by copies of the minor allele; or the name of a model of
            :func:`~qsetu.genomics.simulators.penetrance_table`.
        num_causal: k for a named model; 2 if not given.
        causal: Columns of the causal SNPs, ``(k,)``; drawn if not given.
        seed: Seed.

    Returns:
        Data with phased genotypes and, in ``metadata``, the population of each person; ceiling and, with
        ``penetrance``, classifier. The minor allele is counted.

    Raises:
        ArgumentError: An argument breaks a rule, or there are fewer SNPs than asked for.
        DataError: msprime is not installed.

    References: F. Baumdicker et al., Genetics 220, iyab229 (2022), for msprime.
    """
    import pandas as pd

    n = as_int("n", n, 1)
    seed = as_simulation_seed(seed)
    people = _people(n, populations, prior)
    size = as_int("num_snps", num_snps, 1)
    least = as_float("min_maf", min_maf, low=0, high=0.5)
    trees = _trees(
        people,
        as_choice("model", model, ("split", "island")),
        as_float("population_size", population_size, low=0, open_low=True),
        as_float("split_time", split_time, low=0, open_low=True),
        as_float("migration_rate", migration_rate, low=0, high=1),
        as_int("sequence_length", int(as_float("sequence_length", sequence_length, low=1, high=1e9)), 1),
        as_float("recombination_rate", recombination_rate, low=0, high=1),
        as_float("mutation_rate", mutation_rate, low=0, high=1),
        seed,
    )
    phased, variants = _sites(trees, n, least, size, seed)
    dosages = phased.sum(axis=2, dtype=np.int8)
    home = np.repeat(list(people), list(people.values()))
    shared: dict[str, Any] = {
        "sample_names": sample_names(n, ""),
        "dosages": dosages,
        "phased": phased,
        "variants": variants,
        "metadata": pd.DataFrame({"population": home}),
    }
    notes = (
        f"Ancestry by the coalescent with recombination ({model} model, {len(people)} population(s) of "
        f"{population_size:g}); mutations by Jukes and Cantor; sites with two alleles only.",
        f"{size} SNPs, drawn from those with a minor allele frequency here of {least:g} or more.",
    )
    truth: dict[str, Any] = {"populations": people, "model": model, "seed": seed}
    title = f"Cohort of {len(people)} population(s), {size} linked SNPs"
    if penetrance is None:
        if causal is not None or num_causal is not None:
            given = causal if causal is not None else num_causal
            raise ArgumentError("causal", "must not be given without penetrance", given)
        unknown = Ceiling(np.nan, np.nan, np.nan, np.nan, "not known: no formula for populations")
        dataset = GenotypeDataset(**shared, labels=home, notes=notes)
        return Simulated(
            title=title,
            dataset=dataset,
            classes=np.unique(home),
            posterior=None,
            truth=truth,
            **unknown.fields(),
        )
    columns, table = _causal(penetrance, num_causal, causal, dosages, seed)
    genotypes = dosages[:, columns].astype(np.int64)
    risk = table[tuple(genotypes.T)]
    overall = float(risk.mean())
    if not 0 < overall < 1:
        raise ArgumentError("penetrance", "must leave both cases and controls", Said(f"P(case) {overall:g}"))
    labels = np.where(generator(seed, "cohort", "phenotypes").random(n) < risk, 0, 1)
    seen = np.zeros(table.shape)
    np.add.at(seen, tuple(genotypes.T), 1 / n)
    given_class = np.stack([seen * table / overall, seen * (1 - table) / (1 - overall)])
    prior_class = np.array([overall, 1 - overall])
    # So that a genotype that nobody here has gets its penetrance, too; weights cancel where all is called.
    weights = seen + 1e-12
    likelihoods = np.stack([weights * table / overall, weights * (1 - table) / (1 - overall)])
    posterior = GenotypePosterior(
        classes=CASE_CONTROL,
        prior=prior_class,
        causal=columns,
        num_snps=size,
        likelihoods=seen_likelihoods(likelihoods),
    )
    ceiling = exact_ceiling(given_class.reshape(2, -1).T, prior_class)
    method = "exact, given the genotypes of these people"
    dataset = GenotypeDataset(
        **shared,
        labels=CASE_CONTROL[labels],
        notes=(
            *notes,
            f"Disease depends on {table.ndim} causal SNP(s) through a penetrance table, and on nothing else.",
            "The ceiling is conditional on the genotypes of these people.",
        ),
    )
    truth |= {
        "causal": columns,
        "penetrance": table,
        "risk": risk,
        "prior": {"case": overall, "control": 1 - overall},
    }
    return Simulated(
        title=title,
        dataset=dataset,
        classes=CASE_CONTROL,
        posterior=posterior,
        truth=truth,
        **(ceiling.fields() | {"method": method}),
    )


def _people(n: int, populations: Sequence[str], prior: Mapping[str, float] | None) -> dict[str, int]:
    """Number of people of each population, by name: shares of n, remainders to the largest."""
    names = [populations] if isinstance(populations, str) else [str(name) for name in populations]
    if not names or len(set(names)) < len(names) or not all(name.isidentifier() for name in names):
        rule = "must be different names of letters, digits and _, not starting with a digit"
        raise ArgumentError("populations", rule, populations)
    classes = np.array(sorted(names))
    exact = as_prior(prior, classes) * n
    counts = np.floor(exact + 1e-9).astype(np.int64)
    counts[np.argsort(counts - exact, kind="stable")[: n - counts.sum()]] += 1
    if not counts.all():
        raise ArgumentError("n", "must leave at least one person in each population", n)
    return dict(zip(classes.tolist(), counts.tolist(), strict=True))


def _trees(
    people: Mapping[str, int],
    model: str,
    size: float,
    split_time: float,
    migration: float,
    length: int,
    recombination: float,
    mutation: float,
    seed: int,
) -> Any:
    msprime = needed("msprime", "popgen", "Simulating a cohort")
    names = list(people)
    if model == "island" and len(names) > 1:
        if not migration:
            raise ArgumentError("migration_rate", "must be above 0 in the island model", migration)
        demography = msprime.Demography.island_model([size] * len(names), migration)
        for population, name in zip(demography.populations, names, strict=True):
            population.name = name
    else:
        demography = msprime.Demography()
        for name in names:
            demography.add_population(name=name, initial_size=size)
        if len(names) > 1:
            ancestral = next(name for name in ("ancestral", "ancestral_") if name not in names)
            demography.add_population(name=ancestral, initial_size=size)
            demography.add_population_split(time=split_time, derived=names, ancestral=ancestral)
    ancestry = msprime.sim_ancestry(
        samples=dict(people),
        demography=demography,
        sequence_length=length,
        recombination_rate=recombination,
        random_seed=_msprime_seed(seed, "ancestry"),
    )
    return msprime.sim_mutations(
        ancestry, rate=mutation, model=msprime.JC69(), random_seed=_msprime_seed(seed, "mutations")
    )


def _msprime_seed(seed: int, what: str) -> int:
    return derive_seed(seed, "cohort", what) % (2**32 - 2) + 1


def _sites(trees: Any, n: int, least: float, size: int, seed: int) -> tuple[NDArray[np.int8], Any]:
    """Alleles ``(n, size, 2)``, 1 for the minor one, and the table of variants."""
    import pandas as pd

    kept, rows = [], []
    for variant in trees.variants():
        if variant.num_alleles != 2:
            continue
        alleles = variant.genotypes
        share = alleles.mean()
        minor = 1 if share <= 0.5 else 0
        if 0 < share < 1 and min(share, 1 - share) >= least:
            kept.append((alleles == minor).astype(np.int8))
            letters = variant.alleles
            rows.append((int(variant.site.position) + 1, letters[minor], letters[1 - minor]))
    if len(kept) < size:
        hint = "Make sequence_length longer, raise mutation_rate, or lower min_maf."
        rule = "must be at most the number of variable sites"
        raise ArgumentError("num_snps", rule, Said(f"{size}, of {len(kept)} sites"), hint)
    chosen = np.sort(generator(seed, "cohort", "sites").permutation(len(kept))[:size])
    phased = np.stack([kept[i] for i in chosen]).reshape(size, n, 2).transpose(1, 0, 2)
    positions, counted, other = zip(*(rows[i] for i in chosen), strict=True)
    variants = pd.DataFrame(
        {
            "id": [f"site-{position}" for position in positions],
            "chromosome": "1",
            "position": positions,
            "counted": counted,
            "other": other,
        }
    )
    return np.ascontiguousarray(phased), variants


def _causal(
    penetrance: ArrayLike | str,
    num_causal: int | None,
    causal: ArrayLike | None,
    dosages: NDArray[np.int8],
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Columns of the causal SNPs and the table over them."""
    size = dosages.shape[1]
    if causal is not None:
        columns = np.asarray(causal)
        fits = columns.ndim == 1 and columns.size and columns.dtype.kind in "iu"
        if not fits or len(np.unique(columns)) != len(columns) or columns.min() < 0 or columns.max() >= size:
            raise ArgumentError("causal", f"must be different columns below {size}", causal)
        number = len(columns)
    else:
        most = min(size, MOST_CAUSAL)
        wanted = 2 if isinstance(penetrance, str) else max(1, np.ndim(penetrance))
        number = as_int("num_causal", wanted if num_causal is None else num_causal, 1, most)
        columns = np.sort(generator(seed, "cohort", "causal").permutation(size)[:number])
    maf = np.clip(dosages[:, columns].mean(axis=0) / 2, 1e-9, 0.5)
    table, _ = resolve_penetrance(penetrance, maf, number)
    if table.ndim != len(columns):
        raise ArgumentError("causal", f"must be {table.ndim} columns, one a SNP of the table", causal)
    return columns.astype(np.int64), table
