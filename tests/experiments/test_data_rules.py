"""What is told of the samples: their shares, ceilings, traits, files, relatives, and a second dataset."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from small_experiment import small_spec

from qsetu.core.errors import ArgumentError, DataError
from qsetu.core.seeds import derive_seed, generator
from qsetu.experiments import ExperimentSpec, load_spec
from qsetu.experiments import data as data_module
from qsetu.experiments.data import load_data, prepare_data, subsample
from qsetu.genomics import ExpressionDataset, GenotypeDataset, SequenceDataset
from qsetu.genomics.simulators import epistasis

# ---- own data of each kind ------------------------------------------------------------------------------


def expression(labels, genes=3, first=0, **fields) -> ExpressionDataset:
    number = len(labels)
    given = {
        "sample_names": [f"s{first + i}" for i in range(number)],
        "values": np.arange(number * genes, dtype=float).reshape(number, genes) + first,
        "gene_names": [f"g{i}" for i in range(genes)],
        "labels": labels,
    }
    return ExpressionDataset(**{**given, **fields})


def genotypes(dosages, **fields) -> GenotypeDataset:
    number = dosages.shape[1]
    variants = {"id": [f"m{i}" for i in range(number)], "chromosome": "1", "position": 0}
    table = pd.DataFrame({**variants, "counted": "A", "other": "C"})
    names = [f"line-{i}" for i in range(len(dosages))]
    return GenotypeDataset(sample_names=names, dosages=dosages, variants=table, **fields)


def lines(number=40, **fields) -> GenotypeDataset:
    """Lines with the trait 0, 1, 2, ..."""
    dosages = np.random.default_rng(0).integers(0, 2, (number, 12)).astype(np.int8)
    return genotypes(dosages, traits=pd.DataFrame({"yield-1": np.arange(number)}), **fields)


def spec_of(**tables) -> ExperimentSpec:
    data = small_spec(models=["rbf-svm"]).model_dump(mode="json")
    for name, table in tables.items():
        data[name] = {**data[name], **table}
    return ExperimentSpec.model_validate(data)


# ---- a part of the samples ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "limit", "expected"),
    [((100, 40), 70, [50, 20]), ((100, 12), 28, [25, 10]), ((100, 6), 53, [50, 6])],
    ids=str,
)
def test_labels_keep_their_shares_and_ten_samples_each(counts, limit, expected):
    labels = np.random.default_rng(1).permutation(np.repeat(["a", "b"], counts))
    data = prepare_data(spec_of(split={"groups": "none"}), expression(labels))
    few = subsample(data, limit, 3)
    assert np.bincount(few.y).tolist() == expected
    places = few.X[:, 0] // 3
    assert (np.diff(places) > 0).all(), "their order stays"
    np.testing.assert_array_equal(few.y, data.y[places.astype(int)])
    np.testing.assert_array_equal(few.dataset.X, few.X)


def test_numbers_are_drawn_alike_and_stay_in_order():
    spec = load_spec("genomic-prediction", {"split.groups": "none"})
    data = prepare_data(spec, lines(number=60))
    few = subsample(data, 20, 4)
    drawn = generator(4, "subsample").permutation(60)[:20]
    assert few.y.tolist() == sorted(drawn.tolist())
    assert subsample(data, 20, 5).y.tolist() != few.y.tolist()


def test_what_is_taken_takes_its_groups_and_parts_along():
    part = np.array(["train", "test"] * 6)
    groups = [f"g{i // 2}" for i in range(12)]
    dataset = expression(["a", "b"] * 6, groups=groups, official_split=part)
    spec = spec_of(split={"groups": "given", "official": True})
    data = prepare_data(spec, dataset).take(np.array([3, 5, 8]))
    assert data.groups.tolist() == ["g1", "g2", "g4"]
    assert data.part.tolist() == ["test", "test", "train"]
    assert data.y.tolist() == [1, 1, 0] and len(data) == 3
    assert data.dataset.sample_names.tolist() == ["s3", "s5", "s8"]
    unasked = prepare_data(spec_of(split={"groups": "given"}), dataset)
    assert unasked.part is None and unasked.take(np.array([0, 1])).part is None


# ---- what steps are told --------------------------------------------------------------------------------


def test_steps_are_told_the_task_the_alphabet_and_the_copies():
    context = prepare_data(load_spec("genomic-prediction"), lines(ploidy=1)).context
    assert (context.task, context.alphabet, context.ploidy) == ("regression", "", 1)
    texts = ["ACGU" * 5 + letter * 5 for letter in "ACGU"]
    rna = SequenceDataset(sample_names=list("abcd"), sequences=texts, labels=list("xyxy"), alphabet="RNA")
    context = prepare_data(load_spec("promoters", {"split.shared_word": 30}), rna).context
    assert (context.task, context.alphabet, context.ploidy) == ("classification", "RNA", 2)


# ---- groups ---------------------------------------------------------------------------------------------


def test_sequences_that_share_a_word_of_the_asked_length_stay_together():
    rng = np.random.default_rng(2)
    texts = ["".join(rng.choice(list("ACGT"), 40)) for _ in range(6)]
    texts[1] = texts[1][:10] + texts[0][5:17] + texts[1][22:]  # 12 letters in common
    dataset = SequenceDataset(sample_names=list("abcdef"), sequences=texts, labels=list("xyxyxy"))
    for length, number in ((12, 5), (20, 6)):
        groups = prepare_data(load_spec("promoters", {"split.shared_word": length}), dataset).groups
        assert len(set(groups)) == number
        assert (groups[0] == groups[1]) == (length == 12)


def test_relatives_of_the_asked_kinship_stay_together():
    rng = np.random.default_rng(3)
    parents = rng.binomial(2, 0.5, (4, 4000)).astype(np.int8)
    child = rng.binomial(1, parents[0] / 2) + rng.binomial(1, parents[1] / 2)
    people = genotypes(np.vstack([parents, child]).astype(np.int8), labels=list("xyxyx"))
    tables = {"data": {"simulator": "epistasis"}, "split.groups": "suggested"}
    for kinship, number in ((0.177, 3), (0.4, 5)):
        spec = load_spec("epistasis", {**tables, "split.kinship": kinship})
        groups = prepare_data(spec, people).groups
        assert len(set(groups)) == number
        assert (groups[0] == groups[4] == groups[1]) == (number == 3)


# ---- regression -----------------------------------------------------------------------------------------


def test_the_target_is_the_named_trait_and_measured_for_all():
    spec = load_spec("genomic-prediction")
    traits = pd.DataFrame({"height": np.zeros(40), "yield-1": np.arange(40) / 7})
    dataset = dataclasses.replace(lines(), traits=traits)
    data = prepare_data(spec, dataset)
    np.testing.assert_array_equal(data.y, np.arange(40) / 7)
    assert data.labels == () and data.y.dtype == np.float64
    with pytest.raises(ArgumentError, match=r"'data\.target' must be a trait of the data: height, yield-1;"):
        prepare_data(load_spec(spec, {"data.target": "yield-2"}), dataset)
    with pytest.raises(ArgumentError, match=r"'data\.target' must be a trait of the data"):
        prepare_data(spec, dataclasses.replace(dataset, traits=None))
    for gap in (np.nan, np.inf):
        traits = traits.assign(**{"yield-1": np.r_[gap, np.arange(39)]})
        with pytest.raises(ArgumentError, match=r"'data\.target' must be measured for every sample"):
            prepare_data(spec, dataclasses.replace(dataset, traits=traits))


# ---- simulators and files -------------------------------------------------------------------------------


def test_simulated_data_are_the_simulators_with_a_seed_and_ceilings_of_their_own():
    spec = load_spec("epistasis", {"data.settings": {"n": 60, "prevalence": 0.2}})
    made = epistasis(n=60, prevalence=0.2, seed=derive_seed(7, "data"))
    data = load_data(spec, 7)
    np.testing.assert_array_equal(data.X, made.dataset.X)
    assert made.bayes_accuracy != made.bayes_balanced_accuracy
    assert data.ceiling == {
        "accuracy": made.bayes_accuracy,
        "balanced_accuracy": made.bayes_balanced_accuracy,
    }


def test_a_ceiling_that_nobody_knows_is_not_told():
    table = {"simulator": "cohort", "settings": {"n": 20, "sequence_length": 2e5, "num_snps": 5}}
    assert load_data(load_spec("epistasis", {"data": table}), 1).ceiling == {}


def test_a_file_is_found_by_its_whole_path_and_its_settings_are_checked(tmp_path, monkeypatch):
    path = tmp_path / "cells.csv"
    path.write_text("cell,type,g0,g1\nc0,a,1,2\nc1,b,3,4\n")
    table = {"file": str(path), "kind": "expression", "settings": {"labels": "type", "names": "cell"}}
    spec = ExperimentSpec.model_validate(
        {**small_spec(models=["rbf-svm"]).model_dump(mode="json"), "data": table}
    )
    for folder in (None, tmp_path / "elsewhere"):
        found = load_data(spec.model_copy(update={"folder": folder}), 1)
        assert found.X.tolist() == [[1, 2], [3, 4]] and found.labels == ("a", "b")
    monkeypatch.chdir(tmp_path)
    near = load_spec(spec, {"data.file": "cells.csv"})
    assert near.folder is None and len(load_data(near, 1)) == 2
    with pytest.raises(ArgumentError, match=r"'data\.settings\.labels'"):
        load_data(load_spec(spec, {"data.settings.labels": "typ"}), 1)


# ---- a second dataset -----------------------------------------------------------------------------------


def joined(monkeypatch, first, second):
    monkeypatch.setattr(data_module, "load_dataset", {"golub-leukemia": second}.__getitem__)
    return prepare_data(spec_of(data={"holdout": "golub-leukemia"}), first)


def test_a_second_dataset_is_the_part_to_test_on(monkeypatch):
    first = expression(["a", "b"] * 3, groups=list("uuvvww"), files={"one": "1"})
    second = expression(["b", "a", "c", "a"], first=4, files={"two": "2"})  # s4 to s7
    data = joined(monkeypatch, first, second)
    assert data.part.tolist() == ["train"] * 6 + ["test"] * 2
    assert data.dataset.sample_names.tolist() == [f"s{i}" for i in range(8)]
    np.testing.assert_array_equal(data.X, np.vstack([first.X, second.X[2:]]))
    assert np.array(data.labels)[data.y].tolist() == ["a", "b", "a", "b", "a", "b", "c", "a"]
    assert data.dataset.groups.tolist() == [*"uuvvww", "s6", "s7"]
    assert data.notes == ("2 samples of the second dataset are in the first by name: left out.",)
    assert dict(data.dataset.files) == {"one": "1", "two": "2"}
    alone = dataclasses.replace(first, groups=None)
    assert joined(monkeypatch, alone, second).dataset.groups.tolist() == [f"s{i}" for i in range(8)]


def test_a_second_dataset_of_other_columns_is_refused(monkeypatch):
    first = expression(["a", "b"] * 3)
    with pytest.raises(DataError, match=r"do not fit together: values \(6, 3\) and \(4, 2\)"):
        joined(monkeypatch, first, expression(["a", "b"] * 2, genes=2, first=10))
    turned = expression(["a", "b"] * 2, first=10, gene_names=["g1", "g0", "g2"])
    with pytest.raises(DataError, match="do not fit together: other genes"):
        joined(monkeypatch, first, turned)
