"""What an experiment file says, table by table: every setting that changes the numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from qsetu.experiments.metrics import Task

__all__ = [
    "CONTROLS",
    "FORMAT",
    "RAW",
    "VERSION",
    "Control",
    "DataSpec",
    "EvaluationSpec",
    "ExperimentSpec",
    "FeatureSpec",
    "ModelSpec",
    "Setting",
    "SizeSpec",
    "SplitSpec",
]

FORMAT = "qsetu.experiment"
VERSION = 2

RAW = "raw"
"""What ``features`` of a model is called when it takes the data as they are."""

Control = Literal["deentangled", "rbf", "permutation"]
CONTROLS: tuple[Control, ...] = ("deentangled", "rbf", "permutation")
"""What is run beside every quantum model, by itself."""

# TOML has numbers, text and booleans; true is not 1 and "1" is not 1, hence strict.
Setting = bool | int | float | str
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class DataSpec(_Table):
    """Which data: a registered dataset, a file, or a simulator; one of the three."""

    dataset: Text | None = Field(default=None, description="Name of a registered dataset (qsetu data list).")
    file: Text | None = Field(
        default=None, description="A file of your own; relative to the experiment file."
    )
    simulator: Text | None = Field(default=None, description="Name of a simulator with a known ceiling.")
    kind: Literal["expression", "sequences", "genotypes"] | None = Field(
        default=None, description="What a file holds."
    )
    settings: dict[str, Setting | list[Setting]] = Field(
        default_factory=dict, description="For the simulator, or for reading the file."
    )
    labels: tuple[Text, ...] | None = Field(
        default=None, strict=False, min_length=2, description="Keep samples of these labels only."
    )
    relabel: dict[str, Text] = Field(
        default_factory=dict, description="Other names of labels; may join them."
    )
    target: Text | None = Field(default=None, description="Regression: the measured trait.")
    holdout: Text | None = Field(
        default=None, description="A second registered dataset: every model is tested on it once, at the end."
    )

    @model_validator(mode="after")
    def _one_source(self) -> DataSpec:
        given = [name for name in ("dataset", "file", "simulator") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"needs one of dataset, file and simulator; has {', '.join(given) or 'none'}")
        if self.file is not None and self.kind is None:
            raise ValueError("kind is missing: expression, sequences or genotypes")
        if self.file is None and self.kind is not None:
            raise ValueError("kind is for files; a dataset or simulator knows its own")
        if self.holdout is not None and self.dataset is None:
            raise ValueError("holdout needs a registered dataset to learn from")
        return self


class SplitSpec(_Table):
    """Which samples may train for which."""

    method: Literal["folds", "leave-one-group-out"] = Field(
        default="folds", description="Stratified folds of whole groups, or one group after the other."
    )
    groups: Text = Field(
        default="suggested",
        description='"suggested" (the dataset\'s own, joined with copies), "given" (its own alone), "none", '
        "or a column of its metadata.",
    )
    shared_word: int | None = Field(
        default=None, ge=4, description="Sequences that share a word of so many letters stay together."
    )
    kinship: float | None = Field(
        default=None, gt=0, le=0.5, description="People of at least this kinship, too."
    )
    official: bool = Field(default=False, description="Also test once on the published split.")
    folds_on: Literal["all", "train"] = Field(
        default="all", description="Samples that folds are made of: all, or the published training part."
    )


class FeatureSpec(_Table):
    """One way to make numbers: steps, fitted on the training part of every fold."""

    steps: tuple[dict[str, Setting], ...] = Field(min_length=1, strict=False)


class EvaluationSpec(_Table):
    """What is measured; the first metric tunes and ranks."""

    metrics: tuple[Text, ...] = Field(min_length=1, strict=False)
    confidence: float = Field(default=0.95, gt=0.5, lt=1.0, description="Of intervals.")
    level: float = Field(default=0.05, gt=0.0, lt=0.5, description="Of corrected tests.")
    controls: tuple[Control, ...] = Field(
        default=CONTROLS, strict=False, description="Run beside every quantum model."
    )


class SizeSpec(_Table):
    """How much work: folds, repeats, and the tuning budget that every model gets."""

    outer_folds: int = Field(ge=2, le=100)
    repeats: int = Field(default=1, ge=1, le=1000)
    first_repeat: int = Field(
        default=0, ge=0, le=1_000_000, description="Number of the first repeat: machines can share repeats."
    )
    inner_folds: int = Field(ge=2, le=100)
    configurations: int = Field(ge=1, le=10_000, description="Tried for every model in every fold.")
    max_samples: int | None = Field(default=None, ge=10, description="Of more samples, so many are drawn.")
    learning_curve: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(
        default=(), strict=False, description="Shares of the training part that models are fitted on, too."
    )
    preflight: bool = Field(
        default=True, description="Diagnose every quantum model on the first training part."
    )
    settings: dict[str, dict[str, Setting]] = Field(
        default_factory=dict, description="By model: overrule its fixed settings."
    )
    skip: tuple[Name, ...] = Field(default=(), strict=False, description="Models that this size leaves out.")


class ModelSpec(_Table):
    """One model: which, on which features, what is fixed and what is tuned."""

    model: Text | None = Field(
        default=None, description="Name in the roster; the table's own name if left out."
    )
    title: Text | None = Field(default=None, description="Name for people; the roster's if left out.")
    features: Text | None = Field(
        default=None, description='Name of features, or "raw"; the first if left out.'
    )
    settings: dict[str, Setting] = Field(default_factory=dict, description="Fixed.")
    configurations: tuple[dict[str, Setting], ...] = Field(
        default=(), strict=False, description="Tried first, in this order."
    )
    space: dict[str, Annotated[tuple[Setting, ...], Field(min_length=1, strict=False)]] | None = Field(
        default=None,
        description="Grid that the rest is drawn from; without it and a list, the roster's.",
    )


class ExperimentSpec(_Table):
    """A whole experiment file. See docs/experiments.md."""

    format: Literal["qsetu.experiment"]
    version: Literal[2]
    name: Name
    title: Text
    question: Text
    task: Task = "classification"
    seed: int = Field(default=0, ge=0)
    engine: Text = "auto"
    data: DataSpec
    split: SplitSpec = SplitSpec()
    features: dict[Name, FeatureSpec] = Field(default_factory=dict)
    evaluation: EvaluationSpec
    sizes: dict[Name, SizeSpec]
    models: dict[Name, ModelSpec] = Field(min_length=1)
    folder: Path | None = Field(default=None, exclude=True, description="Where the file lies.")

    @model_validator(mode="after")
    def _agrees(self) -> ExperimentSpec:
        from qsetu.experiments.spec.agree import check_agreement

        check_agreement(self)
        return self

    def model_settings(self, model: str, size: str) -> dict[str, Any]:
        """Fixed settings of ``model`` at ``size``: its own, overruled by those of the size."""
        return {**self.models[model].settings, **self.sizes[size].settings.get(model, {})}

    def roster_name(self, model: str) -> str:
        """What ``model`` is in the roster of models."""
        return self.models[model].model or model

    def models_of(self, size: str) -> list[str]:
        """Models that ``size`` runs, in order."""
        return [name for name in self.models if name not in self.sizes[size].skip]
