"""Shots, measurements in the middle and postselection: distributions, shapes, seeds."""

from __future__ import annotations

import numpy as np
import pytest

qml = pytest.importorskip("pennylane")

from pennylane_support import random_operations  # noqa: E402

SHOTS = 20_000
WIRES = [0, 1, 2]


def tape_of(measured, shots=SHOTS, seed=1, prefix=()):
    return qml.tape.QuantumScript([*prefix, *random_operations(WIRES, 12, seed)], measured, shots=shots)


def run(tape, name="qsetu.qubit", seed=5, **how):
    return qml.execute([tape], qml.device(name, wires=3, seed=seed, **how), diff_method=None)[0]


def exact(measured, **how):
    return run(tape_of(measured, shots=None, **how), "default.qubit")


@pytest.mark.parametrize("seed", range(4))
def test_statistics_are_those_of_the_state(seed):
    measured = [
        qml.expval(qml.X(0) @ qml.Z(2)),
        qml.var(qml.Y(1)),
        qml.probs(wires=[2, 0]),
        qml.expval(qml.Hamiltonian([0.5, -1.0, 0.2], [qml.X(0), qml.Z(0), qml.Y(1) @ qml.Y(2)])),
        qml.expval(qml.Hermitian(np.array([[1.0, 1j], [-1j, 0.5]]), wires=1)),
        qml.expval(qml.Projector([0, 1], wires=[1, 2])),
    ]
    found, expected = run(tape_of(measured, seed=seed)), exact(measured, seed=seed)
    for mine, value in zip(found, expected, strict=True):
        # Every outcome is below 2 in size: five standard errors.
        np.testing.assert_allclose(mine, value, atol=5 * 2 / np.sqrt(SHOTS))


def test_samples_and_counts_agree_with_probabilities():
    chances = exact([qml.probs(wires=WIRES)])
    samples, counts, of_observable = run(
        tape_of([qml.sample(wires=WIRES), qml.counts(wires=WIRES), qml.sample(qml.Z(1))])
    )
    assert samples.shape == (SHOTS, 3)
    indices = samples @ [4, 2, 1]
    error = 5 * np.sqrt(chances * (1 - chances) / SHOTS) + 1e-3
    assert np.all(np.abs(np.bincount(indices, minlength=8) / SHOTS - chances) < error)
    assert sum(counts.values()) == SHOTS
    for index, chance in enumerate(chances):
        assert abs(counts.get(f"{index:03b}", 0) / SHOTS - chance) < error[index]
    assert set(np.unique(of_observable)) <= {-1.0, 1.0}


def test_a_seed_repeats_and_another_does_not():
    measured = [qml.sample(wires=WIRES)]
    first = run(tape_of(measured, shots=200))
    np.testing.assert_array_equal(first, run(tape_of(measured, shots=200)))
    assert np.any(first != run(tape_of(measured, shots=200), seed=6))
    device = qml.device("qsetu.qubit", wires=3, seed=5)
    once, again = (qml.execute([tape_of(measured, shots=200)], device, diff_method=None)[0] for _ in range(2))
    np.testing.assert_array_equal(once, first)
    assert np.any(once != again)


def test_the_global_generator_is_the_default_seed():
    found = []
    for seed in (3, 3, 4):
        np.random.seed(seed)  # noqa: NPY002
        found.append(run(tape_of([qml.sample(wires=WIRES)], shots=100), seed="global"))
    np.testing.assert_array_equal(found[0], found[1])
    assert np.any(found[0] != found[2])


@pytest.mark.parametrize("broadcast", [False, True])
def test_shapes_of_shot_vectors_are_those_of_default_qubit(broadcast):
    measured = [qml.expval(qml.Z(0)), qml.probs(wires=[0, 1]), qml.sample(wires=[2]), qml.counts(wires=[0])]
    prefix = [qml.RX(np.array([0.1, 0.2]), 0)] if broadcast else []
    for many in (measured, measured[:1]):
        for shots in (10, [10, 20, 20]):
            tape = tape_of(many, shots=shots, prefix=prefix)
            ours, theirs = (run(tape, name) for name in ("qsetu.qubit", "default.qubit"))
            assert shapes(ours) == shapes(theirs)


def shapes(result):
    if isinstance(result, (tuple, list)):
        return [shapes(part) for part in result]
    return dict if isinstance(result, dict) else np.shape(result)


def test_classical_shadows():
    observable = qml.X(0) @ qml.Y(1)
    bits, recipes = run(tape_of([qml.classical_shadow(wires=WIRES)], shots=50))
    assert bits.shape == recipes.shape == (50, 3)
    estimate = run(tape_of([qml.shadow_expval(observable)]))
    assert abs(estimate - exact([qml.expval(observable)])) < 5 * 3 / np.sqrt(SHOTS)


def test_single_precision_samples_too():
    measured = [qml.probs(wires=WIRES)]
    found = run(tape_of(measured), dtype="complex64")
    np.testing.assert_allclose(found, exact(measured), atol=5 * 0.5 / np.sqrt(SHOTS))


def test_device_shots_and_finite_differences_of_shots():
    with pytest.warns(qml.exceptions.PennyLaneDeprecationWarning):
        device = qml.device("qsetu.qubit", wires=1, shots=SHOTS, seed=1)
    made = qml.QNode(lambda x: (qml.RX(x, 0), qml.expval(qml.Z(0)))[-1], device)
    assert abs(made(0.4) - np.cos(0.4)) < 5 / np.sqrt(SHOTS)
    assert abs(qml.grad(made)(qml.numpy.array(0.4)) + np.sin(0.4)) < 5 / np.sqrt(SHOTS)


# -- measurements in the middle ------------------------------------------------------------------------


def teleport(x):
    qml.RX(x, 0)
    qml.H(1)
    qml.CNOT([1, 2])
    qml.CNOT([0, 1])
    qml.H(0)
    first, second = qml.measure(0), qml.measure(1)
    qml.cond(second, qml.X)(2)
    qml.cond(first, qml.Z)(2)
    return qml.expval(qml.Y(2)), qml.expval(first), qml.probs(op=[first, second])


def reuse(x):
    qml.RY(x, 0)
    first = qml.measure(0, reset=True)
    qml.RY(2 * x, 0)
    second = qml.measure(0)
    qml.cond(first & ~second, qml.RX, qml.RZ)(x, 1)
    qml.H(1)
    return qml.expval(qml.Z(1)), qml.var(first), qml.expval(first + 2 * second), qml.probs(wires=[0, 1])


def selected(x):
    qml.RY(x, 0)
    qml.CNOT([0, 1])
    first = qml.measure(0, postselect=1)
    qml.RX(0.4, 0)
    second = qml.measure(0, postselect=0, reset=True)
    qml.CRY(x, wires=[1, 0])
    return qml.expval(qml.Z(0)), qml.probs(wires=[0, 1]), qml.expval(first - second)


@pytest.mark.parametrize("circuit", [teleport, reuse, selected])
def test_measurements_in_the_middle(circuit):
    ours, theirs = (qml.QNode(circuit, qml.device(name))(0.7) for name in ("qsetu.qubit", "default.qubit"))
    for mine, other in zip(ours, theirs, strict=True):
        assert np.shape(mine) == np.shape(other)
        np.testing.assert_allclose(mine, other, atol=1e-12)


@pytest.mark.parametrize("mode", ["hw-like", "fill-shots"])
@pytest.mark.parametrize("circuit", [teleport, reuse, selected])
def test_shots_of_measurements_in_the_middle(circuit, mode):
    device = qml.device("qsetu.qubit", seed=3)
    found = qml.set_shots(qml.QNode(circuit, device, postselect_mode=mode), 10 * SHOTS)(0.7)
    kept = 10 * SHOTS if mode == "fill-shots" or circuit is not selected else 0.004 * 10 * SHOTS
    for mine, value in zip(found, qml.QNode(circuit, qml.device("default.qubit"))(0.7), strict=True):
        np.testing.assert_allclose(mine, value, atol=5 * 2 / np.sqrt(kept))


def test_how_many_shots_are_postselected():
    def circuit(x):
        qml.RY(x, 0)
        qml.measure(0, postselect=1)
        return qml.sample(wires=0)

    chance = np.sin(0.5) ** 2
    device = qml.device("qsetu.qubit", seed=1)
    some = qml.set_shots(qml.QNode(circuit, device, postselect_mode="hw-like"), SHOTS)(1.0)
    assert abs(len(some) / SHOTS - chance) < 5 * np.sqrt(chance * (1 - chance) / SHOTS)
    assert np.all(some == 1)
    assert len(qml.set_shots(qml.QNode(circuit, device, postselect_mode="fill-shots"), 100)(1.0)) == 100
    parts = qml.set_shots(qml.QNode(circuit, device, postselect_mode="hw-like"), [SHOTS, SHOTS // 2])(1.0)
    assert len(parts[0]) > len(parts[1]) > 0


def test_outcomes_that_never_happen_and_methods_that_are_not_there():
    def circuit():
        qml.measure(0, postselect=1)
        return qml.expval(qml.Z(0))

    device = qml.device("qsetu.qubit", seed=1)
    with pytest.raises(qml.exceptions.DeviceError, match="probability 0"):
        qml.QNode(circuit, device)()
    rare = qml.QNode(lambda: (qml.RX(1e-3, 0), circuit())[-1], device, postselect_mode="hw-like")
    with pytest.raises(qml.exceptions.DeviceError, match="No shot"):
        qml.set_shots(rare, 3)()
    with pytest.raises(qml.exceptions.DeviceError, match="'deferred'"):
        qml.set_shots(qml.QNode(circuit, device, mcm_method="one-shot"), 10)()
