"""People to test on who are, or are related to, people trained on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from qsetu.genomics.datasets import GenotypeDataset
from qsetu.genomics.splits.people import FIRST_DEGREE, SECOND_DEGREE, identity_by_state, king_kinship
from qsetu.genomics.splits.seen import Options, Seen

__all__ = ["SAME_PERSON", "independent_variants", "seen_people"]

SAME_PERSON = 0.95
"""Share of alleles in common above which two samples are one person (strangers have 0.6 to 0.8)."""

_MOST_VARIANTS = 20_000
_FEWEST_INDEPENDENT = 30


def seen_people(train: GenotypeDataset, test: GenotypeDataset, options: Options) -> Iterator[Seen]:
    """The same person, and relatives; both hold the same variants, which count the same alleles."""
    number = train.num_features
    step = max(1, -(-number // _MOST_VARIANTS))
    a, b = train.dosages[:, ::step], test.dosages[:, ::step]
    independent = independent_variants(np.concatenate([a, b]))
    if independent < _FEWEST_INDEPENDENT:
        remark = (
            f"The variants are worth about {independent:.0f} independent ones, too few to tell whether two samples "
            "are one person or relatives."
        )
        yield Seen("not looked at", np.ones(len(test), bool), remark=remark)
        return
    alike = identity_by_state(b, a, ploidy=train.ploidy)
    remark = f"Every {step}th variant was looked at." if step > 1 else ""
    same = np.nan_to_num(alike) > SAME_PERSON
    yield Seen("same people", same.any(1), None, _pairs(train, test, same), {}, remark)
    if not options.relatives or train.ploidy != 2:
        return
    kinship = np.where(same, -np.inf, king_kinship(b, a))
    near, first = kinship >= SECOND_DEGREE, kinship >= FIRST_DEGREE
    number = int(first.any(1).sum())
    details = {"have one of the first degree (0.177 or more)": number} if number else {}
    yield Seen(
        "relatives", near.any(1), number, _pairs(train, test, first if number else near), details, remark
    )


def independent_variants(dosages: NDArray[np.int8]) -> float:
    """How many independent variants carry as much variety: M^2 / sum r^2 over pairs, corrected for few people.

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
    return variants**2 / max(float(variants), squares - variants * (variants - 1) / (people - 1))


def _pairs(train: GenotypeDataset, test: GenotypeDataset, found: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(f"{test.sample_names[i]} and {train.sample_names[j]}" for i, j in np.argwhere(found)[:3])
