"""Checking what was received: form, signature, content, policy, environment, and the numbers themselves."""

from __future__ import annotations

from qsetu.sharing.checking.contents import Contents, inspect_bundle
from qsetu.sharing.checking.open import unpack
from qsetu.sharing.checking.report import Check, VerifyReport
from qsetu.sharing.checking.verify import verify

__all__ = ["Check", "Contents", "VerifyReport", "inspect_bundle", "unpack", "verify"]
