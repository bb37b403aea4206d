"""Results of one experiment that were computed apart, added up; refused where they are of different ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from qsetu.core.checks import as_float
from qsetu.core.errors import ArgumentError
from qsetu.experiments.comparing import check_one_experiment, check_same_fold
from qsetu.experiments.held_out import held_out_interval
from qsetu.experiments.record import (
    DiagnosisRecord,
    FoldRecord,
    ModelRecord,
    Provenance,
    Result,
    SplitRecord,
)
from qsetu.experiments.spec import EvaluationSpec
from qsetu.experiments.store import Mismatch
from qsetu.experiments.summing import conclude, count_confusion, count_fits, summarize

__all__ = ["merge_results"]

Place = tuple[str, int, int]
Origins = dict[tuple[str, Place], int]


def merge_results(results: Sequence[Result], *, tolerance: float = 0.0) -> Result:
    """Add up results of one experiment: other repeats from other machines, or the same ones computed twice.

    As in Sinter (Gidney 2022, the sampler beside Stim), results add up only when the identities of what was
    run match. Splits are united, and everything that is computed from folds is computed again by the
    functions of a run; the numbers of folds are kept. Preflights are those of the result with the first
    repeat.

    Args:
        results: One or more, in any order.
        tolerance: How far the scores of a fold that was computed twice may differ, and which share of its
            predictions, from 0 to 0.5; 0 wants equal numbers. Predictions that are no labels differ when they
            are further apart than ``tolerance`` times the larger one (or 1). Kept is the earlier result's.

    Returns:
        A result as if one machine had run all. Its wall time, GPU time and energy are the sums of its parts,
        its processor time that of the folds it holds, its command the commands of all.

    Raises:
        ArgumentError: No results, or a tolerance that is not from 0 to 0.5.
        Mismatch: The results are not of one experiment, say different numbers, or leave a repeat out; the
            message names the first difference.
    """
    if not results:
        raise ArgumentError("results", "must hold one result at least", list(results))
    tolerance = as_float("tolerance", tolerance, low=0.0, high=0.5)
    first = results[0]
    for other in results[1:]:
        check_one_experiment(first, other)
    splits = _united_splits(results)
    models, origins = [], {}
    evaluation = EvaluationSpec.model_validate(first.spec["evaluation"])
    for model in first.models:
        merged, origin = _united_model(model.name, results, splits, tolerance)
        models.append(_recomputed(merged, splits, first, evaluation))
        origins.update(origin)
    return first.model_copy(
        update={
            "spec": _widened(first, splits),
            "splits": splits,
            "models": models,
            "diagnoses": _diagnoses(results),
            "analysis": conclude(models, splits, first.dataset, evaluation, first.seed),
            "provenance": _provenance(results, models, origins),
        }
    )


def _place(one: SplitRecord | FoldRecord) -> Place:
    return one.kind, one.repeat, one.fold


def _united_splits(results: Sequence[Result]) -> list[SplitRecord]:
    """All splits, by repeat and fold, a held-out part last.

    Raises:
        Mismatch: A split was tested on other samples, or repeats are missing between others.
    """
    found: dict[Place, SplitRecord] = {}
    for result in results:
        for split in result.splits:
            there = found.setdefault(_place(split), split)
            if there != split:
                title = "The held-out part" if split.kind == "holdout" else f"Split {_title(_place(split))}"
                raise Mismatch(
                    f"{title} is not the same in all results: it is tested on other samples or learned "
                    "from another number of them."
                )
    folds = sorted((split for split in found.values() if split.kind == "fold"), key=_place)
    repeats = {split.repeat for split in folds}
    missing = sorted(set(range(min(repeats), max(repeats) + 1)) - repeats)
    if missing:
        raise Mismatch(
            f"Repeats {missing} (counted from 0) are in none of the results, and others before and after "
            "are: no settings would say what was run. Give the results that hold them, too."
        )
    return [*folds, *(split for split in found.values() if split.kind == "holdout")]


def _united_model(
    name: str, results: Sequence[Result], splits: Sequence[SplitRecord], tolerance: float
) -> tuple[ModelRecord, Origins]:
    found: dict[Place, FoldRecord] = {}
    origins: Origins = {}
    for number, result in enumerate(results):
        model = result.model(name)
        records = [*model.folds, *([model.holdout] if model.holdout else [])]
        if [_place(record) for record in records] != [_place(split) for split in result.splits]:
            raise Mismatch(
                f"Result {number + 1} is damaged: the folds of {name} are not those of its splits."
            )
        for record in records:
            place = _place(record)
            if place in found:
                check_same_fold(f"{name}, split {_title(place)}", found[place], record, tolerance)
            else:
                found[place], origins[name, place] = record, number
    ordered = [found[_place(split)] for split in splits]
    update = {
        "folds": [record for record in ordered if record.kind == "fold"],
        "holdout": next((record for record in ordered if record.kind == "holdout"), None),
    }
    return results[0].model(name).model_copy(update=update), origins


def _recomputed(
    model: ModelRecord, splits: Sequence[SplitRecord], first: Result, evaluation: EvaluationSpec
) -> ModelRecord:
    records = [*model.folds, *([model.holdout] if model.holdout else [])]
    size: Any = first.spec["sizes"][first.size]  # type: ignore[index,call-overload]
    counted = None if model.confusion is None else count_confusion(model.folds, splits, first.dataset)
    return model.model_copy(
        update={
            "fits": count_fits(records, size["inner_folds"]),
            "summary": summarize(model.folds, splits, evaluation.metrics, evaluation.confidence),
            "confusion": counted,
            "holdout_interval": held_out_interval(
                model.holdout, splits, first.dataset, evaluation, first.seed
            ),
        }
    )


def _widened(first: Result, splits: Sequence[SplitRecord]) -> dict[str, JsonValue]:
    """The specification of ``first`` with the repeats that ``splits`` have."""
    sizes: Any = first.spec["sizes"]
    split: Any = first.spec["split"]
    if split["method"] != "folds":  # one repeat, whatever the settings say
        return first.spec
    repeats = [one.repeat for one in splits if one.kind == "fold"]
    own = {
        **sizes[first.size],
        "first_repeat": min(repeats),
        "repeats": max(repeats) - min(repeats) + 1,
    }
    return {**first.spec, "sizes": {**sizes, first.size: own}}


def _diagnoses(results: Sequence[Result]) -> list[DiagnosisRecord]:
    """Of every quantum model the one made on the earliest split, in the order of the models."""
    ordered = sorted(results, key=lambda result: min(split.repeat for split in result.splits))
    found: dict[str, DiagnosisRecord] = {}
    for result in ordered:
        for one in result.diagnoses:
            found.setdefault(one.model, one)
    return [found[model.name] for model in results[0].models if model.name in found]


def _provenance(results: Sequence[Result], models: Sequence[ModelRecord], origins: Origins) -> Provenance:
    parts = [result.provenance for result in results]
    joules = [part.energy_joules for part in parts]
    environments: list[dict[str, JsonValue]] = []
    for part in parts:
        environments += [one for one in part.environments if one not in environments]
    kept = [
        (model, record, origins[model.name, _place(record)])
        for model in models
        for record in [*model.folds, *([model.holdout] if model.holdout else [])]
    ]
    on_gpu = [
        record.feature_seconds + record.tune_seconds + record.fit_seconds
        for model, record, origin in kept
        if model.family == "quantum" and record.kind == "fold" and parts[origin].gpu_seconds > 0
    ]
    commits = {(part.git_commit, part.git_modified) for part in parts}
    commit, modified = commits.pop() if len(commits) == 1 else (None, None)
    return parts[0].model_copy(
        update={
            "started": min((part.started for part in parts), key=datetime.fromisoformat),
            "finished": max((part.finished for part in parts), key=datetime.fromisoformat),
            "seconds": round(sum(part.seconds for part in parts), 2),
            "cpu_seconds": round(sum(record.cpu_seconds for _, record, _ in kept), 2),
            "gpu_seconds": round(sum(on_gpu), 2),
            "energy_joules": None if None in joules else sum(joule for joule in joules if joule is not None),
            "energy_note": "; ".join(dict.fromkeys(part.energy_note for part in parts)),
            "reused": sum(part.reused for part in parts),
            "computed": sum(part.computed for part in parts),
            "command": " && ".join(dict.fromkeys(part.command for part in parts if part.command)),
            "workers": max(part.workers for part in parts),
            "environments": environments,
            "git_commit": commit,
            "git_modified": modified,
        }
    )


def _title(place: Place) -> str:
    kind, repeat, fold = place
    return "held-out" if kind == "holdout" else f"{repeat + 1}.{fold + 1}"
