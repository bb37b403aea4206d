"""Metrics that a notebook declares: numbers that a partner's run has to give again, and how closely.

A declared metric stands in the notebook's outputs as a JSON object of its own media type, beside the text
that people read. Nothing of it is found by reading prose or code.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.strict_json import first_complaint

__all__ = [
    "MEDIA_TYPE",
    "UNSEEN",
    "Agreement",
    "Metric",
    "agreement",
    "declare_metric",
    "metrics_of_notebook",
]

MEDIA_TYPE = "application/vnd.qsetu.metric+json"
TOLERANCE = 1e-6
"""Largest difference of a metric that states none: what another processor's rounding may change."""
DEVIATIONS = 3.29
"""Standard errors of their difference that two runs may be apart; chance exceeds it once in 1,000."""
# Signs that a terminal or a page acts on instead of showing them: controls, and marks that turn text around.
UNSEEN = r"\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069"
_NAME = rf"^[^\s{UNSEEN}]([^{UNSEEN}]{{0,118}}[^\s{UNSEEN}])?$"


class Metric(BaseModel):
    """A number that a run gives, and how far another run's may be from it.

    Attributes:
        name: What it is; once in a notebook.
        value: The number.
        tolerance: Largest difference that still agrees, in the metric's own unit; None for one that chance
            decides.
        std_error: Standard error, for a number estimated from shots; None for others.
        shots: Measurements behind it, for people.
        unit: Its unit; empty for a pure number.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    format: Literal["qsetu.metric"] = "qsetu.metric"
    version: Literal[1] = 1
    name: str = Field(pattern=_NAME)
    value: float
    tolerance: float | None = Field(None, ge=0)
    std_error: float | None = Field(None, ge=0)
    shots: int | None = Field(None, ge=1)
    unit: str = Field("", max_length=40, pattern=rf"^[^{UNSEEN}]*$")

    @model_validator(mode="after")
    def _one_rule(self) -> Metric:
        if (self.tolerance is None) == (self.std_error is None):
            raise ValueError("either tolerance or std_error decides, not both")
        return self

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.std_error is None:
            return f"{self.name} = {self.value:.10g}{unit} (tolerance {self.tolerance:.3g})"
        shots = f", {self.shots:,} shots" if self.shots else ""
        return f"{self.name} = {self.value:.6g} ± {self.std_error:.2g}{unit} (standard error{shots})"


class Agreement(BaseModel):
    """One metric in two runs.

    Attributes:
        name: The metric.
        state: "pass", "differs", or "could not run" where the other run did not give it.
        stated: What was declared.
        found: What the other run gave; None where it gave nothing.
        allowed: Largest difference that passes, None without ``found``.
        sentence: The same in words.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    name: str
    state: Literal["pass", "differs", "could not run"]
    stated: float
    found: float | None
    allowed: float | None
    sentence: str


def declare_metric(
    name: str,
    value: float,
    *,
    tolerance: float | None = None,
    std_error: float | None = None,
    shots: int | None = None,
    unit: str = "",
) -> Metric:
    """State a result that whoever runs this notebook again should get.

    In a notebook it is shown, and kept in the cell's output, where ``qsetu share pack`` finds it. A number
    that depends on shots states its standard error instead of a tolerance: two runs then agree where they
    are at most 3.29 standard errors of their difference apart, which chance alone exceeds once in 1,000.

    Args:
        name: What it is, one line of at most 120 characters; each name once in a notebook.
        value: The number, finite.
        tolerance: Largest difference that still agrees, in units of ``value``; 1e-6 unless given.
        std_error: Standard error of ``value``, instead of a tolerance.
        shots: Measurements behind it, to be shown.
        unit: Unit, to be shown.

    Returns:
        What was declared.

    Raises:
        ArgumentError: A number is not finite or negative where it must not be, the name is empty or too
            long, or both ``tolerance`` and ``std_error`` are given.

    Examples:
        >>> from qsetu.sharing import declare_metric
        >>> print(declare_metric("balanced accuracy", 0.709, tolerance=0.005))
        balanced accuracy = 0.709 (tolerance 0.005)
        >>> print(declare_metric("energy", -1.137, std_error=0.004, shots=10_000, unit="Ha"))
        energy = -1.137 ± 0.004 Ha (standard error, 10,000 shots)
    """
    if tolerance is not None and std_error is not None:
        raise ArgumentError("std_error", "must not be given beside tolerance", std_error)
    if std_error is None:
        tolerance = as_float("tolerance", TOLERANCE if tolerance is None else tolerance, low=0.0)
    else:
        std_error = as_float("std_error", std_error, low=0.0)
    number = as_float("value", value)
    count = None if shots is None else as_int("shots", shots, 1)
    try:
        metric = Metric(
            name=name, value=number, tolerance=tolerance, std_error=std_error, shots=count, unit=unit
        )
    except ValidationError as error:
        where = str(error.errors()[0]["loc"][0])
        rule = (
            "must be one line of 1 to 120 characters" if where == "name" else "must be one line of at most 40"
        )
        raise ArgumentError(where, rule, name if where == "name" else unit) from None
    _show(metric)
    return metric


def _show(metric: Metric) -> None:
    # Only where a notebook runs; IPython is not imported for it.
    shell = sys.modules.get("IPython")
    if shell is not None and shell.get_ipython() is not None:
        from IPython.display import display

        display({MEDIA_TYPE: metric.model_dump(mode="json"), "text/plain": str(metric)}, raw=True)


def metrics_of_notebook(notebook: Mapping[str, Any]) -> list[Metric]:
    """The metrics in the outputs of a notebook, in order.

    Args:
        notebook: As JSON gives it, format 4.

    Raises:
        ArgumentError: One is malformed, or two have the same name.
    """
    found: dict[str, Metric] = {}
    for content in _declared(notebook):
        try:
            metric = Metric.model_validate(content)
        except ValidationError as error:
            given = Said(first_complaint(error))
            raise ArgumentError("notebook", "must hold well-formed metrics", given) from None
        if metric.name in found:
            raise ArgumentError(
                "notebook", "must declare each metric once", metric.name, "Give them names of their own."
            )
        found[metric.name] = metric
    return list(found.values())


def _declared(notebook: Mapping[str, Any]) -> Iterator[Any]:
    for cell in notebook.get("cells") or ():
        for output in (cell.get("outputs") or ()) if isinstance(cell, dict) else ():
            data = output.get("data") if isinstance(output, dict) else None
            if isinstance(data, dict) and MEDIA_TYPE in data:
                yield data[MEDIA_TYPE]


def agreement(stated: Metric, found: Metric | None) -> Agreement:
    """Whether another run gave what was stated."""
    if found is None:
        sentence = f"{stated.name}: the run did not give it"
        return Agreement(
            name=stated.name,
            state="could not run",
            stated=stated.value,
            found=None,
            allowed=None,
            sentence=sentence,
        )
    difference = abs(found.value - stated.value)
    if stated.std_error is None:
        allowed = stated.tolerance or 0.0
        limit = f"tolerance {allowed:.3g}"
    else:
        # The other run's own error counts, but a partner cannot widen the limit beyond what was stated.
        other = min(found.std_error or 0.0, stated.std_error)
        allowed = DEVIATIONS * math.hypot(stated.std_error, other)
        limit = f"{DEVIATIONS} standard errors of the difference are {allowed:.3g}"
    # Rounding of the difference itself must not decide.
    numbers = f"{found.value:.10g} for {stated.value:.10g}"
    passed = difference <= allowed * (1 + 1e-9) + 4e-16 * abs(stated.value)
    return Agreement(
        name=stated.name,
        state="pass" if passed else "differs",
        stated=stated.value,
        found=found.value,
        allowed=allowed,
        sentence=f"{stated.name}: {numbers}, apart by {difference:.3g} ({limit})",
    )
