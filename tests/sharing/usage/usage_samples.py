"""Entries made up for tests."""

from __future__ import annotations

import itertools

from qsetu.sharing.usage import Usage

_COUNT = itertools.count()


def entry(project="heart", user="ada", **changes) -> Usage:
    """An entry of the last day of January 2026, unlike all others unless ``identity`` is given."""
    values = {
        "what": "a run",
        "started": "2026-01-31T10:00:00+00:00",
        "finished": "2026-01-31T10:01:00+00:00",
        "identity": f"made up {next(_COUNT)}",
    }
    return Usage(project, user, **{**values, **changes})
