"""Likelihoods of letters at their places: position weight matrices, and weight arrays of neighbors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_float, as_int
from qsetu.experiments.baselines.classes import shares_of_scores
from qsetu.experiments.baselines.sequences import SequenceClassifier
from qsetu.genomics.alphabet import Alphabet
from qsetu.genomics.encoders.letters import letter_shares, read_letters

__all__ = ["PositionWeightClassifier"]


class PositionWeightClassifier(SequenceClassifier):
    """The class under which a sequence is likeliest, letter by letter; all classes are equally frequent.

    Order 0 is the position weight matrix: in a class of N training sequences, n of which have the letter a at
    position i, ``p_i(a) = (n + w / m) / (N + w)`` for an alphabet of m letters and the pseudocount w. Order 1
    is the weight array: ``p_i(b | a) = (n_ab + w p_i(b)) / (n_a + w)``, so that where a pair was seldom seen,
    it falls back to order 0.

    Ambiguous letters count in equal shares in ``fit``. A sequence with such letters has the probability of
    all that it may be, taken together. U, O and ``*`` of proteins count nothing, and may be anything.

    Args:
        pseudocount: Sequences that the more general rule adds to each class, above 0.
        order: 0 or 1: how many letters before it each letter depends on.
        alphabet: "DNA", "RNA" or "protein".

    Attributes:
        classes_: Labels, sorted, ``(K,)``.
        length_: Letters a sequence.
        probabilities_: p_i(a), float64 ``(K, length_, m)``.
        transitions_: p_i(b | a), float64 ``(K, length_ - 1, m, m)``, for the letters from the second on; None
            for order 0.

    References: R. Staden, Nucleic Acids Research 12, 505 (1984); M. Q. Zhang, T. G. Marr, Computer
    Applications in the Biosciences 9, 499 (1993).

    Example:
        >>> from qsetu.experiments.baselines import PositionWeightClassifier
        >>> X, y = ["AC", "AG", "TT", "TT"], ["x", "x", "y", "y"]
        >>> PositionWeightClassifier(pseudocount=4).fit(X, y).predict_proba(["AN"]).round(4)
        array([[0.75, 0.25]])
    """

    length_: int
    probabilities_: NDArray[np.float64]
    transitions_: NDArray[np.float64] | None

    def __init__(self, pseudocount: float = 1.0, *, order: int = 0, alphabet: Alphabet = "DNA") -> None:
        self.pseudocount = pseudocount
        self.order = order
        self.alphabet = alphabet

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probability of each class, float64 ``(N, K)``, each being equally frequent.

        Raises:
            NotFittedError: Before ``fit``.
            ArgumentError: A sequence breaks a rule; says which.
        """
        return shares_of_scores(self._scored(X))

    def _check_settings(self) -> None:
        as_float("pseudocount", self.pseudocount, low=0.0, open_low=True)
        as_int("order", self.order, 0, 1)

    def _learn(self, texts: list[str], codes: NDArray[np.int64], number: int) -> None:
        found = read_letters(texts, self.alphabet).matrix()
        self.length_ = found.shape[1]
        weight = float(self.pseudocount)
        shares = letter_shares(self.alphabet)
        groups = [shares[found[codes == one]] for one in range(number)]
        counts = np.stack([group.sum(axis=0) for group in groups])
        added = counts + weight / shares.shape[1]
        self.probabilities_ = added / added.sum(axis=2, keepdims=True)
        self.transitions_ = None
        if self.order == 1:
            pairs = np.stack([np.einsum("nia,nib->iab", group[:, :-1], group[:, 1:]) for group in groups])
            prior = weight * self.probabilities_[:, 1:, None, :]
            self.transitions_ = (pairs + prior) / (pairs.sum(axis=3, keepdims=True) + weight)

    def _scores(self, texts: list[str]) -> NDArray[np.float64]:
        """Log-likelihoods, by going forward: the chance of each letter that the last one may be."""
        may_be = letter_shares(self.alphabet) > 0
        may_be[~may_be.any(axis=1)] = True
        found = read_letters(texts, self.alphabet).matrix(self.length_)
        total = np.zeros((len(self.classes_), len(found)))
        here = self.probabilities_[:, 0, None, :] * may_be[found[:, 0]]
        for place in range(self.length_):
            if place:
                here = self._next(here, place) * may_be[found[:, place]]
            chance = here.sum(axis=2)
            total += np.log(chance)
            here = here / chance[..., None]
        return total.T

    def _next(self, here: NDArray[np.float64], place: int) -> NDArray[np.float64]:
        """Chances of each letter at ``place``, given those of the letter before, ``(K, N, m)``."""
        if self.transitions_ is None:
            return self.probabilities_[:, place, None, :]
        return here @ self.transitions_[:, place - 1]
