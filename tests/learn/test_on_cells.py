"""Quantum models on real cells of ten types, as a bioinformatician would use them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from qsetu.genomics import load_dataset
from qsetu.learn import FidelityKernel, QuantumKernelClassifier, VariationalClassifier

KERNEL = QuantumKernelClassifier(FidelityKernel("hardware_efficient", bandwidth=0.2), C=10)
CIRCUIT = VariationalClassifier(learning_rate=0.1, epochs=25, bandwidth=0.4, random_state=0)


@pytest.mark.parametrize(("model", "wanted"), [(KERNEL, 0.78), (CIRCUIT, 0.73)])
def test_ten_types_of_cells_are_told_apart(model, wanted):
    cells = load_dataset("pbmc68k-reduced")
    pipeline = make_pipeline(StandardScaler(), PCA(6, random_state=0), StandardScaler(), model)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    scores = cross_val_score(pipeline, cells.values, cells.labels, cv=folds)
    assert len(np.unique(cells.labels)) == 10
    # Always the most frequent type would be right in 34 of 100.
    assert scores.mean() > wanted
