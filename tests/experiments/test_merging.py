"""Merging: parts add up to the whole, and nothing else adds up."""

from __future__ import annotations

import itertools

import pytest
from small_experiment import numbers, small_spec
from typer.testing import CliRunner

from qsetu.cli.main import app
from qsetu.core.errors import ArgumentError
from qsetu.experiments import ExperimentSpec, compute, merge_results, read_result
from qsetu.experiments import write as write_module
from qsetu.experiments.comparing import check_same_fold
from qsetu.experiments.data import prepare_data
from qsetu.experiments.record import Result, write_result
from qsetu.experiments.spec import SizeSpec, SplitSpec
from qsetu.experiments.splits import outer_splits
from qsetu.experiments.store import Mismatch

MODELS = ["fidelity-kernel-svm", "rbf-svm", "elastic-net"]


def window(first: int, count: int, **changes) -> ExperimentSpec:
    data = small_spec(models=MODELS, controls=["permutation"]).model_dump(mode="json")
    data["sizes"]["default"] |= {"first_repeat": first, "repeats": count, "learning_curve": [0.5], **changes}
    return ExperimentSpec.model_validate(data)


@pytest.fixture(scope="module")
def parts(cells) -> list[Result]:
    return [compute(window(repeat, 1), cells, seed=1, command=f"part {repeat}") for repeat in range(3)]


@pytest.fixture(scope="module")
def whole(cells) -> Result:
    return compute(window(0, 3), cells, seed=1)


def conclusions(result: Result):
    """All that must be the same however the work was shared."""
    return (
        result.identity,
        numbers(result),
        [(model.fits, model.summary, model.confusion) for model in result.models],
        result.splits,
        result.analysis,
        result.spec,
    )


def edited(result: Result, **changes) -> Result:
    """``result`` with one path changed: ``edited(r, models__0__folds__1__seed=5)``."""
    data = result.model_dump(mode="json")
    for path, value in changes.items():
        *stem, last = [int(key) if key.isdigit() else key for key in path.split("__")]
        place = data
        for key in stem:
            place = place[key]
        place[last] = value
    return Result.model_validate(data)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_parts_in_any_order_add_up_to_the_whole(parts, whole, order):
    assert conclusions(merge_results([parts[place] for place in order])) == conclusions(whole)


def test_overlapping_parts_count_once(cells, parts, whole):
    two = compute(window(1, 2), cells, seed=1)
    merged = merge_results([parts[0], parts[1], two])
    assert conclusions(merged) == conclusions(whole)
    assert conclusions(merge_results([whole, whole])) == conclusions(whole)
    assert conclusions(merge_results([merge_results(parts[:2]), parts[2]])) == conclusions(whole)


def test_the_first_repeat_does_not_change_what_a_repeat_is(parts, whole):
    assert {part.identity for part in parts} == {whole.identity}
    for repeat, part in enumerate(parts):
        assert [split.repeat for split in part.splits] == [repeat] * 2
        assert part.splits == [split for split in whole.splits if split.repeat == repeat]


def test_the_first_repeat_is_of_folds_only():
    data = window(2, 1).model_dump(mode="json")
    data["split"] |= {"method": "leave-one-group-out"}
    with pytest.raises(ValueError, match=r"sizes\.default\.first_repeat.*must be 0"):
        ExperimentSpec.model_validate(data)


def test_one_group_after_the_other_has_one_repeat(cells):
    size = SizeSpec(outer_folds=2, repeats=3, inner_folds=2, configurations=1)
    data = prepare_data(small_spec(), cells)
    splits = outer_splits(data, SplitSpec(method="leave-one-group-out"), size, 0)
    assert [(split.repeat, split.fold) for split in splits] == [(0, i) for i in range(len(set(data.groups)))]


def test_two_later_repeats_say_so_in_their_settings(parts):
    merged = merge_results(parts[1:])
    size = merged.spec["sizes"]["default"]
    assert (size["first_repeat"], size["repeats"]) == (1, 2)
    again = ExperimentSpec.model_validate(merged.spec)
    assert again.sizes["default"].repeats == 2


def test_one_group_after_the_other_keeps_its_settings_whatever_they_say_of_repeats(parts):
    method = {"spec__split__method": "leave-one-group-out", "spec__sizes__default__repeats": 4}
    part = edited(parts[0], **method)
    assert merge_results([part, part]).spec == part.spec


def test_provenance_adds_up(parts):
    machines = [{"cpu": "a"}, {"cpu": "b"}, {"cpu": "a"}]
    changed = [
        edited(
            part,
            provenance__started=f"2026-01-0{3 - place}T00:00:00+00:00",
            provenance__finished=f"2026-01-0{5 - place}T00:00:00+00:00",
            provenance__seconds=1.5 + place,
            provenance__energy_joules=10.0,
            provenance__environments=[machines[place]],
            provenance__workers=place + 1,
            provenance__git_commit="c" * 40,
            provenance__git_modified=False,
        )
        for place, part in enumerate(parts)
    ]
    found = merge_results(changed).provenance
    assert (found.started[:10], found.finished[:10]) == ("2026-01-01", "2026-01-05")
    assert found.seconds == pytest.approx(7.5)
    assert found.cpu_seconds == pytest.approx(sum(p.provenance.cpu_seconds for p in parts), abs=0.02)
    assert found.energy_joules == 30.0
    assert found.environments == [{"cpu": "a"}, {"cpu": "b"}]
    assert found.command == "part 0 && part 1 && part 2"
    assert found.workers == 3
    assert found.computed == sum(p.provenance.computed for p in parts)
    assert (found.git_commit, found.git_modified) == ("c" * 40, False)
    changed[1] = edited(changed[1], provenance__energy_joules=None, provenance__git_commit="d" * 40)
    found = merge_results(changed).provenance
    assert found.energy_joules is None
    assert found.git_commit is None


def test_what_was_found_is_counted_and_each_note_and_command_told_once(parts):
    notes, reused = ("a", "b", "a"), (3, 4, 5)
    changed = [
        edited(part, provenance__energy_note=note, provenance__command=note, provenance__reused=count)
        for part, note, count in zip(parts, notes, reused, strict=True)
    ]
    found = merge_results(changed).provenance
    assert (found.energy_note, found.command, found.reused) == ("a; b", "a && b", 12)


def test_gpu_time_is_that_of_the_folds_that_were_on_one(parts):
    on = [edited(parts[0], provenance__gpu_seconds=9.0), parts[1]]
    quantum = [model for model in parts[0].models if model.family == "quantum"]
    expected = round(sum(model.seconds for model in quantum), 2)
    assert expected > 0
    assert merge_results(on).provenance.gpu_seconds == expected
    assert merge_results([on[0], on[0]]).provenance.gpu_seconds == expected


def test_a_preflight_is_that_of_the_first_repeat(parts, controlled):
    one = controlled.diagnoses[0].model_dump(mode="json")
    late = edited(parts[2], diagnoses=[{**one, "num_samples": 22}])
    early = edited(parts[1], diagnoses=[{**one, "num_samples": 11}])
    assert [d.num_samples for d in merge_results([late, early]).diagnoses] == [11]
    assert [d.num_samples for d in merge_results([parts[0], parts[1], late]).diagnoses] == [22]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dataset__content_sha256": "f" * 64}, "data: "),
        ({"dataset__labels": ["a", "b", "c"]}, "labels: "),
        ({"dataset__true__0": 0}, "labels or targets of the samples"),
        ({"seed": 7}, "seed: 1 and 7"),
        ({"task": "regression"}, "task: "),
        ({"provenance__code": "0" * 64}, "code: "),
        ({"provenance__engine": "aer"}, "engine: "),
        ({"spec__split__groups": "none"}, r"settings: split\.groups: 'suggested' and 'none'"),
        ({"spec__evaluation__confidence": 0.9}, r"settings: evaluation\.confidence: 0\.95 and 0\.9"),
        ({"spec__sizes__default__inner_folds": 4}, r"settings: size\.inner_folds: 2 and 4"),
        ({"models__2__name": "other"}, r"models: the first alone has \['rbf-svm'\]"),
        ({"models__2__settings": {"C": 3}}, "models: rbf-svm: settings"),
        ({"models__2__folds__0__tried__1__configuration": {"C": 3}}, "models: rbf-svm: configurations"),
        ({"spec__features__components__steps__2__components": 2}, "fidelity-kernel-svm: features"),
        ({"identity": "0" * 64}, "identity: .* not in the records"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_differs_is_named(parts, changes, words):
    other = edited(parts[1], **changes)
    with pytest.raises(Mismatch, match=words):
        merge_results([parts[0], other])
    with pytest.raises(Mismatch, match="do not add up"):
        merge_results([other, parts[0]])


def test_real_runs_of_other_settings_do_not_add_up(cells, parts):
    with pytest.raises(Mismatch, match="seed: 1 and 2"):
        merge_results([parts[0], compute(window(1, 1), cells, seed=2)])
    with pytest.raises(Mismatch, match=r"size\.learning_curve"):
        merge_results([parts[0], compute(window(1, 1, learning_curve=[]), cells, seed=1)])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"splits__1__test": [0, 1]}, r"Split 1\.2 is not the same"),
        ({"splits__0__num_train": 3}, r"Split 1\.1 is not the same"),
        ({"models__0__folds__1__scores__accuracy": 0.123}, r"fidelity-kernel-svm, split 1\.2 .*accuracy"),
        ({"models__0__folds__1__seed": 5}, "seed"),
        ({"models__0__folds__1__tuning_score": 0.5}, "tuning score"),
        ({"models__0__folds__1__tried__0__score": 0.123}, "score of"),
        ({"models__0__folds__1__configuration": {"C": 77.0}}, "chosen configuration"),
        ({"models__0__folds__1__predicted__3": 9}, r"predictions \(1 of 45 differ, number 3 the first\)"),
        ({"models__0__folds__1__curve__0__num_train": 2}, "learning curve"),
        ({"models__0__folds__1__curve__0__scores__accuracy": 0.1}, "accuracy at 0.5"),
        ({"models__0__folds__1__edges": [[1.0]]}, "edges"),
        ({"models__0__folds__1__edges": []}, "came out differently"),
        ({"models__0__folds__0__fold": 7}, "damaged"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_fold_that_says_something_else_is_refused(parts, changes, words):
    with pytest.raises(Mismatch, match=words):
        merge_results([parts[0], edited(parts[0], **changes)])


def test_times_and_warnings_may_differ(parts):
    slow = edited(parts[0], models__0__folds__0__fit_seconds=99.0)
    assert merge_results([parts[0], slow]).models == merge_results([parts[0]]).models
    assert merge_results([slow, parts[0]]).models[0].folds[0].fit_seconds == 99.0


def test_a_tolerance_is_for_scores_and_for_a_share_of_predictions(parts):
    fold = parts[0].models[0].folds[1]
    shift = {"models__0__folds__1__scores__accuracy": fold.scores["accuracy"] + 0.1}
    near = edited(parts[0], **shift)
    assert merge_results([parts[0], near], tolerance=0.1).models[0].folds[1] == fold
    with pytest.raises(Mismatch, match="accuracy"):
        merge_results([parts[0], near], tolerance=0.099)
    flipped = {f"models__0__folds__1__predicted__{i}": (fold.predicted[i] + 1) % 3 for i in range(3)}
    few = edited(parts[0], **flipped)
    assert merge_results([parts[0], few], tolerance=3 / len(fold.predicted)).identity == parts[0].identity
    with pytest.raises(Mismatch, match="3 of 45 differ"):
        merge_results([parts[0], few], tolerance=2.9 / len(fold.predicted))


def test_a_tolerance_of_predicted_numbers_and_edges_is_relative(parts):
    fold = parts[0].models[0].folds[1]
    floats = [100.0 + i for i in range(45)]
    for field, one, two in [
        ("predicted", floats, [value * 1.009 for value in floats]),
        ("edges", [[0.5, 0.0], [0.0, 0.5]], [[0.509, 0.009], [0.009, 0.509]]),
    ]:
        left, right = fold.model_copy(update={field: one}), fold.model_copy(update={field: two})
        check_same_fold("here", left, right, 0.01)
        with pytest.raises(Mismatch, match=r"(45 of 45|4 of 4) differ"):
            check_same_fold("here", left, right, 0.008)


def test_a_tolerance_is_no_stricter_than_it_says(parts):
    fold = parts[0].models[0].folds[1]
    one, two = (fold.model_copy(update={"tuning_score": score}) for score in (0.7, 0.8))
    assert two.tuning_score - one.tuning_score > 0.1  # in binary
    check_same_fold("here", one, two, 0.1)


def test_labels_are_equal_or_not(parts):
    fold = parts[0].models[0].folds[1]
    one, two = (fold.model_copy(update={"predicted": [label] * 45}) for label in (1, 2))
    with pytest.raises(Mismatch, match="45 of 45 differ"):
        check_same_fold("here", one, two, 0.5)


def test_a_tolerance_never_excuses_another_seed(parts):
    with pytest.raises(Mismatch, match="seed"):
        merge_results([parts[0], edited(parts[0], models__0__folds__1__seed=5)], tolerance=0.5)


def test_repeats_that_nobody_has_are_refused(parts):
    with pytest.raises(Mismatch, match=r"Repeats \[1\]"):
        merge_results([parts[0], parts[2]])


@pytest.mark.parametrize("tolerance", [-0.1, 0.6, float("nan")])
def test_bad_arguments(parts, tolerance):
    with pytest.raises(ArgumentError, match="tolerance"):
        merge_results(parts, tolerance=tolerance)
    with pytest.raises(ArgumentError, match="results"):
        merge_results([])


def with_holdout(part: Result) -> Result:
    data = part.model_dump(mode="json")
    data["splits"].append({**data["splits"][0], "kind": "holdout", "num_train": 85, "test": [1, 2, 3]})
    for model in data["models"]:
        fold = model["folds"][0]
        model["holdout"] = {**fold, "kind": "holdout", "repeat": 0, "fold": 0, "seed": 3}
    return Result.model_validate(data)


def test_gpu_time_is_that_of_folds_as_in_a_run(parts):
    merged = merge_results([edited(with_holdout(parts[0]), provenance__gpu_seconds=9.0)])
    quantum = [model for model in merged.models if model.family == "quantum"]
    assert merged.provenance.gpu_seconds == round(sum(model.seconds for model in quantum), 2)


def test_a_held_out_part_is_kept_once(parts):
    held = [with_holdout(parts[0]), with_holdout(parts[0])]
    merged = merge_results([held[0], parts[1], held[1]])
    assert [split.kind for split in merged.splits] == ["fold"] * 4 + ["holdout"]
    for model, source in zip(merged.models, held[0].models, strict=True):
        assert model.holdout == source.holdout
        assert len(model.folds) == 4
    plain = merge_results(parts[:2])
    assert [m.summary for m in merged.models] == [m.summary for m in plain.models]
    extra = merged.models[0].fits - plain.models[0].fits
    fold = merged.models[0].holdout
    assert len(fold.curve) == 1
    assert extra == len(fold.tried) * 2 + 1 + len(fold.curve)


def test_the_command_merges_folders(tmp_path, parts, whole, monkeypatch):
    monkeypatch.setattr(
        write_module, "write_folder", lambda result, folder: write_result(result, folder / "result.json")
    )
    for place, part in enumerate(parts):
        write_result(part, tmp_path / f"{place}.json")
    files = [str(tmp_path / f"{place}.json") for place in range(3)]
    done = CliRunner().invoke(app, ["merge", *files, "--out", str(tmp_path / "all")])
    assert done.exit_code == 0, done.output
    assert "6 folds of 4 models" in done.output
    assert conclusions(read_result(tmp_path / "all")) == conclusions(whole)
    again = CliRunner().invoke(app, ["merge", files[0], files[2], "--out", str(tmp_path / "gap")])
    assert isinstance(again.exception, Mismatch)
    assert not (tmp_path / "gap").exists()
