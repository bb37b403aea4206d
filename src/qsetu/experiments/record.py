"""The result record: one versioned JSON file that says what was run, on what, and what came out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from qsetu.core.errors import DataError

__all__ = [
    "FORMAT",
    "VERSION",
    "DatasetRecord",
    "FoldRecord",
    "ModelRecord",
    "Provenance",
    "Result",
    "SplitRecord",
    "Summary",
    "WarningRecord",
    "read_result",
    "write_result",
]

FORMAT = "qsetu.result"
VERSION = 1


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
    """One outer fold, the same for every model: positions of the test samples; all others trained."""

    repeat: int
    fold: int
    test: list[int]


class FoldRecord(_Record):
    """One model in one outer fold."""

    repeat: int
    fold: int
    seed: int
    scores: dict[str, float]
    configuration: dict[str, JsonValue]
    tuning_score: float = Field(description="Mean inner score of the chosen configuration.")
    fit_seconds: float = Field(description="Tuning and the final fit.")
    predict_seconds: float
    predicted: list[int] = Field(description="Label positions, in the order of the split's test samples.")


class ModelRecord(_Record):
    """One model: every fold, and the summary of each score."""

    name: str
    title: str
    family: Literal["quantum", "classical"]
    configurations_tried: int = Field(description="In each outer fold.")
    fits: int = Field(description="In all: configurations x inner folds + 1, in each outer fold.")
    folds: list[FoldRecord]
    summary: dict[str, Summary]
    fit_seconds: float
    predict_seconds: float
    confusion: list[list[int]] = Field(description="Rows true, columns predicted; all outer folds added up.")
    warnings: list[WarningRecord]

    def warning_count(self) -> int:
        """Number of warnings while fitting and predicting."""
        return sum(warning.count for warning in self.warnings)


class DatasetRecord(_Record):
    """The data: which, identified by content, and what its card says."""

    name: str
    file_sha256: str
    content_sha256: str
    num_samples: int
    num_features: int
    labels: list[str] = Field(description="Position in this list is the label's number everywhere else.")
    counts: list[int]
    true: list[int] = Field(description="Label of every sample.")
    card: dict[str, JsonValue]


class Provenance(_Record):
    """Where and when the numbers were made."""

    started: str = Field(description="UTC, ISO 8601.")
    finished: str
    seconds: float
    command: str = Field(description="Repeats the run.")
    environment: dict[str, JsonValue]
    threads: dict[str, JsonValue]
    engine: str = Field(description='What simulated; "auto" in the settings is resolved here.')
    git_commit: str | None
    git_modified: bool | None


class Result(_Record):
    """Everything one run says. See docs/experiments.md."""

    format: Literal["qsetu.result"] = "qsetu.result"
    version: Literal[1] = 1
    identity: str = Field(description="Hash of what was run: settings, size, seed, data, version of qsetu.")
    experiment: str
    title: str
    question: str
    size: str
    seed: int
    spec: dict[str, JsonValue]
    dataset: DatasetRecord
    splits: list[SplitRecord]
    models: list[ModelRecord]
    provenance: Provenance

    def best(self, family: str) -> ModelRecord | None:
        """The model of ``family`` with the highest mean of the first metric; None without one."""
        metric = self.metrics()[0]
        models = [model for model in self.models if model.family == family]
        return max(models, key=lambda model: model.summary[metric].mean, default=None)

    def metrics(self) -> list[str]:
        """Names of the scores, the one that tuned first."""
        return list(self.models[0].summary)

    def model(self, name: str) -> ModelRecord:
        """The model called ``name``; KeyError when it was not run."""
        for model in self.models:
            if model.name == name:
                return model
        raise KeyError(name)


def write_result(result: Result, path: Path) -> None:
    """Write ``result`` as strict JSON (no NaN, no infinity), readable and stable in its order."""
    text = json.dumps(result.model_dump(mode="json"), indent=1, allow_nan=False, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_result(path: str | Path) -> Result:
    """Read and check a ``result.json``.

    Args:
        path: The file, or the results folder that holds it.

    Raises:
        DataError: Missing, not strict JSON, of another format or an unknown version, or damaged.
    """
    file = Path(path)
    file = file / "result.json" if file.is_dir() else file
    try:
        data = json.loads(file.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except OSError as error:
        raise DataError(f"Result '{file}' cannot be read ({error.strerror}).") from None
    except ValueError as error:
        raise DataError(f"Result '{file}' is not valid JSON: {error}.") from None
    _check_version(file, data)
    try:
        return Result.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(f"Result '{file}' is damaged: {where}: {first['msg']}.") from None


def _check_version(file: Path, data: Any) -> None:
    found = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        raise DataError(f"'{file}' is not a result of qsetu: its format is {found!r}, not '{FORMAT}'.")
    version = data.get("version")
    if version != VERSION or isinstance(version, bool):
        raise DataError(
            f"Result '{file}' has version {version!r}; this qsetu reads version {VERSION}. "
            "A newer qsetu may have written it: upgrade qsetu to read it."
        )


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not allowed")
