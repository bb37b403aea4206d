"""The programs of QASMBench: read as Qiskit reads them, simulated as Aer simulates them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import qsetu
from outcomes import distribution, far
from qsetu import MeasuredCircuit
from qsetu.core.errors import QasmError

qasm2 = pytest.importorskip("qiskit.qasm2")
aer = pytest.importorskip("qiskit_aer")

MAX_QUBITS = 24
# These measure a register q into a register c, and declare neither: no OpenQASM.
NOT_VALID = ("vqe_uccsd_n4", "vqe_uccsd_n6", "vqe_uccsd_n8")
# The programs that go on after a measurement, or by an outcome.
DYNAMIC = (
    "bb84_n8",
    "cc_n12",
    "inverseqft_n4",
    "ipea_n2",
    "qec_sm_n5",
    "seca_n11",
    "shor_n5",
    "square_root_n18",
)


@pytest.fixture
def programs(data_folder) -> dict[str, Path]:
    found = {path.stem: path for path in sorted((data_folder / "qasmbench").glob("*/*.qasm"))}
    assert len(found) > 60
    return found


def width(path: Path) -> int:
    return sum(map(int, re.findall(r"^\s*qreg\s+\w+\s*\[(\d+)\]", path.read_text(encoding="utf-8"), re.M)))


def by_aer(text: str, dtype: str) -> np.ndarray:
    theirs = qasm2.loads(text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    theirs.remove_final_measurements()
    theirs.save_statevector()
    precision = "double" if dtype == "complex128" else "single"
    simulator = aer.AerSimulator(method="statevector", precision=precision)
    return np.asarray(simulator.run(theirs.decompose(reps=2)).result().get_statevector())


def assert_same(circuit, text: str) -> None:
    dtype = "complex128" if circuit.num_qubits <= 18 else "complex64"
    made = circuit.circuit if isinstance(circuit, MeasuredCircuit) else circuit
    found = qsetu.statevector(made, dtype=dtype)
    # Gates count their phases, so this is no comparison up to one.
    np.testing.assert_allclose(found, by_aer(text, dtype), atol=1e-9 if dtype == "complex128" else 2e-4)


@pytest.mark.slow
def test_every_program_is_what_aer_says(programs):
    dynamic, same = [], 0
    for name, path in programs.items():
        if name in NOT_VALID or width(path) > MAX_QUBITS:
            continue
        circuit = qsetu.from_qasm(path)
        assert circuit.num_qubits == width(path), name
        if isinstance(circuit, MeasuredCircuit) and circuit.why_dynamic:
            dynamic.append(name)
            continue
        assert_same(circuit, path.read_text(encoding="utf-8"))
        same += 1
    assert sorted(dynamic) == sorted(DYNAMIC)
    assert same > 45


@pytest.mark.slow
@pytest.mark.parametrize("name", DYNAMIC)
def test_what_measures_on_its_way_is_drawn_as_aer_draws_it(programs, name):
    text = programs[name].read_text(encoding="utf-8")
    circuit = qsetu.from_qasm(programs[name])
    # Aer runs each shot for itself.
    shots = {True: 20_000, circuit.num_qubits > 8: 1000, circuit.num_qubits > 12: 20}[True]
    theirs = qasm2.loads(text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    simulator = aer.AerSimulator(method="statevector", seed_simulator=5, max_parallel_threads=1)
    ran = simulator.run(theirs.decompose(reps=2), shots=shots).result()
    drawn = {int(bits.replace(" ", ""), 2): n for bits, n in ran.get_counts().items()}
    samples = qsetu.sample(circuit, shots=shots, seed=6)
    numbers, counts = np.unique(samples, return_counts=True)
    mine = dict(zip(numbers.tolist(), counts.tolist(), strict=True))
    table = np.array([(mine.get(number, 0), drawn.get(number, 0)) for number in {*mine, *drawn}]) / shots
    mean = table.mean(axis=1)
    # Frequencies of two draws from one distribution are apart by about 0.8 of this; by 2 they are from two.
    spread = np.sqrt(2 * mean * (1 - mean) / shots).sum()
    assert np.abs(table[:, 0] - table[:, 1]).sum() <= 2 * spread + 1e-12
    if circuit.num_qubits <= 5:
        exact = np.clip(distribution(circuit), 0, 1)
        assert far(samples, exact) < 4 or exact.max() > 1 - 1e-9


@pytest.mark.parametrize("name", NOT_VALID)
def test_programs_that_are_none_are_refused(programs, name):
    text = programs[name].read_text(encoding="utf-8")
    lines = text.split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith("measure"))
    with pytest.raises(QasmError, match="is not defined") as error:
        qsetu.from_qasm(programs[name])
    assert (error.value.source, error.value.line) == (f"{name}.qasm", first + 1)
    assert lines[first][error.value.column - 1] == "q"
    mended = "\n".join(line for line in lines if not line.startswith("measure"))
    assert_same(qsetu.from_qasm(mended), mended)
    back = qsetu.from_qasm(qsetu.to_qasm(qsetu.from_qasm(mended), version=2))
    assert back == qsetu.from_qasm(mended)


@pytest.mark.slow
def test_every_program_survives_both_versions(programs):
    for name, path in programs.items():
        if name in NOT_VALID or path.stat().st_size > 100_000:
            continue
        circuit = qsetu.from_qasm(path)
        for version in (2, 3):
            back = qsetu.from_qasm(qsetu.to_qasm(circuit, version))
            if isinstance(circuit, MeasuredCircuit):
                assert back.registers == circuit.registers, name
            if circuit.num_qubits > 12:
                continue
            if isinstance(circuit, MeasuredCircuit) and circuit.why_dynamic:
                if circuit.num_qubits <= 8:
                    np.testing.assert_allclose(distribution(back), distribution(circuit), atol=1e-9)
                continue
            states = [
                qsetu.statevector(
                    one.circuit if isinstance(one, MeasuredCircuit) else one, dtype="complex128"
                )
                for one in (back, circuit)
            ]
            np.testing.assert_allclose(*states, atol=1e-10, err_msg=name)
