"""The roster of models that experiment files name."""

from __future__ import annotations

from qsetu.experiments.models.classical import CLASSICAL_MODELS
from qsetu.experiments.models.entry import Build, ModelEntry, Parameter
from qsetu.experiments.models.genotypes import GENETIC_MODELS
from qsetu.experiments.models.networks import NETWORK_MODELS
from qsetu.experiments.models.quantum import ENCODINGS, QUANTUM_MODELS
from qsetu.experiments.models.sequences import SEQUENCE_MODELS

__all__ = ["ENCODINGS", "MODELS", "RBF_MODELS", "Build", "ModelEntry", "Parameter"]

MODELS: dict[str, ModelEntry] = {
    entry.name: entry
    for entry in (*QUANTUM_MODELS, *CLASSICAL_MODELS, *SEQUENCE_MODELS, *GENETIC_MODELS, *NETWORK_MODELS)
}

RBF_MODELS = {"classification": "rbf-svm", "regression": "rbf-ridge"}
"""What plays the part of the RBF kernel beside quantum models, by task."""
