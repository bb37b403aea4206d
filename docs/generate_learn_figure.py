"""Draws the figure of docs/learn.md: `python docs/generate_learn_figure.py`."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from qsetu.learn import FidelityKernel, QuantumKernelClassifier, deentangled

GRID = {
    "quantumkernelclassifier__C": [1, 10, 100],
    "quantumkernelclassifier__kernel__bandwidth": [0.05, 0.1, 0.2, 0.4],
}


def main() -> None:
    X, y = make_moons(200, noise=0.2, random_state=0)
    model = make_pipeline(StandardScaler(), QuantumKernelClassifier(FidelityKernel("zz", cache="none")))
    across, up = np.meshgrid(np.linspace(-1.8, 2.8, 120), np.linspace(-1.4, 1.9, 90))
    places = np.column_stack([across.ravel(), up.ravel()])
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    for axis, name, each in (
        (axes[0], "quantum kernel", model),
        (axes[1], "its de-entangled twin", deentangled(model)),
    ):
        search = GridSearchCV(each, GRID, cv=5).fit(X, y)
        values = search.decision_function(places).reshape(across.shape)
        axis.contourf(across, up, np.clip(values, -3, 3), np.linspace(-3, 3, 25), cmap="PuOr", alpha=0.6)
        axis.contour(across, up, values, [0.0], colors="black", linewidths=1.2)
        for label, marker, color in ((0, "o", "#b35806"), (1, "^", "#542788")):
            axis.scatter(*X[y == label].T, s=18, marker=marker, c=color, edgecolors="white", linewidths=0.5)
        axis.set_title(f"{name}: {search.best_score_:.3f} of the samples right", fontsize=11)
        axis.set_xlabel("first feature")
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("second feature")
    figure.savefig(Path(__file__).parent / "images" / "learn.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
