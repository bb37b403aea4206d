"""The leakage report of a split, and of one dataset against another."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tqdm.auto import tqdm

from qsetu.core.checks import as_int
from qsetu.core.errors import ArgumentError, DataError, Said
from qsetu.genomics.datasets import Dataset, GenotypeDataset, SequenceDataset, StructureDataset
from qsetu.genomics.datasets.base import text_column
from qsetu.genomics.splits.cross import seen_across, seen_groups
from qsetu.genomics.splits.cross_people import relations
from qsetu.genomics.splits.cross_sequences import near_distance
from qsetu.genomics.splits.report import Finding, LeakageReport
from qsetu.genomics.splits.seen import Options, Seen, merged
from qsetu.genomics.splits.within import found_within, looked_within

__all__ = ["leakage_between", "leakage_report"]

Fold = tuple[NDArray[np.int64], NDArray[np.int64]]


def leakage_report(
    dataset: Dataset,
    train: ArrayLike | None = None,
    test: ArrayLike | None = None,
    *,
    cv: Any = None,
    groups: Any = None,
    k: int = 20,
    near: int | None = None,
    relatives: bool = True,
) -> LeakageReport:
    """What of the test samples a model could have seen in training, and what else is odd about the data.

    Give rows to train and to test on, or ``cv``; with neither the report says what any split of these data
    must heed.

    Args:
        dataset: N samples.
        train: Rows (positions or a mask) to train on.
        test: Rows to test on.
        cv: A splitter with scikit-learn's interface, such as :class:`GroupStratifiedKFold` or
            :class:`OfficialSplit`, or pairs of (train, test) rows; counts are summed over folds.
        groups: Group of each sample, to be checked for straddling, and given to ``cv``; None for
            ``dataset.groups``.
        k: Sequences that share a word of this many letters share an origin; proteins use at most 12.
        near: Largest number of differing letters of near copies; None for a third of the letters where all
            DNA or RNA sequences have the same length of 30 or more, and not to look elsewhere.
        relatives: Whether to look for relatives among diploid genotypes.

    Returns:
        A report that prints and shows itself; ``ok`` tells whether there is no leak.

    Raises:
        ArgumentError: Rows do not fit the dataset, only one of train and test is given, or both rows and cv.

    Example:
        >>> from qsetu.genomics import SequenceDataset
        >>> from qsetu.genomics.splits import leakage_report
        >>> data = SequenceDataset(sample_names=["a", "b", "c"], sequences=["ACGGT", "TTGCA", "ACGGT"])
        >>> report = leakage_report(data, [0, 1], [2])
        >>> report.ok, report["repeated sequences"].examples
        (False, ('c and a',))
    """
    options = _options(k, near, relatives)
    given = dataset.groups if groups is None else text_column("groups", groups)
    if given is not None and len(given) != len(dataset):
        rule = f"must have an entry for each of the {len(dataset)} samples"
        raise ArgumentError("groups", rule, f"{len(given)} entries")
    folds = _folds(dataset, train, test, cv, given)
    seen: dict[str, list[Seen]] = {}
    distance = 0
    # One matrix of all people serves every fold.
    people = relations(dataset, None, options) if folds and isinstance(dataset, GenotypeDataset) else None
    for learned, tested in tqdm(folds, desc="folds", unit="fold", delay=2, leave=False):
        first, second = dataset.take(learned), dataset.take(tested)
        distance = _near(first, second, options) or distance
        rows = np.isin(tested, learned)
        found = [Seen("same rows", rows, examples=tuple(second.sample_names[rows][:3].tolist()))]
        if given is not None:
            found.append(seen_groups(given[learned], given[tested]))
        related = None if people is None else people.take(tested, learned)
        for one in [*found, *seen_across(first, second, options, related)]:
            seen.setdefault(one.kind, []).append(one)
    within = found_within(dataset, folds[0][0] if folds else None, options)
    how = {0: "no split"}.get(len(folds), f"{len(folds)} folds")
    if len(folds) == 1:
        how = f"{len(folds[0][0])} to train, {len(folds[0][1])} to test"
    looked_for = [*seen, *looked_within(dataset, not folds)]
    return _report(f"{_called(dataset)}, {how}", seen, list(within), looked_for, options, distance)


def leakage_between(
    train: Dataset, test: Dataset, *, k: int = 20, near: int | None = None, relatives: bool = True
) -> LeakageReport:
    """What of one dataset is in another: to be asked before a model of one is tested on the other.

    Genotypes are brought to the variants both have and to the same counted alleles first, see
    :func:`~qsetu.genomics.formats.align_alleles`; variants whose alleles do not tell strands apart (A/T, C/G)
    are left out.

    Args:
        train: The dataset trained on.
        test: The dataset tested on, of the same kind.
        k: As in :func:`leakage_report`.
        near: As in :func:`leakage_report`.
        relatives: As in :func:`leakage_report`.

    Raises:
        ArgumentError: The two are of different kinds or alphabets, or have no variant in common.
    """
    options = _options(k, near, relatives)
    if type(train) is not type(test):
        raise ArgumentError("test", f"must be a {type(train).__name__}, as train is", type(test).__name__)
    if getattr(train, "alphabet", "") != getattr(test, "alphabet", ""):
        raise ArgumentError("test", f"must be of the alphabet {getattr(train, 'alphabet', '')}", test)
    first, second = _aligned(train, test)
    seen: dict[str, list[Seen]] = {}
    for one in seen_across(first, second, options):
        seen.setdefault(one.kind, []).append(one)
    title = f"{_called(train)} to train, {_called(test)} to test"
    return _report(title, seen, [], list(seen), options, _near(first, second, options) or 0)


def _aligned(train: Dataset, test: Dataset) -> tuple[Dataset, Dataset]:
    """Genotypes at the variants both have, counting the same alleles; other kinds as they are."""
    if not isinstance(train, GenotypeDataset) or not isinstance(test, GenotypeDataset):
        return train, test
    from qsetu.genomics.formats import align_alleles

    if train.ploidy != test.ploidy:
        raise ArgumentError("test", f"must have ploidy {train.ploidy}, as train has", test.ploidy)
    try:
        first, second, _ = align_alleles(train, test)
    except DataError as error:
        rule = "must have variants of train, with the same alleles"
        raise ArgumentError("test", rule, Said("none"), str(error)) from None
    return first, second


def _report(
    title: str,
    seen: dict[str, list[Seen]],
    within: list[Finding],
    looked_for: list[str],
    options: Options,
    distance: int,
) -> LeakageReport:
    across = [merged(kind, folds, options, distance) for kind, folds in seen.items()]
    findings = [one for one in across if one is not None] + within
    rank = ("leak", "caution", "note")
    findings.sort(key=lambda one: rank.index(one.severity))
    return LeakageReport(title, tuple(looked_for), tuple(findings))


def _folds(dataset: Dataset, train: Any, test: Any, cv: Any, groups: Any) -> list[Fold]:
    if (train is None) != (test is None):
        raise ArgumentError("train" if train is None else "test", "must come with the other part", None)
    if cv is not None and train is not None:
        raise ArgumentError("cv", "must be None where rows to train and to test on are given", cv)
    everything = np.arange(len(dataset))
    if train is not None:
        pairs: Iterable[Any] = [(train, test)]
    elif cv is None:
        return []
    elif hasattr(cv, "split"):
        with warnings.catch_warnings():
            # Splitters without groups say that they have no use for them; the report says what comes of it.
            warnings.filterwarnings("ignore", "The groups parameter is ignored")
            pairs = list(cv.split(everything, dataset.labels, groups))
    else:
        pairs = cv
    folds = []
    for pair in pairs:
        try:
            learned, tested = pair
        except (TypeError, ValueError):
            raise ArgumentError("cv", "must be a splitter, or pairs of (train, test) rows", cv) from None
        chosen = []
        for name, rows in (("train", learned), ("test", tested)):
            places = np.asarray(rows)
            if places.size == 0 or places.ndim != 1 or places.dtype.kind not in "iub":
                raise ArgumentError(name, "must be positions of samples, or a boolean mask; not empty", rows)
            wrong = len(places) != len(dataset) if places.dtype == bool else _outside(places, len(dataset))
            if wrong:
                raise ArgumentError(name, f"must be rows of the {len(dataset)} samples", rows)
            chosen.append(everything[places])
        folds.append((chosen[0], chosen[1]))
    if not folds:
        raise ArgumentError("cv", "must have one fold at least", cv)
    return folds


def _outside(places: NDArray[Any], number: int) -> bool:
    return bool(places.min() < -number or places.max() >= number)


def _near(train: Dataset, test: Dataset, options: Options) -> int | None:
    if isinstance(train, (SequenceDataset, StructureDataset)) and isinstance(test, type(train)):
        return near_distance(train, test, options)
    return None


def _options(k: int, near: int | None, relatives: bool) -> Options:
    return Options(as_int("k", k, 1, 31), None if near is None else as_int("near", near, 1), bool(relatives))


def _called(dataset: Dataset) -> str:
    card = dataset.card
    return (
        repr(dataset).split("; ")[0].split("(", 1)[1].rstrip(")")
        if card is None
        else (card.name + (f"/{dataset.part}" if dataset.part else ""))
    )
