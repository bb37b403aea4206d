"""The verdict on two runs: a slower case is seen through a slower machine, and noise is not."""

from __future__ import annotations

import json

import numpy as np
import pytest
from race_samples import run_of, timed_case
from typer.testing import CliRunner

from qsetu.bench import write_record
from qsetu.bench.gate import compare_runs
from qsetu.bench.records import NoiseRecord
from qsetu.cli.main import app
from qsetu.core.errors import ArgumentError

PROCESSES, ROUNDS = 5, 25
NAMES = [f"case{number}" for number in range(20)]


def noisy_run(seed: int, slower: dict[str, float] | None = None, **changes):
    """Twenty cases on a machine that is now and then half as fast, with 3 % of noise in each sample."""
    rng = np.random.default_rng(seed)
    cases = []
    for number, name in enumerate(NAMES):
        seconds = 1e-3 * (1 + number) * (slower or {}).get(name, 1.0)
        # A busy neighbor for whole rounds, the same for the reference workload beside it.
        pace = np.where(rng.random((PROCESSES, ROUNDS)) < 0.3, 2.0, 1.0)
        pace = pace * rng.uniform(0.98, 1.02, (PROCESSES, 1))
        ours, reference = (base * pace * rng.lognormal(0, 0.03, pace.shape) for base in (seconds, 2e-3))
        cases.append(timed_case(name, ours, reference))
    return run_of(cases, **changes)


def test_thirty_percent_in_one_case_are_seen():
    found = compare_runs(noisy_run(0), noisy_run(1, {"case7": 1.3}))
    assert [case.name for case in found.the("slower")] == ["case7"]
    assert found.exit_code == 1
    (case,) = found.the("slower")
    assert case.time.low < 1.3 < case.time.high
    assert found.sentence.startswith("1 of 20 cases slower")


def test_ten_unchanged_runs_stay_quiet():
    base = noisy_run(100)
    verdicts = [compare_runs(base, noisy_run(101 + number)) for number in range(10)]
    assert [found.exit_code for found in verdicts] == [0] * 10
    assert not [case for found in verdicts for case in found.the("faster")]


def test_a_slower_machine_is_no_slower_code():
    case = timed_case("a", [[1.0, 1.1, 1.2]], [[2.0, 2.2, 2.4]])
    later = timed_case("a", [[3.0, 3.3, 3.6]], [[6.0, 6.6, 7.2]])
    found = compare_runs(run_of([case]), run_of([later]))
    assert found.cases[0].time.value == pytest.approx(1.0)
    assert (found.cases[0].verdict, found.exit_code) == ("same", 0)


@pytest.mark.parametrize(
    ("seconds", "counts", "verdict"),
    [
        (1.3, (None, None), "slower"),
        (1.3, (100, 101), "slower"),
        (1.0, (100, 104), "same"),
        (1.0, (100, 106), "slower"),
        (0.5, (100, 150), "faster"),
        (1.0, (100, None), "same"),
        (0.8, (100, 80), "faster"),
        (1.05, (None, None), "same"),
    ],
)
def test_time_and_instructions_are_judged_together(seconds, counts, verdict):
    base = timed_case("a", [[1.0] * 5], [[1.0] * 5], instructions=counts[0])
    new = timed_case("a", [[seconds] * 5], [[1.0] * 5], instructions=counts[1])
    found = compare_runs(run_of([base]), run_of([new]))
    assert found.cases[0].verdict == verdict


def test_a_case_too_noisy_to_judge_is_called_that():
    base = timed_case("a", [[1.0, 1.0, 1.0]], [[1.0, 1.0, 1.0]])
    new = timed_case("a", [[0.5, 1.0, 3.0]], [[1.0, 1.0, 1.0]])
    found = compare_runs(run_of([base]), run_of([new]))
    assert found.cases[0].verdict == "unclear"
    assert "too noisy to tell" in found.sentence and found.exit_code == 0


def test_a_case_that_is_gone_is_not_passed_over():
    cases = [timed_case(name, [[1.0]], [[1.0]]) for name in "ab"]
    found = compare_runs(run_of(cases), run_of(cases[:1]))
    assert (found.only_base, found.exit_code) == (("b",), 1)
    back = compare_runs(run_of(cases[:1]), run_of(cases))
    assert (back.only_new, back.exit_code) == (("b",), 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"suite": "peers"}, "the suites differ"),
        ({"settings": {"threads": 2}}, "the threads differ"),
        ({"machine_class": "other-avx2"}, "the machines differ"),
        ({"cases": [timed_case("z", [[1.0]], [[1.0]])]}, "no case is in both"),
    ],
)
def test_runs_that_say_nothing_about_each_other_are_refused(changes, words):
    case = timed_case("a", [[1.0]], [[1.0]])
    found = compare_runs(run_of([case]), run_of([case], **changes))
    assert (found.exit_code, found.cases) == (2, ())
    assert words in found.sentence
    if "machine_class" in changes:
        assert compare_runs(run_of([case]), run_of([case], **changes), across_machines=True).exit_code == 0


def test_a_noisy_run_is_called_noisy():
    case = timed_case("a", [[1.0]], [[1.0]])
    noise = NoiseRecord(noisy=True, reasons=["others were at work"])
    assert compare_runs(run_of([case]), run_of([case], noise=noise)).notes == (
        "the new run is noisy: others were at work",
    )


def test_a_name_that_looks_like_markup_is_shown_as_it_is(tmp_path):
    file = tmp_path / "r.json"
    write_record(run_of([timed_case("[/red]", [[1.0] * 3], [[1.0] * 3])]), file)
    answer = CliRunner().invoke(app, ["bench", "compare", str(file), str(file)])
    assert answer.exit_code == 0, answer.output
    assert "[/red]" in answer.stdout


def test_a_threshold_of_nothing_is_refused():
    case = run_of([timed_case("a", [[1.0]], [[1.0]])])
    with pytest.raises(ArgumentError, match="threshold"):
        compare_runs(case, case, threshold=0.0)


def test_the_command_says_it_by_its_exit_code(tmp_path):
    files = {name: tmp_path / f"{name}.json" for name in ("base", "same", "slower", "other")}
    write_record(noisy_run(0), files["base"])
    write_record(noisy_run(1), files["same"])
    write_record(noisy_run(2, {"case3": 1.5}), files["slower"])
    write_record(noisy_run(2, machine_class="x"), files["other"])
    answers = {
        name: CliRunner().invoke(app, ["bench", "compare", str(files["base"]), str(files[name])])
        for name in ("same", "slower", "other")
    }
    assert [answer.exit_code for answer in answers.values()] == [0, 1, 2]
    assert "case3" in answers["slower"].stdout and "1 of 20 cases slower" in answers["slower"].stdout
    assert "the machines differ" in answers["other"].stdout


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda data: data.update(version=3), "version 3"),
        (lambda data: data.update(version=1), "version 1"),
        (lambda data: data.update(format="other"), "its format is 'other'"),
        (lambda data: data["cases"][0]["candidates"][0]["runs"][0].update(seconds=[-1.0]), "is damaged"),
        (lambda data: data["cases"][0]["candidates"][0]["runs"][0].update(seconds=[]), "is damaged"),
        (lambda data: data.update(surprise=1), "is damaged"),
        (lambda data: data.update(command="\ud800"), "half a character"),
    ],
)
def test_a_record_that_is_not_what_it_says_is_refused(tmp_path, damage, words):
    from qsetu.bench import read_record
    from qsetu.core.errors import DataError

    file = tmp_path / "r.json"
    write_record(noisy_run(0), file)
    assert read_record(file) == noisy_run(0)
    data = json.loads(file.read_text())
    damage(data)
    file.write_text(json.dumps(data))
    with pytest.raises(DataError, match=words):
        read_record(file)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"format": NaN}'])
def test_what_is_no_record_is_refused_in_one_sentence(tmp_path, content):
    from qsetu.bench import read_record
    from qsetu.core.errors import DataError

    file = tmp_path / "r.json"
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"Record '.*r\.json'"):
        read_record(file)
    with pytest.raises(DataError, match="cannot be read"):
        read_record(tmp_path / "none.json")


def test_a_run_is_not_lost_for_bytes_in_its_command_line_that_are_no_text(tmp_path):
    from qsetu.bench import read_record

    file = tmp_path / "r.json"
    write_record(noisy_run(0, command="qsetu bench run --json \udcff.json"), file)
    assert read_record(file).command == "qsetu bench run --json ?.json"
