"""A picture, the numbers it shows, and words for those who cannot see it."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qsetu.core.errors import OutputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["LABEL_COLORS", "View", "new_figure"]

# Okabe and Ito's colors, told apart by the color-blind; more classes than these differ by marker as well.
LABEL_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#6A3D9A", "#7F7F7F")
_STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "text.color": "#1f2328",
    "axes.labelcolor": "#1f2328",
    "axes.edgecolor": "#6a737d",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
}


@dataclass(frozen=True, eq=False)
class View:
    """What a function of :mod:`qsetu.genomics.views` gives; a notebook shows the picture.

    Attributes:
        figure: The picture; change or save it as any figure of matplotlib.
        table: The numbers it shows.
        description: What is to be seen, in words; the text for screen readers.
    """

    figure: Figure
    table: pd.DataFrame
    description: str

    def save(self, path: Path | str) -> None:
        """Write the picture; the ending of ``path`` (png, svg, pdf) says in which format.

        Raises:
            OutputError: It cannot be written there, or the ending is of no known format.
        """
        try:
            self.figure.savefig(path, dpi=200, bbox_inches="tight")
        except (OSError, ValueError) as error:
            raise OutputError(f"Picture cannot be written to '{path}': {error}.") from None

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        self.figure.savefig(stream, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None})
        return stream.getvalue()

    def _repr_html_(self) -> str:
        picture = base64.b64encode(self._repr_png_()).decode()
        alt = html.escape(self.description, quote=True)
        return f'<img style="max-width:100%" alt="{alt}" src="data:image/png;base64,{picture}">'

    def __repr__(self) -> str:
        return f"View({self.description})"


@contextmanager
def new_figure(width: float, height: float, rows: int = 1, columns: int = 1) -> Iterator[tuple[Any, Any]]:
    """A figure of so many inches and its axes, in one style; no state of matplotlib is left changed."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure, figure.subplots(rows, columns)
