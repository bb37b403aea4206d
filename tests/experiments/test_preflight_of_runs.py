"""The preflight of a run: which models, with which configuration, and once only."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.metrics.pairwise import rbf_kernel
from small_experiment import small_spec

from qsetu.experiments import ExperimentSpec, compute
from qsetu.experiments import diagnose as diagnose_module
from qsetu.experiments.data import prepare_data
from qsetu.experiments.diagnose import diagnose, most_chosen
from qsetu.experiments.jobs import Job, Plan, make_plan
from qsetu.experiments.record import DiagnosisRecord, FoldRecord
from qsetu.experiments.store import Mismatch, Store

MODELS = ["fidelity-kernel-svm", "variational-classifier", "elastic-net"]


def planned(cells, **changes) -> Plan:
    data = small_spec(models=MODELS, controls=["deentangled", "rbf", "permutation"]).model_dump(mode="json")
    data["sizes"]["default"] |= {"preflight": True, **changes}
    data["sizes"]["other"] = data["sizes"]["default"]
    spec = ExperimentSpec.model_validate(data)
    return make_plan(spec, prepare_data(spec, cells), "default", 1)


@pytest.fixture(scope="module")
def plan(cells) -> Plan:
    return planned(cells)


def fold(**configuration) -> FoldRecord:
    return FoldRecord(
        kind="fold",
        repeat=0,
        fold=0,
        seed=1,
        scores={},
        configuration=configuration,
        tuning_score=0.0,
        tried=[],
        curve=[],
        feature_seconds=0.0,
        tune_seconds=0.0,
        fit_seconds=0.0,
        predict_seconds=0.0,
        cpu_seconds=0.0,
        predicted=[],
        warnings=[],
    )


def chosen_by_all(plan: Plan) -> dict[Job, FoldRecord]:
    return {
        Job(place, split): fold(of=entrant.name)
        for place, entrant in enumerate(plan.entrants)
        for split in range(len(plan.splits))
    }


@pytest.fixture
def looked_at(monkeypatch):
    """The models that are diagnosed, without the work."""
    calls = []

    def diagnosed(plan, entrant, chosen):
        calls.append(entrant.name)
        return DiagnosisRecord(
            model=entrant.name,
            title=entrant.title,
            configuration=chosen,
            num_samples=4,
            num_features=3,
            num_qubits=3,
            verdicts=[],
            spectrum=[],
            rbf_spectrum=[],
            seconds=float(len(calls)),
        )

    monkeypatch.setattr(diagnose_module, "_diagnosed", diagnosed)
    return calls


def test_the_configuration_of_most_folds_is_chosen():
    a, b = {"C": 1.0, "width": 2.0}, {"C": 2.0, "width": 1.0}
    assert most_chosen([fold(**a), fold(**b), fold(**b)]) == b
    assert most_chosen([fold(**a), fold(**b), fold(**b), fold(**a)]) == a  # equally often: the first
    assert most_chosen([fold(**b), fold(**a)]) == b
    turned = {name: b[name] for name in reversed(b)}
    assert most_chosen([fold(**a), fold(**b), fold(**turned)]) == b  # the order of its settings is nothing


def test_quantum_models_are_looked_at_and_their_controls_are_not(plan, looked_at):
    assert len(plan.entrants) == 8
    records = diagnose(plan, chosen_by_all(plan), Store(None))
    assert looked_at == MODELS[:2]
    assert [(one.model, one.configuration) for one in records] == [
        (name, {"of": name}) for name in MODELS[:2]
    ]


def test_a_size_without_preflight_and_a_network_have_none(cells, plan, looked_at):
    without = planned(cells, preflight=False)
    assert diagnose(without, chosen_by_all(without), Store(None)) == []
    network = dataclasses.replace(plan, data=dataclasses.replace(plan.data, task="network"))
    assert diagnose(network, chosen_by_all(plan), Store(None)) == []
    assert looked_at == []


def test_a_diagnosis_is_kept_and_found_again(plan, looked_at, tmp_path):
    store, found = Store(tmp_path), chosen_by_all(plan)
    first = diagnose(plan, found, store)
    assert diagnose(plan, found, Store(tmp_path)) == first
    assert looked_at == MODELS[:2]
    # Another choice, or another size, which looks at another number of samples, is another diagnosis.
    other = {job: fold(of="other") if job.entrant == 0 else record for job, record in found.items()}
    diagnose(plan, other, store)
    assert looked_at == [*MODELS[:2], MODELS[0]]
    diagnose(dataclasses.replace(plan, size="other"), found, store)
    assert looked_at == [*MODELS[:2], MODELS[0], *MODELS[:2]]


def test_fresh_looks_again_and_holds_it_against_the_store(plan, looked_at, tmp_path, monkeypatch):
    store, found = Store(tmp_path), chosen_by_all(plan)
    diagnose(plan, found, store)
    again = diagnose(plan, found, store, fresh=True)
    assert looked_at == MODELS[:2] * 2
    assert [one.seconds for one in again] == [3.0, 4.0]
    calls = diagnose_module._diagnosed
    changed = lambda *arguments: calls(*arguments).model_copy(update={"num_qubits": 4})  # noqa: E731
    monkeypatch.setattr(diagnose_module, "_diagnosed", changed)
    with pytest.raises(Mismatch, match="came out differently"):
        diagnose(plan, found, store, fresh=True)


def shares(matrix) -> np.ndarray:
    values = np.sort(np.linalg.eigvalsh(matrix))[::-1]
    return values[:40] / values.sum()


def test_a_kernel_has_a_spectrum_and_beside_it_that_of_the_rbf_kernel(plan):
    entrant = plan.entrants[0]
    found = {Job(0, 0): fold(**entrant.configurations[0])}
    (record,) = diagnose(dataclasses.replace(plan, entrants=[entrant]), found, Store(None))
    train = plan.splits[0].train
    X = plan.bench().features.make(entrant.features, train, train[:1], plan.data.y[train]).train
    assert (record.num_samples, record.num_features) == X.shape
    gamma = 1.0 / (X.shape[1] * X.var())
    np.testing.assert_allclose(record.rbf_spectrum, shares(rbf_kernel(X, gamma=gamma)), atol=2e-8)
    assert record.spectrum == sorted(record.spectrum, reverse=True)
    assert len(record.spectrum) == 40
    assert 0.9 < sum(record.spectrum) <= 1.0 + 1e-6
    assert record.spectrum != record.rbf_spectrum


def test_a_circuit_has_verdicts_and_no_spectrum(cells):
    data = small_spec(models=MODELS[1:2]).model_dump(mode="json")
    data["features"]["components"]["steps"][2]["components"] = 4
    data["sizes"]["default"] |= {"preflight": True}
    spec = ExperimentSpec.model_validate(data)
    plan = make_plan(spec, prepare_data(spec, cells), "default", 1)
    found = {Job(0, 0): fold(**plan.entrants[0].configurations[0])}
    (record,) = diagnose(plan, found, Store(None))
    assert (record.spectrum, record.rbf_spectrum) == ([], [])
    (verdict,) = record.verdicts
    assert verdict.name == "gradient variance"
    # A trend: the circuit was built for 2, 3 and 4 features, and not only for those of the run.
    assert "for each qubit" in verdict.value
    assert record.num_qubits == 4


def test_a_spectrum_is_shares_of_the_largest_eigenvalues():
    spectrum = diagnose_module._spectrum
    assert spectrum(np.diag([1.0, 6.0, 3.0])) == [0.6, 0.3, 0.1]
    assert spectrum(np.diag([1.0, -0.1, 3.0])) == [0.75, 0.25, 0.0]  # what is below zero is rounding
    assert spectrum(np.zeros((3, 3))) == []
    many = spectrum(np.eye(50))
    assert many == [0.02] * 40


def test_the_rbf_kernel_beside_it_has_the_width_that_scikit_learn_gives_it():
    X = np.random.default_rng(0).normal(0, 3, (9, 4))
    np.testing.assert_allclose(diagnose_module._rbf(X), rbf_kernel(X, gamma=1 / (4 * X.var())))
    np.testing.assert_array_equal(diagnose_module._rbf(np.ones((3, 2))), np.ones((3, 3)))


def test_a_large_training_part_is_looked_at_in_part(plan):
    X, looked = np.arange(400.0)[:, None], diagnose_module._looked_at
    quick = looked(X, None, dataclasses.replace(plan, size="quick"), 5)
    usual = looked(X, None, plan, 5)
    assert (len(quick), len(usual)) == (150, 300)
    assert len(np.unique(usual)) == 300
    assert (looked(X, None, plan, 5) == usual).all()
    assert (np.sort(looked(X[:90], None, plan, 5), axis=0) == X[:90]).all()


def test_a_fresh_run_looks_again(cells, looked_at, tmp_path):
    data = small_spec(models=MODELS[:1]).model_dump(mode="json")
    data["sizes"]["default"] |= {"preflight": True}
    spec = ExperimentSpec.model_validate(data)
    for fresh in (False, False, True):
        result = compute(spec, cells, seed=1, store=tmp_path, fresh=fresh)
        assert [one.model for one in result.diagnoses] == MODELS[:1]
    assert len(looked_at) == 2
