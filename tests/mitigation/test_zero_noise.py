"""Fits end where they should, with honest errors, on made-up values and on the simulator's."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pytest
from scipy.optimize import curve_fit

import qsetu
from qsetu import AmplitudeDamping, Circuit, Depolarizing, NoiseModel, QsetuError, ReadoutError
from support import random_params


def exactly(string: str, model: NoiseModel):
    """What measures without chance: the density matrix."""
    signs = qsetu.PauliSum.parse(string)

    def run(circuit):
        rho = qsetu.density_matrix(circuit, noise=model)
        total = 0.0
        for coefficient, letters in signs.terms:
            matrix = np.eye(1)
            found = dict(letters)
            for q in reversed(range(circuit.num_qubits)):
                matrix = np.kron(matrix, PAULIS[found.get(q, "I")])
            total += coefficient * float(np.trace(rho @ matrix).real)
        return np.array(total), np.array(0.0)

    return run


PAULIS = {
    "I": np.eye(2),
    "X": np.array([[0, 1], [1, 0]]),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]),
}


def one_qubit(seed: int) -> tuple[Circuit, str, tuple[float, ...]]:
    """Depolarizing passes through every gate, so each gate costs the same factor, at any scale."""
    rng = np.random.default_rng(seed)
    circuit = Circuit(1)
    for _ in range(10):
        circuit = circuit.u(*rng.uniform(-3, 3, 3), 0)
    return circuit, "X0", (1, 1.4, 2.2, 3)


def clifford(seed: int) -> tuple[Circuit, str, tuple[float, ...]]:
    """A Pauli string stays one, back and forth, so whole foldings cost the same factor each."""
    rng = np.random.default_rng(seed)
    circuit = Circuit(3)
    for _ in range(12):
        a, b = (int(q) for q in rng.permutation(3)[:2])
        circuit = circuit.append(str(rng.choice(["h", "s", "sx", "y"])), a).append(
            str(rng.choice(["cx", "cz"])), [a, b]
        )
    strings = [
        " ".join(letter + str(q) for q, letter in enumerate(letters) if letter != "I")
        for letters in itertools.product("IXYZ", repeat=3)
    ][1:]
    values = qsetu.expectation(circuit, strings)
    return circuit, strings[int(np.abs(values).argmax())], (1, 3, 5)


@pytest.mark.parametrize("folding", ["global", "gates"])
@pytest.mark.parametrize("case", [one_qubit, clifford])
def test_the_exponential_undoes_depolarizing_noise(case, folding):
    model = NoiseModel(Depolarizing(0.01), Depolarizing(0.03))
    for seed in range(3):
        circuit, string, scales = case(seed)
        truth = float(qsetu.expectation(circuit, string, dtype="complex128"))
        assert abs(truth) > 0.05
        shared = {"scales": scales, "folding": folding, "run": exactly(string, model)}
        found = qsetu.zero_noise_extrapolation(circuit, fit="exponential", **shared)
        assert abs(found.measured[0] - truth) > 0.02 * abs(truth), "there is something to undo"
        assert found.values == pytest.approx(truth, abs=1e-9)
        np.testing.assert_allclose(found.predict(found.scales), found.measured, atol=1e-9)
        assert found.standard_errors == 0
        line = qsetu.zero_noise_extrapolation(circuit, fit="linear", **shared)
        assert abs(line.values - truth) < abs(found.measured[0] - truth)


def test_an_exponential_ends_at_its_asymptote():
    circuit, string, scales = one_qubit(1)
    text = f"0.8 {string} + 1.5"
    model = NoiseModel(Depolarizing(0.02))
    truth = float(qsetu.expectation(circuit, text, dtype="complex128"))
    shared = {"scales": scales, "fit": "exponential", "run": exactly(text, model)}
    told = qsetu.zero_noise_extrapolation(circuit, asymptote=1.5, **shared)
    assert told.values == pytest.approx(truth, abs=1e-9)
    untold = qsetu.zero_noise_extrapolation(circuit, **shared)
    assert abs(untold.values - truth) > 1e-4
    assert untold.refit("exponential", asymptote=1.5).values == pytest.approx(truth, abs=1e-9)
    assert told.refit("exponential").values == told.values, "an asymptote is kept"


def test_on_the_simulator_the_asymptote_is_what_is_read_of_the_mixed_state():
    circuit = Circuit(1).rx(0.4, 0).ry(0.3, 0).rx(-0.2, 0).ry(0.5, 0)
    readout = ReadoutError(0.02, 0.2)
    model = NoiseModel(Depolarizing(0.05), readout=readout)
    found = qsetu.zero_noise_extrapolation(
        circuit,
        ["Z0 + 2", "X0", "Z0"],
        noise=model,
        scales=(1, 3, 5),
        fit="exponential",
        trajectories=60_000,
        seed=1,
        dtype="complex128",
    )
    # Folding does not touch readout: what is left is what readout alone does.
    kept = qsetu.noisy_expectation(
        circuit, ["Z0 + 2", "X0", "Z0"], noise=NoiseModel(readout=readout), dtype="complex128"
    )
    np.testing.assert_allclose(found.asymptote, [2 + 0.18, 0.18, 0.18], atol=1e-12)
    assert (np.abs(found.values - kept.values) < 5 * found.standard_errors).all()
    assert found.standard_errors.max() < 0.02


def curves(name: str, degree: int):
    if name == "exponential":
        return lambda x, b, c: 0.3 + b * np.exp(-c * x)
    return lambda x, *p: np.polyval(p[::-1], x)


FITS = [("linear", None, 1), ("polynomial", None, 2), ("polynomial", 3, 3), ("exponential", None, 1)]


@pytest.mark.parametrize(("name", "degree", "power"), FITS)
@pytest.mark.parametrize("known", [True, False], ids=["errors", "no errors"])
def test_fits_are_those_of_scipy(name, degree, power, known):
    rng = np.random.default_rng(3)
    scales = np.array([1, 1.5, 2, 3, 4, 5])
    measured = 0.3 + 0.6 * np.exp(-0.3 * scales) + rng.normal(0, 0.01, (4, 6))
    errors = rng.uniform(0.005, 0.02, (4, 6)) if known else np.zeros((4, 6))
    fixed = {"asymptote": 0.3} if name == "exponential" else {}
    found = run_through(scales, measured, errors, fit=name, degree=degree, **fixed)
    function = curves(name, power)
    for row in range(4):
        sigma = {"sigma": errors[row], "absolute_sigma": True} if known else {}
        best, spread = curve_fit(
            function,
            scales,
            measured[row],
            p0=[0.5, 0.2] if name == "exponential" else [0.1] * (power + 1),
            **sigma,
        )
        np.testing.assert_allclose(found.coefficients[row], best, atol=2e-6)
        assert found.values[row] == pytest.approx(function(0, *best), abs=2e-6)
        if known:
            assert found.standard_errors[row] == pytest.approx(np.sqrt(spread[0, 0]), rel=1e-4)
        np.testing.assert_allclose(
            found.predict([0, 2.5])[row], function(np.array([0, 2.5]), *best), atol=1e-5
        )
    if not known:
        np.testing.assert_array_equal(found.standard_errors, 0)


def run_through(scales, measured, errors, **options):
    """Extrapolate numbers made up: the circuit has ten gates, so tenths can be reached."""
    answers = iter(np.stack([measured, errors], axis=0).reshape(2, -1, len(scales)).transpose(2, 0, 1))
    circuit = Circuit(1)
    for _ in range(20):
        circuit = circuit.x(0)
    found = qsetu.zero_noise_extrapolation(
        circuit, run=lambda folded: tuple(next(answers)), scales=list(scales), **options
    )
    np.testing.assert_allclose(found.scales, scales)
    return found


def test_some_errors_of_zero_do_not_weigh_all():
    scales, errors = np.array([1.0, 2, 3]), np.array([[0.0, 0.1, 0.2]])
    found = run_through(scales, np.array([[0.9, 0.85, 0.7]]), errors, fit="linear")
    weights = np.linalg.pinv(np.vander(scales, 2, increasing=True))
    assert found.values[0] == pytest.approx(weights[0] @ [0.9, 0.85, 0.7])
    assert found.standard_errors[0] == pytest.approx(np.sqrt((weights[0] ** 2) @ errors[0] ** 2))


def test_richardson_goes_through_all_values():
    scales = np.array([1, 1.5, 2, 3])
    measured = np.array([[0.9, 0.7, 0.65, 0.1]])
    found = run_through(scales, measured, np.full((1, 4), 0.01), fit="richardson")
    np.testing.assert_allclose(found.predict(scales), measured, atol=1e-12)
    # Lagrange's weights at 0, from their formula.
    weights = [np.prod([b / (b - a) for b in scales if b != a]) for a in scales]
    assert found.values[0] == pytest.approx(measured[0] @ weights)
    assert found.standard_errors[0] == pytest.approx(0.01 * np.linalg.norm(weights))


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("linear", lambda x: 0.9 - 0.1 * x),
        ("polynomial", lambda x: 0.9 - 0.2 * x + 0.02 * x**2),
        ("richardson", lambda x: 0.9 - 0.2 * x + 0.02 * x**2 + 0.001 * x**3),
        ("exponential", lambda x: 0.9 * np.exp(-0.2 * x)),
    ],
)
def test_standard_errors_are_honest(name, truth):
    rng = np.random.default_rng(1)
    scales = np.array([1, 2, 3, 5])
    errors = np.tile([0.004, 0.006, 0.005, 0.01], (2000, 1))
    found = run_through(scales, truth(scales) + errors * rng.normal(size=errors.shape), errors, fit=name)
    scores = (found.values - truth(0)) / found.standard_errors
    assert abs(scores.mean()) < 0.12
    assert abs(scores.var() - 1) < 0.17


def test_what_the_simulator_says_of_its_errors_is_honest():
    # Richardson's weights change sign: scales that shared their chance would look better than they are.
    circuit = Circuit(1).ry(0.5, 0).rx(0.3, 0).ry(0.4, 0)
    model = NoiseModel(Depolarizing(0.1))
    values = [float(exactly("Z0", model)(qsetu.fold(circuit, s))[0]) for s in (1, 3, 5)]
    expected = np.array([15 / 8, -10 / 8, 3 / 8]) @ values
    scores = []
    for seed in range(300):
        found = qsetu.zero_noise_extrapolation(
            circuit, "Z0", noise=model, scales=(1, 3, 5), fit="richardson", trajectories=200, seed=seed
        )
        scores.append((found.values - expected) / found.standard_errors)
    assert abs(np.mean(scores)) < 0.3
    assert abs(np.var(scores) - 1) < 0.42


def test_batches_and_several_observables():
    circuit = Circuit(2).ry(qsetu.param(0), 0).cx(0, 1).rx(qsetu.param(1), 1)
    params = random_params(circuit, 6).reshape(2, 3, 2)
    model = NoiseModel(AmplitudeDamping(0.01), Depolarizing(0.02))
    shared = {"noise": model, "trajectories": 50, "seed": 3, "scales": (1, 3, 5)}
    found = qsetu.zero_noise_extrapolation(circuit, ["Z0", "Z1", "X0 X1"], params, **shared)
    assert found.values.shape == found.standard_errors.shape == found.asymptote.shape == (2, 3, 3)
    assert found.measured.shape == found.measured_errors.shape == (2, 3, 3, 3)
    assert found.coefficients.shape == (2, 3, 3, 2)
    assert found.predict([0, 1, 2, 3]).shape == (2, 3, 3, 4)
    np.testing.assert_allclose(found.predict(0)[..., 0], found.values)
    for place in ((0, 0), (1, 2)):
        row = place[0] * 3 + place[1]
        assert np.isfinite(found.values[place]).all(), row
    again = qsetu.zero_noise_extrapolation(circuit, ["Z0", "Z1", "X0 X1"], params, **shared)
    np.testing.assert_array_equal(again.values, found.values)
    other = qsetu.zero_noise_extrapolation(circuit, ["Z0", "Z1", "X0 X1"], params, **(shared | {"seed": 4}))
    assert (other.values != found.values).any()
    single = qsetu.zero_noise_extrapolation(circuit, "Z0", params[0, 0], **shared)
    assert single.values.shape == ()
    assert single.values == pytest.approx(found.values[0, 0, 0], abs=1e-6)


def test_run_may_be_anything_that_measures():
    errors = ReadoutError(0.05, 0.1)
    model = NoiseModel(two_qubit=Depolarizing(0.02), readout=errors)
    circuit = Circuit(2).h(0).cx(0, 1)
    seeds = iter(range(10))

    def mitigated(folded):
        shots = qsetu.sample(folded, shots=20_000, seed=next(seeds), noise=model)
        return qsetu.mitigated_expectation(shots, "Z0 Z1", errors)

    found = qsetu.zero_noise_extrapolation(
        circuit, run=mitigated, scales=(1, 3, 5), min_qubits=2, fit="exponential"
    )
    assert abs(found.values - 1) < 5 * found.standard_errors < 0.1
    np.testing.assert_allclose(found.measured, 0.98 ** np.array([1, 3, 5]), atol=0.02)
    estimate = qsetu.zero_noise_extrapolation(
        circuit, run=lambda c: qsetu.noisy_expectation(c, "Z0", noise=model, trajectories=20)
    )
    assert estimate.scales.tolist() == [1, 2, 3]


def test_what_decides_no_exponential_is_nan_and_said():
    scales = [1, 2, 3]
    measured = np.array([[0.5, 0.0, 0.0], [0.5, 0.4, 0.32], [0.0, 0.0, 0.0], [1e-9, -0.3, 0.5]])
    with pytest.warns(UserWarning, match=r"2 value\(s\) are NaN, at \[\(0,\), \(3,\)\].*refit"):
        found = run_through(scales, measured, np.full((4, 3), 0.01), fit="exponential")
    assert np.isnan(found.values[[0, 3]]).all()
    assert np.isnan(found.standard_errors[[0, 3]]).all()
    assert found.values[1] == pytest.approx(0.625)
    assert found.values[2] == 0
    assert found.standard_errors[2] > 0
    line = found.refit("linear")
    np.testing.assert_allclose(line.values[0], 0.5 + 1 / 6, atol=1e-9)
    np.testing.assert_array_equal(line.measured, found.measured)
    assert found.plot(0).axes, "what was measured is shown all the same"


def test_refit_is_the_other_fit():
    scales, rng = [1, 2, 3, 4], np.random.default_rng(2)
    measured, errors = rng.uniform(0.4, 0.6, (3, 4)) - 0.05 * np.arange(4), rng.uniform(0.01, 0.02, (3, 4))
    line = run_through(scales, measured, errors, fit="linear")
    for name, degree in (("richardson", None), ("polynomial", 2), ("linear", None)):
        found = line.refit(name, degree=degree)
        direct = run_through(scales, measured, errors, fit=name, degree=degree)
        np.testing.assert_array_equal(found.values, direct.values)
        np.testing.assert_array_equal(found.standard_errors, direct.standard_errors)


def test_the_plot_shows_points_curve_and_end():
    scales = [1, 2, 3]
    measured = np.array([[0.9, 0.8, 0.7], [0.2, 0.1, 0.05]])
    found = run_through(scales, measured, np.full((2, 3), 0.01), fit="linear")
    figure = found.plot(1)
    (axes,) = figure.axes
    curve, points = axes.lines[0], axes.containers[0].lines[0]
    np.testing.assert_allclose(points.get_ydata(), measured[1])
    assert curve.get_xdata()[0] == 0
    assert curve.get_ydata()[0] == pytest.approx(found.values[1])
    end = axes.containers[1].lines[0]
    assert (end.get_xdata()[0], end.get_ydata()[0]) == (0, pytest.approx(found.values[1]))
    bars = axes.containers[0].lines[2][0].get_segments()
    assert bars[0][1][1] - bars[0][0][1] == pytest.approx(0.04)
    assert f"{found.values[1]:.4f}" in axes.get_legend_handles_labels()[1][-1]
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
    with pytest.raises(QsetuError, match=r"'index' must name one value of shape \(2,\)"):
        found.plot()
    with pytest.raises(QsetuError, match="'index' must name"):
        found.plot(2)


TWO = Circuit(2).h(0).cx(0, 1)
SOME = NoiseModel(Depolarizing(0.01))


def zne(*args, **options):
    return qsetu.zero_noise_extrapolation(TWO, *args, **options)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: zne("Z0"), "'noise' must be given without run"),
        (lambda: zne(noise=SOME), "'observable' must be given without run"),
        (lambda: zne("Z0", noise=0.1), "'noise' must be a NoiseModel"),
        (lambda: zne("Z5", noise=SOME), "'observable' must act on qubits"),
        (lambda: zne("Z0", noise=SOME, fit="quadratic"), "'fit' must be one of"),
        (lambda: zne("Z0", noise=SOME, degree=2), "'degree' must be None with fit='linear'"),
        (lambda: zne("Z0", noise=SOME, asymptote=2), "'asymptote' must be None with fit='linear'"),
        (lambda: zne("Z0", noise=SOME, scales=[1]), "'scales' must reach at least 2 scales"),
        (lambda: zne("Z0", noise=SOME, scales=[1], fit="richardson"), "at least 2 scales"),
        (lambda: zne("Z0", noise=SOME, scales=[1, 3], fit="polynomial"), "at least 3 scales"),
        (lambda: zne("Z0", noise=SOME, scales=[1, 1.2]), r"\[1.0, 1.0\] reached.*short circuit"),
        (lambda: zne("Z0", noise=SOME, scales=[3, 1]), "ascending"),
        (lambda: zne("Z0", noise=SOME, trajectories=1), "'trajectories' must be"),
        (lambda: zne("Z0", noise=SOME, seed=-1), "'seed' must be"),
        (lambda: zne(run=3), "'run' must be a function"),
        (lambda: zne("Z0", run=print), "'observable' must be left out with run"),
        (lambda: zne(run=print, seed=3), "'seed' must be left out with run"),
        (lambda: zne(run=print, engine="native"), "'engine' must be left out with run"),
        (lambda: zne(run=print, dtype="complex128"), "'dtype' must be left out with run"),
        (lambda: zne(run=lambda c: 0.5), "'run' must give a pair"),
        (lambda: zne(run=lambda c: (np.zeros(2), np.zeros(3))), "'run' must give values and standard errors"),
        (lambda: zne(run=lambda c: (0.5, -0.1)), "not negative"),
        (lambda: zne(run=lambda c: (np.zeros(len(c)), np.zeros(len(c)))), "the same at every scale"),
        (lambda: zne(run=lambda c: (np.nan, 0.1)), "'run' must be an array of finite"),
        (
            lambda: zne(run=lambda c: (0.5, 0.1), fit="exponential", asymptote=[1, 2]),
            r"'asymptote' must broadcast to \(\)",
        ),
    ],
)
def test_wrong_input_is_named(call, match):
    with pytest.raises(QsetuError, match=match):
        call()
