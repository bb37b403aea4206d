"""Preflight of every quantum model on the first training part: diagnosed before believed."""

from __future__ import annotations

import dataclasses
import time
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from qsetu.core.hashing import content_hash
from qsetu.core.seeds import derive_seed
from qsetu.experiments.entrants import Entrant
from qsetu.experiments.jobs import Job, Plan
from qsetu.experiments.models import Build
from qsetu.experiments.record import DiagnosisRecord, FoldRecord, VerdictRecord
from qsetu.experiments.store import Store

__all__ = ["diagnose", "most_chosen"]

MAX_SAMPLES = {"quick": 150}
USUAL_SAMPLES = 300
EIGENVALUES = 40
GRADIENT_QUBITS, GRADIENT_DRAWS = 8, 50


def diagnose(
    plan: Plan, found: Mapping[Job, FoldRecord], store: Store, fresh: bool = False
) -> list[DiagnosisRecord]:
    """The preflight of each quantum model, with the configuration that most folds chose.

    Args:
        plan: The run.
        found: The records of its jobs.
        store: Where diagnoses are found and kept, like folds.
        fresh: Look again, and hold it against what the store has.

    Returns:
        One record a quantum model that is no control; none where the size asks for no preflight.

    Raises:
        Mismatch: ``fresh``, and a diagnosis came out differently from the store's.
    """
    if not plan.spec.sizes[plan.size].preflight or plan.data.task == "network":
        return []
    records = []
    for place, entrant in enumerate(plan.entrants):
        if entrant.entry.family != "quantum" or entrant.control is not None:
            continue
        chosen = most_chosen([record for job, record in found.items() if job.entrant == place])
        what = {**plan.what(Job(place, 0)), "diagnosis": chosen, "size": plan.size}
        key = content_hash("qsetu.diagnosis.v1", what)
        there = None if fresh else store.get(key, DiagnosisRecord)
        record = there[0] if there is not None else _diagnosed(plan, entrant, chosen)
        store.put(key, what, record, {})
        records.append(record)
    return records


def most_chosen(records: list[FoldRecord]) -> dict[str, Any]:
    """The configuration that most folds chose; of equal ones the first."""
    texts = [repr(sorted(record.configuration.items())) for record in records]
    most = Counter(texts).most_common(1)[0][0]
    return dict(records[texts.index(most)].configuration)


def _diagnosed(plan: Plan, entrant: Entrant, chosen: dict[str, Any]) -> DiagnosisRecord:
    from qsetu.learn import preflight

    start = time.perf_counter()
    bench, split = plan.bench(), plan.splits[0]
    y = plan.data.y[split.train]
    made = bench.features.make(entrant.features, split.train, split.test[:1], y)
    seed = derive_seed(plan.seed, "preflight", entrant.name)
    build = Build(seed, plan.spec.engine, made.train.shape[1])
    model: Any = entrant.build(chosen, build)
    if not entrant.entry.kernel:
        model = _AnyWidth(entrant, chosen, build)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it has to say, it says in its verdicts
        found = preflight(
            model,
            made.train,
            y,
            max_samples=MAX_SAMPLES.get(plan.size, USUAL_SAMPLES),
            max_qubits=GRADIENT_QUBITS,
            draws=GRADIENT_DRAWS,
            random_state=seed,
        )
    spectrum: list[float] = []
    rbf: list[float] = []
    if found.matrix is not None:
        spectrum = _spectrum(found.matrix)
        rbf = _spectrum(_rbf(_looked_at(made.train, y, plan, seed)))
    return DiagnosisRecord(
        model=entrant.name,
        title=entrant.title,
        configuration=chosen,
        num_samples=found.num_samples,
        num_features=found.num_features,
        num_qubits=found.num_qubits,
        verdicts=[
            VerdictRecord(name=v.name, level=v.level, value=v.value, text=v.text) for v in found.verdicts
        ],
        spectrum=spectrum,
        rbf_spectrum=rbf,
        seconds=round(time.perf_counter() - start, 3),
    )


@dataclass(frozen=True)
class _AnyWidth:
    """A model that can be asked for its circuit on any number of features: its map is built for each."""

    entrant: Entrant
    chosen: dict[str, Any]
    build: Build

    @property
    def engine(self) -> str:
        return self.build.engine

    def preflight_circuit(self, num_features: int) -> Any:
        build = dataclasses.replace(self.build, num_features=num_features)
        return self.entrant.build(self.chosen, build).preflight_circuit(num_features)


def _looked_at(X: Any, y: Any, plan: Plan, seed: int) -> Any:
    """As many samples as the preflight looked at; which ones does not matter for the shape of a spectrum."""
    limit = MAX_SAMPLES.get(plan.size, USUAL_SAMPLES)
    rows = np.random.default_rng(seed).permutation(len(X))[:limit]
    return X[rows]


def _rbf(X: Any) -> Any:
    from sklearn.metrics.pairwise import rbf_kernel

    variance = float(X.var())
    return rbf_kernel(X, gamma=1.0 / (X.shape[1] * variance) if variance > 0 else 1.0)


def _spectrum(matrix: Any) -> list[float]:
    values = np.linalg.eigvalsh(matrix)[::-1]
    total = float(np.clip(values, 0, None).sum())
    return [round(float(max(value, 0.0)) / total, 8) for value in values[:EIGENVALUES]] if total > 0 else []
