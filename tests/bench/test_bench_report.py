"""The page and the summary of a run: complete, harmless, and no bolder than the intervals."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from race_samples import raced_case, run_of, timed_case
from typer.testing import CliRunner

from qsetu.bench import write_record
from qsetu.bench.figures import drawings
from qsetu.bench.gate import compare_runs
from qsetu.bench.raced import family, libraries, outcomes, quickest
from qsetu.bench.records import (
    FailureRecord,
    FindingRecord,
    GoalRecord,
    LimitsRecord,
    NoiseRecord,
    SharesRecord,
)
from qsetu.bench.report import render_html, render_summary
from qsetu.bench.report.verdict import counts, verdict, warnings
from qsetu.cli.main import app

HOSTILE = "<script>alert(1)</script>|`*x*`\x1b[31m$\\frac{1}{0}$"
FASTER, SLOWER, OPEN = [1.0, 1.1, 0.9], [9.0, 9.1, 8.9], [1.2, 9.0, 0.1]


def wide(family: str, qubits: int, **more):
    times = {"qsetu": FASTER, "qsim (fusion 2)": [4.0, 4.4, 3.6], "qsim (fusion 3)": [3.0, 3.3, 2.7]}
    times |= more.pop("times", {})
    return raced_case(f"circuits/{family}/{qubits}", times, facts={"qubits": qubits}, **more)


def sample(**changes):
    cases = [
        wide("qft", 8, goal=2.0, shares=SharesRecord(bandwidth=0.25)),
        wide("qft", 10, goal=4.0, new=[2.0, 2.2, 1.8], dropped={"Aer": 31.0}),
        wide("ghz", 8, times={"qsetu": SLOWER}, reference=[2.0, 3.0, 4.0], note="the first 9 of 12 gates"),
        raced_case("gram/zz", {"qsetu": FASTER, "Kernel.x": [2.0, 2.2, 1.8]}),
        raced_case("alone", {"qsetu": FASTER}),
    ]
    fields = {
        "failures": [
            FailureRecord(case="circuits/ghz/8", who="Aer", kind="wrong answer", reason="off by 0.5"),
            FailureRecord(case="circuits/qft/8", who="kernel_x", kind="error", reason="ValueError: no"),
        ],
        "goals": [
            GoalRecord(goal="never slower", found="least 0.3", reached=False),
            GoalRecord(goal="memory", found="1 MiB", reached=True),
        ],
        "left_out": ["Lightning: not installed"],
        "limits": LimitsRecord(copy_bytes=2e10, product_flops=5e10),
        "noise": NoiseRecord(noisy=True, reasons=["others used 62%"], stolen=0.013),
        "machine": {"cpu": "A chip", "packages": {"numpy": "2.4"}, "caches": {"L2": "1M"}, "governor": None},
        "command": "qsetu bench run --suite ci",
        "git_commit": "0123456789abcdef",
    }
    return run_of(cases, **{**fields, **changes})


class Page(HTMLParser):
    """Tags, texts by tag, rows of tables."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.rows, self.text = [], [], ""
        self._cell = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag):
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data):
        self.text += data
        if self._cell:
            self.rows[-1][-1] = " ".join((self.rows[-1][-1] + " " + data).split())


@pytest.fixture(scope="module")
def page():
    return Page(render_html(sample()))


def test_the_page_loads_nothing_and_runs_nothing(page):
    for tag, attributes in page.tags:
        assert tag not in ("script", "link", "iframe", "object", "embed", "form", "base")
        for name in ("src", "href"):
            assert attributes.get(name, "#").startswith(("data:image/svg+xml;base64,", "#"))


def test_what_came_out_stands_before_what_it_came_out_of(page):
    titles = [attributes["id"] for tag, attributes in page.tags if tag == "section"]
    expected = ["verdict", "means", "figures", "cases", "failures", "noise", "machine", "repeat", "method"]
    assert titles == expected
    compared = Page(render_html(sample(), compare_runs(sample(), sample())))
    assert [a["id"] for tag, a in compared.tags if tag == "section"] == ["comparison", *expected]


def test_every_library_of_a_case_is_in_the_table_with_its_numbers(page):
    rows = {row[0]: row for row in reversed(page.rows)}
    assert rows["circuits/qft/8"][1:4] == ["1 s", "100 ms", "3 (3 to 3) to qsim (fusion 3)"]
    assert rows["circuits/qft/10"][3] == "1.5 (1.5 to 1.5) to qsim (fusion 3), 4 asked"
    assert rows["circuits/qft/10"][4:6] == ["10 s", "1.0 MiB"]
    assert rows["qsetu (never seen before)"][1] == "2 s"
    aer = [row for row in page.rows if row[0] == "Aer"]
    assert [row[3] for row in aer] == ["dropped: 31 times the best", "wrong"]
    assert "qsim (fusion 3)" in rows and "qsim (fusion 2)" not in rows
    assert rows["circuits"][1:3] == ["3", "1.14"] and rows["all"][1:3] == ["4", "1.32"]


def test_failures_noise_versions_and_the_command_are_told(page):
    for words in (
        "off by 0.5",
        "Lightning: not installed",
        "the first 9 of 12 gates",
        "others used 62%",
        "20 GB/s",
        "numpy 2.4",
        "A chip",
        "L2 1M",
        "qsetu bench run --suite ci",
        "0123456789abcdef",
        "never slower",
    ):
        assert words in page.text, words


def test_what_follows_is_told_by_subject_with_how_it_was_come_by():
    law = "least squares on logarithms"
    findings = [
        FindingRecord(about="exponents", what="qft", found="1.02 <a qubit>", value=1.02, how=law),
        FindingRecord(about="memory", what="24 qubits", found="1.5 states", how=""),
        FindingRecord(about="exponents", what="ghz", found="0.97", value=0.97, how=law),
    ]
    page = render_html(sample(findings=findings))
    told = page[page.index('id="findings"') :]
    assert told.index("Exponents") < told.index("1.02") < told.index("0.97") < told.index("1.5 states")
    assert told.count("Least squares on logarithms.") == 1
    assert "1.02 &lt;a qubit&gt;" in told
    assert "What follows" not in render_html(sample())


def test_figures_come_with_their_numbers_as_text():
    record = sample()
    files = {one.file.stem: one.file.description for one in drawings(record)}
    assert list(files) == ["speed-up", "times", "limits", "rounds"]
    assert "circuits/qft/8: qsim (fusion 3) 3.0, Kernel.x failed." in files["speed-up"]
    assert "circuits/qft/10: qsim (fusion 3) 1.5, Aer dropped." in files["speed-up"]
    assert "circuits/ghz/8: qsim (fusion 3) 0.33, Aer wrong." in files["speed-up"]
    assert files["times"].startswith("circuits/qft: 8 qubits: qsetu 1 s, qsim (fusion 3) 3 s; 10 ")
    assert "ghz" not in files["times"]
    assert files["limits"] == "circuits/qft/8: 25% of bandwidth."
    assert "circuits/ghz/8: fixed work 33%" in files["rounds"] and "qft" not in files["rounds"]


def test_what_has_no_numbers_has_no_figure_and_the_page_says_so():
    record = run_of([timed_case("a", [[1.0, 1.0]], [[2.0, 2.0]])])
    assert drawings(record) == []
    text = Page(render_html(record)).text
    assert "so there is no figure of that" in text and "none races against another library" in text
    assert "No case was timed" in Page(render_html(run_of([]))).text
    assert "so there is no figure of that" not in Page(render_html(sample())).text


def test_a_roofline_needs_both_shares():
    shares = SharesRecord(bandwidth=0.5, arithmetic=0.1)
    both = sample(cases=[wide("qft", 8, shares=shares)])
    files = {one.file.stem: one.file.description for one in drawings(both)}
    assert files["roofline"] == "1: circuits/qft/8, 0.5 operations a byte, 5 GFlop/s."
    assert "roofline" not in {one.file.stem for one in drawings(both.model_copy(update={"limits": None}))}


def test_many_cases_are_cut_into_figures_that_fit_on_a_page():
    cases = [wide(f"f{number}", qubits) for number in range(20) for qubits in (8, 10)]
    stems = [one.file.stem for one in drawings(run_of(cases))]
    assert stems == ["speed-up-1", "speed-up-2", "times-1", "times-2"]


def test_hostile_names_are_harmless_in_the_page_its_images_and_the_summary():
    names = {"title": HOSTILE, "group": HOSTILE, "note": HOSTILE}
    cases = [
        raced_case(f"{HOSTILE}/{q}", {"qsetu": FASTER, HOSTILE: SLOWER}, facts={"qubits": q}, **names)
        for q in (8, 10)
    ]
    told = FailureRecord(case=HOSTILE, who=HOSTILE, kind="error", reason=HOSTILE)
    record = sample(
        cases=[*cases, raced_case("slow", {"qsetu": SLOWER, HOSTILE: FASTER}, goal=2.0, **names)],
        failures=[told],
        left_out=[HOSTILE],
        command=HOSTILE,
        machine={HOSTILE: HOSTILE, "cpu": HOSTILE},
        title=HOSTILE,
        suite=HOSTILE,
    )
    text = render_html(record, compare_runs(record, record))
    page = Page(text)
    assert "script" not in {tag for tag, _ in page.tags} and "<script>alert" in page.text
    images = re.findall(r"base64,([^\"]+)", text)
    assert len(images) == 2
    for image in images:
        assert not list(
            ElementTree.fromstring(base64.b64decode(image)).iter("{http://www.w3.org/2000/svg}script")
        )
    summary = render_summary(record, compare_runs(record, record))
    outside_code = re.sub(r"`[^`\n]*`", "", summary)
    assert "\\<script\\>" in summary
    assert not re.search(r"(?<!\\)<script", outside_code)
    for line in summary.splitlines():
        if line.startswith("| "):
            assert len(re.findall(r"(?<!\\)\|", line)) in (5, 6), line


def test_counts_follow_the_intervals_and_not_the_medians():
    cases = [
        raced_case("fast", {"qsetu": FASTER, "p": SLOWER}),
        raced_case("slow", {"qsetu": SLOWER, "p": FASTER}),
        raced_case("open", {"qsetu": FASTER, "p": OPEN}),
    ]
    assert cases[2].ratio.low < 1 < cases[2].ratio.value
    assert counts(cases) == "faster in 1, slower in 1, not told apart in 1"
    assert "geometric mean of the ratios is 1.06" in verdict(run_of(cases))[0]


def test_the_verdict_names_goals_failures_and_what_makes_it_doubtful():
    told = verdict(sample())
    assert told[0].startswith("5 cases timed. 4 of them race. Against the best of qsim, Aer, Kernel.x")
    assert told[1] == "1 of 2 goals not reached: never slower (found: least 0.3)."
    assert told[2] == "1 case below the ratio asked: circuits/qft/10."
    assert told[3].startswith("2 failures, 1 of them wrong answers: Aer in circuits/ghz/8")
    assert "All goals are reached (1)." in verdict(sample(goals=sample().goals[1:]))
    quiet = sample(noise=NoiseRecord(noisy=False))
    assert warnings(quiet) == []
    doubtful = sample(interrupted=True, git_modified=True, settings={"quick": True, "rounds": 3})
    assert [text.split(" ", 3)[:3] for text in warnings(doubtful)] == [
        ["This", "run", "is"],
        ["Somebody", "stopped", "this"],
        ["A", "quick", "run:"],
        ["Files", "differed", "from"],
    ]


def test_the_summary_holds_the_cases_that_matter_and_no_others():
    text = render_summary(sample())
    table = text[text.index("## Cases that matter") : text.index("## Failures")]
    assert "circuits/qft/10 | 2 s | qsim (fusion 3): 3 s | 1.5 (1.5 to 1.5) | 4 |" in table
    assert "circuits/ghz/8" in table and "circuits/qft/8" not in table
    assert "others used 62%" in text and "A chip, 1 thread(s)" in text
    many = sample(cases=[wide("f", q, times={"qsetu": SLOWER}) for q in range(2, 32)])
    assert "5 more are in the record" in render_summary(many)
    assert "Cases that matter" not in render_summary(sample(cases=[wide("qft", 8)]))


def test_the_comparison_tells_changed_cases_first():
    reference = [[2.0, 2.0, 2.0]]
    base = run_of([timed_case(name, [[1.0, 1.0, 1.0]], reference) for name in ("a", "b", "gone")])
    new = run_of(
        [timed_case("a", [[1.0, 1.0, 1.0]], reference), timed_case("b", [[2.0, 2.0, 2.0]], reference)]
    )
    found = compare_runs(base, new)
    rows = [row for row in Page(render_html(new, found)).rows if row and row[0] in ("a", "b")]
    assert [row[:2] for row in rows[:2]] == [["b", "slower 2.00 times the time"], ["a", "same"]]
    short = render_summary(new, found)
    assert "**1 of 2 cases slower, 1 missing.**" in short and "Only in the base: gone." in short
    assert "| `b` |" in short and "| `a` |" not in short
    refused = render_summary(new, compare_runs(base.model_copy(update={"suite": "x"}), new))
    assert "**Not comparable: the suites differ" in refused and "Only in" not in refused


def test_families_libraries_and_outcomes_of_a_case():
    case = wide("qft", 8)
    assert family(case) == "circuits/qft" and family(raced_case("gram/8", {"qsetu": FASTER})) == "gram/8"
    assert {who: one.setting for who, one in quickest(case).items()} == {"qsim": "fusion 3"}
    record = sample()
    assert libraries(record.cases) == ["qsim", "Aer", "Kernel.x"]
    assert outcomes(record, record.cases[0]) == {"Kernel.x": "failed"}
    timed = FailureRecord(case="circuits/qft/8", who="qsim (fusion 4)", kind="error", reason="")
    assert outcomes(sample(failures=[timed]), record.cases[0]) == {}


def test_the_command_writes_beside_the_record_and_never_over_a_file(tmp_path):
    file, base = tmp_path / "r.json", tmp_path / "b.json"
    write_record(sample(), file)
    write_record(sample(), base)

    def run(*options):
        return CliRunner().invoke(app, ["bench", "report", str(file), *map(str, options)])

    assert run().exit_code == 0
    page = (tmp_path / "report.html").read_text()
    assert page == render_html(sample())
    assert "nothing is overwritten" in str(run().exception)
    assert run("--force", "--base", base).exit_code == 0
    assert "Did it get slower?" in (tmp_path / "report.html").read_text()
    summary = run("--markdown", "-", "--base", base)
    assert summary.exit_code == 0 and summary.stdout == render_summary(
        sample(), compare_runs(sample(), sample())
    )
    both = run("--markdown", tmp_path / "s.md", "-o", tmp_path / "other.html")
    assert both.exit_code == 0
    assert (tmp_path / "s.md").read_text() == render_summary(sample())
    assert (tmp_path / "other.html").read_text() == page
    late = run("--markdown", tmp_path / "s.md", "-o", tmp_path / "third.html")
    assert "nothing is overwritten" in str(late.exception) and not (tmp_path / "third.html").exists()
    assert "the record itself" in str(run("--force", "-o", file).exception)
