"""qsetu as a backend of Qiskit's."""

from __future__ import annotations

import datetime
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.metadata import version
from typing import Any

import numpy as np
import qiskit.circuit.library
from numpy.typing import DTypeLike, NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import ForLoopOp, IfElseOp, Measure, Parameter, Reset, SwitchCaseOp
from qiskit.providers import BackendV2, JobStatus, JobV1, Options
from qiskit.result import Result
from qiskit.result.models import ExperimentResult, ExperimentResultData
from qiskit.transpiler import Target

from qsetu.circuits import ALIASES, GATES, Circuit, MeasuredCircuit, NoiseModel
from qsetu.circuits.circuit import MAX_QUBITS
from qsetu.core.checks import as_int, as_seed
from qsetu.core.errors import ArgumentError
from qsetu.core.seeds import derive_seed
from qsetu.interop.qiskit.read import from_qiskit
from qsetu.measure import sample_bits
from qsetu.simulate import statevector

__all__ = ["Backend", "Job"]


class Backend(BackendV2):
    """qsetu's engines as a backend of Qiskit's: ``backend.run(circuit).result().get_counts()``.

    Circuits run as they are: what is not among the gates of ``target`` is taken apart when a circuit is read,
    so ``transpile`` is not needed, and does little. A circuit that measures nothing gives its statevector.

    Args:
        num_qubits: Of the target; None leaves circuits as wide as they are.
        engine: "auto", or an engine's name.
        dtype: Precision of the simulation, complex64 or complex128.
        noise: What follows each gate, and how readout errs; None for nothing.

    Example:
        >>> from qiskit import QuantumCircuit
        >>> from qsetu.interop.qiskit import Backend
        >>> bell = QuantumCircuit(2)
        >>> _ = bell.h(0), bell.cx(0, 1), bell.measure_all()
        >>> result = Backend().run(bell, shots=1000, seed_simulator=1).result()
        >>> sorted(result.get_counts())
        ['00', '11']
    """

    def __init__(
        self,
        num_qubits: int | None = None,
        *,
        engine: str = "auto",
        dtype: DTypeLike = np.complex64,
        noise: NoiseModel | None = None,
    ) -> None:
        super().__init__(
            name="qsetu", description="qsetu statevector simulator", backend_version=version("qsetu")
        )
        width = None if num_qubits is None else as_int("num_qubits", num_qubits, 1, MAX_QUBITS)
        self._target = _target(width)
        self.engine = engine
        self.dtype = dtype
        self.noise = noise

    @property
    def target(self) -> Target:
        """Every gate of the table, between any qubits, without errors or durations."""
        return self._target

    @property
    def max_circuits(self) -> None:
        """No limit."""
        return None

    @classmethod
    def _default_options(cls) -> Options:
        return Options(shots=1024, memory=False, seed_simulator=None)

    def run(self, run_input: QuantumCircuit | list[QuantumCircuit], **options: Any) -> Job:
        """Start running one or several circuits, bound ones; ``result()`` of the job waits for them.

        Args:
            run_input: A circuit or a list of circuits.
            options: ``shots`` (1024), ``memory`` (False, keep each shot), ``seed_simulator`` (None).

        Raises:
            ArgumentError: Not a circuit, an open parameter, an unknown option; a circuit holds what cannot be
                simulated.
        """
        given = [run_input] if isinstance(run_input, QuantumCircuit) else list(run_input)
        known = dict(self.options)
        for name in options:
            if name not in known:
                raise ArgumentError(name, f"must be one of the options {', '.join(known)}", options[name])
        chosen = {**known, **options}
        shots = as_int("shots", chosen["shots"], 1)
        seed = as_seed("seed_simulator", chosen["seed_simulator"])
        circuits = [_read(circuit) for circuit in given]

        def work() -> Result:
            start = datetime.datetime.now(datetime.UTC)
            results = [
                self._experiment(theirs, ours, shots, bool(chosen["memory"]), _seed_of(seed, number))
                for number, (theirs, ours) in enumerate(zip(given, circuits, strict=True))
            ]
            return Result(
                backend_name=self.name,
                backend_version=self.backend_version,
                job_id=job.job_id(),
                success=True,
                results=results,
                date=start,
                status="COMPLETED",
            )

        job = Job(self, str(uuid.uuid4()), work)
        job.submit()
        return job

    def _experiment(
        self,
        theirs: QuantumCircuit,
        ours: Circuit | MeasuredCircuit,
        shots: int,
        memory: bool,
        seed: int | None,
    ) -> ExperimentResult:
        header = {
            "name": theirs.name,
            "n_qubits": theirs.num_qubits,
            "memory_slots": theirs.num_clbits,
            "creg_sizes": [[register.name, register.size] for register in theirs.cregs],
            "qreg_sizes": [[register.name, register.size] for register in theirs.qregs],
            "global_phase": float(theirs.global_phase),
            "metadata": theirs.metadata,
        }
        if isinstance(ours, MeasuredCircuit) and ours.num_clbits:
            bits = sample_bits(
                ours, shots=shots, seed=seed, engine=self.engine, dtype=self.dtype, noise=self.noise
            )
            data = _tally(bits, memory)
        else:
            # A plain array, as other simulators give.
            data = {"statevector": statevector(ours, engine=self.engine, dtype=self.dtype)}
        return ExperimentResult(
            shots, True, ExperimentResultData(**data), status="DONE", seed=seed, header=header
        )


class Job(JobV1):
    """A run on :class:`Backend`, in a thread of its own."""

    def __init__(self, backend: Backend, job_id: str, work: Any) -> None:
        super().__init__(backend, job_id)
        self._work = work
        self._future: Future[Result] | None = None

    def submit(self) -> None:
        """Start; called once, by :meth:`Backend.run`."""
        executor = ThreadPoolExecutor(max_workers=1)
        self._future = executor.submit(self._work)
        executor.shutdown(wait=False)

    def result(self, timeout: float | None = None) -> Result:
        """The result, as soon as it is there.

        Args:
            timeout: Seconds to wait at most; None means as long as it takes.

        Raises:
            TimeoutError: It took longer.
            QsetuError: What went wrong in the run.
        """
        assert self._future is not None
        return self._future.result(timeout)

    def cancel(self) -> bool:
        """Whether the job could be stopped: one that runs cannot."""
        return self._future is not None and self._future.cancel()

    def status(self) -> JobStatus:
        """Queued, running, done, or failed."""
        future = self._future
        if future is None:
            return JobStatus.INITIALIZING
        if future.cancelled():
            return JobStatus.CANCELLED
        if not future.done():
            return JobStatus.RUNNING
        return JobStatus.DONE if future.exception() is None else JobStatus.ERROR


def _read(circuit: Any) -> Circuit | MeasuredCircuit:
    if isinstance(circuit, QuantumCircuit) and circuit.num_parameters:
        names = ", ".join(parameter.name for parameter in circuit.parameters[:5])
        hint = "Bind them with assign_parameters, or give values to a Sampler or an Estimator."
        raise ArgumentError("run_input", "must have no open parameters", names, hint)
    return from_qiskit(circuit)


def _seed_of(seed: int | None, number: int) -> int | None:
    return None if seed is None else derive_seed(seed, "circuit", number)


def _tally(bits: NDArray[np.uint8], memory: bool) -> dict[str, Any]:
    """Counts by hexadecimal number, as results of Qiskit have them, and perhaps each shot."""
    packed = np.packbits(bits, axis=1, bitorder="little")[:, ::-1]  # the first bit is the least significant
    keys = [hex(int.from_bytes(row.tobytes(), "big")) for row in packed]
    counts: dict[str, int] = {}
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
    return {"counts": counts, **({"memory": keys} if memory else {})}


def _target(num_qubits: int | None) -> Target:
    made = Target(description="qsetu", num_qubits=num_qubits)
    names = [(gate.qiskit, gate.num_angles) for gate in GATES.values()]
    names += [(alias.qiskit, GATES[alias.gate].num_angles) for alias in ALIASES.values()]
    for name, angles in names:
        if name:
            made.add_instruction(
                getattr(qiskit.circuit.library, name)(*(Parameter(f"a{i}") for i in range(angles)))
            )
    made.add_instruction(qiskit.circuit.library.UnitaryGate, name="unitary")
    made.add_instruction(Measure())
    made.add_instruction(Reset())
    for operation, name in ((IfElseOp, "if_else"), (SwitchCaseOp, "switch_case"), (ForLoopOp, "for_loop")):
        made.add_instruction(operation, name=name)
    return made
