"""What a run consists of, and what names it: all that decides a number, and nothing else."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from small_experiment import STEPS, small_spec

from qsetu.experiments import ExperimentSpec
from qsetu.experiments.data import ExperimentData, prepare_data
from qsetu.experiments.jobs import Plan, make_plan
from qsetu.experiments.spec import SplitSpec

MODELS = ["fidelity-kernel-svm", "rbf-svm"]


@pytest.fixture(scope="module")
def data(cells) -> ExperimentData:
    return prepare_data(small_spec(), cells)


def planned(data: ExperimentData, seed: int = 1, size: str = "default", **changes) -> Plan:
    """The plan of a small experiment with one path changed: ``planned(data, models__rbf-svm__title="x")``."""
    table = small_spec(models=MODELS, controls=["deentangled", "permutation"]).model_dump(mode="json")
    for path, value in changes.items():
        *stem, last = path.split("__")
        place = table
        for key in stem:
            place = place[key]
        place[last] = value
    return make_plan(ExperimentSpec.model_validate(table), data, size, seed)


def keys(plan: Plan) -> dict[tuple[str, str, int, int], str]:
    return {
        (plan.entrants[job.entrant].name, split.kind, split.repeat, split.fold): plan.key(job)
        for unit in plan.units
        for job in unit
        for split in [plan.splits[job.split]]
    }


@pytest.fixture(scope="module")
def plan(data) -> Plan:
    return planned(data)


def assert_nothing_shared(plan: Plan, other: Plan) -> None:
    assert other.identity != plan.identity
    assert not set(keys(other).values()) & set(keys(plan).values())


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"engine": "reference"},
        {"sizes__default__outer_folds": 3},
        {"sizes__default__inner_folds": 3},
        {"sizes__default__learning_curve": [0.5]},
        {"sizes__default__configurations": 1},
        {"evaluation__metrics": ["accuracy"]},
        {"split__method": "leave-one-group-out"},
        {"features__components__steps": [{**STEPS[0], "keep": 10}, *STEPS[1:]]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_decides_every_number_is_in_every_name(data, plan, change):
    assert_nothing_shared(plan, planned(data, **change))


@pytest.mark.parametrize("name", ["y", "labels", "groups", "part", "task", "folds_on"])
def test_other_data_are_another_run(plan, name):
    data = plan.data
    if name == "folds_on":
        split = SplitSpec(folds_on="train")
        other = dataclasses.replace(plan, spec=plan.spec.model_copy(update={"split": split}))
    else:
        value = {
            "y": data.y[::-1].copy(),
            "labels": data.labels[::-1],
            "groups": np.zeros_like(data.groups),
            "part": np.array(["train"] * len(data)),
            "task": "regression",
        }[name]
        other = dataclasses.replace(plan, data=dataclasses.replace(data, **{name: value}))
    assert_nothing_shared(plan, other)


def test_states_of_a_network_are_data(plan):
    one = dataclasses.replace(plan, data=dataclasses.replace(plan.data, task="network"))
    other = dataclasses.replace(one, data=dataclasses.replace(one.data, X=one.data.X + 1))
    assert_nothing_shared(one, other)


def test_one_model_changed_leaves_the_others(data, plan):
    other = planned(data, **{"models__rbf-svm__configurations": [{"C": 5.0}, {"C": 6.0}]})
    assert other.identity != plan.identity
    before, after = keys(plan), keys(other)
    assert {place[0] for place in before if before[place] != after[place]} == {"rbf-svm"}
    fixed = planned(data, **{"sizes__default__settings": {"rbf-svm": {"width": 2.0}}, "models__rbf-svm": {}})
    assert not {key for place, key in keys(fixed).items() if place[0] == "rbf-svm"} & set(before.values())


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another"},
        {"question": "Why?"},
        {"models__rbf-svm__title": "Another"},
        {"evaluation__confidence": 0.9},
        {"evaluation__level": 0.01},
        {"sizes__default__preflight": True},
        {"size": "quick"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_decides_no_number_is_in_no_name(data, plan, change):
    other = planned(data, **change)
    assert other.identity == plan.identity
    assert keys(other) == keys(plan)


def test_more_repeats_or_fewer_models_keep_the_names_of_what_stays(data, plan):
    more, before = planned(data, sizes__default__repeats=3), keys(plan)
    assert more.identity == plan.identity
    assert len(keys(more)) == 3 * len(before)
    assert {place: keys(more)[place] for place in before} == before
    fewer = planned(data, evaluation__controls=[])
    assert keys(fewer).items() < before.items()


def test_no_two_jobs_have_one_name(data):
    plan = planned(data, sizes__default__repeats=2)
    held = dataclasses.replace(plan.splits[0], kind="holdout")
    plan = dataclasses.replace(plan, splits=[*plan.splits, held])
    found = keys(plan)
    assert len(found) == 4 * 5
    assert len(set(found.values())) == len(found)


def test_the_rbf_control_has_the_name_of_the_same_model_in_a_file(data):
    control = planned(data, models={"fidelity-kernel-svm": {}}, evaluation__controls=["rbf"])
    own = planned(data, models={"rbf-svm": {}})
    names = {place[0]: place[1:] for place in keys(control)}
    assert set(names) == {"fidelity-kernel-svm", "components+rbf"}
    shared = {place[1:]: key for place, key in keys(control).items() if place[0] == "components+rbf"}
    assert shared == {place[1:]: key for place, key in keys(own).items()}


def test_a_model_and_its_controls_are_one_unit_of_work_and_the_rbf_kernel_is_another(data):
    controls = ["deentangled", "rbf", "permutation"]
    plan = planned(data, models={"fidelity-kernel-svm": {}}, evaluation__controls=controls)
    named = [[(job.split, plan.entrants[job.entrant].name) for job in unit] for unit in plan.units]
    quantum = ["", "+deentangled", "+permutation"]
    assert named == [
        unit
        for split in range(2)
        for unit in (
            [(split, f"fidelity-kernel-svm{what}") for what in quantum],
            [(split, "components+rbf")],
        )
    ]


def test_a_bench_is_set_as_the_size_and_the_experiment_say(data):
    plan = planned(data, seed=7, engine="reference", sizes__default__inner_folds=4)
    bench = plan.bench()
    assert (bench.seed, bench.engine, bench.inner_folds, list(bench.curve)) == (7, "reference", 4, [])
    assert list(bench.metrics) == list(plan.spec.evaluation.metrics)
    assert list(planned(data, sizes__default__learning_curve=[0.3]).bench().curve) == [0.3]
    assert bench.data is plan.data


def test_a_size_draws_its_samples(data):
    plan = planned(data, sizes__default__max_samples=45)
    assert len(plan.data) == 45
    assert max(int(max(split.test.max(), split.train.max())) for split in plan.splits) == 44
