"""Packages that are wanted only sometimes, imported where they are used."""

from __future__ import annotations

import importlib
from typing import Any

from qsetu.core.errors import DataError

__all__ = ["needed"]


def needed(module: str, extra: str, what: str) -> Any:
    """The module called ``module``, or an error that says which extra of qsetu brings it.

    Args:
        module: Name to import, such as "cyvcf2".
        extra: Extra of qsetu that installs it, such as "genomics".
        what: What it is needed for, as the start of a sentence ("Reading BCF").

    Raises:
        DataError: The package is not installed, or cannot be loaded here.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        if error.name is not None and error.name.split(".")[0] == module.split(".")[0]:
            raise DataError(
                f"{what} needs the package '{module}', which is not installed. "
                f"Install it with: pip install 'qsetu[{extra}]'."
            ) from None
        message = f"{what} needs the package '{module}', which cannot be loaded here: {error}."
        raise DataError(message) from error
