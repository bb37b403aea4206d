"""Kernel values and scores that the tests of qiskit-machine-learning hold."""

from __future__ import annotations

import numpy as np
import pytest

from qsetu.learn import FidelityKernel, QuantumKernelClassifier, ZFeatureMap, ZZFeatureMap

TRAIN = [
    [3.07876080, 1.75929189],
    [6.03185789, 5.27787566],
    [6.22035345, 2.70176968],
    [0.18849556, 2.82743339],
]
TEST = [[2.199114860, 5.15221195], [0.50265482, 0.06283185]]
# The samples of the tests of an older class of kernels there.
OLD_TRAIN = [
    [2.95309709, 2.51327412],
    [3.14159265, 4.08407045],
    [4.08407045, 2.26194671],
    [4.46106157, 2.38761042],
]
OLD_TEST = [[3.83274304, 2.45044227], [3.89557489, 0.31415927]]

# Feature map, samples, values above the diagonal row by row, test samples, values with these.
CASES = {
    "z": (
        ZFeatureMap(2),
        TRAIN,
        [0.78883982, 0.15984355, 0.06203766, 0.49363215, 0.32128356, 0.91953051],
        TEST,
        [
            [0.30890363, 0.04543022],
            [0.39666513, 0.23044328],
            [0.11826802, 0.58742761],
            [0.10665779, 0.7650088],
        ],
    ),
    "zz": (
        ZZFeatureMap(2),
        TRAIN,
        [0.81376617, 0.05102078, 0.06033439, 0.14750292, 0.09980414, 0.26196463],
        TEST,
        [
            [0.24610242, 0.17510262],
            [0.36660828, 0.06476594],
            [0.13924611, 0.48450828],
            [0.24435258, 0.31099496],
        ],
    ),
    "zz, older samples": (
        ZZFeatureMap(2),
        OLD_TRAIN,
        [0.85342280, 0.12267747, 0.36334379, 0.11529017, 0.45246347, 0.67137258],
        OLD_TEST,
        [
            [0.14439530, 0.33041779],
            [0.18170069, 0.37663733],
            [0.47479649, 0.02115561],
            [0.14691763, 0.16106199],
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_kernel_values_equal_the_published_ones_to_eight_digits(name):
    feature_map, train, above, test, with_test = CASES[name]
    kernel = FidelityKernel(feature_map)
    square = kernel.matrix(train)
    np.testing.assert_allclose(square[np.triu_indices(4, 1)], above, atol=6e-9)
    np.testing.assert_allclose(kernel.matrix(train, test), with_test, atol=6e-9)


@pytest.mark.parametrize(("name", "score"), [("z", 1.0), ("zz", 0.5)])
def test_a_classifier_on_them_scores_what_was_published(name, score):
    feature_map, train, _, test, _ = CASES[name]
    model = QuantumKernelClassifier(FidelityKernel(feature_map)).fit(train, [0, 0, 1, 1])
    assert model.score(test, [0, 1]) == score
