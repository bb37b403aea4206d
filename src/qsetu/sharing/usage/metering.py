"""A run in a ``with`` block: quotas first, then measured, then one entry, however it ends."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from qsetu.core.checks import as_choice
from qsetu.core.errors import QsetuError
from qsetu.sharing.usage.defaults import default_user
from qsetu.sharing.usage.entry import ADDED_UP, Usage
from qsetu.sharing.usage.ledger import Ledger
from qsetu.sharing.usage.measuring import PeakMemory, cpu_seconds
from qsetu.sharing.usage.quotas import QuotaDecision
from qsetu.sharing.usage.resources import RESOURCES
from qsetu.sharing.usage.texts import as_line, as_name
from qsetu.sharing.usage.times import stamp

__all__ = ["Meter", "metered"]


class Meter:
    """A run that is being measured; :func:`metered` gives it.

    Attributes:
        decision: What the quotas said before it started.
        entry: What was added to the ledger; None until the block has ended.
    """

    def __init__(self, decision: QuotaDecision) -> None:
        self.decision = decision
        self.entry: Usage | None = None
        self._amounts: dict[str, Any] = {}
        self._names: dict[str, list[str]] = {"job_id": [], "calibration_set_id": []}

    def add(
        self, *, job_id: str | None = None, calibration_set_id: str | None = None, **amounts: float | int
    ) -> None:
        """Count what cannot be measured from here; call it as often as needed, and amounts add up.

        Args:
            job_id: Of a quantum machine or scheduler. Several are kept with commas between them.
            calibration_set_id: Of the quantum machine, the same way.
            **amounts: ``shots``, ``qpu_seconds`` and ``gpu_seconds``; ``cpu_seconds`` of other machines.

        Raises:
            ArgumentError: A value breaks its rule. Nothing is counted then, and the entry is safe.
        """
        sums = dict(self._amounts)
        for name, value in amounts.items():
            one = RESOURCES[as_choice("amounts", name, ADDED_UP)]
            sums[name] = one.checked(name, sums.get(name, 0) + one.checked(name, value))
        names = {name: list(kept) for name, kept in self._names.items()}
        for name, text in (("job_id", job_id), ("calibration_set_id", calibration_set_id)):
            if text is not None and as_name(name, text) not in names[name]:
                names[name].append(text)
            as_line(name, ", ".join(names[name]))
        self._amounts, self._names = sums, names

    def _entry(self, cpu: float, **values: Any) -> Usage:
        kept: dict[str, Any] = {name: ", ".join(texts) or None for name, texts in self._names.items()}
        amounts = {**self._amounts, "cpu_seconds": cpu + self._amounts.get("cpu_seconds", 0.0)}
        return Usage(**values, **kept, **amounts)


@contextmanager
def metered(
    ledger: Ledger, project: str, what: str, *, estimate: Any = None, user: str | None = None
) -> Iterator[Meter]:
    """Run a block only if the project's quotas allow it, and add one entry for it at the end.

    Processor seconds are those of this process with all its threads, and of the processes that it started;
    whatever else ran in it meanwhile is in them. The entry is added also if the block raises ("failed") or is
    interrupted ("stopped"). A process that is killed adds nothing.

    Args:
        ledger: Where quotas are and the entry goes.
        project: Who pays.
        what: What is run.
        estimate: What it will use, as :meth:`Ledger.check` takes it.
        user: Who runs it; the login name if None.

    Yields:
        The run, whose ``add`` takes shots, QPU and GPU seconds, job and calibration set.

    Raises:
        QuotaExceeded: Before the block starts.
        ArgumentError: A name or an estimate breaks its rule; before the block starts.
        OutputError: The entry cannot be written. If the block raised, that error stays, with a note.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from qsetu.sharing.usage import Ledger, metered
        >>> ledger = Ledger(Path(mkdtemp()) / "usage.sqlite")
        >>> with metered(ledger, "heart", "vqe", estimate={"shots": 2000}) as run:
        ...     run.add(shots=1000, qpu_seconds=1.5, job_id="0193-a")
        >>> run.entry.outcome, run.entry.shots, run.entry.qpu_seconds, run.entry.job_id
        ('finished', 1000, 1.5, '0193-a')
    """
    names = {"what": as_name("what", what), "user": as_name("user", default_user() if user is None else user)}
    meter = Meter(ledger.require(project, estimate))
    identity = f"qsetu:{uuid.uuid4()}"
    started, memory, before = datetime.now(UTC), PeakMemory(), cpu_seconds()

    def entry(outcome: str, note: str) -> Usage:
        return meter._entry(
            max(0.0, cpu_seconds() - before),
            project=project,
            **names,
            started=stamp(started),
            # The system's clock may have been set back meanwhile.
            finished=stamp(max(started, datetime.now(UTC))),
            peak_memory_bytes=memory.read(),
            outcome=outcome,
            identity=identity,
            note=note,
        )

    try:
        yield meter
    except BaseException as error:
        # The type only: what an error says may hold data that are nobody's business.
        outcome = "failed" if isinstance(error, Exception) else "stopped"
        meter.entry = entry(outcome, type(error).__name__)
        try:
            ledger.add(meter.entry)
        except QsetuError as lost:
            error.add_note(f"The usage of this run could not be written down: {lost}")
        raise
    meter.entry = entry("finished", "")
    ledger.add(meter.entry)
