"""The roster of engines and how they are found."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from qsetu.core.errors import EngineError, unknown_name
from qsetu.engines.base import Engine

__all__ = ["ENGINES", "ENGINE_NAMES", "EngineEntry", "get_engine"]


@dataclass(frozen=True)
class EngineEntry:
    """One engine: where it lives and what it is for.

    Attributes:
        name: What ``engine=`` is given.
        module: Where its ``ENGINE`` is.
        summary: A line for people.
        variants: What may follow the name and a colon, each with a line for people: the engine itself
            knows what it means (:meth:`Engine.with_options`).
    """

    name: str
    module: str
    summary: str
    variants: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of it, that without options first."""
        return (self.name, *(f"{self.name}:{variant}" for variant in self.variants))

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
        EngineEntry(
            "aer",
            "qsetu.engines.aer.engine",
            "Qiskit Aer: statevectors, and its noise models",
            {
                "statevector": "the same as aer",
                "matrix_product_state": "many qubits, little entanglement",
                "density_matrix": "exact noise on few qubits",
                "statevector:gpu": "on an NVIDIA GPU, where Aer was built for it",
                "density_matrix:gpu": "exact noise, on an NVIDIA GPU",
            },
        ),
        EngineEntry("reference", "qsetu.engines.reference.engine", "slow, obvious NumPy oracle for tests"),
    )
}


# Every name an engine can be asked for by, options included.
ENGINE_NAMES = tuple(name for entry in ENGINES.values() for name in entry.names)


@cache
def get_engine(name: str) -> Engine:
    """The engine called ``name``.

    Raises:
        ArgumentError: No engine has that name.
        EngineError: The engine cannot run here.
    """
    base, _, options = name.partition(":")
    if base not in ENGINES or name not in ENGINES[base].names:
        raise unknown_name("engine", name, ["auto", *ENGINE_NAMES])
    engine = ENGINES[base].load()
    return engine.with_options(options) if options else engine
