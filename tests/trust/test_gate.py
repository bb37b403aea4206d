"""The door and engines that are not sound: refused, replaced or forced; tested once, and never in a trace."""

from __future__ import annotations

import threading
import time
import warnings

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, admission, param
from qsetu.engines.reference.engine import ReferenceEngine
from qsetu.trust import gate, verdict
from qsetu.trust.answers import GRADIENT, SMALL_ANSWERS
from qsetu.trust.jax_build import MATVEC
from qsetu.trust.large_answers import DENSE
from qsetu.trust.places import Place, place_in_use
from support import DTYPES, JAX_ENGINES

CIRCUIT = Circuit(2).ry(param(0), 0).cx(0, 1).rx(param(1), 1)
ROW = [0.3, -0.8]
DOOR = {
    "statevector": lambda **how: qsetu.statevector(CIRCUIT, ROW, **how),
    "expectation": lambda **how: qsetu.expectation(CIRCUIT, "Z1", ROW, **how),
    "value_and_grad": lambda **how: qsetu.value_and_grad(CIRCUIT, "Z1", ROW, **how),
    "expectation_vjp": lambda **how: qsetu.expectation_vjp(CIRCUIT, ["Z1"], ROW, [1.0], **how),
    "sample": lambda **how: qsetu.sample(CIRCUIT, ROW, **how),
    "gram": lambda **how: qsetu.gram(CIRCUIT, [ROW], **how),
    "reduced_density_matrices": lambda **how: qsetu.reduced_density_matrices(CIRCUIT, ROW, **how),
}


class Slightly(ReferenceEngine):
    """0.8 % off in one precision."""

    def __init__(self, name, bad=DTYPES):
        self.name, self.bad, self.runs = name, bad, 0

    def states(self, program, params, dtype):
        self.runs += 1
        return super().states(program, params, dtype) * dtype.type(1.008 if dtype.name in self.bad else 1)

    def expectations(self, program, observables, params, dtype):
        self.runs += 1
        return super().expectations(program, observables, params, dtype) * (
            1.008 if dtype.name in self.bad else 1
        )


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    """A process that knows no engine yet, and forces none."""
    monkeypatch.setattr(gate, "_VERDICTS", {})
    monkeypatch.setattr(gate, "_WARNED", {})
    monkeypatch.delenv("QSETU_FORCE_ENGINES", raising=False)


@pytest.fixture
def install(monkeypatch):
    def put(*engines):
        roster = {engine.name: engine for engine in engines}
        for room in (admission, gate):
            real = room.get_engine
            monkeypatch.setattr(room, "get_engine", lambda name, real=real: roster.get(name) or real(name))

    return put


@pytest.mark.parametrize("name", DOOR)
def test_every_function_of_the_door_refuses_a_failed_engine(install, name):
    install(Slightly("native"))
    with pytest.raises(qsetu.core.errors.EngineError) as refused:
        DOOR[name](engine="native")
    message = str(refused.value)
    for part in (
        "The native engine on cpu in complex64 gives wrong numbers",
        "'GHZ state' is off by 5.7e-03, 1e-05 is allowed",
        f"qsetu {qsetu.__version__}, numpy {np.__version__}, Python 3.",
        "Reinstall",
        "run 'qsetu doctor'",
        "QSETU_FORCE_ENGINES=native",
    ):
        assert part in message


def test_another_precision_and_another_engine_stay_open(install):
    install(Slightly("native", bad=["complex64"]))
    with pytest.raises(qsetu.QsetuError, match="complex64"):
        DOOR["statevector"](engine="native")
    assert DOOR["statevector"](engine="native", dtype="complex128").shape == (4,)
    assert DOOR["statevector"](engine="reference").shape == (4,)


def test_an_engine_is_tested_once(install):
    engine = Slightly("native", bad=[])
    install(engine)
    DOOR["statevector"](engine="native")
    first = engine.runs
    assert first > 1
    DOOR["statevector"](engine="native")
    assert engine.runs == first + 1
    bad = Slightly("native")
    install(bad)
    for _ in range(3):
        with pytest.raises(qsetu.QsetuError):
            DOOR["statevector"](engine="native")
    assert bad.runs < 2 * first


def test_forcing_warns_once_and_computes(install, monkeypatch):
    install(Slightly("native"))
    monkeypatch.setenv("QSETU_FORCE_ENGINES", " native ,reference,")
    with pytest.warns(RuntimeWarning, match=r"native engine .*off by .*FORCE.*may be wrong") as seen:
        for _ in range(3):
            state = DOOR["statevector"](engine="native")
    assert len(seen) == 1
    assert np.linalg.norm(state) == pytest.approx(1.008)
    assert seen[0].filename == __file__


def test_forcing_a_sound_engine_says_nothing(monkeypatch):
    monkeypatch.setenv("QSETU_FORCE_ENGINES", "reference")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        DOOR["statevector"](engine="reference")


@pytest.mark.parametrize("value", ["natve", "native,all", "auto"])
def test_an_unknown_forced_engine_is_an_error_even_where_all_is_sound(monkeypatch, value):
    monkeypatch.setenv("QSETU_FORCE_ENGINES", value)
    with pytest.raises(qsetu.QsetuError, match=r"'QSETU_FORCE_ENGINES' must be one of .*native"):
        DOOR["statevector"](engine="reference")


def test_auto_takes_xla_where_native_failed(install):
    pytest.importorskip("jax")
    install(Slightly("native"), Slightly("xla", bad=[]))
    with pytest.warns(RuntimeWarning, match="native engine .* off by .*engine='auto' means 'xla'") as seen:
        for _ in range(3):
            assert np.linalg.norm(DOOR["statevector"]()) == pytest.approx(1)
    assert len(seen) == 1


def test_auto_refuses_where_both_failed(install):
    pytest.importorskip("jax")
    install(Slightly("native"), Slightly("xla"))
    with pytest.raises(
        qsetu.core.errors.EngineError, match=r"native engine .* Neither .* xla engine on cpu:0"
    ):
        DOOR["statevector"]()


def test_a_wrong_setting_is_reported_as_what_it_is(monkeypatch):
    pytest.importorskip("qsetu.engines.native._native")
    monkeypatch.setenv("QSETU_NUM_THREADS", "many")
    with pytest.raises(qsetu.core.errors.ArgumentError, match=r"^'QSETU_NUM_THREADS' must be"):
        DOOR["statevector"](engine="native")
    monkeypatch.delenv("QSETU_NUM_THREADS")
    assert DOOR["statevector"](engine="native").shape == (4,)


def test_a_test_that_could_not_run_is_tried_again(install):
    engine = Slightly("native", bad=[])
    install(engine)
    exact, engine.states = engine.states, lambda *given: 1 / 0
    with pytest.raises(qsetu.core.errors.EngineError, match=r"could not compute .* \(ZeroDivisionError"):
        DOOR["statevector"](engine="native")
    engine.states = exact
    assert DOOR["statevector"](engine="native").shape == (4,)


def test_many_threads_test_once(install, monkeypatch):
    tests = []

    def slowly(*given):
        tests.append(given)
        time.sleep(0.05)
        return exact(*given)

    exact = gate.quick_test
    monkeypatch.setattr(gate, "quick_test", slowly)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(DOOR["expectation"](engine="reference")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(set(map(float, found))) == 1
    assert (len(found), len(tests)) == (8, 1)


@pytest.mark.parametrize("name", ["native", "xla"])
def test_an_engine_that_enters_by_the_door_does_not_wait_for_itself(install, name):
    if name == "xla":
        pytest.importorskip("jax")

    class Borrower(Slightly):
        def states(self, program, params, dtype):
            qsetu.statevector(Circuit(1).h(0), engine="reference", dtype=dtype)
            if program.num_qubits > 1:
                qsetu.statevector(Circuit(1).h(0), engine=name, dtype=dtype)
            return super().states(program, params, dtype)

        def jacobian(self, program, observables, params, dtype):
            self.states(program, params, dtype)
            return super().jacobian(program, observables, params, dtype)

    install(Borrower(name, bad=[]))
    found = []
    thread = threading.Thread(target=lambda: found.append(DOOR["statevector"](engine=name)), daemon=True)
    thread.start()
    thread.join(60)
    assert len(found) == 1


@pytest.mark.parametrize("engine", JAX_ENGINES)
@pytest.mark.parametrize("how", ["jit", "vmap", "grad", "jit vmap grad", "scan", "no jit", "checkpoint"])
def test_the_first_use_inside_jax(engine, how):
    jax = pytest.importorskip("jax")
    rows = np.array([[0.3, -0.8], [1.1, 0.4]], dtype=np.float32)

    def value(x):
        gate._VERDICTS.clear()
        return qsetu.expectation(CIRCUIT, "Z1", x, engine=engine)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if how == "scan":
            _, found = jax.lax.scan(lambda carry, x: (carry, value(x)), 0, rows)
        elif how == "no jit":
            with jax.disable_jit():
                found = jax.vmap(value)(rows)
        else:
            run = {
                "jit": lambda: jax.jit(value)(rows),
                "vmap": lambda: jax.vmap(value)(rows),
                "grad": lambda: np.stack([jax.grad(value)(jax.numpy.asarray(row)) for row in rows]),
                "jit vmap grad": lambda: jax.jit(jax.vmap(jax.grad(value)))(rows),
                "checkpoint": lambda: jax.vmap(jax.grad(jax.checkpoint(value)))(rows),
            }[how]
            found = run()
    values, gradients = qsetu.value_and_grad(CIRCUIT, "Z1", rows, engine="reference")
    np.testing.assert_allclose(
        found, gradients if "grad" in how or how == "checkpoint" else values, atol=1e-6
    )
    assert any(key[0].name == engine for key in gate._VERDICTS)


def test_a_bad_build_of_jax_is_refused_at_the_first_use(monkeypatch):
    jax = pytest.importorskip("jax")
    exact = jax.numpy.sum
    monkeypatch.setattr(jax.numpy, "sum", lambda *given, **how: exact(*given, **how) * (1 - 2.0**-9))
    try:
        with pytest.raises(qsetu.core.errors.EngineError) as refused:
            DOOR["statevector"](engine="xla")
    finally:
        jax.clear_caches()  # what was compiled with the wrong sum is shared by other circuits
    message = str(refused.value)
    assert f"'{MATVEC.name}' is off by 2.0e-03" in message
    assert f"jax {jax.__version__}, jaxlib {jax.lib.__version__}" in message


def test_where_tf32_exists_the_self_test_looks_for_it():
    def names(place):
        return [name for name, _ in verdict._quick_checks(Slightly("xla"), place, np.dtype("complex64"))]

    device = object()
    assert names(Place("cpu:0", "cpu", "cpu", device)) == [MATVEC.name, GRADIENT.name]
    assert names(Place("gpu:0", "gpu", "some", device)) == [MATVEC.name, GRADIENT.name, DENSE.name]
    assert names(Place("cpu", "cpu", "cpu")) == [answer.name for answer in SMALL_ANSWERS]


def test_the_device_is_the_one_that_will_compute():
    jax = pytest.importorskip("jax")
    device = jax.devices("cpu")[-1]
    engine = gate.get_engine("xla")
    here = jax.device_put(np.zeros(2), device)
    for params in (here, None):
        for chosen in (device, "cpu"):
            with jax.default_device(chosen):
                found = place_in_use(engine, params)
            assert (found.platform, found.kind) == ("cpu", device.device_kind)
    assert place_in_use(engine, here).device == device
    assert place_in_use(gate.get_engine("reference"), here).device is None


def test_a_failed_engine_is_refused_inside_jax(monkeypatch):
    jax = pytest.importorskip("jax")
    monkeypatch.setitem(verdict.TOLERANCE, "complex64", -1.0)  # nothing passes
    for run in (jax.jit, jax.grad):
        with pytest.raises(qsetu.core.errors.EngineError, match=r"xla engine on \w+:\d in complex64"):
            run(lambda x: qsetu.expectation(CIRCUIT, "Z1", x, engine="xla"))(jax.numpy.zeros(2))
