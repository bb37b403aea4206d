"""Reading experiment files: built-in or one's own, with overrides; an error names file, line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from qsetu.core.errors import ArgumentError, QsetuError, unknown_name
from qsetu.experiments.spec.lines import key_lines, line_of
from qsetu.experiments.spec.override import apply_overrides
from qsetu.experiments.spec.tables import VERSION, ExperimentSpec

__all__ = ["BUILTIN", "SpecError", "builtin_names", "load_spec", "read_spec"]

BUILTIN = Path(__file__).parents[1] / "builtin"


class SpecError(QsetuError, ValueError):
    """An experiment file breaks a rule; the message names the file, the line and the key."""


def builtin_names() -> list[str]:
    """Names of the experiments that come with the package."""
    return sorted(path.stem for path in BUILTIN.glob("*.toml"))


def load_spec(
    experiment: str | Path | ExperimentSpec, overrides: Mapping[str, Any] | Sequence[str] = ()
) -> ExperimentSpec:
    """A built-in experiment by name, a file by path, or a specification as it is.

    Args:
        experiment: A name, a path (text that ends in ``.toml``), or a specification.
        overrides: Values by dotted key, such as ``{"sizes.default.repeats": 5}``, or text of the form
            ``"sizes.default.repeats=5"``, with the value as in TOML.

    Raises:
        ArgumentError: No built-in experiment has that name, or an override is not understood.
        SpecError: The file is missing, is not TOML, or breaks a rule.
    """
    if isinstance(experiment, ExperimentSpec):
        if not overrides:
            return experiment
        data = experiment.model_dump(mode="json", exclude_unset=True)
        changed = _validated(apply_overrides(data, overrides), experiment.name, {}, tuple(overrides))
        return changed.model_copy(update={"folder": experiment.folder})
    if isinstance(experiment, Path) or str(experiment).endswith(".toml"):
        return read_spec(Path(experiment), overrides)
    names = builtin_names()
    if experiment not in names:
        raise unknown_name("experiment", experiment, names)
    return read_spec(BUILTIN / f"{experiment}.toml", overrides)


def read_spec(path: Path, overrides: Mapping[str, Any] | Sequence[str] = ()) -> ExperimentSpec:
    """Read and check an experiment file.

    Raises:
        ArgumentError: An override is not understood.
        SpecError: The file is missing, is not TOML, or breaks a rule; names the file, line and key.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise SpecError(f"Experiment file '{path}' cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecError(f"Experiment file '{path}' is not valid TOML: {error}.") from None
    except RecursionError:
        raise SpecError(f"Experiment file '{path}' nests tables too deeply.") from None
    spec = _validated(apply_overrides(data, overrides), str(path), key_lines(text), tuple(overrides))
    return spec.model_copy(update={"folder": path.resolve().parent})


def _validated(
    data: dict[str, Any], source: str, lines: dict[tuple[str, ...], int], overridden: tuple[str, ...]
) -> ExperimentSpec:
    version = data.get("version")
    if data.get("format") == "qsetu.experiment" and isinstance(version, int) and version != VERSION:
        newer = version > VERSION
        advice = "A newer qsetu wrote it: upgrade." if newer else "See docs/experiments.md for what changed."
        raise SpecError(
            f"Experiment file '{source}' has version {version}; this qsetu reads version {VERSION}. {advice}"
        )
    if "folder" in data:
        raise SpecError(f"Experiment file '{source}'{_at(lines, ('folder',))}: folder: is not a known key.")
    try:
        return ExperimentSpec.model_validate(data)
    except ValidationError as error:
        told = "; ".join(_problems(error, lines))
        tail = f" (with overrides: {', '.join(overridden)})" if overridden else ""
        raise SpecError(f"Experiment file '{source}'{tail}: {told}.") from None


def _problems(error: ValidationError, lines: dict[tuple[str, ...], int]) -> list[str]:
    found: list[str] = []
    for problem in error.errors(include_url=False):
        # A value that fits none of several types is reported once for each: once is enough.
        place = tuple(str(part) for part in problem["loc"] if part not in _TYPES)
        cause = problem.get("ctx", {}).get("error")
        message = re.sub(r"^Value error, ", "", problem["msg"])
        message = _PLAIN.get(problem["type"], message)
        if isinstance(cause, ArgumentError):
            place = (*place, *cause.argument.split("."))
            hint = f". {cause.hint}" if cause.hint else ""
            message = f"{cause.rule}; got {_shown(cause)}{hint}"
        key = ".".join(place)
        line = f"{_at(lines, place).lstrip()}{key}: {message}" if key else message
        line = line.rstrip(".")
        if line not in found:
            found.append(line)
    return found


_TYPES = ("bool", "int", "float", "str", "list[union[bool,int,float,str]]", "[key]")
_PLAIN = {"extra_forbidden": "is not a known key", "missing": "is missing"}


def _shown(error: ArgumentError) -> str:
    text = str(error)
    start = text.index("; got ") + len("; got ")
    return text[start:].removesuffix(f" {error.hint}" if error.hint else "").rstrip(".")


def _at(lines: dict[tuple[str, ...], int], path: tuple[str, ...]) -> str:
    line = line_of(lines, path)
    return "" if line is None else f" line {line}, "
