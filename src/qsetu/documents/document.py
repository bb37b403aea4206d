"""A report before it is HTML or Markdown: sections of paragraphs, lists, tables, figures; plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

__all__ = [
    "Block",
    "Cell",
    "Code",
    "Column",
    "Document",
    "Facts",
    "Heading",
    "Items",
    "Paragraph",
    "Picture",
    "Row",
    "Section",
    "Table",
    "row",
]

Look = Literal["text", "number", "strong", "code", "family"]


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; a loud one is set apart."""

    kind: ClassVar[str] = "paragraph"
    text: str
    loud: bool = False


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Items:
    """A list: each item a name (may be empty) and a text."""

    kind: ClassVar[str] = "items"
    items: tuple[tuple[str, str], ...]
    numbered: bool = False


@dataclass(frozen=True)
class Facts:
    """Names and values, one a line; values are text, or code where the name is among ``code``."""

    kind: ClassVar[str] = "facts"
    facts: tuple[tuple[str, str], ...]
    code: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Code:
    """Text to be typed as it stands."""

    kind: ClassVar[str] = "code"
    text: str


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: What it says.
        look: How.
        note: A second, quieter line.
    """

    text: str
    look: Look = "text"
    note: str = ""


@dataclass(frozen=True)
class Column:
    """A column: its header, and whether it holds numbers."""

    title: str
    numbers: bool = False


@dataclass(frozen=True)
class Row:
    """A row; a quiet one belongs to the one above it."""

    cells: tuple[Cell, ...]
    quiet: bool = False


@dataclass(frozen=True)
class Table:
    """A table: as many cells in every row as there are columns; the first cell of a row is its header."""

    kind: ClassVar[str] = "table"
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True)
class Picture:
    """A figure, by the stem of its files."""

    kind: ClassVar[str] = "picture"
    stem: str
    caption: str
    description: str


Block = Paragraph | Heading | Items | Facts | Code | Table | Picture


@dataclass(frozen=True)
class Section:
    """A section: its anchor, its title, what it holds."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A whole page.

    Attributes:
        kicker: A line above the title.
        title: The title.
        lead: A paragraph under it.
        facts: A few numbers to begin with.
        sections: In order.
        footer: The last line.
    """

    kicker: str
    title: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    footer: str


def row(*cells: Cell | str, quiet: bool = False) -> Row:
    """A row; plain texts become cells."""
    return Row(tuple(Cell(cell) if isinstance(cell, str) else cell for cell in cells), quiet)
