"""People to test on who are, or are related to, people trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qsetu.genomics.datasets import GenotypeDataset
from qsetu.genomics.splits.people import FIRST_DEGREE, SECOND_DEGREE, identity_by_state, king_kinship
from qsetu.genomics.splits.seen import Options, Seen

__all__ = ["SAME_PERSON", "Relations", "independent_variants", "relations", "seen_people"]

SAME_PERSON = 0.95
"""Share of alleles in common above which two samples are one person (strangers have 0.6 to 0.8)."""

_MOST_VARIANTS = 20_000
_FEWEST_INDEPENDENT = 30


@dataclass(frozen=True, eq=False)
class Relations:
    """How alike people to test on (rows) are to people trained on (columns).

    Attributes:
        alike: Share of alleles in common.
        kinship: By KING; None where it is not asked or cannot be.
        remark: What a reader must know of how it was computed; where ``alike`` is None, why.
    """

    alike: NDArray[np.float32] | None
    kinship: NDArray[np.float32] | None
    remark: str = ""

    def take(self, tested: NDArray[np.int64], learned: NDArray[np.int64]) -> Relations:
        """Some of the people."""
        chosen = np.ix_(tested, learned)
        alike = None if self.alike is None else self.alike[chosen]
        return Relations(alike, None if self.kinship is None else self.kinship[chosen], self.remark)


def relations(train: GenotypeDataset, test: GenotypeDataset | None, options: Options) -> Relations:
    """Relations of all people of one set with all of another, or of the same where ``test`` is None.

    Both hold the same variants, which count the same alleles.
    """
    step = max(1, -(-train.num_features // _MOST_VARIANTS))
    a = train.dosages[:, ::step]
    b = a if test is None else test.dosages[:, ::step]
    independent = independent_variants(a if test is None else np.concatenate([a, b]))
    if independent < _FEWEST_INDEPENDENT:
        remark = (
            f"The variants are worth about {independent:.0f} independent ones, too few to tell whether two "
            "samples are one person or relatives."
        )
        return Relations(None, None, remark)
    remark = f"Every {step}th variant was looked at." if step > 1 else ""
    kinship = king_kinship(b, a) if options.relatives and train.ploidy == 2 else None
    return Relations(identity_by_state(b, a, ploidy=train.ploidy), kinship, remark)


def seen_people(train: GenotypeDataset, test: GenotypeDataset, found: Relations) -> Iterator[Seen]:
    """The same person, and relatives, among the samples to train and to test on."""
    if found.alike is None:
        yield Seen("not looked at", np.ones(len(test), bool), remark=found.remark)
        return
    same = np.nan_to_num(found.alike) > SAME_PERSON
    yield Seen("same individuals", np.asarray(same.any(1)), None, _pairs(train, test, same), {}, found.remark)
    if found.kinship is None:
        return
    kinship = np.where(same, -np.inf, found.kinship)
    near, first = kinship >= SECOND_DEGREE, kinship >= FIRST_DEGREE
    number = int(first.any(1).sum())
    details = {"have one of the first degree (0.177 or more)": number} if number else {}
    shown = _pairs(train, test, first if number else near)
    yield Seen("relatives", np.asarray(near.any(1)), number, shown, details, found.remark)


def independent_variants(dosages: NDArray[np.int8]) -> float:
    """How many independent variants would vary as much: M^2 / sum r^2 over pairs, corrected for few people.

    Linked variants, such as those of one gene, agree between strangers, so many of them tell little.
    """
    called = dosages >= 0
    values = np.where(called, dosages, 0).astype(np.float32)
    mean = values.sum(0) / np.maximum(1, called.sum(0))
    values = np.where(called, values - mean, 0)
    spread = np.sqrt((values**2).mean(0))
    values = values[:, spread > 0] / spread[spread > 0]
    people, variants = values.shape
    if variants == 0 or people < 3:
        return 0.0
    squares = float(((values @ values.T) ** 2).sum(dtype=np.float64)) / people**2
    linked = squares - variants * (variants - 1) / (people - 1)
    return float(variants**2 / max(float(variants), linked))


def _pairs(train: GenotypeDataset, test: GenotypeDataset, found: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(f"{test.sample_names[i]} and {train.sample_names[j]}" for i, j in np.argwhere(found)[:3])
