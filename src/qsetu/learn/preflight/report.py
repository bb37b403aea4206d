"""A preflight: all diagnostics as one object that prints, draws and shows itself."""

from __future__ import annotations

import base64
import html
import io
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import unknown_name
from qsetu.learn.preflight.bandwidths import BandwidthScan
from qsetu.learn.preflight.classical import RBFLikeness
from qsetu.learn.preflight.geometry import Comparison
from qsetu.learn.preflight.gradients import GradientScan
from qsetu.learn.preflight.shots import ShotsNeeded
from qsetu.learn.preflight.spectrum import Concentration
from qsetu.learn.preflight.targets import AlignmentTest
from qsetu.learn.preflight.verdict import LEVELS, Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Preflight"]

WIDTH = 110
# Dark enough on white for small print; the word beside it says the same.
_INK = {"good": "#1a6b3c", "caution": "#8a5a00", "problem": "#a3182c", "not known": "#57606a"}


@dataclass(frozen=True, eq=False, repr=False)
class Preflight:
    """What :func:`qsetu.learn.preflight` has found; what does not apply is None.

    Attributes:
        title: The kernel or model.
        num_samples: Samples looked at.
        num_given: Samples given.
        num_features: Features of each.
        num_qubits: Qubits of the circuit.
        concentration: Of kernel values.
        effective_rank: Of the kernel matrix.
        alignment: With the labels.
        comparison: Geometric difference and model complexity, beside classical kernels.
        shots: Needed to resolve the kernel.
        rbf: The RBF kernel most like it.
        bandwidths: The kernel at other bandwidths.
        gradients: Of a variational model, against qubits.
        verdicts: One line for each of these.
        notes: What else was done, such as a repair of the matrix.
        matrix: The kernel matrix looked at, ``(N, N)``.
    """

    title: str
    num_samples: int
    num_given: int
    num_features: int
    num_qubits: int
    concentration: Concentration | None
    effective_rank: float | None
    alignment: AlignmentTest | None
    comparison: Comparison | None
    shots: ShotsNeeded | None
    rbf: RBFLikeness | None
    bandwidths: BandwidthScan | None
    gradients: GradientScan | None
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...] = ()
    matrix: NDArray[np.float64] | None = None

    def __getitem__(self, name: str) -> Verdict:
        for verdict in self.verdicts:
            if verdict.name == name:
                return verdict
        raise unknown_name("name", name, [verdict.name for verdict in self.verdicts])

    def count(self, level: str) -> int:
        """How many verdicts are "good", "caution", "problem" or "not known"."""
        if level not in LEVELS:
            raise unknown_name("level", level, LEVELS)
        return sum(verdict.level == level for verdict in self.verdicts)

    @property
    def _lines(self) -> tuple[str, ...]:
        looked = f"{self.num_samples} samples"
        if self.num_samples < self.num_given:
            looked += f", drawn from {self.num_given}"
        return (
            f"Preflight of {self.title}",
            f"{looked}; {self.num_features} features on {self.num_qubits} qubit(s)",
            *self.notes,
        )

    def __str__(self) -> str:
        names = max(len(verdict.name) for verdict in self.verdicts)
        levels = max(len(level) for level in LEVELS)
        rows = [*self._lines, ""]
        for verdict in self.verdicts:
            start = f"{verdict.name:{names}}  {verdict.level:{levels}}  "
            told = f"{verdict.value}. {verdict.text}" if verdict.value != "-" else verdict.text
            rows += textwrap.wrap(
                told, WIDTH, initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False
            )
        return "\n".join(rows)

    def __repr__(self) -> str:
        return str(self)

    def figure(self) -> Figure:
        """The numbers as a matplotlib figure."""
        from qsetu.learn.preflight.drawing import draw

        return draw(self)

    def _repr_html_(self) -> str:
        stream = io.BytesIO()
        self.figure().savefig(stream, format="png", metadata={"Software": None})
        picture = base64.b64encode(stream.getvalue()).decode()
        title, *rest = (html.escape(line) for line in self._lines)
        cell = "text-align:left;padding:2px 10px 2px 0;vertical-align:top"
        rows = "".join(
            f'<tr><td style="{cell}">{html.escape(v.name)}</td>'
            f'<td style="{cell};white-space:nowrap;color:{_INK[v.level]};font-weight:bold">{v.level}</td>'
            f'<td style="{cell}">{html.escape(v.value)}</td>'
            f'<td style="{cell}">{html.escape(v.text)}</td></tr>'
            for v in self.verdicts
        )
        return (
            f"<div><b>{title}</b><br>{'<br>'.join(rest)}"
            f'<table style="border-collapse:collapse;margin:6px 0">{rows}</table>'
            f'<img style="max-width:100%" alt="The numbers of the table as figures" '
            f'src="data:image/png;base64,{picture}"></div>'
        )
