"""What a result holds: one versioned JSON document that says what was run, on what, and what came out."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from qsetu.experiments.metrics import METRICS

__all__ = [
    "FORMAT",
    "VERSION",
    "Analysis",
    "ComparisonRecord",
    "CurvePoint",
    "DatasetRecord",
    "DiagnosisRecord",
    "FoldRecord",
    "HoldoutComparison",
    "HoldoutInterval",
    "ModelRecord",
    "Provenance",
    "Ranking",
    "Result",
    "SplitRecord",
    "Summary",
    "TriedRecord",
    "VerdictRecord",
    "WarningRecord",
]

FORMAT = "qsetu.result"
VERSION = 2


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Summary(_Record):
    """A score over all outer folds: mean, interval, standard deviation."""

    mean: float
    low: float
    high: float
    std: float


class WarningRecord(_Record):
    """A kind of warning raised while fitting or predicting, and how often."""

    category: str
    message: str
    count: int


class SplitRecord(_Record):
    """One split, the same for every model."""

    kind: Literal["fold", "holdout"]
    repeat: int
    fold: int
    num_train: int
    num_train_groups: int
    test: list[int] = Field(description="Positions of the test samples among those of the dataset record.")
    groups: list[int] | None = Field(
        None, description="Held-out part: number of each test sample's group; null of folds."
    )


class TriedRecord(_Record):
    """One configuration that tuning tried."""

    configuration: dict[str, JsonValue]
    score: float = Field(description="Mean of the first metric over the inner folds.")
    seconds: float


class CurvePoint(_Record):
    """Scores after learning from a part of the training samples, with the chosen configuration."""

    share: float
    num_train: int
    scores: dict[str, float]


class FoldRecord(_Record):
    """One model on one split."""

    kind: Literal["fold", "holdout"]
    repeat: int
    fold: int
    seed: int
    scores: dict[str, float]
    configuration: dict[str, JsonValue]
    tuning_score: float = Field(description="Mean inner score of the chosen configuration.")
    tried: list[TriedRecord] = Field(description="The log of the budget: everything that was tried.")
    curve: list[CurvePoint]
    feature_seconds: float = Field(description="Making features; every model is charged for shared ones.")
    tune_seconds: float
    fit_seconds: float = Field(description="The final fit.")
    predict_seconds: float
    cpu_seconds: float = Field(
        description="Processor time, added up over threads; what another model had computed costs nothing."
    )
    predicted: list[int | float] = Field(
        description="Label positions or numbers, as the split's test samples; empty for networks."
    )
    edges: list[list[float]] | None = Field(None, description="Networks: from gene (row) to gene (column).")
    label_scores: list[list[float]] | None = Field(
        None, description="Held-out part, where the first metric reads them: what each label was given."
    )
    warnings: list[WarningRecord]


class HoldoutInterval(_Record):
    """What the held-out score could have been with other samples, for the model as it was trained."""

    metric: str = Field(description="The first one.")
    low: float
    high: float
    method: Literal["exact", "beta", "bootstrap"]
    units: int = Field(description="Samples that stand alone, or groups of them.")


class ModelRecord(_Record):
    """One model or control: every fold, and the summary of each score."""

    name: str
    title: str
    model: str = Field(description="Name in the roster of models.")
    family: Literal["quantum", "classical"]
    features: str
    control: Literal["deentangled", "rbf", "permutation"] | None
    control_of: str | None
    settings: dict[str, JsonValue]
    configurations: int = Field(description="Tried in each fold; the same for all.")
    fits: int = Field(description="Counted while fitting: tuning and final fits of all folds.")
    folds: list[FoldRecord]
    holdout: FoldRecord | None
    holdout_interval: HoldoutInterval | None = Field(
        None, description="Of the held-out score on the first metric; null where none can be said."
    )
    summary: dict[str, Summary]
    confusion: list[list[int]] | None = Field(description="Rows true, columns predicted; all folds added up.")

    @property
    def seconds(self) -> float:
        """Wall time of features, tuning and fitting, all folds added up."""
        return sum(f.feature_seconds + f.tune_seconds + f.fit_seconds for f in self.folds)

    @property
    def warnings(self) -> list[WarningRecord]:
        """All kinds of warnings, counted over folds."""
        tally: dict[tuple[str, str], int] = {}
        for fold in [*self.folds, *([self.holdout] if self.holdout else [])]:
            for one in fold.warnings:
                tally[one.category, one.message] = tally.get((one.category, one.message), 0) + one.count
        return [WarningRecord(category=c, message=m, count=n) for (c, m), n in sorted(tally.items())]

    def warning_count(self) -> int:
        """Number of warnings while fitting and predicting."""
        return sum(warning.count for warning in self.warnings)


class DatasetRecord(_Record):
    """The data: which, identified by content, and what its card says."""

    name: str
    title: str
    kind: Literal["sequences", "genotypes", "expression"]
    files: dict[str, str] = Field(description="SHA-256 by file.")
    content_sha256: str
    num_samples: int = Field(description="That took part, after leaving out.")
    num_features: int | None
    num_groups: int
    labels: list[str] = Field(
        description="Position in this list is the label's number everywhere else; networks: their genes."
    )
    counts: list[int]
    true: list[int | float] = Field(description="Label or target of every sample; empty for networks.")
    ceiling: dict[str, float] = Field(description="What the best possible classifier reaches, where known.")
    notes: list[str]
    card: dict[str, JsonValue] | None


class VerdictRecord(_Record):
    """One line of a preflight."""

    name: str
    level: str
    value: str
    text: str


class DiagnosisRecord(_Record):
    """What a quantum model's kernel or gradients look like before training, on the first training part."""

    model: str
    title: str
    configuration: dict[str, JsonValue]
    num_samples: int
    num_features: int
    num_qubits: int
    verdicts: list[VerdictRecord]
    spectrum: list[float] = Field(description="Largest eigenvalues over their sum; empty without a kernel.")
    rbf_spectrum: list[float] = Field(description="Of the RBF kernel at its usual width, for comparison.")
    seconds: float


class ComparisonRecord(_Record):
    """A corrected paired test between two models on the first metric."""

    a: str
    b: str
    kind: Literal["family", "deentangled", "rbf"]
    difference: float = Field(description="Mean over folds of a - b.")
    low: float | None = Field(description="Of the difference; null where no interval can be said.")
    high: float | None
    p: float
    p_holm: float = Field(description="Corrected for all comparisons of its kind.")
    p_wilcoxon: float | None
    effect_size: float | None = Field(description="Mean difference over its standard deviation over folds.")
    significant: bool
    sentence: str


class Ranking(_Record):
    """Friedman test over folds, taken for independent, and Nemenyi's critical difference of mean ranks."""

    statistic: float
    p: float
    mean_ranks: dict[str, float]
    critical_difference: float
    level: float
    groups: list[list[str]] = Field(description="Models that do not differ by more than that.")


class HoldoutComparison(_Record):
    """The best quantum and the best classical model by their folds, on the held-out part."""

    a: str
    b: str
    test: Literal["mcnemar", "bootstrap"]
    difference: float = Field(
        description="a - b, of shares of right answers (McNemar) or of the first metric."
    )
    low: float | None = Field(description="Of the difference; null of McNemar's test.")
    high: float | None
    only_a: int | None = Field(description="McNemar: samples that a alone got right.")
    only_b: int | None
    p: float | None = Field(description="Two-sided; null of the bootstrap.")
    significant: bool
    sentence: str


class Analysis(_Record):
    """What may be concluded, generated from the numbers."""

    comparisons: list[ComparisonRecord]
    ranking: Ranking | None
    holdout: HoldoutComparison | None = None
    sentences: list[str]


class Provenance(_Record):
    """Where and when the numbers were made."""

    started: str = Field(description="UTC, ISO 8601.")
    finished: str
    seconds: float = Field(description="Wall time of this run, without what was found in the store.")
    cpu_seconds: float = Field(description="Processor time of all folds, found ones included.")
    gpu_seconds: float = Field(description="Wall time of quantum models on a GPU, found ones included.")
    energy_joules: float | None = Field(description="Of the processor's package, measured; null if unknown.")
    energy_note: str
    reused: int = Field(description="Folds that were found in the store.")
    computed: int
    command: str = Field(description="Repeats the run.")
    workers: int
    environments: list[dict[str, JsonValue]] = Field(description="Machines that computed, each once.")
    threads: dict[str, JsonValue]
    engine: str = Field(description='What simulated; "auto" in the settings is resolved here.')
    code: str = Field(description="Hash of the source that decides numbers.")
    git_commit: str | None
    git_modified: bool | None


class Result(_Record):
    """Everything one run says. See docs/results.md."""

    format: Literal["qsetu.result"] = "qsetu.result"
    version: Literal[2] = 2
    identity: str = Field(description="Hash of what was run: data, settings, seed, code; not of how often.")
    experiment: str
    title: str
    question: str
    task: Literal["classification", "regression", "network"]
    size: str
    seed: int
    spec: dict[str, JsonValue]
    dataset: DatasetRecord
    splits: list[SplitRecord]
    models: list[ModelRecord]
    diagnoses: list[DiagnosisRecord]
    analysis: Analysis
    provenance: Provenance

    def contenders(self) -> list[ModelRecord]:
        """Models that are no controls, but with the RBF kernels that stand beside quantum models."""
        return [model for model in self.models if model.control in (None, "rbf")]

    def best(self, family: str) -> ModelRecord | None:
        """The contender of ``family`` with the best mean of the first metric; None without one."""
        metric = METRICS[self.metrics()[0]]
        models = [model for model in self.contenders() if model.family == family]
        return max(models, key=lambda m: metric.gain(m.summary[metric.name].mean), default=None)

    def metrics(self) -> list[str]:
        """Names of the scores, the one that tuned first."""
        return list(self.models[0].summary)

    def model(self, name: str) -> ModelRecord:
        """The model called ``name``; KeyError when it was not run."""
        for model in self.models:
            if model.name == name:
                return model
        raise KeyError(name)

    def control(self, name: str, control: str) -> ModelRecord | None:
        """The control that stands beside the model called ``name``; None if there is none."""
        for model in self.models:
            if model.control == control and model.control_of == name:
                return model
        return None
