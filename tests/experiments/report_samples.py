"""Results made up for tests: small, of every task, with numbers that agree among themselves."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from qsetu.experiments import corrected_interval, load_spec
from qsetu.experiments.held_out import compare_held_out, held_out_interval
from qsetu.experiments.metrics import METRICS, Prediction, compute_scores
from qsetu.experiments.record import (
    Analysis,
    ComparisonRecord,
    CurvePoint,
    DatasetRecord,
    DiagnosisRecord,
    FoldRecord,
    ModelRecord,
    Provenance,
    Ranking,
    Result,
    SplitRecord,
    Summary,
    TriedRecord,
    VerdictRecord,
    WarningRecord,
)
from qsetu.experiments.spec import EvaluationSpec

CARD = {
    "title": "Made-up people",
    "summary": "People who do not exist.",
    "collected": "Drawn at random.",
    "license": "CC0",
    "citation": "Nobody (2026)",
    "doi": "10.0/none",
    "url": "https://example.org/data",
    "sensitivity": "Open",
    "data_use": ["DUO:0000004"],
    "samples": "people",
    "features": "variants",
    "grouping": "By family.",
    "traps": ["They do not exist.", "Nor do their families."],
}
USUAL = {
    "classification": ("balanced_accuracy", "accuracy"),
    "regression": ("pearson", "rmse"),
    "network": ("pseudo_likelihood", "state_accuracy"),
}
# Name in the roster, title, family, control, whose, and how often it errs.
MODELS: dict[str, list[tuple[str, str, str, str | None, str | None, float]]] = {
    "classification": [
        ("fidelity-kernel-svm", "Fidelity kernel SVM", "quantum", None, None, 0.2),
        (
            "fidelity-kernel-svm",
            "Fidelity kernel SVM, no pairs",
            "quantum",
            "deentangled",
            "fidelity-kernel-svm",
            0.25,
        ),
        (
            "fidelity-kernel-svm",
            "Fidelity kernel SVM, shuffled",
            "quantum",
            "permutation",
            "fidelity-kernel-svm",
            0.5,
        ),
        ("rbf-svm", "RBF kernel SVM on parts", "classical", "rbf", "fidelity-kernel-svm", 0.15),
        ("elastic-net", "Elastic net", "classical", None, None, 0.3),
    ],
    "regression": [
        ("fidelity-kernel-ridge", "Fidelity kernel ridge", "quantum", None, None, 0.4),
        ("rbf-ridge", "RBF kernel ridge", "classical", None, None, 0.6),
        ("ridge", "Ridge regression", "classical", None, None, 0.8),
    ],
    "network": [
        ("quantum-network", "Quantum network", "quantum", None, None, 0.2),
        ("forest-network", "Forest network", "classical", None, None, 0.3),
    ],
}
ENVIRONMENT = {
    "python": "3.11.7",
    "system": "Linux",
    "release": "6.1",
    "architecture": "x86_64",
    "cpu": "A processor",
    "cpus": 4,
    "memory_bytes": 8 * 2**30,
    "packages": {"qsetu": "0.1.0", "numpy": "2.4.6"},
}


def made_result(
    task: str = "classification",
    *,
    labels: tuple[str, ...] = ("ill", "well"),
    samples: int = 60,
    folds: int = 4,
    repeats: int = 1,
    holdout: bool = False,
    held_out: int = 10,
    curve: tuple[float, ...] = (),
    metrics: tuple[str, ...] | None = None,
    title: str = "A made-up experiment",
    card: dict[str, Any] | None = CARD,
    seed: int = 1,
    groups: int | None = None,
) -> Result:
    """A result that was never computed; equal arguments give equal results."""
    random = np.random.default_rng(seed)
    classified = task == "classification"
    truth = random.integers(len(labels), size=samples) if classified else random.normal(size=samples).round(3)
    names = metrics or USUAL[task]
    spec = _spec(task, names, title, folds, repeats, curve, seed, holdout)
    splits = _splits(random, samples, folds, repeats, held_out if holdout else 0)
    models = [_model(random, row, task, names, truth, labels, splits, curve) for row in MODELS[task]]
    counts = np.bincount(truth, minlength=len(labels)).tolist() if classified else []
    result = Result(
        identity="ab" * 32,
        experiment="made-up",
        title=title,
        question="Does anything tell them apart?",
        task=task,
        size="default",
        seed=seed,
        spec=spec,
        dataset=DatasetRecord(
            name="made-up/all",
            title="Made-up people",
            kind="genotypes",
            files={"people.vcf": "cd" * 32},
            content_sha256="ef" * 32,
            num_samples=samples,
            num_features=500,
            num_groups=groups or samples,
            labels=list(labels) if classified else [],
            counts=counts,
            true=[] if task == "network" else truth.tolist(),
            ceiling={},
            notes=[],
            card=card,
        ),
        splits=splits,
        models=models,
        diagnoses=[_diagnosis()] if classified else [],
        analysis=Analysis(comparisons=[], ranking=None, sentences=[]),
        provenance=Provenance(
            started="2026-01-01T00:00:00+00:00",
            finished="2026-01-01T00:01:00+00:00",
            seconds=60.0,
            cpu_seconds=55.5,
            gpu_seconds=0.0,
            energy_joules=None,
            energy_note="not measured: a test",
            reused=0,
            computed=len(models) * len(splits),
            command="qsetu run made-up --seed 1",
            workers=2,
            environments=[ENVIRONMENT],
            threads={"per_worker": 2, "variables": {"OMP_NUM_THREADS": "1"}, "pools": []},
            engine="native",
            code="12" * 32,
            git_commit="34" * 20,
            git_modified=False,
        ),
    )
    return with_intervals(result)


def with_intervals(result: Result) -> Result:
    """``result`` with the intervals and the test of its held-out part, as a run computes them."""
    evaluation = EvaluationSpec.model_validate(result.spec["evaluation"])
    known = result.splits, result.dataset, evaluation, result.seed
    models = [
        model.model_copy(update={"holdout_interval": held_out_interval(model.holdout, *known)})
        for model in result.models
    ]
    analysis = result.analysis.model_copy(update={"holdout": compare_held_out(models, *known)})
    return result.model_copy(update={"models": models, "analysis": analysis})


def with_analysis(result: Result) -> Result:
    """``result`` with comparisons, a ranking and sentences, as an analysis would leave them."""
    first, twin = "fidelity-kernel-svm", "fidelity-kernel-svm+deentangled"
    comparison = ComparisonRecord(
        a=first,
        b="elastic-net",
        kind="family",
        difference=0.0512,
        low=-0.0321,
        high=0.1345,
        p=0.1234,
        p_holm=0.2468,
        p_wilcoxon=None,
        effect_size=0.75,
        significant=False,
        sentence="No significant difference.",
    )
    other = comparison.model_copy(
        update={"b": twin, "kind": "deentangled", "p_holm": 0.0004, "significant": True}
    )
    ranking = Ranking(
        statistic=4.2,
        p=0.12,
        mean_ranks={first: 1.25, "elastic-net": 2.5, "fidelity-kernel-svm+rbf": 2.25},
        critical_difference=1.66,
        level=0.05,
        groups=[[first, "fidelity-kernel-svm+rbf", "elastic-net"]],
    )
    sentences = ["No significant difference between the two.", "Nothing more can be said."]
    update = {"comparisons": [comparison, other], "ranking": ranking, "sentences": sentences}
    return result.model_copy(update={"analysis": result.analysis.model_copy(update=update)})


def _spec(task, metrics, title, folds, repeats, curve, seed, holdout) -> dict[str, Any]:
    spec = load_spec("pbmc-cell-types").model_dump(mode="json")
    size = {
        **spec["sizes"]["default"],
        "outer_folds": folds,
        "repeats": repeats,
        "learning_curve": list(curve),
    }
    spec.update(
        task=task, name="made-up", title=title, seed=seed, sizes={"default": {**size, "configurations": 2}}
    )
    spec["data"] = {
        **spec["data"],
        "dataset": "made-up",
        "target": "height" if task == "regression" else None,
    }
    spec["data"]["holdout"] = "more-people" if holdout else None
    spec["features"] = {"parts": {"steps": [{"step": "standardize"}, {"step": "pca", "components": 4}]}}
    spec["evaluation"]["metrics"] = list(metrics)
    spec["models"] = {name: {} for name, *_ in MODELS[task]}
    return spec


def _splits(random, samples: int, folds: int, repeats: int, held_out: int) -> list[SplitRecord]:
    found = []
    last = samples - held_out
    for repeat in range(repeats):
        for fold, test in enumerate(np.array_split(random.permutation(last), folds)):
            train = last - len(test)
            found.append(_split("fold", repeat, fold, train, sorted(test.tolist())))
    if held_out:
        found.append(_split("holdout", 0, 0, last, list(range(last, samples))))
    return found


def _split(kind, repeat, fold, train, test) -> SplitRecord:
    return SplitRecord(
        kind=kind,
        repeat=repeat,
        fold=fold,
        num_train=train,
        num_train_groups=train,
        test=test,
        groups=list(range(len(test))) if kind == "holdout" else None,
    )


def _model(random, row, task, metrics, truth, labels, splits, curve) -> ModelRecord:
    model, title, family, control, of, errs = row
    folds = [_fold(random, split, task, metrics, truth, labels, errs, control, curve) for split in splits]
    outer = [fold for fold in folds if fold.kind == "fold"]
    sizes = [(split.num_train, len(split.test)) for split in splits if split.kind == "fold"]
    train, test = np.mean(sizes, axis=0)
    summary = {}
    for name in metrics:
        entry = METRICS[name]
        scores = [fold.scores[name] for fold in outer]
        interval = corrected_interval(scores, train, test, low=entry.low, high=entry.high)
        summary[name] = Summary(**dataclasses.asdict(interval))
    confusion = None
    if task == "classification":
        counts = np.zeros((len(labels), len(labels)), dtype=int)
        for split, fold in zip(splits, folds, strict=True):
            if split.kind == "fold":
                np.add.at(counts, (truth[split.test], fold.predicted), 1)
        confusion = counts.tolist()
    return ModelRecord(
        name=model if control is None else f"{of}+{control}",
        title=title,
        model=model,
        family=family,
        features="parts",
        control=control,
        control_of=of,
        settings={},
        configurations=2,
        fits=len(splits) * 7,
        folds=outer,
        holdout=next((fold for fold in folds if fold.kind == "holdout"), None),
        summary=summary,
        confusion=confusion,
    )


def _fold(random, split, task, metrics, truth, labels, errs, control, curve) -> FoldRecord:
    true = truth[split.test]
    edges = None
    if task == "classification":
        wrong = random.random(len(true)) < errs
        values = np.where(wrong, random.integers(len(labels), size=len(true)), true)
    elif task == "regression":
        values = (true * (1 - errs) + errs * random.normal(size=len(true))).round(4)
    else:
        edges = random.normal(size=(5, 5)).round(3).tolist()
        values = np.zeros(0)
    scores = (
        {name: float(0.6 + 0.2 * random.random()) for name in metrics}
        if task == "network"
        else compute_scores(metrics, true, Prediction(values))
    )
    tried = [
        TriedRecord(configuration={"C": 1.0}, score=0.5 + 0.1 * random.random(), seconds=0.2),
        TriedRecord(configuration={"C": 10.0}, score=0.5 + 0.1 * random.random(), seconds=0.2),
    ]
    best = max(tried, key=lambda one: one.score)
    points = [
        CurvePoint(
            share=share,
            num_train=round(share * split.num_train),
            scores={name: score - 0.05 * (1 - share) for name, score in scores.items()},
        )
        for share in (() if control else curve)
    ]
    return FoldRecord(
        kind=split.kind,
        repeat=split.repeat,
        fold=split.fold,
        seed=int(random.integers(2**31)),
        scores=scores,
        configuration=best.configuration,
        tuning_score=best.score,
        tried=tried,
        curve=points,
        feature_seconds=0.01,
        tune_seconds=0.4,
        fit_seconds=round(0.05 + errs, 4),
        predict_seconds=round(0.002 + errs / 100, 4),
        cpu_seconds=0.5,
        predicted=[] if task == "network" else values.tolist(),
        edges=edges,
        warnings=[WarningRecord(category="ConvergenceWarning", message="not yet <converged>", count=2)]
        if errs == 0.3
        else [],
    )


def _diagnosis() -> DiagnosisRecord:
    return DiagnosisRecord(
        model="fidelity-kernel-svm",
        title="Fidelity kernel SVM",
        configuration={"C": 1.0},
        num_samples=40,
        num_features=4,
        num_qubits=4,
        verdicts=[VerdictRecord(name="concentration", level="good", value="mean 0.5", text="Values differ.")],
        spectrum=[0.5, 0.25, 0.125, 0.0],
        rbf_spectrum=[0.4, 0.3, 0.2, 0.1],
        seconds=0.1,
    )
