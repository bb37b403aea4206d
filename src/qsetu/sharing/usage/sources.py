"""Entries from what others have written down: results of experiments, jobs of quantum machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qsetu.core.errors import ArgumentError, DataError
from qsetu.sharing.usage.defaults import default_project, default_user
from qsetu.sharing.usage.entry import Usage
from qsetu.sharing.usage.texts import as_name

if TYPE_CHECKING:
    from qsetu.experiments.record import Result

__all__ = ["usage_of_iqm", "usage_of_result"]


def usage_of_result(result: Result, project: str | None = None, user: str | None = None) -> Usage:
    """What the run of an experiment used, by its own record.

    A record counts the processor time of all folds, also of those that an earlier run had computed and this
    one found in the store. Where all were found, nothing was used and 0 is counted; where some were, all are,
    and the note says so. Results that were merged hold the time of their parts: count the parts instead.

    Args:
        result: As :func:`qsetu.experiments.read_result` gives it.
        project: Who pays; ``QSETU_PROJECT`` or "default" if None.
        user: Who ran it; the login name if None.

    Raises:
        DataError: The record says what cannot be, such as a negative time.
    """
    known = result.provenance
    names = _names(project, user)
    note = ""
    if known.reused:
        note = f"{known.reused} of {known.reused + known.computed} folds were found in the store"
        note += ": nothing was computed" if not known.computed else ", and are counted again"
    used = 1 if known.computed or not known.reused else 0
    try:
        return Usage(
            *names,
            what=result.experiment,
            started=known.started,
            finished=known.finished,
            cpu_seconds=used * known.cpu_seconds,
            gpu_seconds=used * known.gpu_seconds,
            identity=f"result:{result.identity}:{known.started}",
            note=note,
        )
    except ArgumentError as error:
        raise DataError(f"Result '{result.identity[:12]}' cannot be counted: {error}") from None


def usage_of_iqm(
    job_id: str,
    *,
    calibration_set_id: str | None,
    qpu_seconds: float,
    shots: int,
    started: str,
    finished: str,
    project: str | None = None,
    user: str | None = None,
    what: str = "IQM job",
    outcome: str = "finished",
    note: str = "",
) -> Usage:
    """What a job on an IQM machine used; one entry for each job, however often it is made.

    Args:
        job_id: Of the job, such as ``job_id`` of a result of :mod:`qsetu.interop.iqm`.
        calibration_set_id: Of the machine at that time; neither can be listed later. None for a fake one.
        qpu_seconds: As its operator bills them.
        shots: Of all circuits of the job together.
        started: ISO 8601 with an offset.
        finished: The same.
        project: Who pays; ``QSETU_PROJECT`` or "default" if None.
        user: Who ran it; the login name if None.
        what: What was run.
        outcome: "finished", "failed" or "stopped".
        note: One line.

    Raises:
        ArgumentError: A value breaks its rule.

    Example:
        >>> from qsetu.sharing.usage import usage_of_iqm
        >>> times = {"started": "2026-01-31T10:00Z", "finished": "2026-01-31T10:01Z"}
        >>> usage_of_iqm("0193-a", calibration_set_id="77", qpu_seconds=2.5, shots=1000, **times).identity
        'iqm:0193-a'
    """
    job = as_name("job_id", job_id)
    return Usage(
        *_names(project, user),
        what=what,
        started=started,
        finished=finished,
        qpu_seconds=qpu_seconds,
        shots=shots,
        outcome=outcome,
        source="iqm",
        identity=f"iqm:{job}",
        job_id=job,
        calibration_set_id=calibration_set_id,
        note=note,
    )


def _names(project: str | None, user: str | None) -> tuple[str, str]:
    return (default_project() if project is None else project, default_user() if user is None else user)
