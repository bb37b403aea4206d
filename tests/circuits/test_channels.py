"""Channels are physical and what they say they are; models are values; wrong input is named."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from qsetu import AmplitudeDamping, Depolarizing, NoiseModel, PauliSum, PhaseDamping, QsetuError, ReadoutError
from qsetu.circuits.readout import as_read, read_bits, read_probabilities
from support import random_unitary

CHANNELS = [kind(s) for kind in (Depolarizing, AmplitudeDamping, PhaseDamping) for s in (0, 0.03, 0.4, 1)]


def random_state(num_qubits: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    basis, weights = random_unitary(num_qubits, rng), rng.random(2**num_qubits)
    return (basis * (weights / weights.sum())) @ basis.conj().T


def through(channel, num_qubits: int, rho: np.ndarray) -> np.ndarray:
    operators = channel.kraus(num_qubits)
    return np.einsum("kab,bc,kdc->ad", operators, rho, operators.conj())


@pytest.mark.parametrize("num_qubits", [1, 2, 3])
@pytest.mark.parametrize("channel", CHANNELS, ids=repr)
def test_channels_preserve_the_trace_and_are_completely_positive(channel, num_qubits):
    # A map of the form sum K rho K^dagger is completely positive; the sum of K^dagger K decides the trace.
    operators = channel.kraus(num_qubits)
    assert operators.dtype == np.complex128
    total = np.einsum("kba,kbc->ac", operators.conj(), operators)
    np.testing.assert_allclose(total, np.eye(2**num_qubits), atol=1e-14)


@pytest.mark.parametrize("num_qubits", [1, 2, 3])
@pytest.mark.parametrize("p", [0.0, 0.2, 1.0])
def test_depolarizing_is_its_definition(num_qubits, p):
    rho = random_state(num_qubits, 1)
    expected = (1 - p) * rho + p * np.eye(2**num_qubits) / 2**num_qubits
    np.testing.assert_allclose(through(Depolarizing(p), num_qubits, rho), expected, atol=1e-14)


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
def test_dampings_of_one_qubit_are_their_definition(strength):
    (a, b), (c, d) = rho = random_state(1, 2)
    kept = np.sqrt(1 - strength)
    damped = [[a + strength * d, kept * b], [kept * c, (1 - strength) * d]]
    np.testing.assert_allclose(through(AmplitudeDamping(strength), 1, rho), damped, atol=1e-15)
    dephased = [[a, kept * b], [kept * c, d]]
    channel = PhaseDamping(strength)
    np.testing.assert_allclose(through(channel, 1, rho), dephased, atol=1e-15)
    z = np.diag([1, -1])
    flipped = (1 - channel.flip) * rho + channel.flip * z @ rho @ z
    np.testing.assert_allclose(flipped, dephased, atol=1e-15)


@pytest.mark.parametrize("kind", [AmplitudeDamping, PhaseDamping])
def test_dampings_act_on_each_qubit_the_first_the_least_significant(kind):
    first, second = random_state(1, 3), random_state(1, 4)
    expected = np.kron(through(kind(0.3), 1, second), through(kind(0.3), 1, first))
    np.testing.assert_allclose(through(kind(0.3), 2, np.kron(second, first)), expected, atol=1e-15)


def test_models_are_values():
    model = NoiseModel([Depolarizing(0.1), PhaseDamping(0.2)], AmplitudeDamping(0.1), ReadoutError(0.1, 0.2))
    same = NoiseModel(
        (Depolarizing(0.1), PhaseDamping(0.2)), (AmplitudeDamping(0.1),), ReadoutError(0.1, 0.2)
    )
    assert model == same
    assert len({model, same, NoiseModel(), NoiseModel(Depolarizing(0.1))}) == 3
    names = (AmplitudeDamping, Depolarizing, NoiseModel, PhaseDamping, ReadoutError)
    assert eval(repr(model), {kind.__name__: kind for kind in names}) == model
    assert pickle.loads(pickle.dumps(model)) == model
    assert Depolarizing(1) == Depolarizing(1.0) != AmplitudeDamping(1.0)
    with pytest.raises(AttributeError):
        model.readout = None


def test_what_follows_a_gate():
    one, two = (Depolarizing(0.1), PhaseDamping(0.0)), (AmplitudeDamping(0.2),)
    model = NoiseModel(one, two)
    assert model.after(0) == ()
    assert model.after(1) == one[:1], "what does nothing is left out"
    assert model.after(2) == model.after(5) == two


def test_readout_moves_probabilities_qubit_by_qubit():
    errors = (ReadoutError(0.1, 0.2), ReadoutError(0.0, 0.5))
    # |q1 q0> = |10>: qubit 1 reads 0 or 1 alike, qubit 0 reads 1 in one of ten.
    np.testing.assert_allclose(read_probabilities(np.eye(4)[2], errors), [0.45, 0.05, 0.45, 0.05])
    batch = np.random.default_rng(0).random((3, 2, 4))
    moved = read_probabilities(batch, errors)
    np.testing.assert_allclose(moved[1, 0], read_probabilities(batch[1, 0], errors))
    np.testing.assert_allclose(moved.sum(axis=-1), batch.sum(axis=-1))


def test_read_bits_turn_over_as_often_as_said():
    errors, shots = (ReadoutError(0.1, 0.2), ReadoutError(0.0, 1.0), ReadoutError(0.3, 0.0)), 40_000
    for was in range(8):
        read = read_bits(np.full(shots, was), errors, np.random.default_rng(was))
        for qubit, error in enumerate(errors):
            wrong = error.p1_to_0 if was >> qubit & 1 else error.p0_to_1
            seen = np.mean((read ^ was) >> qubit & 1)
            assert abs(seen - wrong) <= 5 * np.sqrt(wrong * (1 - wrong) / shots)
        assert read.max() < 8


def test_what_is_read_of_an_observable():
    errors = (ReadoutError(0.125, 0.375), ReadoutError(0.25, 0.25))
    assert as_read(PauliSum.parse("2 Z0 + 3"), errors) == PauliSum.parse("Z0 + 3.5")
    assert as_read(PauliSum.parse("X1"), errors) == PauliSum.parse("0.5 X1")
    assert as_read(PauliSum.parse("Z0 Y1"), errors) == PauliSum.parse("0.25 Z0 Y1 + 0.125 Y1")


def test_long_strings_are_read_where_that_is_few_terms():
    string = PauliSum.from_terms([(1.0, [(q, "Z") for q in range(13)])])
    assert len(as_read(string, [ReadoutError(0.1, 0.1)] * 13).terms) == 1
    assert len(as_read(string, [ReadoutError(0.1, 0.2)] * 12 + [ReadoutError(0.1, 0.1)]).terms) == 2**12
    with pytest.raises(QsetuError, match=r"'observable' must have at most 12 letters.*13 of them"):
        as_read(string, [ReadoutError(0.1, 0.2)] * 13)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (
            lambda: Depolarizing(1.1),
            "'p' must be a finite real number of at least 0.0 and at most 1.0; got 1.1",
        ),
        (lambda: Depolarizing("x"), "'p' must be"),
        (lambda: AmplitudeDamping(-0.1), "'gamma' must be"),
        (lambda: PhaseDamping(float("nan")), "'lam' must be"),
        (lambda: ReadoutError(p0_to_1=2), "'p0_to_1' must be"),
        (lambda: ReadoutError(p1_to_0=-1), "'p1_to_0' must be"),
        (lambda: Depolarizing(0.1).kraus(0), "'num_qubits' must be an integer from 1 to 5"),
        (lambda: PhaseDamping(0.1).kraus(6), "'num_qubits' must be an integer from 1 to 5"),
        (lambda: NoiseModel(0.1), "'one_qubit' must be a channel or a sequence of channels"),
        (lambda: NoiseModel("Depolarizing"), "'one_qubit' must be"),
        (lambda: NoiseModel(two_qubit=[Depolarizing(0.1), 3]), "'two_qubit' must be"),
        (lambda: NoiseModel(two_qubit=ReadoutError()), "'two_qubit' must be"),
        (lambda: NoiseModel(readout=0.1), "'readout' must be a ReadoutError"),
        (lambda: NoiseModel(readout=[0.1]), "'readout' must be a ReadoutError"),
        (
            lambda: NoiseModel(readout=[ReadoutError()] * 2).readout_errors(3),
            r"'noise' must have one readout error for each of the circuit's 3 qubit\(s\); got 2 of them",
        ),
    ],
)
def test_wrong_input_is_named(make, match):
    with pytest.raises(QsetuError, match=match):
        make()
