"""Sequence logos: at each position, which letters, and how much they tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qsetu.core.checks import as_choice, as_int
from qsetu.core.errors import ArgumentError
from qsetu.genomics.alphabet import AMINO_ACIDS, IUPAC_BASES, Alphabet, clean_sequences, pack
from qsetu.genomics.datasets import SequenceDataset
from qsetu.genomics.encoders.letters import letter_shares
from qsetu.genomics.views.view import View, new_figure

__all__ = ["letter_frequencies", "sequence_logo"]

_BASE_COLORS = {"A": "#009E73", "C": "#0072B2", "G": "#E69F00", "T": "#D55E00", "U": "#D55E00"}
# Amino acids by what their side chains are: acidic, basic, polar, hydrophobic, and the rest.
_AMINO_COLORS = {
    **dict.fromkeys("DE", "#D55E00"),
    **dict.fromkeys("KRH", "#0072B2"),
    **dict.fromkeys("STNQ", "#009E73"),
    **dict.fromkeys("AVLIMFWY", "#1f2328"),
    **dict.fromkeys("GCP", "#CC79A7"),
}
_LONGEST = 200


def sequence_logo(
    sequences: Any,
    *,
    label: str | None = None,
    alphabet: Alphabet = "DNA",
    start: int = 0,
    stop: int | None = None,
    first_position: int = 1,
    small_sample_correction: bool = True,
) -> View:
    """A logo: letters stacked at each position, as high as the position's information is large, in bits.

    An ambiguous letter counts for each of its bases in equal parts; gaps and unknown amino acids for none.

    Args:
        sequences: A :class:`SequenceDataset`, or N texts of one length.
        label: Only sequences of this label; for a dataset with labels.
        alphabet: "DNA", "RNA" or "protein"; a dataset knows its own.
        start: First letter shown, from 0.
        stop: The letter after the last one shown; None for all. At most 200 letters are shown.
        first_position: What the letter at ``start`` of 0 is called on the axis.
        small_sample_correction: Take off what N sequences would seem to tell by chance, (s - 1) / (2 N ln 2)
            bits for s letters.

    Returns:
        The picture. Its table has a row a position, with ``bits`` and the height of each letter in bits.

    Raises:
        ArgumentError: Lengths differ, no sequence has the label, or too many letters are asked for.

    References:
        Schneider and Stephens, Sequence logos, Nucleic Acids Research 18, 6097 (1990), doi
        10.1093/nar/18.20.6097.

    Example:
        >>> from qsetu.genomics.views import sequence_logo
        >>> sequence_logo(["AC", "AG", "AT"], small_sample_correction=False).table["bits"].round(2).tolist()
        [2.0, 0.42]
    """
    title = ""
    if isinstance(sequences, SequenceDataset):
        alphabet = sequences.alphabet
        if label is not None:
            known = sequences.label_counts()
            as_choice("label", label, known)
            sequences = sequences.take(sequences.y == label)
            title = f"{label}: "
        texts = sequences.sequences.tolist()
    else:
        if label is not None:
            raise ArgumentError("label", "needs a dataset with labels as 'sequences'", label)
        texts = clean_sequences(sequences, alphabet, gaps=True)
    length = len(texts[0]) if texts else 0
    stop = length if stop is None else as_int("stop", stop, 1, max(length, 1))
    start = as_int("start", start, 0, max(stop - 1, 0))
    if stop - start > _LONGEST:
        hint = "Choose a window with start and stop."
        raise ArgumentError(
            "sequences", f"must have at most {_LONGEST} letters to be shown", stop - start, hint
        )
    frequencies, numbers = letter_frequencies(texts, alphabet)
    heights = _heights(frequencies, numbers, small_sample_correction)[start:stop]
    letters = AMINO_ACIDS if alphabet == "protein" else "ACGU" if alphabet == "RNA" else "ACGT"
    positions = np.arange(start, stop) + first_position
    table = pd.DataFrame(heights, index=pd.Index(positions, name="position"), columns=list(letters))
    table.insert(0, "bits", heights.sum(1))
    best = table["bits"].idxmax() if len(table) else None
    description = f"Sequence logo of {len(texts)} sequences, {title}{stop - start} positions"
    if best is not None:
        description += f"; position {best} tells most, {table['bits'].max():.2f} bits"
    return View(_draw(table, f"{title}{len(texts)} sequences", alphabet), table, description + ".")


def letter_frequencies(
    sequences: list[str], alphabet: Alphabet = "DNA"
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequency of each letter at each position, ``(L, 4)`` or ``(L, 20)``, and how many sequences tell it
    ``(L,)``.

    Raises:
        ArgumentError: Lengths differ.
    """
    codes = pack(sequences, alphabet).matrix()
    # Beyond these codes are gaps and letters that name none of the twenty.
    shares = letter_shares(alphabet)[: len(AMINO_ACIDS if alphabet == "protein" else IUPAC_BASES)]
    counts = np.zeros((codes.shape[1], shares.shape[1]))
    for code, share in enumerate(shares):
        counts += np.sum(codes == code, axis=0)[:, None] * share
    numbers = counts.sum(1)
    return counts / np.maximum(numbers, 1e-300)[:, None], numbers


def _heights(
    frequencies: NDArray[np.float64], numbers: NDArray[np.float64], corrected: bool
) -> NDArray[np.float64]:
    kinds = frequencies.shape[1]
    safe = np.where(frequencies > 0, frequencies, 1.0)
    bits = np.log2(kinds) + np.sum(frequencies * np.log2(safe), axis=1)
    if corrected:
        bits = bits - (kinds - 1) / (2 * np.log(2) * np.maximum(numbers, 1))
    return frequencies * np.where(numbers > 0, np.maximum(bits, 0), 0)[:, None]


def _draw(table: pd.DataFrame, title: str, alphabet: Alphabet) -> Any:
    from matplotlib.font_manager import FontProperties
    from matplotlib.patches import PathPatch
    from matplotlib.textpath import TextPath
    from matplotlib.transforms import Affine2D

    colors = _AMINO_COLORS if alphabet == "protein" else _BASE_COLORS
    letters = list(table.columns[1:])
    font = FontProperties(family="DejaVu Sans", weight="bold")
    paths = {letter: TextPath((0, 0), letter, size=1, prop=font) for letter in letters}
    with new_figure(max(4.0, min(16.0, 0.17 * len(table) + 1)), 2.6) as (figure, ax):
        for position, row in zip(table.index.tolist(), table.to_dict("records"), strict=True):
            foot = 0.0
            for letter in sorted(letters, key=row.__getitem__):
                height = float(row[letter])
                if height < 0.004:  # less than a pixel
                    continue
                box = paths[letter].get_extents()
                place = Affine2D().translate(-box.x0, -box.y0).scale(0.92 / box.width, height / box.height)
                moved = paths[letter].transformed(place.translate(position - 0.46, foot))
                ax.add_patch(PathPatch(moved, facecolor=colors[letter], linewidth=0))
                foot += height
        low, high = float(table.index[0]) - 0.6, float(table.index[-1]) + 0.6
        ax.set(
            xlim=(low, high), ylim=(0, np.log2(len(letters))), xlabel="position", ylabel="bits", title=title
        )
    return figure
