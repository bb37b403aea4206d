"""The file of earlier runs: nothing in it is lost, whatever is written to it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from race_samples import raced_case, run_of, timed_case
from typer.testing import CliRunner

from qsetu.bench.figures.history import history_drawing
from qsetu.bench.history import append_history, read_history, select
from qsetu.bench.records import NoiseRecord
from qsetu.bench.trends import trends
from qsetu.cli.main import app
from qsetu.core.errors import DataError, OutputError
from qsetu.documents.figures import image

OWN = Path(__file__).parent / "own_cases.py"
WORK = [[2.0, 2.0, 2.0]]


def run_in(seconds, **changes):
    case = timed_case("circuits/a", [[seconds] * 3], WORK, instructions=int(1000 * seconds))
    return run_of([case, timed_case("gram", [[1.0] * 3], WORK)], **changes)


def invoke(*options):
    return CliRunner().invoke(app, ["bench", "history", *map(str, options)])


def test_a_line_says_what_a_run_was_and_what_it_took(tmp_path):
    file = tmp_path / "h.jsonl"
    case = raced_case("x/8", {"qsetu": [1.0, 3.0, 2.0], "p": [6.0, 9.0, 6.0]}, group="x")
    noise = NoiseRecord(noisy=True, reasons=["r"])
    append_history(run_of([case], git_commit="abc", git_modified=True, noise=noise), file)
    (text,) = file.read_text().splitlines()
    assert json.loads(text) == {
        "format": "qsetu.benchmark.history",
        "version": 1,
        "started": "2026-01-01T00:00:00+00:00",
        "commit": "abc",
        "modified": True,
        "suite": "ci",
        "machine_class": "a-b-avx2",
        "threads": 1,
        "noisy": True,
        "cases": {"x/8": {"group": "x", "seconds": 2.0, "work": 1.0, "instructions": None, "peer": 3.0}},
    }


def test_half_a_line_of_a_killed_run_harms_no_other(tmp_path):
    file = tmp_path / "h.jsonl"
    append_history(run_in(1.0), file)
    whole = file.read_bytes()
    file.write_bytes(whole + whole[: len(whole) // 2])
    assert len(read_history(file).lines) == 1
    append_history(run_in(3.0), file)
    assert file.read_bytes().startswith(whole + whole[: len(whole) // 2] + b"\n")
    found = read_history(file)
    assert [line.cases["circuits/a"].seconds for line in found.lines] == [1.0, 3.0]
    assert len(found.notes) == 1 and found.notes[0].startswith("line 2 is skipped: it is not valid JSON")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"format": "qsetu.benchmark.history", "version": 2}', "version 2, and this qsetu reads version 1"),
        (b'{"format": "qsetu.benchmark.history", "version": true}', "version True"),
        (b'{"format": "other"}', "not of format"),
        (b"[]", "not of format"),
        (b"\xff", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"format": "qsetu.benchmark.history", "version": 1}', "damaged: started"),
    ],
    ids=["newer", "true", "other", "list", "bytes", "deep", "damaged"],
)
def test_lines_that_cannot_be_read_are_skipped_with_a_note(tmp_path, line, words):
    file = tmp_path / "h.jsonl"
    append_history(run_in(1.0), file)
    file.write_bytes(line + b"\n\n" + file.read_bytes())
    found = read_history(file)
    assert len(found.lines) == 1
    assert len(found.notes) == 1 and words in found.notes[0]
    file.write_bytes(line)
    with pytest.raises(DataError, match="holds no run"):
        read_history(file)


def test_many_runs_may_add_to_one_file_at_once(tmp_path):
    file = tmp_path / "h.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda seconds: append_history(run_in(float(seconds)), file), range(1, 41)))
    found = read_history(file)
    assert not found.notes
    assert sorted(line.cases["circuits/a"].seconds for line in found.lines) == list(range(1, 41))


def test_a_history_that_cannot_be_written_or_read_is_named(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        append_history(run_in(1.0), tmp_path)
    with pytest.raises(DataError, match="cannot be read"):
        read_history(tmp_path / "none")


def test_the_latest_run_is_held_against_the_median_of_earlier_ones_of_its_kind(tmp_path):
    file = tmp_path / "h.jsonl"
    for seconds in (1.0, 9.0, 2.0, 3.0):
        append_history(run_in(seconds), file)
    append_history(run_in(50.0, machine_class="other"), file)
    append_history(run_in(60.0, settings={"threads": 2}), file)
    append_history(run_in(70.0, suite="smoke"), file)
    lines = read_history(file).lines
    first, gram, *alone = trends(lines)
    assert (first.name, first.seconds, first.work, first.before, first.runs) == (
        "circuits/a",
        3.0,
        1.5,
        1.0,
        3,
    )
    assert first.change == 1.5 and first.instructions == 1.5
    assert gram.change == 1.0 and gram.instructions is None
    assert len(alone) == 6 and {one.change for one in alone} == {None}
    assert [line.machine_class for line in select(lines, machine="other")] == ["other"]
    assert {name for line in select(lines, "gr*") for name in line.cases} == {"gram"}
    with pytest.raises(DataError, match="a-b-avx2, other"):
        select(lines, machine="none")
    with pytest.raises(DataError, match="No run"):
        select(lines, "nothing*")


def test_runs_are_drawn_apart_by_machine_and_group():
    from qsetu.bench.history import line_of

    lines = [line_of(run_in(1.0)), line_of(run_in(2.0)), line_of(run_in(1.0, machine_class="other"))]
    drawing = history_drawing(lines)
    figure = drawing.draw()
    shown = [axis for axis in figure.axes if axis.get_visible()]
    assert [axis.get_title().split("\n") for axis in shown] == [
        ["circuits/a", "a-b-avx2, ci, 1 thread(s)"],
        ["gram", "a-b-avx2, ci, 1 thread(s)"],
        ["circuits/a", "other, ci, 1 thread(s)"],
        ["gram", "other, ci, 1 thread(s)"],
    ]
    assert [len(axis.lines) for axis in shown] == [1, 1, 1, 1]
    assert list(shown[0].lines[0].get_ydata()) == [0.5, 1.0]
    assert "circuits/a on a-b-avx2: 2.00 times the median of 1 earlier runs" in drawing.file.description
    assert image(drawing, "png").startswith(b"\x89PNG")


def test_cases_without_fixed_work_are_told_and_not_drawn():
    from qsetu.bench.history import line_of

    case = timed_case("a", [[1.0]], WORK)
    alone = case.model_copy(update={"candidates": case.candidates[:1]})
    lines = [line_of(run_of([alone]))]
    assert trends(lines)[0].work is None
    assert image(history_drawing(lines)).startswith(b"<?xml")


def test_the_commands_add_show_and_draw(tmp_path):
    file = tmp_path / "h.jsonl"
    options = ["--suite", "kinds", "--only", "kinds/good", "--processes", "1", "--cases", str(OWN)]
    ran = CliRunner().invoke(app, ["bench", "run", *options, "--history", str(file)])
    assert ran.exit_code == 0, ran.output
    assert set(read_history(file).lines[0].cases) == {"kinds/good"}
    for seconds in (1.0, 2.0):
        append_history(run_in(seconds), file)
    with file.open("a") as stream:
        stream.write("{")
    shown = invoke(file, "--case", "circuits/*", "-o", tmp_path / "h.svg")
    assert shown.exit_code == 0, shown.output
    assert "+100.0%" in shown.stdout and "line 4 is skipped" in shown.stdout
    assert "kinds/good" not in shown.stdout
    assert (tmp_path / "h.svg").read_text().startswith("<?xml")
    assert "nothing is overwritten" in str(invoke(file, "-o", tmp_path / "h.svg").exception)
    assert "must end in .png or .svg" in str(invoke(file, "-o", tmp_path / "h.pdf").exception)
    missing = CliRunner().invoke(app, ["bench", "run", "--history", str(tmp_path / "none" / "h.jsonl")])
    assert "does not exist" in str(missing.exception)
