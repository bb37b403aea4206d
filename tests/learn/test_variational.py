"""Variational estimators: scikit-learn's checks, gradients by finite differences, and how training ends."""

from __future__ import annotations

import _thread
import pickle
import time

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_blobs, make_moons
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import qsetu
from qsetu.learn import (
    ANSAETZE,
    AngleFeatureMap,
    QCNNAnsatz,
    VariationalClassifier,
    VariationalRegressor,
    deentangled,
)
from qsetu.learn.variational.natural import metric

MOONS = make_moons(80, noise=0.1, random_state=0)
LINE = np.linspace(-1, 1, 60)[:, None]


@pytest.mark.slow
@parametrize_with_checks(
    [
        VariationalClassifier(epochs=15, learning_rate=0.1),
        VariationalClassifier(ansatz="qcnn", epochs=15, learning_rate=0.1),
        VariationalRegressor(epochs=15, learning_rate=0.1),
        VariationalRegressor(
            learning_rate=0.1, early_stopping=True, validation_fraction=0.2, patience=30, batch_size=8
        ),
    ]
)
def test_every_model_is_a_scikit_learn_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize("ansatz", list(ANSAETZE))
@pytest.mark.parametrize("kind", [VariationalClassifier, VariationalRegressor])
def test_gradients_equal_finite_differences_of_the_loss(kind, ansatz):
    X = np.random.default_rng(6).normal(size=(7, 3))
    targets = np.array([0, 1, 2, 0, 1, 2, 2])
    weights = np.linspace(0.5, 2, 7)
    model = kind(ansatz=ansatz, epochs=1, random_state=0, l2=0.1, dtype="complex128").fit(X, targets)
    if kind is VariationalRegressor:
        targets = np.random.default_rng(7).normal(size=(7, 1))
    encoded = model._encode(X)
    values = (model.angles_, model.coef_, model.intercept_)
    loss, gradients = model._loss_and_gradients(values, encoded, targets, weights)
    assert loss > 0
    for which, gradient in enumerate(gradients):
        for place in list(np.ndindex(gradient.shape))[:6]:
            moved = []
            for step in (1e-6, -1e-6):
                trial = [value.copy() for value in values]
                trial[which][place] += step
                moved.append(model._loss_and_gradients(tuple(trial), encoded, targets, weights)[0])
            assert (moved[0] - moved[1]) / 2e-6 == pytest.approx(gradient[place], abs=1e-7), (which, place)


@pytest.mark.parametrize(
    "settings",
    [{}, {"ansatz": "mps", "reuploads": 3}, {"optimizer": "qng", "learning_rate": 0.5, "epochs": 40}],
)
def test_a_classifier_learns_repeats_and_survives_pickling(settings):
    X, y = MOONS
    settings = {"epochs": 25, "learning_rate": 0.1, "random_state": 3, "bandwidth": 1.0} | settings
    model = VariationalClassifier(**settings).fit(X, y)
    assert model.score(X, y) > 0.85
    assert model.loss_curve_[-1] < 0.7 * model.loss_curve_[0]
    assert len(model.gradient_norms_) == model.n_iter_ == settings["epochs"]
    again = clone(model).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), again.predict_proba(X))
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(model.predict_proba(X), copy.predict_proba(X))
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    other = VariationalClassifier(**{**settings, "random_state": 4}).fit(X, y)
    assert not np.array_equal(model.angles_, other.angles_)


def test_many_classes_read_out_as_many_qubits():
    X, index = make_blobs(90, centers=3, n_features=4, cluster_std=0.8, random_state=2)
    labels = np.array(["T", "B", "NK"])[index]
    model = make_pipeline(
        StandardScaler(), VariationalClassifier(ansatz="qcnn", epochs=40, learning_rate=0.1, random_state=0)
    ).fit(X, labels)
    assert model.score(X, labels) > 0.9
    assert len(model[-1].ansatz_.readout) == 3
    assert model.predict_proba(X).shape == (90, 3)
    assert model.decision_function(X).shape == (90, 3)


def test_class_weights_move_the_boundary():
    X, y = make_blobs(120, centers=[[0, 0], [1.2, 0]], random_state=0)
    settings = {"epochs": 20, "learning_rate": 0.1, "random_state": 0}
    even = VariationalClassifier(**settings).fit(X, y)
    heavy = VariationalClassifier(class_weight={0: 1, 1: 20}, **settings).fit(X, y)
    assert (heavy.predict(X) == 1).sum() > (even.predict(X) == 1).sum() + 10


def test_a_regressor_learns_one_target_or_several_in_their_units():
    targets = np.column_stack([np.sin(3 * LINE[:, 0]), 100 + 40 * np.cos(2 * LINE[:, 0])])
    settings = {"epochs": 80, "learning_rate": 0.1, "random_state": 0}
    both = VariationalRegressor(**settings).fit(LINE, targets)
    assert both.predict(LINE).shape == (60, 2)
    assert both.score(LINE, targets) > 0.95
    shifted = 7 + 100 * targets[:, 0]
    one = VariationalRegressor(**settings).fit(LINE, shifted)
    assert one.predict(LINE).shape == (60,)
    assert one.score(LINE, shifted) > 0.95


def test_the_natural_gradient_measures_by_the_metric_of_states():
    # By finite differences of fidelities: 1 - |<psi(t)|psi(t + d)>|^2 = d g d.
    model = VariationalClassifier(
        AngleFeatureMap(2), ansatz="real_amplitudes", num_layers=1, epochs=1, random_state=0
    )
    model.fit(*MOONS)
    encoded = model._encode(MOONS[0][:3])
    angles = np.random.default_rng(1).normal(size=len(model.angles_))
    params = np.hstack([encoded, np.broadcast_to(angles, (3, len(angles)))])
    found = metric(model.circuit_, params, len(angles))
    np.testing.assert_allclose(found, found.T, atol=1e-6)
    rng = np.random.default_rng(2)
    for _ in range(4):
        move = 1e-2 * rng.normal(size=len(angles))
        ends = []
        for sign in (-0.5, 0.5):
            moved = params.copy()
            moved[:, encoded.shape[1] :] += sign * move
            ends.append(qsetu.statevector(model.circuit_, moved, dtype="complex128"))
        overlap = np.abs(np.einsum("ba,ba->b", ends[0].conj(), ends[1])) ** 2
        assert move @ found @ move == pytest.approx((1 - overlap).mean(), rel=2e-3)


def test_early_stopping_keeps_the_best_and_says_how_it_went():
    X, y = make_moons(150, noise=0.25, random_state=1)
    model = VariationalClassifier(
        epochs=200,
        learning_rate=0.2,
        early_stopping=True,
        patience=5,
        validation_fraction=0.3,
        random_state=0,
    ).fit(X, y)
    assert model.n_iter_ < 200
    assert len(model.validation_scores_) == model.n_iter_
    best = int(np.argmax(model.validation_scores_))
    assert model.n_iter_ - 1 - best >= 4
    short = clone(model).set_params(epochs=best + 1, patience=0).fit(X, y)
    np.testing.assert_array_equal(short.angles_, model.angles_)
    assert VariationalClassifier(epochs=2).fit(X, y).validation_scores_ is None


def test_a_warm_start_goes_on():
    X, y = MOONS
    model = VariationalClassifier(epochs=5, warm_start=True, random_state=0).fit(X, y)
    angles = model.angles_.copy()
    model.fit(X, y)
    assert len(model.loss_curve_) == 10
    assert model.loss_curve_[5] < model.loss_curve_[0]
    assert np.abs(model.angles_ - angles).max() < 1
    model.set_params(num_layers=3).fit(X, y)  # another circuit starts anew
    assert model.angles_.shape != angles.shape


def test_callbacks_are_told_and_can_stop():
    told = []
    model = VariationalClassifier(
        epochs=9, callbacks=[told.append, lambda state: state.epoch == 4], random_state=0
    )
    model.fit(*MOONS)
    assert [state.epoch for state in told] == [1, 2, 3, 4]
    assert model.n_iter_ == 4
    assert told[0].validation_score is None
    assert told[-1].loss == model.loss_curve_[-1]
    assert told[-1].seconds_left > 0
    assert told[-1].gradient_norm > 0


def test_an_interruption_loses_nothing():
    def interrupt(state):
        if state.epoch == 3:
            _thread.interrupt_main()
            time.sleep(0.2)

    model = VariationalClassifier(epochs=50, callbacks=[interrupt], random_state=0)
    with pytest.warns(UserWarning, match="interrupted after 3 of 50"):
        model.fit(*MOONS)
    assert model.n_iter_ == 3
    assert model.predict(MOONS[0]).shape == (80,)


def test_models_are_tuned_in_pipelines_with_several_jobs():
    X, y = MOONS
    pipeline = make_pipeline(
        StandardScaler(), VariationalClassifier(epochs=12, learning_rate=0.1, random_state=0)
    )
    grid = {
        "variationalclassifier__num_layers": [1, 2],
        "variationalclassifier__ansatz": ["mps", "hardware_efficient"],
    }
    search = GridSearchCV(pipeline, grid, cv=2, n_jobs=2).fit(X, y)
    assert search.best_score_ > 0.7
    assert cross_val_score(deentangled(pipeline), X, y, cv=2).mean() > 0.6


def test_observables_can_be_chosen():
    model = VariationalClassifier(observables=["Z0 Z1", "X0"], epochs=2, random_state=0).fit(*MOONS)
    assert model.coef_.shape == (2, 2)
    params = np.hstack([model._encode(MOONS[0]), np.broadcast_to(model.angles_, (80, len(model.angles_)))])
    values = qsetu.expectation(model.circuit_, ["Z0 Z1", "X0"], params)
    scores = values @ model.coef_.T + model.intercept_
    np.testing.assert_allclose(model.decision_function(MOONS[0]), scores[:, 1] - scores[:, 0], atol=1e-5)


def test_optax_optimizers_are_taken_as_they_are():
    import optax

    settings = {"epochs": 3, "random_state": 0}
    named = VariationalClassifier(optimizer="adam", learning_rate=0.05, **settings).fit(*MOONS)
    given = VariationalClassifier(optimizer=optax.adam(0.05), **settings).fit(*MOONS)
    np.testing.assert_allclose(named.angles_, given.angles_, atol=1e-6)
    other = VariationalClassifier(optimizer="sgd", **settings).fit(*MOONS)
    assert not np.allclose(named.angles_, other.angles_)
    natural = VariationalClassifier(optimizer="qng", **settings).fit(*MOONS)
    assert not np.allclose(natural.angles_, other.angles_)


def test_the_twin_of_a_model_entangles_nothing():
    model = deentangled(VariationalClassifier("zz", epochs=2, random_state=0)).fit(*MOONS)
    assert not any(op.controls for op in model.circuit_)
    for ansatz in ANSAETZE:
        twin = deentangled(VariationalClassifier(AngleFeatureMap(3), ansatz=ansatz, epochs=1))
        circuit, encode, width, observables = twin.preflight_circuit(3)
        assert not any(len(op.qubits) + len(op.controls) > 1 for op in circuit)
        assert encode(np.zeros((2, 3))).shape == (2, width)
        assert observables


@pytest.mark.parametrize(
    ("fit", "said"),
    [
        (lambda X, y: VariationalClassifier(epochs=0).fit(X, y), "epochs"),
        (lambda X, y: VariationalClassifier(learning_rate=-1).fit(X, y), "learning_rate"),
        (lambda X, y: VariationalClassifier(optimizer="adm").fit(X, y), "adam"),
        (lambda X, y: VariationalClassifier(optimizer=3).fit(X, y), "optimizer"),
        (lambda X, y: VariationalClassifier(ansatz="qcn").fit(X, y), "qcnn"),
        (lambda X, y: VariationalClassifier(ansatz=QCNNAnsatz(3)).fit(X, y), "2 qubit"),
        (lambda X, y: VariationalClassifier(observables=[]).fit(X, y), "observables"),
        (lambda X, y: VariationalClassifier(observables="Z0").fit(X, y), "observables"),
        (lambda X, y: VariationalClassifier(observables=["Z7"]).fit(X, y), "7"),
        (lambda X, y: VariationalClassifier(reuploads=0).fit(X, y), "reuploads"),
        (lambda X, y: VariationalClassifier(l2=-1).fit(X, y), "l2"),
        (
            lambda X, y: VariationalClassifier(early_stopping=True, validation_fraction=1).fit(X, y),
            "fraction",
        ),
        (lambda X, y: VariationalClassifier(early_stopping=True, patience=-1).fit(X, y), "patience"),
        (lambda X, y: VariationalClassifier(bandwidth=0).fit(X, y), "bandwidth"),
        (lambda X, y: VariationalClassifier().fit(X, np.zeros(80)), "1 class"),
        (lambda X, y: VariationalRegressor().fit(np.full((3, 2), np.nan), [1, 2, 3]), "NaN"),
        (lambda X, y: VariationalRegressor().fit(X, y[:3]), "inconsistent numbers of samples"),
        (lambda X, y: VariationalClassifier("zz").fit(np.zeros((40, 31)), np.arange(40) % 2), "PCA"),
    ],
)
def test_bad_input_is_refused_with_the_reason(fit, said):
    with pytest.raises(ValueError, match=said):
        fit(*MOONS)


def test_nothing_is_predicted_before_a_fit():
    with pytest.raises(NotFittedError):
        VariationalRegressor().predict(LINE)
