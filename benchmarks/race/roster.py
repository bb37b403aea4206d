"""Which peers there are, and which can run here."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

# Adapter: what has to be importable for it.
PEERS = {
    "qsim": ("qsimcirq",),
    "aer": ("qiskit_aer",),
    "lightning": ("pennylane_lightning",),
    "qulacs": ("qulacs",),
    "scaluq": ("scaluq",),
    "default_qubit": ("pennylane", "jax"),
    "fidelity_kernel": ("qiskit_machine_learning",),
}


def missing(peer: str) -> str | None:
    """Why a peer cannot run here, or None."""
    absent = [name for name in PEERS[peer] if importlib.util.find_spec(name) is None]
    return f"{', '.join(absent)} not installed; pip install -e '.[bench]'" if absent else None


def adapters(function: str, wanted: tuple[str, ...]) -> list[ModuleType]:
    """The installed peers among `wanted` that can do `function`."""
    found = [importlib.import_module(f"race.peers.{peer}") for peer in wanted if missing(peer) is None]
    return [module for module in found if hasattr(module, function)]
