"""Colors of figures, reports and tables."""

from __future__ import annotations

__all__ = ["COLORS", "GRID", "INK", "ON_DARK", "SERIES", "SOFT", "shades"]

# Told apart by the color-blind and in gray print too; the family is also written beside every model.
COLORS = {"quantum": "#5b3fa8", "classical": "#c8641b"}
# The same on a dark screen.
ON_DARK = {"quantum": "#b39ef0", "classical": "#eb9a5e"}
# Of several lines in one figure, which also differ by their marks (Okabe and Ito).
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#6a737d", "#1f2328")
INK, SOFT, GRID = "#1f2328", "#6a737d", "#e4e6ea"


def shades(color: str, count: int) -> list[str]:
    """``count`` variants of ``color`` ("#rrggbb"), from darker to lighter; of one, the color itself."""
    if count == 1:
        return [color]
    return [_mixed(color, -0.45 + 0.95 * place / (count - 1)) for place in range(count)]


def _mixed(color: str, share: float) -> str:
    """Towards black by a negative share, towards white by a positive one."""
    target = 255 if share > 0 else 0
    parts = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(part + abs(share) * (target - part)):02x}" for part in parts)
