"""Draws the figures of docs/datasets.md from public data: python docs/generate_genomics_figures.py

Needs QSETU_DATA, and the extra genomics for the genotypes.
"""

from __future__ import annotations

from pathlib import Path

from qsetu.genomics import load_dataset
from qsetu.genomics.views import genotype_heatmap, sample_map, sequence_logo

IMAGES = Path(__file__).parent / "images"


def main() -> None:
    """Draw them all."""
    splice = load_dataset("uci-splice")
    views = {
        "genomics-logo": sequence_logo(splice, label="EI", start=18, stop=42, first_position=-30),
        "genomics-cells": sample_map(load_dataset("pbmc68k-reduced"), method="umap"),
        "genomics-genotypes": genotype_heatmap(load_dataset("1000genomes-lct")),
    }
    for name, view in views.items():
        view.figure.savefig(IMAGES / f"{name}.png", dpi=110, bbox_inches="tight", metadata={"Software": None})
        print(f"{name}: {view.description}")


if __name__ == "__main__":
    main()
