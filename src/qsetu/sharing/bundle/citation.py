"""How to cite a bundle, in the Citation File Format 1.2."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date

from qsetu.sharing.manifest import Person

__all__ = ["CITATION", "citation_file"]

CITATION = "CITATION.cff"


def citation_file(title: str, license: str, authors: Sequence[Person], institution: str, day: date) -> bytes:
    """``CITATION.cff``: YAML, written as JSON strings, which YAML is a superset of."""
    lines = [
        "cff-version: 1.2.0",
        "type: dataset",
        "message: If you use this, please cite it as below.",
        f"title: {_quoted(title)}",
        f"date-released: {day.isoformat()}",
    ]
    if re.fullmatch(r"[A-Za-z0-9.+-]+", license):
        lines.append(f"license: {license}")
    lines.append("authors:")
    for person in authors:
        lines.append(f"  - name: {_quoted(person.name)}")
        if person.affiliation:
            lines.append(f"    affiliation: {_quoted(person.affiliation)}")
        if person.orcid:
            lines.append(f"    orcid: {person.orcid}")
    if not authors:
        lines.append(f"  - name: {_quoted(institution or 'unknown')}")
    return ("\n".join(lines) + "\n").encode()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
