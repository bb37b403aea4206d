"""A dataset in a notebook: its card, its classes, its traps."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qsetu.genomics.datasets import Dataset

__all__ = ["dataset_html"]

_LEVEL = {"Open": "#1a7f37", "Restricted": "#9a6700", "Private": "#cf222e"}
_CLASSES = 12


def dataset_html(dataset: Dataset) -> str:
    """The dataset as HTML that is legible on light and dark pages, without scripts or outside files."""
    card = dataset.card
    title = html.escape(card.title if card else "Your own data")
    name = html.escape((card.name + (f"/{dataset.part}" if dataset.part else "")) if card else "no card")
    parts = [f"<b>{title}</b> <code>{name}</code>"]
    if card:
        color = _LEVEL[card.sensitivity]
        parts[0] += (
            f' <span style="border:1px solid {color};color:{color};border-radius:3px;padding:0 5px">'
            f"{card.sensitivity}</span>"
        )
        parts.append(f"<p>{html.escape(card.summary)}</p>")
    parts.append(f"<p>{html.escape(dataset._size())}</p>")
    parts.append(_bars(dataset))
    if card:
        traps = "".join(f"<li>{html.escape(trap)}</li>" for trap in card.traps)
        question = "What to know before believing a score"
        parts.append(f"<details open><summary>{question}</summary><ul>{traps}</ul></details>")
        rows = [("License", card.license), ("Cite", card.citation), ("DOI", card.doi), ("Source", card.url)]
        rows += [("Groups", card.grouping), ("Published split", card.split)]
        parts.append("<details><summary>Provenance</summary>" + _table(rows + _files(dataset)) + "</details>")
    elif dataset.files:
        parts.append("<details><summary>Files</summary>" + _table(_files(dataset)) + "</details>")
    if dataset.notes:
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in dataset.notes)
        parts.append(f"<details open><summary>Seen while reading</summary><ul>{notes}</ul></details>")
    return '<div style="max-width:60em;line-height:1.4">' + "".join(parts) + "</div>"


def _bars(dataset: Dataset) -> str:
    counts = dataset.label_counts()
    if not counts:
        return ""
    largest = max(counts.values())
    rows = ""
    for label, count in list(counts.items())[:_CLASSES]:
        share = 100 * count / len(dataset)
        width = max(1, round(160 * count / largest))
        bar = f'<div style="background:#0072B2;height:.8em;width:{width}px"></div>'
        cells = [("left", html.escape(label)), ("right", count), ("right", f"{share:.1f} %"), ("left", bar)]
        row = "".join(
            f'<td style="text-align:{side};padding:0 10px 0 0">{value}</td>' for side, value in cells
        )
        rows += f"<tr>{row}</tr>"
    more = len(counts) - _CLASSES
    tail = f"<p>and {more} more</p>" if more > 0 else ""
    return f'<table style="border-collapse:collapse">{rows}</table>{tail}'


def _files(dataset: Dataset) -> list[tuple[str, str]]:
    return [(name, f"SHA-256 {digest}") for name, digest in list(dataset.files.items())[:20]]


def _table(rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f'<tr><th style="text-align:left;vertical-align:top">{html.escape(title)}</th>'
        f'<td style="text-align:left;word-break:break-word">{html.escape(value)}</td></tr>'
        for title, value in rows
        if value
    )
    return f'<table style="border-collapse:collapse">{cells}</table>'
