"""In what two results are the same: data, splits, settings, code, versions, machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from qsetu.experiments.reading import fold_splits, plan_of, spec_of
from qsetu.experiments.record import Result, SplitRecord

__all__ = ["Aspect", "aspects", "same_data", "split_key"]

_SHOWN = 4


@dataclass(frozen=True)
class Aspect:
    """One thing that two results have in common or not.

    Attributes:
        name: What.
        same: Whether it is the same.
        a: What it is in the first result, in short.
        b: What it is in the second.
    """

    name: str
    same: bool
    a: str
    b: str


def aspects(a: Result, b: Result) -> tuple[Aspect, ...]:
    """Everything that may explain why numbers differ, from the experiment to the machine."""
    splits = [{split_key(split) for split in one.splits} for one in (a, b)]
    return (
        Aspect("experiment", a.identity == b.identity, _short(a.identity), _short(b.identity)),
        Aspect("data", same_data(a, b), _data(a), _data(b)),
        Aspect(
            "splits", splits[0] == splits[1], f"{len(fold_splits(a))} folds", f"{len(fold_splits(b))} folds"
        ),
        _settings(a, b),
        Aspect("seed", a.seed == b.seed, str(a.seed), str(b.seed)),
        Aspect(
            "code",
            a.provenance.code == b.provenance.code,
            _short(a.provenance.code),
            _short(b.provenance.code),
        ),
        Aspect(
            "engine", a.provenance.engine == b.provenance.engine, a.provenance.engine, b.provenance.engine
        ),
        _listed("versions", _versions(a), _versions(b)),
        _listed("machine", _machines(a), _machines(b)),
    )


def same_data(a: Result, b: Result) -> bool:
    """Whether both have the same samples, in the same order, with the same labels."""
    one, two = a.dataset, b.dataset
    return (one.content_sha256, one.num_samples, one.labels, one.true) == (
        two.content_sha256,
        two.num_samples,
        two.labels,
        two.true,
    )


def split_key(split: SplitRecord) -> tuple[Any, ...]:
    """What a split is, whatever its number: how many train, and which test."""
    return split.kind, split.num_train, tuple(split.test)


def _short(digest: str) -> str:
    return digest[:12]


def _data(result: Result) -> str:
    return f"{result.dataset.name}, n = {result.dataset.num_samples}, {_short(result.dataset.content_sha256)}"


def _settings(a: Result, b: Result) -> Aspect:
    first, second = _flat(_ran(a)), _flat(_ran(b))
    different = [key for key in {**first, **second} if first.get(key) != second.get(key)]
    if len(different) <= _SHOWN:
        return _listed("settings", first, second)
    # So many are told by the table they are in.
    tables = dict.fromkeys(".".join(key.split(".")[:2]) for key in different)
    return Aspect("settings", False, f"{len(different)} differ, in {', '.join(tables)}", "")


def _ran(result: Result) -> dict[str, Any]:
    """The settings that were in force: not those of other sizes, nor wording."""
    kept = {
        key: value
        for key, value in spec_of(result).items()
        if key not in ("sizes", "title", "question", "seed")
    }
    return {**kept, "size": plan_of(result)}


def _flat(value: Any, path: str = "") -> dict[str, str]:
    if isinstance(value, dict) and value:
        found: dict[str, str] = {}
        for key, inner in value.items():
            found.update(_flat(inner, f"{path}.{key}" if path else str(key)))
        return found
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        found = {}
        for place, inner in enumerate(value):
            found.update(_flat(inner, f"{path}.{place}"))
        return found
    return {path: repr(value)}


def _versions(result: Result) -> dict[str, str]:
    found: dict[str, str] = {}
    for machine in result.provenance.environments:
        own = {"python": machine.get("python"), **cast(dict[str, Any], machine.get("packages") or {})}
        for name, version in own.items():
            # Folds of one result may come from machines with different versions.
            known = found.get(name, "")
            found[name] = (
                known
                if str(version) in known.split(" and ")
                else " and ".join(filter(None, [known, str(version)]))
            )
    return found


def _machines(result: Result) -> dict[str, str]:
    keys = ("system", "architecture", "cpu", "cpus")
    told = [
        ", ".join(str(machine.get(key, "?")) for key in keys) for machine in result.provenance.environments
    ]
    return {f"machine {place}": text for place, text in enumerate(sorted(set(told)), 1)}


def _listed(name: str, a: dict[str, str], b: dict[str, str]) -> Aspect:
    """Only what differs is shown, a few of it."""
    different = [key for key in {**a, **b} if a.get(key) != b.get(key)]
    if not different:
        return Aspect(name, True, "", "")

    def shown(values: dict[str, str]) -> str:
        told = [f"{key} {values.get(key, '–')}" for key in different[:_SHOWN]]
        left = len(different) - len(told)
        return "; ".join(told) + (f"; {left} more" if left else "")

    return Aspect(name, False, shown(a), shown(b))
