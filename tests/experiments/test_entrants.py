"""Who takes part in a run: settings, features and configurations of models, and their controls."""

from __future__ import annotations

import pytest
from small_experiment import STEPS, small_spec

from qsetu.experiments import ExperimentSpec, load_spec
from qsetu.experiments.candidates import candidates
from qsetu.experiments.entrants import entrants
from qsetu.experiments.models import MODELS, Build
from qsetu.experiments.spec import ModelSpec

OTHER = [{"step": "standardize"}]
FEATURES = {"components": {"steps": STEPS}, "plain": {"steps": OTHER}}


def taking_part(models, controls=(), size="default", **tables):
    data = small_spec(models=models, controls=controls, features=FEATURES).model_dump(mode="json")
    data["sizes"]["default"] |= tables
    return {one.name: one for one in entrants(ExperimentSpec.model_validate(data), size, 5)}


def test_an_entrant_is_what_the_file_says():
    found = taking_part(
        {
            "kernel": {"model": "fidelity-kernel-svm", "title": "Ours", "settings": {"C": 2.0}},
            "forest": {"model": "random-forest", "features": "plain"},
            "elastic-net": {"features": "raw", "configurations": [{"C": 0.5}, {"C": 2.0}]},
        },
        settings={"kernel": {"C": 3.0}, "forest": {"trees": 7}},
    )
    kernel, forest, net = found.values()
    assert (kernel.title, kernel.features, dict(kernel.settings)) == ("Ours", "components", {"C": 3.0})
    assert [dict(step) for step in kernel.steps] == STEPS
    assert (forest.title, forest.features, dict(forest.settings)) == ("Random forest", "plain", {"trees": 7})
    assert [dict(step) for step in forest.steps] == OTHER
    assert (net.features, net.steps, net.configurations) == ("raw", (), ({"C": 0.5}, {"C": 2.0}))
    assert kernel.configurations == candidates(
        ModelSpec(settings={"C": 2.0}), MODELS["fidelity-kernel-svm"], 2, 5
    )
    assert kernel.definition() == {
        "model": "fidelity-kernel-svm",
        "steps": STEPS,
        "settings": {"C": 3.0},
        "configurations": [dict(one) for one in kernel.configurations],
        "control": None,
    }


def test_a_configuration_overrules_what_is_fixed():
    model = {"model": "rbf-svm", "settings": {"C": 5.0, "width": 2.0}, "space": {"C": [1.0, 9.0]}}
    entrant = taking_part({"mine": model})["mine"]
    built = entrant.build({"C": 9.0}, Build(0, "reference", 3))
    assert (built.C, built.width) == (9.0, 2.0)


def test_models_of_sequences_take_them_as_they_are():
    found = {one.name: one for one in entrants(load_spec("promoters"), "quick", 1)}
    assert found["position-weights"].features == "raw" and found["position-weights"].steps == ()
    assert found["fidelity-k-mers"].features == "k-mers"
    unnamed = load_spec("promoters", {"models.unnamed": {"model": "rbf-svm"}})
    assert entrants(unnamed, "quick", 1)[-1].features == "one-hot", "the first of the file"


def test_a_size_runs_the_models_that_it_does_not_skip():
    found = taking_part(["elastic-net", "rbf-svm"], skip=["elastic-net"])
    assert list(found) == ["rbf-svm"]


def test_controls_are_told_apart_by_name_title_and_definition():
    found = taking_part({"fidelity-kernel-svm": {}}, ["deentangled", "rbf", "permutation"])
    model, *controls = found.values()
    assert [one.name.removeprefix("fidelity-kernel-svm") for one in controls] == [
        "+deentangled",
        "+permutation",
        "components+rbf",
    ]
    assert [one.title.removeprefix(model.title) for one in controls] == [
        ", without entanglement",
        ", labels permuted",
        "RBF kernel SVM on components",
    ]
    assert [one.control for one in controls] == ["deentangled", "permutation", "rbf"]
    assert {one.control_of for one in controls} == {"fidelity-kernel-svm"}
    for one in controls[:2]:
        assert one.definition() == {**model.definition(), "control": one.control}


def test_the_rbf_control_is_the_model_itself_with_nothing_fixed():
    control = taking_part({"fidelity-kernel-svm": {"features": "plain"}}, ["rbf"])["plain+rbf"]
    own = taking_part({"rbf-svm": {"features": "plain"}})["rbf-svm"]
    assert control.definition() == own.definition(), "a fold of one is a fold of the other"
    assert (control.features, dict(control.settings)) == ("plain", {})


@pytest.mark.parametrize(
    ("features", "controls"), [("components", []), ("plain", ["components+rbf"]), ("raw", ["components+rbf"])]
)
def test_an_rbf_kernel_of_the_file_stands_in_on_the_same_features_only(features, controls):
    found = taking_part({"fidelity-kernel-svm": {}, "rbf-svm": {"features": features}}, ["rbf"])
    assert [name for name, one in found.items() if one.control] == controls


def test_classical_models_need_no_controls():
    found = taking_part({"elastic-net": {}}, ["deentangled", "rbf", "permutation"])
    assert list(found) == ["elastic-net"]


def test_a_network_has_no_rbf_kernel_and_a_twin_of_its_own():
    found = {one.name: one for one in entrants(load_spec("gene-network"), "quick", 1)}
    controls = [name for name, one in found.items() if one.control]
    assert controls == ["quantum-network+deentangled", "quantum-network+permutation"]
    model, twin = found["quantum-network"], found["quantum-network+deentangled"]
    build, choice = Build(0, "reference", 6), model.configurations[0]
    given, without = model.build(choice, build).get_params(), twin.build(choice, build).get_params()
    assert given.pop("entangled") is True and without.pop("entangled") is False
    assert given == without
