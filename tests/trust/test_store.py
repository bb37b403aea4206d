"""Verdicts on disk: found again, keyed by what could change them, and never trusted to be well-formed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import qsetu
from qsetu.engines import get_engine
from qsetu.trust import gate, store
from qsetu.trust.places import Place, places_of
from qsetu.trust.verdict import CheckResult

PLACE = Place("cpu", "cpu", "cpu")
FAILURE = CheckResult("native", "cpu", "complex64", "GHZ state", 0.25, 1e-5)


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("QSETU_TRUST_CACHE", "on")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(gate, "_VERDICTS", {})
    return tmp_path / "cache" / "qsetu" / "verdicts"


def read():
    return store.read("native", PLACE, "complex64")


def test_a_verdict_is_found_again(folder):
    assert read() is None
    store.write("native", PLACE, "complex64", [])
    assert read() == ()
    endless = CheckResult("native", "cpu", "complex64", "another", float("inf"), 1e-5)
    store.write("native", PLACE, "complex64", [FAILURE, endless])
    assert read() == (FAILURE, endless)
    (file,) = folder.iterdir()
    assert json.loads(file.read_text())["format"] == "qsetu-verdict"
    assert store.read("native", PLACE, "complex128") is None
    assert store.read("native", Place("gpu:0", "gpu", "H200"), "complex64") is None
    store.forget("native", PLACE, "complex64")
    assert (read(), list(folder.iterdir())) == (None, [])


def test_whatever_could_change_it_is_in_its_name(monkeypatch):
    store.write("native", PLACE, "complex64", [])
    changes = {
        "XLA_FLAGS": lambda p: p.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true"),
        "JAX_": lambda p: p.setenv("JAX_DEFAULT_MATMUL_PRECISION", "tensorfloat32"),
        "TF32": lambda p: p.setenv("NVIDIA_TF32_OVERRIDE", "1"),
        "SIMD": lambda p: p.setenv("QSETU_SIMD", "baseline"),
        "qsetu": lambda p: p.setattr(qsetu, "__version__", "9.9.9"),
        "numpy": lambda p: p.setattr(np, "__version__", "9.9.9"),
        "Python": lambda p: p.setattr(store.platform, "python_version", lambda: "3.99"),
        "processor": lambda p: p.setattr(store, "cpu_model", lambda: "abacus"),
        "code": lambda p: p.setattr(store, "_own_code", lambda: [["engine.py", 1, 1]]),
    }
    for what, change in changes.items():
        with monkeypatch.context() as patch:
            change(patch)
            assert read() is None, what
        assert read() == (), what


def test_versions_of_jax_are_in_its_name(monkeypatch):
    jax = pytest.importorskip("jax")
    import jaxlib.version

    place = places_of("xla")[0]
    store.write("xla", place, "complex64", [])
    assert store.read("xla", place, "complex64") == ()
    for module in (jax, jaxlib.version):
        with monkeypatch.context() as patch:
            patch.setattr(module, "__version__", "9.9.9")
            assert store.read("xla", place, "complex64") is None
    with jax.default_matmul_precision("bfloat16"):
        assert store.read("xla", place, "complex64") is None


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text[:-1],
        lambda text: "null",
        lambda text: "[]",
        lambda text: "3",
        lambda text: '"text"',
        lambda text: "[" * 100_000,
        lambda text: "[" * 30_000,
        lambda text: text.replace("qsetu-verdict", "another"),
        lambda text: text.replace('"version": 1', '"version": 2'),
        lambda text: text.replace('"key": "', '"key": "x'),
        lambda text: text.replace('"failures"', '"others"'),
        lambda text: text.replace("0.25", '"much"'),
        lambda text: text.replace("0.25", "1" + "0" * 400),
        lambda text: text.replace("0.25", "1e-9"),  # a failure that is none
        lambda text: text.replace("0.25", "[]"),
        lambda text: text.replace('"GHZ state"', "7"),
        lambda text: text.replace('"device": "cpu"', '"device": null'),
        lambda text: text.replace('[{"engine"', '[3, {"engine"'),
        lambda text: text + " " * 70_000,
        lambda text: b"\xff\xfe\x00",
    ],
)
def test_a_file_that_is_not_a_verdict_is_passed_over(folder, change):
    store.write("native", PLACE, "complex64", [FAILURE])
    (file,) = folder.iterdir()
    changed = change(file.read_text())
    assert changed != file.read_text()
    file.write_bytes(changed if isinstance(changed, bytes) else changed.encode())
    assert read() is None
    store.write("native", PLACE, "complex64", [FAILURE])
    assert read() == (FAILURE,)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_is_passed_over(folder, make):
    store.write("native", PLACE, "complex64", [])
    (file,) = folder.iterdir()
    file.unlink()
    make(file)
    assert read() is None
    store.write("native", PLACE, "complex64", [])
    store.forget("native", PLACE, "complex64")


def test_a_folder_that_cannot_be_made_is_no_error(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    for place in (tmp_path / "file", tmp_path / "file" / "deeper"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(place))
        store.write("native", PLACE, "complex64", [])
        store.forget("native", PLACE, "complex64")
        assert read() is None


def test_a_write_that_fails_leaves_nothing_behind(folder, monkeypatch):
    store.write("native", PLACE, "complex64", [])
    monkeypatch.setattr(store.Path, "replace", lambda *given: (_ for _ in ()).throw(OSError("full")))
    store.write("native", PLACE, "complex64", [FAILURE])
    assert read() == ()
    assert len(list(folder.iterdir())) == 1


def test_a_relative_cache_folder_is_ignored_as_its_specification_says(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", "near")
    store.write("native", PLACE, "complex64", [])
    assert not (tmp_path / "near").exists()
    assert len(list((tmp_path / "home/.cache/qsetu/verdicts").iterdir())) == 1


def test_the_switch(folder, monkeypatch):
    monkeypatch.setenv("QSETU_TRUST_CACHE", "off")
    store.write("native", PLACE, "complex64", [])
    assert read() is None
    assert not folder.exists()
    monkeypatch.setenv("QSETU_TRUST_CACHE", "offf")
    with pytest.raises(qsetu.QsetuError, match="'QSETU_TRUST_CACHE' must be one of off, on"):
        read()


def test_old_verdicts_are_cleared_out(folder, monkeypatch):
    monkeypatch.setattr(store, "_MOST_FILES", 10)
    for number in range(30):
        monkeypatch.setenv("XLA_FLAGS", str(number))
        store.write("native", PLACE, "complex64", [])
    assert len(list(folder.iterdir())) <= 10
    assert read() == ()


def test_a_good_verdict_of_xla_saves_the_test_and_a_bad_one_is_believed(monkeypatch):
    pytest.importorskip("jax")
    tests = []
    exact = gate.quick_test
    monkeypatch.setattr(gate, "quick_test", lambda *given: tests.append(1) or exact(*given))
    circuit = qsetu.Circuit(1).h(0)
    for _ in range(3):
        gate._VERDICTS.clear()  # the next process
        qsetu.statevector(circuit, engine="xla")
    assert len(tests) == 1
    place = gate.place_in_use(get_engine("xla"), None)
    failure = CheckResult("xla", place.name, "complex64", "from the doctor", 0.5, 1e-5)
    store.write("xla", place, "complex64", [failure])
    gate._VERDICTS.clear()
    with pytest.raises(qsetu.QsetuError, match=r"'from the doctor' is off by 5.0e-01"):
        qsetu.statevector(circuit, engine="xla")
    assert len(tests) == 1


def test_processes_side_by_side_find_a_verdict_or_none():
    pytest.importorskip("jax")
    code = "import qsetu; print(qsetu.statevector(qsetu.Circuit(1).x(0), engine='xla').real.tolist())"
    running = [
        subprocess.Popen([sys.executable, "-W", "error::RuntimeWarning", "-c", code], stdout=-1, text=True)
        for _ in range(3)
    ]
    assert [process.communicate()[0] for process in running] == ["[0.0, 1.0]\n"] * 3
