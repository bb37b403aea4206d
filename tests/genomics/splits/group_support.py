"""Slow and obvious groups, and data to make them of."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from qsetu.genomics import (
    reverse_complement,
)


def partition(groups) -> set[frozenset[int]]:
    found: dict[str, set[int]] = {}
    for row, name in enumerate(groups):
        found.setdefault(str(name), set()).add(row)
    return {frozenset(rows) for rows in found.values()}


def closure(number: int, linked) -> set[frozenset[int]]:
    """Components by brute force."""
    parts = [{i} for i in range(number)]
    for i, j in itertools.combinations(range(number), 2):
        if linked(i, j):
            a, b = (next(part for part in parts if one in part) for one in (i, j))
            if a is not b:
                parts.remove(b)
                a |= b
    return {frozenset(part) for part in parts}


def some_sequences(rng, number=60, length=40, letters="ACGT") -> list[str]:
    """Random ones, and copies of them: cut, flipped, with a letter changed, with an N."""
    made = ["".join(rng.choice(list(letters), length)) for _ in range(number // 2)]
    while len(made) < number:
        text = made[rng.integers(number // 2)]
        kind = rng.integers(5)
        if kind == 0:
            made.append(text)
        elif kind == 1 and set(letters) <= set("ACGT"):
            made.append(reverse_complement(text))
        elif kind == 2:
            cut = int(rng.integers(5, 25))
            made.append(text[cut:] + "".join(rng.choice(list(letters), cut)))
        else:
            place = int(rng.integers(length))
            made.append(
                text[:place] + rng.choice([*letters, "N" if "T" in letters else "X"]) + text[place + 1 :]
            )
    return made


def words(text: str, k: int, both: bool) -> set[str]:
    found = {text[i : i + k] for i in range(len(text) - k + 1)}
    found = {one for one in found if set(one) <= set("ACGT")}
    return {min(one, reverse_complement(one)) for one in found} if both else found


def intervals(rng, number=200, spread=900, longest=60) -> pd.DataFrame:
    start = rng.integers(0, spread, number)
    return pd.DataFrame(
        {
            "chromosome": rng.choice(["chr1", "chr2"], number),
            "start": start,
            "end": start + rng.integers(0, longest, number),
            "strand": rng.choice(["+", "-"], number),
        }
    )


def dosages(rng, people=12, variants=2000, missing=0.02) -> np.ndarray:
    values = rng.binomial(2, rng.uniform(0.1, 0.9, variants), (people, variants)).astype(np.int8)
    values[rng.random(values.shape) < missing] = -1
    return values


def family(rng, variants=8000) -> np.ndarray:
    """Father, mother, two children, a stranger, and the father once more."""
    frequency = rng.uniform(0.1, 0.9, variants)
    father, mother, stranger = (rng.random((2, variants)) < frequency for _ in range(3))

    def child():
        rows = np.arange(variants)
        return np.stack([parent[rng.integers(0, 2, variants), rows] for parent in (father, mother)])

    people = [father, mother, child(), child(), stranger, father]
    return np.array([one.sum(0) for one in people], np.int8)
