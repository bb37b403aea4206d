"""What a run writes down of itself: its seed, its data and splits, and the machines that took part."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from small_experiment import numbers, small_spec

from qsetu.experiments import ExperimentSpec, compute, runner
from qsetu.experiments.data import ExperimentData, prepare_data
from qsetu.experiments.splits import Split


@pytest.fixture(scope="module")
def data(cells) -> ExperimentData:
    return prepare_data(small_spec(), cells)


def test_without_a_seed_the_experiments_own_is_taken(cells):
    own = compute(small_spec(models=["rbf-svm"], seed=5), cells)
    assert own.seed == 5
    assert numbers(own) == numbers(compute(small_spec(models=["rbf-svm"]), cells, seed=5))


@pytest.mark.parametrize("size", ["default", "quick"])
def test_without_a_number_of_workers_the_work_decides(cells, monkeypatch, size):
    asked = []
    monkeypatch.setattr(runner, "default_workers", lambda units, quick: asked.append((units, quick)) or 1)
    result = compute(small_spec(models=["rbf-svm", "elastic-net"]), cells, size=size, seed=1, workers=None)
    assert asked == [(4, size == "quick")]
    assert result.provenance.workers == 1


def test_every_machine_that_took_part_is_named_once_and_this_one_first(cells, tmp_path, monkeypatch):
    for machine, models in [("a", ["rbf-svm"]), ("b", ["rbf-svm", "elastic-net"])]:
        monkeypatch.setattr(runner, "environment_record", lambda machine=machine: {"cpu": machine})
        result = compute(small_spec(models=models), cells, seed=1, store=tmp_path)
    assert result.provenance.environments == [{"cpu": "b"}, {"cpu": "a"}]
    assert (result.provenance.reused, result.provenance.computed) == (2, 2)


def test_a_label_that_was_left_out_is_counted_as_none(data):
    rare = dataclasses.replace(data, y=np.where(data.y == 2, 1, data.y))
    record = runner._dataset_record(rare)
    assert record.labels == list(data.labels)
    assert record.counts == [30, 60, 0]
    assert record.true == rare.y.tolist()
    assert (record.kind, record.num_samples, record.num_features, record.num_groups) == (
        "expression",
        90,
        60,
        90,
    )


def test_data_without_labels_are_counted_by_nothing_and_a_network_names_its_genes(data):
    network = runner._dataset_record(dataclasses.replace(data, task="network"))
    assert (network.counts, network.true) == ([], [])
    assert network.labels == list(data.dataset.gene_names)
    measured = runner._dataset_record(
        dataclasses.replace(data, task="regression", labels=(), y=np.linspace(0, 1, 90))
    )
    assert (measured.counts, measured.labels) == ([], [])
    assert measured.true == np.linspace(0, 1, 90).tolist()


def test_a_split_counts_the_groups_that_it_learns_from(data):
    pairs = dataclasses.replace(data, groups=np.repeat([f"g{i}" for i in range(45)], 2))
    split = Split("fold", 1, 2, np.arange(10, 90), np.arange(10))
    record = runner._split_record(pairs, split)
    assert (record.kind, record.repeat, record.fold) == ("fold", 1, 2)
    assert (record.num_train, record.num_train_groups) == (80, 40)
    assert record.test == list(range(10))


def test_a_run_computes_on_one_thread_and_leaves_the_setting_as_it_was(cells, monkeypatch):
    from sklearn.svm import SVC
    from threadpoolctl import threadpool_info, threadpool_limits

    fit, seen = SVC.fit, set()

    def watch(self, *arguments, **settings):
        seen.update(pool["num_threads"] for pool in threadpool_info())
        return fit(self, *arguments, **settings)

    monkeypatch.setattr(SVC, "fit", watch)
    with threadpool_limits(2):
        before = [pool["num_threads"] for pool in threadpool_info()]
        compute(small_spec(models=["rbf-svm"]), cells, size="quick", seed=1)
        assert [pool["num_threads"] for pool in threadpool_info()] == before
    assert seen == {1}


def test_fits_are_those_of_tuning_and_the_final_one(cells):
    table = small_spec(models=["rbf-svm"]).model_dump(mode="json")
    table["sizes"]["default"] |= {"inner_folds": 3}
    (model,) = compute(ExperimentSpec.model_validate(table), cells, seed=1).models
    assert model.fits == 2 * (2 * 3 + 1)
