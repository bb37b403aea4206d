"""The network against plain loops, its steps against optax.adamw, and what never compiles twice."""

from __future__ import annotations

import numpy as np
import pytest

from qsetu.core.errors import ArgumentError
from qsetu.core.seeds import generator
from qsetu.experiments.baselines import SmallCNN, network, small_cnn
from qsetu.genomics import load_dataset
from qsetu.genomics.splits import GroupStratifiedKFold, suggested_groups


def signal(number=80, length=16, classes=2, seed=0):
    """Class c holds its word at a random place."""
    rng = np.random.default_rng(seed)
    y = np.arange(number) % classes
    words, X = ["GATTACA", "CCGTCCG", "TTATATT"], []
    for one in y:
        text, place = list(rng.choice(list("ACGT"), length)), rng.integers(0, length - 6)
        text[place : place + 7] = words[one]
        X.append("".join(text))
    return X, y


def weights_of(seed=0, length=11, layers=2, pool=2, classes=3):
    chance = np.random.default_rng(seed)
    found = network.first_weights(
        chance, 4, length, classes, filters=3, window=4, layers=layers, pool=pool, hidden=5
    )
    return {name: value + 0.1 * chance.normal(size=value.shape) for name, value in found.items()}


def forward_by_loops(weights, inputs, pool):
    """One sequence ``(length, letters)``; an even window reaches one place further to the right."""
    now, layer = inputs, 0
    while f"filters_{layer}" in weights:
        filters, offsets = weights[f"filters_{layer}"], weights[f"offsets_{layer}"]
        window = len(filters)
        left = (window - 1) // 2
        seen = np.zeros((len(now), filters.shape[2]))
        for place in range(len(now)):
            for w in range(window):
                if 0 <= place + w - left < len(now):
                    seen[place] += now[place + w - left] @ filters[w]
        seen = np.maximum(seen + offsets, 0)
        wide = min(pool, len(seen))
        now = np.stack([seen[i * wide : (i + 1) * wide].max(axis=0) for i in range(len(seen) // wide)])
        layer += 1
    hidden = np.maximum(now.reshape(-1) @ weights["dense"] + weights["dense_offset"], 0)
    return hidden @ weights["last"] + weights["last_offset"]


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(("length", "pool"), [(11, 2), (12, 3), (2, 4), (1, 1)])
def test_logits_are_those_of_plain_loops(layers, length, pool):
    weights = weights_of(1, length, layers, pool)
    inputs = np.random.default_rng(2).random((5, length, 4)).astype(np.float32)
    expected = [forward_by_loops(weights, one, pool) for one in inputs]
    np.testing.assert_allclose(network.logits_of(pool)(weights, inputs), expected, rtol=2e-4, atol=2e-5)


def test_steps_are_those_of_adamw():
    import jax
    import jax.numpy as jnp
    import optax

    rng = np.random.default_rng(3)
    inputs, classes = rng.random((8, 11, 4)).astype(np.float32), rng.integers(0, 3, 8)
    worth = np.array([1, 2, 0.5, 3, 1, 1, 0, 0], np.float32)
    rate, decay = 0.01, 0.3
    weights = {name: np.float32(value) for name, value in weights_of(4).items()}

    def loss(given):
        logits = network.logits_of(2)(given, inputs)
        chosen = jax.nn.log_softmax(logits)[jnp.arange(8), classes]
        return -(worth[:6] * chosen[:6]).sum() / worth.sum()

    adamw = optax.adamw(rate, weight_decay=decay)
    expected, other = weights, adamw.init(weights)
    begin, step = network.train_step(2)
    found, state = weights, begin(weights)
    for number in range(3):
        move, other = adamw.update(jax.grad(loss)(expected), other, expected)
        expected = optax.apply_updates(expected, move)
        found, state = step(
            found, state, inputs, classes.astype(np.int32), worth, jax.random.key(0), number, rate, decay, 0.0
        )
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, atol=1e-4)
        assert np.abs(np.asarray(value) - weights[name]).max() > 1e-3


def test_dropout_keeps_the_mean_and_changes_with_the_step():
    import jax

    weights = {"dense": np.eye(64, dtype=np.float32), "dense_offset": np.zeros(64, np.float32)}
    weights |= {"last": np.ones((64, 1), np.float32) / 64, "last_offset": np.zeros(1, np.float32)}
    inputs = np.ones((400, 64, 1), np.float32)
    first, second = (
        np.asarray(network._forward(weights, inputs, 1, jax.random.key(seed), 0.3)) for seed in (0, 1)
    )
    assert first.mean() == pytest.approx(1, abs=0.05)
    assert first.std() > 0.05
    assert np.abs(first - second).max() > 0.05
    np.testing.assert_allclose(network._forward(weights, inputs, 1, None, 0.3), 1.0)


def test_every_step_has_a_number_of_its_own(monkeypatch):
    begin, step = network.train_step(2)
    seen = []

    def watched(*given):
        seen.append(int(given[6]))
        return step(*given)

    monkeypatch.setattr(small_cnn, "train_step", lambda pool: (begin, watched))
    SmallCNN(max_epochs=2, batch_size=16, validation_share=0.0).fit(*signal(40))
    assert seen == list(range(6))


def test_a_second_fit_compiles_nothing():
    X, y = signal(200)
    SmallCNN(max_epochs=2).fit(X[:150], y[:150]).predict(X)
    before = network.train_step(2)[1]._cache_size(), network.logits_of(2)._cache_size()
    other = SmallCNN(max_epochs=3, dropout=0.1, learning_rate=1e-4, weight_decay=0.5, random_state=5)
    other.fit(X[:91], y[:91]).predict(X[:33])
    assert (network.train_step(2)[1]._cache_size(), network.logits_of(2)._cache_size()) == before


def test_equal_seeds_give_equal_networks():
    X, y = signal()
    first, same, other = (SmallCNN(max_epochs=3, random_state=seed).fit(X, y) for seed in (1, 1, 2))
    for name, value in first.weights_.items():
        np.testing.assert_array_equal(same.weights_[name], value)
    assert (first.decision_function(X) != other.decision_function(X)).any()


def test_words_are_found_wherever_they_are():
    X, y = signal(600, 24, 3)
    model = SmallCNN(learning_rate=3e-3).fit(X[:400], y[:400])
    assert model.score(X[400:], y[400:]) > 0.85


def test_training_stops_early_and_keeps_the_best():
    X, _ = signal(100)
    y = np.random.default_rng(0).integers(0, 2, 100)  # nothing to learn but noise
    model = SmallCNN(dropout=0.0, learning_rate=1e-2, patience=4, max_epochs=80).fit(X, y)
    losses = model.validation_losses_
    assert len(losses) == model.best_epoch_ + 4 < 80
    assert int(np.argmin(losses)) + 1 == model.best_epoch_
    # The same training, stopped right after the best epoch, ends with the same weights.
    again = SmallCNN(dropout=0.0, learning_rate=1e-2, patience=4, max_epochs=model.best_epoch_).fit(X, y)
    np.testing.assert_array_equal(again.weights_["dense"], model.weights_["dense"])


def test_a_batch_that_is_filled_up_is_the_batch():
    X, y = signal(10)
    settings = {"dropout": 0.0, "validation_share": 0.0, "max_epochs": 2}
    full, filled = (SmallCNN(batch_size=size, **settings).fit(X, y) for size in (10, 64))
    np.testing.assert_allclose(filled.decision_function(X), full.decision_function(X), rtol=1e-3, atol=1e-4)


def test_without_anything_set_aside_all_epochs_are_done():
    X, y = signal(20)
    model = SmallCNN(validation_share=0.0, max_epochs=3, patience=1).fit(X, y)
    assert (model.best_epoch_, model.validation_losses_) == (3, [])
    assert np.abs(model.weights_["last_offset"]).max() > 0


def test_the_loss_of_what_is_set_aside_counts_classes_alike():
    X, y = signal(80)
    X, y = X[:50] + X[51::2], np.concatenate([y[:50], y[51::2]])
    model = SmallCNN(max_epochs=1, learning_rate=1e-2).fit(X, y)
    aside = model._set_aside(y, 2, generator(0, "qsetu.cnn"))
    chosen = -np.log(model.predict_proba(X)[np.arange(len(y)), y])
    expected = np.mean([chosen[aside & (y == one)].mean() for one in (0, 1)])
    assert model.validation_losses_ == [pytest.approx(expected, rel=1e-6)]
    assert expected != pytest.approx(chosen[aside].mean(), rel=1e-6)


@pytest.mark.parametrize(("sizes", "expected"), [((20, 7), [5, 2]), ((40, 1), [10, 0]), ((2, 3), [1, 1])])
def test_what_is_set_aside(sizes, expected):
    codes = np.repeat([0, 1], sizes)
    aside = SmallCNN(validation_share=0.25)._set_aside(codes, 2, np.random.default_rng(0))
    assert np.bincount(codes[aside], minlength=2).tolist() == expected


def test_losses_of_classes_count_alike():
    assert small_cnn._balanced(np.array([0, 0, 0, 1])).tolist() == pytest.approx([2 / 3] * 3 + [2])
    assert small_cnn._balanced(np.array([1, 1])).tolist() == [1, 1]
    X = ["A" * 8] * 57 + ["C" * 8] * 3
    model = SmallCNN(validation_share=0.0, max_epochs=30).fit(X, [0] * 57 + [1] * 3)
    assert model.predict(["A" * 8, "C" * 8]).tolist() == [0, 1]


@pytest.mark.parametrize(
    "settings",
    [
        {"filters": 0},
        {"window": 0},
        {"layers": 3},
        {"pool": 0},
        {"hidden": 0},
        {"dropout": 1.0},
        {"learning_rate": 0},
        {"weight_decay": -1},
        {"batch_size": 0},
        {"max_epochs": 0},
        {"patience": 0},
        {"validation_share": 1.0},
        {"random_state": -1},
    ],
    ids=lambda one: next(iter(one)),
)
def test_networks_that_are_refused(settings):
    with pytest.raises(ArgumentError, match=f"'{next(iter(settings))}' must be"):
        SmallCNN(**settings).fit(*signal(10))
    with pytest.raises(ArgumentError, match="sequences of 16 letters"):
        SmallCNN(max_epochs=1).fit(*signal(10)).predict(["ACGT"])


@pytest.mark.slow
def test_splice_sites_are_learned(data_folder):
    data = load_dataset("uci-splice")
    train, test = next(GroupStratifiedKFold(5).split(data.X, data.y, suggested_groups(data)))
    model = SmallCNN(max_epochs=12).fit(data.X[train], data.y[train])
    assert model.score(data.X[test], data.y[test]) > 0.88
