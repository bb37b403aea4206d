"""The plain text formats of registered files, whose exact bytes are known: no damage to look for here."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["fasta_records"]


def fasta_records(text: str) -> Iterator[tuple[str, str]]:
    """Header (without ``>``) and letters of each record."""
    header: str | None = None
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith(">"):
            if header is not None:
                yield header, "".join(lines)
            header, lines = line[1:].strip(), []
        else:
            lines.append(line.strip())
    if header is not None:
        yield header, "".join(lines)
