"""Notebooks, cards and bundles made up for tests."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from qsetu.genomics.card import DatasetCard
from qsetu.sharing import (
    Asked,
    KeyList,
    Metric,
    Packed,
    Receiver,
    VerifyReport,
    make_key,
    pack,
    read_private_key,
    sign_bundle,
)
from qsetu.sharing.metrics import MEDIA_TYPE

EVERYBODY = Asked("methods", Receiver(name="everybody"))
DAY = date(2026, 11, 30)
# Put together here, so that this file itself holds none.
ROWS = "\n".join(f"HG{number} 0|1 1|1 0|0 0|1" for number in (99990, 99991, 99992))


def code(source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": 1 if outputs else None,
        "metadata": {},
        "outputs": list(outputs),
        "source": source,
    }


def text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def printed(content: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": content}


def shown(metric: Metric) -> dict[str, Any]:
    data = {MEDIA_TYPE: metric.model_dump(mode="json"), "text/plain": str(metric)}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    return {
        "cells": list(cells),
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }


def declaring(name: str, value: float, *, really: float | None = None, **rule: Any) -> dict[str, Any]:
    """A cell that declares a metric, with a run's output ``value``; another run gives ``really``."""
    rule = rule or {"tolerance": 1e-6}
    again = value if really is None else really
    source = f"from qsetu.sharing import declare_metric\ndeclare_metric({name!r}, {again!r}, **{rule!r});"
    return code(source, shown(Metric(name=name, value=value, **rule)))


def written(folder: Path, name: str, *cells: dict[str, Any]) -> Path:
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps(notebook(*cells)), encoding="utf-8")
    return path


def simple(folder: Path, value: float = 0.75) -> Path:
    return written(folder, "simple", text("# A simple notebook"), declaring("score", value))


def packed(folder: Path, *items: Path, asked: Asked = EVERYBODY, **options: Any) -> Packed:
    items = items or (simple(folder),)
    return pack(items, folder / "made.qsetu.zip", asked, day=DAY, **options)


def card(
    name: str = "cohort",
    access: str = "Restricted",
    codes: tuple[str, ...] = ("DUO:0000042",),
    part: str = "",
) -> DatasetCard:
    return DatasetCard.model_validate(
        {
            "format": "qsetu.dataset",
            "version": 1,
            "name": name,
            "title": "A cohort that does not exist",
            "summary": "People who do not exist.",
            "kind": "genotypes",
            "collected": "Drawn at random.",
            "license": "by agreement",
            "redistribution": False,
            "citation": "Nobody (2026)",
            "url": "https://example.org/cohort",
            "sensitivity": access,
            "data_use": codes,
            "samples": "people",
            "traps": ("They do not exist.",),
            "columns": ({"name": "genotypes", "dtype": "int", "meaning": "copies of the allele"},),
            "parts": {
                part: {
                    "title": "all",
                    "num_samples": 3,
                    "files": ({"path": f"{name}/calls.vcf", "size": 1, "sha256": "0" * 64},),
                }
            },
        }
    )


def states(report: VerifyReport) -> dict[str, str]:
    return {check.name: check.state for check in report.checks}


class Institution:
    """A home with a key of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.keys = KeyList(folder)
        self.key = make_key(name, folder, today=DAY)
        self.keys.add(self.key, own=True, today=DAY)

    def sign(self, bundle: Path) -> Path:
        return sign_bundle(bundle, read_private_key(self.folder / f"{self.key.keyid}.key.pem"))

    def trusts(self, other: Institution) -> None:
        self.keys.add(other.key, today=DAY)
