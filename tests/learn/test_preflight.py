"""Preflight as a whole, and of variational models: what it says, shows and refuses."""

from __future__ import annotations

import base64
import io
import math
import re

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_moons

import qsetu
from qsetu.core.errors import ArgumentError
from qsetu.learn import (
    AngleFeatureMap,
    FidelityKernel,
    HardwareEfficientAnsatz,
    LocalKernel,
    ProjectedKernel,
    QuantumKernelClassifier,
    ZZFeatureMap,
)
from qsetu.learn.preflight import (
    Comparison,
    Concentration,
    GradientScan,
    RBFLikeness,
    ShotsNeeded,
    effective_rank,
    geometric_difference,
    gradient_scan,
    judge,
    kernel_alignment,
    preflight,
    rbf_likeness,
    shots_needed,
)
from qsetu.learn.preflight.targets import AlignmentTest

MOONS = make_moons(60, noise=0.1, random_state=0)
ALL_OF_A_KERNEL = [
    "concentration",
    "effective rank",
    "target alignment",
    "geometric difference",
    "model complexity",
    "shots",
    "RBF-likeness",
    "bandwidth",
]


# -- variational models ------------------------------------------------------------------------------


class Model:
    """What a variational model has to offer to be looked at."""

    def __init__(self, layers, entanglement, observable, narrowest=1):
        self.layers = layers
        self.entanglement = entanglement
        self.observable = observable
        self.narrowest = narrowest

    def preflight_circuit(self, num_features):
        if num_features < self.narrowest:
            raise ValueError("too few features")
        encoder = AngleFeatureMap(num_features, entanglement="none")
        ansatz = HardwareEfficientAnsatz(num_features, self.layers, entanglement=self.entanglement)
        used = encoder.circuit.num_params
        circuit = encoder.circuit.compose(ansatz.circuit.shift_params(used))
        return circuit, encoder.parameters, used, self.observable(num_features)


def everywhere(num_qubits):
    return [" ".join(f"Z{q}" for q in range(num_qubits))]


def at_the_first(num_qubits):
    return [qsetu.PauliSum.parse("Z0")]


X8 = np.random.default_rng(0).normal(size=(30, 8))


def test_gradients_of_a_product_of_rotations_vanish_as_their_formula():
    # C = prod cos(angle + x), so Var = 2^-n for each angle of an RY and 0 for each of an RZ.
    found = gradient_scan(Model(1, "none", everywhere), X8, draws=4000)
    np.testing.assert_array_equal(found.num_qubits, range(2, 9))
    expected = 0.5**found.num_qubits
    np.testing.assert_allclose(found.mean, expected / 2, rtol=0.15)
    np.testing.assert_allclose(found.largest, expected, rtol=0.35)
    assert found.factor == pytest.approx(0.5, abs=0.03)


def test_gradients_vanish_for_global_costs_and_deep_circuits_and_not_for_shallow_local_ones():
    deep = preflight(Model(20, "circular", everywhere), X8)
    assert 0.45 < deep.gradients.factor < 0.6
    assert deep["gradient variance"].level == "problem"
    shallow = preflight(Model(1, "pairwise", at_the_first), X8, draws=400)
    assert shallow.gradients.factor > 0.9
    assert shallow["gradient variance"].level == "good"
    assert (deep.concentration, deep.matrix, deep.comparison) == (None, None, None)
    assert [verdict.name for verdict in deep.verdicts] == ["gradient variance"]


def test_a_model_is_looked_at_in_the_sizes_it_has():
    assert list(gradient_scan(Model(1, "linear", everywhere, 5), X8, draws=20).num_qubits) == [5, 6, 7, 8]
    only = preflight(Model(1, "linear", everywhere, 8), X8, draws=20)
    assert list(only.gradients.num_qubits) == [8]
    assert only.gradients.factor is None
    assert only["gradient variance"].level == "not known"
    slow = Model(1, "linear", everywhere, 8)
    slow.engine = "reference"
    np.testing.assert_allclose(preflight(slow, X8, draws=20).gradients.mean, only.gradients.mean)
    slow.engine = "no such"
    with pytest.raises(ArgumentError, match="engine"):
        preflight(slow, X8, draws=20)
    capped = preflight(Model(1, "linear", everywhere), X8, draws=20, max_qubits=4)
    assert list(capped.gradients.num_qubits) == [2, 3, 4]
    assert (capped.num_qubits, "up to 4 qubits" in str(capped)) == (8, True)
    wide = np.random.default_rng(0).normal(size=(5, 12))
    sizes = gradient_scan(Model(1, "linear", everywhere), wide, draws=4).num_qubits
    assert (sizes[0], sizes[-1], len(sizes)) == (2, 12, 8)
    with pytest.raises(ValueError, match="too few features"):
        preflight(Model(1, "linear", everywhere, 9), X8)
    with pytest.raises(ArgumentError, match="max_qubits"):
        preflight(Model(1, "linear", everywhere, 8), X8, max_qubits=4)


def test_gradients_are_those_of_trained_angles_at_samples():
    class Slow(Model):
        def preflight_circuit(self, num_features):
            # The derivative by the data is 100 times that by the angle.
            circuit = qsetu.Circuit(2).ry(100 * qsetu.param(0), 0).ry(qsetu.param(1), 0)
            return circuit, lambda X: X[:, :1], 1, ["Z0"]

    found = gradient_scan(Slow(1, "none", everywhere), np.full((6, 2), 0.3), draws=3000)
    assert found.mean[0] == pytest.approx(0.5, rel=0.1)

    class Turned(Model):
        def preflight_circuit(self, num_features):
            # <X> = sin(x) sin(angle)
            circuit = qsetu.Circuit(2).rx(qsetu.param(0), 0).rz(qsetu.param(1), 0)
            return circuit, lambda X: X[:, :1], 1, ["X0"]

    X = np.column_stack([[0.4, 1.3], np.zeros(2)])
    found = gradient_scan(Turned(1, "none", everywhere), X, draws=3000)
    assert found.mean[0] == pytest.approx(np.mean(np.sin(X[:, 0]) ** 2) / 2, rel=0.1)


# -- the whole ---------------------------------------------------------------------------------------

TARGETS = {
    "two": np.array(["no", "yes"])[MOONS[1]],
    "three": np.arange(60) % 3,
    "numbers": MOONS[0][:, 0] + 0.5,
    "none": None,
}
KERNELS = [
    FidelityKernel("zz", bandwidth=0.4),
    FidelityKernel("angle", shots=50),
    FidelityKernel("amplitude"),
    ProjectedKernel("iqp", bandwidth=0.4),
    LocalKernel("hardware_efficient", bandwidth=0.4),
]


@pytest.mark.parametrize("targets", TARGETS)
@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_every_kernel_is_judged_on_any_labels(kernel, targets):
    found = preflight(kernel, MOONS[0], TARGETS[targets], permutations=20)
    assert [verdict.name for verdict in found.verdicts] == ALL_OF_A_KERNEL
    without = targets == "none"
    assert (found.alignment is None) == without
    assert (found.comparison.complexity is None) == without
    asked = {name: found[name].level != "not known" for name in ALL_OF_A_KERNEL}
    assert asked["target alignment"] == asked["model complexity"] == (not without)
    assert asked["shots"] == (not isinstance(kernel, LocalKernel))
    assert asked["bandwidth"] == (kernel.feature_map != "amplitude")
    assert sum(found.count(level) for level in ("good", "caution", "problem", "not known")) == 8
    assert all(verdict.text.endswith(".") for verdict in found.verdicts)
    fidelity = isinstance(kernel, FidelityKernel)
    assert (found.concentration.haar_mean is not None) == fidelity
    assert len(found.figure().axes) == 3 + 2 * (not without) + (found.bandwidths is not None)
    lines = str(found).splitlines()
    assert max(map(len, lines)) <= 110
    assert repr(found) == str(found)
    assert "60 samples; 2 features" in lines[1]


def test_a_kernel_that_suits_and_one_that_does_not():
    X, y = MOONS
    good = preflight(FidelityKernel("zz", bandwidth=0.4), X, y)
    for name in ("concentration", "effective rank", "target alignment", "shots"):
        assert good[name].level == "good", name
    ten = np.random.default_rng(0).normal(size=(60, 10))
    bad = preflight(FidelityKernel("zz", bandwidth=1.0), ten, y)
    for name in ("concentration", "effective rank", "target alignment"):
        assert bad[name].level == "problem", name
    assert "random states" in bad["concentration"].text
    flat = preflight(FidelityKernel("zz", bandwidth=1e-3), X, y)
    assert "raise the bandwidth" in flat["concentration"].text
    assert "raise the bandwidth" in flat["effective rank"].text


def test_shots_of_the_kernel_itself_are_compared_with_those_needed():
    X, y = MOONS
    few = preflight(FidelityKernel("zz", bandwidth=0.4, shots=20), X, y, bandwidths=[])
    exact = preflight(FidelityKernel("zz", bandwidth=0.4), X, y, bandwidths=[])
    assert few.shots == exact.shots
    assert (few["shots"].level, exact["shots"].level) == ("caution", "good")
    assert "the kernel has 20" in few["shots"].text
    assert "negative" in str(few)
    assert np.linalg.eigvalsh(few.matrix).min() > -1e-10
    assert exact.notes == ()


def test_an_estimator_is_judged_by_its_kernel():
    X, y = MOONS
    kernel = FidelityKernel("zz", bandwidth=0.4)
    alone = preflight(kernel, X, y)
    for model in (QuantumKernelClassifier(kernel), QuantumKernelClassifier(kernel).fit(X, y)):
        assert str(preflight(model, X, y)) == str(alone)


def test_of_many_rows_some_are_drawn_and_said_to_be():
    X, y = make_classification(300, 4, weights=[0.9], random_state=0)
    kernel = FidelityKernel("angle", bandwidth=0.5)
    found = preflight(kernel, X, y, max_samples=50, bandwidths=[])
    assert found.matrix.shape == (50, 50)
    assert "50 samples, drawn from 300" in str(found)
    again = preflight(kernel, X, y, max_samples=50, bandwidths=[])
    np.testing.assert_array_equal(found.matrix, again.matrix)
    np.testing.assert_array_equal(found.alignment.shuffled, again.alignment.shuffled)
    other = preflight(kernel, X, y, max_samples=50, bandwidths=[], random_state=1)
    assert not np.array_equal(found.matrix, other.matrix)
    # Each class by its share, in every draw: else the few would be missing in some.
    rare = (np.arange(300) % 50 == 0).astype(int)
    for seed in range(6):
        drawn = preflight(kernel, X, rare, max_samples=50, bandwidths=[], permutations=1, random_state=seed)
        assert drawn.alignment.centered != 0  # as it is where there is one class
    shuffled = [
        preflight(kernel, X, y, bandwidths=[], permutations=9, random_state=seed).alignment.shuffled
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(shuffled[0], shuffled[1])
    assert not np.array_equal(shuffled[0], shuffled[2])
    numbers = preflight(kernel, X, X[:, 0], max_samples=50, bandwidths=[])
    assert (numbers.num_samples, numbers.num_given) == (50, 300)


def test_it_shows_itself_in_a_notebook():
    X, y = MOONS
    page = preflight(FidelityKernel("zz", bandwidth=0.4), X, y)._repr_html_()
    coded = re.search(r'src="data:image/png;base64,([^"]+)"', page)[1]
    assert base64.b64decode(coded)[:8] == b"\x89PNG\r\n\x1a\n"
    assert page.count("<tr>") == 8
    assert "caution" in page and "alt=" in page

    class Odd(Model):
        pass

    Odd.__name__ = "<b>&"
    assert "&lt;b&gt;&amp;" in preflight(Odd(1, "none", everywhere), X8, draws=5)._repr_html_()


def overlapping(figure) -> list[tuple[str, str]]:
    """Texts of a figure, as drawn, that lie on one another."""
    figure.savefig(io.BytesIO(), format="png")
    texts = []
    for axes in figure.axes:
        texts += [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
        texts += axes.get_legend().get_texts() if axes.get_legend() else []
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            ticks = [tick for tick in axis.get_major_ticks() if min(limits) <= tick.get_loc() <= max(limits)]
            texts += [tick.label1 for tick in ticks]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text()]
    assert len(boxes) > 8
    return [(a, b) for i, (a, box) in enumerate(boxes) for b, other in boxes[i + 1 :] if box.overlaps(other)]


def test_no_two_texts_of_the_figure_overlap():
    X, y = MOONS
    assert overlapping(preflight(FidelityKernel("zz", bandwidth=0.4), X, y).figure()) == []
    assert overlapping(preflight(ProjectedKernel("zz", bandwidth=0.01), X).figure()) == []
    assert overlapping(preflight(Model(2, "linear", everywhere), X8).figure()) == []


def test_a_verdict_is_found_by_its_name():
    found = preflight(FidelityKernel("zz", bandwidth=0.4), *MOONS)
    assert str(found["shots"]).startswith("shots: good (")
    with pytest.raises(ArgumentError, match="Did you mean 'shots'"):
        found["shot"]
    with pytest.raises(ArgumentError, match="Did you mean 'good'"):
        found.count("god")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda k: preflight(k, [[1.0, np.nan]] * 5), "Input X contains NaN"),
        (lambda k: preflight(k, [[1.0, 2.0]]), "Found array with 1 sample"),
        (lambda k: preflight(k, [1.0, 2.0, 3.0, 4.0]), "Expected 2D array"),
        (lambda k: preflight(k, MOONS[0], MOONS[1][:-1]), "inconsistent numbers of samples"),
        (lambda k: preflight(k, MOONS[0], np.zeros(60, int)), "greater than one; got 1 class"),
        (lambda k: preflight(k, MOONS[0], np.full(60, np.nan)), "Input y contains NaN"),
        (lambda k: preflight(k, MOONS[0], np.full(60, 0.5)), "constant"),
        (lambda k: preflight(FidelityKernel(ZZFeatureMap(3)), *MOONS), "2 feature"),
        (lambda k: preflight(FidelityKernel, *MOONS), "kernel_or_model"),
        (lambda k: preflight("zz", *MOONS), "kernel_or_model"),
        (lambda k: preflight(k, *MOONS, max_samples=2), "max_samples"),
        (lambda k: preflight(k, *MOONS, regularization=-1), "regularization"),
        (lambda k: preflight(k, *MOONS, precision=0), "precision"),
        (lambda k: preflight(k, *MOONS, permutations=0), "permutations"),
        (lambda k: preflight(k, *MOONS, bandwidths=[0.1, -1]), "bandwidths"),
        (lambda k: effective_rank([[1.0]]), "N at least 2"),
        (lambda k: effective_rank([[1.0, 0.2], [0.3, 1.0]]), "symmetric"),
        (lambda k: geometric_difference(np.eye(3), np.eye(4)), "classical"),
        (lambda k: geometric_difference(np.eye(3), np.ones((3, 3)), regularization=0), "Try 0.1"),
        (lambda k: geometric_difference(-np.eye(3), np.eye(3)), "positive trace"),
        (lambda k: kernel_alignment(np.eye(3), np.eye(4)), "second"),
        (lambda k: rbf_likeness(np.eye(3), np.ones((4, 2))), "'X'"),
        (lambda k: shots_needed(np.eye(3), variances=np.eye(4)), "variances"),
    ],
)
def test_bad_input_is_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call(FidelityKernel("zz", bandwidth=0.4))


def comparison(difference=10.0, complexity=5.0, classical=10.0):
    return Comparison(difference, "rbf(gamma=1)", 20.0, {}, complexity, classical, "linear()", 0.1)


@pytest.mark.parametrize(
    ("verdict", "level", "said"),
    [
        (judge.judge_concentration(Concentration(0.3, 0.01)), "good", "pair"),
        (judge.judge_concentration(Concentration(0.3, 0.0004)), "caution", "hardly"),
        (judge.judge_concentration(Concentration(0.99, 1e-6)), "problem", "raise"),
        (judge.judge_concentration(Concentration(0.004, 1e-6, 0.004, 1e-5)), "problem", "lower"),
        (judge.judge_rank(20, 100), "good", "share"),
        (judge.judge_rank(60, 100), "caution", "lower"),
        (judge.judge_rank(95, 100), "problem", "lower"),
        (judge.judge_rank(1.2, 100), "problem", "raise"),
        (judge.judge_alignment(AlignmentTest(0.3, 0.2, 0.005, np.zeros(1))), "good", "alike"),
        (judge.judge_alignment(AlignmentTest(0.3, 0.21, 0.005, np.full(9, 0.2))), "caution", "weakly"),
        (judge.judge_alignment(AlignmentTest(0.3, 0.2, 0.2, np.zeros(1))), "problem", "shuffled"),
        (judge.judge_difference(comparison(10)), "good", "Far"),
        (judge.judge_difference(comparison(9)), "caution", "not do much worse"),
        (judge.judge_difference(comparison(2)), "caution", "about as well"),
        (judge.judge_complexity(comparison(), 100), "good", "simpler"),
        (judge.judge_complexity(comparison(complexity=9.5), 100), "caution", "linear()"),
        (judge.judge_complexity(comparison(complexity=120, classical=300), 100), "caution", "N = 100"),
        (judge.judge_shots(ShotsNeeded(500, 9000, 0.1, "pair", 1e6), 9, None), "good", "9 samples"),
        (judge.judge_shots(ShotsNeeded(20_000, 9, 0.1, "pair", 1e6), 9, None), "caution", "projected"),
        (judge.judge_shots(ShotsNeeded(9, 2e6, 0.1, "pair", 1e6), 9, None), "problem", "projected"),
        (judge.judge_shots(ShotsNeeded(9, 2e3, 0.1, "pair", 1e6), 9, 15), "problem", "has 15"),
        (judge.judge_shots(ShotsNeeded(math.inf, 1, 0.1, "pair", math.inf), 9, None), "problem", "equal"),
        (judge.judge_rbf(RBFLikeness(0.97, 1.0), 10, 100), "good", "No RBF"),
        (judge.judge_rbf(RBFLikeness(0.99, 1.0), 10, 100), "caution", "SVC"),
        (judge.judge_rbf(RBFLikeness(0.99, 1.0), 95, 100), "caution", "identity"),
        (judge.judge_gradients(GradientScan([8], np.array([1e-9]), [0], None, 9)), "problem", "vanish"),
        (judge.judge_gradients(GradientScan([8], np.array([0.1]), [0], 0.7, 9)), "caution", "barren"),
        (judge.judge_gradients(GradientScan([8], np.array([0.1]), [0], 0.6, 9)), "problem", "barren"),
    ],
)
def test_verdicts_follow_from_the_numbers(verdict, level, said):
    assert (verdict.level, said in verdict.text) == (level, True), verdict


@pytest.mark.parametrize(
    ("alignments", "level"),
    [([0.1, 0.2], "good"), ([0.22, 0.2], "good"), ([0.3, 0.2], "caution"), ([0.5, 0.2], "problem")],
)
def test_the_bandwidth_is_judged_by_what_another_would_give(alignments, level):
    from qsetu.learn.preflight import BandwidthScan

    grid, flat = np.array([0.5, 1.0]), np.ones(2)
    best = float(grid[int(np.argmax(alignments))])
    verdict = judge.judge_bandwidths(BandwidthScan(grid, flat, flat, np.array(alignments), 1.0, best))
    assert verdict.level == level
    assert "cross-validation" in verdict.text or best == 1.0
    # Of two bandwidths each is the last.
    assert ("look further" in verdict.text) == (best != 1.0)


def test_an_estimator_without_a_kernel_is_judged_by_the_one_it_would_take():
    X, y = make_moons(40, noise=0.1, random_state=0)
    found = preflight(QuantumKernelClassifier(), X, y, bandwidths=())
    assert found.title == "FidelityKernel(bandwidth=0.2)"
