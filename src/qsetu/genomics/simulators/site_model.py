"""Weight matrices of sites: the probability of each letter, given the letter before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.genomics.alphabet import IUPAC_BASES, clean_sequences, pack
from qsetu.genomics.datasets import SequenceDataset
from qsetu.genomics.simulators.checks import as_probabilities, pick
from qsetu.genomics.simulators.letters import MAY_BE

__all__ = ["SiteModel", "estimate_weights"]


@final
@dataclass(frozen=True, eq=False)
class SiteModel:
    """An inhomogeneous first-order Markov chain over the L letters of a site (a weight array).

    A weight matrix, whose letters are independent, is the chain whose rows are the same.

    Attributes:
        first: P(letter) at the first position, order A, C, G, T, ``(4,)``.
        steps: P(letter | letter before) at each further position, ``(L - 1, 4, 4)``: rows are the letter
            before.
        junction: Letters of the site that lie before the junction, 0 to L.

    Raises:
        ArgumentError: Wrong shapes, numbers outside [0, 1], or rows that do not sum to one.

    Reference: M. Q. Zhang, T. G. Marr, Computer Applications in the Biosciences 9, 499 (1993).
    """

    first: NDArray[np.float64]
    steps: NDArray[np.float64]
    junction: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "first", as_probabilities("first", self.first, (4,)))
        steps = np.asarray(self.steps, np.float64)
        if steps.size or steps.shape != (0, 4, 4):
            steps = as_probabilities("steps", steps, (None, 4, 4), axis=2)
        object.__setattr__(self, "steps", steps)
        as_int("junction", self.junction, 0, len(self))
        self.first.setflags(write=False)
        self.steps.setflags(write=False)

    def __len__(self) -> int:
        return len(self.steps) + 1

    @classmethod
    def independent(cls, probabilities: ArrayLike, junction: int = 0) -> Self:
        """The model whose letters do not depend on each other.

        Args:
            probabilities: Rows A, C, G, T, ``(4, L)``; columns sum to one.
            junction: Letters before the junction.

        Raises:
            ArgumentError: Another shape, or no probabilities.
        """
        table = as_probabilities("probabilities", probabilities, (4, None)).T
        return cls(table[0].copy(), np.repeat(table[1:, None, :], 4, axis=1), junction)

    @classmethod
    def consensus(cls, text: str, *, junction: int = 0, certain: str = "", share: float = 0.7) -> Self:
        """Independent letters around a consensus.

        Args:
            text: Consensus; an ambiguous letter stands for its bases in equal shares.
            junction: Letters before the junction.
            certain: Which positions are certain, a text of ``text``'s length with "!" there; none if empty.
            share: Probability that a position that is not certain has a consensus letter, rather than one of
                the others in equal shares. N stays uniform.

        Raises:
            ArgumentError: A setting breaks a rule.
        """
        letters = clean_sequences([text], argument="text")[0]
        agreed = as_float("share", share, low=0, high=1)
        if certain and len(certain) != len(letters):
            raise ArgumentError("certain", f"must have {len(letters)} characters, one a letter", certain)
        columns = []
        for place, letter in enumerate(letters):
            member = MAY_BE[list(IUPAC_BASES).index(letter)]
            inside = member / member.sum()
            sure = member.all() or (certain and certain[place] == "!")
            columns.append(
                inside if sure else agreed * inside + (1 - agreed) * (1 - member) / (4 - member.sum())
            )
        return cls.independent(np.stack(columns, axis=1), junction)

    def frequencies(self) -> NDArray[np.float64]:
        """P(letter) at each position, whatever came before, float64 ``(4, L)``."""
        columns = [self.first]
        for step in self.steps:
            columns.append(columns[-1] @ step)
        return np.stack(columns, axis=1)

    def within(self, window: int, junction: int, background: NDArray[np.float64]) -> SiteModel:
        """This site with its junction at ``junction`` of a window, and independent background around it."""
        before, after = junction - self.junction, window - junction - (len(self) - self.junction)
        if before < 0 or after < 0:
            hint = "Make the window longer, or move the junction."
            rule = (
                f"must hold {self.junction} letters before the junction and {len(self) - self.junction} after"
            )
            raise ArgumentError("window", rule, Said(f"{junction} and {window - junction}"), hint)
        plain = np.tile(background, (4, 1))
        entry = [np.tile(self.first, (4, 1))] if before else []
        rows = [plain] * (before - 1) + entry + list(self.steps) + [plain] * after
        steps = np.array(rows, np.float64).reshape(window - 1, 4, 4)
        return SiteModel(background if before else self.first, steps, junction)

    def forced(self, place: int, letters: str) -> SiteModel:
        """The chain in which ``letters`` stand from ``place`` on; what follows depends on them as before."""
        first, steps = self.first.copy(), self.steps.copy()
        for offset, letter in enumerate(letters):
            only = MAY_BE[list(IUPAC_BASES).index(letter)]
            if place + offset:
                steps[place + offset - 1] = only
            else:
                first = only.copy()
        return SiteModel(first, steps, self.junction)

    def draw(self, n: int, random: np.random.Generator) -> NDArray[np.int64]:
        """n sites as numbers 0-3, int64 ``(n, L)``."""
        uniform = random.random((n, len(self)))
        codes = np.empty((n, len(self)), np.int64)
        codes[:, 0] = pick(uniform[:, 0], self.first)
        for place, step in enumerate(self.steps, 1):
            codes[:, place] = pick(uniform[:, place], step[codes[:, place - 1]])
        return codes

    def log_probabilities(self, codes: NDArray[Any]) -> NDArray[np.float64]:
        """``log P(site)``, float64 ``(N,)``; an ambiguous letter is "one of these".

        Args:
            codes: Positions in ``IUPAC_BASES``, ``(N, L)``.
        """
        unsure = (codes > 3).any(axis=1)
        plain = codes[~unsure]
        found = np.empty(len(codes))
        with np.errstate(divide="ignore"):
            first, steps = np.log(self.first), np.log(self.steps)
        total = first[plain[:, 0]]
        for place, step in enumerate(steps, 1):
            total = total + step[plain[:, place - 1], plain[:, place]]
        found[~unsure] = total
        found[unsure] = self._summed(codes[unsure])
        return found

    def _summed(self, codes: NDArray[Any]) -> NDArray[np.float64]:
        """The forward algorithm over the bases that letters may be."""
        ahead = self.first * MAY_BE[codes[:, 0]]
        total = np.zeros(len(codes))
        with np.errstate(divide="ignore", invalid="ignore"):
            for place in range(len(self)):
                if place:
                    ahead = (ahead @ self.steps[place - 1]) * MAY_BE[codes[:, place]]
                norm = ahead.sum(axis=1)
                total += np.log(norm)
                ahead = np.where(norm[:, None] > 0, ahead / norm[:, None], 0.0)
        return total


def estimate_weights(
    sequences: SequenceDataset | Any, *, order: int = 1, pseudocount: float = 1.0, junction: int | None = None
) -> SiteModel:
    """The weights of a set of aligned sites, from how often letters and pairs of letters occur.

    Args:
        sequences: N texts of one length, or a dataset, all of whose sequences count; choose a class before,
            by ``dataset.take(dataset.y == "EI")``.
        order: 1 for letters that depend on the letter before, 0 for independent ones.
        pseudocount: Added to the count of each letter, or pair of letters, at each position.
        junction: Letters before the junction; half of them if not given.

    Returns:
        The model. A pair with an ambiguous letter counts nothing.

    Raises:
        ArgumentError: Lengths differ, or a position (after some letter) was never seen without pseudocount.

    Example:
        >>> from qsetu.genomics.simulators import estimate_weights
        >>> estimate_weights(["AG", "AG", "CG", "AT"], pseudocount=0, order=0).frequencies()[:, 0]
        array([0.75, 0.25, 0.  , 0.  ])
    """
    texts = sequences.X if isinstance(sequences, SequenceDataset) else sequences
    codes = pack(clean_sequences(texts)).matrix().astype(np.int64)
    if not codes.size:
        raise ArgumentError("sequences", "must hold at least one sequence", Said("none"))
    weight = as_float("pseudocount", pseudocount, low=0)
    size = codes.shape[1]
    cut = size // 2 if junction is None else as_int("junction", junction, 0, size)
    sure = codes < 4
    letters = np.stack([np.bincount(one[ok], minlength=4) for one, ok in zip(codes.T, sure.T, strict=True)])
    if as_int("order", order, 0, 1) == 0:
        return SiteModel.independent(_shares(letters + weight, "position").T, cut)
    steps = np.zeros((size - 1, 4, 4))
    for place in range(1, size):
        both = sure[:, place - 1] & sure[:, place]
        pairs = codes[both, place - 1] * 4 + codes[both, place]
        steps[place - 1] = np.bincount(pairs, minlength=16).reshape(4, 4)
    return SiteModel(
        _shares(letters[:1] + weight, "position")[0], _shares(steps + weight, "letter at some position"), cut
    )


def _shares(counts: NDArray[np.floating[Any]], what: str) -> NDArray[np.float64]:
    totals = counts.sum(axis=-1, keepdims=True)
    if not totals.all():
        rule = "must be above 0 where not everything was seen"
        raise ArgumentError("pseudocount", rule, 0.0, f"What follows a {what} was never seen.")
    return np.asarray(counts / totals)
