"""Readout mitigation gives the truth on average, says how far off it may be, and refuses the rest."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, NoiseModel, QsetuError, ReadoutError
from qsetu.circuits.readout import read_probabilities
from support import random_unitary, scrambled

# Eighths, so that what is read on average can be tallied in whole numbers.
EIGHTHS = [ReadoutError(1 / 8, 2 / 8), ReadoutError(0, 3 / 8), ReadoutError(7 / 8, 6 / 8)]
STRINGS = ["Z0", "Z1", "Z2", "Z0 Z1", "Z1 Z2", "Z0 Z2", "Z0 Z1 Z2", "0.5 Z0 Z2 - 2 Z1 + 0.25", "3"]


def truth(string: str, probabilities: np.ndarray) -> float:
    """The expectation value of a diagonal observable, from its definition."""
    total = 0.0
    for coefficient, letters in qsetu.PauliSum.parse(string).terms:
        signs = [np.prod([1 - 2 * (x >> q & 1) for q, _ in letters]) for x in range(len(probabilities))]
        total += coefficient * float(probabilities @ signs)
    return total


def average_tally(seed: int) -> tuple[np.ndarray, dict[str, int]]:
    """Probabilities of three qubits, and shots that show exactly the average of what is read of them."""
    parts = np.random.default_rng(seed).multinomial(64, np.full(8, 1 / 8))
    read = read_probabilities(parts / 64, EIGHTHS) * 64 * 8**3
    whole = np.round(read).astype(int)
    np.testing.assert_allclose(read, whole, atol=1e-6)
    return parts / 64, {f"{x:03b}": int(times) for x, times in enumerate(whole) if times}


@pytest.mark.parametrize("seed", range(4))
def test_the_average_is_the_truth(seed):
    probabilities, tally = average_tally(seed)
    found = qsetu.mitigated_expectation(tally, STRINGS, EIGHTHS)
    expected = [truth(string, probabilities) for string in STRINGS]
    np.testing.assert_allclose(found.values, expected, atol=1e-12)
    assert found.shots == 64 * 8**3
    raw = qsetu.mitigated_expectation(tally, STRINGS, ReadoutError())
    assert np.abs(raw.values - expected).max() > 0.1, "there was something to undo"
    quasi = qsetu.mitigated_probabilities(tally, EIGHTHS)
    np.testing.assert_allclose(quasi, probabilities, atol=1e-12)


def test_samples_and_tallies_say_the_same_and_rows_stay_apart():
    rng = np.random.default_rng(5)
    samples = rng.integers(0, 8, (2, 3, 100)) & rng.integers(0, 8, (2, 3, 1))
    found = qsetu.mitigated_expectation(samples, STRINGS, EIGHTHS)
    assert found.values.shape == found.standard_errors.shape == (2, 3, len(STRINGS))
    quasi = qsetu.mitigated_probabilities(samples, EIGHTHS)
    assert quasi.shape == (2, 3, 8)
    np.testing.assert_allclose(quasi.sum(axis=-1), 1)
    for place in np.ndindex(2, 3):
        tally = qsetu.counts(samples[place], 3)
        alone = qsetu.mitigated_expectation(tally, STRINGS, EIGHTHS)
        np.testing.assert_allclose(alone.values, found.values[place], atol=1e-12)
        np.testing.assert_allclose(alone.standard_errors, found.standard_errors[place], atol=1e-12)
        np.testing.assert_allclose(qsetu.mitigated_probabilities(tally, EIGHTHS), quasi[place], atol=1e-12)
    single = qsetu.mitigated_expectation(samples, "Z0", EIGHTHS)
    assert single.values.shape == (2, 3)
    np.testing.assert_array_equal(single.values, found.values[..., 0])
    assert qsetu.mitigated_expectation(samples[:0], "Z0", EIGHTHS).values.shape == (0, 3)
    whole = samples.astype(np.uint8)
    np.testing.assert_array_equal(qsetu.mitigated_expectation(whole, "Z0", EIGHTHS).values, single.values)


def test_one_error_is_for_all_qubits():
    samples = np.random.default_rng(1).integers(0, 8, 50)
    error = ReadoutError(0.1, 0.2)
    for one, many in ((error, [error] * 3),):
        alone, listed = (qsetu.mitigated_expectation(samples, STRINGS, e) for e in (one, many))
        np.testing.assert_array_equal(alone.values, listed.values)
    np.testing.assert_array_equal(
        qsetu.mitigated_probabilities(samples, error, num_qubits=3),
        qsetu.mitigated_probabilities(samples, [error] * 3),
    )


def test_many_qubits_cost_what_their_letters_cost():
    samples = np.array([0, 2**61, 2**61 + 1, 2**60])
    string = " ".join(f"Z{q}" for q in range(62))
    found = qsetu.mitigated_expectation(
        samples, [string, "Z61"], [ReadoutError()] * 61 + [ReadoutError(0.25)]
    )
    # Read as 1 means 1 for sure, which counts -1; read as 0 then counts 1 + 2/3.
    assert found.values[1] == pytest.approx((2 * (5 / 3) - 2 * 1) / 4)


def test_mitigated_values_converge_to_the_truth_and_raw_ones_do_not():
    errors = [ReadoutError(0.03, 0.08), ReadoutError(0.1, 0.02), ReadoutError(0.05, 0.05)]
    circuit = scrambled(3, 4).unitary(random_unitary(2, np.random.default_rng(3)), [2, 0])
    shots = qsetu.sample(circuit, shots=200_000, seed=1, noise=NoiseModel(readout=errors))
    expected = qsetu.expectation(circuit, STRINGS, dtype="complex128")
    found = qsetu.mitigated_expectation(shots, STRINGS, errors)
    assert (np.abs(found.values - expected) <= 5 * found.standard_errors + 1e-9).all()
    raw = qsetu.mitigated_expectation(shots, STRINGS, ReadoutError())
    assert (np.abs(raw.values - expected) > 20 * raw.standard_errors).sum() >= 4


def test_standard_errors_are_honest():
    errors = [ReadoutError(0.05, 0.2), ReadoutError(0.1, 0.1)]
    circuit, string = scrambled(2, 3), "Z0 Z1 + 0.5 Z0"
    expected = float(qsetu.expectation(circuit, string))
    scores = []
    for seed in range(400):
        shots = qsetu.sample(circuit, shots=300, seed=seed, noise=NoiseModel(readout=errors))
        found = qsetu.mitigated_expectation(shots, string, errors)
        scores.append((found.values - expected) / found.standard_errors)
    # Five standard deviations of a mean and a variance of 400 scores.
    assert abs(np.mean(scores)) < 0.25
    assert abs(np.var(scores) - 1) < 0.36


def test_the_standard_error_counts_shots_less_one():
    found = qsetu.mitigated_expectation([0, 0, 1, 0], "Z0", ReadoutError())
    values = np.array([1, 1, -1, 1])
    assert found.standard_errors == pytest.approx(np.std(values, ddof=1) / 2)


@pytest.mark.parametrize("seed", range(5))
def test_the_projection_is_the_nearest_point_of_the_simplex(seed):
    rng = np.random.default_rng(seed)
    samples = rng.choice([0, 0, 1, 5, 7], (3, 40))
    quasi = qsetu.mitigated_probabilities(samples, EIGHTHS)
    nearest = qsetu.mitigated_probabilities(samples, EIGHTHS, project=True)
    assert quasi.min() < -0.01
    assert nearest.min() == 0
    np.testing.assert_allclose(nearest.sum(axis=-1), 1)
    for away, point in zip(quasi - nearest, nearest, strict=True):
        # Of a convex set the nearest point is the one from which no corner lies on the side of the target.
        assert (away @ (np.eye(8) - point).T).max() < 1e-12
    already = np.array([0, 1, 2, 2])
    kept = qsetu.mitigated_probabilities(already, ReadoutError(), num_qubits=2, project=True)
    np.testing.assert_allclose(kept, [0.25, 0.25, 0.5, 0])


def test_calibration_counts_errors_of_each_qubit():
    zeros = {"00": 70, "01": 20, "11": 10}
    ones = {"11": 40, "01": 8, "00": 2}
    expected = (ReadoutError(0.3, 0.04), ReadoutError(0.1, 0.2))
    for given in (
        (zeros, ones),
        tuple(np.repeat([int(k, 2) for k in t], list(t.values())) for t in (zeros, ones)),
    ):
        found = qsetu.calibrate_readout(*given, num_qubits=2)
        for one, other in zip(found, expected, strict=True):
            assert one.p0_to_1 == pytest.approx(other.p0_to_1)
            assert one.p1_to_0 == pytest.approx(other.p1_to_0)
    assert qsetu.calibrate_readout(zeros, ones) == found
    assert qsetu.calibrate_readout([0, 0], {"11": 3}) == (ReadoutError(0, 0),) * 2
    perfect = qsetu.calibrate_readout([[0], [0]], [[7], [7]], num_qubits=3)
    assert perfect == (ReadoutError(),) * 3


def test_calibrated_mitigation_ends_at_the_truth():
    noise = NoiseModel(readout=[ReadoutError(0.04, 0.1), ReadoutError(0.15, 0.03)])
    shots = 100_000
    zeros = qsetu.sample(Circuit(2), shots=shots, seed=1, noise=noise)
    ones = qsetu.sample(Circuit(2).x(0).x(1), shots=shots, seed=2, noise=noise)
    errors = qsetu.calibrate_readout(zeros, ones, num_qubits=2)
    for found, true in zip(errors, noise.readout, strict=True):
        for name in ("p0_to_1", "p1_to_0"):
            p = getattr(true, name)
            assert abs(getattr(found, name) - p) < 5 * np.sqrt(p * (1 - p) / shots)
    bell = qsetu.sample(Circuit(2).h(0).cx(0, 1), shots=shots, seed=3, noise=noise)
    found = qsetu.mitigated_expectation(bell, ["Z0 Z1", "Z0"], errors)
    np.testing.assert_allclose(found.values, [1, 0], atol=0.02)


BLIND = ReadoutError(0.4, 0.6)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: qsetu.mitigated_expectation([0, 1], "X0", ReadoutError()), "letter Z only.*sdg and h for Y"),
        (lambda: qsetu.mitigated_expectation([0, 1], "Z1", [ReadoutError()]), "'observable' must act on"),
        (lambda: qsetu.mitigated_expectation([0, 4], "Z0", [ReadoutError()] * 2), "'samples' must hold int"),
        (lambda: qsetu.mitigated_expectation([0, -1], "Z0", ReadoutError()), "'samples' must hold integers"),
        (lambda: qsetu.mitigated_expectation([0.0, 1.0], "Z0", ReadoutError()), "'samples' must hold integ"),
        (lambda: qsetu.mitigated_expectation(3, "Z0", ReadoutError()), "must have an axis of shots"),
        (
            lambda: qsetu.mitigated_expectation([3], "Z0", ReadoutError()),
            "at least 2 shot.*no standard error",
        ),
        (lambda: qsetu.mitigated_expectation({"0": 1}, "Z0", ReadoutError()), "at least 2 shot"),
        (lambda: qsetu.mitigated_expectation({}, "Z0", ReadoutError()), "at least one bit string"),
        (lambda: qsetu.mitigated_expectation({"01": 1, "0": 2}, "Z0", ReadoutError()), "of 2 qubit"),
        (lambda: qsetu.mitigated_expectation({"02": 1}, "Z0", ReadoutError()), "characters 0 and 1"),
        (lambda: qsetu.mitigated_expectation({2: 1}, "Z0", ReadoutError()), "characters 0 and 1"),
        (
            lambda: qsetu.mitigated_expectation({"01": -1}, "Z0", ReadoutError()),
            "'samples' must be an integer",
        ),
        (lambda: qsetu.mitigated_expectation({"01": 2}, "Z0", [ReadoutError()] * 3), "of 3 qubit"),
        (lambda: qsetu.mitigated_expectation([0, 1], "Z0", 0.1), "'readout' must be a ReadoutError"),
        (lambda: qsetu.mitigated_expectation([0, 1], "Z0", []), "'readout' must be a ReadoutError"),
        (lambda: qsetu.mitigated_expectation([0, 1], "Z0", BLIND), "'readout' must tell 0 from 1.*qubit 0"),
        (lambda: qsetu.mitigated_probabilities([0, 1], [ReadoutError(), BLIND]), "tell 0 from 1.*qubit 1"),
        (lambda: qsetu.mitigated_probabilities([0, 1], ReadoutError()), "'num_qubits' must be given"),
        (
            lambda: qsetu.mitigated_probabilities([0], [ReadoutError()], num_qubits=2),
            "one error for each of 2",
        ),
        (lambda: qsetu.mitigated_probabilities([0], [ReadoutError()] * 21), "at most 20 qubits here; got 21"),
        (
            lambda: qsetu.mitigated_probabilities([0], ReadoutError(), num_qubits=21),
            "'num_qubits' must be an",
        ),
        (lambda: qsetu.mitigated_probabilities([], ReadoutError(), num_qubits=1), "'samples' must h"),
        (lambda: qsetu.calibrate_readout([0], [1]), "'num_qubits' must be given with samples"),
        (lambda: qsetu.calibrate_readout([0], [4], num_qubits=2), "'ones' must hold integers from 0 to 3"),
        (
            lambda: qsetu.calibrate_readout(np.empty(0, int), [3], num_qubits=2),
            "'zeros' must have at least 1",
        ),
    ],
)
def test_wrong_input_is_named(call, match):
    with pytest.raises(QsetuError, match=match):
        call()


def test_a_blind_qubit_is_refused_only_where_it_is_asked_for():
    found = qsetu.mitigated_expectation([0, 1, 2, 3], "Z1", [BLIND, ReadoutError()])
    assert found.values == 0
