"""The machine behind a server: opened with what the environment says, which nobody gets to see.

``IQM_SERVER_URL`` is read here; ``IQM_TOKEN`` or ``IQM_TOKENS_FILE`` by iqm-client itself. Errors of
iqm-client and of the network are told again without these, and without the originals behind them: those can
hold headers.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from qsetu.core.errors import EngineError
from qsetu.interop.iqm.backends import require_iqm

__all__ = ["URL_VARIABLE", "guarded", "open_device", "wait"]

URL_VARIABLE = "IQM_SERVER_URL"
TOKEN_VARIABLES = ("IQM_TOKEN", "IQM_TOKENS_FILE")
POLL_SECONDS = 1.0

Answer = TypeVar("Answer")


def open_device(quantum_computer: str | None) -> Any:
    """IQM's backend object for the machine.

    Raises:
        EngineError: The environment names no server, the server does not answer or refuses, or iqm-client is
            not installed.
    """
    if not os.environ.get(URL_VARIABLE):
        hint = f"Set it, and {' or '.join(TOKEN_VARIABLES)}: neither is ever an argument."
        raise EngineError(
            f"backend='device' reads the server's address from {URL_VARIABLE}, which is not set. {hint}"
        )
    require_iqm()

    def connect() -> Any:
        from iqm.qiskit_iqm.iqm_provider import IQMProvider

        provider = IQMProvider(os.environ[URL_VARIABLE], quantum_computer=quantum_computer)
        return provider.get_backend()

    return guarded("The IQM server could not be used", connect)


def wait(job: Any, timeout: float) -> None:
    """Wait until a job has ended well.

    Raises:
        EngineError: It failed, was cancelled, or did not end within ``timeout`` seconds.
        KeyboardInterrupt: Ctrl-C; the job goes on.
    """
    from qiskit.providers import JobStatus

    told = later(job.job_id())
    end = time.monotonic() + timeout
    try:
        while True:
            status = guarded("The IQM server did not say how the job is doing", job.status, told)
            if status is JobStatus.DONE:
                return
            if status in (JobStatus.ERROR, JobStatus.CANCELLED):
                break
            if time.monotonic() >= end:
                raise EngineError(f"The job did not end within {timeout:g} seconds. {told}")
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"Stopped waiting; the job goes on. {told}") from None
    if status is JobStatus.CANCELLED:
        raise EngineError(f"The job was cancelled. Job {job.job_id()}.")
    reason = guarded("The IQM server did not say why the job failed", job.error_message, told)
    raise EngineError(
        f"The job failed: {_without_secrets(str(reason or 'no reason was given').strip())} "
        f"Job {job.job_id()}."
    )


def later(job_id: str) -> str:
    """How to come back for a job."""
    return f"Job {job_id}: qsetu.interop.iqm.fetch('{job_id}') gets its result later."


def guarded(what: str, call: Callable[[], Answer], told: str = "") -> Answer:
    """The answer of ``call``; what goes wrong in it is said without secrets.

    Raises:
        EngineError: Something went wrong.
    """
    try:
        return call()
    except Exception as error:
        said = _without_secrets(f"{type(error).__name__}: {error}")
    # Raised out here, the error has no other behind it, whose text or frames might hold a header.
    raise EngineError(f"{what} ({said}). {told}".strip())


def _without_secrets(text: str) -> str:
    for secret in sorted(_secrets(), key=len, reverse=True):
        text = text.replace(secret, "***")
    return re.sub(r"Bearer\s+[^\s'\")]+", "Bearer ***", text)


def _secrets() -> set[str]:
    """All texts that give away the address, the token, or where the token lies."""
    values = [os.environ.get(name, "") for name in (URL_VARIABLE, *TOKEN_VARIABLES)]
    found = {value for value in values if value}
    try:
        address = urlsplit(values[0])
        found |= {part for part in (address.netloc, address.hostname, address.password) if part}
    except ValueError:
        pass  # no address, so it has no parts
    try:
        token = json.loads(Path(values[2]).read_text(encoding="utf-8"))["access_token"] if values[2] else None
        found |= {token} if isinstance(token, str) else set()
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no token to be read from there
    plain = found | {value.strip() for value in found}
    return {form for value in plain for form in (value, repr(value)[1:-1]) if form.strip()}
