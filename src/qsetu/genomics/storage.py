"""Files of registered datasets: where they may lie, and that they hold what their card says."""

from __future__ import annotations

import gzip
import importlib.util
import os
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from qsetu.core.errors import DataError
from qsetu.core.files import cache_folder
from qsetu.core.hashing import file_sha256
from qsetu.genomics.card import DataFile, DatasetCard

__all__ = ["DATA_VARIABLE", "Source", "data_folder", "download_folder", "find_file", "is_right"]

DATA_VARIABLE = "QSETU_DATA"


def data_folder() -> Path | None:
    """The folder that the environment variable ``QSETU_DATA`` names; None where it is unset.

    Raises:
        DataError: It names no folder.
    """
    folder = os.environ.get(DATA_VARIABLE, "").strip()
    if not folder:
        return None
    if not Path(folder).is_dir():
        raise DataError(
            f"{DATA_VARIABLE} is set to '{folder}', which is not a folder. Correct it, or unset it to use "
            "downloaded files and those that installed packages carry."
        )
    return Path(folder)


def download_folder() -> Path | None:
    """Where ``qsetu data fetch`` puts files unless told otherwise; None where there is no home folder."""
    return cache_folder("data")


def find_file(card: DatasetCard, file: DataFile) -> tuple[Path | None, list[Path]]:
    """The first existing place of a file, unpacked or not, and all places that were tried."""
    tried = []
    for folder in (data_folder(), download_folder()):
        if folder is not None:
            tried.append(folder / file.path)
            if file.unpacked_sha256 is not None:
                tried.append(folder / file.path.removesuffix(".gz"))
    package, _, inside = card.carried_by.partition(":")
    if package and inside.rpartition("/")[2] == file.path.rpartition("/")[2]:
        # find_spec of a top-level name does not run the package: importing scanpy takes seconds.
        spec = importlib.util.find_spec(package)
        places = [] if spec is None else spec.submodule_search_locations or []
        tried += [Path(place) / inside for place in places]
    return next((path for path in tried if path.is_file()), None), tried


def is_right(path: Path, file: DataFile) -> tuple[bool, str]:
    """Whether ``path`` holds the bytes the card asks for, and its SHA-256."""
    digest = file_sha256(path)
    if path.name == file.path.rpartition("/")[2]:
        return digest in (file.sha256, *file.also_sha256), digest
    return digest == file.unpacked_sha256, digest


@final
@dataclass(frozen=True)
class Source:
    """The files of one part of a dataset, each checked before it is given out.

    Attributes:
        card: The dataset's card.
        part: Which part.
        read: SHA-256 of what has been given out, by name below the data folder.
    """

    card: DatasetCard
    part: str
    read: dict[str, str] = field(default_factory=dict)

    def path(self, ending: str = "") -> Path:
        """Where the file lies whose name ends in ``ending`` (the only file, if there is one only).

        Raises:
            DataError: It is nowhere, cannot be read, or holds something else.
        """
        file = self._file(ending)
        path, tried = find_file(self.card, file)
        if path is None:
            raise DataError(self._missing(file, tried))
        try:
            right, digest = is_right(path, file)
        except OSError as error:
            raise DataError(f"Data file '{path}' cannot be read ({error.strerror or error}).") from None
        if not right and not file.by_content:
            raise DataError(
                f"Data file '{path}' is not the file of dataset '{self.card.name}': its SHA-256 begins "
                f"{digest[:12]}, expected {file.sha256[:12]}; it has {path.stat().st_size} bytes, expected "
                f"{file.size}. It was changed, cut short or is another file; replace it"
                + (", or remove it and run: qsetu data fetch " + self.card.name if file.urls else "")
                + "."
            )
        self.read[file.path] = digest
        return path

    def bytes(self, ending: str = "") -> bytes:
        """Content of that file, unpacked if it is gzipped.

        Raises:
            DataError: As for :meth:`path`, or the packing is damaged.
        """
        path = self.path(ending)
        content = path.read_bytes()
        if content[:2] != b"\x1f\x8b":
            return content
        try:
            return gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"Data file '{path}' cannot be unpacked ({error}). Replace it.") from None

    def text(self, ending: str = "") -> str:
        """Content of that file as text, line ends as ``\\n``."""
        return self.bytes(ending).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")

    def _file(self, ending: str) -> DataFile:
        found = [file for file in self.card.facts(self.part).files if file.path.endswith(ending)]
        if len(found) != 1:
            raise KeyError(f"{len(found)} files of {self.card.name}/{self.part} end in {ending!r}")
        return found[0]

    def _missing(self, file: DataFile, tried: list[Path]) -> str:
        places = "; ".join(f"'{path}'" for path in tried) or "nowhere, there was no place to look"
        package = self.card.carried_by.partition(":")[0]
        ways = [f"pip install {package}"] if package else []
        ways += [f"qsetu data fetch {self.card.name}"] if file.urls else []
        way = " or ".join(ways)
        made = "" if file.urls or package else f" No address has this very file; {file.origin}."
        return (
            f"Data file '{file.path}' of dataset '{self.card.name}' was not found (looked at: {places}). "
            + (f"Get it with: {way}, or put" if way else "Put")
            + f" it below a folder and set {DATA_VARIABLE} to that folder.{made}"
        )
