"""The machine behind a server, with a stand-in for it: results, failures, and secrets that stay secret."""

from __future__ import annotations

import json
import logging
import pickle
import traceback
from types import SimpleNamespace

import numpy as np
import pytest
from iqm_server import CALIBRATION, StandIn

import qsetu
from qsetu import Circuit, param
from qsetu.core.errors import EngineError
from qsetu.interop import iqm
from qsetu.interop.iqm.device import guarded

pytest.importorskip("iqm.qiskit_iqm", reason="iqm-client is not installed")
pytest.importorskip("qiskit_aer")

TOKEN, HOST = "t0k3n-Do-Not-Show", "machine.secret.invalid"
URL = f"https://{HOST}/"
NOBODY = "12345678-1234-5678-1234-567812345679"


def circuit() -> Circuit:
    made = Circuit(3)
    for q in range(3):
        made = made.ry(param(q), q)
    return made.cx(2, 0)


ROWS = np.array(
    [[[np.pi, 0, 0], [0, np.pi, 0], [0, 0, np.pi]], [[0.5, 1.0, 2.0], [2.5, 0.2, 1.5], [0, 0, 0]]]
)


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("IQM_TOKENS_FILE", "IQM_CLIENT_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("IQM_TOKEN", TOKEN)
    monkeypatch.setenv("IQM_SERVER_URL", URL)
    monkeypatch.setattr("qsetu.interop.iqm.device.POLL_SECONDS", 0.001)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr("iqm.iqm_client.iqm_client._IQMServerClient", StandIn)
    for name, value in (("outcome", "completed"), ("refuse", ""), ("backend", "garnet")):
        monkeypatch.setattr(StandIn, name, value)
    monkeypatch.setattr(StandIn, "jobs", {})
    monkeypatch.setattr(StandIn, "tokens", [])
    return StandIn


@pytest.mark.parametrize("backend", ["garnet", "deneb", "adonis"])
def test_a_machine_gives_what_a_fake_gives_without_its_noise(server, backend):
    server.backend = backend
    found = iqm.run(circuit(), ROWS, backend="device", shots=3000, seed=5)
    assert found.samples.shape == (2, 3, 3000)
    assert len(server.jobs) == 1, "all rows are one job"
    exact = np.abs(qsetu.statevector(circuit(), ROWS)) ** 2
    for place in np.ndindex(2, 3):
        seen = np.bincount(found.samples[place], minlength=8) / 3000
        assert np.abs(seen - exact[place]).sum() / 2 < 0.05
    made = iqm.transpile(circuit(), ROWS, backend="device", seed=5)
    two = [one.count_ops().get("cz", 0) + one.count_ops().get("move", 0) for one in made]
    assert found.two_qubit_gates.ravel().tolist() == two
    (job_id,) = server.jobs
    assert (found.backend, found.job_id, found.seed) == ("device", str(job_id), 5)
    assert found.calibration_set_id == str(CALIBRATION)
    assert found.timeline[0][:2] == ("iqm-server", "received")
    assert f"Bearer {TOKEN}" in server.tokens, "the token was used"


def test_a_job_can_be_fetched_later(server):
    found = iqm.run(circuit(), ROWS, backend="device", shots=100, seed=5, quantum_computer="ruby")
    again = iqm.fetch(found.job_id, quantum_computer="ruby")
    np.testing.assert_array_equal(again.samples, found.samples)
    before, after = found.record(), again.record()
    assert before.pop("finished") <= after.pop("finished")
    assert [entry[:2] for entry in before.pop("timeline")] == [entry[:2] for entry in after.pop("timeline")]
    assert before == after
    assert before["quantum_computer"] == "ruby"
    single = iqm.run(Circuit(2).x(1), backend="device", shots=7)
    assert iqm.fetch(single.job_id.upper()).counts() == {"10": 7}


def fails(call) -> tuple[str, str]:
    """The message of the error, and all that a traceback would show."""
    with pytest.raises((EngineError, KeyboardInterrupt)) as caught:
        call()
    assert caught.value.__cause__ is None
    return str(caught.value), "".join(traceback.format_exception(caught.value))


def run():
    return iqm.run(circuit(), ROWS, backend="device", shots=10, seed=1, timeout=20)


def only_job(server) -> str:
    (job_id,) = server.jobs
    return str(job_id)


@pytest.mark.parametrize("outcome", ["failed", "cancelled"])
def test_a_job_that_ends_badly_says_so_and_its_name(server, outcome):
    server.outcome = outcome
    told, shown = fails(run)
    assert only_job(server) in told
    assert ("fuse blown" in told) == (outcome == "failed")
    assert outcome in told
    assert_secret(shown)


def test_it_is_asked_until_the_time_is_over_and_no_longer(server, monkeypatch):
    clock = [0.0]
    passing = SimpleNamespace(monotonic=lambda: clock[0], sleep=lambda s: clock.append(clock.pop() + s))
    monkeypatch.setattr("qsetu.interop.iqm.device.time", passing)
    monkeypatch.setattr("qsetu.interop.iqm.device.POLL_SECONDS", 2.0)
    server.outcome = "processing"
    told, _ = fails(run)
    assert "within 20 seconds" in told
    assert clock == [20.0]
    told, _ = fails(lambda: iqm.run(circuit(), ROWS, backend="device", shots=10))
    assert "within 10800 seconds" in told
    assert clock == [20.0 + 3 * 3600]


def test_no_end_in_time_says_how_to_come_back(server):
    server.outcome = "processing"
    told, shown = fails(lambda: iqm.run(circuit(), ROWS, backend="device", shots=10, timeout=0.01))
    assert (
        f"within 0.01 seconds. Job {only_job(server)}: qsetu.interop.iqm.fetch('{only_job(server)}')" in told
    )
    assert_secret(shown)
    again, _ = fails(lambda: iqm.fetch(only_job(server), timeout=0.0))
    assert "within 0 seconds" in again
    server.outcome = "completed"
    assert iqm.fetch(only_job(server)).samples.shape == (2, 3, 10)


def test_ctrl_c_while_waiting_says_how_to_come_back(server, monkeypatch):
    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(
        "qsetu.interop.iqm.device.time", SimpleNamespace(monotonic=lambda: 0, sleep=interrupted)
    )
    with pytest.raises(KeyboardInterrupt, match="the job goes on") as caught:
        run()
    assert f"fetch('{only_job(server)}')" in str(caught.value)
    assert_secret("".join(traceback.format_exception(caught.value)))


@pytest.mark.parametrize("refuse", ["open", "submit", "status", "result"])
def test_a_server_that_refuses_is_told_without_secrets(server, refuse):
    server.refuse = refuse
    told, shown = fails(run)
    assert "RuntimeError: *** refused Bearer ***" in told
    if refuse in ("status", "result"):
        assert f"fetch('{only_job(server)}')" in told
    assert_secret(shown)


def test_a_job_of_somebody_else_is_not_guessed_at(server):
    run()
    (job,) = server.jobs.values()
    for one in job["request"].circuits:
        one.metadata = None
    told, _ = fails(lambda: iqm.fetch(only_job(server)))
    assert "was not submitted by qsetu" in told
    told, _ = fails(lambda: iqm.fetch(NOBODY))
    assert f"Job {NOBODY}" in told


def test_an_address_is_asked_for(monkeypatch):
    monkeypatch.delenv("IQM_SERVER_URL")
    told, shown = fails(run)
    assert "IQM_SERVER_URL, which is not set" in told
    assert "IQM_TOKEN" in told
    assert_secret(shown)


# ---- secrets -----------------------------------------------------------------------------------------


def assert_secret(text: str) -> None:
    for secret in (TOKEN, HOST):
        assert secret not in text


def test_no_secret_is_in_what_is_kept_or_said(server, caplog, capfd, recwarn):
    caplog.set_level(logging.DEBUG)
    found = run()
    again = iqm.fetch(found.job_id)
    for result in (found, again):
        assert_secret(repr(result) + str(vars(result)) + json.dumps(result.record()))
        for secret in (TOKEN, HOST):
            assert secret.encode() not in pickle.dumps(result)
    (job,) = server.jobs.values()
    assert_secret(job["request"].model_dump_json())
    said = capfd.readouterr()
    assert_secret(caplog.text + said.out + said.err + "".join(str(one.message) for one in recwarn))


def no_network(method):
    def refused(url, **request):
        import requests

        raise requests.ConnectionError(f"cannot reach {url} with {request['headers']}")

    return refused


def test_a_server_that_cannot_be_reached_is_told_without_secrets(monkeypatch, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    for method in ("get", "post"):
        monkeypatch.setattr(f"iqm.iqm_server_client.iqm_server_client.requests.{method}", no_network(method))
    for call in (run, lambda: iqm.fetch(NOBODY), lambda: iqm.transpile(circuit(), ROWS, backend="device")):
        told, shown = fails(call)
        assert "The IQM server could not be used (ConnectionError: cannot reach" in told
        assert_secret(shown)
    said = capfd.readouterr()
    assert_secret(caplog.text + said.out + said.err)


def test_a_token_that_is_no_header_is_told_without_it(monkeypatch):
    # requests itself quotes such a header, before it opens any connection.
    monkeypatch.setenv("IQM_TOKEN", f"{TOKEN}\nsecond-line-of-it")
    told, shown = fails(run)
    assert "InvalidHeader" in told
    assert_secret(shown)
    assert "second-line" not in shown


def test_every_form_of_a_secret_is_taken_out(monkeypatch, tmp_path):
    """Each alone: whoever quotes one of them need not quote the rest."""
    file = tmp_path / "tokens.json"
    file.write_text(json.dumps({"access_token": "from-a-file"}))
    monkeypatch.setenv("IQM_TOKEN", " to\nken-of-mine ")
    monkeypatch.setenv("IQM_TOKENS_FILE", str(file))
    monkeypatch.setenv("IQM_SERVER_URL", "https://me:pa55word@host.invalid:81/path")

    def said(text):
        def call():
            raise ValueError(text)

        return fails(lambda: guarded("It failed", call, "Told."))[0]

    for secret in (
        " to\nken-of-mine ",
        "to\nken-of-mine",
        "to\\nken-of-mine",
        "from-a-file",
        str(file),
        "https://me:pa55word@host.invalid:81/path",
        "me:pa55word@host.invalid:81",
        "pa55word",
        "host.invalid",
    ):
        assert said(f"<{secret}>").replace(" ", "") == "Itfailed(ValueError:<***>).Told."
    assert said("{'Authorization': 'Bearer of-unknown.origin'}").endswith("'Bearer ***'}). Told.")
    assert said("nothing of that kind") == "It failed (ValueError: nothing of that kind). Told."


def test_a_token_from_a_file_is_as_secret(monkeypatch, tmp_path):
    import base64
    import time

    body = base64.b64encode(json.dumps({"exp": time.time() + 3600}).encode()).decode().rstrip("=")
    token, file = f"head.{body}.tail\r", tmp_path / "hidden-tokens.json"
    file.write_text(json.dumps({"access_token": token}))
    monkeypatch.delenv("IQM_TOKEN")
    monkeypatch.setenv("IQM_TOKENS_FILE", str(file))
    for change in (lambda: None, lambda: file.write_text("{"), file.unlink):
        change()
        told, shown = fails(run)
        assert "could not be used" in told
        for secret in (body, "hidden-tokens", HOST):
            assert secret not in shown
    monkeypatch.setenv("IQM_TOKEN", TOKEN)  # one too many, which iqm-client refuses
    _, shown = fails(run)
    assert_secret(shown)


def test_an_address_with_a_password_is_as_secret(monkeypatch):
    monkeypatch.setenv("IQM_SERVER_URL", "https://me:pa55word@host.invalid:not-a-port/")
    told, shown = fails(run)
    assert "could not be used" in told
    assert "pa55word" not in shown
    assert "host.invalid" not in shown
    monkeypatch.setenv("IQM_SERVER_URL", "ftp://[oops")
    assert "oops" not in fails(run)[1]
