"""Circuits on IQM's fake backends: native, in our order of bits, repeatable, and told where they are from."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, QsetuError, param
from qsetu.interop import iqm
from support import random_circuit, random_params, scrambled

pytest.importorskip("iqm.qiskit_iqm", reason="iqm-client is not installed")
pytest.importorskip("qiskit_aer")

from qiskit import QuantumCircuit
from qiskit.circuit.library import UnitaryGate
from qiskit.quantum_info import Statevector

from qsetu.interop.iqm.backends import FAKES, fake_backend


def lopsided() -> Circuit:
    """Four angles, and gates by which no two qubits are alike."""
    circuit = Circuit(4)
    for q in range(4):
        circuit = circuit.ry(param(q), q)
    return circuit.cx(3, 1).cx(0, 2)


# One qubit excited, each in turn; then a state in which all weights differ.
ROWS = np.concatenate([np.pi * np.eye(4), [[0.6, 1.1, 1.9, 2.6]]])


def frequencies(samples: np.ndarray, num_qubits: int) -> np.ndarray:
    return np.bincount(samples, minlength=2**num_qubits) / len(samples)


def renamed(probabilities: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """What would be seen if qubit q were read as ``order[q]``."""
    n = len(order)
    places = [sum((x >> q & 1) << order[q] for q in range(n)) for x in range(2**n)]
    return probabilities[np.argsort(places)]


@pytest.fixture(scope="module", params=FAKES)
def measured(request):
    return iqm.run(lopsided(), ROWS, backend=request.param, shots=4000, seed=11)


def test_what_is_measured_is_the_state_within_the_noise(measured):
    exact = np.abs(qsetu.statevector(lopsided(), ROWS)) ** 2
    found = np.array([frequencies(row, 4) for row in measured.samples])
    assert measured.samples.shape == (5, 4000)
    assert measured.samples.dtype == np.int64
    # Half of the sum of differences is what noise has moved: less than a quarter of all shots, of each row.
    apart = np.abs(found - exact).sum(axis=1) / 2
    assert apart.max() < 0.25, apart
    assert apart.max() > 0.01, "the noise is on"
    for order in itertools.permutations(range(4)):
        if order != (0, 1, 2, 3):
            wrong = np.abs(found - np.array([renamed(row, order) for row in exact])).sum(axis=1) / 2
            assert wrong.max() > 0.6, f"{order} would not have been noticed"


def test_a_result_says_where_it_came_from(measured):
    circuit, target = lopsided(), fake_backend(measured.backend)
    made = iqm.transpile(circuit, ROWS, backend=measured.backend, seed=11)
    assert measured.two_qubit_gates.tolist() == [
        one.count_ops()["cz"] + one.count_ops().get("move", 0) for one in made
    ]
    assert measured.depth.tolist() == [
        longest([tuple(g.qubits) for g in one.data if g.name not in ("measure", "barrier")]) for one in made
    ]
    used = {one.find_bit(q).index for one in made for g in one.data if g.name != "barrier" for q in g.qubits}
    assert measured.qubits == tuple(target.physical_qubits[index] for index in sorted(used))
    assert (measured.shots, measured.seed, measured.num_qubits) == (4000, 11, 4)
    assert measured.calibration_set_id is None
    assert measured.circuit_hash == circuit.content_hash
    assert dict(measured.versions).keys() == {"qsetu", "iqm-client", "qiskit", "qiskit-aer"}
    assert measured.submitted <= measured.finished
    assert measured.submitted.endswith("+00:00")
    assert measured.job_id in repr(measured)


def longest(gates: list[tuple]) -> int:
    depth: dict = {}
    for qubits in gates:
        level = 1 + max(depth.get(q, 0) for q in qubits)
        depth.update(dict.fromkeys(qubits, level))
    return max(depth.values())


def test_a_record_is_plain_json(measured):
    record = measured.record()
    assert json.loads(json.dumps(record)) == record
    assert (record["format"], record["version"]) == ("qsetu.iqm-result", 1)
    assert record["shape"] == [5]
    assert [sum(row.values()) for row in record["counts"]] == [4000] * 5
    for index in range(5):
        assert record["counts"][index] == measured.counts(index) == qsetu.counts(measured.samples[index], 4)
    assert record["depth"] == measured.depth.tolist()
    for name in ("backend", "job_id", "calibration_set_id", "circuit_hash", "seed", "shots", "submitted"):
        assert record[name] == getattr(measured, name)
    assert set(record) > {"finished", "versions", "qubits", "two_qubit_gates", "timeline", "quantum_computer"}
    for index in ((), 5, (0, 0)):
        with pytest.raises(QsetuError, match=r"'index' must name one row of shape \(5,\)"):
            measured.counts(index)


def noiseless(made: QuantumCircuit) -> np.ndarray:
    """Probabilities of what a transpiled circuit measures, by Qiskit, idle qubits left out."""
    from iqm.qiskit_iqm.move_gate import MOVE_GATE_UNITARY

    active = sorted(
        {made.find_bit(q).index for one in made.data if one.name != "barrier" for q in one.qubits}
    )
    small, order = QuantumCircuit(len(active)), {}
    for one in made.data:
        places = [active.index(made.find_bit(q).index) for q in one.qubits if one.name != "barrier"]
        if one.name == "measure":
            order[made.find_bit(one.clbits[0]).index] = places[0]
        elif one.name != "barrier":
            small.append(UnitaryGate(MOVE_GATE_UNITARY) if one.name == "move" else one.operation, places)
    return Statevector(small).probabilities([order[bit] for bit in range(len(order))])


@pytest.mark.parametrize("level", range(4))
@pytest.mark.parametrize("backend", FAKES)
def test_transpiled_circuits_are_native_and_the_same(backend, level):
    target = fake_backend(backend)
    gates = {name: {tuple(locus) for locus in info.loci} for name, info in target.architecture.gates.items()}
    for seed in range(3):
        # At the end every qubit is turned: what is measured depends on all of the state.
        circuit = random_circuit(4, 10, seed).compose(scrambled(4, seed))
        params = random_params(circuit, 2)
        made = iqm.transpile(circuit, params, backend=backend, seed=seed, optimization_level=level)
        exact = np.abs(qsetu.statevector(circuit, params, dtype="complex128")) ** 2
        for one, expected in zip(made, exact, strict=True):
            np.testing.assert_allclose(noiseless(one), expected, atol=1e-7)
            for g in one.data:
                names = tuple(target.index_to_qubit_name(one.find_bit(q).index) for q in g.qubits)
                if g.name == "cz":
                    assert names in gates["cz"] or names[::-1] in gates["cz"]
                elif g.name != "barrier":
                    assert names in gates[{"r": "prx"}.get(g.name, g.name)]
    if backend == "deneb":
        assert made[0].count_ops()["move"] % 2 == 0


def test_every_qubit_of_a_backend_can_be_used():
    circuit = Circuit(6)
    for q in range(6):
        circuit = circuit.ry(0.3 + 0.4 * q, q)
    found = iqm.run(circuit.cx(5, 0), backend="deneb", shots=2000, seed=2)
    exact = np.abs(qsetu.statevector(circuit.cx(5, 0))) ** 2
    assert found.qubits == ("QB1", "QB2", "QB3", "QB4", "QB5", "QB6", "CR1")
    assert np.abs(frequencies(found.samples, 6) - exact).sum() / 2 < 0.3
    idle = iqm.run(Circuit(3), backend="adonis", shots=500, seed=1)
    assert max(idle.counts(), key=idle.counts().get) == "000"
    assert (idle.depth, idle.two_qubit_gates) == (0, 0)


def test_a_seed_repeats_and_a_row_depends_on_its_place_alone():
    shared = {"backend": "adonis", "shots": 200}
    whole = iqm.run(lopsided(), ROWS[[4, 4, 4]], seed=3, **shared)
    again = iqm.run(lopsided(), ROWS[[4, 4]], seed=3, **shared)
    np.testing.assert_array_equal(whole.samples[:2], again.samples)
    assert (whole.samples[0] != whole.samples[1]).any(), "rows draw apart"
    other = iqm.run(lopsided(), ROWS[[4, 4]], seed=4, **shared)
    assert (other.samples != again.samples).any()
    fresh = iqm.run(lopsided(), ROWS[4], **shared)
    told = iqm.run(lopsided(), ROWS[4], seed=fresh.seed, **shared)
    np.testing.assert_array_equal(told.samples, fresh.samples)
    shaped = iqm.run(lopsided(), ROWS[[4, 4, 4, 4]].reshape(2, 2, 4), seed=3, **shared)
    assert shaped.samples.shape == (2, 2, 200)
    assert shaped.depth.shape == shaped.two_qubit_gates.shape == (2, 2)
    assert shaped.record()["shape"] == [2, 2]
    np.testing.assert_array_equal(shaped.samples[0], again.samples)
    assert sum(shaped.counts((1, 0)).values()) == 200


def test_rows_are_placed_alike_whatever_their_numbers():
    circuit = Circuit(4)
    for first, second in ((0, 1), (1, 2), (2, 3), (3, 0)):
        circuit = circuit.rzz(param(first), first, second).h(first)
    # The first row needs no couplings: alone it would be anywhere.
    rows = np.concatenate([np.zeros((1, 4)), random_params(circuit, 2)])
    made = iqm.transpile(circuit, rows, backend="garnet", seed=5)
    assert "cz" not in made[0].count_ops()
    assert made[1].count_ops()["cz"] == made[2].count_ops()["cz"] == 8
    assert len({str(sorted(touched(one))) for one in made}) == 1
    for row, one in zip(rows, made, strict=True):
        (alone,) = iqm.transpile(circuit, row, backend="garnet", seed=5)
        assert alone == one


def touched(made: QuantumCircuit) -> set[int]:
    return {made.find_bit(q).index for one in made.data if one.name != "barrier" for q in one.qubits}


@pytest.mark.parametrize("level", range(4))
def test_an_idle_step_is_nothing_to_a_machine(level):
    circuit = Circuit(2).id(0).h(0).id(1).cx(0, 1).append("id", 0, controls=[1])
    (made,) = iqm.transpile(circuit, backend="garnet", optimization_level=level)
    assert "id" not in made.count_ops()
    np.testing.assert_allclose(noiseless(made), [0.5, 0, 0, 0.5], atol=1e-7)
    (made,) = iqm.transpile(Circuit(1).id(0), backend="garnet", optimization_level=level)
    np.testing.assert_allclose(noiseless(made), [1, 0], atol=1e-7)


def test_the_noise_of_move_is_on():
    # Whatever is moved is excited, and the resonator lives for 5.4 microseconds; a MOVE takes 0.1.
    circuit = Circuit(3).x(0).x(1).x(2)
    for _ in range(12):
        circuit = circuit.cz(0, 1).cz(1, 2).cz(0, 2)
    shared = {"backend": "deneb", "seed": 1, "optimization_level": 0}
    (made,) = iqm.transpile(circuit, **shared)
    assert made.count_ops()["move"] > 20
    found = iqm.run(circuit, shots=4000, **shared)
    # A matrix without a name has no noise.
    from iqm.qiskit_iqm.move_gate import MOVE_GATE_UNITARY
    from qiskit_aer import AerSimulator

    quiet = made.copy_empty_like()
    for one in made.data:
        gate = UnitaryGate(MOVE_GATE_UNITARY) if one.name == "move" else one.operation
        quiet.append(gate, one.qubits, one.clbits)
    without = AerSimulator(noise_model=iqm.noise_model("deneb")).run(quiet, shots=4000).result().get_counts()
    assert found.counts()["111"] < without["111"] - 200


def test_level_0_keeps_what_was_folded():
    circuit = Circuit(2).h(0).cx(0, 1).ry(0.3, 1).cx(0, 1)
    for scale in (1, 3, 5):
        folded = qsetu.fold(circuit, scale, folding="gates", min_qubits=2)
        (made,) = iqm.transpile(folded, backend="garnet", optimization_level=0)
        assert made.count_ops()["cz"] == 2 * scale
    (made,) = iqm.transpile(folded, backend="garnet", optimization_level=3)
    assert made.count_ops()["cz"] < 10


def test_noise_models_are_copies_of_the_backends():
    from qiskit_aer.noise import NoiseModel

    model = iqm.noise_model("adonis")
    assert isinstance(model, NoiseModel)
    assert set(model.noise_instructions) == {"r", "cz", "measure"}
    assert model == fake_backend("adonis").noise_model
    assert model is not fake_backend("adonis").noise_model
    assert set(iqm.noise_model("deneb").noise_instructions) == {"r", "cz", "move", "measure"}


def test_backends_are_listed():
    listed = iqm.backends()
    assert [one.name for one in listed] == list(FAKES)
    assert {one.name: len(one.qubits) for one in listed} == {
        "adonis": 5,
        "aphrodite": 54,
        "apollo": 20,
        "deneb": 6,
        "garnet": 20,
    }
    for one in listed:
        target = fake_backend(one.name)
        assert one.qubits == tuple(target.architecture.qubits)
        loci = {frozenset(locus) for locus in target.architecture.gates["cz"].loci}
        assert {frozenset(pair) for pair in one.couplings} == loci
        assert len(one.couplings) == len(loci)
        assert ("move" in one.native_gates) == bool(one.resonators)
    lines = str(listed).splitlines()
    assert lines == repr(listed).splitlines()
    assert lines[0].split() == ["backend", "qubits", "topology", "native", "gates"]
    assert lines[1] == "adonis     5       star, 4 couplings      prx, cz"
    assert lines[4].split() == ["deneb", "6", "star", "around", "CR1", "prx,", "cz,", "move"]


ONE = Circuit(1).h(0)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: iqm.run("x"), "'circuit' must be a qsetu Circuit"),
        (lambda: iqm.run(Circuit(0)), "'circuit' must have at least one qubit"),
        (lambda: iqm.run(Circuit(6), backend="adonis"), "at most 5 qubits on 'adonis'; got 6.*backends"),
        (lambda: iqm.run(ONE, backend="garnett"), "'backend' must be one of .*Did you mean 'garnet'"),
        (lambda: iqm.run(ONE, backend="https://x"), "'backend' must be one of"),
        (lambda: iqm.run(ONE, shots=0), "'shots' must be an integer"),
        (lambda: iqm.run(ONE, seed=-1), "'seed' must be an integer"),
        (lambda: iqm.run(ONE, optimization_level=4), "'optimization_level' must be an integer from 0 to 3"),
        (lambda: iqm.run(ONE, [0.1]), "'params' must have shape"),
        (lambda: iqm.run(lopsided()), "'params' must be given"),
        (lambda: iqm.run(lopsided(), np.empty((0, 4))), "'params' must have at least one row"),
        (lambda: iqm.run(ONE, timeout=3), "'timeout' must be None without backend='device'"),
        (lambda: iqm.run(ONE, quantum_computer="garnet"), "'quantum_computer' must be a name, and only"),
        (lambda: iqm.noise_model("device"), "'backend' must be one of adonis"),
        (lambda: iqm.fetch("seven"), "'job_id' must be a job identifier"),
        (lambda: iqm.fetch(7), "'job_id' must be a job identifier"),
    ],
)
def test_wrong_input_is_named(call, match):
    with pytest.raises(QsetuError, match=match):
        call()
