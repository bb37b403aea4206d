"""Splice junctions from weight matrices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import generator
from qsetu.genomics.datasets import SequenceDataset
from qsetu.genomics.simulators.base import (
    Ceiling,
    Posterior,
    Simulated,
    exact_ceiling,
    monte_carlo_ceiling,
)
from qsetu.genomics.simulators.checks import (
    as_prior,
    as_probabilities,
    as_simulation_seed,
    class_indices,
    pick,
    sample_names,
)
from qsetu.genomics.simulators.letters import MOST_ENUMERATED, all_sequences, read_codes, texts
from qsetu.genomics.simulators.site_model import SiteModel

__all__ = ["SplicePosterior", "default_acceptor", "default_donor", "splice_sites"]

_NAMES = ("EI", "IE", "N")
_PRIOR = {"EI": 0.25, "IE": 0.25, "N": 0.5}


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class SplicePosterior(Posterior):
    """Exact posterior of :func:`splice_sites`: each class is a mixture of chains.

    Attributes:
        mixtures: For each class its parts, each a weight and a chain over the whole window.
    """

    mixtures: tuple[tuple[tuple[float, SiteModel], ...], ...]

    def read(self, X: Any) -> NDArray[np.uint8]:
        """Sequences as positions in ``IUPAC_BASES``, uint8 ``(N, window)``."""
        return read_codes(X, len(self.mixtures[0][0][1]))

    def log_likelihoods(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """``log P(sequence | class)``, float64 ``(N, C)``."""
        columns = []
        for mixture in self.mixtures:
            parts = [np.log(weight) + chain.log_probabilities(values) for weight, chain in mixture]
            columns.append(np.logaddexp.reduce(np.stack(parts), axis=0))
        return np.stack(columns, axis=1)


def default_donor(share: float = 0.7) -> SiteModel:
    """Exon to intron: consensus MAG|GTRAGT (9 letters, 3 before the junction), GT certain.

    The consensus is that of S. M. Mount, Nucleic Acids Research 10, 459 (1982), and M. B. Shapiro, P.
    Senapathy, Nucleic Acids Research 15, 7155 (1987). The probabilities are not measured: that every other
    position has a consensus letter with probability ``share`` is this simulator's assumption.
    """
    return SiteModel.consensus("MAGGTRAGT", junction=3, certain="...!!....", share=share)


def default_acceptor(share: float = 0.7) -> SiteModel:
    """Intron to exon: consensus YYYYYYYYYYNCAG|G (15 letters, 14 before the junction), AG certain.

    Sources and assumption as for :func:`default_donor`.
    """
    return SiteModel.consensus("YYYYYYYYYYNCAGG", junction=14, certain="............!!.", share=share)


def splice_sites(
    n: int,
    *,
    donor: SiteModel | None = None,
    acceptor: SiteModel | None = None,
    neither: SiteModel | None = None,
    window: int = 60,
    junction: int | None = None,
    background: ArrayLike = (0.25, 0.25, 0.25, 0.25),
    prior: Mapping[str, float] | None = None,
    decoys: float = 0.0,
    bayes_samples: int = 50_000,
    seed: int | None = None,
    part: str = "",
) -> Simulated:
    """Windows around splice junctions, exon to intron ("EI") and intron to exon ("IE"), and others ("N").

    Args:
        n: Number of sequences.
        donor: Site of class EI; :func:`default_donor` if not given. A model of your own may come from
            :func:`estimate_weights`.
        acceptor: Site of class IE; :func:`default_acceptor` if not given.
        neither: Model of class N over the whole window; independent background letters if not given.
        window: Letters a sequence.
        junction: Letters before the junction; half of them if not given.
        background: Frequencies of A, C, G, T around the sites, all above 0.
        prior: P(class) for two or all of "EI", "IE" and "N"; a quarter, a quarter and a half if not given,
            which is about what the UCI set has.
        decoys: Share of class N that has GT right after the junction, or AG right before it, as true sites
            have: half each, or all the one that occurs where only one of EI and IE does.
        bayes_samples: For the ceiling of windows longer than 8 letters; shorter ones are all enumerated.
        seed: Seed; the same seed gives the same first sequences for any ``n``.
        part: Another part is another sample from the same distribution, such as "train" and "test".

    Returns:
        Data, ceiling and classifier; ``dataset.metadata`` says in the column ``decoy`` which are decoys.

    Raises:
        ArgumentError: An argument breaks a rule; says which.

    Example:
        >>> from qsetu.genomics.simulators import splice_sites
        >>> made = splice_sites(3, seed=1, decoys=0.5)
        >>> made.dataset.num_features, made.classes.tolist()
        (60, ['EI', 'IE', 'N'])

    Reference: C. Burge, S. Karlin, Journal of Molecular Biology 268, 78 (1997), for sites as chains.
    """
    import pandas as pd

    n, window = as_int("n", n, 1), as_int("window", window, 2)
    cut = window // 2 if junction is None else as_int("junction", junction, 0, window)
    seed = as_simulation_seed(seed)
    frequencies = as_probabilities("background", background, (4,), positive=True)
    given = _PRIOR if prior is None else prior
    if not isinstance(given, Mapping) or len(given) < 2 or not set(given) <= set(_NAMES):
        raise ArgumentError("prior", "must give P(class) for two or all of EI, IE and N", prior)
    classes = np.array(sorted(given))
    shares = as_prior(given, classes)
    false = as_float("decoys", decoys, low=0, high=1)
    if false and "N" not in given:
        raise ArgumentError("decoys", "must be 0 without a class N", decoys, "Give N a prior, too.")
    samples = as_int("bayes_samples", bayes_samples, 1)

    chains = {
        "EI": _site("donor", donor, default_donor, window, cut, frequencies) if "EI" in given else None,
        "IE": _site("acceptor", acceptor, default_acceptor, window, cut, frequencies)
        if "IE" in given
        else None,
    }
    other = _neither(neither, window, frequencies)
    mixtures = []
    for name in classes:
        chain = chains.get(str(name))
        mixtures.append(((1.0, chain),) if chain else _with_decoys(other, false, cut, chains))
    posterior = SplicePosterior(classes=classes, prior=shares, mixtures=tuple(mixtures))

    names = ("splice_sites", part)
    labels = class_indices(generator(seed, *names, "labels"), n, shares)
    codes, parts = _draw(
        posterior,
        labels,
        generator(seed, *names, "parts"),
        lambda *which: generator(seed, *names, "letters", *which),
    )
    assumed = (donor is None and "EI" in given) or (acceptor is None and "IE" in given)
    built_in = ("Built-in sites: probabilities are assumed around a published consensus, not measured.",)
    notes = (
        f"Letters outside the sites are independent, with frequencies "
        f"{', '.join(f'{one:.3g}' for one in frequencies)} of A, C, G, T.",
        "Within a site each letter depends on the letter before it only.",
        f"The junction has {cut} letters before it; {100 * false:.3g} % of class N are decoys.",
        *(built_in if assumed else ()),
    )
    dataset = SequenceDataset(
        sample_names=sample_names(n, part),
        sequences=np.array(texts(codes), dtype=object),
        labels=classes[labels],
        metadata=pd.DataFrame({"decoy": (classes[labels] == "N") & (parts >= (false < 1))}),
        part=part,
        notes=notes,
    )
    truth = {
        "models": {str(name): chains.get(str(name)) or other for name in classes},
        "junction": cut,
        "background": frequencies,
        "decoys": false,
        "prior": dict(zip(classes.tolist(), shares.tolist(), strict=True)),
        "seed": seed,
    }
    ceiling = _ceiling(posterior, window, samples, seed)
    title = f"Splice sites ({', '.join(classes)}) in windows of {window} letters"
    return Simulated(
        title=title, dataset=dataset, classes=classes, posterior=posterior, truth=truth, **ceiling.fields()
    )


def _site(
    argument: str,
    site: SiteModel | None,
    default: Any,
    window: int,
    cut: int,
    background: NDArray[np.float64],
) -> SiteModel:
    model = default() if site is None else site
    if not isinstance(model, SiteModel):
        hint = "SiteModel.independent makes one from a (4, L) weight matrix, estimate_weights from sequences."
        raise ArgumentError(argument, "must be a SiteModel", model, hint)
    return model.within(window, cut, background)


def _neither(model: SiteModel | None, window: int, background: NDArray[np.float64]) -> SiteModel:
    if model is None:
        return SiteModel.independent(np.tile(background[:, None], window))
    if not isinstance(model, SiteModel) or len(model) != window:
        given = Said(f"{len(model)} letters") if isinstance(model, SiteModel) else model
        raise ArgumentError("neither", f"must be a SiteModel of {window} letters, the whole window", given)
    return model


def _with_decoys(
    plain: SiteModel, share: float, cut: int, sites: Mapping[str, SiteModel | None]
) -> tuple[tuple[float, SiteModel], ...]:
    """Class N: plain, and chains with GT or AG where the sites that there are have it."""
    if not share:
        return ((1.0, plain),)
    if (sites["EI"] and cut + 2 > len(plain)) or (sites["IE"] and cut < 2):
        raise ArgumentError("junction", "must leave two letters for the decoys", cut, "Or use decoys=0.")
    false = [plain.forced(cut, "GT")] if sites["EI"] else []
    false += [plain.forced(cut - 2, "AG")] if sites["IE"] else []
    parts = [(1 - share, plain)] if share < 1 else []
    return (*parts, *((share / len(false), chain) for chain in false))


def _draw(
    posterior: SplicePosterior, labels: NDArray[np.int64], choose: np.random.Generator, letters: Any
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Letters ``(N, window)``, and which part of its class's mixture each is drawn from."""
    uniform = choose.random(len(labels))
    parts = np.zeros(len(labels), np.int64)
    codes = np.empty((len(labels), len(posterior.mixtures[0][0][1])), np.int64)
    for index, mixture in enumerate(posterior.mixtures):
        mine = labels == index
        parts[mine] = pick(uniform[mine], np.array([weight for weight, _ in mixture]))
        for which, (_, chain) in enumerate(mixture):
            rows = np.flatnonzero(mine & (parts == which))
            codes[rows] = chain.draw(len(rows), letters(index, which))
    return codes, parts


def _ceiling(posterior: SplicePosterior, window: int, samples: int, seed: int) -> Ceiling:
    if window <= MOST_ENUMERATED:
        likelihoods = np.exp(posterior.log_likelihoods(all_sequences(window)))
        return exact_ceiling(likelihoods, posterior.prior)
    return _sampled(posterior, samples, seed)


def _sampled(posterior: SplicePosterior, samples: int, seed: int) -> Ceiling:
    def draw(index: int, n: int, random: np.random.Generator) -> NDArray[np.int64]:
        return _draw(posterior, np.full(n, index), random, lambda *_: random)[0]

    return monte_carlo_ceiling(posterior, draw, samples, seed, "splice_sites")
