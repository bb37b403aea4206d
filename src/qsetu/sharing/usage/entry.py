"""One entry of the ledger: who used what, when, for what, and how that is known."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from qsetu.core.checks import as_choice
from qsetu.core.errors import ArgumentError
from qsetu.core.hashing import content_hash
from qsetu.sharing.usage.resources import RESOURCES
from qsetu.sharing.usage.texts import as_line, as_name
from qsetu.sharing.usage.times import as_stamp

__all__ = ["ADDED_UP", "OUTCOMES", "Usage"]

OUTCOMES = ("finished", "failed", "stopped")
ADDED_UP = tuple(name for name, one in RESOURCES.items() if not one.per_run)
"""Resources that add up over entries; of memory the largest counts."""


@dataclass(frozen=True)
class Usage:
    """What one run used. Everything is checked when it is made; times are rounded to microseconds.

    Attributes:
        project: Who pays.
        user: Who ran it.
        what: What was run, such as "pbmc-cell-types".
        started: ISO 8601 with an offset, kept in UTC. An entry counts in the period in which it started.
        finished: The same, not before ``started``.
        cpu_seconds: Seconds of a core: worked, or held where a cluster counts that.
        gpu_seconds: Seconds of a GPU, held.
        qpu_seconds: Seconds of a quantum machine, as its operator counts them.
        shots: Measured on a quantum machine.
        peak_memory_bytes: Of the run; None if unknown.
        outcome: "finished", "failed" or "stopped".
        source: Who counted: "qsetu", "sacct", "iqm", or in your words.
        identity: What is added once only. Left empty, it is made of all the other values.
        job_id: Of the scheduler or the quantum machine, which cannot be asked for it later.
        calibration_set_id: Of the quantum machine at that time.
        note: One line.
        corrects: Identity of the entry that this one corrects; amounts may be negative then.

    Raises:
        ArgumentError: A value breaks its rule.

    Example:
        >>> from qsetu.sharing.usage import Usage
        >>> run = Usage("heart", "ada", "vqe", "2026-01-31T10:00Z", "2026-01-31T10:01Z", qpu_seconds=2.5)
        >>> run.started, run.qpu_seconds, run.shots
        ('2026-01-31T10:00:00+00:00', 2.5, 0)
    """

    project: str
    user: str
    what: str
    started: str
    finished: str
    cpu_seconds: float = 0.0
    gpu_seconds: float = 0.0
    qpu_seconds: float = 0.0
    shots: int = 0
    peak_memory_bytes: int | None = None
    outcome: str = "finished"
    source: str = "qsetu"
    identity: str = ""
    job_id: str | None = None
    calibration_set_id: str | None = None
    note: str = ""
    corrects: str | None = None

    def __post_init__(self) -> None:
        for name in ("project", "user", "what", "source"):
            self._set(name, as_name(name, getattr(self, name)))
        for name in ("started", "finished"):
            self._set(name, as_stamp(name, getattr(self, name)))
        if self.finished < self.started:
            raise ArgumentError("finished", f"must not be before 'started' ({self.started})", self.finished)
        self._check_texts()
        for name in ADDED_UP:
            value = RESOURCES[name].checked(name, getattr(self, name), negative=self.corrects is not None)
            self._set(name, value)
        if self.peak_memory_bytes is not None:
            memory = RESOURCES["peak_memory_bytes"]
            self._set(memory.name, memory.checked(memory.name, self.peak_memory_bytes))
        self._set(
            "identity", as_name("identity", self.identity) if self.identity != "" else self._of_content()
        )

    def _check_texts(self) -> None:
        as_choice("outcome", self.outcome, OUTCOMES)
        for name in ("job_id", "calibration_set_id"):
            if getattr(self, name) is not None:
                as_line(name, getattr(self, name))
        as_line("note", self.note)
        if self.corrects is not None:
            as_name("corrects", self.corrects)

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _of_content(self) -> str:
        values = {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}
        del values["identity"]
        return f"content:{content_hash(values)}"

    def correction(self, *, note: str, **amounts: Any) -> Usage:
        """An entry that corrects this one: of the same project, user and times, hence of the same period.

        Args:
            note: Why; the same correction with the same note counts once.
            **amounts: ``cpu_seconds``, ``gpu_seconds``, ``qpu_seconds``, ``shots``: what is to be added,
                negative to take away.

        Raises:
            ArgumentError: An amount of something else, or one that breaks its rule.

        Example:
            >>> from qsetu.sharing.usage import Usage
            >>> run = Usage("heart", "ada", "vqe", "2026-01-31T10:00Z", "2026-01-31T10:01Z", shots=1000)
            >>> run.correction(shots=-1000, note="the job was refunded").shots
            -1000
        """
        for name in amounts:
            as_choice("amounts", name, ADDED_UP)
        if self.corrects is not None:
            raise ArgumentError("corrects", "must be an entry that is no correction itself", self.identity)
        return Usage(
            self.project,
            self.user,
            self.what,
            self.started,
            self.finished,
            outcome=self.outcome,
            source=self.source,
            job_id=self.job_id,
            calibration_set_id=self.calibration_set_id,
            note=note,
            corrects=self.identity,
            **amounts,
        )
