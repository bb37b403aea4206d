"""The data of an experiment: loaded, labels joined and numbered, groups found, the held-out part marked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError, DataError, Said
from qsetu.core.seeds import derive_seed, generator
from qsetu.experiments.metrics import Task
from qsetu.experiments.spec import DataSpec, ExperimentSpec
from qsetu.experiments.steps import StepContext
from qsetu.genomics import (
    Dataset,
    ExpressionDataset,
    GenotypeDataset,
    SequenceDataset,
    load_dataset,
)

__all__ = ["ExperimentData", "load_data", "prepare_data", "subsample"]

KINDS: dict[str, type[Dataset]] = {
    "expression": ExpressionDataset,
    "sequences": SequenceDataset,
    "genotypes": GenotypeDataset,
}
TEST, TRAIN = "test", "train"


@dataclass(frozen=True, eq=False)
class ExperimentData:
    """N samples as the runner takes them.

    Attributes:
        dataset: The samples with their card, after joining and leaving out.
        X: A row a sample: numbers ``(N, d)``, dosages int8 ``(N, M)``, or texts object ``(N,)``.
        y: Label numbers int64 ``(N,)``, the target float64 ``(N,)``, or zeros where nothing is predicted.
        labels: Names of the labels, sorted; empty but for classification.
        groups: Samples of one group never straddle a split, text ``(N,)``.
        part: "train" or "test" of each sample by the published or second dataset's split, text ``(N,)``;
            None where there is none.
        task: "classification", "regression" or "network".
        ceiling: What the best possible classifier reaches, by metric; empty where it is not known.
        notes: What was left out or joined, sentence by sentence.
    """

    dataset: Dataset
    X: Any
    y: NDArray[Any]
    labels: tuple[str, ...]
    groups: NDArray[np.str_]
    part: NDArray[np.str_] | None
    task: Task
    ceiling: Mapping[str, float] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.y)

    @property
    def context(self) -> StepContext:
        """What feature steps need to know."""
        return StepContext(
            task=self.task,
            alphabet=getattr(self.dataset, "alphabet", ""),
            ploidy=getattr(self.dataset, "ploidy", 2),
        )

    def take(self, rows: NDArray[np.int64]) -> ExperimentData:
        """The samples at ``rows``, label numbers as they are."""
        return dataclasses.replace(
            self,
            dataset=self.dataset.take(rows),
            X=self.X[rows],
            y=self.y[rows],
            groups=self.groups[rows],
            part=None if self.part is None else self.part[rows],
        )


def load_data(spec: ExperimentSpec, seed: int) -> ExperimentData:
    """The data that an experiment names.

    Args:
        spec: The experiment.
        seed: Of the run; simulated data depend on it.

    Raises:
        DataError: A file is missing or not the expected one.
        ArgumentError: A setting does not fit the data.
    """
    ceiling: dict[str, float] = {}
    dataset: Dataset
    if spec.data.simulator is not None:
        dataset, ceiling = _simulated(spec.data, derive_seed(seed, "data"))
    elif spec.data.file is not None:
        dataset = _own_file(spec.data, spec.folder)
    else:
        assert spec.data.dataset is not None
        dataset = load_dataset(spec.data.dataset)
    return prepare_data(spec, dataset, ceiling=ceiling)


def prepare_data(
    spec: ExperimentSpec, dataset: Dataset, *, ceiling: Mapping[str, float] | None = None
) -> ExperimentData:
    """``dataset`` as ``spec`` wants it: second dataset joined, labels chosen, groups found.

    Raises:
        ArgumentError: A setting does not fit the data.
    """
    notes: list[str] = []
    part = dataset.official_split
    if spec.data.holdout is not None:
        dataset, part = _joined(dataset, load_dataset(spec.data.holdout), notes)
    if spec.split.official and part is None:
        raise ArgumentError("split.official", "must be false: the dataset has no published split", True)
    if spec.split.folds_on == TRAIN and part is None:
        raise ArgumentError("split.folds_on", 'must be "all": the dataset has no published split', TRAIN)
    if spec.task == "classification":
        dataset, part = _chosen_labels(spec.data, dataset, part, notes)
        labels, codes = np.unique(dataset.y, return_inverse=True)
        y: NDArray[Any] = codes.astype(np.int64)
        if len(labels) < 2:
            raise ArgumentError("data", "must have two labels at least", labels.tolist())
        names = tuple(str(label) for label in labels)
    else:
        names = ()
        y = _target(spec.data, dataset) if spec.task == "regression" else np.zeros(len(dataset))
    keep_holdout = spec.split.official or spec.data.holdout is not None or spec.split.folds_on == TRAIN
    return ExperimentData(
        dataset=dataset,
        X=dataset.X,
        y=np.asarray(y),
        labels=names,
        groups=_groups(spec, dataset),
        part=part if keep_holdout else None,
        task=spec.task,
        ceiling=dict(ceiling or {}),
        notes=tuple(notes),
    )


def subsample(data: ExperimentData, limit: int | None, seed: int) -> ExperimentData:
    """At most ``limit`` samples, every label by its share and never fewer than ten of it if it has them.

    Which samples are drawn depends on the seed; their order stays.
    """
    if limit is None or len(data) <= limit:
        return data
    random = generator(seed, "subsample")
    if data.task != "classification":
        return data.take(np.sort(random.permutation(len(data))[:limit]))
    chosen = []
    for label in range(len(data.labels)):
        rows = np.flatnonzero(data.y == label)
        share = max(min(10, len(rows)), round(limit * len(rows) / len(data)))
        chosen.append(random.permutation(rows)[:share])
    return data.take(np.sort(np.concatenate(chosen)))


def _simulated(data: DataSpec, seed: int) -> tuple[Dataset, dict[str, float]]:
    import qsetu.genomics.simulators as simulators

    assert data.simulator is not None
    try:
        made = getattr(simulators, data.simulator)(**data.settings, seed=seed)
    except TypeError as error:
        raise ArgumentError("data.settings", f"must fit '{data.simulator}'", Said(str(error))) from None
    except ArgumentError as error:
        raise ArgumentError(f"data.settings.{error.argument}", error.rule, error.given, error.hint) from None
    known = {"accuracy": made.bayes_accuracy, "balanced_accuracy": made.bayes_balanced_accuracy}
    ceiling = {name: float(value) for name, value in known.items() if np.isfinite(value)}
    return made.dataset, ceiling


def _own_file(data: DataSpec, folder: Path | None) -> Dataset:
    from qsetu.genomics.formats import read

    assert data.file is not None and data.kind is not None
    path = Path(data.file)
    path = path if folder is None else folder / path  # which an absolute path stays out of
    try:
        dataset = read(path, **data.settings)
    except ArgumentError as error:
        raise ArgumentError(f"data.settings.{error.argument}", error.rule, error.given, error.hint) from None
    if not isinstance(dataset, KINDS[data.kind]):
        rule = f"must be '{_kind_of(dataset)}', which '{path.name}' holds"
        raise ArgumentError("data.kind", rule, data.kind)
    return dataset


def _kind_of(dataset: Dataset) -> str:
    for kind, make in KINDS.items():
        if isinstance(dataset, make):
            return kind
    return type(dataset).__name__


def _joined(first: Dataset, second: Dataset, notes: list[str]) -> tuple[Dataset, NDArray[np.str_]]:
    """Both as one dataset; samples of the second that are in the first by name are left out."""
    known = np.isin(second.sample_names, first.sample_names)
    if known.any():
        notes.append(f"{int(known.sum())} samples of the second dataset are in the first by name: left out.")
        second = second.take(~known)
    if isinstance(first, GenotypeDataset) and isinstance(second, GenotypeDataset):
        from qsetu.genomics.formats import align_alleles

        first, second, report = align_alleles(first, second)
        notes.append(
            f"{report.kept} variants of both are kept, {report.turned} of them turned to the same counted "
            f"allele; {len(report.ambiguous)} are left out because their strand is ambiguous."
        )
    part = np.repeat([TRAIN, TEST], [len(first), len(second)])
    changed: dict[str, Any] = {
        "sample_names": np.concatenate([first.sample_names, second.sample_names]),
        "labels": np.concatenate([first.y, second.y]),
        "groups": np.concatenate([_own_groups(first), _own_groups(second)]),
        "official_split": part,
        "metadata": None,
    }
    for field in first._row_fields():
        a, b = getattr(first, field), getattr(second, field)
        if field == "traits" or a is None or b is None:
            changed[field] = None
        elif a.ndim != b.ndim or a.shape[1:] != b.shape[1:]:
            raise DataError(f"The two datasets do not fit together: {field} {a.shape} and {b.shape}.")
        else:
            changed[field] = np.concatenate([a, b])
    genes = [one.gene_names.tolist() for one in (first, second) if isinstance(one, ExpressionDataset)]
    if genes and genes[0] != genes[-1]:
        raise DataError("The two datasets do not fit together: other genes, or in another order.")
    both = dataclasses.replace(first, **changed, files={**first.files, **second.files})
    return both, part


def _own_groups(dataset: Dataset) -> NDArray[np.str_]:
    return dataset.sample_names if dataset.groups is None else dataset.groups


def _chosen_labels(
    data: DataSpec, dataset: Dataset, part: NDArray[np.str_] | None, notes: list[str]
) -> tuple[Dataset, NDArray[np.str_] | None]:
    present = set(dataset.y.tolist())
    for name in data.relabel:
        if name not in present:
            raise ArgumentError(f"data.relabel.{name}", "must be a label of the data", name, _listed(present))
    if data.relabel:
        labels = [data.relabel.get(label, label) for label in dataset.y.tolist()]
        dataset = dataclasses.replace(dataset, labels=np.array(labels))
        present = set(labels)
    if data.labels is None:
        return dataset, part
    for place, name in enumerate(data.labels):
        if name not in present:
            raise ArgumentError(f"data.labels.{place}", "must be a label of the data", name, _listed(present))
    kept = np.isin(dataset.y, data.labels)
    if not kept.all():
        notes.append(f"{int((~kept).sum())} samples with other labels are left out.")
    return dataset.take(kept), None if part is None else part[kept]


def _listed(names: set[str]) -> str:
    return f"Labels: {', '.join(sorted(names))}."


def _target(data: DataSpec, dataset: Dataset) -> NDArray[np.float64]:
    traits = dataset.traits if isinstance(dataset, GenotypeDataset) else None
    columns = [] if traits is None else [str(name) for name in traits.columns]
    if traits is None or data.target not in columns:
        raise ArgumentError("data.target", f"must be a trait of the data: {', '.join(columns)}", data.target)
    values = traits[data.target].to_numpy(dtype=np.float64)
    if not np.isfinite(values).all():
        raise ArgumentError("data.target", "must be measured for every sample", data.target)
    return np.asarray(values)


def _groups(spec: ExperimentSpec, dataset: Dataset) -> NDArray[np.str_]:
    """Which samples stay together; alone where nothing says otherwise."""
    from qsetu.genomics.splits import combine_groups, suggested_groups

    rule, split = spec.split.groups, spec.split
    alone = np.array([f"sample-{i}" for i in range(len(dataset))])
    if rule == "suggested":
        return suggested_groups(dataset, k=split.shared_word, kinship=split.kinship)
    found: list[Any] = []
    if rule == "given":
        if dataset.groups is None:
            raise ArgumentError("split.groups", "must be another rule: the dataset has no groups", rule)
        found.append(dataset.groups)
    elif rule != "none":
        columns = [] if dataset.metadata is None else [str(name) for name in dataset.metadata.columns]
        if dataset.metadata is None or rule not in columns:
            known = ", ".join(columns) or "none"
            told = f"must be suggested, given, none or a column of the metadata ({known})"
            raise ArgumentError("split.groups", told, rule)
        found.append(dataset.metadata[rule].astype("string").fillna("").to_numpy(dtype=np.str_))
    if split.shared_word is not None or split.kinship is not None:
        given = "split.shared_word" if split.shared_word is not None else "split.kinship"
        raise ArgumentError(given, 'must not be given but with groups = "suggested"', rule)
    return combine_groups(*found) if found else alone
