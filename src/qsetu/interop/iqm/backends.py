"""IQM's fake backends: their names, what they are made of, and their noise."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qsetu.core.checks import as_choice
from qsetu.core.errors import EngineError

if TYPE_CHECKING:
    from qiskit_aer.noise import NoiseModel as AerNoiseModel

__all__ = [
    "DEVICE",
    "FAKES",
    "BackendInfo",
    "Backends",
    "backends",
    "fake_backend",
    "noise_model",
    "require_iqm",
]

FAKES = ("adonis", "aphrodite", "apollo", "deneb", "garnet")
DEVICE = "device"


@dataclass(frozen=True)
class BackendInfo:
    """What a backend is made of.

    Attributes:
        name: What :func:`run` calls it.
        qubits: IQM's names of its qubits.
        resonators: Names of its computational resonators: it has a MOVE gate where there are any.
        couplings: Pairs of the names that CZ acts on.
        native_gates: IQM's names; ``prx`` is Qiskit's and qsetu's ``r``.
    """

    name: str
    qubits: tuple[str, ...]
    resonators: tuple[str, ...]
    couplings: tuple[tuple[str, str], ...]
    native_gates: tuple[str, ...]

    @property
    def topology(self) -> str:
        """In words."""
        if self.resonators:
            return f"star around {', '.join(self.resonators)}"
        most = max(sum(qubit in pair for pair in self.couplings) for qubit in self.qubits)
        shape = "star" if most == len(self.couplings) else "lattice"
        return f"{shape}, {len(self.couplings)} couplings"


class Backends(tuple[BackendInfo, ...]):
    """Backends, which print as a table."""

    __slots__ = ()

    def __str__(self) -> str:
        rows = [("backend", "qubits", "topology", "native gates")]
        rows += [(one.name, str(len(one.qubits)), one.topology, ", ".join(one.native_gates)) for one in self]
        wide = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = ("  ".join(cell.ljust(size) for cell, size in zip(row, wide, strict=True)) for row in rows)
        return "\n".join(line.rstrip() for line in lines)

    __repr__ = __str__


def backends() -> Backends:
    """The fake backends, which need no network: qubits, topology, native gates.

    Raises:
        EngineError: iqm-client is not installed.
    """
    return Backends(_describe(name) for name in FAKES)


def noise_model(backend: str) -> AerNoiseModel:
    """The noise of a fake backend as Qiskit Aer has it: relaxation and depolarizing of gates, and readout.

    Args:
        backend: A name that :func:`backends` lists.

    Returns:
        A copy, on the backend's numbering of its qubits.

    Raises:
        ArgumentError: No such backend.
        EngineError: iqm-client is not installed.
    """
    return copy.deepcopy(fake_backend(as_choice("backend", backend, FAKES)).noise_model)


def require_iqm() -> None:
    """Import what everything here needs, which takes seconds the first time.

    Raises:
        EngineError: iqm-client is not installed, or is broken.
    """
    try:
        import iqm.qiskit_iqm  # noqa: F401
        import qiskit_aer  # noqa: F401
    except ImportError as error:
        # The name alone: what else the message holds is of no use to the reader.
        missing = f" ({error.name} is missing)" if error.name else ""
        text = f"IQM's machines and fake backends need iqm-client{missing}: pip install 'qsetu[iqm]'."
        raise EngineError(text) from None


def fake_backend(name: str) -> Any:
    """IQM's own object; one for each name in a process, since iqm-client makes them when it is imported."""
    require_iqm()
    from iqm.qiskit_iqm.iqm_provider import facade_names

    return facade_names[f"facade_{name}"]


def _describe(name: str) -> BackendInfo:
    architecture = fake_backend(name).architecture
    pairs = sorted(
        {tuple(sorted(locus, key=_natural)) for locus in architecture.gates["cz"].loci}, key=_naturals
    )
    return BackendInfo(
        name,
        tuple(architecture.qubits),
        tuple(architecture.computational_resonators),
        tuple((first, second) for first, second in pairs),
        tuple(gate for gate in ("prx", "cz", "move") if gate in architecture.gates),
    )


def _natural(name: str) -> tuple[str, int]:
    letters = name.rstrip("0123456789")
    return letters, int(name[len(letters) :] or 0)


def _naturals(names: tuple[str, ...]) -> list[tuple[str, int]]:
    return [_natural(name) for name in names]
