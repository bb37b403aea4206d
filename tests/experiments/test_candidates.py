"""Budgets: what is drawn, in which order, and that no configuration is tried twice."""

from __future__ import annotations

import itertools

import pytest

from qsetu.experiments.candidates import candidates, num_candidates
from qsetu.experiments.models import MODELS
from qsetu.experiments.spec import ModelSpec

ENTRY = MODELS["rbf-svm"]


def _model(**table) -> ModelSpec:
    return ModelSpec.model_validate(table)


def test_a_list_comes_first_and_the_grid_fills_up_without_repetition():
    listed = [{"C": 1.0, "width": 0.1}, {"C": 5.0, "width": 0.1}]
    model = _model(configurations=listed, space={"C": [1.0, 2.0], "width": [0.1, 0.2]})
    assert num_candidates(model, ENTRY) == 5
    found = candidates(model, ENTRY, 5, 1)
    assert list(found[:2]) == listed
    grid = {(c, g) for c, g in itertools.product([1.0, 2.0], [0.1, 0.2])} | {(5.0, 0.1)}
    assert {(one["C"], one["width"]) for one in found} == grid


def test_a_larger_budget_tries_what_a_smaller_one_did():
    model = _model()
    few, many = candidates(model, ENTRY, 3, 7), candidates(model, ENTRY, 12, 7)
    assert many[:3] == few
    assert len({repr(one) for one in many}) == 12
    assert candidates(model, ENTRY, 12, 8) != many


def test_what_is_fixed_is_not_tuned_and_a_list_alone_is_all_there_is():
    fixed = _model(settings={"C": 2.0})
    assert all(set(one) == {"width"} for one in candidates(fixed, ENTRY, 4, 1))
    assert num_candidates(fixed, ENTRY) == len(ENTRY.space["width"])
    alone = _model(configurations=[{"C": 1.0}, {"C": 1.0}])
    assert num_candidates(alone, ENTRY) == 1
    assert candidates(alone, ENTRY, 5, 1) == ({"C": 1.0},)


def test_values_twice_in_a_grid_count_once_and_types_tell_apart():
    assert num_candidates(_model(space={"C": [1.0, 1.0, 2.0]}), ENTRY) == 2
    assert num_candidates(_model(space={"C": [1, 1.0]}), ENTRY) == 2


@pytest.mark.parametrize("name", MODELS)
def test_every_draw_of_the_roster_can_be_built(name):
    from qsetu.experiments.models import Build

    entry = MODELS[name]
    for one in candidates(_model(), entry, 6, 3):
        estimator = entry.build(one, Build(0, "reference", 4))
        for key, value in one.items():
            parameter = entry.parameters[key]
            if parameter.translate is None:
                assert estimator.get_params()[parameter.path] == value


def test_models_draw_orders_of_their_own():
    grid = _model(space={"C": [0.1 * i for i in range(1, 30)]})
    assert candidates(grid, ENTRY, 9, 1) != candidates(grid, MODELS["linear-svm"], 9, 1)


def test_a_list_longer_than_the_budget_is_cut():
    listed = [{"C": float(i)} for i in range(1, 5)]
    model = _model(configurations=listed, space={"C": [7.0, 8.0]})
    assert candidates(model, ENTRY, 2, 1) == tuple(listed[:2])
    assert candidates(_model(configurations=listed), ENTRY, 3, 1) == tuple(listed[:3])


@pytest.mark.parametrize(
    ("listed", "number"),
    [
        ([{"C": 1.0}], 5),  # the width as it is by itself: none of the grid
        ([{"C": 1.0, "width": 0.1, "more": 3}], 5),
        ([{"C": 1.0, "width": 0.1}], 4),
        ([{"C": 1.0, "width": 0.1}, {"width": 0.1, "C": 1.0}], 4),  # the order of keys says nothing
        ([{"C": 1.0, "width": 7.0}, {"width": 7.0, "C": 1.0}], 5),
    ],
    ids=str,
)
def test_what_is_listed_and_in_the_grid_counts_once(listed, number):
    model = _model(configurations=listed, space={"C": [1.0, 2.0], "width": [0.1, 0.2]})
    assert num_candidates(model, ENTRY) == number
    assert len(candidates(model, ENTRY, 99, 1)) == number


@pytest.mark.parametrize(
    "table", [{"settings": {"C": 2.0, "width": 1.0}}, {"space": {}}], ids=["fixed", "none"]
)
def test_a_model_of_which_everything_is_fixed_has_one_configuration(table):
    model = _model(**table)
    assert num_candidates(model, ENTRY) == 1
    assert candidates(model, ENTRY, 3, 1) == ({},)
