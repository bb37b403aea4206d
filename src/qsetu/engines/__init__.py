"""Engines: one folder each, behind one interface; imported only when asked for."""

from qsetu.engines.base import Engine
from qsetu.engines.roster import ENGINE_NAMES, ENGINES, EngineEntry, get_engine

__all__ = ["ENGINES", "ENGINE_NAMES", "Engine", "EngineEntry", "get_engine"]
