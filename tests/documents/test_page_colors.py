"""The page on a dark screen, on a light one, and on paper."""

from __future__ import annotations

import re

import pytest

from qsetu.documents import Document, to_html

PAGE = to_html(Document("k", "t", "l", (), (), "f"), {})


def _colors(dark: bool) -> dict[str, str]:
    """Variables in force, later ones over earlier ones."""
    rule = r"@media screen and \(prefers-color-scheme: dark\) \{\s*:root \{([^}]*)\}\s*\}"
    light = re.sub(rule, "", PAGE)
    blocks = re.findall(r":root \{([^}]*)\}", light) + (re.findall(rule, PAGE) if dark else [])
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", " ".join(blocks)))


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_is_readable_on_every_background(dark):
    colors = _colors(dark)
    for text in ("ink", "soft", "classical", "quantum"):
        for behind in ("page", "panel") if text in ("ink", "soft") else ("page",):
            high, low = sorted((_luminance(colors[text]), _luminance(colors[behind])), reverse=True)
            least = 4.5 if text in ("ink", "soft") else 3.8  # a label in bold, beside a column that says so
            assert (high + 0.05) / (low + 0.05) >= least, (text, behind)


def test_dark_is_dark_and_paper_stays_white():
    assert _luminance(_colors(True)["page"]) < 0.02 and _colors(False)["page"] == "#ffffff"
    assert set(re.findall(r"@media ([^{]*prefers-color-scheme[^{]*) \{", PAGE)) == {
        "screen and (prefers-color-scheme: dark)"
    }
