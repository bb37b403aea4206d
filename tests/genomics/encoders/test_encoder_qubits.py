"""What encoders say of qubits is what the feature maps of qsetu.learn need."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from qsetu.genomics.encoders import (
    ENCODERS,
    FCGREncoder,
    GenotypeEncoder,
    KmerSpectrum,
    OneHotAngleEncoder,
    SICPOVMEncoder,
    TwoBitEncoder,
)
from qsetu.learn import AmplitudeFeatureMap, AngleFeatureMap, BasisFeatureMap


def encoded(name):
    entry = ENCODERS[name]
    encoder = entry.make()
    if entry.inputs[0] in ("genotypes", "expression"):
        X = np.random.default_rng(0).integers(0, 3, (6, 11))
    else:
        X = ["MKWMKW"] * 3 + ["WKMWKW"] * 3 if entry.inputs == ("protein",) else ["ACGTGA", "TTGACC"] * 3
    return encoder, encoder.fit_transform(X, ["x", "y"] * 3)


@pytest.mark.parametrize("name", list(ENCODERS))
def test_the_feature_map_of_that_kind_takes_so_many_qubits(name):
    encoder, numbers = encoded(name)
    width = numbers.shape[1]
    match encoder.state_kind:
        case "basis":
            feature_map = BasisFeatureMap(width)
        case "amplitudes":
            feature_map = AmplitudeFeatureMap(width)
        case _:
            feature_map = AngleFeatureMap(width, qubits=encoder.num_qubits)
    assert feature_map.num_qubits == feature_map.circuit.num_qubits == encoder.num_qubits
    assert np.isfinite(feature_map.parameters(numbers[:2])).all()


def state(feature_map, numbers):
    return qsetu.statevector(
        feature_map.circuit, feature_map.parameters(numbers[None])[0], dtype="complex128"
    )


def test_amplitudes_become_the_state():
    for encoder in (
        KmerSpectrum(2),
        FCGREncoder(2),
        KmerSpectrum(3, canonical=True),
        KmerSpectrum(2, normalize=None),
    ):
        numbers = encoder.fit_transform(["ACGTTGCAAACG"]).astype(float)[0]
        found = state(AmplitudeFeatureMap(len(numbers)), numbers)
        expected = np.zeros(2**encoder.num_qubits)
        expected[: len(numbers)] = numbers / np.linalg.norm(numbers)
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_measuring_the_root_spectrum_gives_kmers_as_often_as_they_occur():
    text = "ACGTTGCAAACG"
    numbers = KmerSpectrum(2, normalize="sqrt", dtype="float64").fit_transform([text])[0]
    shares = KmerSpectrum(2, normalize="l1", dtype="float64").fit_transform([text])[0]
    np.testing.assert_allclose(np.abs(state(AmplitudeFeatureMap(16), numbers)) ** 2, shares, atol=1e-12)


def test_bits_become_the_basis_state():
    numbers = TwoBitEncoder().fit_transform(["CGT"])[0]
    found = np.abs(state(BasisFeatureMap(6), numbers)) ** 2
    assert np.argmax(found) == sum(int(bit) << i for i, bit in enumerate(numbers))


def test_tetrahedral_angles_become_the_product_of_their_states():
    encoder = SICPOVMEncoder().fit(["ACGT"])
    for text in ("ACGT", "TTCA", "GGGC"):
        found = state(AngleFeatureMap(8, qubits=4, entanglement="none"), encoder.transform([text])[0])
        expected = np.ones(1)
        for one in encoder.amplitudes([text])[0]:  # qubit 0 is the least significant
            expected = np.kron(one, expected)
        assert abs(np.vdot(expected, found)) ** 2 == pytest.approx(1, abs=1e-12)


def test_one_hot_angles_flip_the_qubit_of_their_base():
    numbers = OneHotAngleEncoder().fit_transform(["GC"])[0]
    found = np.abs(state(AngleFeatureMap(8, entanglement="none"), numbers)) ** 2
    assert np.argmax(found) == 2**2 + 2**5 and found.max() == pytest.approx(1)


def test_genotype_angles_go_from_pole_to_pole():
    numbers = GenotypeEncoder(scale="angle").fit_transform([[0, 1, 2], [2, 1, 0]])[0]
    found = np.abs(state(AngleFeatureMap(3, entanglement="none"), numbers)) ** 2
    np.testing.assert_allclose(found[[4, 6]], [0.5, 0.5], atol=1e-12)
