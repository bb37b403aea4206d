"""What a file says of its data: labels chosen and joined, groups found, a second dataset held out."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from small_experiment import STEPS, numbers, small_spec

from qsetu.core.errors import ArgumentError
from qsetu.experiments import ExperimentSpec, SpecError, compute, load_spec, read_spec, run_experiment
from qsetu.experiments.data import load_data, prepare_data, subsample
from qsetu.experiments.jobs import make_plan
from qsetu.experiments.merging import merge_results
from qsetu.experiments.splits import holdout_split, outer_splits
from qsetu.genomics import ExpressionDataset


def _spec(**tables) -> ExperimentSpec:
    data = small_spec(models=["rbf-svm"]).model_dump(mode="json")
    for name, table in tables.items():
        data[name] = {**data[name], **table}
    return ExperimentSpec.model_validate(data)


def _own(labels, groups=None, split=None) -> ExpressionDataset:
    rng = np.random.default_rng(0)
    return ExpressionDataset(
        sample_names=[f"s{i}" for i in range(len(labels))],
        values=rng.normal(size=(len(labels), 5)) + (np.array(labels) == labels[0])[:, None],
        gene_names=[f"g{i}" for i in range(5)],
        labels=labels,
        groups=groups,
        official_split=split,
    )


def test_labels_are_chosen_and_joined(cells):
    spec = _spec(data={"relabel": {"CD14+ Monocyte": "myeloid", "Dendritic": "myeloid"}})
    data = prepare_data(spec, cells)
    assert data.labels == ("CD19+ B", "myeloid")
    assert np.bincount(data.y).tolist() == [30, 60]
    chosen = prepare_data(_spec(data={"labels": ["Dendritic", "CD19+ B"]}), cells)
    assert chosen.labels == ("CD19+ B", "Dendritic")
    assert len(chosen) == 60
    assert chosen.notes == ("30 samples with other labels are left out.",)
    np.testing.assert_array_equal(np.array(chosen.labels)[chosen.y], chosen.dataset.labels)
    for table in ({"labels": ["Dendritic", "Dendrites"]}, {"relabel": {"Dendrites": "x"}}):
        with pytest.raises(ArgumentError, match=r"must be a label of the data.*CD19\+ B"):
            prepare_data(_spec(data=table), cells)
    with pytest.raises(ArgumentError, match="two labels at least"):
        prepare_data(_spec(), cells.take(cells.labels == "Dendritic"))


def test_groups_by_every_rule():
    dataset = _own(["a", "b"] * 6, groups=[f"g{i // 2}" for i in range(12)])
    count = {
        rule: len(set(prepare_data(_spec(split={"groups": rule}), dataset).groups))
        for rule in ("suggested", "given", "none")
    }
    assert count == {"suggested": 6, "given": 6, "none": 12}
    import pandas as pd

    described = dataclasses.replace(dataset, metadata=pd.DataFrame({"site": ["x", "x", "y"] * 4}))
    by_site = prepare_data(_spec(split={"groups": "site"}), described).groups
    assert len(set(by_site)) == 2
    with pytest.raises(ArgumentError, match=r"'split\.groups' must be suggested, given.*\(site\)"):
        prepare_data(_spec(split={"groups": "donor"}), described)
    with pytest.raises(ArgumentError, match=r"split\.groups.*no groups"):
        prepare_data(_spec(split={"groups": "given"}), _own(["a", "b"] * 6))
    with pytest.raises(ArgumentError, match=r"split\.shared_word"):
        prepare_data(_spec(split={"groups": "none", "shared_word": 8}), dataset)


def test_one_group_after_the_other_is_left_out():
    spec = _spec(split={"method": "leave-one-group-out", "groups": "given"})
    data = prepare_data(spec, _own(["a", "b"] * 9, groups=[f"g{i // 6}" for i in range(18)]))
    splits = outer_splits(data, spec.split, spec.sizes["default"], 1)
    assert [set(data.groups[split.test]) for split in splits] == [{"g0"}, {"g1"}, {"g2"}]
    assert all(not set(data.groups[s.test]) & set(data.groups[s.train]) for s in splits)


def test_the_published_split_is_tested_once_and_folds_may_be_made_of_its_training_part():
    part = np.repeat(["train", "test"], [24, 12])
    dataset = _own(["a", "b"] * 18, split=part)
    spec = _spec(split={"official": True})
    data = prepare_data(spec, dataset)
    plan = make_plan(spec, data, "default", 1)
    assert [split.kind for split in plan.splits] == ["fold", "fold", "holdout"]
    last = plan.splits[-1]
    assert last.test.tolist() == list(range(24, 36)) and last.train.tolist() == list(range(24))
    assert sorted(np.concatenate([s.test for s in plan.splits[:2]]).tolist()) == list(range(36))
    inside = _spec(split={"official": True, "folds_on": "train"})
    folds = make_plan(inside, prepare_data(inside, dataset), "default", 1).splits[:2]
    assert sorted(np.concatenate([s.test for s in folds]).tolist()) == list(range(24))
    result = compute(spec, dataset, seed=1)
    assert result.models[0].holdout.kind == "holdout"
    assert len(result.models[0].holdout.predicted) == 12
    assert sorted(result.splits[-1].groups) == list(range(12)) and result.splits[0].groups is None
    assert len(result.models[0].folds) == 2  # the held-out part is no fold
    for table in ({"official": True}, {"folds_on": "train"}):
        with pytest.raises(ArgumentError, match="no published split"):
            prepare_data(_spec(split=table), _own(["a", "b"] * 6))


def test_a_held_out_part_is_concluded_from_what_the_record_keeps():
    dataset = _own(["a", "b"] * 30, groups=np.arange(60) // 2, split=np.repeat(["train", "test"], [28, 32]))
    data = small_spec(models=["fidelity-kernel-svm", "elastic-net"]).model_dump(mode="json")
    data["split"] |= {"official": True, "groups": "given"}
    data["evaluation"]["metrics"] = ["roc_auc"]
    result = compute(ExperimentSpec.model_validate(data), dataset, seed=1)
    for model in result.models:
        found = model.holdout_interval
        assert (found.metric, found.method, found.units) == ("roc_auc", "bootstrap", 16)
        assert found.low < model.holdout.scores["roc_auc"] < found.high
        assert np.shape(model.holdout.label_scores) == (32, 2)
        assert all(fold.label_scores is None for fold in model.folds)
    test = result.analysis.holdout
    assert (test.a, test.b, test.test) == ("fidelity-kernel-svm", "elastic-net", "bootstrap")
    assert result.analysis.sentences[-1] == test.sentence
    merged = merge_results([result])
    assert (merged.models, merged.analysis) == (result.models, result.analysis)
    blank = [model.model_copy(update={"holdout_interval": None}) for model in result.models]
    assert merge_results([result.model_copy(update={"models": blank})]).models == result.models


def test_held_out_samples_of_a_training_group_are_left_out():
    part = np.repeat(["train", "test"], [24, 12])
    groups = [f"g{i}" for i in range(24)] + ["g0", "g1"] + [f"h{i}" for i in range(10)]
    spec = _spec(split={"official": True})
    data = prepare_data(spec, _own(["a", "b"] * 18, groups=groups, split=part))
    split = holdout_split(data, spec.split, external=False)
    assert split.test.tolist() == list(range(26, 36))


def test_a_second_dataset_is_held_out_without_the_people_of_the_first(data_folder):
    spec = load_spec("population-structure")
    data = load_data(spec, 1)
    assert set(data.part.tolist()) == {"train", "test"}
    names = data.dataset.sample_names
    assert not set(names[data.part == "train"]) & set(names[data.part == "test"])
    assert any("564 samples of the second dataset are in the first by name" in note for note in data.notes)
    assert data.X.shape[1] == 13_064
    assert data.labels == ("ASW", "CEU", "CHB", "JPT", "LWK", "MXL", "TSI", "YRI")
    folds = outer_splits(data, spec.split, spec.sizes["quick"], 1)
    assert all((data.part[split.test] == "train").all() for split in folds)


def test_a_part_of_the_samples_keeps_labels_and_rare_ones(cells):
    data = prepare_data(_spec(), cells)
    rare = data.take(np.r_[0:60, 60:66])
    few = subsample(rare, 33, 4)
    counts = np.bincount(few.y, minlength=3)
    assert counts.sum() <= 36 and counts.min() == 6  # all of the rarest
    np.testing.assert_array_equal(few.X, subsample(rare, 33, 4).X)
    assert not np.array_equal(few.X, subsample(rare, 33, 5).X)
    assert subsample(rare, None, 1) is rare and subsample(rare, 66, 1) is rare


def test_a_simulator_tells_its_ceiling_and_follows_the_seed():
    spec = load_spec("epistasis", {"data.settings.n": 80})
    one, two = load_data(spec, 1), load_data(spec, 2)
    assert one.ceiling["accuracy"] == 0.75
    assert not np.array_equal(one.X, two.X)
    np.testing.assert_array_equal(one.X, load_data(spec, 1).X)
    with pytest.raises(ArgumentError, match=r"data\.settings\.maf"):
        load_data(load_spec("epistasis", {"data.settings.maf": 0.9}), 1)
    with pytest.raises(ArgumentError, match=r"data\.settings.*nonsense"):
        load_data(load_spec("epistasis", {"data.settings.nonsense": 1}), 1)


def test_a_file_of_ones_own_is_read_beside_the_experiment_file(tmp_path):
    rng = np.random.default_rng(2)
    rows = ["cell,type,g0,g1,g2,g3"]
    for i in range(40):
        label = "ab"[i % 2]
        values = rng.normal(size=4) + (2 if label == "a" else 0)
        rows.append(f"c{i},{label}," + ",".join(f"{v:.4f}" for v in values))
    (tmp_path / "cells.csv").write_text("\n".join(rows) + "\n")
    steps = ", ".join(
        "{ " + ", ".join(f'{k} = "{v}"' if isinstance(v, str) else f"{k} = {v}" for k, v in s.items()) + " }"
        for s in STEPS
    )
    (tmp_path / "mine.toml").write_text(f"""
format = "qsetu.experiment"
version = 2
name = "mine"
title = "mine"
question = "?"
[data]
file = "cells.csv"
kind = "expression"
settings = {{ labels = "type", names = "cell" }}
[features.components]
steps = [{steps}]
[evaluation]
metrics = ["balanced_accuracy"]
controls = []
[sizes.default]
outer_folds = 2
inner_folds = 2
configurations = 2
preflight = false
[models.rbf-svm]
""")
    run = run_experiment(tmp_path / "mine.toml", out=tmp_path / "out", workers=1, progress=False)
    assert run.result.dataset.labels == ["a", "b"]
    assert run.result.dataset.num_samples == 40
    assert run.result.models[0].summary["balanced_accuracy"].mean > 0.8
    assert str(tmp_path) not in (run.folder / "result.json").read_text()
    again = run_experiment(tmp_path / "mine.toml", out=tmp_path / "b", workers=1, progress=False)
    assert again.result.provenance.reused == 2 and numbers(again.result) == numbers(run.result)
    wrong = load_spec(
        tmp_path / "mine.toml", {"data.kind": "sequences", "features": {}, "models": {"position-weights": {}}}
    )
    with pytest.raises(ArgumentError, match=r"data\.kind.*must be 'expression'"):
        load_data(wrong, 1)
    with pytest.raises(SpecError, match="is not a known key"):
        read_spec(_edited(tmp_path, "kind =", "knid ="))


def _edited(folder, old, new):
    path = folder / "edited.toml"
    path.write_text((folder / "mine.toml").read_text().replace(old, new))
    return path
