"""k-mer counts of many sequences, beside scikit-learn's CountVectorizer: `python benchmarks/encoders.py`.

What bounds it: the dense table of 100,000 sequences and all 6-mers is 1.6 GB, each byte of which is written
once, into memory that is new in each call. Sparse, 20 MB of letters become 150 MB of counts.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from qsetu.bench import measure
from qsetu.genomics.encoders import KmerSpectrum
from timings_table import print_timings


def main() -> None:
    parser = argparse.ArgumentParser(description="Time k-mer counting.")
    parser.add_argument("--sequences", type=int, default=100_000)
    parser.add_argument("--length", type=int, default=200)
    parser.add_argument("--k", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    letters = np.random.default_rng(0).integers(0, 4, (options.sequences, options.length))
    texts = [row.tobytes().decode() for row in np.frombuffer(b"ACGT", np.uint8)[letters]]
    dense = KmerSpectrum(options.k, normalize=None).fit(texts[:1])
    sparse = KmerSpectrum(options.k, normalize=None, sparse=True).fit(texts[:1])
    names = dense.get_feature_names_out().tolist()
    size = (options.k, options.k)
    other = CountVectorizer(analyzer="char", ngram_range=size, lowercase=False, vocabulary=names)

    def some(table: Any) -> np.ndarray:
        """Enough of a table to see that two are equal, without keeping all of it."""
        first = table[:100] if isinstance(table, np.ndarray) else table[:100].toarray()
        return np.append(np.ravel(first), table.sum(dtype=np.float64))

    def check(answers: dict[str, np.ndarray]) -> None:
        for who, answer in answers.items():
            if not np.array_equal(answer, answers["qsetu, sparse"]):
                raise SystemExit(f"'{who}' counts otherwise; nothing was timed.")

    timings = measure(
        {
            "qsetu, sparse": lambda: some(sparse.transform(texts)),
            "qsetu, dense": lambda: some(dense.transform(texts)),
            "scikit-learn, sparse": lambda: some(other.transform(texts)),
        },
        check=check,
        rounds=options.rounds,
        budget=600,
    )
    print_timings(f"{options.sequences:,} sequences of {options.length}, {options.k}-mers", list(timings))


if __name__ == "__main__":
    main()
