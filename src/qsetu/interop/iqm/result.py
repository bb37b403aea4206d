"""What came back from a backend, with what is needed to say where it came from."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.tally import counts
from qsetu.core.errors import ArgumentError

__all__ = ["FORMAT", "IQMResult", "versions"]

FORMAT, VERSION = "qsetu.iqm-result", 1


@dataclass(frozen=True, eq=False)
class IQMResult:
    """Shots of one job, and its origin.

    Attributes:
        samples: int64 ``(..., shots)``; bit q is qubit q of the circuit that was given, wherever it was run.
        num_qubits: n.
        backend: Name of the backend.
        quantum_computer: Which one of the server's, if that was said.
        job_id: Of the job: IQM's, or that of the simulator's run.
        calibration_set_id: Of the machine's calibration; None of a fake backend, which has none.
        circuit_hash: :meth:`qsetu.Circuit.content_hash` of the circuit given.
        depth: int64 ``(...)``, of the transpiled circuits, measurement apart.
        two_qubit_gates: int64 ``(...)``, CZ and MOVE gates of the transpiled circuits.
        qubits: IQM's names of all qubits and resonators that were used.
        shots: For each parameter row.
        seed: What chance was derived from: given or drawn. On a machine it decides transpilation only.
        versions: Names and versions of the packages that made and read the job, in pairs.
        submitted: Time before submission, ISO 8601, UTC.
        finished: Time when the result had come, likewise.
        timeline: What the server says happened when: source, status, time.
    """

    samples: NDArray[np.int64]
    num_qubits: int
    backend: str
    quantum_computer: str | None
    job_id: str
    calibration_set_id: str | None
    circuit_hash: str
    depth: NDArray[np.int64]
    two_qubit_gates: NDArray[np.int64]
    qubits: tuple[str, ...]
    shots: int
    seed: int
    versions: tuple[tuple[str, str], ...]
    submitted: str
    finished: str
    timeline: tuple[tuple[str, str, str], ...] = ()

    def counts(self, index: int | tuple[int, ...] = ()) -> dict[str, int]:
        """Tally of one parameter row: bit strings, qubit 0 rightmost, most frequent first.

        Args:
            index: Which row, where there are several.

        Raises:
            ArgumentError: ``index`` does not name one row.
        """
        place, batch = index if isinstance(index, tuple) else (index,), self.samples.shape[:-1]
        if len(place) != len(batch) or not all(-n <= i < n for i, n in zip(place, batch, strict=True)):
            raise ArgumentError("index", f"must name one row of shape {batch}", index)
        return counts(self.samples[place], self.num_qubits)

    def record(self) -> dict[str, Any]:
        """Plain JSON data, with a format name and version; tallies of the rows instead of samples."""
        batch = self.samples.shape[:-1]
        plain = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in ("samples", "depth", "two_qubit_gates", "versions", "qubits", "timeline")
        }
        return {
            "format": FORMAT,
            "version": VERSION,
            **plain,
            "shape": list(batch),
            "counts": [counts(self.samples[place], self.num_qubits) for place in np.ndindex(*batch)],
            "depth": self.depth.reshape(math.prod(batch)).tolist(),
            "two_qubit_gates": self.two_qubit_gates.reshape(math.prod(batch)).tolist(),
            "qubits": list(self.qubits),
            "versions": dict(self.versions),
            "timeline": [list(entry) for entry in self.timeline],
        }

    def __repr__(self) -> str:
        lead, batch = f"<IQMResult: {self.shots} shots", self.samples.shape[:-1]
        rows = f" for each of {math.prod(batch)} rows" if batch else ""
        return f"{lead}{rows} of {self.num_qubits} qubit(s) on {self.backend}, job {self.job_id}>"


def versions() -> tuple[tuple[str, str], ...]:
    """Of the packages that a job depends on."""
    return tuple((name, metadata.version(name)) for name in ("qsetu", "iqm-client", "qiskit", "qiskit-aer"))
