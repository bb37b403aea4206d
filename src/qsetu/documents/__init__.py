"""Documents for people: sections as HTML and Markdown, and what all figures look like. Knows no content."""

from qsetu.documents.document import (
    Block,
    Cell,
    Code,
    Column,
    Document,
    Facts,
    Heading,
    Items,
    Paragraph,
    Picture,
    Row,
    Section,
    Table,
    row,
)
from qsetu.documents.html import to_html
from qsetu.documents.markdown import to_markdown

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
    "to_html",
    "to_markdown",
]
