"""Looks into everything that is to leave: people and genotypes, secrets, tables too large to be a summary."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from qsetu.core.errors import ArgumentError
from qsetu.genomics.privacy import PrivacyFinding, scan_bytes
from qsetu.genomics.privacy.files import rows_of_html
from qsetu.sharing.manifest import FindingRecord

__all__ = ["TABLE_ROWS", "scan_files"]

TABLE_ROWS = 100
"""Rows of numbers from which a table in an output is no summary any more."""

_NUMBER = re.compile(r"[-+]?(?:\d[\d_,]*)?\.?\d+(?:[eE][-+]?\d+)?%?|nan|NaN|NA|inf")
_CELLS = re.compile(r"[\s,;|\[\]()]+")
# Secrets have names and forms of their own; long random text alone is far more often a hash or a picture.
_DETECTORS = (
    "ArtifactoryDetector", "AWSKeyDetector", "AzureStorageKeyDetector", "BasicAuthDetector",
    "CloudantDetector", "DiscordBotTokenDetector", "GitHubTokenDetector", "GitLabTokenDetector",
    "IbmCloudIamDetector", "IbmCosHmacDetector", "JwtTokenDetector", "KeywordDetector",
    "MailchimpDetector", "NpmDetector", "OpenAIDetector", "PrivateKeyDetector", "PypiTokenDetector",
    "SendGridDetector", "SlackDetector", "SoftlayerDetector", "SquareOAuthDetector", "StripeDetector",
    "TelegramBotTokenDetector", "TwilioKeyDetector",
)  # fmt: skip
# Not text, or our own records, where a token-like string is a hash.
_LONGEST_LINE = 20_000


def scan_files(files: Mapping[str, bytes]) -> list[FindingRecord]:
    """Everything in files that should not leave.

    Args:
        files: Content by name; the ending of a name says what it is.

    Returns:
        What was found in each file, but never shown. Genotypes, samples and people are those of
        :mod:`qsetu.genomics.privacy`; secrets (kind "secret") are those of detect-secrets; a table of numbers
        with 100 rows or more (kind "large-table") is a caution.
    """
    found: list[FindingRecord] = []
    for name, data in sorted(files.items()):
        found += [_record(one) for one in scan_bytes(data, source=name)]
        texts = list(_texts(name, data))
        found += _secrets(texts)
        found += _tables(texts)
    return found


def _record(finding: PrivacyFinding) -> FindingRecord:
    where = f"{finding.source}:{finding.line}" if finding.line else finding.source
    severity: Any = finding.severity
    return FindingRecord(
        kind=finding.kind, severity=severity, source=where, number=finding.number, sentence=finding.sentence
    )


def _texts(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    """Texts in a file, with their places; nothing of what is no text."""
    if b"\x00" in data[:4096] or data[:4] in (b"\x89PNG", b"%PDF"):
        return
    text = data.decode("utf-8", errors="replace")
    if not name.endswith(".ipynb"):
        yield name, rows_of_html(text) if name.endswith((".html", ".htm")) else text
        return
    from qsetu.genomics.privacy.notebooks import notebook_texts

    try:
        for place, part in notebook_texts(json.loads(text)):
            if part is not None:
                yield f"{name}, {place}", part
    except (ValueError, RecursionError, ArgumentError):
        yield name, text


def _secrets(texts: list[tuple[str, str]]) -> Iterator[FindingRecord]:
    with _detectors():
        from detect_secrets.core.scan import scan_line

        for place, text in texts:
            kinds: dict[str, list[int]] = {}
            for number, line in enumerate(text.split("\n"), 1):
                if len(line) > _LONGEST_LINE or not line.strip():
                    continue
                for secret in scan_line(line):
                    kinds.setdefault(str(secret.type), []).append(number)
            for kind, lines in kinds.items():
                yield FindingRecord(
                    kind="secret",
                    severity="leak",
                    source=f"{place}:{lines[0]}",
                    number=len(lines),
                    sentence=f"holds what looks like a secret ({kind}).",
                )


def _detectors() -> Any:
    from detect_secrets.settings import transient_settings

    return transient_settings({"plugins_used": [{"name": name} for name in _known_detectors()]})


@cache
def _known_detectors() -> tuple[str, ...]:
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    classes: dict[str, Any] = get_mapping_from_secret_type_to_class()
    known = {str(one.__name__) for one in classes.values()}
    return tuple(name for name in _DETECTORS if name in known)


def _tables(texts: list[tuple[str, str]]) -> Iterator[FindingRecord]:
    for place, text in texts:
        if "source" in place.rpartition(", ")[2]:
            continue
        rows, first, width = 0, 0, 0
        longest = (0, 0)
        for number, line in enumerate(text.split("\n"), 1):
            cells = [cell for cell in _CELLS.split(line.strip()) if cell]
            numbers = sum(bool(_NUMBER.fullmatch(cell)) for cell in cells)
            if numbers >= 2 and 2 * numbers >= len(cells) and (not rows or len(cells) == width):
                first, width, rows = (first or number), len(cells), rows + 1
                longest = max(longest, (rows, first))
            else:
                rows, first = 0, 0
        if longest[0] >= TABLE_ROWS:
            yield FindingRecord(
                kind="large-table",
                severity="caution",
                source=f"{place}:{longest[1]}",
                number=longest[0],
                sentence=f"holds a table of {longest[0]:,} rows of numbers, more than a summary has.",
            )
