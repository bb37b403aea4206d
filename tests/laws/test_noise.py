"""Trajectories converge to the density matrix, honestly; they depend on circuit, model and seed alone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import chisquare

import qsetu
from qsetu import AmplitudeDamping, Circuit, Depolarizing, NoiseModel, PhaseDamping, QsetuError, ReadoutError
from qsetu.admission import admit
from qsetu.circuits.readout import read_probabilities
from qsetu.trajectories import as_noise_plan, portions
from support import FAST_ENGINES, random_circuit, random_params, scrambled

ENGINES = [*FAST_ENGINES, "reference"]

MODELS = {
    "depolarizing": NoiseModel(Depolarizing(0.1), Depolarizing(0.15)),
    "phase damping": NoiseModel(PhaseDamping(0.3), PhaseDamping(0.2)),
    "amplitude damping": NoiseModel(AmplitudeDamping(0.3), AmplitudeDamping(0.15)),
    "several on one": NoiseModel(
        (Depolarizing(0.1), Depolarizing(0.1), PhaseDamping(0.2), PhaseDamping(0.2)), ()
    ),
    "damping between": NoiseModel(
        (Depolarizing(0.1), AmplitudeDamping(0.2), PhaseDamping(0.3)),
        (AmplitudeDamping(0.3), AmplitudeDamping(0.1), Depolarizing(0.2)),
    ),
    "on pairs only": NoiseModel(two_qubit=Depolarizing(0.2)),
}

STRINGS = [
    " ".join(letter + str(q) for q, letter in enumerate(letters) if letter != "I")
    for letters in itertools.product("IXYZ", repeat=3)
][1:]

PAULIS = {"I": np.eye(2), "X": [[0, 1], [1, 0]], "Y": [[0, -1j], [1j, 0]], "Z": np.diag([1, -1])}


def exact(rho: np.ndarray, string: str) -> float:
    """tr(rho P) on three qubits."""
    letters = {int(factor[1:]): factor[0] for factor in string.split()}
    a, b, c = (np.array(PAULIS[letters.get(q, "I")]) for q in (2, 1, 0))
    return float(np.trace(rho @ np.kron(np.kron(a, b), c)).real)


def entangled(num_qubits: int, seed: int) -> Circuit:
    """A few gates, and a state in which nearly every string has a value."""
    circuit, rng = Circuit(num_qubits), np.random.default_rng(seed)
    for q in range(num_qubits):
        circuit = circuit.u(*rng.uniform(-3, 3, 3), q)
    for q in range(num_qubits - 1):
        circuit = circuit.cx(q, q + 1) if q % 2 else circuit.cx(q + 1, q)
    return circuit


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("engine", ENGINES)
def test_trajectories_converge_to_the_density_matrix(engine, model):
    # The oracle is slow, and xla compiles every piece: they see one circuit and its largest values.
    count = 100 if engine == "reference" else 3000
    for seed in range(4 if engine == "native" else 1):
        circuit = entangled(3, seed).compose(random_circuit(3, 2 if engine == "xla" else 4, seed))
        params = random_params(circuit, 2 if engine == "native" else 1)
        rhos = qsetu.density_matrix(circuit, params, noise=model)
        largest = sorted(STRINGS, key=lambda string, rho=rhos[0]: -abs(exact(rho, string)))
        strings = largest if engine == "native" else largest[:6]
        found = qsetu.noisy_expectation(
            circuit, strings, params, noise=model, trajectories=count, seed=5, engine=engine
        )
        expected = np.array([[exact(rho, string) for string in strings] for rho in rhos])
        assert found.values.shape == found.standard_errors.shape == expected.shape
        assert np.abs(expected).max() > 0.05, "there is something to see"
        assert 0 < found.standard_errors.max() < 1.01 / np.sqrt(count - 1)
        # Where a value is the same on all trajectories but for rounding, rounding is all that may differ.
        apart = np.abs(found.values - expected) / (found.standard_errors + 1e-6)
        assert apart.max() < 5, apart.max()


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_standard_errors_are_honest(model):
    circuit = scrambled(2, 1).id(0).cx(1, 0)
    (rho,) = qsetu.density_matrix(circuit, np.empty((1, 0)), noise=model)
    expected = float(np.trace(rho @ np.diag([1, -1, 1, -1])).real)
    scores = []
    for seed in range(400):
        found = qsetu.noisy_expectation(circuit, "Z0", noise=model, trajectories=200, seed=seed)
        scores.append((found.values - expected) / found.standard_errors)
    # Five standard deviations of a mean and a variance of 400 scores.
    assert abs(np.mean(scores)) < 0.25
    assert abs(np.var(scores) - 1) < 0.36


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_engines_make_the_same_jumps(model):
    circuit = entangled(2, 4).h(1)
    results = []
    for engine in ENGINES:
        found = qsetu.noisy_expectation(
            circuit,
            ["Z0 X1", "Y0"],
            noise=model,
            trajectories=30,
            seed=3,
            engine=engine,
            dtype="complex128",
        )
        shots = qsetu.sample(circuit, shots=30, seed=3, engine=engine, dtype="complex128", noise=model)
        results.append((found.values, found.standard_errors, shots))
    for values, errors, shots in results[1:]:
        np.testing.assert_allclose(values, results[0][0], atol=1e-9)
        np.testing.assert_allclose(errors, results[0][1], atol=1e-9)
        np.testing.assert_array_equal(shots, results[0][2])


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_portions_and_threads_change_nothing(model, monkeypatch):
    circuit = scrambled(4, 2)
    noisy = {"noise": model, "seed": 1, "dtype": "complex128"}

    def run():
        found = qsetu.noisy_expectation(circuit, ["Z0 X3", "Y2"], trajectories=100, **noisy)
        shots = qsetu.sample(circuit, shots=101, trajectories=50, **noisy)
        return found.values, found.standard_errors, shots

    whole = run()
    for name in ("ROWS_AT_ONCE", "AMPLITUDES_AT_ONCE"):
        monkeypatch.setattr(f"qsetu.trajectories.{name}", 7 if name == "ROWS_AT_ONCE" else 7 * 16)
    for threads in ("1", "3"):
        monkeypatch.setenv("QSETU_NUM_THREADS", threads)
        for one, other in zip(run(), whole, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-12)


def test_little_memory_means_more_portions(monkeypatch):
    circuit, model = scrambled(4, 2), MODELS["damping between"]
    plan, job = as_noise_plan(circuit, model), admit(circuit, None, "auto", "complex64")
    whole = list(portions(job, plan, 0, 100, 1, whole=True))
    assert len(whole) == 1
    monkeypatch.setattr("qsetu.trajectories.working_memory", lambda wanted: min(wanted, 50_000))
    parts = list(portions(job, plan, 0, 100, 1, whole=True))
    assert len(parts) > 3
    assert [start for start, _ in parts] == np.cumsum([0, *(len(draws) for _, draws in parts)])[:-1].tolist()
    np.testing.assert_array_equal(np.concatenate([draws for _, draws in parts]), whole[0][1])
    ((_, fewer),) = portions(job, plan, 0, 10, 1, whole=False)
    np.testing.assert_array_equal(fewer, whole[0][1][:10])


@pytest.mark.parametrize(
    "model", [MODELS["depolarizing"], MODELS["damping between"]], ids=["drawn", "damped"]
)
def test_a_row_depends_on_the_seed_and_its_place_alone(model):
    circuit = random_circuit(3, 12, 1)
    params = random_params(circuit, 3)
    noisy = {"noise": model, "seed": 4, "dtype": "complex128"}
    whole = qsetu.noisy_expectation(circuit, "Z0", params, trajectories=50, **noisy)
    first = qsetu.noisy_expectation(circuit, "Z0", params[:2], trajectories=50, **noisy)
    np.testing.assert_allclose(first.values, whole.values[:2], atol=1e-12)
    alike = qsetu.noisy_expectation(circuit, "Z0", params[[0, 0]], trajectories=50, **noisy)
    assert alike.values[0] != alike.values[1], "rows draw apart"
    shots = qsetu.sample(circuit, params, shots=50, **noisy)
    np.testing.assert_array_equal(shots[:2], qsetu.sample(circuit, params[:2], shots=50, **noisy))


READOUT = [ReadoutError(0.02, 0.1), ReadoutError(0.2, 0.05), ReadoutError(0.1, 0.1)]


@pytest.mark.parametrize("fewer", [False, True], ids=["a trajectory a shot", "fewer trajectories"])
@pytest.mark.parametrize(
    ("engine", "name"),
    [
        (engine, name)
        for engine in ENGINES
        for name in ["readout only", *MODELS]
        # What is drawn here it draws as the others do, and it compiles every piece.
        if engine != "xla" or name in ("readout only", "on pairs only", "amplitude damping")
    ],
)
def test_samples_have_the_exact_distribution(engine, name, fewer):
    model = MODELS.get(name, NoiseModel())
    model = NoiseModel(model.one_qubit, model.two_qubit, READOUT)
    circuit = entangled(3, 7).h(1)
    rho = qsetu.density_matrix(circuit, noise=model)
    expected = read_probabilities(np.diag(rho).real, READOUT)
    count = {"reference": 300, "xla": 4000, "aer": 4000}.get(engine, 20_000)
    if fewer:
        # Shots of one trajectory are correlated: of each, one is taken here.
        trajectories = count // 2
        shots = qsetu.sample(
            circuit, shots=count, seed=2, engine=engine, noise=model, trajectories=trajectories
        )[trajectories:]
    else:
        shots = qsetu.sample(circuit, shots=count, seed=2, engine=engine, noise=model)
    tally = np.bincount(shots, minlength=8)
    assert chisquare(tally, expected * len(shots)).pvalue > 1e-6


def test_shots_of_one_trajectory_are_of_one_state():
    # Every trajectory ends in a basis state, drawn evenly.
    circuit, model = Circuit(3).id(0).id(1).id(2), NoiseModel(Depolarizing(1))
    shots = qsetu.sample(circuit, shots=1001, seed=1, noise=model, trajectories=100)
    np.testing.assert_array_equal(shots[100:], shots[:-100])
    assert len(set(shots[:100])) == 8
    assert len(set(qsetu.sample(circuit, shots=50, seed=1, noise=model, trajectories=1))) == 1


@pytest.mark.parametrize("readout", [ReadoutError(0.1, 0.1), READOUT], ids=["equal", "unequal"])
def test_expectation_values_are_what_is_read(readout):
    circuit, errors = scrambled(3, 3), [readout] * 3 if isinstance(readout, ReadoutError) else readout
    found = qsetu.noisy_expectation(circuit, STRINGS, noise=NoiseModel(readout=readout), dtype="complex128")
    np.testing.assert_array_equal(found.standard_errors, 0)
    for string, value in zip(STRINGS, found.values, strict=True):
        turned, mask = circuit, 0
        for factor in string.split():
            qubit = int(factor[1:])
            turned = turned.sdg(qubit) if factor[0] == "Y" else turned
            turned = turned.h(qubit) if factor[0] in "XY" else turned
            mask |= 1 << qubit
        probabilities = np.abs(qsetu.statevector(turned, dtype="complex128")) ** 2
        signs = [(-1) ** (index & mask).bit_count() for index in range(8)]
        assert value == pytest.approx(read_probabilities(probabilities, errors) @ signs, abs=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_no_strength_is_no_noise_exactly(engine):
    channels = (Depolarizing(0), AmplitudeDamping(0), PhaseDamping(0))
    model = NoiseModel(channels, channels, ReadoutError())
    circuit = random_circuit(4, 12, 2)
    params = random_params(circuit, 3)
    found = qsetu.noisy_expectation(circuit, ["Z0", "X1 Y2"], params, noise=model, seed=1, engine=engine)
    np.testing.assert_array_equal(
        found.values, qsetu.expectation(circuit, ["Z0", "X1 Y2"], params, engine=engine)
    )
    np.testing.assert_array_equal(found.standard_errors, 0)
    shots = qsetu.sample(circuit, params, shots=100, seed=1, engine=engine, noise=model)
    np.testing.assert_array_equal(shots, qsetu.sample(circuit, params, shots=100, seed=1, engine=engine))
    states = qsetu.statevector(circuit, params, dtype="complex128")
    pure = states[:, :, None] * states[:, None, :].conj()
    for noise in (None, model):
        np.testing.assert_allclose(qsetu.density_matrix(circuit, params, noise=noise), pure, atol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_full_strength(engine):
    def value(circuit, text, model):
        return qsetu.noisy_expectation(circuit, text, noise=model, trajectories=300, seed=2, engine=engine)

    one = Circuit(1).x(0)
    fallen = value(one, "Z0", NoiseModel(AmplitudeDamping(1)))
    assert (fallen.values, fallen.standard_errors) == pytest.approx((1, 0), abs=1e-6)
    dephased = value(Circuit(1).h(0), "X0", NoiseModel(PhaseDamping(1)))
    assert abs(dephased.values) < 5 * dephased.standard_errors
    mixed = value(one, "Z0", NoiseModel(Depolarizing(1)))
    assert abs(mixed.values) < 5 * mixed.standard_errors


def test_what_counts_as_a_gate():
    model = NoiseModel(AmplitudeDamping(1), ())
    excited = Circuit(2).unitary(np.kron([[0, 1], [1, 0]], [[0, 1], [1, 0]]), [0, 1])  # two qubits: no noise
    read = {"noise": model, "trajectories": 2}
    assert qsetu.noisy_expectation(excited, "Z0", **read).values == pytest.approx(-1)
    assert qsetu.noisy_expectation(excited.id(0), "Z0", **read).values == pytest.approx(1)
    assert qsetu.noisy_expectation(excited.gphase(0.3), "Z0", **read).values == pytest.approx(-1)
    assert qsetu.noisy_expectation(excited.cz(1, 0), "Z0", **read).values == pytest.approx(-1)
    controlled = excited.append("gphase", [], [0.3], controls=[0])  # a phase gate on qubit 0
    assert qsetu.noisy_expectation(controlled, "Z0", **read).values == pytest.approx(1)
    on_pairs = {"noise": NoiseModel((), AmplitudeDamping(1)), "trajectories": 2}
    assert qsetu.noisy_expectation(excited, "Z0 + Z1", **on_pairs).values == pytest.approx(2)
    assert qsetu.noisy_expectation(Circuit(3).x(0).x(1).x(2).ccx(0, 1, 2), "Z1", **on_pairs).values == 1


def test_shapes():
    circuit, model = Circuit(2).ry(qsetu.param(0), 0), MODELS["depolarizing"]
    params = np.zeros((2, 3, 1))
    noisy = {"noise": model, "trajectories": 4}
    assert qsetu.noisy_expectation(circuit, "Z0", params, **noisy).values.shape == (2, 3)
    found = qsetu.noisy_expectation(circuit, ["Z0", "X1"], params, **noisy)
    assert found.values.shape == found.standard_errors.shape == (2, 3, 2)
    assert found.trajectories == 4
    assert qsetu.noisy_expectation(circuit, "Z0", params[:0], **noisy).values.shape == (0, 3)
    assert qsetu.noisy_expectation(circuit, "Z0", params[0, 0], **noisy).values.shape == ()
    assert qsetu.sample(circuit, params, shots=5, noise=model).shape == (2, 3, 5)
    assert qsetu.density_matrix(circuit, params, noise=model).shape == (2, 3, 4, 4)


ONE = Circuit(1).h(0)
SOME = NoiseModel(Depolarizing(0.1))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: qsetu.noisy_expectation(ONE, "Z0", noise=0.1), "'noise' must be a NoiseModel; got 0.1"),
        (lambda: qsetu.sample(ONE, noise=Depolarizing(0.1)), "'noise' must be a NoiseModel"),
        (lambda: qsetu.density_matrix(ONE, noise="x"), "'noise' must be a NoiseModel"),
        (lambda: qsetu.noisy_expectation(ONE, "Z0", noise=SOME, trajectories=1), "'trajectories' must be an"),
        (lambda: qsetu.noisy_expectation(ONE, "Z0", noise=SOME, seed=-1), "'seed' must be"),
        (lambda: qsetu.noisy_expectation(ONE, "Z1", noise=SOME), "'observable' must act on qubits 0 to 0"),
        (lambda: qsetu.noisy_expectation(ONE, "Z0", [1.0], noise=SOME), "'params' must have shape"),
        (
            lambda: qsetu.sample(ONE, shots=10, trajectories=5),
            "'trajectories' must be None without noise; got 5",
        ),
        (
            lambda: qsetu.sample(ONE, shots=10, noise=SOME, trajectories=11),
            "'trajectories' must be an integer",
        ),
        (
            lambda: qsetu.sample(ONE, shots=10, noise=SOME, trajectories=0),
            "'trajectories' must be an integer",
        ),
        (
            lambda: qsetu.density_matrix(Circuit(13)),
            "'circuit' must have at most 12 qubits.*noisy_expectation",
        ),
        *(
            (lambda f=f: f(NoiseModel(readout=[ReadoutError(0.1)] * 2)), r"one readout error for each")
            for f in (
                lambda noise: qsetu.sample(ONE, noise=noise),
                lambda noise: qsetu.density_matrix(ONE, noise=noise),
                lambda noise: qsetu.noisy_expectation(ONE, "Z0", noise=noise),
            )
        ),
    ],
)
def test_wrong_input_is_named(call, match):
    with pytest.raises(QsetuError, match=match):
        call()
