"""From a location as people write it to the place that it means."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qsetu.core.errors import ArgumentError
from qsetu.sharing.catalogue.storage.base import Store
from qsetu.sharing.catalogue.storage.local import LocalStore
from qsetu.sharing.catalogue.storage.remote import RemoteStore
from qsetu.sharing.catalogue.storage.web import WebStore

__all__ = ["open_store"]


def open_store(url: str | Path, options: Mapping[str, Any]) -> Store:
    """The place that ``url`` means: a folder, a web address (read only), or what fsspec makes of it.

    Args:
        url: ``/srv/catalogue``, ``s3://bucket/catalogue``, ``https://example.org/catalogue``.
        options: Passed on to fsspec; at a web address ``headers`` only.

    Raises:
        ArgumentError: It is empty, of a kind that fsspec does not know, or needs a package that is not here.
    """
    text = str(url).strip() if isinstance(url, (str, Path)) else ""
    if not text or "\0" in text:
        rule = "must be a folder or an address, such as /srv/catalogue or s3://bucket/catalogue"
        hint = "On the command line, QSETU_CATALOGUE can name it for all commands."
        raise ArgumentError("url", rule, url, hint)
    scheme, _, rest = text.partition("://") if "://" in text else ("", "", text)
    if "::" not in text and scheme.lower() in ("http", "https"):
        return WebStore(text, _without_password(text), options)
    if "::" not in text and scheme.lower() in ("", "file", "local"):
        return LocalStore(Path(rest).expanduser().absolute())
    return _remote(text, options)


def _remote(text: str, options: Mapping[str, Any]) -> Store:
    shown = _without_password(text)
    try:
        filesystem, root = importlib.import_module("fsspec.core").url_to_fs(text, **options)
    except ImportError as error:
        hint = f"{str(error).rstrip('.')}, with pip, where qsetu is installed."
        raise ArgumentError("url", "needs a package that is not installed", shown, hint) from None
    except Exception as error:
        hint = f"fsspec says: {error}.".replace(text, shown)
        raise ArgumentError("url", "must be a location that fsspec can open", shown, hint) from None
    return RemoteStore(filesystem, root, shown)


def _without_password(url: str) -> str:
    """``url`` without a user and a password, and without what follows a question mark, which can be a key."""
    return re.sub(r"://[^/]*@", "://", url.partition("?")[0])
