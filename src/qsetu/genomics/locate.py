"""Finding a data file: the folder the user names first, then a package that carries the file."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from qsetu.core.errors import DataError

__all__ = ["DATA_VARIABLE", "locate"]

DATA_VARIABLE = "QSETU_DATA"


def locate(file_name: str, package: str, inside: str) -> Path:
    """The first existing place of a data file.

    Args:
        file_name: Path below the folder named by the environment variable ``QSETU_DATA``.
        package: Installed package that carries the file; it is found, never imported.
        inside: Path of the file inside that package.

    Returns:
        Path of an existing file.

    Raises:
        DataError: ``QSETU_DATA`` names no folder, or the file is in neither place.
    """
    tried = []
    folder = os.environ.get(DATA_VARIABLE, "").strip()
    if folder:
        if not Path(folder).is_dir():
            raise DataError(
                f"{DATA_VARIABLE} is set to '{folder}', which is not a folder. "
                "Correct it, or unset it to use the files that installed packages carry."
            )
        tried.append(Path(folder) / file_name)
    # find_spec of a top-level name does not run the package: importing scanpy takes seconds.
    spec = importlib.util.find_spec(package)
    if spec is not None:
        tried += [Path(place) / inside for place in spec.submodule_search_locations or []]
    for path in tried:
        if path.is_file():
            return path
    places = "; ".join(f"'{path}'" for path in tried) or "nowhere, there was no place to look"
    raise DataError(
        f"Data file '{file_name}' was not found (looked at: {places}). "
        f"Install it with: pip install {package}, or put it below a folder and set {DATA_VARIABLE} to it."
    )
