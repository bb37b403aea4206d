"""Which peers there are, and which can run here."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable
from types import ModuleType

from qsetu.bench import Candidate, Options

__all__ = ["PEERS", "builders", "missing", "status"]

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
    return f"{', '.join(absent)} not installed; pip install 'qsetu[bench]'" if absent else None


def status() -> dict[str, str | None]:
    """Every peer, with why it cannot run here."""
    return {peer: missing(peer) for peer in PEERS}


def builders(
    function: str, wanted: Iterable[str], options: Options, *arguments: object
) -> tuple[Callable[[], list[Candidate]], ...]:
    """Of each peer among `wanted` that is installed and asked for: what makes its candidates."""
    made = []
    for peer in wanted:
        if not options.wants(peer) or missing(peer) is not None:
            continue

        def build(peer: str = peer) -> list[Candidate]:
            return list(getattr(adapter(peer), function)(*arguments))

        build.who = peer  # type: ignore[attr-defined]
        made.append(build)
    return tuple(made)


def adapter(peer: str) -> ModuleType:
    """The module of an installed peer."""
    return importlib.import_module(f"qsetu_benchmarks.peers.{peer}")
