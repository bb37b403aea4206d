"""What is to be packed, read and named: notebooks, results of experiments, exported models."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from qsetu.core.errors import ArgumentError
from qsetu.experiments.record import Result, read_result
from qsetu.sharing.bundle.code_inputs import inputs_of_notebook
from qsetu.sharing.bundle.notebooks import (
    as_bytes,
    read_notebook,
    title_of,
    without_outputs,
)
from qsetu.sharing.errors import BundleError
from qsetu.sharing.manifest import FindingRecord, Item
from qsetu.sharing.metrics import Metric, metrics_of_notebook

__all__ = ["Draft", "metrics_of_result", "plain_name", "read_item"]

MODEL_ENDINGS = (".json", ".qasm", ".npz", ".npy", ".safetensors", ".onnx", ".txt", ".csv")
_PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".bin")
SIMULATED = "simulated"
"""Stands before the name of a simulator, where data were simulated."""
OWN_FILE = "your own data"
"""What a result's record calls a file that has no card."""
_LARGEST = 256 * 2**20
# The interval of a score is one of other samples; a second run on the same ones gives it to rounding.
_RESULT_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Draft:
    """One thing to be packed.

    Attributes:
        kind: What it is.
        name: Its name in the bundle.
        title: For people.
        main: Its first file.
        files: Content by name in the bundle.
        datasets: Names of the datasets it reads.
        metrics: What a second run has to give.
        problems: Inputs that nobody has described, as findings.
        result: The record, of a result.
        notebook: The notebook, of one.
    """

    kind: Literal["notebook", "result", "model"]
    name: str
    title: str
    main: str
    files: Mapping[str, bytes]
    datasets: tuple[str, ...] = ()
    metrics: tuple[Metric, ...] = ()
    problems: tuple[FindingRecord, ...] = ()
    result: Result | None = None
    notebook: dict[str, Any] | None = field(default=None, repr=False)

    def item(self) -> Item:
        """What the manifest says of it."""
        provenance = self.result.provenance if self.result else None
        return Item(
            kind=self.kind,
            name=self.name,
            title=self.title,
            files=sorted(self.files),
            main=self.main,
            metrics=list(self.metrics),
            datasets=list(self.datasets),
            identity=self.result.identity if self.result else "",
            seconds=provenance.seconds if provenance else None,
            started=provenance.started if provenance else "",
            finished=provenance.finished if provenance else "",
        )

    def reduced(self) -> tuple[Draft, list[str]]:
        """Without anything that stands for single samples, and what was taken out."""
        if self.notebook is not None:
            stripped = without_outputs(self.notebook)
            return self._with({self.main: as_bytes(stripped)}), [
                f"{self.main}: outputs, except declared metrics"
            ]
        if self.result is not None:
            content = _summary_only(self.result)
            gone = [name for name in self.files if name != self.main]
            notes = [f"{self.main}: labels, predictions and places of single samples"]
            return self._with({self.main: content}), notes + [f"{name}: left out" for name in sorted(gone)]
        return self, []

    def _with(self, files: Mapping[str, bytes]) -> Draft:
        return Draft(
            self.kind, self.name, self.title, self.main, files, self.datasets, self.metrics, self.problems,
            self.result, self.notebook,
        )  # fmt: skip


def read_item(path: Path, name: str) -> Draft:
    """What lies at ``path``.

    Args:
        path: A notebook, a results folder or its ``result.json``, or a file of a model.
        name: What to call it in the bundle.

    Raises:
        BundleError: It cannot be read, or is a pickle.
        DataError: A result is damaged.
        ArgumentError: It is none of these.
    """
    if path.suffix == ".ipynb":
        return _notebook(path, name)
    if path.is_dir() or path.name == "result.json":
        return _result(path, name)
    return _model(path, name)


def _notebook(path: Path, name: str) -> Draft:
    notebook = read_notebook(path)
    inputs, main = inputs_of_notebook(notebook), f"notebooks/{name}.ipynb"
    metrics = metrics_of_notebook(notebook)
    declares = "declare_metric(" in json.dumps(notebook["cells"])
    if declares and not metrics:
        raise BundleError(
            f"Notebook '{path}' declares metrics and holds none: it has not been run, or was saved without "
            "outputs. Run it from top to bottom and save it."
        )
    problems = [
        FindingRecord(
            kind="undeclared-input",
            severity="leak",
            source=f"{main}, {place.partition(':')[0]}",
            number=1,
            sentence=f"reads data itself ({place.partition(': ')[2]}); nobody has said what it is: give its "
            "card with --card FILE.",
        )
        for place in inputs.own
    ] + [
        FindingRecord(
            kind="computed-dataset",
            severity="leak",
            source=f"{main}, {place.partition(':')[0]}",
            number=1,
            sentence="may read datasets whose names are not in its code: name them with --dataset.",
        )
        for place in inputs.computed
    ]
    return Draft(
        "notebook",
        name,
        title_of(notebook, name),
        main,
        {main: as_bytes(notebook)},
        inputs.datasets,
        tuple(metrics),
        tuple(problems),
        notebook=notebook,
    )


def _result(path: Path, name: str) -> Draft:
    folder = path if path.is_dir() else path.parent
    result = read_result(folder)
    base = f"results/{name}"
    files = {f"{base}/result.json": (folder / "result.json").read_bytes()}
    # Only what a results folder is known to hold: whatever else lies there was not meant.
    names = ["report.html", "report.md"]
    if (folder / "figures").is_dir():
        names += sorted(
            f"figures/{one.name}" for one in (folder / "figures").iterdir() if one.suffix in (".png", ".svg")
        )
    for one in names:
        file = folder / one
        if file.is_file() and not file.is_symlink():
            files[f"{base}/{one}"] = file.read_bytes()
    return Draft(
        "result",
        name,
        result.title,
        f"{base}/result.json",
        files,
        (_dataset_of(result),),
        metrics_of_result(result),
        result=result,
    )


def _dataset_of(result: Result) -> str:
    data = result.spec.get("data")
    simulator = data.get("simulator") if isinstance(data, dict) else None
    return f"{SIMULATED}/{simulator}" if simulator and result.dataset.card is None else result.dataset.name


def metrics_of_result(result: Result) -> tuple[Metric, ...]:
    """What a second run of an experiment has to give: each contender's mean of the first score."""
    first = result.metrics()[0]
    found = {
        name: Metric(
            name=name,
            value=model.summary[first].mean,
            tolerance=_RESULT_TOLERANCE,
            std_error=None,
            shots=None,
            unit="",
        )
        for model in result.contenders()
        if (name := f"{model.title}: {first}"[:120].strip())
    }
    return tuple(found.values())


def _model(path: Path, name: str) -> Draft:
    ending = path.suffix.lower()
    if ending in _PICKLES:
        raise BundleError(
            f"'{path}' may hold a pickle, and loading one runs whatever code is in it: no partner should "
            f"have to. Export the model as one of {', '.join(MODEL_ENDINGS)}."
        )
    if ending not in MODEL_ENDINGS:
        rule = "must be notebooks (.ipynb), results folders, or models exported as " + ", ".join(
            MODEL_ENDINGS
        )
        raise ArgumentError("items", rule, str(path))
    try:
        if path.stat().st_size > _LARGEST:
            raise BundleError(f"'{path}' has more than {_LARGEST:,} bytes.")
        data = path.read_bytes()
    except OSError as error:
        raise BundleError(f"'{path}' cannot be read ({error.strerror or error}).") from None
    if ending in (".npy", ".npz") and not _plain_arrays(path):
        raise BundleError(f"'{path}' holds Python objects, not arrays of numbers: loading it could run code.")
    main = f"models/{name}{ending}"
    return Draft("model", name, name, main, {main: data})


def _plain_arrays(path: Path) -> bool:
    import zipfile

    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as found:
            return all(found[key].dtype.kind in "fiubcSU" for key in found.files)
    except AttributeError:
        return True  # one array: .npy, which has no context
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile):
        return False


def _summary_only(result: Result) -> bytes:
    """The record without values of single samples; it stays a valid record."""
    content = result.model_dump(mode="json")
    content["dataset"]["true"] = []
    for split in content["splits"]:
        split["test"], split["groups"] = [], None
    for model in content["models"]:
        for fold in [*model["folds"], *([model["holdout"]] if model["holdout"] else [])]:
            fold["predicted"], fold["label_scores"] = [], None
    return (json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode()


def plain_name(text: str) -> str:
    """``text`` as a name in a bundle."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:80] or "item"
