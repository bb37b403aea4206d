"""Draws docs/images/zero-noise.png, the extrapolation that docs/mitigation.md shows."""

from __future__ import annotations

from pathlib import Path

import qsetu

TARGET = Path(__file__).parent / "images" / "zero-noise.png"


def main() -> None:
    circuit = qsetu.Circuit(3).ry(0.4, 0).cx(0, 1).ry(0.3, 1).cx(1, 2).rx(0.2, 2).cx(0, 1)
    noise = qsetu.NoiseModel(one_qubit=qsetu.Depolarizing(0.002), two_qubit=qsetu.Depolarizing(0.02))
    found = qsetu.zero_noise_extrapolation(
        circuit, "Z1 Z2", noise=noise, scales=(1, 3, 5, 7), fit="exponential", trajectories=4000, seed=7
    )
    figure = found.plot()
    exact = float(qsetu.expectation(circuit, "Z1 Z2"))
    (axes,) = figure.axes
    axes.axhline(exact, color="#c8641b", linewidth=1, linestyle="--", label=f"exact: {exact:.4f}")
    axes.legend(frameon=False, loc="upper right", bbox_to_anchor=(1, 0.92))
    figure.savefig(TARGET, metadata={"Software": None})


if __name__ == "__main__":
    main()
