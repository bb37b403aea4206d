"""What the roster knows of a model: how it is built, what it takes, which settings may be tuned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from qsetu.core.checks import as_choice, as_float, as_int
from qsetu.core.errors import ArgumentError, unknown_name
from qsetu.experiments.metrics import Task
from qsetu.genomics.alphabet import Alphabet

__all__ = [
    "Build",
    "InputKind",
    "ModelEntry",
    "Parameter",
    "choice",
    "count",
    "flag",
    "fraction",
    "number",
    "positive",
]

InputKind = Literal["numbers", "sequences", "genotypes"]
Check = Callable[[str, Any], Any]


@dataclass(frozen=True)
class Parameter:
    """A setting of a model under the name that experiment files use.

    Attributes:
        path: The estimator's own name of it, as for scikit-learn's ``set_params``.
        check: ``(name, value) -> value``; raises ArgumentError, naming it, when the value is bad.
        translate: ``(value, build) -> what the estimator takes``; None for the value itself.
    """

    path: str
    check: Check
    translate: Callable[[Any, Build], Any] | None = None


@dataclass(frozen=True)
class Build:
    """What is known when a model is built, inside a fold.

    Attributes:
        seed: Of this model in this fold.
        engine: What simulates.
        num_features: Columns of the features; 0 where a model takes sequences.
        alphabet: "DNA", "RNA" or "protein", for sequences.
        ploidy: Copies of each chromosome, for genotypes.
    """

    seed: int
    engine: str = "auto"
    num_features: int = 0
    alphabet: Alphabet = "DNA"
    ploidy: int = 2


@dataclass(frozen=True)
class ModelEntry:
    """One model of the roster.

    Attributes:
        name: Name in experiment files and results.
        title: Name for people.
        family: "quantum" or "classical".
        task: "classification", "regression" or "network".
        takes: What its input is: "numbers" (what feature steps give), or "sequences" or
            "genotypes" as the dataset has them.
        summary: One line on what it does.
        parameters: Settings that an experiment file may fix or tune.
        space: The grid that tuning draws from where a file names none: values by setting.
        make: ``build -> unfitted estimator``; classifiers weigh classes by inverse frequency.
        reference: Whom the method is from.
    """

    name: str
    title: str
    family: Literal["quantum", "classical"]
    task: Task
    takes: InputKind
    summary: str
    parameters: Mapping[str, Parameter]
    space: Mapping[str, Sequence[Any]]
    make: Callable[[Build], Any]
    reference: str = ""
    kernel: bool = field(default=False, kw_only=True)

    def check(self, settings: Mapping[str, Any], where: str) -> None:
        """Refuse unknown or impossible settings; ``where`` is their place in the experiment file.

        Raises:
            ArgumentError: Names the offending key.
        """
        for key, value in settings.items():
            if key not in self.parameters:
                raise unknown_name(f"{where}.{key}", key, self.parameters)
            self.parameters[key].check(f"{where}.{key}", value)

    def check_space(self, space: Mapping[str, Sequence[Any]], where: str) -> None:
        """Refuse a grid with unknown settings or impossible values.

        Raises:
            ArgumentError: Names the offending key.
        """
        for key, values in space.items():
            for value in values:
                self.check({key: value}, where)

    def build(self, settings: Mapping[str, Any], build: Build) -> Any:
        """The unfitted estimator with ``settings`` fixed."""
        own = {}
        for key, value in settings.items():
            parameter = self.parameters[key]
            own[parameter.path] = parameter.translate(value, build) if parameter.translate else value
        return self.make(build).set_params(**own)


def positive(name: str, value: Any) -> float:
    """A number above 0."""
    return as_float(name, value, low=0.0, open_low=True)


def number(name: str, value: Any) -> float:
    """A number of at least 0."""
    return as_float(name, value, low=0.0)


def fraction(name: str, value: Any) -> float:
    """A number from 0 to 1."""
    return as_float(name, value, low=0.0, high=1.0)


def count(name: str, value: Any) -> int:
    """A positive integer."""
    return as_int(name, value, 1)


def flag(name: str, value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ArgumentError(name, "must be true or false", value)
    return value


def choice(*names: str) -> Check:
    """One of ``names``."""

    def check(name: str, value: Any) -> str:
        return as_choice(name, value, names)

    return check
