"""Draws docs/images/encoders.png, the figure that docs/encoders.md shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from qsetu.genomics.encoders import (
    EIIP,
    EIIPEncoder,
    FCGREncoder,
    KmerSpectrum,
    OneHotAngleEncoder,
    SICPOVMEncoder,
    TwoBitEncoder,
)

TARGET = Path(__file__).parent / "images" / "encoders.png"
# Made up, in the manner of an exon's end: ... CAG | GTAAGT ..., with one base that was not read.
SEQUENCE = "ACTGAACAGGTAAGTNTGCA"
CLEAN = SEQUENCE.replace("N", "C")
LINE = "#1f5a99"


def main() -> None:
    figure, axes = plt.subplots(3, 2, figsize=(11, 8.2), layout="constrained", height_ratios=[1, 1, 1.5])
    length = len(SEQUENCE)

    bits = TwoBitEncoder().fit_transform([CLEAN]).reshape(length, 2)
    two_bit = axes[0, 0]
    two_bit.imshow(bits.T, cmap="Blues", vmin=0, vmax=1.3, aspect="auto")
    titled(two_bit, "TwoBitEncoder: bits, 40 qubits (N is refused; here a C)")
    letters(two_bit, CLEAN)
    two_bit.set_yticks([0, 1], ["high", "low"])

    one_hot = axes[0, 1]
    shares = OneHotAngleEncoder().fit_transform([SEQUENCE]).reshape(length, 4)
    one_hot.imshow(shares.T, cmap="Blues", vmin=0, vmax=1.3 * np.pi, aspect="auto")
    titled(one_hot, "OneHotAngleEncoder: angles 0 to π, 80 qubits (N: a quarter each)")
    letters(one_hot, SEQUENCE)
    one_hot.set_yticks(range(4), list("ACGT"))

    values = EIIPEncoder().fit_transform([SEQUENCE])[0]
    eiip = axes[1, 0]
    eiip.step(range(length), values, where="mid", color=LINE)
    titled(eiip, "EIIPEncoder: numbers, 20 qubits (N: the mean of four)")
    letters(eiip, SEQUENCE)
    eiip.set_yticks(sorted(EIIP.values()), ["G", "A", "", "C, T"])
    eiip.set_xlim(-0.5, length - 0.5)

    angles = SICPOVMEncoder().fit_transform([CLEAN]).reshape(2, length)
    sic = axes[1, 1]
    sic.plot(angles[0], "o", color=LINE, label="θ")
    sic.plot(angles[1], "s", color="#c2571a", markersize=4, label="φ")
    titled(sic, "SICPOVMEncoder: two angles each, 20 qubits (N is refused; here a C)")
    letters(sic, CLEAN)
    sic.set_xlim(-0.5, length - 0.5)
    sic.set_yticks([0, 2 * np.pi / 3, 4 * np.pi / 3], ["0", "2π/3", "4π/3"])
    sic.set_ylim(-0.5, 5.6)
    sic.legend(loc="upper right", ncols=2, frameon=False)

    spectrum = axes[2, 0]
    kmers = KmerSpectrum(2).fit([SEQUENCE])
    names = kmers.get_feature_names_out()
    spectrum.bar(range(16), kmers.transform([SEQUENCE])[0], color=LINE)
    spectrum.set_xticks(range(16), names, rotation=90, family="monospace")
    spectrum.set_ylabel("amplitude")
    titled(spectrum, "KmerSpectrum(2): 16 amplitudes, 4 qubits (windows with N are skipped)")

    picture = axes[2, 1]
    chaos = FCGREncoder(2).fit([SEQUENCE])
    picture.imshow(chaos.images(chaos.transform([SEQUENCE]))[0], cmap="Blues", vmin=0, vmax=0.8)
    for at, name in enumerate(chaos.get_feature_names_out()):
        picture.text(at % 4, at // 4, name, ha="center", va="center", family="monospace")
    titled(picture, "FCGREncoder(2): the same, as a picture")
    picture.set_xticks([0, 3], ["A", "T"])
    picture.set_yticks([])
    corners = picture.secondary_xaxis("top")
    corners.set_xticks([0, 3], ["C", "G"])
    corners.tick_params(length=0)
    picture.tick_params(length=0)

    figure.savefig(TARGET, dpi=110, metadata={"Software": None})


def titled(axis: Any, text: str) -> None:
    axis.set_title(text, fontsize=10, loc="left")


def letters(axis: Any, text: str) -> None:
    axis.set_xticks(range(len(text)), list(text), family="monospace")
    axis.tick_params(length=0)


if __name__ == "__main__":
    main()
