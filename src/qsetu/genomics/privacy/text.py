"""Finds genotypes and people in text, and shows only where they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from qsetu.core.errors import ArgumentError
from qsetu.genomics.privacy.kinds import LEAK_KINDS, SEVERITIES, PrivacyFinding
from qsetu.genomics.privacy.patterns import hits_in_line
from qsetu.genomics.privacy.rows import DosageRows, FastqRecords, PersonTables, SnpTables

__all__ = ["Scanner", "find_genotype_leaks", "found_file", "in_order"]

_INVISIBLE = re.compile("\x1b\\[[0-9;]{0,20}[A-Za-z]|[\u200b\u200c\u200d\ufeff]")
_SECRET = re.compile(r"[^\s:,;=|/()\[\]{}<>\"']")
_SHOWN = 40


class Scanner:
    """Takes lines one by one and remembers the first place, and the number, of each kind of finding."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._found: dict[tuple[str, str], list[int | str]] = {}
        self._rows = (
            DosageRows(self._report),
            SnpTables(self._report),
            FastqRecords(self._report),
            PersonTables(self._report),
        )

    def feed(self, number: int, line: str) -> None:
        """Look at line ``number`` (from 1)."""
        line = line.rstrip("\r\n")
        if "\x1b" in line or not line.isascii():
            line = _INVISIBLE.sub("", line)
        for kind, severity, column in hits_in_line(line):
            self._report(kind, severity, number, column, line, 1)
        for rows in self._rows:
            rows.feed(number, line)

    def finish(self) -> list[PrivacyFinding]:
        """What was found, by place."""
        for rows in self._rows:
            if isinstance(rows, (DosageRows, PersonTables)):
                rows.finish()
        findings = []
        for (kind, severity), (number, line, column, excerpt) in self._found.items():
            times = "once" if number == 1 else f"{number:,} times"
            sentence = f"holds {LEAK_KINDS[kind].description} ({times})."
            findings.append(
                PrivacyFinding(
                    kind=kind,
                    severity=severity,
                    source=self._source,
                    line=int(line),
                    column=int(column),
                    number=int(number),
                    excerpt=str(excerpt),
                    sentence=sentence,
                )
            )
        return in_order(findings)

    def _report(self, kind: str, severity: str, number: int, column: int, line: str, times: int) -> None:
        entry = self._found.get((kind, severity))
        if entry is None:
            part = line[column : column + _SHOWN]
            excerpt = _SECRET.sub("*", " ".join(part.split()))
            self._found[kind, severity] = [times, number, column + 1, excerpt]
            return
        entry[0] = int(entry[0]) + times


def find_genotype_leaks(text_or_lines: str | Iterable[str], *, source: str = "") -> list[PrivacyFinding]:
    """Genotypes, identifiers of samples, reads and tables of people in a text.

    ``LEAK_KINDS`` lists what is looked for. Each kind is told once, where it first occurs, with how often;
    the excerpt shows its shape with every letter and digit masked. Lines are looked at one by one, in time
    proportional to their length, so an open file of any size will do.

    Args:
        text_or_lines: A text, or its lines (an open text file).
        source: Name of the text, for the findings.

    Returns:
        The findings, by line and column; empty where nothing was found.

    Raises:
        ArgumentError: What is given is neither text nor lines of text.

    Examples:
        >>> [found] = find_genotype_leaks("The patient's rs4988235" + " is CT.")
        >>> found.kind, found.severity, found.column, found.excerpt
        ('rs-genotype', 'leak', 15, '********* ** ***')
        >>> find_genotype_leaks("Lactase persistence is predicted by rs4988235.")
        []
    """
    scanner = Scanner(source)
    for number, line in enumerate(_lines_of(text_or_lines), 1):
        scanner.feed(number, line)
    return scanner.finish()


def in_order(findings: Iterable[PrivacyFinding]) -> list[PrivacyFinding]:
    """Findings of one source by place, then severity, then kind."""
    return sorted(findings, key=lambda one: (one.line, one.column, SEVERITIES.index(one.severity), one.kind))


def found_file(kind: str, source: str, why: str = "", severity: str = "") -> PrivacyFinding:
    """A finding about a file as a whole."""
    entry = LEAK_KINDS[kind]
    sentence = why or f"holds {entry.description}."
    return PrivacyFinding(kind, severity or entry.severity, source, 0, 0, 1, "", sentence)


def _lines_of(given: str | Iterable[str]) -> Iterator[str]:
    if isinstance(given, str):
        yield from given.split("\n")
        return
    rule = "must be text, or lines of text"
    try:
        items = iter(given)
    except TypeError:
        raise ArgumentError("text_or_lines", rule, given) from None
    for item in items:
        if not isinstance(item, str):
            raise ArgumentError(
                "text_or_lines", rule, item, "Use scan_bytes for bytes, scan_file for a file."
            )
        yield from item.removesuffix("\n").split("\n")
