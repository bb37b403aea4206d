"""The page: self-contained, complete, escaped, and not claiming more than the analysis."""

from __future__ import annotations

import itertools
import re
from html.parser import HTMLParser

import pytest
from report_samples import CARD, made_result, with_analysis

from qsetu.experiments.figures import draw_figures
from qsetu.experiments.metrics import METRICS
from qsetu.experiments.report import conclusion, render_html
from qsetu.experiments.wording import score
from qsetu.experiments.write import write_folder

RESULTS = {
    "two labels": with_analysis(
        made_result(holdout=True, held_out=24, curve=(0.25, 0.5), repeats=2, groups=30)
    ),
    "regression": made_result("regression", metrics=("rmse", "pearson")),
    "network": made_result("network"),
}
HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>&amp;{{7*7}}$\\frac{1}{0}$"


class Page(HTMLParser):
    """Tags, their attributes, and texts; complains of what is not closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts, self.rows = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)
        if self.rows and {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data.strip()

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module", params=sorted(RESULTS))
def made(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_folder(RESULTS[request.param], folder)
    return RESULTS[request.param], (folder / "report.html").read_text()


def test_nothing_is_loaded_from_outside_and_nothing_runs(made):
    _, text = made
    page = Page(text)
    for tag, attributes in page.tags:
        assert tag not in ("script", "link", "iframe", "object", "embed", "form", "base")
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href"):
            assert attributes.get(name, "#").startswith(("data:image/svg+xml;base64,", "#"))
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style and "@import" not in style


def test_links_inside_the_page_lead_somewhere(made):
    page = Page(made[1])
    anchors = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(anchors) == len(set(anchors))
    links = [attributes["href"][1:] for tag, attributes in page.tags if tag == "a"]
    assert len(links) > 8 and set(links) <= set(anchors)


def test_pictures_have_texts_and_tables_have_headers(made):
    result, text = made
    page = Page(text)
    images = [attributes["alt"] for tag, attributes in page.tags if tag == "img"]
    assert len(images) == text.count("<figcaption>") >= 3
    best = result.best("quantum")
    metric = result.metrics()[0]
    for alt in images:
        assert len(alt) > 40
    assert any(score(metric, best.summary[metric].mean) in alt for alt in images)
    tables = text.count("<table")
    assert tables > 5
    assert text.count('scope="row"') >= tables
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_every_number_of_the_main_table_is_the_records(made):
    result, text = made
    start = text.index("<caption>Scores of every model</caption>")
    rows = Page(text[start : text.index("</table>", start)]).rows[1:]
    by_title = {row[0].removesuffix("warned, see Warnings"): row for row in rows}
    assert set(by_title) == {model.title for model in result.contenders()}
    first, *others = result.metrics()
    means = []
    for model in result.contenders():
        summary, row = model.summary[first], by_title[model.title]
        means.append((rows.index(row), summary.mean))
        expected = [model.family, score(first, summary.mean)]
        expected.append(f"{score(first, summary.low)} to {score(first, summary.high)}")
        expected += [score(name, model.summary[name].mean) for name in others]
        if model.holdout:
            found = model.holdout_interval
            ends = f"{score(first, found.low)} to {score(first, found.high)}" if found else ""
            expected.append(score(first, model.holdout.scores[first]) + ends)
        assert row[1 : 1 + len(expected)] == expected
        assert ("warned" in row[0]) == bool(model.warning_count())
    inner = [METRICS[first].gain(mean) for _, mean in sorted(means)]
    assert inner == sorted(inner, reverse=True)


def test_what_came_out_stands_before_what_it_came_out_of(made):
    result, text = made
    titles = re.findall(r"<h2 [^>]*>([^<]+)</h2>", text)
    first = ["Conclusion", "Scores", "Corrected tests", "Controls", "Figures"]
    assert titles[:7] == [*first, "Data", "Models and their features"]
    shown = re.findall(r'<figure id="figure-([a-z-]+)"', text)
    scores, tests, controls, figures, data = (
        text.index(f'id="{anchor}-title"') for anchor in ("scores", "tests", "controls", "figures", "data")
    )
    table = text.index("<caption>Scores of every model</caption>")
    for stem in shown:
        place = text.index(f'id="figure-{stem}"')
        start, end = {
            "scores": (table, tests),
            "critical-difference": (table, tests),
            "controls": (controls, figures),
        }.get(stem, (figures, data))
        assert start < place < end, stem
    assert scores < table and shown[0] == "scores" and len(shown) == len(set(shown))
    held_out = text.find("<caption>Scores on the held-out part</caption>")
    assert held_out == -1 or text.index('id="figure-scores"') < held_out
    assert ("critical-difference" in shown) == (result.analysis.ranking is not None)


def test_costs_are_added_up_over_folds(made):
    result, text = made
    predictions = sum(len(split.test) for split in result.splits if split.kind == "fold")
    for model in result.contenders():
        learned = sum(f.feature_seconds + f.tune_seconds + f.fit_seconds for f in model.folds)
        assert f">{learned:.3g} s</td>" in text
        predicted = 1000 * sum(f.predict_seconds for f in model.folds) / predictions
        assert f">{predicted:.3g} s</td>" in text or f">{1000 * predicted:.2g} ms</td>" in text


def test_data_provenance_and_words_of_the_card(made):
    result, text = made
    page = Page(text).text
    for said in (
        *CARD["traps"],
        CARD["license"],
        "10.0/none",
        "DUO:0000004 (no restriction)",
        "cd" * 32,
        "ef" * 32,
    ):
        assert said in page
    for said in (
        result.identity,
        "12" * 32,
        "34" * 20,
        "qsetu run made-up --seed 1",
        "numpy==2.4.6",
        "A processor",
    ):
        assert said in page
    assert "not measured: a test" in page
    assert f"{result.dataset.num_samples} people" in page
    assert "variants" in page
    if result.task != "network":  # whose metrics are about cells
        assert "cell" not in page


def test_what_was_done_is_what_was_set():
    result = RESULTS["two labels"]
    text = Page(render_html(result, [], {})).text
    assert "4 folds in which labels have equal shares, repeated 2 times" in text
    assert "in 30 groups; no group is on both sides" in text
    assert "As the dataset suggests them, joined with copies. The 60 people" in text
    assert "2 configurations for every model and control" in text
    assert "of the second dataset more-people" in text
    assert "learn from 25 %, 50 % of each training part" in text
    assert "Nadeau and Bengio" in text and "Drummond and Holte" in text
    assert "mean 0, variance 1; then 4 principal components." in text
    plain = Page(render_html(RESULTS["regression"], [], {})).text
    assert "Drummond" not in plain and "Learning curves" not in plain and "repeated" not in plain
    assert "is alone in its group" in plain
    assert "units of the mean and standard deviation" in plain


def test_the_analysis_is_quoted_first_and_alone():
    result = RESULTS["two labels"]
    assert conclusion(result) == result.analysis.sentences
    text = Page(render_html(result, [], {})).text
    assert text.index(result.analysis.sentences[0]) < text.index("Made-up people")
    assert "No model is named winner" not in text
    for cell in ("+0.051", "-0.032 to +0.135", "0.247", "not told apart", "< 0.001", "differ"):
        assert cell in text


@pytest.mark.parametrize("name", ["regression", "network"])
def test_without_an_analysis_no_winner_is_named(name):
    result = RESULTS[name]
    told = " ".join(conclusion(result))
    assert "No model is named winner" in told
    metric = METRICS[result.metrics()[0]]
    assert ("lowest mean" in told) == (not metric.higher_is_better)
    for family in ("quantum", "classical"):
        best = result.best(family)
        assert f"{score(metric.name, best.summary[metric.name].mean)} ({best.title}" in told
    page = Page(render_html(result, [], {})).text
    for word in ("outperform", "superior", "significantly", "proves", "beats"):
        assert word not in told and word not in page


def test_one_family_alone_is_not_compared():
    result = RESULTS["regression"]
    only = result.model_copy(update={"models": [one for one in result.models if one.family == "quantum"]})
    assert conclusion(only) == ["Only one family of models was run, so there is nothing to compare."]


def test_hostile_texts_are_escaped(tmp_path):
    card = {key: [HOSTILE] if isinstance(value, list) else HOSTILE for key, value in CARD.items()}
    result = with_analysis(made_result(labels=(HOSTILE, "well"), title=HOSTILE, card=card))
    models = [model.model_copy(update={"title": f"{HOSTILE} {model.name}"}) for model in result.models]
    analysis = result.analysis.model_copy(update={"sentences": [HOSTILE]})
    provenance = result.provenance.model_copy(update={"command": HOSTILE, "energy_note": HOSTILE})
    changed = {"models": models, "analysis": analysis, "provenance": provenance, "question": HOSTILE}
    result = result.model_copy(update=changed)
    write_folder(result, tmp_path)
    text = (tmp_path / "report.html").read_text()
    page = Page(text)
    assert text.count(HOSTILE) == 0
    assert page.text.count("<script>alert('x')</script>\"><img src=x onerror=alert(1)>&amp;{{7*7}}") > 20
    assert all("onerror" not in attributes for _, attributes in page.tags)
    assert "<script" not in (tmp_path / "figures" / "scores.svg").read_text()


def test_a_result_without_a_card_still_reports(tmp_path):
    result = made_result(card=None)
    text = Page(render_html(result, [], {})).text
    assert "come without a card" in text
    assert "60 samples" in text


def test_guessing_and_the_ceiling_are_told():
    result = made_result(metrics=("balanced_accuracy", "accuracy", "mcc"))
    dataset = result.dataset.model_copy(update={"ceiling": {"accuracy": 0.9123}})
    text = Page(render_html(result.model_copy(update={"dataset": dataset}), [], {})).text
    assert "Guessing reaches: balanced accuracy 0.500, Matthews correlation 0.000." in text
    assert "The best possible classifier of these data reaches: accuracy 0.912." in text
    assert "best possible" not in Page(render_html(result, [], {})).text


def test_controls_are_told_with_their_difference():
    result = RESULTS["two labels"]
    page = Page(render_html(result, [], {}))
    rows = {row[0]: row for row in page.rows if row}
    metric = "balanced_accuracy"
    for words, name in (("without entanglement", "deentangled"), ("labels permuted", "permutation")):
        control = result.control("fidelity-kernel-svm", name)
        gap = result.model("fidelity-kernel-svm").summary[metric].mean - control.summary[metric].mean
        assert rows[words][1] == score(metric, control.summary[metric].mean)
        assert rows[words][3] == f"{gap:+.3f}"
        assert rows[words][4] == ("< 0.001" if name == "deentangled" else "–")


def test_the_budget_says_what_was_chosen_and_how_often():
    result = RESULTS["two labels"]
    page = Page(render_html(result, [], {}))
    model = result.model("elastic-net")
    (row,) = [row for row in page.rows if row[0] == model.title and "C = " in row[-1]]
    assert row[1:3] == ["2", str(model.fits)]
    for value in (1.0, 10.0):
        times = sum(fold.configuration == {"C": value} for fold in model.folds)
        scores = [
            one.score for fold in model.folds for one in fold.tried if one.configuration == {"C": value}
        ]
        assert times
        assert f"C = {value} ({times} of {len(model.folds)}, {sum(scores) / len(scores):.3f})" in row[3]
    folds = [fold.model_copy(update={"configuration": {"C": 10.0}}) for fold in model.folds]
    alone = result.model_copy(update={"models": [model.model_copy(update={"folds": folds})]})
    (row,) = [row for row in Page(render_html(alone, [], {})).rows if "C = " in row[-1]]
    assert "C = 10.0 (8 of 8" in row[3] and "C = 1.0 " not in row[3]


def test_of_many_tests_those_that_differ_are_never_left_out():
    result = RESULTS["two labels"]
    one = result.analysis.comparisons[0]
    many = [
        one.model_copy(update={"b": f"model {i}", "p": 0.9 - i / 100, "significant": i < 3})
        for i in range(50)
    ]

    def page_of(comparisons):
        analysis = result.analysis.model_copy(update={"comparisons": comparisons})
        return Page(render_html(result.model_copy(update={"analysis": analysis}), [], {}))

    page = page_of(many)
    shown = [row[0].removeprefix("Fidelity kernel SVM – ") for row in page.rows if "– model " in row[0]]
    assert shown == ["model 2", "model 1", "model 0", *(f"model {i}" for i in range(49, 32, -1))]
    assert "the 20 of 50 pairs with the smallest p" in page.text
    page = page_of(many[:20])
    assert sum("– model " in row[0] for row in page.rows) == 20
    assert "pairs with the smallest p" not in page.text
    page = page_of([other.model_copy(update={"significant": True}) for other in many])
    assert sum("– model " in row[0] for row in page.rows) == 50


def test_energy_and_machines_are_told():
    result = RESULTS["network"]
    second = {**result.provenance.environments[0], "cpu": "Another processor"}
    changes = {
        "energy_joules": 7200.4,
        "energy_note": "measured: a package",
        "gpu_seconds": 12.5,
        "git_modified": True,
    }
    changes["environments"] = [*result.provenance.environments, second]
    provenance = result.provenance.model_copy(update=changes)
    text = Page(render_html(result.model_copy(update={"provenance": provenance}), [], {})).text
    for said in (
        "7,200 J (0.002 kWh); measured: a package",
        "12.5 s, quantum models",
        "with uncommitted changes",
    ):
        assert said in text
    assert "Machine 2 of 2" in text and "Another processor" in text
    assert "2 for each worker, OMP_NUM_THREADS=1" in text
    bare = result.provenance.model_copy(
        update={"environments": [], "command": "", "git_commit": None, "threads": {}}
    )
    text = Page(render_html(result.model_copy(update={"provenance": bare}), [], {})).text
    assert "size default, seed 1" in text and "an installed package" in text and "pip install" not in text


def test_a_folder_holds_everything(tmp_path):
    write_folder(RESULTS["two labels"], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "figures",
        "report.html",
        "report.md",
        "result.json",
    ]
    stems = {file.stem for file in draw_figures(RESULTS["two labels"], tmp_path / "figures")}
    names = {path.name for path in (tmp_path / "figures").iterdir()}
    assert names == {f"{stem}{ending}" for stem in stems for ending in (".png", ".svg")}
