"""The diagram says what the ranking says, and its labels can be read."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from qsetu.core.errors import ArgumentError
from qsetu.experiments.critical_difference import draw_critical_difference
from qsetu.experiments.statistics import Ranking, nemenyi

TITLES = [f"Model {'of a long name ' * (i % 3)}{i}" for i in range(15)]


def ranking_of(models: int, spread: float = 3.0) -> Ranking:
    random = np.random.default_rng([models, int(spread)])
    return nemenyi(random.normal(size=(20, models)) + spread * random.permutation(models) / models)


def drawn(ranking: Ranking, size=(8.0, 4.0), **options):
    figure = Figure(figsize=size)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    draw_critical_difference(axes, ranking, TITLES[: len(ranking.mean_ranks)], **options)
    figure.canvas.draw()
    return axes


SIZES = [(8.0, 4.0), (5.0, 2.0), (12.0, 3.0)]
CASES = [(models, SIZES[models % 3], 3.0) for models in range(2, 16)]
CASES += [(models, size, 0.0) for models in (2, 3, 15) for size in SIZES]


@pytest.mark.parametrize(("models", "size", "spread"), CASES, ids=str)
def test_texts_do_not_overlap_and_stay_inside(models, size, spread):
    axes = drawn(ranking_of(models, spread), size)
    boxes = [(text.get_text(), text.get_window_extent()) for text in axes.texts]
    assert len(boxes) > models
    for (one, a), (other, b) in combinations(boxes, 2):
        assert not a.overlaps(b), (one, other)
    for text, box in boxes:
        assert box.x0 >= axes.bbox.x0 - 1 and box.x1 <= axes.bbox.x1 + 1, text
        assert box.y0 >= axes.bbox.y0 - 1 and box.y1 <= axes.bbox.y1 + 1, text


@pytest.mark.parametrize("size", [(12.0, 1.2), (1.6, 4.0)], ids=["flat", "narrow"])
def test_texts_do_not_overlap_in_odd_places_with_short_titles(size, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "TITLES", list("abcdefghijklmno"))
    boxes = [text.get_window_extent() for text in drawn(ranking_of(15), size).texts]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


@pytest.mark.parametrize("models", [2, 3, 8, 14, 15])
def test_leaders_stand_at_the_mean_ranks_and_end_at_their_labels(models):
    ranking = ranking_of(models)
    axes = drawn(ranking)
    leaders = [line for line in axes.lines if line.get_gid() == "leader"]
    labels = {text.get_text(): text for text in axes.texts}
    assert len(leaders) == models
    found = {}
    for line in leaders:
        (x, _, edge), (_, height, same) = line.get_data()
        assert edge in (1, models) and height == same
        found[(round(float(x), 9), edge, float(height))] = line
    for place, model in enumerate(ranking.order):
        rank = ranking.mean_ranks[model]
        label = labels[f"{TITLES[model]}  {rank:.2f}"]
        edge = 1 if place < -(-models // 2) else models
        assert (round(rank, 9), edge, float(label.xy[1])) in found
        assert label.xy[0] == edge and label.get_ha() == ("right" if edge == 1 else "left")


def test_no_leader_crosses_another():
    axes = drawn(ranking_of(14))
    lines = [line.get_data() for line in axes.lines if line.get_gid() == "leader"]
    for (xs, ys), (others, heights) in combinations(lines, 2):
        for (x, _, edge), (_, height, _), (rank, _, _), (_, low, _) in (
            (xs, ys, others, heights),
            (others, heights, xs, ys),
        ):
            across = min(x, edge) < rank < max(x, edge)
            assert not (across and height < low), "a vertical line passes through a horizontal one"


@pytest.mark.parametrize("models", [2, 3, 8, 14])
@pytest.mark.parametrize("spread", [0.0, 3.0, 9.0])
def test_bars_join_the_groups(models, spread):
    ranking = ranking_of(models, spread)
    bars = [line.get_data() for line in drawn(ranking).lines if line.get_gid() == "group"]
    ends = [(ranking.mean_ranks[g[0]], ranking.mean_ranks[g[-1]]) for g in ranking.groups]
    assert len(bars) == len(ends)
    for (xs, _), (low, high) in zip(bars, ends, strict=True):
        assert xs[0] == pytest.approx(low, abs=0.05) and xs[1] == pytest.approx(high, abs=0.05)
    for ((a, b), (y, _)), ((c, d), (z, _)) in combinations(bars, 2):
        assert y != z or b < c or d < a, "two bars touch"


def test_the_ruler_is_as_long_as_the_critical_difference():
    ranking = ranking_of(8)
    axes = drawn(ranking)
    (ruler,) = [line for line in axes.lines if line.get_gid() == "critical difference"]
    assert np.ptp(ruler.get_xdata()) == pytest.approx(ranking.critical_difference)
    text = f"critical difference {ranking.critical_difference:.2f} at 5 %"
    assert text in [t.get_text() for t in axes.texts]


def test_a_ruler_longer_than_the_axis_is_cut():
    ranking = nemenyi([[0.9, 0.8, 0.7], [0.8, 0.9, 0.7]])
    assert ranking.critical_difference > 2
    lines = drawn(ranking).lines
    (ruler,) = [line for line in lines if line.get_gid() == "critical difference"]
    assert ruler.get_xdata()[1] == 3
    # No mark says that it ends there.
    height = ruler.get_ydata()[0]
    marks = [line for line in lines if min(line.get_ydata()) < height < max(line.get_ydata())]
    assert [mark.get_xdata()[0] for mark in marks] == [1]


def test_colors_are_given_to_line_and_label():
    ranking = ranking_of(3)
    axes = drawn(ranking, colors=["#ff0000", "#00ff00", "#0000ff"])
    for model, color in enumerate(["#ff0000", "#00ff00", "#0000ff"]):
        (label,) = [t for t in axes.texts if t.get_text().startswith(TITLES[model])]
        assert label.get_color() == color
    assert {line.get_color() for line in axes.lines if line.get_gid() == "leader"} == {
        "#ff0000",
        "#00ff00",
        "#0000ff",
    }


def test_bad_input_is_refused_by_name():
    axes = Figure().add_subplot()
    with pytest.raises(ArgumentError, match="'titles'"):
        draw_critical_difference(axes, ranking_of(3), ["a", "b"])
    with pytest.raises(ArgumentError, match="'colors'"):
        draw_critical_difference(axes, ranking_of(3), ["a", "b", "c"], ["red"])


def test_no_global_state_of_matplotlib():
    before = dict(mpl.rcParams)
    drawn(ranking_of(5))
    assert dict(mpl.rcParams) == before
    code = "import sys, qsetu.experiments.critical_difference; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
