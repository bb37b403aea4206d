"""Looks into the cells and outputs of a notebook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from qsetu.core.errors import ArgumentError
from qsetu.genomics.privacy.files import rows_of_html
from qsetu.genomics.privacy.kinds import PrivacyFinding
from qsetu.genomics.privacy.text import find_genotype_leaks, found_file

__all__ = ["notebook_texts", "scan_notebook"]


def scan_notebook(notebook: dict[str, Any], *, source: str = "") -> list[PrivacyFinding]:
    """Everything in a notebook that should not leave: sources, outputs, attachments and metadata.

    Streams, errors, text, HTML tables (by rows), Markdown, LaTeX, SVG and JSON (Plotly and widgets among it)
    are read. Pictures cannot be; each output with one is noted as "not-read".

    Args:
        notebook: The notebook as JSON gives it (format 4), or as nbformat does.
        source: Its name.

    Returns:
        The findings, in the order of cells. Their source says which part, such as "name, cell 3, output 1"
        (from 1).

    Raises:
        ArgumentError: It is not a notebook of format 4.

    Examples:
        >>> stream = {"output_type": "stream", "text": ["donor's rs4988235" + ": CT"]}
        >>> cell = {"cell_type": "code", "source": "", "outputs": [stream]}
        >>> [found] = scan_notebook({"nbformat": 4, "cells": [cell]}, source="a.ipynb")
        >>> print(found)
        a.ipynb, cell 1, output 1:1:9: leak: holds genotypes beside their rs numbers (once).
    """
    findings: list[PrivacyFinding] = []
    for where, text in notebook_texts(notebook):
        name = f"{source}, {where}" if source else where
        if text is None:
            findings.append(found_file("not-read", name, "holds a picture or data that cannot be read."))
        else:
            findings += find_genotype_leaks(text, source=name)
    return findings


def notebook_texts(notebook: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Every text of a notebook with its place, such as "cell 3, output 1"; None for what cannot be read.

    Raises:
        ArgumentError: It is not a notebook of format 4.
    """
    rule = "must be a notebook of format 4: a dict with a list of cells"
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise ArgumentError("notebook", rule, notebook, "Convert older ones with: jupyter nbconvert.")
    return _texts(notebook, cells)


def _texts(notebook: dict[str, Any], cells: list[dict[str, Any]]) -> Iterator[tuple[str, str | None]]:
    """Names of parts and their text; None for what cannot be read."""
    for place, cell in enumerate(cells, 1):
        yield f"cell {place}, source", _joined(cell.get("source", ""))
        if cell.get("metadata"):
            yield f"cell {place}, metadata", _shown(cell["metadata"])
        for name in cell.get("attachments") or {}:
            yield f"cell {place}, attachment", str(name)
            yield f"cell {place}, attachment", None
        for number, output in enumerate(cell.get("outputs") or [], 1):
            for text in _of_output(output):
                yield f"cell {place}, output {number}", text
    if notebook.get("metadata"):
        yield "metadata", _shown(notebook["metadata"])


def _of_output(output: Any) -> Iterator[str | None]:
    if not isinstance(output, dict):
        yield _shown(output)
        return
    if "text" in output:
        yield _joined(output["text"])
    if output.get("output_type") == "error":
        yield _joined([f"{line}\n" for line in output.get("traceback") or []])
        yield f"{output.get('ename', '')}: {output.get('evalue', '')}"
    if output.get("metadata"):
        yield _shown(output["metadata"])
    data = output.get("data")
    for kind, content in data.items() if isinstance(data, dict) else ():
        if kind == "text/html":
            yield rows_of_html(_joined(content))
        elif kind.startswith("text/") or kind in ("image/svg+xml", "application/javascript"):
            yield _joined(content)
        elif kind.endswith("json"):
            yield _shown(content)
        else:
            yield None


def _joined(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list) and all(isinstance(part, str) for part in content):
        return "".join(content)
    return _shown(content)


def _shown(content: Any) -> str:
    """JSON with a list of plain values on one line, as tables are; texts inside keep their own lines."""
    lines: list[str] = []
    todo = [content]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            lines.append(item)
        elif isinstance(item, dict):
            plain = {key: value for key, value in item.items() if not isinstance(value, (dict, list))}
            if plain:
                lines.append(json.dumps(plain, ensure_ascii=False, default=str))
            todo += [value for value in reversed(item.values()) if isinstance(value, (dict, list))]
        elif isinstance(item, list) and any(isinstance(one, (dict, list)) for one in item):
            todo += reversed(item)
        elif isinstance(item, list):
            lines.append(json.dumps(item, ensure_ascii=False, default=str))
        else:
            lines.append(str(item))
    return "\n".join(lines)
