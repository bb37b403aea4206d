"""A stand-in for an IQM server: answers what iqm-client asks, and runs circuits on qsetu, without noise."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from uuid import UUID, uuid4

import numpy as np

import qsetu

CALIBRATION = UUID("12345678-1234-5678-1234-567812345678")


class StandIn:
    """Takes the place of iqm-client's ``_IQMServerClient``; jobs outlive the clients, as on a server."""

    jobs: dict[UUID, dict] = {}  # noqa: RUF012
    backend = "garnet"
    outcome = "completed"
    refuse = ""
    tokens: list[str] = []  # noqa: RUF012

    def __init__(self, *, iqm_server_url, token, tokens_file, client_signature, quantum_computer):
        from iqm.station_control.client.authentication import TokenManager

        self.url, self.quantum_computer = iqm_server_url, quantum_computer
        self.header = TokenManager(token, tokens_file).get_auth_header_callback()
        self._check("open")

    def _check(self, what):
        if self.header is not None:
            StandIn.tokens.append(self.header())
        if StandIn.refuse == what:
            raise RuntimeError(f"{self.url} refused {self.header()}")

    def get_dynamic_quantum_architecture(self, calibration_set_id):
        from qsetu.interop.iqm.backends import fake_backend

        architecture = copy.deepcopy(fake_backend(StandIn.backend).architecture)
        architecture.calibration_set_id = CALIBRATION
        return architecture

    def submit_circuits(self, run_request, *, use_timeslot=False):
        self._check("submit")
        job = uuid4()
        request = type(run_request).model_validate_json(run_request.model_dump_json())
        StandIn.jobs[job] = {"request": request, "asked": 0}
        return self._data(job)

    def get_job(self, job_id):
        self._check("status")
        StandIn.jobs[job_id]["asked"] += 1
        return self._data(job_id)

    def get_submit_circuits_payload(self, job_id):
        return StandIn.jobs[job_id]["request"]

    def get_job_artifact_measurements(self, job_id):
        self._check("result")
        request = StandIn.jobs[job_id]["request"]
        return [measured(circuit, request.shots, row) for row, circuit in enumerate(request.circuits)]

    def _data(self, job_id):
        from iqm.iqm_server_client.models import JobCompilation, JobData, JobError, TimelineEntry

        done = StandIn.jobs[job_id]["asked"] > 2
        status = StandIn.outcome if done else "processing"
        reason = f"fuse blown at {self.url} for {self.header() if self.header else ''}"
        return JobData(
            id=job_id,
            status=status,
            compilation=JobCompilation(calibration_set_id=CALIBRATION),
            errors=[JobError(source="iqm-server", message=reason)] if status == "failed" else [],
            timeline=[TimelineEntry(source="iqm-server", status="received", timestamp=datetime.now(UTC))],
        )


def measured(circuit, shots: int, seed: int) -> dict[str, list[list[int]]]:
    """What a machine without noise reads, by measurement key."""
    names = sorted({name for one in circuit.instructions for name in one.locus})
    made, keys = qsetu.Circuit(len(names)), {}
    for one in circuit.instructions:
        places = [names.index(name) for name in one.locus]
        if one.name == "prx":
            made = made.r(one.args["angle"], one.args["phase"], *places)
        elif one.name == "cz":
            made = made.cz(*places)
        elif one.name == "move":
            made = made.swap(*places)
        elif one.name == "measure":
            keys[one.args["key"]] = places[0]
        else:
            assert one.name == "barrier", one.name
    samples = qsetu.sample(made, shots=shots, seed=seed)
    return {key: np.array([samples >> place & 1]).T.tolist() for key, place in keys.items()}
