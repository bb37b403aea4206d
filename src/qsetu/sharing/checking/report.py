"""What checking a bundle found, check by check, for people, programs and the archive."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from qsetu.sharing.metrics import Agreement

__all__ = ["Check", "MetricCheck", "State", "VerifyReport"]

State = Literal["pass", "note", "differs", "fail", "could not run", "not asked"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Check(_Record):
    """One check.

    Attributes:
        name: "form", "signature", "content", "policy", "environment" or "re-run".
        state: "pass"; "note" (worth knowing, no verdict against it); "differs"; "fail"; "could not run"; "not
            asked".
        sentences: What was found.
    """

    name: str
    state: State
    sentences: list[str]


class MetricCheck(_Record):
    """One declared metric of one item."""

    item: str
    agreement: Agreement


class VerifyReport(_Record):
    """Everything that checking a bundle found.

    Attributes:
        bundle: Name of the file.
        sha256: Of all its bytes, hex; empty where the file could not be read.
        title: What it calls itself; empty where that was not reached.
        signed_by: Partners whose signatures hold.
        checks: In the order they were made; after a failure that makes the rest meaningless, it ends.
        metrics: Each declared metric, if the bundle was run again.
        seconds: Wall time of running it again.
    """

    format: Literal["qsetu.verification"] = "qsetu.verification"
    version: Literal[1] = 1
    bundle: str
    sha256: str
    title: str = ""
    signed_by: list[str] = Field(default_factory=list)
    checks: list[Check]
    metrics: list[MetricCheck] = Field(default_factory=list)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against it."""
        return all(check.state in ("pass", "note", "not asked") for check in self.checks)

    @property
    def exit_code(self) -> int:
        """0: nothing speaks against it. 1: something does."""
        return int(not self.passed)

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        against = [check for check in self.checks if check.state in ("fail", "differs", "could not run")]
        if against:
            return (
                f"Do not rely on it: {'; '.join(f'{check.name} {_verb(check.state)}' for check in against)}."
            )
        who = f"signed by {', '.join(self.signed_by)}" if self.signed_by else "not signed"
        count = len(self.metrics)
        again = f", and {count} of {count} metrics came out again" if count else ""
        return f"Nothing speaks against it: {who}{again}."

    def check(self, name: str) -> Check | None:
        """The check called ``name``; None where it was not reached."""
        return next((one for one in self.checks if one.name == name), None)


def _verb(state: State) -> str:
    return {"fail": "fails", "differs": "differs"}.get(state, state)
