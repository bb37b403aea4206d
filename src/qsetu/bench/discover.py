"""Where suites come from: packages that declare them, and files of the user's own."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

from qsetu.bench.cases import Suite
from qsetu.core.errors import ArgumentError, DataError

__all__ = ["ENTRY_POINTS", "find_suite", "find_suites"]

ENTRY_POINTS = "qsetu.benchmarks"


def find_suites(cases: str | Path | None = None) -> dict[str, Suite]:
    """Every suite by name.

    Args:
        cases: A Python file or folder (a package) that has ``SUITES``, a sequence of
            :class:`~qsetu.bench.cases.Suite`; None means those of installed packages (entry points
            ``qsetu.benchmarks``).

    Raises:
        DataError: Nothing declares a suite, or what does cannot be imported.
    """
    modules = [_from_path(Path(cases))] if cases is not None else _installed()
    found: dict[str, Suite] = {}
    for module in modules:
        for suite in getattr(module, "SUITES", ()):
            if suite.name in found:
                raise DataError(f"Two packages declare a suite '{suite.name}'.")
            found[suite.name] = suite
    if not found:
        where = f"'{cases}' declares no SUITES" if cases is not None else "no installed package declares any"
        raise DataError(f"No benchmark suites: {where}.")
    return found


def find_suite(name: str, cases: str | Path | None = None) -> Suite:
    """One of :func:`find_suites`.

    Raises:
        ArgumentError: There is none of that name.
        DataError: As :func:`find_suites`.
    """
    suites = find_suites(cases)
    if name not in suites:
        raise ArgumentError("suite", f"must be one of {', '.join(suites)}", name)
    return suites[name]


def _installed() -> list[ModuleType]:
    return [importlib.import_module(point.value) for point in metadata.entry_points(group=ENTRY_POINTS)]


def _from_path(path: Path) -> ModuleType:
    file = path / "__init__.py" if path.is_dir() else path
    if not file.is_file():
        raise DataError(f"Benchmark cases '{path}': no such file, and no folder with an __init__.py.")
    name = path.resolve().stem
    spec = importlib.util.spec_from_file_location(
        name, file, submodule_search_locations=[str(path)] if path.is_dir() else None
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # its own modules import it by name
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise DataError(
            f"Benchmark cases '{path}' cannot be imported: {type(error).__name__}: {error}"
        ) from error
    return module
