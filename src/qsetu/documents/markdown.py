"""A document as Markdown with pipe tables, for a paper's appendix."""

from __future__ import annotations

import re

from qsetu.documents.document import (
    Block,
    Cell,
    Code,
    Document,
    Facts,
    Heading,
    Items,
    Paragraph,
    Picture,
    Row,
    Table,
)

__all__ = ["to_markdown"]


def to_markdown(document: Document) -> str:
    """The text; pictures are linked as ``figures/<stem>.png``, every other text is escaped."""
    parts = [f"# {escape(document.title)}", escape(document.kicker), escape(document.lead)]
    if document.facts:
        parts.append("\n".join(f"- {escape(name)}: {escape(value)}" for name, value in document.facts))
    for section in document.sections:
        parts.append(f"## {escape(section.title)}")
        parts += [_block(block) for block in section.blocks]
    parts.append(escape(document.footer))
    return "\n\n".join(part for part in parts if part) + "\n"


def escape(text: str) -> str:
    """``text`` on one line, with nothing in it that Markdown or HTML would act on."""
    line = " ".join(text.split())
    line = re.sub(r"([\\`*_\[\]<>|~^$&])", r"\\\1", line)
    line = re.sub(r"^([#+=-])", r"\\\1", line)  # at its beginning, a heading, a list or a rule
    return re.sub(r"^(\d+)([.)])(?=\s|$)", r"\1\\\2", line)  # a numbered list


def _block(block: Block) -> str:
    match block:
        case Paragraph(text, loud):
            return f"**{escape(text)}**" if loud else escape(text)
        case Heading(text):
            return f"### {escape(text)}"
        case Items(items, numbered):
            lines = [(f"**{escape(name)}** " if name else "") + escape(text) for name, text in items]
            return "\n".join(
                f"{place}. {line}" if numbered else f"- {line}" for place, line in enumerate(lines, 1)
            )
        case Facts(facts, code):
            rows = tuple(
                Row((Cell(name), Cell(value, "code" if name in code else "text"))) for name, value in facts
            )
            return _lines([["", ""], ["---", "---"], *([_cell(one) for one in row.cells] for row in rows)])
        case Code(text):
            fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
            return f"{fence}\n{text}\n{fence}"
        case Table():
            return _table(block)
        case Picture(stem, caption, description):
            return f"![{escape(description)}](figures/{stem}.png)\n\n*{escape(caption)}*"


def _table(table: Table) -> str:
    head = [escape(column.title) for column in table.columns]
    rule = ["---:" if column.numbers else "---" for column in table.columns]
    rows = [
        [("– " if row.quiet and not place else "") + _cell(cell) for place, cell in enumerate(row.cells)]
        for row in table.rows
    ]
    parts = [f"Table: {escape(table.title)}", _lines([head, rule, *rows])]
    return "\n\n".join([*parts, escape(table.note)] if table.note else parts)


def _lines(rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def _cell(cell: Cell) -> str:
    if cell.look == "code" and cell.text:
        # Inside code only the pipe of a table has to be escaped; a backtick cannot be.
        shown = "`" + " ".join(cell.text.replace("`", "'").split()).replace("|", "\\|") + "`"
    else:
        shown = escape(cell.text)
        shown = f"**{shown}**" if cell.look == "strong" and shown else shown
    return f"{shown} ({escape(cell.note)})" if cell.note else shown
