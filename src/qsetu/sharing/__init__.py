"""Sharing between institutions: bundles that verify, policy, catalogue, usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qsetu.core.lazy import lazy_names

if TYPE_CHECKING:
    from qsetu.sharing.bundle import Packed, Person, Receiver, pack
    from qsetu.sharing.checking import Check, Contents, VerifyReport, inspect_bundle, unpack, verify
    from qsetu.sharing.errors import (
        BundleError,
        IsolationError,
        KeyListError,
        PolicyRefusal,
        SignatureError,
    )
    from qsetu.sharing.metrics import Metric, declare_metric
    from qsetu.sharing.policy import Asked, Override
    from qsetu.sharing.rerun import Limits
    from qsetu.sharing.signing import KeyList, make_key, read_private_key, read_public_key, sign_bundle

__all__ = [
    "Asked",
    "BundleError",
    "Check",
    "Contents",
    "IsolationError",
    "KeyList",
    "KeyListError",
    "Limits",
    "Metric",
    "Override",
    "Packed",
    "Person",
    "PolicyRefusal",
    "Receiver",
    "SignatureError",
    "VerifyReport",
    "declare_metric",
    "inspect_bundle",
    "make_key",
    "pack",
    "read_private_key",
    "read_public_key",
    "sign_bundle",
    "unpack",
    "verify",
]

# Lazy: a notebook that declares a metric should not wait for cards and cryptography.
_HOMES = {
    "bundle": ("Packed", "Person", "Receiver", "pack"),
    "checking": ("Check", "Contents", "VerifyReport", "inspect_bundle", "unpack", "verify"),
    "errors": ("BundleError", "IsolationError", "KeyListError", "PolicyRefusal", "SignatureError"),
    "metrics": ("Metric", "declare_metric"),
    "policy": ("Asked", "Override"),
    "rerun": ("Limits",),
    "signing": ("KeyList", "make_key", "read_private_key", "read_public_key", "sign_bundle"),
}


__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
