"""A document as one HTML file: no script, nothing loaded from elsewhere, readable offline and on paper."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from qsetu.documents.document import Document
from qsetu.documents.palette import COLORS, ON_DARK

__all__ = ["to_html"]


def to_html(document: Document, svgs: Mapping[str, bytes]) -> str:
    """The page; every text is escaped.

    Args:
        document: What it says.
        svgs: The SVG file of each picture by its stem; put into the page as images, which run nothing.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    images = {stem: base64.b64encode(svg).decode("ascii") for stem, svg in svgs.items()}
    return environment.get_template("page.html.j2").render(
        page=document, images=images, colors=COLORS, dark=ON_DARK
    )
