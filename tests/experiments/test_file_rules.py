"""What an experiment file may say: limits of its numbers, names that must exist, tables that must agree."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from qsetu.experiments import SpecError, load_spec
from qsetu.experiments.spec.agree import data_kind

CELLS, TRAIT, SIMULATED = "pbmc-cell-types", "genomic-prediction", "epistasis"
LETTERS, NETWORK = "promoters", "gene-network"
STANDARD = [{"step": "standardize"}]

# ---- limits ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "wrong", "right"),
    [
        ("sizes.default.outer_folds", [1, 101, "3", 3.0, True], [2, 100]),
        ("sizes.default.inner_folds", [1, 101], [2, 100]),
        ("sizes.default.repeats", [0, 1001], [1, 1000]),
        ("sizes.default.first_repeat", [-1, 1_000_001], [0, 1_000_000]),
        ("sizes.default.configurations", [0, 10_001], [1, 4]),
        ("sizes.default.max_samples", [9], [10]),
        ("sizes.default.learning_curve", [[0.0], [1.0], 0.5], [[], [0.01, 0.99]]),
        ("sizes.default.preflight", [1, "yes"], [False]),
        ("evaluation.confidence", [0.5, 1.0], [0.51, 0.999]),
        ("evaluation.level", [0.0, 0.5], [0.001, 0.49]),
        ("evaluation.metrics", [[], [" "], "accuracy"], [["accuracy"]]),
        ("split.shared_word", [3, 4.0], [4]),
        ("split.kinship", [0.0, 0.51], [0.5]),
        ("split.method", ["fold"], ["leave-one-group-out"]),
        ("split.folds_on", ["test"], ["train"]),
        ("data.labels", [["CD34+"], []], [["CD34+", "CD19+ B"]]),
        ("features.components.steps", [[]], [STANDARD]),
        ("models.rbf-svm.space", [{"C": []}], [{"C": [1.0]}]),
        ("question", ["", "  "], ["?"]),
        ("name", ["-a", "A", ""], ["0-a"]),
        ("seed", [-1, "1", 1.0], [0]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_numbers_and_names_stay_within_their_limits(key, wrong, right):
    for value in wrong:
        with pytest.raises(SpecError, match=rf": {key.replace('.', '[.]')}"):
            load_spec(CELLS, {key: value})
    for value in right:
        load_spec(CELLS, {key: value})


def test_numbers_without_end_are_no_settings():
    for value in (float("nan"), float("inf")):
        with pytest.raises(SpecError, match=r"data\.settings\.maf"):
            load_spec(SIMULATED, {"data.settings.maf": value})


def test_a_specification_does_not_change():
    spec = load_spec(CELLS)
    for table, key in ((spec, "seed"), (spec.sizes["default"], "repeats"), (spec.data, "dataset")):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(table, key, 3)


def test_where_a_file_lies_is_no_part_of_what_it_says():
    spec = load_spec(CELLS)
    assert spec.folder.name == "builtin"
    assert "folder" not in spec.model_dump(mode="json")


def test_what_a_model_is_called_and_which_settings_it_has_at_a_size():
    changes = {"models.mine": {"model": "rbf-svm", "settings": {"C": 1.0, "width": 2.0}}}
    changes["models.mine.space"] = {"C": [1.0, 2.0, 3.0, 4.0]}
    changes["sizes.quick.settings.mine"] = {"C": 5.0}
    changes["sizes.quick.skip"] = ["rbf-svm", "elastic-net"]
    spec = load_spec(CELLS, changes)
    assert spec.roster_name("mine") == "rbf-svm" and spec.roster_name("rbf-svm") == "rbf-svm"
    assert spec.model_settings("mine", "default") == {"C": 1.0, "width": 2.0}
    assert spec.model_settings("mine", "quick") == {"C": 5.0, "width": 2.0}
    left = [name for name in spec.models if name not in ("rbf-svm", "elastic-net")]
    assert spec.models_of("quick") == left and "mine" in left
    assert spec.models_of("default") == list(spec.models)


# ---- tables that must agree -----------------------------------------------------------------------------

FILE = {"file": "x.csv", "kind": "expression"}
REFUSED = [
    (CELLS, {"data.file": "x.csv", "data.kind": "expression"}, "one of dataset, file and simulator; has dat"),
    (CELLS, {"data": {}}, "needs one of dataset, file and simulator; has none"),
    (CELLS, {"data": {"file": "x.csv"}}, "kind is missing: expression, sequences or genotypes"),
    (CELLS, {"data.kind": "expression"}, "kind is for files"),
    (CELLS, {"data": {**FILE, "holdout": "golub-leukemia"}}, "holdout needs a registered dataset"),
    (CELLS, {"data.holdout": "uci-splice"}, r"data\.holdout: must be one of .*got 'uci-splice'"),
    (
        SIMULATED,
        {"data.simulator": "epistasi"},
        r"data\.simulator: must be one of .*Did you mean 'epistasis'",
    ),
    (CELLS, {"data.target": "age"}, r"data\.target: must not be given but for regression; got 'age'"),
    (TRAIT, {"data": {"dataset": "wheat-cimmyt"}}, r"data\.target: must name the measured trait; got None"),
    (
        TRAIT,
        {"data.dataset": "pbmc68k-reduced"},
        r"data\.target: is known for genotypes only.*; got 'numbers'",
    ),
    (TRAIT, {"data.labels": ["a", "b"]}, r"data\.labels: must not be given but for classification"),
    (NETWORK, {"data.relabel": {"a": "b"}}, r"data\.labels: must not be given but for classification"),
    (TRAIT, {"evaluation.metrics": ["accuracy"]}, r"evaluation\.metrics\.0: must be one of pearson, r2"),
    (CELLS, {"evaluation.metrics": ["accuracy", "acuracy"]}, r"metrics\.1: .*Did you mean 'accuracy'"),
    (CELLS, {"features.raw": {"steps": STANDARD}}, r"features\.raw: must have another name"),
    (CELLS, {"engine": "xl"}, r"engine: must be one of .*auto.*got 'xl'"),
    (CELLS, {"sizes": {"quick": {"outer_folds": 2, "inner_folds": 2, "configurations": 1}}}, "named default"),
    (
        CELLS,
        {"models.mine": {"model": "ridge"}},
        r"models\.mine: must be a model for classification; got 'rid",
    ),
    (
        CELLS,
        {"models.mine": {"model": "rigde"}},
        r"models\.mine\.model: must be one of .*Did you mean 'ridge'",
    ),
    (CELLS, {"models": {}}, r"models: .*at least 1 item"),
    (CELLS, {"models.mine": {}}, r"models\.mine: must be one of .*got 'mine'"),
    (
        CELLS,
        {"models.rbf-svm.features": "componets"},
        r"models\.rbf-svm\.features: must be one of components, r",
    ),
    (LETTERS, {"models.rbf-svm.features": "raw"}, "must give numbers, which 'rbf-svm' takes; got sequences"),
    (LETTERS, {"models.position-weights.features": "letters"}, "must give sequences.*; got numbers"),
    (
        CELLS,
        {"models.position-weights": {}},
        "must give sequences, which 'position-weights' takes; got numbers",
    ),
    (CELLS, {"models.rbf-svm.settings": {"C": -1.0}}, r"models\.rbf-svm\.settings\.C: must be"),
    (CELLS, {"models.rbf-svm.space": {"C": [1.0, 0.0]}}, r"models\.rbf-svm\.space\.C: must be"),
    (CELLS, {"models.rbf-svm.space": {"c": [1.0]}}, r"models\.rbf-svm\.space\.c: must be one of"),
    (
        CELLS,
        {"split.method": "leave-one-group-out", "sizes.quick.first_repeat": 1},
        r"sizes\.quick\.first_repeat: must be 0 with leave-one-group-out, which has one repeat; got 1",
    ),
    (CELLS, {"sizes.quick.skip": ["rbf-swm"]}, r"sizes\.quick\.skip: .*Did you mean 'rbf-svm'"),
    (CELLS, {"sizes.quick.settings.rbf-swm": {}}, r"sizes\.quick\.settings: .*Did you mean 'rbf-svm'"),
    (
        CELLS,
        {"sizes.quick.settings.rbf-svm": {"D": 1}},
        r"sizes\.quick\.settings\.rbf-svm\.D: must be one of",
    ),
    (
        CELLS,
        {"models.mine": {"model": "rbf-svm", "space": {"C": [1.0]}}},
        r"mine\.space: must hold 4 .*got 1",
    ),
]


@pytest.mark.parametrize(("name", "changes", "message"), REFUSED, ids=[str(i) for i in range(len(REFUSED))])
def test_tables_that_do_not_agree_are_refused(name, changes, message):
    with pytest.raises(SpecError, match=message):
        load_spec(name, changes)


def test_a_size_must_leave_a_model():
    everyone = list(load_spec(CELLS).models)
    with pytest.raises(SpecError, match=r"sizes\.quick\.skip: must leave a model"):
        load_spec(CELLS, {"sizes.quick.skip": everyone})
    assert load_spec(CELLS, {"sizes.quick.skip": everyone[1:]}).models_of("quick") == everyone[:1]


def test_a_model_that_a_size_skips_needs_no_budget_there():
    poor = {"models.mine": {"model": "rbf-svm", "space": {"C": [1.0, 2.0, 3.0]}}}
    with pytest.raises(SpecError, match=r"models\.mine\.space: must hold 4"):
        load_spec(CELLS, {**poor, "sizes.full.skip": ["mine"]})
    skipped = {"sizes.full.skip": ["mine"], "sizes.default.skip": ["mine"]}
    assert load_spec(CELLS, {**poor, **skipped}).models_of("quick")[-1] == "mine"


def test_numbers_need_no_steps_and_sequences_do():
    sizes = {"default": {"outer_folds": 2, "inner_folds": 2, "configurations": 1}}
    plain = {"features": {}, "models": {"rbf-svm": {}}, "sizes": sizes}
    assert load_spec(CELLS, plain).features == {}
    with pytest.raises(SpecError, match="must give numbers, which 'rbf-svm' takes; got sequences"):
        load_spec(LETTERS, plain)
    assert load_spec(CELLS, {"models.rbf-svm.features": "raw"}).models["rbf-svm"].features == "raw"


@pytest.mark.parametrize(
    ("name", "changes", "kind"),
    [
        (CELLS, {}, "numbers"),
        (CELLS, {"data": FILE}, "numbers"),
        (LETTERS, {}, "sequences"),
        (LETTERS, {"data": {"simulator": "splice_sites"}}, "sequences"),
        (SIMULATED, {}, "genotypes"),
        (SIMULATED, {"data": {"simulator": "cohort"}}, "genotypes"),
        (SIMULATED, {"data": {"file": "x.vcf", "kind": "genotypes"}}, "genotypes"),
        (NETWORK, {"data.dataset": "quantumgrn-lcl"}, "numbers"),  # a dataset's own name: its first part
        (NETWORK, {"data": {"simulator": "cells"}}, "numbers"),
    ],
    ids=str,
)
def test_what_the_data_are(name, changes, kind):
    assert data_kind(load_spec(name, changes)) == kind
