"""Sequences with a planted motif."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.checks import as_choice, as_float, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import generator
from qsetu.genomics.alphabet import IUPAC_BASES, clean_sequences
from qsetu.genomics.datasets import MotifCollection, SequenceDataset
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
from qsetu.genomics.simulators.letters import MAY_BE, MOST_ENUMERATED, all_sequences, read_codes, texts

__all__ = ["MotifPosterior", "motif_probabilities", "planted_motif"]

_CLASSES = np.array(["background", "motif"])


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class MotifPosterior(Posterior):
    """Exact posterior of :func:`planted_motif`: the likelihood ratio is a mean over places and strands.

    An ambiguous letter is read as "one of these", and its probability is the sum of theirs.

    Attributes:
        length: Letters a sequence.
        log_ratios: Log of motif over background for each strand, motif position and letter in the order of
            ``IUPAC_BASES``, float64 ``(S, L, 15)``.
        starts: Where the motif may start, int64 ``(P,)``.
    """

    length: int
    log_ratios: NDArray[np.float64]
    starts: NDArray[np.int64]

    def read(self, X: Any) -> NDArray[np.uint8]:
        """Sequences as positions in ``IUPAC_BASES``, uint8 ``(N, length)``."""
        return read_codes(X, self.length)

    def log_likelihoods(self, values: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Log of the likelihood over that of background, float64 ``(N, 2)``; background itself is 0."""
        scores = np.zeros((len(self.log_ratios), len(values), len(self.starts)))
        for score, table in zip(scores, self.log_ratios, strict=True):
            for offset, ratios in enumerate(table):
                score += ratios[values[:, self.starts + offset]]
        largest = np.maximum(scores.max(axis=(0, 2)), -1e300)
        sums = np.exp(scores - largest[None, :, None]).sum(axis=(0, 2))
        with np.errstate(divide="ignore"):
            ratio = largest + np.log(sums / (scores.shape[0] * scores.shape[2]))
        return np.stack([np.zeros(len(values)), ratio], axis=1)


def motif_probabilities(
    counts: ArrayLike, *, pseudocount: float = 1.0, background: ArrayLike = (0.25, 0.25, 0.25, 0.25)
) -> NDArray[np.float64]:
    """Counts of bases at the positions of a motif as probabilities, ``(n + p * q) / (N + p)``.

    Args:
        counts: Rows A, C, G, T, ``(4, L)``, such as an entry of a
            :class:`~qsetu.genomics.MotifCollection`.
        pseudocount: p, how many sites the background q adds; 0 for the plain shares.
        background: q, ``(4,)``.

    Returns:
        float64 ``(4, L)``; each column sums to one.

    Raises:
        ArgumentError: Another shape, negative counts, or a position without any count.

    Example:
        >>> from qsetu.genomics.simulators import motif_probabilities
        >>> motif_probabilities([[3, 0], [0, 0], [0, 1], [0, 2]], pseudocount=1)[:, 0]
        array([0.8125, 0.0625, 0.0625, 0.0625])
    """
    shares = as_probabilities("background", background, (4,), positive=True)
    weight = as_float("pseudocount", pseudocount, low=0)
    table = np.asarray(counts, np.float64)
    if table.ndim != 2 or len(table) != 4 or not table.shape[1]:
        raise ArgumentError("counts", "must have shape (4, L): rows A, C, G, T", Said(f"shape {table.shape}"))
    if not np.isfinite(table).all() or table.min() < 0 or not (table.sum(axis=0) + weight).all():
        rule = "must not be negative, with at least one count at each position"
        raise ArgumentError("counts", rule, table, "A pseudocount above 0 fills empty positions.")
    added = table + weight * shares[:, None]
    return np.asarray(added / added.sum(axis=0))


def planted_motif(
    n: int,
    length: int = 60,
    motif: ArrayLike | str | MotifCollection = "TATAAT",
    *,
    position: Literal["uniform"] | int = "uniform",
    background: ArrayLike = (0.25, 0.25, 0.25, 0.25),
    strand: Literal["forward", "both"] = "forward",
    mutation: float = 0.0,
    prior: Mapping[str, float] | None = None,
    bayes_samples: int = 50_000,
    seed: int | None = None,
    part: str = "",
) -> Simulated:
    """DNA with a motif somewhere ("motif") and without ("background").

    Background letters are independent. A sequence of class "motif" has exactly one site drawn from the
    motif's probabilities, laid over background. A site may also occur in background by chance, and this is
    what limits the best classifier.

    Args:
        n: Number of sequences.
        length: Letters a sequence.
        motif: Probabilities of A, C, G, T at each position, ``(4, L)``; or a consensus text, in which an
            ambiguous letter stands for its bases in equal shares; or a MotifCollection of one motif, of which
            :func:`motif_probabilities` are taken.
        position: "uniform", or where the site starts in every sequence, from 0.
        background: Frequencies of A, C, G, T, all above 0.
        strand: "both" plants the reverse complement in half of the sequences.
        mutation: How far the motif is mixed with background: the chance, for each letter of a site, that it
            is drawn from background instead.
        prior: P(class), for "background" and "motif"; equal if not given.
        bayes_samples: For the ceiling of sequences longer than 8 letters; shorter ones are all enumerated.
        seed: Seed; the same seed gives the same first sequences for any ``n``.
        part: Another part is another sample from the same distribution, such as "train" and "test".

    Returns:
        Data, ceiling and classifier. ``dataset.metadata`` has the columns ``start`` (from 0; -1 in
        background) and ``strand``.

    Raises:
        ArgumentError: An argument breaks a rule; says which.

    Example:
        >>> from qsetu.genomics.simulators import planted_motif
        >>> made = planted_motif(4, 6, "TATA", seed=1)
        >>> made.method, round(made.bayes_accuracy, 4)
        ('exact', 0.9943)
        >>> made.posterior(["GTATAC", "GGGGGG"]).round(3)
        array([[0.012, 0.988],
               [1.   , 0.   ]])

    References: P. A. Pevzner, S.-H. Sze, Proc. ISMB 8, 269 (2000), for planting motifs as a test.
    """
    import pandas as pd

    n, length = as_int("n", n, 1), as_int("length", length, 1)
    seed = as_simulation_seed(seed)
    frequencies = as_probabilities("background", background, (4,), positive=True)
    as_choice("strand", strand, ("forward", "both"))
    shares = as_prior(prior, _CLASSES)
    mixed = as_float("mutation", mutation, low=0, high=1)
    matrix = (1 - mixed) * _matrix(motif, frequencies) + mixed * frequencies[:, None]
    starts = _starts(position, length, matrix.shape[1])
    samples = as_int("bayes_samples", bayes_samples, 1)

    strands = np.stack([matrix.T, matrix[::-1, ::-1].T][: 1 + (strand == "both")])
    with np.errstate(divide="ignore"):
        ratios = np.log((strands @ MAY_BE.T) / (frequencies @ MAY_BE.T))
    posterior = MotifPosterior(
        classes=_CLASSES, prior=shares, length=length, log_ratios=ratios, starts=starts
    )
    maker = _Maker(length, strands, starts, frequencies)
    names = ("planted_motif", part)
    labels = class_indices(generator(seed, *names, "labels"), n, shares)
    codes, places, sides = maker.draw(labels, [generator(seed, *names, what) for what in maker.streams])

    notes = (
        f"Background letters are independent, with frequencies {_listed(frequencies)} of A, C, G, T.",
        f"Class 'motif' has exactly one site, at {_place_words(starts)}, on {_strand_words(strand)}.",
        "A site is drawn letter by letter, independently, from the motif's probabilities.",
    )
    dataset = SequenceDataset(
        sample_names=sample_names(n, part),
        sequences=np.array(texts(codes), dtype=object),
        labels=_CLASSES[labels],
        metadata=pd.DataFrame({"start": places, "strand": np.array(["+", "-", "."])[sides]}),
        part=part,
        notes=notes,
    )
    truth = {
        "motif": matrix,
        "background": frequencies,
        "starts": starts,
        "planted_at": places,
        "strand": strand,
        "prior": dict(zip(_CLASSES.tolist(), shares.tolist(), strict=True)),
        "seed": seed,
    }
    ceiling = _ceiling(posterior, maker, samples, seed)
    title = f"Planted motif of {matrix.shape[1]} letters in {length}"
    return Simulated(
        title=title, dataset=dataset, classes=_CLASSES, posterior=posterior, truth=truth, **ceiling.fields()
    )


@dataclass(frozen=True, eq=False)
class _Maker:
    length: int
    strands: NDArray[np.float64]
    starts: NDArray[np.int64]
    background: NDArray[np.float64]
    streams = ("letters", "places", "strands", "sites")

    def draw(
        self, labels: NDArray[np.int64], randoms: list[np.random.Generator]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Letters ``(N, length)``, starts (-1 without a site) and strands (2 without a site)."""
        letters, places, sides, sites = randoms
        n, width = len(labels), self.strands.shape[1]
        codes = pick(letters.random((n, self.length)), self.background)
        start = self.starts[(places.random(n) * len(self.starts)).astype(np.int64)]
        side = (sides.random(n) * len(self.strands)).astype(np.int64)
        site = pick(sites.random((n, width)), self.strands[side])
        planted = np.flatnonzero(labels == 1)
        codes[planted[:, None], start[planted, None] + np.arange(width)] = site[planted]
        return codes, np.where(labels == 1, start, -1), np.where(labels == 1, side, 2)


def _ceiling(posterior: MotifPosterior, maker: _Maker, samples: int, seed: int) -> Ceiling:
    if posterior.length <= MOST_ENUMERATED:
        every = all_sequences(posterior.length)
        base = maker.background[every].prod(axis=1)
        return exact_ceiling(base[:, None] * np.exp(posterior.log_likelihoods(every)), posterior.prior)
    return _sampled(posterior, maker, samples, seed)


def _sampled(posterior: MotifPosterior, maker: _Maker, samples: int, seed: int) -> Ceiling:
    def draw(index: int, n: int, random: np.random.Generator) -> NDArray[np.int64]:
        return maker.draw(np.full(n, index), [random] * 4)[0]

    return monte_carlo_ceiling(posterior, draw, samples, seed, "planted_motif")


def _matrix(motif: Any, background: NDArray[np.float64]) -> NDArray[np.float64]:
    """The motif as probabilities ``(4, L)``."""
    if isinstance(motif, str):
        rows = [MAY_BE[list(IUPAC_BASES).index(one)] for one in clean_sequences([motif], argument="motif")[0]]
        table = np.stack(rows, axis=1)
        return np.asarray(table / table.sum(axis=0))
    if isinstance(motif, MotifCollection):
        if len(motif) != 1:
            hint = "Choose one by motifs.take([0]), or pass motif_probabilities(motifs[accession])."
            raise ArgumentError("motif", "must be a collection of one motif", Said(f"{len(motif)}"), hint)
        return motif_probabilities(motif.counts[0], background=background)
    return as_probabilities("motif", motif, (4, None))


def _starts(position: Any, length: int, width: int) -> NDArray[np.int64]:
    if width > length:
        hint = "Shorten the motif, or make the sequences longer."
        rule = f"must be at least as long as the motif of {width} letters"
        raise ArgumentError("length", rule, length, hint)
    if isinstance(position, str):
        as_choice("position", position, ("uniform",))
        return np.arange(length - width + 1)
    hint = 'Or "uniform", for any place.'
    return np.array([as_int("position", position, 0, length - width, hint)])


def _listed(values: NDArray[np.float64]) -> str:
    return ", ".join(f"{value:.3g}" for value in values)


def _place_words(starts: NDArray[np.int64]) -> str:
    return f"position {starts[0]}" if len(starts) == 1 else f"any of {len(starts)} positions alike"


def _strand_words(strand: str) -> str:
    return "the forward strand" if strand == "forward" else "either strand alike"
