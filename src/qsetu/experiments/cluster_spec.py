"""Where an array of jobs goes: a Slurm cluster, or processes of this machine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qsetu.core.checks import as_choice, as_float, as_int
from qsetu.core.errors import ArgumentError

__all__ = ["ClusterSpec", "as_cluster", "parse_cluster"]

KINDS = ("slurm", "local", "debug")


@dataclass(frozen=True)
class ClusterSpec:
    """What an array of jobs asks for; each task computes a share of the folds.

    Attributes:
        kind: "slurm"; "local" for processes of this machine, which try out what a cluster will do; "debug"
            for this process.
        tasks: At most so many tasks; fewer where there is less work.
        minutes: Longest time of a task. One that runs out is queued again up to three times, and goes on.
        cpus: Cores of a task.
        memory_gb: Memory of a task; None means the cluster's default.
        parallel: At most so many tasks at once; None means 256, the default of submitit.
        settings: Others of Slurm: partition, account, qos, constraint, gres, ...
        poll_seconds: How often the store and the queue are looked at; None means 10, and 0.2 without Slurm.
        executor: A submitit executor of your own, which is used as it is; None makes one.
    """

    kind: str = "slurm"
    tasks: int = 100
    minutes: int = 60
    cpus: int = 1
    memory_gb: float | None = None
    parallel: int | None = None
    settings: Mapping[str, str | int] = field(default_factory=dict)
    poll_seconds: float | None = None
    executor: Any = None

    def __post_init__(self) -> None:
        as_choice("kind", self.kind, KINDS)
        for name in ("tasks", "minutes", "cpus"):
            as_int(name, getattr(self, name), 1)
        if self.parallel is not None:
            as_int("parallel", self.parallel, 1)
        if self.memory_gb is not None:
            as_float("memory_gb", self.memory_gb, low=0.0, open_low=True)
        if self.poll_seconds is not None:
            as_float("poll_seconds", self.poll_seconds, low=0.0, open_low=True)

    @property
    def pause(self) -> float:
        """Seconds between two looks at the store."""
        if self.poll_seconds is not None:
            return self.poll_seconds
        return 10.0 if self.kind == "slurm" and self.executor is None else 0.2


def as_cluster(cluster: ClusterSpec | str | None) -> ClusterSpec | None:
    """``cluster`` as a :class:`ClusterSpec`: "slurm", "local" and "debug" stand for themselves."""
    if cluster is None or isinstance(cluster, ClusterSpec):
        return cluster
    return ClusterSpec(kind=as_choice("cluster", cluster, KINDS))


def parse_cluster(text: str) -> ClusterSpec:
    """What the command line says of a Slurm cluster.

    Args:
        text: Pairs such as ``"partition=small,time=60"``: ``tasks``, ``time`` (minutes), ``cpus``, ``mem``
            (GB), ``parallel`` and ``kind`` are those of :class:`ClusterSpec`; the rest is Slurm's own.

    Raises:
        ArgumentError: No pairs, one that is given twice, or a value that breaks a rule.

    Example:
        >>> parse_cluster("partition=small,time=90,tasks=20").minutes
        90
    """
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not (equals and value) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            rule = "must be pairs such as 'partition=small,time=60,account=project'"
            raise ArgumentError("slurm", rule, pair)
        if name in found:
            raise ArgumentError("slurm", f"must give {name} once", text)
        found[name] = value
    whole = {"tasks": "tasks", "time": "minutes", "cpus": "cpus", "parallel": "parallel"}
    own: dict[str, Any] = {
        field: _whole(name, found.pop(name)) for name, field in whole.items() if name in found
    }
    if "mem" in found:
        own["memory_gb"] = as_float("mem", found.pop("mem"), low=0.0, open_low=True)
    if "kind" in found:
        own["kind"] = found.pop("kind")
    return ClusterSpec(**own, settings={key: int(v) if v.isdecimal() else v for key, v in found.items()})


def _whole(name: str, value: str) -> int:
    if not value.isdecimal():
        raise ArgumentError(name, "must be a positive integer" + " of minutes" * (name == "time"), value)
    return as_int(name, int(value), 1)
