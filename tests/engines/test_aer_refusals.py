"""The Aer engine's names, refusals, memory, threads, and what is trusted of it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import tomllib

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, param
from qsetu.engines import ENGINES, get_engine
from support import DTYPES, random_circuit, random_params

pytest.importorskip("qiskit_aer")

from qsetu.engines.aer import engine as aer
from qsetu.engines.aer import simulator

PURE = ["aer:statevector", "aer:matrix_product_state"]
METHODS = [*PURE, "aer:density_matrix"]
MPS = "aer:matrix_product_state"


def atol(engine: str, dtype: str = "complex128") -> float:
    """Aer's singular values are good to some ten digits, and those below 1e-8 are dropped."""
    return 1e-5 if dtype == "complex64" else 1e-9 if engine == MPS else 1e-12


def oracle(function, *arguments, **options):
    return function(*arguments, engine="reference", dtype="complex128", **options)


# ---- names, refusals, memory, threads -----------------------------------------------------------------


def test_names():
    assert get_engine("aer") is get_engine("aer:statevector")
    assert [get_engine(name).name for name in METHODS] == ["aer", *METHODS[1:]]
    assert set(METHODS) < set(ENGINES["aer"].names)


@pytest.mark.parametrize("name", ["aer:mps", "aer:", "native:fast", "aer:statevector:tpu", "aer:gpu"])
def test_an_unknown_method_is_an_error_that_lists_them(name):
    with pytest.raises(
        qsetu.core.errors.ArgumentError, match=r"'engine' must be one of .*aer:density_matrix"
    ):
        qsetu.expectation(Circuit(1), "Z0", engine=name)


def test_a_gpu_that_aer_has_not_is_an_error_that_says_what_to_install(monkeypatch):
    aer._engine.cache_clear()
    monkeypatch.setattr(aer, "devices", lambda: ("CPU",))
    with pytest.raises(qsetu.core.errors.EngineError, match=r"CPU, not on a GPU\. Install qiskit-aer-gpu"):
        qsetu.expectation(Circuit(1), "Z0", engine="aer:statevector:gpu")
    monkeypatch.setattr(aer, "devices", lambda: ("CPU", "GPU"))
    engine = get_engine("aer:density_matrix:gpu")
    try:
        assert engine.setting == simulator.Setting("density_matrix", "GPU")
        assert engine.name == "aer:density_matrix:gpu"
    finally:
        get_engine.cache_clear()
        aer._engine.cache_clear()


def test_a_density_matrix_has_no_statevector():
    for call in (qsetu.statevector, lambda c, engine: qsetu.gram(c, np.zeros((2, 0)), engine=engine)):
        with pytest.raises(qsetu.core.errors.ArgumentError, match="engine='aer:statevector'"):
            call(Circuit(2).h(0), engine="aer:density_matrix")


def test_memory_is_what_the_method_takes():
    single = np.dtype("complex64")
    assert get_engine("aer").work_bytes(20, single) == 8 * 2**20
    assert get_engine("aer:density_matrix").work_bytes(10, single) == 8 * 4**10
    assert get_engine(MPS).work_bytes(60, single) < 2**25
    with pytest.raises(MemoryError, match="25-qubit"):
        qsetu.expectation(Circuit(25), "Z0", engine="aer:density_matrix")


@pytest.mark.parametrize(("setting", "threads"), [("3", 3), ("1", 1)])
def test_threads_are_those_of_the_native_engine(setting, threads, monkeypatch):
    qsetu.expectation(Circuit(1), "Z0", engine="aer")  # the self-test is in one thread
    monkeypatch.setenv("QSETU_NUM_THREADS", setting)
    seen = []
    simulate = simulator.AerSimulator

    def watched(**options):
        seen.append(options["max_parallel_threads"])
        return simulate(**options)

    monkeypatch.setattr(simulator, "AerSimulator", watched)
    qsetu.expectation(Circuit(1).h(0), "Z0", engine="aer")
    assert seen == [threads]
    with get_engine("aer").in_one_thread():
        qsetu.expectation(Circuit(1).h(0), "Z0", engine="aer")
    assert seen == [threads, 1]


def test_many_python_threads_at_once():
    circuit = random_circuit(4, 20, 8)
    params = random_params(circuit, 4)
    expected = qsetu.expectation(circuit, ["Z0", "X1"], params, engine="aer")
    found = [None] * 6

    def work(place):
        found[place] = qsetu.expectation(circuit, ["Z0", "X1"], params, engine="aer")

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for one in found:
        np.testing.assert_array_equal(one, expected)


def test_a_failure_of_aer_is_an_engine_error_in_its_words():
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(40)
    circuit.h(range(40))
    circuit.measure_all()
    with pytest.raises(qsetu.core.errors.EngineError, match=r"Aer \(statevector\) could not run.*[Mm]emory"):
        simulator.run(simulator.Setting("statevector"), circuit, np.dtype("complex64"), shots=1)


def test_jax_is_told_to_ask_another_engine():
    jax = pytest.importorskip("jax")
    with pytest.raises(qsetu.core.errors.ArgumentError, match="cannot call Qiskit Aer"):
        qsetu.expectation(Circuit(1).rx(param(0), 0), "Z0", jax.numpy.zeros(1), engine="aer")


def test_qiskit_is_imported_when_the_engine_is_asked_for_and_missing_packages_are_named():
    code = """
import sys
import qsetu
qsetu.expectation(qsetu.Circuit(1).h(0), "X0")
qsetu.sample(qsetu.Circuit(1).h(0), noise=qsetu.NoiseModel(qsetu.Depolarizing(0.1)))
try:
    qsetu.expectation(qsetu.Circuit(1), "Z0", engine="aer:nothing")
except qsetu.QsetuError:
    pass
assert not [name for name in sys.modules if name.split(".")[0] in ("qiskit", "qiskit_aer")]
sys.modules["qiskit_aer"] = None
try:
    qsetu.expectation(qsetu.Circuit(1), "Z0", engine="aer:density_matrix")
except qsetu.core.errors.EngineError as error:
    assert "pip install qiskit qiskit-aer" in str(error), error
else:
    raise AssertionError("no error")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# ---- trust --------------------------------------------------------------------------------------------


def test_a_verdict_on_aer_is_one_on_its_version(monkeypatch):
    from qsetu.trust import places, store

    place = places.place_in_use(get_engine(MPS), None)
    found = store.versions(place)
    assert found["qiskit-aer"] == __import__("qiskit_aer").__version__
    assert "qiskit-aer" not in store.versions(places.place_in_use(get_engine("reference"), None))
    monkeypatch.setenv("QSETU_TRUST_CACHE", "on")
    before = store._path(MPS, place, "complex64")
    assert ":" not in before.name
    monkeypatch.setattr(store, "package_version", lambda name: "0.0.1")
    assert store._path(MPS, place, "complex64") != before
    gpu = places._outside_jax("aer:statevector:gpu")
    assert (gpu.name, gpu.platform) == ("gpu", "gpu")
    assert places._outside_jax("aer").name == "cpu"


@pytest.mark.parametrize("engine", METHODS)
def test_every_method_takes_a_self_test_of_its_own(engine, monkeypatch):
    from qsetu.trust import gate, verdict
    from qsetu.trust.answers import SMALL_ANSWERS
    from qsetu.trust.places import place_in_use

    chosen = get_engine(engine)
    for dtype in DTYPES:
        results = verdict.quick_test(chosen, place_in_use(chosen, None), np.dtype(dtype))
        asked = [a.name for a in SMALL_ANSWERS if a.any_state or engine in PURE]
        assert [result.check for result in results] == asked
        assert len(asked) == (7 if engine in PURE else 4)
        assert [result for result in results if not result.passed] == []
    # Wrong by one method, refused by its name, and forced by that of the engine.
    monkeypatch.setattr(gate, "_VERDICTS", {})
    monkeypatch.setattr(gate, "_WARNED", {})
    exact = aer.AerEngine.expectations
    monkeypatch.setattr(aer.AerEngine, "expectations", lambda self, *a: exact(self, *a) * 1.008)
    with pytest.raises(qsetu.core.errors.EngineError, match=rf"The {chosen.name} engine on cpu .*qiskit-aer"):
        qsetu.expectation(Circuit(1), "Z0", engine=engine)
    monkeypatch.setenv("QSETU_FORCE_ENGINES", "aer")
    with pytest.warns(RuntimeWarning, match="results may be wrong"):
        assert qsetu.expectation(Circuit(1), "Z0", engine=engine) == pytest.approx(1.008)


def test_the_doctor_asks_a_method_by_name():
    from qsetu import doctor

    results = doctor.run_checks(("aer:density_matrix",))
    assert {result.engine for result in results} == {"aer:density_matrix"}
    assert len(results) == 2 * sum(check.any_state for check in doctor.CHECKS)
    assert all(result.passed for result in results)


def test_methods_are_listed_and_taken_by_models_and_experiments():
    from rich.console import Console

    from qsetu.cli.tables import ROSTER_TABLES
    from qsetu.experiments.spec import BUILTIN, ExperimentSpec, builtin_names
    from qsetu.learn import FidelityKernel, ProjectedKernel

    console = Console(width=200, record=True, file=io.StringIO())
    console.print(ROSTER_TABLES["engines"]())
    shown = console.export_text()
    assert all(name in shown for name in ENGINES["aer"].names)
    x = np.linspace(0.1, 1.0, 6).reshape(3, 2)
    for kernel, engines in ((FidelityKernel, PURE), (ProjectedKernel, METHODS)):
        expected = kernel(engine="reference").matrix(x)
        for engine in engines:
            np.testing.assert_allclose(kernel(engine=engine).matrix(x), expected, atol=1e-5)
    text = (BUILTIN / f"{builtin_names()[0]}.toml").read_text(encoding="utf-8")
    settings = tomllib.loads(text)
    assert ExperimentSpec.model_validate(settings | {"engine": MPS}).engine == MPS
    with pytest.raises(ValueError, match="aer:density_matrix"):
        ExperimentSpec.model_validate(settings | {"engine": "aer:mps"})
