"""What can go wrong when something is shared, each a class of its own."""

from __future__ import annotations

from collections.abc import Sequence

from qsetu.core.errors import DataError, QsetuError

__all__ = ["BundleError", "IsolationError", "KeyListError", "PolicyRefusal", "SignatureError"]


class BundleError(DataError):
    """A file is no bundle, or one that was changed, damaged, too large, or of a newer format."""


class SignatureError(QsetuError):
    """A signature is missing, wrong, or of a key that is unknown, expired or revoked."""


class KeyListError(QsetuError):
    """A key or the list of partners' keys cannot be read, written, or does not allow what was asked."""


class IsolationError(QsetuError):
    """Somebody else's notebook cannot be run apart from this machine's files and network."""


class PolicyRefusal(QsetuError):
    """The policy forbids to share this.

    Args:
        reasons: Why, a sentence each.
    """

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        lines = "\n".join(f"  - {reason}" for reason in self.reasons)
        super().__init__(f"This may not be shared:\n{lines}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.reasons,)
