"""What every test run needs to know."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from pathlib import Path

import pytest

from qsetu.engines import ENGINES

# No test believes, or writes, a verdict in somebody's cache folder; the processes that tests start neither.
os.environ["QSETU_TRUST_CACHE"] = "off"

# A shell that runs us in the background has us ignore Ctrl-C, and what tests interrupt would inherit that.
if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    and threading.current_thread() is threading.main_thread()
):
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> list[str]:
    states = [f"{name}: {entry.why_missing() or 'ready'}" for name, entry in ENGINES.items()]
    return ["qsetu engines: " + "; ".join(states), f"QSETU_DATA: {os.environ.get('QSETU_DATA', 'not set')}"]


@pytest.fixture(scope="session", autouse=True)
def _native_where_it_can_be_built():
    # Without this, a broken build would silently turn every native test off.
    if shutil.which("c++") or shutil.which("g++") or shutil.which("clang++"):
        reason = ENGINES["native"].why_missing()
        assert reason is None, f"a C++ compiler is here, yet: {reason}"


@pytest.fixture
def data_folder() -> Path:
    """The folder of real data files; tests that need it skip where there is none."""
    value = os.environ.get("QSETU_DATA")
    if not value:
        pytest.skip("QSETU_DATA is not set: no folder of data files on this machine")
    return Path(value)
