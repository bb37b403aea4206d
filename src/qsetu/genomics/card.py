"""The data card: what a reader of a result must know about the data behind it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DatasetCard"]


@dataclass(frozen=True)
class DatasetCard:
    """Declared facts about one dataset; loading never changes them.

    Attributes:
        name: Name used on the command line and in experiment files.
        title: One line for people.
        summary: What the data are, one or two sentences.
        collected: How samples and labels came to be.
        license: License of the data, with the source of that statement.
        citation: Whom to cite.
        doi: DOI of the publication.
        url: Where the data officially come from.
        sensitivity: "Open", "Restricted" (approval needed) or "Private".
        num_samples: Number of samples (cells).
        num_features: Number of features (genes).
        num_labels: Number of distinct labels.
        traps: What has misled people, or could, in these data.
        file_name: Where the file lies below the folder named by ``QSETU_DATA``.
        file_sha256: SHA-256 of the files known to hold exactly this content.
        content_sha256: Hash of values, feature names, sample names and labels, whatever the file.
    """

    name: str
    title: str
    summary: str
    collected: str
    license: str
    citation: str
    doi: str
    url: str
    sensitivity: str
    num_samples: int
    num_features: int
    num_labels: int
    traps: tuple[str, ...]
    file_name: str
    file_sha256: tuple[str, ...]
    content_sha256: str
