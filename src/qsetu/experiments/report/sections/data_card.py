"""The data: what they are, what to know before believing a score, terms of use, hashes."""

from __future__ import annotations

from typing import Any

from qsetu.documents.document import (
    Block,
    Column,
    Facts,
    Heading,
    Items,
    Paragraph,
    Section,
    Table,
    row,
)
from qsetu.experiments.record import Result
from qsetu.experiments.wording import nouns, number

__all__ = ["data_section"]


def data_section(result: Result) -> Section:
    """The data card of the run."""
    data, card = result.dataset, result.dataset.card or {}
    blocks: list[Block] = [Heading(str(card.get("title") or data.title))]
    blocks += [Paragraph(str(card[key])) for key in ("summary", "collected") if card.get(key)]
    if not card:
        blocks.append(Paragraph("These data come without a card: where they are from is not recorded here."))
    traps = [str(trap) for trap in _listed(card, "traps")]
    if traps:
        blocks += [
            Heading("What to know before believing a score"),
            Items(tuple(("", trap) for trap in traps)),
        ]
    if data.notes:
        blocks += [
            Heading("What was left out or joined"),
            Items(tuple(("", note) for note in data.notes)),
        ]
    if data.counts:
        blocks.append(_labels(result))
    blocks += [Heading("Source and terms"), _terms(result, card)]
    return Section("data", "Data", tuple(blocks))


def _listed(card: dict[str, Any], key: str) -> list[Any]:
    value = card.get(key)
    return value if isinstance(value, list) else []


def _labels(result: Result) -> Table:
    word, total = nouns(result).samples, sum(result.dataset.counts)
    pairs = zip(result.dataset.labels, result.dataset.counts, strict=True)
    rows = tuple(
        row(name, number(count), f"{100 * count / max(total, 1):.1f} %")
        for name, count in sorted(pairs, key=lambda pair: -pair[1])
    )
    title = f"{word.capitalize()} of each label"
    return Table(title, (Column("Label"), Column(word.capitalize(), True), Column("Share", True)), rows)


def _terms(result: Result, card: dict[str, Any]) -> Facts:
    from qsetu.genomics.duo import DUO_TERMS

    data, words = result.dataset, nouns(result)
    size = f"{number(data.num_samples)} {words.samples}"
    size += f", {number(data.num_features)} {words.features}" if data.num_features is not None else ""
    uses = [str(code) for code in _listed(card, "data_use")]
    citation = str(card.get("citation") or "") + (f", doi:{card['doi']}" if card.get("doi") else "")
    hashes = [(f"SHA-256 of {name}", digest) for name, digest in data.files.items()]
    facts = [
        ("Dataset", data.name),
        ("Size", size),
        ("Groups", _groups(result, card)),
        ("Access", str(card.get("sensitivity") or "")),
        ("License", str(card.get("license") or "")),
        ("Data use", ", ".join(f"{code} ({DUO_TERMS.get(code, 'see its code')})" for code in uses)),
        ("Cite", citation),
        ("Source", str(card.get("url") or "")),
        *hashes,
        ("Content hash", data.content_sha256),
    ]
    code = frozenset([*(name for name, _ in hashes), "Content hash"])
    return Facts(tuple((name, value) for name, value in facts if value), code)


def _groups(result: Result, card: dict[str, Any]) -> str:
    data, word = result.dataset, nouns(result).samples
    if data.num_groups == data.num_samples:
        text = f"none: each of the {word} is alone in its group."
    else:
        text = f"{number(data.num_groups)}; {word} of one group are never on both sides of a split."
    return f"{text} {card['grouping']}" if card.get("grouping") else text
