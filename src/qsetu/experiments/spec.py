"""What an experiment file says, checked: every setting that changes the numbers."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from qsetu.core.errors import QsetuError, unknown_name
from qsetu.engines import ENGINE_NAMES
from qsetu.experiments.metrics import METRICS
from qsetu.experiments.models import MODELS
from qsetu.genomics import builtin_cards, dataset_names

__all__ = [
    "BUILTIN",
    "DataSpec",
    "EvaluationSpec",
    "ExperimentSpec",
    "FeatureSpec",
    "ModelSpec",
    "SizeSpec",
    "SpecError",
    "builtin_names",
    "load_spec",
    "read_spec",
]

BUILTIN = Path(__file__).parent / "builtin"

# TOML has numbers, text and booleans; true is not 1 and "1" is not 1, hence strict.
Setting = bool | int | float | str
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class SpecError(QsetuError, ValueError):
    """An experiment file breaks a rule; the message names the file and the key."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class DataSpec(_Table):
    """Which data."""

    dataset: Text


class FeatureSpec(_Table):
    """How features are made, inside every fold: ANOVA F selection, scaling, PCA, scaling."""

    select: int = Field(ge=1, description="Genes kept, by ANOVA F value on the training part of the fold.")
    components: int = Field(ge=1, le=30, description="Principal components, one qubit each.")


class EvaluationSpec(_Table):
    """What is measured; the first metric tunes and ranks."""

    metrics: tuple[str, ...] = Field(min_length=1, strict=False)
    confidence: float = Field(gt=0.5, lt=1.0)


class SizeSpec(_Table):
    """How much work: folds, repeats, and the tuning budget that every model gets."""

    outer_folds: int = Field(ge=2, le=100)
    repeats: int = Field(ge=1, le=1000)
    inner_folds: int = Field(ge=2, le=100)
    configurations: int = Field(ge=1, description="Tried for every model: its first so many.")
    settings: dict[str, dict[str, Setting]] = Field(default_factory=dict)


class ModelSpec(_Table):
    """One model: fixed settings, and the configurations that tuning chooses from, in order."""

    settings: dict[str, Setting] = Field(default_factory=dict)
    configurations: tuple[dict[str, Setting], ...] = Field(min_length=1, strict=False)


class ExperimentSpec(_Table):
    """A whole experiment file. See docs/experiments.md."""

    format: Literal["qsetu.experiment"]
    version: Literal[1]
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Text
    question: Text
    seed: int = Field(ge=0)
    engine: Text = "auto"
    data: DataSpec
    features: FeatureSpec
    evaluation: EvaluationSpec
    sizes: dict[str, SizeSpec]
    models: dict[str, ModelSpec] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_exist(self) -> ExperimentSpec:
        _known("engine", self.engine, ["auto", *ENGINE_NAMES])
        _known("data.dataset", self.data.dataset, [*builtin_cards(), *dataset_names("expression")])
        for place, metric in enumerate(self.evaluation.metrics):
            _known(f"evaluation.metrics.{place}", metric, METRICS)
        for name in ("default", "quick"):
            if name not in self.sizes:
                raise ValueError(f"sizes.{name}: is missing; every experiment has a default and a quick size")
        for name, model in self.models.items():
            _known("models", name, MODELS)
            entry, where = MODELS[name], f"models.{name}"
            entry.check(model.settings, f"{where}.settings")
            for i, configuration in enumerate(model.configurations):
                entry.check(configuration, f"{where}.configurations.{i}")
        for size_name, size in self.sizes.items():
            self._check_size(size_name, size)
        return self

    def _check_size(self, size_name: str, size: SizeSpec) -> None:
        for name, settings in size.settings.items():
            where = f"sizes.{size_name}.settings"
            _known(where, name, self.models)
            MODELS[name].check(settings, f"{where}.{name}")
        for name, model in self.models.items():
            have = model.configurations[: size.configurations]
            different = len({tuple(sorted(c.items())) for c in have})
            if different < size.configurations:
                raise ValueError(
                    f"models.{name}.configurations: has {different} different configuration(s) among its "
                    f"first {size.configurations}, and sizes.{size_name}.configurations gives every model "
                    f"{size.configurations}; budgets must be equal"
                )

    def model_settings(self, model: str, size: str) -> dict[str, Setting]:
        """Fixed settings of ``model`` at ``size``: its own, overruled by those of the size."""
        return {**self.models[model].settings, **self.sizes[size].settings.get(model, {})}


def _known(where: str, name: str, roster: Any) -> None:
    if name not in roster:
        raise ValueError(str(unknown_name(where, name, roster)))


def builtin_names() -> list[str]:
    """Names of the experiments that come with the package."""
    return sorted(path.stem for path in BUILTIN.glob("*.toml"))


def load_spec(experiment: str | Path | ExperimentSpec) -> ExperimentSpec:
    """A built-in experiment by name, a file by path, or a specification as it is.

    Raises:
        ArgumentError: No built-in experiment has that name.
        SpecError: The file is missing, is not TOML, or breaks a rule.
    """
    if isinstance(experiment, ExperimentSpec):
        return experiment
    if isinstance(experiment, Path) or str(experiment).endswith(".toml"):
        return read_spec(Path(experiment))
    names = builtin_names()
    if experiment not in names:
        raise unknown_name("experiment", experiment, names)
    return read_spec(BUILTIN / f"{experiment}.toml")


def read_spec(path: Path) -> ExperimentSpec:
    """Read and check an experiment file.

    Raises:
        SpecError: The file is missing, is not TOML, or breaks a rule; names the file and the key.
    """
    try:
        return ExperimentSpec.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SpecError(f"Experiment file '{path}' cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecError(f"Experiment file '{path}' is not valid TOML: {error}.") from None
    except ValidationError as error:
        raise SpecError(f"Experiment file '{path}': " + "; ".join(_lines(error)) + ".") from None


def _lines(error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors(include_url=False):
        # A value that fits none of bool, int, float, str is reported once for each: once is enough.
        place = [str(part) for part in problem["loc"] if part not in ("bool", "int", "float", "str")]
        message = re.sub(r"^Value error, ", "", problem["msg"])
        message = {"extra_forbidden": "is not a known key", "missing": "is missing"}.get(
            problem["type"], message
        )
        line = f"{'.'.join(place)}: {message}" if place else message
        if line not in lines:
            lines.append(line)
    return lines
