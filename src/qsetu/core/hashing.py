"""One content hash for everything that is addressed by what it is: circuits, data, settings."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["content_hash", "file_sha256"]


def content_hash(*values: Any) -> str:
    """SHA-256 (hex) of the values' content.

    Equal content gives equal hashes in every process and on every machine. Covered: ``None``,
    ``bool``, ``int``, ``float``, ``complex``, ``str``, ``bytes``, tuples and lists, mappings (order
    does not matter), NumPy arrays (dtype, shape and bytes) and dataclasses (type name and fields).

    Raises:
        TypeError: A value of any other type, because hashing its ``repr`` could hide a difference.
    """
    digest = hashlib.sha256()
    for value in values:
        _feed(digest, value)
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 (hex) of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _feed(digest: Any, value: Any) -> None:
    # Every element starts with a type tag and, where its length varies, its length: no two
    # different values can produce the same byte stream.
    if value is None:
        digest.update(b"N;")
    elif isinstance(value, (bool, np.bool_)):
        digest.update(b"T;" if value else b"F;")
    elif isinstance(value, (int, np.integer)):
        _feed_text(digest, b"i", str(int(value)))
    elif isinstance(value, (float, np.floating)):
        _feed_text(digest, b"f", float(value).hex())
    elif isinstance(value, (complex, np.complexfloating)):
        _feed_text(digest, b"c", f"{float(value.real).hex()},{float(value.imag).hex()}")
    elif isinstance(value, str):
        _feed_text(digest, b"s", value)
    elif isinstance(value, bytes):
        digest.update(b"b%d:" % len(value) + value)
    elif isinstance(value, np.ndarray):
        _feed_array(digest, value)
    elif isinstance(value, (tuple, list)):
        digest.update(b"l%d:" % len(value))
        for item in value:
            _feed(digest, item)
    elif isinstance(value, Mapping):
        digest.update(b"m%d:" % len(value))
        for key in sorted(value, key=str):
            _feed(digest, key)
            _feed(digest, value[key])
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        _feed_text(digest, b"d", type(value).__qualname__)
        for field in dataclasses.fields(value):
            _feed_text(digest, b"k", field.name)
            _feed(digest, getattr(value, field.name))
    else:
        raise TypeError(f"content_hash cannot hash a {type(value).__name__}; convert it to plain data first.")


def _feed_text(digest: Any, tag: bytes, text: str) -> None:
    data = text.encode()
    digest.update(tag + b"%d:" % len(data) + data)


def _feed_array(digest: Any, array: np.ndarray[Any, Any]) -> None:
    if array.dtype.hasobject:
        _feed(digest, array.tolist())
        return
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    _feed_text(digest, b"a", f"{little.dtype.str}{little.shape}")
    digest.update(np.ascontiguousarray(little).tobytes())
