"""The report: self-contained, complete, and not claiming more than its numbers."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from qsetu.experiments.verdict import verdict
from qsetu.experiments.write import write_folder


@pytest.fixture(scope="module")
def page(tmp_path_factory, result):
    folder = tmp_path_factory.mktemp("report")
    write_folder(result, folder)
    return (folder / "report.html").read_text()


def test_nothing_is_loaded_from_outside(page):
    loads = re.findall(r"""(?:src|href)\s*=\s*["']([^"']+)|url\(([^)]+)|@import""", page)
    places = [a or b for a, b in loads]
    assert places
    assert all(place.startswith(("data:", "#")) for place in places)
    assert "<script" not in page and "<link" not in page


def test_every_tag_is_closed(page):
    open_tags = []

    class Checker(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag not in {"meta", "img", "br"}:
                open_tags.append(tag)

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag

    Checker().feed(page)
    assert open_tags == []


def test_every_score_and_trap_is_in_it(page, result):
    for model in result.models:
        assert model.title in page
        for summary in model.summary.values():
            assert f"{summary.mean:.3f}" in page
    for trap in result.dataset.card["traps"]:
        assert trap.split(",")[0].split("'")[0] in page
    assert result.dataset.file_sha256 in page
    assert result.identity in page


def test_text_from_files_is_escaped(result, tmp_path):
    folder = tmp_path / "r"
    folder.mkdir()
    write_folder(result.model_copy(update={"title": "<script>alert(1)</script>"}), folder)
    assert "<script>" not in (folder / "report.html").read_text()


def _with_means(result, quantum, classical):
    models = []
    for model in result.models:
        low, mean, high = quantum if model.family == "quantum" else classical
        summary = {
            k: s.model_copy(update={"mean": mean, "low": low, "high": high}) for k, s in model.summary.items()
        }
        models.append(model.model_copy(update={"summary": summary}))
    return result.model_copy(update={"models": models})


def test_verdict_says_overlap_only_when_intervals_do_and_names_no_winner(result):
    touching = verdict(_with_means(result, (0.5, 0.6, 0.7), (0.65, 0.75, 0.85)))
    apart = verdict(_with_means(result, (0.5, 0.55, 0.6), (0.65, 0.75, 0.85)))
    assert "0.650 to 0.850, overlap." in touching
    assert "do not overlap" in apart
    for text in (touching, apart):
        assert "No model is named winner" in text
        assert not re.search(r"better|outperform|significant|advantage|beats", text)


def test_one_family_alone_is_not_compared(result):
    only = result.model_copy(update={"models": [m for m in result.models if m.family == "quantum"]})
    assert "nothing to compare" in verdict(only)
