"""Engines: one folder each, behind one interface; imported only when asked for."""

from qsetu.engines.base import Engine
from qsetu.engines.roster import ENGINES, EngineEntry, get_engine

__all__ = ["ENGINES", "Engine", "EngineEntry", "get_engine"]
