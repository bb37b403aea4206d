"""k-mer counts of many sequences, beside scikit-learn's CountVectorizer.

What bounds it: the dense table of 100,000 sequences and all 6-mers is 1.6 GB, each byte of which is written
once, into memory that is new in each call. Sparse, 20 MB of letters become 150 MB of counts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from qsetu.bench import Candidate, Case, Options
from qsetu.genomics.encoders import KmerSpectrum

__all__ = ["LENGTH", "K", "build"]

LENGTH, K = 200, 6


def build(sequences: int, options: Options) -> Case:
    """Counts of random sequences; all have to be equal."""
    letters = np.random.default_rng(0).integers(0, 4, (sequences, LENGTH))
    texts = [row.tobytes().decode() for row in np.frombuffer(b"ACGT", np.uint8)[letters]]
    dense = KmerSpectrum(K, normalize=None).fit(texts[:1])
    sparse = KmerSpectrum(K, normalize=None, sparse=True).fit(texts[:1])
    names = dense.get_feature_names_out().tolist()
    other = CountVectorizer(analyzer="char", ngram_range=(K, K), lowercase=False, vocabulary=names)

    def some(table: Any) -> np.ndarray:
        """Enough of a table to see that two are equal, without keeping all of it."""
        first = table[:100] if isinstance(table, np.ndarray) else table[:100].toarray()
        return np.append(np.ravel(first), table.sum(dtype=np.float64))

    def made(who: str, setting: str, encoder: Any, role: Any) -> Candidate:
        return Candidate(who, setting, "", lambda: some(encoder.transform(texts)), role=role)

    theirs = [lambda: [made("scikit-learn", "sparse", other, "peer")]] if options.wants("sklearn") else []
    return Case(
        made("qsetu", "sparse", sparse, "ours"),
        [lambda: [made("qsetu", "dense", dense, "ours")], *theirs],
        allowed={"": 0.0},
        facts={"sequences": sequences},
    )
