"""Figures: which there are, that they follow the numbers, that their texts hold them."""

from __future__ import annotations

import hashlib
import re

import matplotlib as mpl
import pytest
from report_samples import made_result, with_analysis

from qsetu.documents.figures import STYLE
from qsetu.experiments.error_rates import Rates, rates
from qsetu.experiments.figures import (
    confusion,
    controls,
    cost_curves,
    decision_cost,
    draw_figures,
    learning,
    network,
    ranking,
    regression,
    scores,
    spectrum,
)
from qsetu.experiments.figures.decision_cost import _frontier
from qsetu.experiments.reading import seconds_per_thousand, with_controls
from qsetu.experiments.wording import duration, score

TWO = made_result(holdout=True, curve=(0.25, 0.5), groups=30)
REGRESSION = made_result("regression", repeats=2)
NETWORK = made_result("network")
EXPECTED = {
    "two": (TWO, "scores controls learning-curve confusion-quantum confusion-classical kernel-spectrum"),
    "three": (made_result(labels=("a", "b", "c")), "scores controls confusion-quantum confusion-classical"),
    "regression": (REGRESSION, "scores controls predicted-measured decision-cost"),
    "network": (NETWORK, "scores network-edges decision-cost"),
}


def digests(result, folder):
    folder.mkdir()
    found = {}
    for file in draw_figures(result, folder):
        svg = (folder / f"{file.stem}.svg").read_bytes()
        assert (folder / f"{file.stem}.png").read_bytes().startswith(b"\x89PNG")
        found[file.stem] = hashlib.sha256(svg).hexdigest()
    return found


def axes_of(drawing):
    with mpl.rc_context(STYLE):
        return drawing.draw().axes


def texts(axes):
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_result_has_the_figures_it_has_numbers_for(name):
    result, stems = EXPECTED[name]
    modules = (
        scores,
        controls,
        learning,
        confusion,
        regression,
        network,
        spectrum,
        decision_cost,
        cost_curves,
    )
    found = [drawing.file.stem for module in modules for drawing in module.drawings(result)]
    assert len(found) == len(set(found))
    assert set(stems.split()) <= set(found)
    assert ("cost-curves" in found) == (name == "two")
    assert ("learning-curve" in found) == (name == "two")
    assert ("predicted-measured" in found) == (name == "regression")
    assert ("network-edges" in found) == (name == "network")


def test_equal_results_give_equal_figures_and_other_numbers_other_ones(tmp_path):
    before = dict(mpl.rcParams)
    first = digests(TWO, tmp_path / "a")
    assert digests(TWO, tmp_path / "b") == first
    other = made_result(holdout=True, curve=(0.25, 0.5), groups=30, seed=2)
    second = digests(other.model_copy(update={"diagnoses": _steeper(other)}), tmp_path / "c")
    assert set(first) == set(second)
    assert all(first[stem] != second[stem] for stem in first)
    assert dict(mpl.rcParams) == before


def _steeper(result):
    return [one.model_copy(update={"spectrum": [0.9, 0.1]}) for one in result.diagnoses]


def test_scores_show_every_model_with_its_controls_beneath(tmp_path):
    (drawing,) = scores.drawings(TWO)
    (axes,) = axes_of(drawing)
    labels = [label.get_text().split("\n")[0] for label in axes.get_yticklabels()]
    assert labels[labels.index("Fidelity kernel SVM") :][1:4] == [
        "without entanglement",
        "labels permuted",
        "RBF kernel SVM on parts",
    ]
    for model, _ in with_controls(TWO):
        mean = score("balanced_accuracy", model.summary["balanced_accuracy"].mean)
        assert mean in texts(axes)
        assert mean in drawing.file.description
        assert (
            score("balanced_accuracy", model.holdout.scores["balanced_accuracy"]) in drawing.file.description
        )
    assert "guessing" in texts(axes)
    crosses = [line for line in axes.lines if line.get_gid() == "holdout"]
    assert [line.get_xdata()[0] for line in crosses] == [
        model.holdout.scores["balanced_accuracy"] for model, _ in with_controls(TWO)
    ]
    assert "n = 60 people" in drawing.file.caption and "4 outer folds" in drawing.file.caption


def test_a_ceiling_is_drawn_where_it_is_known():
    known = TWO.dataset.model_copy(update={"ceiling": {"balanced_accuracy": 0.87}})
    (drawing,) = scores.drawings(TWO.model_copy(update={"dataset": known}))
    (axes,) = axes_of(drawing)
    (line,) = [line for line in axes.lines if line.get_gid() == "best possible"]
    assert list(line.get_xdata()) == [0.87, 0.87]
    assert "best possible: 0.870" in drawing.file.description
    (guess,) = [line for line in axes.lines if line.get_gid() == "guessing"]
    assert list(guess.get_xdata()) == [0.5, 0.5]
    (plain,) = axes_of(scores.drawings(TWO)[0])
    assert not [line for line in plain.lines if line.get_gid() == "best possible"]


def test_controls_pair_folds_but_not_with_permuted_labels():
    (drawing,) = controls.drawings(TWO)
    (axes,) = axes_of(drawing)
    names = [label.get_text().replace("\n", " ") for label in axes.get_xticklabels()]
    assert names == ["itself", "not entangled", "RBF kernel", "labels permuted"]
    paired = [line for line in axes.lines if list(line.get_xdata()) == [0, 1, 2]]
    models = [TWO.model(f"fidelity-kernel-svm{end}") for end in ("", "+deentangled", "+rbf")]
    folds = [[model.folds[fold].scores["balanced_accuracy"] for model in models] for fold in range(4)]
    assert [list(line.get_ydata()) for line in paired] == folds


def test_an_rbf_kernel_of_the_file_stands_beside_quantum_models():
    (drawing,) = controls.drawings(REGRESSION)
    assert "RBF kernel, same features" in drawing.file.description
    models = [
        model.model_copy(update={"features": "others"}) if model.model == "rbf-ridge" else model
        for model in REGRESSION.models
    ]
    assert controls.drawings(REGRESSION.model_copy(update={"models": models})) == []


def test_spectra_leave_zeros_out_and_are_logarithmic():
    (axes,) = axes_of(spectrum.drawings(TWO)[0])
    quantum, rbf = axes.lines
    assert axes.get_yscale() == "log"
    assert list(quantum.get_ydata()) == [0.5, 0.25, 0.125]
    assert list(rbf.get_ydata()) == [0.4, 0.3, 0.2, 0.1]
    assert "largest 50.0 %" in spectrum.drawings(TWO)[0].file.description


def test_confusion_shows_shares_of_each_true_label():
    drawing = confusion.drawings(TWO)[0]
    best = TWO.best("quantum")
    (axes,) = axes_of(drawing)
    counts = best.confusion
    expected = {
        (j, i): 100 * counts[i][j] / sum(counts[i]) for i in range(2) for j in range(2) if counts[i][j]
    }
    shown = {text.get_position(): float(text.get_text()) for text in axes.texts}
    assert shown == pytest.approx(expected, abs=0.5)
    for i, label in enumerate(TWO.dataset.labels):
        assert f"{label} ({sum(counts[i])})" in drawing.file.description
        assert f"{counts[i][i]} as {label}" in drawing.file.description


def test_learning_curves_end_at_the_full_training_part():
    (drawing,) = learning.drawings(TWO)
    (axes,) = axes_of(drawing)
    model = TWO.best("quantum")
    curve = learning._curve(TWO, model)
    folds = [split for split in TWO.splits if split.kind == "fold"]
    assert curve.samples[-1] == sum(split.num_train for split in folds) / 4
    assert curve.means[-1] == pytest.approx(model.summary["balanced_accuracy"].mean)
    assert len(curve.samples) == 3
    assert (
        f"{score('balanced_accuracy', curve.means[-1])} from {curve.samples[-1]:.0f}"
        in drawing.file.description
    )
    drawn = [container.lines[0] for container in axes.containers]
    assert sorted(list(line.get_ydata()) for line in drawn)[0] in [
        curve.means,
        learning._curve(TWO, TWO.model("elastic-net")).means,
    ]
    shorter = [model.folds[0].model_copy(update={"curve": model.folds[0].curve[1:]}), *model.folds[1:]]
    assert len(learning._curve(TWO, model.model_copy(update={"folds": shorter})).samples) == 2


def test_decision_costs_are_those_of_the_record():
    (drawing,) = decision_cost.drawings(TWO)
    left, right = axes_of(drawing)
    for model in TWO.contenders():
        learned = sum(f.feature_seconds + f.tune_seconds + f.fit_seconds for f in model.folds)
        predicted = 1000 * sum(f.predict_seconds for f in model.folds) / 50
        assert seconds_per_thousand(TWO, model) == pytest.approx(predicted)
        assert f"{duration(learned)} to learn, {duration(predicted)} for 1,000" in drawing.file.description
        mean = model.summary["balanced_accuracy"].mean
        for axes, cost in ((left, learned), (right, predicted)):
            assert axes.get_xscale() == "log"
            points = [
                (line.get_xdata()[0], line.get_ydata()[0])
                for line in axes.lines
                if len(line.get_xdata()) == 1
            ]
            assert any(point == pytest.approx((cost, mean)) for point in points)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(1, 0.5), (2, 0.6), (3, 0.55)], [0, 1]),
        ([(2, 0.5), (1, 0.5)], [1]),
        ([(1, 0.4), (1, 0.5)], [1]),
        ([(3, 0.9), (2, 0.1), (1, 0.0)], [2, 1, 0]),
    ],
)
def test_the_frontier_leaves_out_what_is_dearer_and_no_better(points, expected):
    assert _frontier(points) == expected


def test_cost_curves_by_hand():
    """Of 10 ill 2 are taken for well, of 40 well 10 for ill."""
    model = TWO.models[0].model_copy(update={"confusion": [[8, 2], [10, 30]]})
    found = rates(model)
    assert found == Rates(false_positive=0.2, false_negative=0.25)
    assert found.cost(0) == 0.2 and found.cost(1) == 0.25
    # p(+) = 0.8 and errors that cost the same: the error rate, 12 of 50.
    assert found.cost(0.8) == pytest.approx(12 / 50)
    assert rates(model.model_copy(update={"confusion": [[8, 2], [0, 0]]})) is None
    assert rates(model.model_copy(update={"confusion": None})) is None
    assert rates(made_result(labels=("a", "b", "c")).models[0]) is None


def test_cost_curves_stand_among_the_trivial_ones():
    (drawing,) = cost_curves.drawings(TWO)
    (axes,) = axes_of(drawing)
    lines = {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines}
    # Always "ill" costs nothing where missing "well" weighs nothing, everything where it is all.
    assert lines["always ill"] == ([0, 1], [0, 1])
    assert lines["always well"] == ([0, 1], [1, 0])
    for model in TWO.contenders():
        (false_positive, false_negative) = (
            model.confusion[0][1] / sum(model.confusion[0]),
            model.confusion[1][0] / sum(model.confusion[1]),
        )
        assert lines[f"{model.title} ({model.family})"] == ([0, 1], [false_positive, false_negative])
        assert f"{100 * false_positive:.1f} % of ill taken for well" in drawing.file.description


def test_regression_pools_repeats():
    (drawing,) = regression.drawings(REGRESSION)
    left, _ = axes_of(drawing)
    dots = left.lines[0]
    true = REGRESSION.dataset.true
    model, sums = REGRESSION.best("quantum"), [0.0] * len(true)
    for split, fold in zip(REGRESSION.splits, model.folds, strict=True):
        for place, value in zip(split.test, fold.predicted, strict=True):
            sums[place] += value / 2
    assert list(dots.get_xdata()) == true
    assert list(dots.get_ydata()) == pytest.approx(sums)
    assert "60 points" in drawing.file.description and "height" in drawing.file.caption


def test_edges_are_means_over_folds():
    (drawing,) = network.drawings(NETWORK)
    model = NETWORK.models[0]
    images = [axes.images[0] for axes in axes_of(drawing) if axes.images]
    assert len(images) == 2
    expected = sum(fold.edges[1][3] for fold in model.folds) / len(model.folds)
    place = [m.title for m, _ in with_controls(NETWORK)].index(model.title)
    assert images[place].get_array()[1][3] == pytest.approx(expected)
    strongest = re.search(rf"{model.title}: (\d) to (\d) (-?[\d.]+)", drawing.file.description)
    row, column, value = int(strongest[1]) - 1, int(strongest[2]) - 1, float(strongest[3])
    mean = sum(fold.edges[row][column] for fold in model.folds) / len(model.folds)
    assert value == pytest.approx(mean, rel=5e-3)


def test_no_ranking_no_diagram():
    assert ranking.drawings(TWO) == []


def test_a_ranking_is_told_by_position():
    pytest.importorskip("qsetu.experiments.critical_difference")
    (drawing,) = ranking.drawings(with_analysis(TWO))
    (axes,) = axes_of(drawing)
    assert any("1.25" in text for text in texts(axes))
    assert (
        "Mean ranks: Fidelity kernel SVM 1.25, RBF kernel SVM on parts 2.25, Elastic net 2.50"
        in drawing.file.description
    )


def test_long_titles_are_cut_in_figures_only():
    long = "A very long name of a label that nobody would ever give to anything"
    result = made_result(labels=(long, "b", "c"))
    drawing = confusion.drawings(result)[0]
    (axes,) = axes_of(drawing)
    assert all(len(label.get_text()) < 48 for label in axes.get_yticklabels())
    assert long in drawing.file.description
