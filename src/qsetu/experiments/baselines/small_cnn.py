"""A small convolutional network for sequences of one length."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_float, as_int
from qsetu.core.seeds import fresh_seed, generator
from qsetu.experiments.baselines.classes import shares_of_scores
from qsetu.experiments.baselines.network import CHUNK, Weights, first_weights, logits_of, train_step
from qsetu.experiments.baselines.sequences import SequenceClassifier
from qsetu.genomics.alphabet import Alphabet
from qsetu.genomics.encoders.letters import letter_shares, read_letters

__all__ = ["SmallCNN"]


class SmallCNN(SequenceClassifier):
    """One-hot letters, one or two layers of filters with pooling, one dense layer; classes count alike.

    A letter that stands for several is equal shares of them. Filters see the sequence with zeros around it;
    of each ``pool`` neighboring places the largest response is kept. Trained by Adam with decoupled weight
    decay on weighted cross-entropy. A part of each class is set aside; training stops when its loss has not
    fallen for ``patience`` epochs, and the weights of its smallest loss are kept.

    A second fit with as many letters, places and classes, and the same network and batches, compiles nothing.

    Args:
        filters: Filters a layer.
        window: Places that a filter sees.
        layers: Layers of filters, 1 or 2.
        pool: Neighboring places of which one is kept, 1 to keep all.
        hidden: Units of the dense layer.
        dropout: Share of numbers that are set to 0 in training before both dense layers, below 1.
        learning_rate: Size of Adam's steps.
        weight_decay: Share of each weight that goes in a step of size 1.
        batch_size: Samples a step.
        max_epochs: Most passes over the training part.
        patience: Epochs without a smaller loss after which training stops.
        validation_share: Share of each class that is set aside (of two samples or more at least one), below
            1; 0 to train ``max_epochs`` on all.
        alphabet: "DNA", "RNA" or "protein".
        random_state: Seed of weights, batches, dropout and of what is set aside, an integer.

    Attributes:
        classes_: Labels, sorted, ``(K,)``.
        length_: Letters a sequence.
        weights_: Trained arrays by name, float32.
        validation_losses_: Of what was set aside, after each epoch.
        best_epoch_: The epoch whose weights were kept, from 1.

    References: B. Alipanahi et al., Nature Biotechnology 33, 831 (2015); the steps: I. Loshchilov, F. Hutter,
    arXiv:1711.05101.

    Example:
        >>> from qsetu.experiments.baselines import SmallCNN
        >>> X, y = ["AAAATATA", "TATATTTA", "GCGCGGCC", "CCGCGGGC"] * 5, ["at", "at", "gc", "gc"] * 5
        >>> SmallCNN(window=3, random_state=0).fit(X, y).predict(["ATATATAT", "GCGCGCGC"])
        array(['at', 'gc'], dtype='<U2')
    """

    length_: int

    def __init__(
        self,
        filters: int = 32,
        *,
        window: int = 7,
        layers: int = 1,
        pool: int = 2,
        hidden: int = 32,
        dropout: float = 0.5,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-2,
        batch_size: int = 64,
        max_epochs: int = 100,
        patience: int = 10,
        validation_share: float = 0.15,
        alphabet: Alphabet = "DNA",
        random_state: int | None = 0,
    ) -> None:
        self.filters = filters
        self.window = window
        self.layers = layers
        self.pool = pool
        self.hidden = hidden
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.patience = patience
        self.validation_share = validation_share
        self.alphabet = alphabet
        self.random_state = random_state

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probability of each class, float64 ``(N, K)``, each being equally frequent.

        Raises:
            NotFittedError: Before ``fit``.
            ArgumentError: A sequence breaks a rule; says which.
        """
        return shares_of_scores(self._scored(X))

    def _check_settings(self) -> None:
        for name in ("filters", "window", "pool", "hidden", "batch_size", "max_epochs", "patience"):
            as_int(name, getattr(self, name), 1)
        as_int("layers", self.layers, 1, 2)
        as_float("learning_rate", self.learning_rate, low=0.0, open_low=True)
        as_float("weight_decay", self.weight_decay, low=0.0)
        for name in ("dropout", "validation_share"):
            as_float(name, getattr(self, name), low=0.0, high=0.99)

    def _learn(self, texts: list[str], codes: NDArray[np.int64], number: int) -> None:
        letters = read_letters(texts, self.alphabet).matrix()
        self.length_ = letters.shape[1]
        seed = fresh_seed() if self.random_state is None else as_int("random_state", self.random_state, 0)
        chance = generator(seed, "qsetu.cnn")
        aside = self._set_aside(codes, number, chance)
        inputs = letter_shares(self.alphabet).astype(np.float32)[letters]
        weights = first_weights(
            chance,
            inputs.shape[2],
            self.length_,
            number,
            filters=self.filters,
            window=self.window,
            layers=self.layers,
            pool=self.pool,
            hidden=self.hidden,
        )
        self._train(weights, inputs, codes, aside, chance)

    def _set_aside(
        self, codes: NDArray[np.int64], number: int, chance: np.random.Generator
    ) -> NDArray[np.bool_]:
        aside = np.zeros(len(codes), bool)
        for one in range(number):
            members = chance.permutation(np.flatnonzero(codes == one))
            wanted = max(1, round(float(self.validation_share) * len(members)))
            if self.validation_share > 0:
                aside[members[: min(wanted, len(members) - 1)]] = True
        return aside

    def _train(
        self,
        weights: Weights,
        inputs: NDArray[np.float32],
        codes: NDArray[np.int64],
        aside: NDArray[np.bool_],
        chance: np.random.Generator,
    ) -> None:
        import jax

        begin, step = train_step(self.pool)
        state, key = begin(weights), jax.random.key(int(chance.integers(2**31)))
        rows, size, taken = np.flatnonzero(~aside), int(self.batch_size), 0
        samples = _balanced(codes[rows])
        settings = [np.float32(one) for one in (self.learning_rate, self.weight_decay, self.dropout)]
        best: Any = weights
        self.validation_losses_, self.best_epoch_, lowest = [], 0, np.inf
        for epoch in range(1, int(self.max_epochs) + 1):
            order = chance.permutation(len(rows))
            for first in range(0, len(rows), size):
                part = order[first : first + size]
                lacking = size - len(part)
                part = np.concatenate([part, np.zeros(lacking, np.int64)])
                worth = samples[part] * (np.arange(size) < size - lacking)
                here = rows[part]
                weights, state = step(
                    weights,
                    state,
                    inputs[here],
                    codes[here].astype(np.int32),
                    worth.astype(np.float32),
                    key,
                    np.int32(taken),
                    *settings,
                )
                taken += 1
            if not aside.any():
                best, self.best_epoch_ = weights, epoch
                continue
            shares = shares_of_scores(self._logits(weights, inputs[aside]))
            truth = codes[aside]
            loss = -np.log(np.maximum(shares[np.arange(len(truth)), truth], 1e-30))
            self.validation_losses_.append(float(np.average(loss, weights=_balanced(truth))))
            if self.validation_losses_[-1] < lowest:
                lowest, best, self.best_epoch_ = self.validation_losses_[-1], weights, epoch
            elif epoch - self.best_epoch_ >= self.patience:
                break
        self.weights_ = {name: np.asarray(value) for name, value in best.items()}

    def _scores(self, texts: list[str]) -> NDArray[np.float64]:
        letters = read_letters(texts, self.alphabet).matrix(self.length_)
        return self._logits(self.weights_, letter_shares(self.alphabet).astype(np.float32)[letters])

    def _logits(self, weights: Any, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        forward, found = logits_of(self.pool), []
        for first in range(0, len(inputs), CHUNK):
            part = inputs[first : first + CHUNK]
            filled = np.zeros((CHUNK, *part.shape[1:]), np.float32)
            filled[: len(part)] = part
            found.append(np.asarray(forward(weights, filled), dtype=np.float64)[: len(part)])
        return np.concatenate(found)


def _balanced(codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weight of each sample: classes count alike, and 1 is the mean."""
    sizes = np.bincount(codes)
    return len(codes) / ((sizes > 0).sum() * sizes[codes])
