"""Who vouches for a bundle: keys, the list of partners' keys, DSSE envelopes over in-toto statements."""

from __future__ import annotations

from qsetu.sharing.signing.envelope import (
    SignatureReport,
    default_envelope,
    sign_bundle,
    verify_envelope,
)
from qsetu.sharing.signing.key_list import KeyList, Partner, keys_folder
from qsetu.sharing.signing.keys import PublicKey, make_key, read_private_key, read_public_key

__all__ = [
    "KeyList",
    "Partner",
    "PublicKey",
    "SignatureReport",
    "default_envelope",
    "keys_folder",
    "make_key",
    "read_private_key",
    "read_public_key",
    "sign_bundle",
    "verify_envelope",
]
