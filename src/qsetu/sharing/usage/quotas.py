"""Quotas: how much a project may use, and the decision before a run, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from qsetu.core.checks import as_choice, as_float
from qsetu.core.errors import ArgumentError, QsetuError
from qsetu.sharing.usage.resources import RESOURCES, resource_named
from qsetu.sharing.usage.texts import as_name
from qsetu.sharing.usage.times import PERIODS
from qsetu.sharing.usage.wording import amount, number

__all__ = ["Finding", "Quota", "QuotaDecision", "QuotaExceeded", "State", "judge", "quota_of"]

State = Literal["allowed", "warning", "refused"]
_WORST: tuple[State, ...] = ("refused", "warning", "allowed")


@dataclass(frozen=True)
class Quota:
    """How much of a resource a project may use.

    Attributes:
        project: Whose.
        resource: Name in :data:`~qsetu.sharing.usage.RESOURCES`.
        limit: In the unit of the resource's name, added up over a period; of memory in any one run.
        period: "month", "year" (of the calendar, in UTC), "total", or "run" for memory.
        warn_at: Share of the limit, above 0 and at most 1, from which on there is a warning.
    """

    project: str
    resource: str
    limit: float | int
    period: str
    warn_at: float = 0.8

    def __post_init__(self) -> None:
        resource = resource_named(self.resource)
        as_name("project", self.project)
        object.__setattr__(self, "limit", resource.checked("limit", self.limit))
        if resource.per_run and self.period != "run":
            rule = f"must be 'run' for {resource.name}, which each run needs anew"
            raise ArgumentError("period", rule, self.period)
        if not resource.per_run:
            as_choice("period", self.period, PERIODS)
        if isinstance(self.warn_at, (bool, str)):
            raise ArgumentError("warn_at", "must be a number above 0 and at most 1", self.warn_at)
        object.__setattr__(self, "warn_at", as_float("warn_at", self.warn_at, low=0, high=1, open_low=True))


@dataclass(frozen=True)
class Finding:
    """What one quota says to one run.

    Attributes:
        quota: Which.
        state: "allowed", "warning" or "refused".
        used: So far in the period; 0 where the quota limits each run.
        asked: By the run; None if it uses some and nobody knows how much.
        left: Before the run.
        ends: First moment after the period, UTC; None where it does not end.
        sentence: All of that.
    """

    quota: Quota
    state: State
    used: float | int
    asked: float | int | None
    left: float | int
    ends: datetime | None
    sentence: str


@dataclass(frozen=True)
class QuotaDecision:
    """Whether a run may start. ``print`` it, or read its fields.

    Attributes:
        project: Whose quotas were asked.
        findings: One for each quota on what the run uses.
    """

    project: str
    findings: tuple[Finding, ...]

    @property
    def state(self) -> State:
        """The worst of all findings: "refused", "warning" or "allowed"."""
        states = {one.state for one in self.findings}
        return next((state for state in _WORST if state in states), "allowed")

    @property
    def allowed(self) -> bool:
        """Whether the run may start, with or without a warning."""
        return self.state != "refused"

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, the worst first."""
        if not self.findings:
            return (f"Allowed: project '{self.project}' has no quota on what this run uses.",)
        ordered = sorted(self.findings, key=lambda one: _WORST.index(one.state))
        return tuple(one.sentence for one in ordered)

    def __str__(self) -> str:
        return "\n".join(self.sentences)


class QuotaExceeded(QsetuError):
    """A run would use more than its project may; raised before the run starts.

    Args:
        decision: What the quotas said, also as the attribute ``decision``.
    """

    def __init__(self, decision: QuotaDecision) -> None:
        self.decision = decision
        refused = [one.sentence for one in decision.findings if one.state == "refused"]
        hint = "Ask for less, wait for the next period, or have whoever keeps the ledger raise the quota."
        super().__init__(" ".join([*refused, hint]))

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.decision,)


def quota_of(project: str, resource: str, limit: float, period: str | None, warn_at: float) -> Quota:
    """A quota; a period of None is "month", and "run" for memory.

    Raises:
        ArgumentError: One of them breaks its rule.
    """
    usual = "run" if resource_named(resource).per_run else "month"
    return Quota(project, resource, limit, usual if period is None else period, warn_at)


def judge(quota: Quota, used: int, asked: int | None, ends: datetime | None) -> Finding:
    """What ``quota`` says.

    Args:
        quota: Its limit.
        used: In the period so far, the whole number of the file.
        asked: By the run, the same way; None for some that nobody knows.
        ends: First moment after the period.
    """
    resource = RESOURCES[quota.resource]
    limit = resource.stored(quota.limit)
    after = used + (asked or 0)
    # A run that uses some is refused when nothing is left, even if nobody knows how much it will use.
    refused = after >= limit if asked is None else after > limit
    warns = after >= round(quota.warn_at * limit)
    state: State = "refused" if refused else "warning" if warns else "allowed"
    shown = resource.shown
    left = shown(max(0, limit - used))
    told = None if asked is None else shown(asked)
    sentence = _sentence(quota, state, shown(used), told, left, ends)
    return Finding(quota, state, shown(used), told, left, ends, sentence)


def _sentence(quota: Quota, state: State, used: Any, asked: Any, left: Any, ends: datetime | None) -> str:
    start = {"refused": "Refused", "warning": "Allowed, with a warning", "allowed": "Allowed"}[state]
    per = {"month": " a month", "year": " a year", "total": " in total", "run": " in one run"}[quota.period]
    name = quota.resource
    asks = "an unknown amount" if asked is None else number(asked)
    text = f"{start}: project '{quota.project}' may use {amount(name, quota.limit)}{per}; "
    if quota.period == "run":
        return f"{text}{asks} asked for."
    text += f"{number(used)} used, {asks} asked for, {number(left)} left"
    if ends is None:
        return f"{text}. This does not start anew."
    return f"{text} until the {quota.period} ends, {ends.astimezone(UTC):%Y-%m-%d %H:%M} UTC."
