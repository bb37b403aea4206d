"""Encoders on the splice junctions of UCI, whose 15 ambiguous rows are what the rules are for."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from qsetu.core.errors import ArgumentError
from qsetu.genomics.encoders import (
    EIIPEncoder,
    FCGREncoder,
    KmerSpectrum,
    OneHotAngleEncoder,
    PositionWeightMatrix,
    SICPOVMEncoder,
    TwoBitEncoder,
)


@pytest.fixture
def splice(data_folder):
    path = data_folder / "uci-splice" / "splice.data"
    if not path.exists():
        pytest.skip(f"no {path.name} in the folder of data files")
    rows = [line.split(",") for line in path.read_text().splitlines()]
    return np.array([row[2].strip() for row in rows], object), np.array([row[0] for row in rows])


def test_fifteen_rows_meet_the_rules(splice):
    X, _ = splice
    unsure = np.array([not set(one) <= set("ACGT") for one in X])
    assert (len(X), unsure.sum()) == (3190, 15)
    for strict in (
        TwoBitEncoder(),
        SICPOVMEncoder(),
        OneHotAngleEncoder(ambiguous="error"),
        KmerSpectrum(ambiguous="error"),
    ):
        with pytest.raises(ArgumentError, match=f"sequence {np.flatnonzero(unsure)[0]} has"):
            strict.fit(X)
        assert len(strict.fit_transform(X[~unsure])) == 3175
    shares = OneHotAngleEncoder(scale=1.0).fit_transform(X).reshape(3190, 60, 4)
    np.testing.assert_allclose(shares.sum(axis=2), 1)
    # N 56 times, D 2, R 1, S 1
    values, counts = np.unique((shares > 0).sum(axis=2), return_counts=True)
    assert dict(zip(values.tolist(), counts.tolist(), strict=True)) == {1: 3190 * 60 - 60, 2: 2, 3: 2, 4: 56}
    encoder = OneHotAngleEncoder().fit(X)
    assert encoder.inverse_transform(encoder.transform(X)).tolist() == X.tolist()
    skipped = KmerSpectrum(3, normalize=None).fit_transform(X).sum(axis=1)
    assert (skipped[~unsure] == 58).all() and (skipped[unsure] < 58).all()
    for encoder in (
        KmerSpectrum(3, normalize=None, ambiguous="share"),
        FCGREncoder(3, normalize=None, ambiguous="share"),
    ):
        np.testing.assert_allclose(encoder.fit_transform(X).sum(axis=1), 58, rtol=1e-6)
    values = EIIPEncoder().fit_transform(X)
    assert values.min() == 0.0806 and values.max() == 0.1340


def test_the_motif_of_a_donor_is_in_the_weights(splice):
    X, y = splice
    model = PositionWeightMatrix().fit(X, y)
    donor = model.probabilities_[list(model.classes_).index("EI")]
    # An intron starts with GT, right after the middle of the window, and ends with AG, right before it.
    assert donor[30, 2] > 0.98 and donor[31, 3] > 0.98
    acceptor = model.probabilities_[list(model.classes_).index("IE")]
    assert acceptor[28, 0] > 0.98 and acceptor[29, 2] > 0.98
    assert (model.classes_[model.transform(X).argmax(axis=1)] == y).mean() > 0.9


def test_position_wise_encoders_tell_the_classes(splice):
    X, y = splice
    some = np.random.default_rng(0).permutation(len(X))[:600]
    for model in (
        make_pipeline(OneHotAngleEncoder(scale=1.0), LogisticRegression(max_iter=500)),
        make_pipeline(PositionWeightMatrix(), LogisticRegression(max_iter=500)),
    ):
        assert cross_val_score(model, X[some], y[some], cv=3).mean() > 0.87
    spectrum = make_pipeline(KmerSpectrum(4), SVC())
    assert cross_val_score(spectrum, X[some], y[some], cv=3).mean() > 0.55  # N alone is 0.52
