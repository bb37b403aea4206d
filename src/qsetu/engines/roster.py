"""The roster of engines and how they are found."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache

from qsetu.core.errors import EngineError, unknown_name
from qsetu.engines.base import Engine

__all__ = ["ENGINES", "EngineEntry", "get_engine"]


@dataclass(frozen=True)
class EngineEntry:
    """One engine: where it lives and what it is for."""

    name: str
    module: str
    summary: str

    def load(self) -> Engine:
        """The engine itself.

        Raises:
            EngineError: It was not built or what it needs is not installed; says what to do.
        """
        engine: Engine = importlib.import_module(self.module).ENGINE
        return engine

    def why_missing(self) -> str | None:
        """None when the engine can run here, else the reason."""
        try:
            self.load()
        except EngineError as error:
            return str(error)
        return None


ENGINES: dict[str, EngineEntry] = {
    entry.name: entry
    for entry in (
        EngineEntry("native", "qsetu.engines.native.engine", "C++ on all CPU cores; the default"),
        EngineEntry("xla", "qsetu.engines.xla.engine", "JAX/XLA: CPU, GPU or TPU"),
        EngineEntry("reference", "qsetu.engines.reference.engine", "slow, obvious NumPy oracle for tests"),
    )
}


@cache
def get_engine(name: str) -> Engine:
    """The engine called ``name``.

    Raises:
        ArgumentError: No engine has that name.
        EngineError: The engine cannot run here.
    """
    if name not in ENGINES:
        raise unknown_name("engine", name, ["auto", *ENGINES])
    return ENGINES[name].load()
