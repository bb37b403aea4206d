"""The autoencoder: what it measures by density matrices, what it learns, and scikit-learn's own checks."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import qsetu
from qsetu.learn import AngleFeatureMap, RealAmplitudesAnsatz, ZZFeatureMap
from qsetu.learn.autoencoder import QuantumAutoencoder, _emptied

SETTINGS = [
    {"trash": 1},
    {"trash": 2, "loss": "global", "ansatz": "strongly_entangling"},
    {"trash": [0], "feature_map": "zz", "ansatz": "mps", "num_layers": 1},
    {"trash": (2, 0), "feature_map": "hardware_efficient", "loss": "global"},
    {"trash": [1, 3], "feature_map": ZZFeatureMap(4, reps=1), "ansatz": RealAmplitudesAnsatz(4, 2)},
    {"trash": 1, "feature_map": AngleFeatureMap(4, qubits=2)},
]


def samples(count=12, width=4, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width))


def linked(count, seed=0):
    """Three signs that come together, with a little noise: one qubit holds what they say."""
    rng = np.random.default_rng(seed)
    return rng.choice([-1.0, 1.0], (count, 1)) * [[1, 1, -1]] + 0.1 * rng.normal(size=(count, 3))


def free(count, seed=0):
    """The same signs, each for itself; a quarter of the samples are as before by chance."""
    rng = np.random.default_rng(seed)
    return rng.choice([-1.0, 1.0], (count, 3)) + 0.1 * rng.normal(size=(count, 3))


def quick(**settings):
    return QuantumAutoencoder(**{"epochs": 2, "random_state": 0, **settings})


@parametrize_with_checks([QuantumAutoencoder(epochs=2, num_layers=1, random_state=0)])
def test_autoencoder_is_a_scikit_learn_estimator(estimator, check):
    check(estimator)


def by_matrices(model, X):
    """States before the ansatz, the matrix of the ansatz, and states after it, by the slow engine."""
    encoder, n = model.feature_map_, model.feature_map_.num_qubits
    states = qsetu.statevector(
        encoder.circuit, encoder.parameters(model.bandwidth * X), engine="reference", dtype="complex128"
    )
    bound = model.ansatz_.circuit.bind(model.weights_)
    identity = np.eye(2**n)
    prepare = [qsetu.Circuit(n) for _ in identity]
    for index, circuit in enumerate(prepare):
        for q in range(n):
            if index >> q & 1:
                circuit = circuit.x(q)
        prepare[index] = circuit.compose(bound)
    unitary = np.stack(
        [qsetu.statevector(c, engine="reference", dtype="complex128") for c in prepare], axis=1
    )
    return states, unitary, states @ unitary.T


@pytest.mark.parametrize("settings", SETTINGS, ids=repr)
def test_fidelities_follow_from_density_matrices(settings):
    X = samples()
    model = quick(**settings).fit(X)
    n = model.feature_map_.num_qubits
    states, unitary, after = by_matrices(model, X)
    empty = np.array([all(not i >> q & 1 for q in model.trash_qubits_) for i in range(2**n)])
    np.testing.assert_allclose(model.score_samples(X), (abs(after[:, empty]) ** 2).sum(axis=1), atol=1e-10)
    mask = sum(1 << q for q in model.trash_qubits_)
    expected = []
    for state, phi in zip(states, after, strict=True):
        rho = np.outer(phi, phi.conj())
        # A reset is the channel with one Kraus operator for each outcome: found, and turned into zeros.
        reset = np.zeros_like(rho)
        for outcome in {i & mask for i in range(2**n)}:
            kraus = np.zeros((2**n, 2**n))
            for i in range(2**n):
                if i & mask == outcome:
                    kraus[i & ~mask, i] = 1.0
            reset += kraus @ rho @ kraus.T
        back = unitary.conj().T @ reset @ unitary
        assert np.trace(back).real == pytest.approx(1)
        expected.append((state.conj() @ back @ state).real)
    np.testing.assert_allclose(model.reconstruction_fidelity(X), expected, atol=1e-10)
    assert (model.reconstruction_fidelity(X) >= model.score_samples(X) ** 2 - 1e-12).all()


@pytest.mark.parametrize("settings", SETTINGS, ids=repr)
def test_features_are_the_bloch_vectors_of_latent_qubits(settings):
    X = samples()
    model = quick(**settings).fit(X)
    _, _, after = by_matrices(model, X)
    n = model.feature_map_.num_qubits
    paulis = [np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])]
    columns = []
    for q in model.latent_qubits_:
        rows = np.moveaxis(after.reshape(-1, *[2] * n), n - q, 1).reshape(len(X), 2, -1)
        rho = rows @ rows.conj().transpose(0, 2, 1)
        columns += [np.einsum("nij,ji->n", rho, pauli).real for pauli in paulis]
    np.testing.assert_allclose(model.transform(X), np.stack(columns, axis=1), atol=1e-10)
    names = [f"quantumautoencoder_{p}{q}" for q in model.latent_qubits_ for p in "XYZ"]
    assert list(model.get_feature_names_out()) == names
    assert sorted(model.latent_qubits_ + model.trash_qubits_) == list(range(n))


@pytest.mark.parametrize("trash", [(0,), (1, 2), (0, 2, 3)])
def test_losses_are_the_probabilities_they_say(trash):
    circuit = qsetu.Circuit(4).ry(0.3, 0).ry(1.1, 1).cx(1, 2).ry(2.0, 2).cx(0, 3).ry(0.7, 3)
    probabilities = abs(qsetu.statevector(circuit, dtype="complex128")) ** 2
    index = np.arange(16)
    zero = np.stack([index >> q & 1 == 0 for q in trash])
    found = {
        name: float(qsetu.expectation(circuit, _emptied(trash, name), dtype="complex128"))
        for name in ("local", "global")
    }
    assert found["global"] == pytest.approx(probabilities[zero.all(axis=0)].sum(), abs=1e-12)
    assert found["local"] == pytest.approx((zero @ probabilities).mean(), abs=1e-12)


@pytest.mark.parametrize("loss", ["local", "global"])
def test_what_comes_together_is_compressed_and_other_samples_are_not(loss):
    model = QuantumAutoencoder(trash=2, loss=loss, bandwidth=1.5, random_state=0).fit(linked(60))
    assert model.loss_curve_[-1] < 0.1 * model.loss_curve_[0]
    assert len(model.loss_curve_) == model.n_iter_ == 50
    fresh, strange = linked(40, seed=1), free(40, seed=3)
    assert model.score(fresh) > 0.97 and model.score(strange) < 0.4
    assert model.reconstruction_fidelity(fresh).mean() > 0.95
    truth = np.repeat([1, 0], 40)
    assert roc_auc_score(truth, model.score_samples(np.vstack([fresh, strange]))) > 0.85


@pytest.mark.parametrize("settings", SETTINGS, ids=repr)
def test_training_goes_down_the_loss_it_reports(settings):
    X = samples(20)
    whole = {**settings, "batch_size": 20, "epochs": 12, "learning_rate": 0.02}
    model = quick(**whole).fit(X)
    assert (np.diff(model.loss_curve_) < 1e-3).all() and model.loss_curve_[-1] < model.loss_curve_[0]
    # The last loss is that of the weights before the last step.
    shorter = quick(**{**whole, "epochs": 11}).fit(X)
    params = np.hstack([shorter._encode(X), np.broadcast_to(shorter.weights_, (20, len(shorter.weights_)))])
    emptied = _emptied(shorter.trash_qubits_, shorter.loss)
    values = qsetu.expectation(shorter.circuit_, emptied, params, dtype="complex128")
    assert model.loss_curve_[-1] == pytest.approx(1 - values.mean(), abs=1e-9)


@pytest.mark.parametrize("settings", SETTINGS, ids=repr)
def test_gradients_are_slopes(settings):
    model = quick(**settings).fit(samples())
    encoded = model._encode(samples(5, seed=1))
    _, found = model._loss_and_gradient(encoded, model.weights_)
    for j in range(len(found)):
        step = np.zeros(len(found))
        step[j] = 1e-5
        high, low = (model._loss_and_gradient(encoded, model.weights_ + s)[0] for s in (step, -step))
        assert (high - low) / 2e-5 == pytest.approx(found[j], abs=1e-9)


def test_every_sample_counts_as_much_in_the_loss_curve():
    X = samples(9)
    parts, whole = (quick(epochs=1, learning_rate=1e-12, batch_size=b).fit(X) for b in (8, 9))
    assert parts.loss_curve_[0] == pytest.approx(whole.loss_curve_[0], abs=1e-10)


def test_seeds_repeat_and_matter_and_pickles_keep_everything():
    X = samples(40)
    first, second = quick(batch_size=8).fit(X), quick(batch_size=8).fit(X)
    np.testing.assert_array_equal(first.weights_, second.weights_)
    assert not np.array_equal(first.weights_, quick(batch_size=8, random_state=1).fit(X).weights_)
    copy = pickle.loads(pickle.dumps(first))
    np.testing.assert_array_equal(copy.transform(X), first.transform(X))
    np.testing.assert_array_equal(clone(first).fit(X).weights_, first.weights_)


def test_states_are_looked_at_in_parts(monkeypatch):
    X = samples(9)
    model = quick(trash=2).fit(X)
    whole = model.score_samples(X), model.reconstruction_fidelity(X)
    monkeypatch.setattr("qsetu.learn.autoencoder.AMPLITUDES_AT_ONCE", 2 * 2**4)
    np.testing.assert_allclose(model.score_samples(X), whole[0], atol=1e-12)
    np.testing.assert_allclose(model.reconstruction_fidelity(X), whole[1], atol=1e-12)


def test_it_lives_in_pipelines_grids_and_data_frames():
    X = samples(40, 3)
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    model = make_pipeline(StandardScaler(), quick(), LogisticRegression())
    grid = {"quantumautoencoder__trash": [1, 2], "quantumautoencoder__loss": ["local", "global"]}
    search = GridSearchCV(model, grid, cv=2).fit(X, y)
    assert search.predict(X).shape == (40,)
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    out = quick(trash=2).set_output(transform="pandas").fit_transform(frame)
    assert list(out.columns) == [f"quantumautoencoder_{p}0" for p in "XYZ"]


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda X: quick(trash=4).fit(X), ValueError, "leave at least one of the 4 qubit"),
        (lambda X: quick(trash=9).fit(X), ValueError, "leave at least one of the 4 qubit"),
        (lambda X: quick(trash=[0, 1, 2, 3]).fit(X), ValueError, "leave at least one"),
        (lambda X: quick(trash=0).fit(X), ValueError, "trash"),
        (lambda X: quick(trash=[4]).fit(X), ValueError, "trash"),
        (lambda X: quick(trash=[1, 1]).fit(X), ValueError, "each once"),
        (lambda X: quick(trash=[]).fit(X), ValueError, "one qubit or more"),
        (lambda X: quick(trash="1").fit(X), ValueError, "trash"),
        (lambda X: quick().fit(X[:, :1]), ValueError, r"1 feature\(s\)"),
        (lambda X: quick(loss="both").fit(X), ValueError, "local"),
        (lambda X: quick(trash=11, loss="global").fit(samples(3, 12)), ValueError, "at most 10"),
        (lambda X: quick(epochs=0).fit(X), ValueError, "epochs"),
        (lambda X: quick(batch_size=0).fit(X), ValueError, "batch_size"),
        (lambda X: quick(learning_rate=0).fit(X), ValueError, "learning_rate"),
        (lambda X: quick(num_layers=0).fit(X), ValueError, "num_layers"),
        (lambda X: quick(bandwidth=-1).fit(X), ValueError, "bandwidth"),
        (lambda X: quick(feature_map="anglee").fit(X), ValueError, "Did you mean 'angle'"),
        (lambda X: quick(feature_map=AngleFeatureMap(3)).fit(X), ValueError, r"4 feature\(s\)"),
        (lambda X: quick(ansatz=RealAmplitudesAnsatz(3)).fit(X), ValueError, r"4 qubit\(s\)"),
        (lambda X: quick(dtype="float32").fit(X), ValueError, "complex128"),
        (lambda X: quick().fit(X * np.nan), ValueError, "Input X contains NaN"),
        (lambda X: quick().fit(samples(3, 31)), ValueError, "PCA"),
        (lambda X: quick().transform(X), NotFittedError, "not fitted yet"),
        (lambda X: quick().score_samples(X), NotFittedError, "not fitted yet"),
        (lambda X: quick().reconstruction_fidelity(X), NotFittedError, "not fitted yet"),
        (lambda X: quick().get_feature_names_out(), NotFittedError, "not fitted yet"),
        (lambda X: quick().fit(X).transform(X[:, :2]), ValueError, "has 2 features, but"),
        (lambda X: quick().fit(X).score_samples(X[:, :2]), ValueError, "has 2 features, but"),
    ],
)
def test_bad_input_is_refused_in_scikit_learns_words(call, error, said):
    with pytest.raises(error, match=said):
        call(samples())
