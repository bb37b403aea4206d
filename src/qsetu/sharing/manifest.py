"""What a bundle says of itself: ``bundle.json``, strict and versioned. Everything in this room knows it."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, ValidationError

from qsetu.core.strict_json import first_complaint, parse_strict
from qsetu.sharing.errors import BundleError
from qsetu.sharing.metrics import UNSEEN, Metric

__all__ = [
    "BUNDLE_ENDING",
    "FORMAT",
    "LEVELS",
    "MANIFEST",
    "SIGNATURE_ENDING",
    "VERSION",
    "Access",
    "DatasetReference",
    "EnvironmentRecord",
    "FileRecord",
    "FindingRecord",
    "InputVerdict",
    "Item",
    "Manifest",
    "OverrideRecord",
    "Person",
    "PolicyRecord",
    "Purpose",
    "Receiver",
    "as_json",
    "parse_manifest",
]

FORMAT, VERSION = "qsetu.bundle", 1
MANIFEST = "bundle.json"
MAX_MANIFEST = 16 * 2**20

BUNDLE_ENDING, SIGNATURE_ENDING = ".qsetu.zip", ".dsse.json"
"""Of a bundle's name, and of its signature's, which stands after it."""

Access = Literal["Open", "Restricted", "Private"]
LEVELS: tuple[Access, ...] = get_args(Access)
"""Access levels, by rising sensitivity."""
Purpose = Literal["general", "health", "disease", "genetic", "ancestry", "methods", "clinical"]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Line = Annotated[str, StringConstraints(pattern=rf"^[^{UNSEEN}]*$", max_length=1000)]
Text = Annotated[str, StringConstraints(pattern=rf"^([^{UNSEEN}]|[\n\t])*$", max_length=20_000)]
Date = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class FileRecord(_Record):
    """One file: its content, by hash, and its size in bytes."""

    sha256: Digest
    size: int = Field(ge=0)


class Person(_Record):
    """An author."""

    name: Line
    orcid: str = Field("", pattern=r"^(https://orcid\.org/(\d{4}-){3}\d{3}[\dX])?$")
    affiliation: Line = ""


class Receiver(_Record):
    """Whom it is for, as far as data-use codes ask."""

    name: Line
    kind: Literal["non-profit", "commercial", "unknown"] = "unknown"
    country: str = Field("", pattern=r"^([A-Z]{2})?$", description="ISO 3166, two letters.")


class DatasetReference(_Record):
    """A dataset that was read: identified, licensed, with its conditions; not the data."""

    name: Line
    title: Line
    access: Access
    data_use: list[str]
    license: Line
    redistribution: bool
    citation: Line
    url: Line
    files: dict[Line, Digest] = Field(description="SHA-256 of each file that was read, where known.")
    packed: list[Line] = Field(description="Files of it that are in the bundle.")
    card: Literal["built-in", "own", "simulated", "none"] = Field(
        description="Who says so: qsetu, the sender's own card, or nobody (then it is Private)."
    )


class Item(_Record):
    """A notebook, a result or a model."""

    kind: Literal["notebook", "result", "model"]
    name: Line
    title: Line
    files: list[Line]
    main: Line = Field(description="The file that is run or read first.")
    metrics: list[Metric]
    datasets: list[Line]
    identity: str = Field("", description="Result: hash of what was run.")
    seconds: float | None = Field(None, ge=0, description="What it took, where known.")
    started: Line = ""
    finished: Line = ""
    notes: list[Line] = Field(default_factory=list)


class FindingRecord(_Record):
    """Something that a scan saw; never the thing itself."""

    kind: Line
    severity: Literal["leak", "caution", "note"]
    source: Line
    number: int
    sentence: Line


class InputVerdict(_Record):
    """Whether one condition of one dataset allows this purpose and receiver."""

    dataset: Line
    code: Line
    verdict: Literal["allowed", "promised", "refused"]
    sentence: Line


class OverrideRecord(_Record):
    """Somebody decided otherwise, and said why."""

    what: Line
    by: Line
    reason: Line


class PolicyRecord(_Record):
    """The decision: what was asked, what was found, what was left out, who overrode what."""

    purpose: Purpose
    disease: Line = ""
    receiver: Receiver
    commercial: bool
    access: Access = Field(description="Of the most sensitive input.")
    verdicts: list[InputVerdict]
    findings: list[FindingRecord]
    removed: list[Line]
    promises: dict[Line, Line] = Field(description="Conditions somebody vouched for, by code.")
    overrides: list[OverrideRecord]


class EnvironmentRecord(_Record):
    """What computed: enough to build it again."""

    python: Line
    system: Line
    architecture: Line
    cpu: Line
    qsetu: Line
    code: Line = Field(description="Hash of qsetu's source that decides numbers.")
    git_commit: Line | None
    git_modified: bool | None
    packages: dict[Line, Line]


class Manifest(_Record):
    """Everything a bundle says of itself."""

    format: Literal["qsetu.bundle"] = "qsetu.bundle"
    version: Literal[1] = 1
    title: Line = Field(min_length=1)
    description: Text
    license: Line
    date: Date
    authors: list[Person]
    institution: Line
    items: list[Item] = Field(min_length=1)
    datasets: list[DatasetReference]
    environment: EnvironmentRecord
    policy: PolicyRecord
    files: dict[Line, FileRecord] = Field(description="All files but this one.")

    def metrics(self) -> list[tuple[Item, Metric]]:
        """Every declared metric with its item."""
        return [(item, metric) for item in self.items for metric in item.metrics]


def as_json(document: BaseModel) -> bytes:
    """A persisted document as bytes, readable and stable in its order."""
    return (json.dumps(document.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n").encode()


def parse_manifest(data: bytes, source: str) -> Manifest:
    """The content of ``bundle.json``, checked.

    Raises:
        BundleError: No strict JSON, of another format, a newer version, or damaged.
    """
    try:
        content: Any = parse_strict(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BundleError(f"Bundle '{source}': {MANIFEST} is no JSON ({type(error).__name__}).") from None
    found: JsonValue = content.get("format") if isinstance(content, dict) else None
    if found != FORMAT:
        raise BundleError(f"'{source}' is no bundle of qsetu: its format is {str(found)[:60]!r}.")
    version = content.get("version")
    if isinstance(version, bool):  # which JSON has, and Python takes for 1
        raise BundleError(f"Bundle '{source}' is damaged: {MANIFEST}: version: {version}.")
    if isinstance(version, int) and version > VERSION:
        raise BundleError(
            f"Bundle '{source}' has version {version}; this qsetu reads version {VERSION}. Upgrade qsetu."
        )
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        raise BundleError(f"Bundle '{source}' is damaged: {MANIFEST}: {first_complaint(error)}.") from None
