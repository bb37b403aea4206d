"""In every test: a report names all it looked for, so nothing it found can be missing there."""

from __future__ import annotations

import pytest

from qsetu.genomics.splits import LeakageReport, leakage


@pytest.fixture(autouse=True)
def _looked_for_what_was_found(monkeypatch):
    def checked(title, looked_for, findings):
        assert {one.kind for one in findings} <= set(looked_for)
        assert len(set(looked_for)) == len(looked_for)
        return LeakageReport(title, looked_for, findings)

    monkeypatch.setattr(leakage, "LeakageReport", checked)
