"""Running circuits on IQM's machines and fake backends, and coming back for the results."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.circuits.circuit import Circuit
from qsetu.circuits.measured import MeasuredCircuit
from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError, EngineError
from qsetu.core.memory import require_memory
from qsetu.core.seeds import derive_seed
from qsetu.interop.iqm.backends import DEVICE
from qsetu.interop.iqm.device import guarded, later, open_device, wait
from qsetu.interop.iqm.result import FORMAT, IQMResult, versions
from qsetu.interop.iqm.transpiling import Prepared, prepare

__all__ = ["fetch", "run"]

TIMEOUT_SECONDS = 3 * 3600.0


def run(
    circuit: Circuit | MeasuredCircuit,
    params: ArrayLike | None = None,
    *,
    backend: str = "garnet",
    shots: int = 1024,
    seed: int | None = None,
    optimization_level: int = 2,
    quantum_computer: str | None = None,
    timeout: float | None = None,
) -> IQMResult:
    """Measure all qubits on an IQM machine, or offline on a fake one with its noise.

    iqm-client transpiles to the machine's gates and couplings. All parameter rows are one job.

    Args:
        circuit: The circuit, n qubits and P parameter slots.
        params: Real array ``(..., P)``.
        backend: "adonis", "aphrodite", "apollo", "deneb" or "garnet", which are simulated by Qiskit Aer; or
            "device", the machine at the address in the environment variable ``IQM_SERVER_URL``, with the
            token in ``IQM_TOKEN`` (or in the file that ``IQM_TOKENS_FILE`` names). Neither is kept, written
            or shown.
        shots: For each parameter row.
        seed: For repeatable results of a fake backend, and repeatable transpilation; None for a fresh one,
            which the result tells.
        optimization_level: Qiskit's, from 0 to 3. From 1 on, gates that cancel are taken out, which undoes
            :func:`qsetu.fold`; 0 keeps two-qubit gates as they are.
        quantum_computer: Which machine, where the server has several. Only with "device".
        timeout: Seconds to wait for a machine; three hours if None. Only with "device".

    Returns:
        Samples, and where they came from.

    Raises:
        ArgumentError: As for :func:`qsetu.sample`; unknown backend; more qubits than it has; an argument for
            another kind of backend.
        EngineError: iqm-client is not installed; the server cannot be used; the job failed or took longer
            than ``timeout``. From submission on, the error names the job, for :func:`fetch`.
        KeyboardInterrupt: Ctrl-C while waiting; it names the job, which goes on.

    Example:
        >>> import qsetu
        >>> from qsetu.interop import iqm
        >>> result = iqm.run(qsetu.Circuit(2).x(0), backend="adonis", seed=1)  # doctest: +SKIP
        >>> max(result.counts(), key=result.counts().get)  # doctest: +SKIP
        '01'
    """
    number = as_int("shots", shots, 1)
    if timeout is not None and backend != DEVICE:
        raise ArgumentError("timeout", f"must be None without backend='{DEVICE}'", timeout)
    patience = TIMEOUT_SECONDS if timeout is None else as_float("timeout", timeout, low=0.0)
    prepared = prepare(circuit, params, backend, seed, optimization_level, quantum_computer)
    require_memory(
        100 * len(prepared.circuits) * number,  # a text for each shot
        lambda: f"{number:,} shots for each of {len(prepared.circuits)} parameter row(s)",
        lambda free: "Try fewer shots, and add up the counts of several calls.",
    )
    origin = _origin(prepared, circuit, backend, quantum_computer, number)
    if backend == DEVICE:
        return _on_device(prepared, origin, number, patience)
    return _on_fake(prepared, origin, number)


def fetch(job_id: str, *, quantum_computer: str | None = None, timeout: float | None = None) -> IQMResult:
    """The result of a job that :func:`run` submitted to a machine, from any process.

    Args:
        job_id: What the error or result named.
        quantum_computer: As in :func:`run`.
        timeout: Seconds to wait if the job has not ended; three hours if None.

    Returns:
        What :func:`run` would have given.

    Raises:
        ArgumentError: No job identifier.
        EngineError: As for :func:`run`; or qsetu did not submit the job.
    """
    try:
        name = str(UUID(job_id))
    except (ValueError, TypeError, AttributeError):
        raise ArgumentError("job_id", "must be a job identifier as IQM gives it, a UUID", job_id) from None
    patience = TIMEOUT_SECONDS if timeout is None else as_float("timeout", timeout, low=0.0)
    device = open_device(quantum_computer)
    job = guarded("The IQM server did not give the job", lambda: device.retrieve_job(name), later(name))
    return _collect(job, patience)


def _origin(
    prepared: Prepared,
    circuit: Circuit | MeasuredCircuit,
    backend: str,
    quantum_computer: str | None,
    shots: int,
) -> dict[str, Any]:
    """What a result says of itself and is known before it runs; plain data, which travels with the job."""
    return {
        "format": FORMAT,
        "shape": list(prepared.batch),
        "num_qubits": circuit.num_qubits,
        "backend": backend,
        "quantum_computer": quantum_computer,
        "circuit_hash": circuit.content_hash,
        "depth": prepared.depths,
        "two_qubit_gates": prepared.two_qubit_gates,
        "qubits": list(prepared.qubits),
        "shots": shots,
        "seed": prepared.seed,
        "submitted": _now(),
    }


def _on_fake(prepared: Prepared, origin: dict[str, Any], shots: int) -> IQMResult:
    from iqm.qiskit_iqm.iqm_circuit_validation import validate_circuit
    from qiskit_aer import AerSimulator

    for made in prepared.circuits:
        validate_circuit(made, prepared.backend)
    simulator = AerSimulator(noise_model=prepared.backend.noise_model)
    # iqm-client's own run takes no seed, and loses the noise of MOVE.
    chance = derive_seed(prepared.seed, "iqm-sample") >> 1
    circuits = [_with_known_moves(made) for made in prepared.circuits]
    job = simulator.run(circuits, shots=shots, seed_simulator=chance, memory=True)
    answer = job.result()
    if not answer.success:
        raise EngineError(
            f"The simulation of '{origin['backend']}' failed: {answer.status}. Job {job.job_id()}."
        )
    memories = [answer.get_memory(row) for row in range(len(circuits))]
    return _result(origin, memories, job.job_id(), None, ())


def _with_known_moves(made: Any) -> Any:
    """MOVE as a matrix that Aer can apply, under the name by which its noise is known."""
    if "move" not in made.count_ops():
        return made
    from iqm.qiskit_iqm.move_gate import MOVE_GATE_UNITARY
    from qiskit.circuit.library import UnitaryGate

    move = UnitaryGate(np.array(MOVE_GATE_UNITARY), label="move")
    known = made.copy_empty_like()
    for one in made.data:
        known.append(move if one.operation.name == "move" else one.operation, one.qubits, one.clbits)
    return known


def _on_device(prepared: Prepared, origin: dict[str, Any], shots: int, timeout: float) -> IQMResult:
    prepared.circuits[0].metadata = {"qsetu": origin}  # so that the job itself says how it is read
    job = guarded(
        "The IQM server did not take the job", lambda: prepared.backend.run(prepared.circuits, shots=shots)
    )
    return _collect(job, timeout)


def _collect(job: Any, timeout: float) -> IQMResult:
    wait(job, timeout)
    told = later(job.job_id())
    answer = guarded("The result could not be had", job.result, told)
    told_circuits = answer.circuits
    first = told_circuits[0] if told_circuits else None
    metadata = first.get("metadata") if isinstance(first, dict) else getattr(first, "metadata", None)
    origin = (metadata or {}).get("qsetu")
    if not isinstance(origin, dict) or origin.get("format") != FORMAT:
        raise EngineError(
            f"Job {job.job_id()} was not submitted by qsetu.interop.iqm.run: how to read it is unknown."
        )
    calibration = getattr(answer.results[0], "calibration_set_id", None)
    timeline = tuple((one.source, one.status, one.timestamp.isoformat()) for one in answer.timeline)
    memories = guarded(
        "The result could not be read", lambda: [one.data.memory for one in answer.results], told
    )
    return _result(origin, memories, job.job_id(), calibration, timeline)


def _result(
    origin: dict[str, Any],
    memories: list[list[str]],
    job_id: str,
    calibration: Any,
    timeline: tuple[tuple[str, str, str], ...],
) -> IQMResult:
    shape = tuple(origin["shape"])
    samples: NDArray[np.int64] = np.array([[int(bits, 2) for bits in memory] for memory in memories])
    return IQMResult(
        samples=samples.reshape(*shape, origin["shots"]),
        num_qubits=origin["num_qubits"],
        backend=origin["backend"],
        quantum_computer=origin["quantum_computer"],
        job_id=job_id,
        calibration_set_id=None if calibration is None else str(calibration),
        circuit_hash=origin["circuit_hash"],
        depth=np.array(origin["depth"]).reshape(shape),
        two_qubit_gates=np.array(origin["two_qubit_gates"]).reshape(shape),
        qubits=tuple(origin["qubits"]),
        shots=origin["shots"],
        seed=origin["seed"],
        versions=versions(),
        submitted=origin["submitted"],
        finished=_now(),
        timeline=timeline,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
