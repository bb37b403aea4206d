"""What a leakage report says: findings, each a sentence with its numbers."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from qsetu.core.errors import unknown_name

__all__ = ["Finding", "LeakageReport", "Severity"]

Severity = Literal["leak", "caution", "note"]

# Dark enough on white for small print; the word beside it says the same.
_INK = {"leak": "#a3182c", "caution": "#8a5a00", "note": "#57606a"}
_WIDTH = 110


@dataclass(frozen=True)
class Finding:
    """One thing found.

    Attributes:
        kind: What, such as "repeated sequences".
        severity: "leak" (scores on this split are too good), "caution" (they may be), or "note".
        number: How many samples (or columns) are affected.
        of: Out of how many.
        examples: Up to three of them, by name.
        sentence: What was found, and what to do about it.
        details: Further counts, by name.
    """

    kind: str
    severity: Severity
    number: int
    of: int
    examples: tuple[str, ...]
    sentence: str
    details: Mapping[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """``number / of``, 0 for none of none."""
        return self.number / self.of if self.of else 0.0


@dataclass(frozen=True)
class LeakageReport:
    """What :func:`leakage_report` or :func:`leakage_between` found, worst first; prints and shows itself.

    Attributes:
        title: What was looked at.
        looked_for: Kinds of leaks that were looked for in these data, found or not.
        findings: What was found.
    """

    title: str
    looked_for: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether no finding is a leak. A caution still wants reading."""
        return self.count("leak") == 0

    def count(self, severity: Severity) -> int:
        """Number of findings of that severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def __contains__(self, kind: object) -> bool:
        return any(finding.kind == kind for finding in self.findings)

    def __getitem__(self, kind: str) -> Finding:
        for finding in self.findings:
            if finding.kind == kind:
                return finding
        raise unknown_name("kind", kind, [finding.kind for finding in self.findings])

    def __str__(self) -> str:
        lines = [f"Leakage report: {self.title}", self._summary(), ""]
        width = max((len(one.kind) for one in self.findings), default=0)
        for one in self.findings:
            head = f"{one.severity:<9}{one.kind:<{width}}  "
            lines += textwrap.wrap(
                one.sentence, _WIDTH, initial_indent=head, subsequent_indent=" " * len(head)
            )
            if one.examples:
                shown = f"such as {', '.join(one.examples)}"
                lines.append(
                    " " * len(head) + textwrap.shorten(shown, _WIDTH - len(head), placeholder=" ...")
                )
        return "\n".join(lines).rstrip()

    def _repr_html_(self) -> str:
        cell = "text-align:left;padding:2px 10px 2px 0;vertical-align:top"
        rows = "".join(
            f'<tr><td style="{cell};color:{_INK[one.severity]};font-weight:bold">{one.severity}</td>'
            f'<td style="{cell};white-space:nowrap">{html.escape(one.kind)}</td>'
            f'<td style="{cell}">{html.escape(one.sentence)}'
            + (f"<br><small>such as {html.escape(', '.join(one.examples))}</small>" if one.examples else "")
            + "</td></tr>"
            for one in self.findings
        )
        return (
            f"<div><b>Leakage report: {html.escape(self.title)}</b><br>{html.escape(self._summary())}"
            f'<table style="border-collapse:collapse;margin:6px 0">{rows}</table></div>'
        )

    def _summary(self) -> str:
        if not self.findings:
            return f"Nothing found of {len(self.looked_for)} kinds looked for."
        counts = [
            (self.count("leak"), "leak"),
            (self.count("caution"), "caution"),
            (self.count("note"), "note"),
        ]
        return ", ".join(f"{number} {name}{'' if number == 1 else 's'}" for number, name in counts) + "."
