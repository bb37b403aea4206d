"""A commented experiment file to start from."""

from __future__ import annotations

import json
import re
from pathlib import Path

from qsetu.core.errors import ArgumentError, OutputError
from qsetu.experiments.metrics import metrics_of
from qsetu.experiments.models import ENCODINGS
from qsetu.experiments.spec.agree import KINDS
from qsetu.experiments.spec.read import read_spec
from qsetu.genomics import dataset_card, dataset_names

__all__ = ["starter_text", "write_starter"]

STEPS = {
    "expression": (
        '{ step = "select", keep = 200 },           # genes with the highest ANOVA F',
        '{ step = "standardize" },',
        '{ step = "pca", components = 8 },          # one qubit each',
        '{ step = "standardize" },',
    ),
    "sequences": (
        '{ step = "kmer-spectrum", k = 3 },         # how often each 3-mer occurs',
        '{ step = "standardize" },',
        '{ step = "pca", components = 8 },          # one qubit each',
        '{ step = "standardize" },',
    ),
    "genotypes": (
        '{ step = "genotype" },                     # copies of an allele, missing calls filled',
        '{ step = "select", keep = 200 },',
        '{ step = "pca", components = 8 },          # one qubit each',
        '{ step = "standardize" },',
    ),
}


def write_starter(name: str, path: str | Path, *, dataset: str = "pbmc68k-reduced") -> Path:
    """Write a commented experiment file, which runs as it is.

    Args:
        name: Of the experiment: lower-case letters, digits, hyphens.
        path: The file to write; must not exist.
        dataset: A registered dataset with labels.

    Raises:
        ArgumentError: A bad name, or a dataset without labels to predict.
        OutputError: The file exists, or cannot be written.
    """
    file = Path(path)
    text = starter_text(name, dataset)
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise OutputError(f"'{file}' exists, and is not overwritten. Choose another name.") from None
    except OSError as error:
        raise OutputError(f"'{file}' cannot be written ({error.strerror}).") from None
    read_spec(file)
    return file


def starter_text(name: str, dataset: str) -> str:
    """The text of :func:`write_starter`."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise ArgumentError("name", "must be lower-case letters, digits and hyphens", name)
    known = [one for kind in KINDS for one in dataset_names(kind)]
    if dataset not in known and not any(one.startswith(f"{dataset}/") for one in known):
        from qsetu.core.errors import unknown_name

        raise unknown_name("dataset", dataset, known)
    card = dataset_card(dataset)
    part = card.facts(dataset.partition("/")[2] or next(iter(card.parts)))
    if len(part.labels) < 2:
        raise ArgumentError("dataset", "must have labels to predict", dataset, "See qsetu data list.")
    rare = [label for label, count in part.labels.items() if count < 6]
    kept = [label for label in part.labels if label not in rare]
    labels = f"labels = {json.dumps(kept, ensure_ascii=False)}\n" if rare else ""
    steps = "\n".join(f"  {line}" for line in STEPS[card.kind])
    return f"""\
# An experiment of your own. Run it:  qsetu run {name}.toml --quick
# Every key is explained in docs/experiments.md; unknown keys and impossible values are refused.
format = "qsetu.experiment"
version = 2
name = "{name}"
title = "Quantum kernels beside classical models on {dataset}"
question = "Do quantum kernels tell the labels of {dataset} apart as well as classical models do?"
seed = 1                     # equal seeds give equal numbers
engine = "auto"              # or native, xla, aer, reference

[data]
dataset = "{dataset}"        # qsetu data list; or file = "cells.csv" and kind = "expression"
{labels}
[split]
groups = "suggested"         # copies and relatives never straddle a fold; qsetu data info says what they are

# Features: fitted on the training part of every fold, the same numbers for every model that names them.
[features.components]
steps = [
{steps}
]

[evaluation]
metrics = ["balanced_accuracy", "roc_auc"]   # the first tunes and ranks
# Others: {", ".join(metrics_of("classification"))}
confidence = 0.95                            # of intervals
level = 0.05                                 # of corrected tests
controls = ["deentangled", "rbf", "permutation"]   # run beside every quantum model

# Every model tries the same number of configurations in every outer fold.
[sizes.quick]
outer_folds = 3
inner_folds = 2
configurations = 2
max_samples = 300

[sizes.default]
outer_folds = 5
inner_folds = 3
configurations = 8
learning_curve = [0.25, 0.5]

[sizes.full]
outer_folds = 5
repeats = 5
inner_folds = 3
configurations = 16
learning_curve = [0.1, 0.25, 0.5, 0.75]

# Models: names of the roster (qsetu list models). Without a list of configurations or a space of its own, a
# model is tuned on the roster's.
[models.fidelity-kernel-svm]
# Encodings: {", ".join(list(ENCODINGS)[:5])}, ...
[models.fidelity-kernel-svm.space]
encoding = ["zz-linear-1", "hardware-efficient-1"]
bandwidth = [0.05, 0.1, 0.2, 0.4]           # decides whether a kernel can tell two samples apart
C = [1.0, 10.0, 100.0]

[models.projected-kernel-svm]

[models.elastic-net]

[models.rbf-svm]

[models.gradient-boosting]
"""
