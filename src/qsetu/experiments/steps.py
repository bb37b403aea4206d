"""The roster of feature steps: everything fitted inside a fold between the data and a model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError, unknown_name
from qsetu.experiments.metrics import Task
from qsetu.experiments.models.entry import InputKind
from qsetu.genomics.alphabet import Alphabet

__all__ = ["STEPS", "StepContext", "StepEntry", "build_steps", "check_steps", "describe_step", "step_names"]

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class StepContext:
    """What is known of the data when steps are built.

    Attributes:
        task: "classification", "regression" or "network".
        alphabet: "DNA", "RNA" or "protein"; "" for data that are no sequences.
        ploidy: Copies of each chromosome, for genotypes.
    """

    task: Task = "classification"
    alphabet: Alphabet | Literal[""] = ""
    ploidy: int = 2


@dataclass(frozen=True)
class StepEntry:
    """One step.

    Attributes:
        title: One line for people; may name settings in braces.
        parameters: Checks by setting; all are required but those with a default.
        defaults: Settings that may be left out.
        make: ``(settings, context) -> unfitted transformer``.
        takes: What it takes; every step gives numbers.
        together: ``(settings, place)``; raises ArgumentError where settings do not fit one another.
    """

    title: str
    parameters: Mapping[str, Callable[[str, Any], Any]]
    defaults: Settings
    make: Callable[[Settings, StepContext], Any]
    takes: InputKind = "numbers"
    together: Callable[[Settings, str], None] | None = None


def _select(settings: Settings, context: StepContext) -> Any:
    from qsetu.experiments.selecting import AtMostKBest

    return AtMostKBest(
        settings["keep"], "classification" if context.task == "classification" else "regression"
    )


def _pca(settings: Settings, context: StepContext) -> Any:
    from sklearn.decomposition import PCA

    # Exact: the randomized solver that PCA would choose for wide data draws random numbers.
    return PCA(settings["components"], svd_solver="full", whiten=settings["whiten"])


def _standardize(settings: Settings, context: StepContext) -> Any:
    from sklearn.preprocessing import StandardScaler

    return StandardScaler()


def _rescale(settings: Settings, context: StepContext) -> Any:
    from sklearn.preprocessing import MinMaxScaler

    return MinMaxScaler((settings["low"], settings["high"]), clip=True)


def _normalize(settings: Settings, context: StepContext) -> Any:
    from sklearn.preprocessing import Normalizer

    return Normalizer()


def _admixture(settings: Settings, context: StepContext) -> Any:
    from sklearn.pipeline import make_pipeline

    from qsetu.experiments.baselines import AdmixtureProportions
    from qsetu.experiments.selecting import Thinned

    people = AdmixtureProportions(settings["ancestral"], ploidy=context.ploidy)
    return make_pipeline(Thinned(settings["markers"]), people)


def _above(settings: Settings, context: StepContext) -> Any:
    from sklearn.preprocessing import Binarizer

    return Binarizer(threshold=settings["threshold"])


def _count(name: str, value: Any) -> int:
    return as_int(name, value, 1)


def _components(name: str, value: Any) -> int:
    return as_int(name, value, 1, 4096)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ArgumentError(name, "must be true or false", value)
    return value


def _low_below_high(settings: Settings, where: str) -> None:
    low, high = settings["low"], settings["high"]
    if low >= high:
        raise ArgumentError(f"{where}.high", f"must be above low, which is {low:g}", high)


STEPS: dict[str, StepEntry] = {
    "select": StepEntry(
        "the {keep} features with the highest F value (all, where there are fewer)",
        {"keep": _count},
        {},
        _select,
    ),
    "standardize": StepEntry("mean 0, variance 1", {}, {}, _standardize),
    "pca": StepEntry(
        "{components} principal components",
        {"components": _components, "whiten": _flag},
        {"whiten": False},
        _pca,
    ),
    "rescale": StepEntry(
        "from {low:g} to {high:g}, clipped",
        {"low": as_float, "high": as_float},
        {},
        _rescale,
        together=_low_below_high,
    ),
    "normalize": StepEntry("each sample to norm 1", {}, {}, _normalize),
    "admixture": StepEntry(
        "proportions of {ancestral} ancestral populations, from {markers} variants at most",
        {"ancestral": _components, "markers": _count},
        {"markers": 2000},
        _admixture,
        "genotypes",
    ),
    "active": StepEntry("1 above {threshold:g}, else 0", {"threshold": as_float}, {}, _above),
}
"""Steps by name; the encoders of :mod:`qsetu.genomics.encoders` are steps, too."""


def step_names() -> list[str]:
    """Names of all steps: encoders and those of :data:`STEPS`."""
    from qsetu.genomics.encoders import ENCODERS

    return sorted([*ENCODERS, *STEPS])


def check_steps(steps: Sequence[Settings], kind: InputKind, where: str) -> None:
    """Refuse steps that do not exist, do not follow one another, or have impossible settings.

    Args:
        steps: Each with its name under "step", and its settings.
        kind: What the data are.
        where: Place in the experiment file, for messages.

    Raises:
        ArgumentError: Names the offending key.
    """
    from qsetu.genomics.encoders import ENCODERS

    have: str = kind
    for place, step in enumerate(steps):
        here = f"{where}.{place}"
        name = step.get("step")
        settings = {key: value for key, value in step.items() if key != "step"}
        if name in ENCODERS:
            takes = _encoder_input(ENCODERS[name].inputs)
            _check_encoder(name, settings, here)
        elif name in STEPS:
            takes = STEPS[name].takes
            _check_own(STEPS[name], settings, here)
        elif name is None:
            raise ArgumentError(f"{here}.step", "must name a step", settings)
        else:
            raise unknown_name(f"{here}.step", str(name), step_names())
        if takes != have:
            rule = f"must be a step that takes {have}; '{name}' takes {takes}"
            raise ArgumentError(f"{here}.step", rule, name)
        have = "numbers"


def build_steps(steps: Sequence[Settings], context: StepContext) -> Any:
    """An unfitted scikit-learn pipeline of steps that :func:`check_steps` accepted."""
    from sklearn.pipeline import Pipeline

    from qsetu.genomics.encoders import ENCODERS

    made = []
    for place, step in enumerate(steps):
        name = step["step"]
        settings = {key: value for key, value in step.items() if key != "step"}
        if name in ENCODERS:
            made.append((f"{place}-{name}", _encoder(name, settings, context)))
        else:
            entry = STEPS[name]
            made.append((f"{place}-{name}", entry.make({**entry.defaults, **settings}, context)))
    return Pipeline(made)


def describe_step(step: Settings) -> str:
    """A step in words: ``{"step": "pca", "components": 8}`` is "8 principal components"."""
    from qsetu.genomics.encoders import ENCODERS

    name = str(step["step"])
    settings = {key: value for key, value in step.items() if key != "step"}
    if name in STEPS:
        return STEPS[name].title.format(**{**STEPS[name].defaults, **settings})
    shown = ", ".join(f"{key} {value}" for key, value in settings.items())
    return ENCODERS[name].title + (f" ({shown})" if shown else "")


def _encoder_input(inputs: Sequence[str]) -> str:
    if set(inputs) & {"DNA", "RNA", "protein"}:
        return "sequences"
    return "genotypes" if "genotypes" in inputs else "numbers"


def _check_own(entry: StepEntry, settings: Settings, where: str) -> None:
    for key, value in settings.items():
        if key not in entry.parameters:
            raise unknown_name(f"{where}.{key}", key, entry.parameters)
        entry.parameters[key](f"{where}.{key}", value)
    for key in entry.parameters:
        if key not in settings and key not in entry.defaults:
            raise ArgumentError(f"{where}.{key}", "must be given", "nothing")
    if entry.together is not None:
        entry.together({**entry.defaults, **settings}, where)


def _check_encoder(name: str, settings: Settings, where: str) -> None:
    from qsetu.genomics.encoders import ENCODERS

    make = ENCODERS[name].make
    known = set(inspect.signature(make).parameters) - {"alphabet", "ploidy", "sparse"}
    for key in settings:
        if key not in known:
            raise unknown_name(f"{where}.{key}", key, known)
    try:
        make(**settings)._check_settings()
    except ArgumentError as error:
        raise ArgumentError(f"{where}.{error.argument}", error.rule, error.given, error.hint) from None


def _encoder(name: str, settings: Settings, context: StepContext) -> Any:
    from qsetu.genomics.encoders import ENCODERS

    make = ENCODERS[name].make
    accepted = inspect.signature(make).parameters
    more: dict[str, Any] = {}
    if "alphabet" in accepted and context.alphabet:
        more["alphabet"] = context.alphabet
    if "ploidy" in accepted:
        more["ploidy"] = context.ploidy
    return make(**more, **settings)
