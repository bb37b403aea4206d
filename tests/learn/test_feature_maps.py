"""Feature maps: laws swept over the roster, and the circuits of other packages."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import qsetu
from qsetu.core.errors import ArgumentError
from qsetu.learn import (
    FEATURE_MAPS,
    AmplitudeFeatureMap,
    AngleFeatureMap,
    BasisFeatureMap,
    FidelityKernel,
    HardwareEfficientFeatureMap,
    IQPFeatureMap,
    PauliFeatureMap,
    ZFeatureMap,
    ZZFeatureMap,
)

MAPS = [
    *(make(4) for make in FEATURE_MAPS.values()),
    ZZFeatureMap(4, entanglement="pairwise"),
    PauliFeatureMap(4, paulis=("Y", "XZ", "ZXY"), entanglement="linear", factor=1.3),
    IQPFeatureMap(4, reps=3, entangled_reps=1),
    AngleFeatureMap(7, qubits=3, axis="z", reps=2),
    AngleFeatureMap(5, axis="x"),
    AmplitudeFeatureMap(11),
    AmplitudeFeatureMap(8, entanglement="none"),
    HardwareEfficientFeatureMap(1),
]


def some_samples(encoder, count=5, seed=0):
    rng = np.random.default_rng(seed)
    if isinstance(encoder, BasisFeatureMap):
        return rng.integers(0, 2, (count, encoder.num_features)).astype(float)
    return rng.normal(size=(count, encoder.num_features))


def states(encoder, X):
    return qsetu.statevector(encoder.circuit, encoder.parameters(X), dtype="complex128")


@pytest.mark.parametrize("encoder", MAPS, ids=repr)
def test_a_map_is_one_static_circuit_and_survives_pickling(encoder):
    X = some_samples(encoder)
    assert encoder.parameters(X).shape == (5, encoder.circuit.num_params)
    assert encoder.circuit.num_qubits == encoder.num_qubits
    copy = pickle.loads(pickle.dumps(encoder))
    assert copy == encoder
    assert copy.circuit == encoder.circuit
    np.testing.assert_array_equal(copy.parameters(X), encoder.parameters(X))
    np.testing.assert_array_equal(encoder.parameters(X)[2:3], encoder.parameters(X[2:3]))
    assert encoder.parameters(X[:0]).shape == (0, encoder.circuit.num_params)


@pytest.mark.parametrize("encoder", MAPS, ids=repr)
def test_different_samples_give_different_states(encoder):
    if isinstance(encoder, AmplitudeFeatureMap) and encoder.entanglement == "none":
        pytest.skip("a product of marginals forgets most of a sample")
    X = some_samples(encoder, 6)
    X[1] = X[0]
    X[1, -1] = 1 - X[0, -1] if isinstance(encoder, BasisFeatureMap) else X[0, -1] + 0.3
    overlap = abs(np.vdot(*states(encoder, X[:2])))
    assert overlap < 0.999


@pytest.mark.parametrize("encoder", MAPS, ids=repr)
def test_the_twin_of_a_map_makes_product_states_of_the_same_qubits(encoder):
    twin = encoder.deentangled()
    assert twin.num_qubits == encoder.num_qubits
    X = some_samples(twin)
    rho = qsetu.reduced_density_matrices(twin.circuit, twin.parameters(X), dtype="complex128")
    purity = np.einsum("bqij,bqji->bq", rho, rho).real
    np.testing.assert_allclose(purity, 1, atol=1e-12)
    assert twin.deentangled() == twin


@pytest.mark.parametrize("encoder", MAPS, ids=repr)
def test_jax_computes_the_same_parameters_and_differentiates_them(encoder):
    jax = pytest.importorskip("jax")
    X = some_samples(encoder)
    X[0, 0] = 0.0
    with jax.enable_x64(True):
        ours = jax.jit(encoder.parameters)(X + 0.0 * jax.numpy.zeros(()))
        np.testing.assert_allclose(np.asarray(ours), encoder.parameters(X), atol=1e-12)
        slopes = np.asarray(jax.jacfwd(encoder.parameters)(jax.numpy.asarray(X)))
    assert np.isfinite(slopes).all()
    if isinstance(encoder, BasisFeatureMap):
        return
    # The other rows: in the first a square root has no derivative at 0.
    step = 1e-6 * np.random.default_rng(1).normal(size=X.shape)
    step[0] = 0.0
    expected = (encoder.parameters(X + step) - encoder.parameters(X - step)) / 2
    np.testing.assert_allclose(np.einsum("apbd,bd->ap", slopes, step), expected, atol=1e-11)


def test_pauli_maps_equal_those_of_qiskit():
    library = pytest.importorskip("qiskit.circuit.library")
    info = pytest.importorskip("qiskit.quantum_info")
    x = np.random.default_rng(0).uniform(-2, 2, 4)
    cases = [(["Z", "ZZ"], kind) for kind in ("full", "linear", "circular", "pairwise")]
    cases += [(["Y"], "full"), (["Z", "XY"], "linear"), (["X", "ZYX"], "linear"), (["ZZ", "ZZZ"], "full")]
    for paulis, kind in cases:
        theirs = library.pauli_feature_map(4, reps=2, paulis=paulis, entanglement=kind, alpha=1.3)
        ours = PauliFeatureMap(4, reps=2, paulis=paulis, entanglement=kind, factor=1.3)
        expected = info.Statevector(theirs.assign_parameters(x)).data
        overlap = abs(np.vdot(expected, states(ours, x[None])[0]))
        assert overlap == pytest.approx(1, abs=1e-12), (paulis, kind)


def test_special_pauli_maps_equal_the_general_one():
    X = np.random.default_rng(1).normal(size=(3, 4))
    for special, paulis in ((ZFeatureMap(4), ("Z",)), (ZZFeatureMap(4), ("Z", "ZZ"))):
        np.testing.assert_allclose(
            states(special, X), states(PauliFeatureMap(4, paulis=paulis), X), atol=1e-14
        )


def test_iqp_map_equals_that_of_pennylane():
    qml = pytest.importorskip("pennylane")
    x = np.random.default_rng(2).uniform(-2, 2, 4)
    for reps in (1, 3):
        wires = list(reversed(range(4)))  # wire 0 is the most significant there

        def embedding(x=x, reps=reps, wires=wires):
            qml.IQPEmbedding(x, wires=wires, n_repeats=reps)
            return qml.state()

        expected = qml.QNode(embedding, qml.device("default.qubit", wires=range(4)))()
        overlap = abs(np.vdot(np.asarray(expected), states(IQPFeatureMap(4, reps=reps), x[None])[0]))
        assert overlap == pytest.approx(1, abs=1e-12)


def test_the_iqp_map_of_published_results_entangles_in_the_first_repetition_alone():
    ops = IQPFeatureMap(3, reps=4, entangled_reps=1).circuit.count_ops()
    assert (ops["rzz"], ops["rz"]) == (3, 12)
    first = [op.gate for op in IQPFeatureMap(3, reps=2, entangled_reps=1).circuit][:9]
    assert first.count("rzz") == 3


@pytest.mark.parametrize("width", [2, 3, 4, 7, 16, 100])
def test_amplitudes_are_the_samples(width):
    rng = np.random.default_rng(3)
    X = np.vstack([rng.normal(size=(4, width)), np.eye(width)[:2], -np.eye(width)[-1:]])
    X[0] *= 1e200
    X[1] *= 1e-200
    found = states(AmplitudeFeatureMap(width), X)
    unit = X / np.abs(X).max(axis=1, keepdims=True)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    np.testing.assert_allclose(found[:, :width], unit, atol=1e-13)
    np.testing.assert_allclose(found[:, width:], 0, atol=1e-13)
    np.testing.assert_allclose(
        FidelityKernel(AmplitudeFeatureMap(width)).matrix(X), (unit @ unit.T) ** 2, atol=1e-12
    )


def test_the_twin_of_amplitudes_keeps_the_probabilities_of_each_qubit():
    X = np.random.default_rng(4).normal(size=(3, 8))
    whole, twin = AmplitudeFeatureMap(8), AmplitudeFeatureMap(8, entanglement="none")
    for qubit in range(3):
        values = [
            qsetu.expectation(m.circuit, f"Z{qubit}", m.parameters(X), dtype="complex128")
            for m in (whole, twin)
        ]
        np.testing.assert_allclose(*values, atol=1e-12)


def test_basis_states_say_whether_samples_are_equal():
    X = np.array([[0, 0, 1], [1, 0, 1], [0, 0, 1]], dtype=float)
    same = (X[:, None] == X[None]).all(axis=2)
    np.testing.assert_allclose(FidelityKernel("basis").matrix(X), same, atol=1e-30)


def test_features_that_share_a_qubit_enter_in_turn():
    ops = [(op.gate, op.qubits) for op in AngleFeatureMap(5, qubits=2, entanglement="none").circuit]
    assert ops == [("ry", (0,)), ("ry", (1,)), ("rz", (0,)), ("rz", (1,)), ("ry", (0,))]
    assert AngleFeatureMap(3, qubits=8).num_qubits == 3


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ZZFeatureMap(31), "AngleFeatureMap(31, qubits=8)"),
        (lambda: ZZFeatureMap(31), "AmplitudeFeatureMap(31), which needs 5 qubits"),
        (lambda: ZZFeatureMap(3, entanglement="ring"), "linear"),
        (lambda: ZZFeatureMap(3, reps=0), "reps"),
        (lambda: PauliFeatureMap(3, paulis=("ZQ",)), "paulis"),
        (lambda: PauliFeatureMap(3, paulis=()), "paulis"),
        (lambda: PauliFeatureMap(3, paulis=("ZZZ",), entanglement="pairwise"), "pairwise"),
        (lambda: AmplitudeFeatureMap(5000), "4096"),
        (lambda: AmplitudeFeatureMap(4).parameters([[1, 0, 0, 0], [0, 0, 0, 0]]), "row 1"),
        (lambda: BasisFeatureMap(2).parameters([[0, 0.5]]), "0.5"),
        (lambda: AngleFeatureMap(2, qubits=0), "qubits"),
        (lambda: AngleFeatureMap(2, axis="w"), "axis"),
        (lambda: ZFeatureMap(3).parameters([[1, 2]]), "(N, 3)"),
        (lambda: ZFeatureMap(2).parameters([[1, np.nan]]), "X"),
        (lambda: IQPFeatureMap(2, entangled_reps=-1), "entangled_reps"),
    ],
)
def test_what_cannot_be_encoded_is_refused_by_name(make, said):
    with pytest.raises(ArgumentError) as caught:
        make()
    assert said in str(caught.value)
