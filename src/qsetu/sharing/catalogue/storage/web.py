"""A catalogue behind a web address: read only, not listed, believed in nothing but hashes."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from qsetu.core.errors import ArgumentError, DataError
from qsetu.sharing.catalogue.storage.base import CHUNK, Absent, Store

__all__ = ["WebStore"]

_TIMEOUT = (10.0, 60.0)
"""Seconds to connect, and between two pieces."""


class WebStore(Store):
    """Files below a web address, as ``qsetu catalogue site`` writes them.

    Args:
        address: Of http or https.
        shown: The same without a password.
        options: ``headers``, sent with every request.

    Raises:
        ArgumentError: ``options`` holds something else.
    """

    writable = False

    def __init__(self, address: str, shown: str, options: Mapping[str, Any]) -> None:
        import requests

        unknown = set(options) - {"headers"}
        if unknown:
            rule = "may have 'headers' only, at a web address"
            raise ArgumentError("storage_options", rule, sorted(unknown))
        self.address = address.rstrip("/")
        self.shown = shown
        self.session = requests.Session()
        self.session.max_redirects = 5
        # Bytes as they lie there: their hash is what counts, and nothing is blown up on the way.
        self.session.headers["Accept-Encoding"] = "identity"
        self.session.headers.update(options.get("headers", {}))

    def chunks(self, name: str) -> Generator[bytes, None, None]:
        """Content of a file, piece by piece; raises as :meth:`Store.chunks`."""
        import requests
        import urllib3

        try:
            with self.session.get(self._url(name), stream=True, timeout=_TIMEOUT) as answer:
                self._look_at(answer)
                yield from answer.raw.stream(CHUNK, decode_content=False)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise DataError(f"it cannot be read ({type(error).__name__})") from None

    def names(self, folder: str) -> dict[str, int]:
        """Never: a web address has no list of its files."""
        raise DataError(f"Catalogue '{self.shown}' cannot be listed, as no web address can.")

    def size(self, name: str) -> int | None:
        """Bytes of a file; None where there is none, or the server does not tell."""
        import requests

        try:
            answer = self.session.head(self._url(name), timeout=_TIMEOUT, allow_redirects=True)
            self._look_at(answer)
            return int(answer.headers["Content-Length"])
        except (requests.RequestException, DataError, KeyError, ValueError):
            return None

    def occupied(self) -> bool:
        """Always: nothing can be made there."""
        return True

    def put(self, name: str, source: Path | bytes, sha256: str) -> None:
        """Never; raises ArgumentError."""
        raise self.read_only()

    def _url(self, name: str) -> str:
        return f"{self.address}/{quote(name)}"

    def _look_at(self, answer: Any) -> None:
        if self.address.startswith("https:") and urlsplit(answer.url).scheme != "https":
            raise DataError("the server sends on to an address that is not https")
        if answer.status_code in (404, 410):
            raise Absent("it is not there")
        if answer.status_code != 200:
            raise DataError(f"the server answers with status {answer.status_code}")
