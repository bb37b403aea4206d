"""Noise models of Aer through the door, and ours in Aer: held against Aer run directly and our own matrix."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.stats import chisquare

import qsetu
from qsetu import AmplitudeDamping, Circuit, Depolarizing, NoiseModel, PhaseDamping, ReadoutError, param
from qsetu.circuits.readout import read_probabilities

aer = pytest.importorskip("qiskit_aer")
noise = pytest.importorskip("qiskit_aer.noise")
qiskit = pytest.importorskip("qiskit")

READOUT = [ReadoutError(0.1, 0.2), ReadoutError(0.3, 0.05), ReadoutError(0.1, 0.2)]
OURS = NoiseModel(
    (Depolarizing(0.1), PhaseDamping(0.1)), (Depolarizing(0.2), AmplitudeDamping(0.15)), READOUT
)
CIRCUIT = Circuit(3).ry(param(0), 0).cx(0, 1).sx(1).rz(0.3, 1).id(2).cx(1, 2).ry(2 * param(0), 2).gphase(0.2)
PARAMS = np.array([[0.3], [1.2]])
TEXTS = ["Z0 X1", "Y2 Z1", "1.5", "X0 X1 X2 + Z1"]
EXACT = "aer:density_matrix"
SAMPLED = ["aer:statevector", "aer:matrix_product_state"]


def theirs(readout: bool = True):
    """The channels of OURS, by Aer's gates."""
    model = noise.NoiseModel()
    single = noise.depolarizing_error(0.1, 1).compose(noise.phase_damping_error(0.1))
    model.add_all_qubit_quantum_error(single, ["ry", "sx", "rz", "id"])
    damped = noise.amplitude_damping_error(0.15)
    model.add_all_qubit_quantum_error(noise.depolarizing_error(0.2, 2).compose(damped.tensor(damped)), ["cx"])
    if readout:
        model.add_all_qubit_readout_error(noise.ReadoutError([[0.9, 0.1], [0.2, 0.8]]))
        model.add_readout_error(noise.ReadoutError([[0.7, 0.3], [0.05, 0.95]]), [1], warnings=False)
    return model


def run_directly(value: float, model, save) -> object:
    made = qiskit.QuantumCircuit(3)
    made.ry(value, 0)
    made.cx(0, 1)
    made.sx(1)
    made.rz(0.3, 1)
    made.id(2)
    made.cx(1, 2)
    made.ry(2 * value, 2)
    save(made)
    return aer.AerSimulator(method="density_matrix", noise_model=model).run(made).result().data(0)


def test_the_density_matrix_is_what_aer_says_and_what_we_say():
    found = qsetu.density_matrix(CIRCUIT, PARAMS, noise=theirs())
    assert found.shape == (2, 8, 8)
    for rho, (value,) in zip(found, PARAMS, strict=True):
        direct = run_directly(value, theirs(), lambda made: made.save_density_matrix())
        np.testing.assert_allclose(rho, np.asarray(direct["density_matrix"]), atol=1e-12)
    np.testing.assert_allclose(found, qsetu.density_matrix(CIRCUIT, PARAMS, noise=OURS), atol=1e-12)


@pytest.mark.parametrize("engine", ["auto", "aer", EXACT])
def test_density_matrices_give_exact_values_readout_included(engine):
    how = {"dtype": "complex128", "engine": engine}
    found = qsetu.noisy_expectation(CIRCUIT, TEXTS, PARAMS, noise=theirs(), **how)
    assert found.values.shape == (2, 4)
    np.testing.assert_array_equal(found.standard_errors, 0)
    rhos = qsetu.density_matrix(CIRCUIT, PARAMS, noise=OURS)
    for k, text in enumerate(["Z2", "Z0 Z1 Z2"]):
        probabilities = read_probabilities(np.diagonal(rhos, axis1=1, axis2=2).real, READOUT)
        mask = [4, 7][k]
        signs = np.array([(-1.0) ** (index & mask).bit_count() for index in range(8)])
        value = qsetu.noisy_expectation(CIRCUIT, text, PARAMS, noise=theirs(), **how).values
        np.testing.assert_allclose(value, probabilities @ signs, atol=1e-12)
    # Without readout errors, Aer's own expectation values.
    operator = qiskit.quantum_info.SparsePauliOp(["IXZ"])
    value = qsetu.noisy_expectation(CIRCUIT, "Z0 X1", PARAMS, noise=theirs(readout=False), **how).values
    for one, (angle,) in zip(value, PARAMS, strict=True):
        direct = run_directly(
            angle, theirs(), lambda made: made.save_expectation_value(operator, range(3), "e")
        )
        assert one == pytest.approx(direct["e"], abs=1e-12)


@pytest.mark.parametrize("engine", SAMPLED)
def test_shots_of_aer_come_with_standard_errors(engine):
    exact = qsetu.noisy_expectation(CIRCUIT, TEXTS, PARAMS, noise=theirs(), dtype="complex128").values
    found = qsetu.noisy_expectation(
        CIRCUIT, TEXTS, PARAMS, noise=theirs(), engine=engine, trajectories=3000, seed=1
    )
    assert found.trajectories == 3000
    assert (found.standard_errors[:, 2] == 0).all()
    assert 0.001 < found.standard_errors[:, 0].min() < found.standard_errors.max() < 0.04
    apart = np.abs(found.values - exact) / (found.standard_errors + 1e-6)
    assert apart.max() < 5


def test_standard_errors_are_honest():
    circuit = Circuit(2).ry(0.8, 0).cx(0, 1).sx(1)
    exact = float(qsetu.noisy_expectation(circuit, "Z0", noise=theirs()).values)
    scores = []
    for seed in range(200):
        found = qsetu.noisy_expectation(
            circuit, "Z0", noise=theirs(), engine="aer:statevector", trajectories=100, seed=seed
        )
        scores.append((found.values - exact) / found.standard_errors)
    assert abs(np.mean(scores)) < 0.36
    assert abs(np.var(scores) - 1) < 0.5


def test_above_twelve_qubits_aer_runs_trajectories():
    circuit = Circuit(13).sx(0).cx(0, 12)
    found = qsetu.noisy_expectation(circuit, "Z0", noise=theirs(readout=False), trajectories=50, seed=1)
    assert found.standard_errors > 0
    twelve = Circuit(12).sx(0).cx(0, 11)
    assert qsetu.noisy_expectation(twelve, "Z0", noise=theirs(), trajectories=50).standard_errors == 0
    assert qsetu.sample(circuit, shots=5, noise=theirs()).shape == (5,)


def test_seeds_and_rows():
    how = {"noise": theirs(), "engine": "aer:statevector"}
    first = qsetu.noisy_expectation(CIRCUIT, TEXTS, PARAMS, trajectories=60, seed=5, **how)
    again = qsetu.noisy_expectation(CIRCUIT, TEXTS, PARAMS, trajectories=60, seed=5, **how)
    np.testing.assert_array_equal(first.values, again.values)
    other = qsetu.noisy_expectation(CIRCUIT, TEXTS, PARAMS, trajectories=60, seed=6, **how)
    assert not np.array_equal(first.values, other.values)
    alike = qsetu.noisy_expectation(CIRCUIT, "Z0", PARAMS[[0, 0]], trajectories=60, seed=5, **how)
    assert alike.values[0] != alike.values[1], "rows draw apart"
    shots = qsetu.sample(CIRCUIT, PARAMS, shots=200, seed=5, **how)
    np.testing.assert_array_equal(shots[:1], qsetu.sample(CIRCUIT, PARAMS[:1], shots=200, seed=5, **how))
    assert qsetu.noisy_expectation(CIRCUIT, "Z0", PARAMS[:0], trajectories=2, **how).values.shape == (0,)
    assert qsetu.noisy_expectation(CIRCUIT, "Z0", PARAMS[0], trajectories=2, **how).values.shape == ()


@pytest.mark.parametrize("model", ["ours", "theirs"])
@pytest.mark.parametrize("engine", ["auto", EXACT, *SAMPLED])
def test_samples_have_the_exact_distribution_readout_included(engine, model):
    rho = qsetu.density_matrix(CIRCUIT, PARAMS[1], noise=OURS)
    expected = read_probabilities(np.diag(rho).real, READOUT)
    count = 3000 if model == "ours" and engine in SAMPLED else 20_000
    shots = qsetu.sample(
        CIRCUIT,
        PARAMS[1],
        shots=count,
        seed=2,
        engine=engine,
        noise=OURS if model == "ours" else theirs(),
        # Ours by trajectories of this engine: a state for each, and shots of one are correlated.
        trajectories=None,
    )
    assert chisquare(np.bincount(shots, minlength=8), expected * count).pvalue > 1e-6


def test_our_noise_in_density_matrices_is_exact():
    found = qsetu.noisy_expectation(CIRCUIT, TEXTS, PARAMS, noise=OURS, engine=EXACT, dtype="complex128")
    expected = qsetu.noisy_expectation(CIRCUIT, TEXTS, PARAMS, noise=theirs(), dtype="complex128")
    np.testing.assert_allclose(found.values, expected.values, atol=1e-12)
    np.testing.assert_array_equal(found.standard_errors, 0)
    # A gate on three qubits, one that Aer has no name for, and one under a control.
    wide = (
        Circuit(3)
        .h(0)
        .ccx(0, 1, 2)
        .append("iswap", [0, 1])
        .crx(0.7, 0, 2)
        .append("gphase", [], [0.4], controls=[0])
    )
    rho = qsetu.density_matrix(wide, noise=OURS)
    signs = np.diag([1, -1, 1, -1, 1, -1, 1, -1])
    plain = NoiseModel(OURS.one_qubit, OURS.two_qubit)
    value = qsetu.noisy_expectation(wide, "Z0", noise=plain, engine=EXACT, dtype="complex128").values
    assert value == pytest.approx(np.trace(rho @ signs).real, abs=1e-12)


def test_our_trajectories_on_aer_are_those_of_other_engines():
    for model in (NoiseModel(Depolarizing(0.2), PhaseDamping(0.3)), OURS):
        how = {"noise": model, "trajectories": 20, "seed": 3, "dtype": "complex128"}
        expected = qsetu.noisy_expectation(CIRCUIT, TEXTS, PARAMS, engine="reference", **how)
        for engine in ("aer", "aer:matrix_product_state"):
            found = qsetu.noisy_expectation(CIRCUIT, TEXTS, PARAMS, engine=engine, **how)
            np.testing.assert_allclose(found.values, expected.values, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("iswap", lambda c: c.append("iswap", [0, 1])),
        ("ch", lambda c: c.append("h", [1], controls=[0])),
        ("crx", lambda c: c.crx(0.4, 0, 1)),
        ("cu", lambda c: c.append("cu", [0, 1], [0.1, 0.2, 0.3, 0.4])),
        ("cs", lambda c: c.append("s", [1], controls=[0])),
        ("unitary", lambda c: c.unitary(np.eye(4), [0, 1])),
    ],
)
@pytest.mark.parametrize("engine", [EXACT, *SAMPLED])
def test_noise_attaches_by_name_to_gates_that_aer_has_not_too(name, make, engine):
    model = noise.NoiseModel()
    model.add_all_qubit_quantum_error(noise.pauli_error([("XX", 1.0)]), [name])
    clean = qsetu.statevector(make(Circuit(2)))
    assert abs(clean[0]) == pytest.approx(1), "the gate leaves |00> alone"
    shots = qsetu.sample(make(Circuit(2)), shots=5, noise=model, engine=engine)
    assert shots.tolist() == [3] * 5
    wider = noise.NoiseModel()
    wider.add_all_qubit_quantum_error(noise.pauli_error([("XXX", 1.0)]), ["ccz"])
    assert qsetu.sample(Circuit(3).ccz(0, 1, 2), shots=2, noise=wider, engine=engine).tolist() == [7, 7]


def test_a_model_that_meets_no_gate_of_the_circuit_warns_and_one_of_readout_does_not():
    with pytest.warns(RuntimeWarning, match=r"errors on cx, .*none of which is a gate of this circuit"):
        found = qsetu.noisy_expectation(
            Circuit(2).h(0).rx(0.3, 1), "X0", noise=theirs(readout=False), engine="aer:statevector", seed=1
        )
    assert (found.values, found.standard_errors) == pytest.approx((1, 0), abs=1e-6)
    only = noise.NoiseModel()
    only.add_all_qubit_readout_error(noise.ReadoutError([[0.9, 0.1], [0.2, 0.8]]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = qsetu.noisy_expectation(Circuit(1).id(0), "Z0", noise=only)
        qsetu.noisy_expectation(Circuit(1), "Z0", noise=theirs())
    assert read.values == pytest.approx(0.8)


def pair_readout():
    model = noise.NoiseModel()
    model.add_readout_error(noise.ReadoutError(np.full((4, 4), 0.25)), [0, 1])
    return model


def measured():
    model = noise.NoiseModel()
    model.add_all_qubit_quantum_error(noise.pauli_error([("X", 0.5), ("I", 0.5)]), ["measure"])
    return model


ONE = Circuit(2).h(0)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (
            lambda: qsetu.noisy_expectation(ONE, "Z0", noise=theirs(), engine="native"),
            "'engine' must be 'auto' or Aer's with a noise model of Aer; got 'native'",
        ),
        (lambda: qsetu.sample(ONE, noise=theirs(), engine="xla"), "'engine' must be 'auto' or Aer's"),
        (lambda: qsetu.sample(ONE, noise=theirs(), engine="aer:mps"), "'engine' must be one of"),
        (lambda: qsetu.sample("h", noise=theirs()), "'circuit' must be a qsetu Circuit"),
        (lambda: qsetu.noisy_expectation("h", "Z0", noise=theirs()), "'circuit' must be a qsetu Circuit"),
        (
            lambda: qsetu.sample(ONE, noise=theirs(), shots=10, trajectories=3),
            "'trajectories' must be None where Aer puts the noise in; got 3",
        ),
        (lambda: qsetu.noisy_expectation(ONE, "Z0", noise=theirs(), trajectories=1), "'trajectories'"),
        (
            lambda: qsetu.noisy_expectation(ONE, "Z0", noise=pair_readout()),
            r"readout error of qubits \(0, 1\)",
        ),
        (lambda: qsetu.sample(ONE, noise=pair_readout()), r"readout error of qubits \(0, 1\)"),
        (lambda: qsetu.noisy_expectation(ONE, "Z0", noise=measured()), "quantum error on 'measure'"),
        (lambda: qsetu.density_matrix(Circuit(13), noise=theirs()), "at most 12 qubits"),
        (lambda: qsetu.noisy_expectation(ONE, "Z0", noise=3, engine="aer"), "'noise' must be a NoiseModel"),
        (
            lambda: qsetu.noisy_expectation(ONE, "Z0", noise=NoiseModel(readout=READOUT), engine=EXACT),
            "one readout error for each",
        ),
    ],
)
def test_wrong_input_is_named(call, match):
    with pytest.raises(qsetu.QsetuError, match=match):
        call()


def test_errors_on_measuring_are_sampled():
    shots = qsetu.sample(Circuit(2), shots=2000, seed=1, noise=measured())
    assert chisquare(np.bincount(shots, minlength=4), np.full(4, 500)).pvalue > 1e-6
