"""Draws docs/images/preflight.png, the figure that docs/preflight.md shows."""

from __future__ import annotations

from pathlib import Path

from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from qsetu.learn import FidelityKernel
from qsetu.learn.preflight import preflight

TARGET = Path(__file__).parent / "images" / "preflight.png"


def main() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    X = make_pipeline(StandardScaler(), PCA(6)).fit_transform(X)
    scan = preflight(FidelityKernel("zz"), X, y, max_samples=250).bandwidths
    assert scan is not None
    tuned = FidelityKernel("zz", bandwidth=scan.recommended)
    found = preflight(tuned, X, y, max_samples=250, bandwidths=scan.bandwidths)
    found.figure().savefig(TARGET, metadata={"Software": None})


if __name__ == "__main__":
    main()
