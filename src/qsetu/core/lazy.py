"""Names of a package that are imported when they are first used."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["lazy_names"]


def lazy_names(package: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """The ``__getattr__`` of a package whose names live in modules below it.

    Args:
        package: Its name.
        homes: The names that each module gives, by the module's name below the package.
    """
    where = {name: module for module, names in homes.items() for name in names}

    def getattr_(name: str) -> Any:
        if name not in where:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        value = getattr(importlib.import_module(f"{package}.{where[name]}"), name)
        # Found without this function from now on.
        setattr(sys.modules[package], name, value)
        return value

    return getattr_
